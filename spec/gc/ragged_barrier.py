"""Decide whether marking ends only when nothing grey is left, for every number of Ps: the proof of the ragged barrier.

What `spec.gc.termination` has with a heap and goroutines is told here without them: what a worker finds when it scans
is any white object, and so is what goroutines put into buffers. Ps and objects are members that nothing can tell apart,
so that `evacheck verify spec.gc.ragged_barrier:RaggedBarrier --engine induction --unbounded all` proves it for every
number of either. That no object in use is white when nothing is grey is what `spec.gc.every_size` proves. That each
step of `spec.gc.termination` is one of these, or changes nothing of this, is checked in `spec.gc.termination_in_short`.

Beside Go 1.23, under runtime/:

    here                       there
    start, stop                mgc.go gcBgMarkWorker
    drain, balance, take       mgcmark.go gcDrain, mgcwork.go balance, tryGet
    store, flush               mbarrier.go, mwbbuf.go wbBufFlush1
    makeStrongFromWeak         mheap.go internal_weak_runtime_makeStrongFromWeak
    look, begin                mgc.go gcMarkDone at `top`: two readings
    ask                        gcMarkDone's forEachP, and what it does with the flags
    finish                     gcMarkDone with the world stopped

Root jobs are objects that are on the list from the start. As in `spec.gc.termination`, a buffer holds nothing that is
marked, as a flush would pass over it.
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
    action,
    always,
    choose,
    final,
    lemma,
    require,
    sometimes,
)
from spec.gc.termination import Restart, Without


class Phase(Enum):
    """Where gcMarkDone is."""

    MARKING = "marking"
    LOOKING = "looking"  # it has seen no worker, and is about to look at the list
    ASKING = "asking"  # each P, one by one
    STOPPING = "stopping"  # the world
    OVER = "over"


class RaggedBarrier(Model):
    """Can marking be called over while something is grey? With any number of Ps and objects."""

    Ps = Param(2, Range(1, 12))
    objects = Param(2, Range(1, 12))
    stores = Param(False)  # goroutines put white objects into buffers: then Go's proof does not hold
    weak = Param(0, Range(0, 2))  # whether there are weak pointers; to how many objects is not looked at
    restart = Param(Restart.NOTHING)
    without = Param(Without.NOTHING)

    P = Range(Ps, symmetric=True)
    Obj = Range(objects, symmetric=True)

    marked = Var(SetOf(Obj))
    full = Var(SetOf(Obj))  # work.full
    gcw = Var(Array(P, SetOf(Obj)))
    wbBuf = Var(Array(P, SetOf(Obj)))
    flushedWork = Var(SetOf(P))
    workers = Var(SetOf(P))
    phase = Var(Phase)
    asked = Var(SetOf(P))
    flushed = Var(Bool)  # one of those that were asked had put work on the list

    def init(self):
        """What roots point to is marked, and on the list."""
        self.full = choose(SetOf(self.Obj))
        self.marked = self.full

    # The workers and the goroutines.

    @action
    def start(self, p: P):
        require(self.phase != Phase.OVER and p not in self.workers and (self.full or self.gcw[p]))
        self.workers.add(p)

    @action
    def stop(self, p: P):
        require(p in self.workers)
        self.workers.remove(p)

    @action
    def drain(self, p: P):
        """From one safe point to the next: get work if there is none, scan an object, and go on or stop. White ones
        that it points to are marked and queued."""
        require(p in self.workers)
        if not self.gcw[p] and not self.full:
            self.wbBufFlush1(p)
        if not self.gcw[p]:
            taken = choose(SetOf(self.Obj))
            require(taken <= self.full)
            self.full -= taken
            self.gcw[p] = taken
        o = choose(self.gcw[p])
        self.gcw[p].remove(o)
        found = choose(SetOf(self.Obj))
        require(all(f not in self.marked for f in found))
        self.shade(p, found)
        if choose(Bool):
            self.workers.remove(p)

    def shade(self, p: P, found: SetOf(Obj)):
        """Mark objects, and queue on `p` those that were not. No buffer holds them any more."""
        self.gcw[p] |= found - self.marked
        self.marked |= found
        self.wbBuf = {q: self.wbBuf[q] - found for q in self.P}

    @action
    def balance(self, p: P, o: Obj):
        """Give an object to the others."""
        require(p in self.workers and o in self.gcw[p])
        self.gcw[p].remove(o)
        self.full.add(o)
        if self.without != Without.BALANCE_FLAG:
            self.flushedWork.add(p)

    @action
    def take(self, p: P, o: Obj):
        """Get an object from the list. No flag is set: who takes work has it."""
        require(p in self.workers and o in self.full)
        self.full.remove(o)
        self.gcw[p].add(o)

    @action
    def store(self, p: P):
        """A goroutine stores and overwrites pointers to white objects."""
        require(self.stores and self.phase != Phase.OVER and p not in self.workers)
        recorded = choose(SetOf(self.Obj))
        require(all(o not in self.marked for o in recorded))
        self.wbBuf[p] |= recorded

    @action
    def flush(self, p: P):
        require(self.phase != Phase.OVER and p not in self.workers and self.wbBuf[p])
        self.wbBufFlush1(p)

    def wbBufFlush1(self, p: P):
        """Mark what is in the buffer of `p`, and queue it there."""
        self.shade(p, self.wbBuf[p])

    @action
    def makeStrongFromWeak(self, p: P, o: Obj):
        """A weak pointer is made a strong one: grey work out of nothing. Blocked while Ps are asked, and after."""
        require(self.weak > 0 and self.phase != Phase.OVER and p not in self.workers and o not in self.marked)
        require(self.without == Without.BLOCK or self.phase in (Phase.MARKING, Phase.LOOKING))
        self.shade(p, {o})

    # gcMarkDone.

    @action
    def look(self):
        """No worker runs."""
        require(self.phase == Phase.MARKING and not self.workers)
        self.phase = Phase.LOOKING

    @action
    def begin(self):
        """Ask, if there is nothing on the list."""
        require(self.phase == Phase.LOOKING)
        if self.full and (self.without != Without.LIST or choose(Bool)):
            self.phase = Phase.MARKING
        else:
            self.phase = Phase.ASKING

    @action
    def ask(self, p: P):
        """At a safe point of `p`: flush, dispose, and say whether anything was put on the list since the last time.
        When all are asked the world is stopped, if nobody has put anything on the list."""
        require(self.phase == Phase.ASKING and p not in self.asked and p not in self.workers)
        if self.without not in (Without.FLUSH, Without.FLUSH_FIRST):
            self.wbBufFlush1(p)
        if self.without != Without.DISPOSE:
            self.dispose(p)
        if self.without == Without.FLUSH_FIRST:
            self.wbBufFlush1(p)
        self.flushed = self.flushed or p in self.flushedWork
        self.flushedWork.discard(p)
        self.asked.add(p)
        if all(q in self.asked for q in self.P):
            if self.flushed:
                self.top()
            else:
                self.phase = Phase.STOPPING

    def dispose(self, p: P):
        """Everything that is queued on `p` goes to the list."""
        if self.gcw[p] and self.without != Without.DISPOSE_FLAG:
            self.flushedWork.add(p)
        self.full |= self.gcw[p]
        self.gcw[p] = set()

    def top(self):
        """Who was asked is forgotten."""
        self.phase = Phase.MARKING
        self.asked = set()
        self.flushed = False

    @action
    def finish(self):
        """The world is stopped: flush all buffers, and see whether marking has to go on."""
        require(self.phase == Phase.STOPPING and not self.workers)
        if self.restart != Restart.NOTHING:
            self.flush_all()
        self.top()
        if not self.is_work_left():
            self.phase = Phase.OVER

    def flush_all(self):
        """What is in several buffers is queued on one of their Ps, whichever comes first."""
        first = choose(Array(self.Obj, Opt(self.P)))
        require(all((first[o] is None) == (not any(o in self.wbBuf[p] for p in self.P)) for o in self.Obj))
        require(all(first[o] != p or o in self.wbBuf[p] for o in self.Obj for p in self.P))
        self.gcw = {p: self.gcw[p] | {o for o in self.wbBuf[p] - self.marked if first[o] == p} for p in self.P}
        self.marked |= {o for o in self.Obj if first[o] is not None}
        self.wbBuf = {p: set() for p in self.P}

    def is_work_left(self):
        """Whether something is found: in the queues, and on the list if that is looked at."""
        if self.restart == Restart.NOTHING:
            return False
        return any(self.gcw[p] for p in self.P) or (self.restart == Restart.QUEUES_AND_LIST and len(self.full) > 0)

    # What must be so, and what must be possible.

    @final
    def marking_is_over(self):
        """Nothing more happens once marking is over."""
        return self.phase == Phase.OVER

    @always
    def nothing_is_grey_at_the_end(self):
        """When marking is over, no queue holds anything, nor does the list, and no buffer holds a white object."""
        return self.phase != Phase.OVER or (
            not self.full and all(not self.gcw[p] and self.wbBuf[p] <= self.marked for p in self.P)
        )

    @sometimes
    def marking_ends(self):
        """Marking can end."""
        return self.phase == Phase.OVER

    @sometimes
    def work_is_given_away_while_asking(self):
        """A P that is still to be asked can give work away."""
        return self.phase == Phase.ASKING and len(self.asked) > 0 and len(self.full) > 0

    # Why: the argument of design/26903, which needs that buffers hold nothing.

    @lemma
    def nothing_is_stored(self, p: P):
        return self.stores or not self.wbBuf[p]

    @lemma
    def work_outside_was_flagged(self):
        """While Ps are asked: nothing is on the list, nor with those who were asked, or else a flag says so, that was
        seen or will be."""
        return (
            self.stores
            or self.phase not in (Phase.ASKING, Phase.STOPPING)
            or self.flushed
            or any(p not in self.asked for p in self.flushedWork)
            or (not self.full and all(not self.gcw[p] for p in self.asked))
        )

    @lemma
    def nobody_has_been_asked_before(self, p: P):
        return self.phase in (Phase.ASKING, Phase.STOPPING) or p not in self.asked

    @lemma
    def the_world_stops_when_all_are_asked(self, p: P):
        return self.phase != Phase.STOPPING or (not self.flushed and p in self.asked)
