"""Models of locks that more than one test looks at, as text; FAIR stands for what is said of a process's fairness."""

from __future__ import annotations

TEST_AND_SET = """
class Lock(Model):
    Thread = Range(2)
    held = Var(Opt(Thread))
    @process(Thread, fair=FAIR)
    def thread(self, t):
        while True:
            yield "waits"
            require(self.held is None)
            self.held = t
            yield "critical"
            self.held = None
    @leads_to
    def served(self, t: Thread):
        \"\"\"Who waits comes in.\"\"\"
        return self.thread[t].at("waits"), self.held == t
"""
