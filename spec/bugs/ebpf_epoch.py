"""Decide whether memory is freed under a reader if CPUs disagree on the epoch (microsoft/ebpf-for-windows#4920).

Each CPU has an epoch of its own. CPU 0 moves on to the next and proposes it; until CPU 1 has heard of that, it stamps
what it retires with the old one, while a reader on CPU 0 begins in the new one and finds the same memory. The proposal
comes back with the new epoch as the oldest that anybody reads in, and what was retired in the old one is freed under
the reader. The mend of microsoft/ebpf-for-windows#4924 takes both from one published epoch.

One round of propose and commit; one reader on each CPU; CPU 1 retires one node.
"""

from checker.lang import Array, Opt, Range, Var, process, sometimes
from checker.lang.idioms import Heap, Life


class Epochs(Heap):
    """Threads are CPUs. A reader enters, takes the pointer, and uses what it points to."""

    nodes = 1

    Epoch = Range(3)

    current_epoch = Var(Array(Heap.Thread, Epoch))
    published_epoch = Var(Epoch)
    released_epoch = Var(Epoch)
    entered = Var(Array(Heap.Thread, Opt(Epoch)))  # the epoch that the reader on this CPU is in
    freed_epoch = Var(Array(Heap.Node, Epoch))
    pointer = Var(Opt(Heap.Node))

    def init(self):
        self.pointer = self.allocate()
        self.current_epoch = [1 for _ in self.Thread]
        self.published_epoch = 1

    def epoch(self, cpu: Heap.Thread):
        """The epoch that a reader enters, and with which what is retired is stamped."""
        return self.current_epoch[cpu]

    def oldest(self, cpu: Heap.Thread, least: Epoch):
        """The least epoch that anybody on this CPU is in, or `least` if that is less."""
        entered = self.entered[cpu]
        found = self.current_epoch[cpu] if entered is None else entered
        return min(found, least)

    @process(Heap.Thread)
    def reader(self, cpu: Heap.Thread):
        self.entered[cpu] = self.epoch(cpu)
        yield "entered"
        n = self.pointer
        yield "has the pointer"
        if n is not None:
            self.use(n)
        self.entered[cpu] = None

    @process
    def retires(self):
        n = self.pointer
        self.pointer = None
        yield "took it out"
        if n is not None:
            self.freed_epoch[n] = self.epoch(1)
            self.retire(n)

    @process
    def releases(self):
        self.current_epoch[0] = 2
        self.published_epoch = 2
        least = self.oldest(0, 2)
        yield "proposed"
        self.current_epoch[1] = 2
        least = self.oldest(1, least)
        yield "asked all"
        self.released_epoch = least - 1
        for n in self.Node:
            if self.life[n] == Life.RETIRED and self.freed_epoch[n] <= self.released_epoch:
                self.free(n)

    @sometimes
    def it_is_freed_in_time(self):
        """What was retired can be freed, after a reader has used it."""
        return self.released_epoch == 1 and all(self.life[n] == Life.FREE for n in self.Node)


class EpochsPublished(Epochs):
    """Mended: one epoch for all, published when it is proposed."""

    def epoch(self, cpu: Heap.Thread):
        return self.published_epoch
