"""Decide whether the rules by which Go 1.7 called marking over were safe: they were not. Since: spec.gc.termination.

A worker counts itself in, takes work, counts itself out, and the last one that finds no work left says that marking is
over. What it has counted and what it has found are of two different times; how to put the two together is the question.
After two models that go-weave (aclements/go-misc) searches at random, models/markterm.go and models/issue16083.go.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Model,
    Opt,
    Param,
    Range,
    SetOf,
    Var,
    always,
    final,
    process,
    require,
    sometimes,
)


class Rule(Enum):
    """How a worker finds out that it was the last one, and that nothing is left."""

    LIST_FIRST = "list_first"  # it reads the list, then it counts itself out: Go 1.7
    COUNT_FIRST = "count_first"  # it counts itself out, then it reads the list
    AT_ONCE = "at_once"  # as if there were one word for both


class Completion(Model):
    """Go 1.7: workers share a list of grey objects. To scan two of them turns up one that was not on the list."""

    workers = Param(2, Range(1, 3))
    grey_at_first = Param(3, Range(1, 5))
    rule = Param(Rule.LIST_FIRST)
    counted_before = Param(True)  # a worker counts itself in before it takes anything, and not after

    W = Range(workers, symmetric=True)

    grey = Var(Range(0, grey_at_first))
    running = Var(Range(0, workers))
    held = Var(Array(W, Range(0, 2)))
    done = Var(Bool)

    def init(self):
        self.grey = self.grey_at_first

    @process(W)
    def worker(self, w: W):
        """mgc.go gcBgMarkWorker of Go 1.7."""
        while True:
            require(not self.done)
            if self.counted_before:
                self.running += 1
                yield "counted in"
                self.take(w)
            else:
                self.take(w)
                yield "has taken"
                self.running += 1
            yield "holds"
            self.grey += self.held[w] // 2
            self.held[w] = 0
            yield "has put"
            nothing = self.grey == 0
            if self.rule == Rule.LIST_FIRST:
                yield "has looked"
            self.running -= 1
            last = self.running == 0
            if self.rule == Rule.COUNT_FIRST:
                yield "counted out"
                nothing = self.grey == 0
            if last and nothing:
                self.done = True
            yield "idle"

    def take(self, w: W):
        """Two objects, or the last one."""
        self.held[w] = min(2, self.grey)
        self.grey -= self.held[w]

    @final
    def marking_is_over(self):
        """Nothing more happens once marking is over."""
        return self.done

    @always
    def nothing_is_left(self):
        """When marking is over nothing is grey."""
        return not self.done or (self.grey == 0 and all(self.held[w] == 0 for w in self.W))

    @sometimes
    def marking_ends(self):
        """Marking can be over with nothing grey."""
        return self.done and self.grey == 0 and all(self.held[w] == 0 for w in self.W)


class RootJobs(Model):
    """#16083: marking is over when no worker is counted and no root job is left to take, and these are two readings."""

    workers = Param(2, Range(1, 4))
    jobs = Param(2, Range(1, 3))
    at_once = Param(False)  # one reading of both
    counted = Param(True)  # whoever does a root job is counted meanwhile

    W = Range(workers, symmetric=True)
    Job = Range(jobs)

    running = Var(Range(0, workers))
    markrootNext = Var(Range(0, jobs))
    scanned = Var(SetOf(Job))
    done = Var(Bool)

    @process(W)
    def worker(self, w: W):
        """mgc.go gcBgMarkWorker and gcMarkDone of Go 1.7; nothing but root jobs is to be done."""
        while True:
            require(not self.done and self.markrootNext < self.jobs)
            if self.counted:
                self.running += 1
            yield "works"
            job: Opt(self.Job) = None
            if self.markrootNext < self.jobs:
                job = self.markrootNext
                self.markrootNext += 1
            yield "has taken"
            if job is not None:
                self.scanned.add(job)
            if self.counted:
                self.running -= 1
            yield "idle"

    @process
    def gcMarkDone(self):
        """Whoever counts itself out as the last one comes here, and looks again."""
        while not self.done:
            require(self.running == 0)
            if not self.at_once:
                yield "no worker"
            if self.markrootNext == self.jobs:
                self.done = True
            else:
                yield "top"

    @final
    def marking_is_over(self):
        """Nothing more happens once marking is over."""
        return self.done

    @always
    def all_roots_are_scanned(self):
        """When marking is over, every root job has been done."""
        return not self.done or len(self.scanned) == self.jobs

    @sometimes
    def marking_ends(self):
        """Marking can be over with all roots scanned."""
        return self.done and len(self.scanned) == self.jobs
