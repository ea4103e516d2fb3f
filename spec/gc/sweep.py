"""Decide whether each span is swept once in each cycle, and nothing in use freed or handed out (Go 1.23).

Beside Go 1.23, under runtime/:

    here                            there
    sweepone, ensureSwept, sweep    mgcsweep.go; two who sweep: bgsweep, and somebody who needs one span swept
    tryAcquire                      mgcsweep.go sweepLocker.tryAcquire
    begin, end                      mgcsweep.go activeSweep: how many sweep, and whether the lists are drained
    mallocgc, refill                malloc.go nextFree, mcache.go refill
    cacheSpan, uncacheSpan          mcentral.go
    prepareForSweep                 mcache.go: each P gives its span back, before it does anything else
    gc                              mgc.go gcStart with its sweeping and stop; gcMarkTermination with gcSweep

A span's sweepgen is kept as its distance from the heap's: -2 to be swept, -1 being swept, 0 swept, 1 cached since
before the sweep began, 3 cached. So when the heap's goes up by 2, each of them falls by 2.

What is smaller here, and why nothing is lost by it:

- One size class. Of a list any span may come first, and whether one is full is seen from its bits.
- To mark is one step: what is in use when marking begins is marked, and what is allocated meanwhile.
- gcStart sweeps until the lists are drained and then stops the world; finishsweep_m has nothing left to do.
- Who sweeps, allocates or flushes cannot be preempted (m.locks), so the world stops when nobody does.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Opt,
    Param,
    Range,
    SetOf,
    Var,
    action,
    always,
    choose,
    process,
    require,
    sometimes,
)
from spec.gc.sweep_picture import SweepPicture


class Fault(Enum):
    """What is done wrong."""

    NONE = "none"
    NO_CAS = "no_cas"  # whoever takes a span to sweep it looks, and then writes
    SWEPT_BEFORE_BITS = "swept_before_bits"  # a span is called swept before its bits are
    LISTED_BEFORE_SWEPT = "listed_before_swept"  # it is on a list before it is called swept
    CACHE_KEPT = "cache_kept"  # a P keeps the span that it had before the sweep began
    NO_TOKEN = "no_token"  # nobody counts those who sweep
    PREEMPTIBLE = "preemptible"  # the world can be stopped while somebody sweeps


class Sweep(SweepPicture):
    """Sweepers and allocating Ps share spans, cycle after cycle."""

    spans = Param(2, Range(1, 3))
    slots = Param(1, Range(1, 3))  # objects in each span
    Ps = Param(1, Range(1, 2))
    direct = Param(True)  # somebody calls ensureSwept
    fault = Param(Fault.NONE)

    Span = Range(spans)
    Slot = Range(slots)
    Obj = Range(spans * slots)  # slot i of span s is s * slots + i
    P = Range(Ps)

    in_use = Var(SetOf(Span))  # the others are in the page heap
    sweepgen = Var(Array(Span, Range(-4, 3)))
    allocBits = Var(Array(Span, SetOf(Slot)))
    gcmarkBits = Var(Array(Span, SetOf(Slot)))
    freeindex = Var(Array(Span, Range(0, slots)))
    unswept = Var(SetOf(Span))
    swept = Var(SetOf(Span))
    cached = Var(Array(P, Opt(Span)))
    flushed = Var(SetOf(P))  # mcache.flushGen is the heap's sweepgen
    sweepers = Var(Range(0, Ps + 4))
    drained = Var(Bool)
    locked = Var(Range(0, Ps + 4))  # how many cannot be preempted
    marking = Var(Bool)
    live = Var(SetOf(Obj))  # what the program can reach
    doomed = Var(SetOf(Obj))  # what it could not when marking last began, and has not been freed

    def init(self):
        """All is free, and the sweep before is over."""
        self.sweepgen = [0 for _ in self.Span]
        self.drained = True
        self.flushed = set(self.P)

    # Who sweeps.

    def begin(self):
        """Be counted as one who sweeps."""
        if self.fault != Fault.NO_TOKEN:
            self.sweepers += 1

    def end(self):
        """No longer."""
        if self.fault != Fault.NO_TOKEN:
            self.sweepers -= 1

    def sweepone(self):
        """Sweep one span of the lists, or find them drained."""
        self.locked += 1
        self.begin()
        while True:
            yield "looks for a span"
            if not self.unswept:
                self.drained = True
                break
            s = choose(self.unswept)
            self.unswept.remove(s)
            yield "has popped"
            acquired = yield from self.tryAcquire(s)
            if acquired:
                yield from self.sweep(s, False)
                break
        self.end()
        self.locked -= 1

    def tryAcquire(self, s: Span):
        """Whether it is now ours to sweep."""
        if self.sweepgen[s] != -2:
            return False
        if self.fault == Fault.NO_CAS:
            yield "has looked"
        self.sweepgen[s] = -1
        return True

    def sweep(self, s: Span, preserve: Bool):
        """What is marked is what is allocated from now on. Without anything, the span goes back to the page heap."""
        yield "sweeps"
        assert s in self.in_use and self.sweepgen[s] == -1, "mspan.sweep: bad span state"
        if self.fault == Fault.SWEPT_BEFORE_BITS:
            self.sweepgen[s] = 0
            yield "is called swept"
        elif self.fault == Fault.LISTED_BEFORE_SWEPT and not preserve:
            self.swept.add(s)
            yield "is listed"
        assert all(i < self.freeindex[s] or i in self.allocBits[s] for i in self.gcmarkBits[s]), (
            "found pointer to free object"
        )
        self.allocBits[s] = self.gcmarkBits[s]
        self.gcmarkBits[s] = set()
        self.freeindex[s] = 0
        self.doomed = {o for o in self.doomed if o // self.slots != s or o % self.slots in self.allocBits[s]}
        if self.fault != Fault.SWEPT_BEFORE_BITS:
            yield "bits are swept"
            assert self.sweepgen[s] == -1, "mspan.sweep: bad span state after sweep"
            self.sweepgen[s] = 0
        if not preserve:
            yield "is swept"
            if not self.allocBits[s] and self.fault != Fault.LISTED_BEFORE_SWEPT:
                self.in_use.remove(s)
            else:
                self.swept.add(s)

    @process
    def bgsweep(self):
        """Sweeps what is left, and sleeps until the next cycle."""
        while True:
            require(not self.drained)
            yield from self.sweepone()
            yield "rests"

    @process(fair=False)
    def ensureSwept(self):
        """Somebody needs one span swept, and waits if another is sweeping it."""
        while True:
            require(self.direct and len(self.flushed) == self.Ps)
            s = choose(self.in_use)
            self.locked += 1
            if not self.drained:
                self.begin()
                yield "looks at its span"
                acquired = yield from self.tryAcquire(s)
                if acquired:
                    yield from self.sweep(s, False)
                self.end()
            yield "waits"
            require(self.sweepgen[s] in (0, 3))
            assert self.marking or all(o // self.slots != s for o in self.doomed), "it is not swept"
            self.locked -= 1
            yield "has it swept"

    # Who allocates.

    def has_room(self, s: Span):
        """Whether a slot of the span is free."""
        return any(i >= self.freeindex[s] and i not in self.allocBits[s] for i in self.Slot)

    @process(P, fair=False)
    def mallocgc(self, p: P):
        """A goroutine on P `p` allocates, again and again. The P has flushed its cache before."""
        while True:
            require(p in self.flushed)
            self.locked += 1
            if self.cached[p] is None or not self.has_room(self.cached[p]):
                yield from self.refill(p)
            if self.cached[p] is not None:
                self.hand_out(self.cached[p])
            self.locked -= 1
            yield "has allocated"

    def hand_out(self, s: Span):
        """The next free slot. While marking, it is marked."""
        i = min(i for i in self.Slot if i >= self.freeindex[s] and i not in self.allocBits[s])
        o = s * self.slots + i
        assert self.sweepgen[s] == 3, "allocating from a span that is not cached"
        assert o not in self.live, "an object in use is handed out"
        self.freeindex[s] = i + 1
        self.live.add(o)
        self.doomed.discard(o)
        if self.marking:
            self.gcmarkBits[s].add(i)

    def refill(self, p: P):
        """Give the span back, and get another; none if the page heap is empty."""
        s = self.cached[p]
        if s is not None:
            assert self.sweepgen[s] == 3, "bad sweepgen in refill"
            yield from self.uncacheSpan(p)
        yield "needs a span"
        got = yield from self.cacheSpan()
        if got is not None:
            self.sweepgen[got] = 3
            self.cached[p] = got

    def uncacheSpan(self, p: P):
        """A span that was cached before this sweep began is swept now; another goes to the list of those swept."""
        s = self.cached[p]
        self.cached[p] = None
        if self.sweepgen[s] == 1 and self.fault != Fault.CACHE_KEPT:
            self.sweepgen[s] = -1
            yield from self.sweep(s, False)
        else:
            self.sweepgen[s] = 0
            yield "is uncached"
            self.swept.add(s)

    def cacheSpan(self):
        """A span with room: of those swept, of those to be swept, or a new one."""
        found: Opt(self.Span) = None
        ready = {s for s in self.swept if self.has_room(s)}
        if ready:
            found = choose(ready)
            self.swept.remove(found)
            return found
        if not self.drained:
            self.begin()
            while found is None and len(self.unswept) > 0:
                s = choose(self.unswept)
                self.unswept.remove(s)
                yield "has popped it"
                acquired = yield from self.tryAcquire(s)
                if acquired:
                    yield from self.sweep(s, True)
                    yield "has swept it"
                    if self.has_room(s):
                        found = s
                    else:
                        self.swept.add(s)
            self.end()
        if found is None and len(self.in_use) < self.spans:
            found = choose({s for s in self.Span if s not in self.in_use})
            self.in_use.add(found)
            self.allocBits[found] = set()
            self.gcmarkBits[found] = set()
            self.freeindex[found] = 0
            self.sweepgen[found] = 0
        return found

    @process(P)
    def prepareForSweep(self, p: P):
        """The first thing that a P does after a cycle."""
        while True:
            require(p not in self.flushed)
            self.locked += 1
            if self.cached[p] is not None and self.fault != Fault.CACHE_KEPT:
                yield from self.uncacheSpan(p)
            self.flushed.add(p)
            self.locked -= 1
            yield "has flushed"

    @action
    def drop(self, o: Obj):
        """The program lets go of an object."""
        require(o in self.live)
        self.live.remove(o)

    # The cycle.

    @process
    def gc(self):
        """One cycle after the other."""
        while True:
            while not self.drained:
                yield from self.sweepone()
                yield "sweeps what is left"
            require(self.locked == 0 or self.fault == Fault.PREEMPTIBLE)
            assert self.sweepers == 0, "active sweepers found at start of mark phase"
            assert all(self.sweepgen[s] in (0, 3) for s in self.in_use), "a span was not swept"
            assert not self.doomed, "garbage of the last cycle was not freed"
            self.unswept = set()
            self.gcmarkBits = [{i for i in self.Slot if s * self.slots + i in self.live} for s in self.Span]
            self.doomed = {o for o in self.Obj if self.is_allocated(o) and o not in self.live}
            self.marking = True
            yield "marks"
            require(self.locked == 0 or self.fault == Fault.PREEMPTIBLE)
            self.marking = False
            self.gcSweep()
            yield "waits for all Ps to flush"
            require(len(self.flushed) == self.Ps)
            self.end()
            yield "rests"

    def gcSweep(self):
        """With the world stopped, everything is to be swept at one stroke. Cached spans are no longer of this cycle."""
        assert self.sweepers == 0, "sweeper left outstanding across sweep generations"
        self.sweepgen = [self.sweepgen[s] - 2 if s in self.in_use else 0 for s in self.Span]
        self.unswept = self.swept
        self.swept = set()
        self.drained = False
        self.flushed = set()
        self.begin()  # until every P has flushed

    # What must be so.

    def is_allocated(self, o: Obj):
        """Whether the heap takes an object for allocated."""
        s = o // self.slots
        i = o % self.slots
        return s in self.in_use and (i < self.freeindex[s] or i in self.allocBits[s])

    @always
    def nothing_in_use_is_freed(self):
        """What the program can reach is allocated."""
        return all(self.is_allocated(o) for o in self.live)

    @always
    def done_is_done(self):
        """isSweepDone: where the lists are drained and nobody is counted, every span is swept."""
        return not self.drained or self.sweepers > 0 or all(self.sweepgen[s] in (0, 3) for s in self.in_use)

    @sometimes
    def garbage_waits(self):
        """Marking is over, and what it has not marked is still there: it is swept when somebody gets round to it."""
        return not self.marking and len(self.doomed) > 0 and self.locked == 0

    @sometimes
    def swept_out_of_turn(self):
        """A span can stand on the list of those to be swept, and have been swept: whoever pops it leaves it alone."""
        return any(self.sweepgen[s] in (0, 3) and s in self.in_use for s in self.unswept)

    @sometimes
    def two_are_swept(self):
        """Two spans can be swept at once."""
        return sum(self.sweepgen[s] == -1 for s in self.Span) == 2
