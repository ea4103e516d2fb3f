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
SPIN_FILE = """
from evacheck import Bool, Model, Range, Var, leads_to, process, require

class Spin(Model):
    Thread = Range(2)
    held = Var(Bool)

    @process(Thread)
    def thread(self, t):
        while True:
            yield "waits"
            require(not self.held)
            self.held = True
            yield "critical"
            self.held = False

    @leads_to
    def served(self, t: Thread):
        return self.thread[t].at("waits"), self.thread[t].at("critical")
"""
