"""Decide whether marking's end, with its heap and goroutines, takes no step but those of the ragged barrier.

`spec.gc.ragged_barrier` is proved for every number of Ps and objects. Here `spec.gc.termination` is held to it: each of
its steps is one of `RaggedBarrier`, or changes nothing that is seen there. Members have names for that.

What is seen there: marks, the list, queues, buffers, flags, workers, and how far gcMarkDone has come. What is not: the
heap, stacks, who waits for a weak pointer, and how far a worker has come. A root job is an object there, which is
marked and on the list from the start: whoever takes the job has the object in its queue until it has been done.
"""

from checker.lang import Range, SetOf, implements
from spec.gc.ragged_barrier import Phase, RaggedBarrier
from spec.gc.termination import Termination


class NamedRaggedBarrier(RaggedBarrier):
    """The ragged barrier, with names for Ps and objects."""

    P = Range(RaggedBarrier.Ps)
    Obj = Range(RaggedBarrier.objects)


class TerminationInShort(Termination):
    """The end of marking, and that it is the ragged barrier. Ps and goroutines have names."""

    P = Range(Termination.Ps)
    G = Range(Termination.goroutines)
    Seen = SetOf(Range(Termination.objects + Termination.goroutines + 1))  # objects, then root jobs

    def globals_job(self):
        """The job of scanning the globals, as an object."""
        return self.objects

    def stack_job(self, g: G):
        """The job of scanning a stack, as an object."""
        return self.objects + 1 + g

    def jobs_left(self):
        """The root jobs that nobody has taken."""
        stacks = {self.stack_job(g) for g in self.grey_stacks}
        return stacks | {self.globals_job()} if self.grey_globals else stacks

    def job_of(self, p: P):
        """The root job that the worker on `p` has taken, and not done yet."""
        if self.worker[p].at("has the globals"):
            return {self.globals_job()}
        return {self.stack_job(g) for g in self.G if self.worker[p].at("has a stack") and self.worker[p].g == g}

    def phase(self):
        """Where gcMarkDone is."""
        if self.over:
            return Phase.OVER
        if self.gcMarkDone.at("no worker"):
            return Phase.LOOKING
        if self.gcMarkDone.at("forEachP"):
            return Phase.ASKING
        return Phase.STOPPING if self.gcMarkDone.at("stops the world") else Phase.MARKING

    def asked_so_far(self):
        """The Ps that gcMarkDone has asked in this round."""
        if self.gcMarkDone.at("forEachP"):
            return self.gcMarkDone.asked
        return {p for p in self.P if self.phase() == Phase.STOPPING}

    @implements(NamedRaggedBarrier, objects=Termination.objects + Termination.goroutines + 1)
    def is_a_ragged_barrier(self):
        """Marking's end is a ragged barrier: heap, stacks and blocks are not seen."""
        return {
            "marked": self.marked | {self.globals_job()} | {self.stack_job(g) for g in self.G},
            "full": self.full | self.jobs_left(),
            "gcw": [self.gcw[p] | self.job_of(p) for p in self.P],
            "wbBuf": [self.wbBuf[p] for p in self.P],
            "flushedWork": {p for p in self.P if self.flushedWork[p]},
            "workers": self.workers,
            "phase": self.phase(),
            "asked": self.asked_so_far(),
            "flushed": self.gcMarkDone.at("forEachP") and self.gcMarkDone.flushed,
        }
