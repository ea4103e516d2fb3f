"""Decide whether marking ends only when nothing grey is left, for every number of Ps: the proof of the ragged barrier.

What `spec.gc.termination` has with a heap and goroutines is told here without them: what a worker finds when it scans
is any white object, and so is what goroutines put into buffers. Ps and objects are members that nothing can tell apart,
so that `evacheck verify spec.gc.ragged_barrier:RaggedBarrier --engine induction --unbounded all` proves it for every
number of either. That no object in use is white when nothing is grey is what `spec.gc.every_size` proves.

Beside Go 1.23, under runtime/:

    here                       there
    start, stop                mgc.go gcBgMarkWorker
    scan, balance, take        mgcmark.go gcDrain, mgcwork.go balance, tryGet
    store, flush               mbarrier.go, mwbbuf.go wbBufFlush1
    look, begin                mgc.go gcMarkDone at `top`: two readings
    ask, all_are_asked         gcMarkDone's forEachP, and what it does with the flags
    finish                     gcMarkDone with the world stopped

Root jobs are on the list from the start. Whoever stops the world and finds work goes back to the top: that the buffers
are flushed then is left to `flush`.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Model,
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
    def scan(self, p: P, o: Obj):
        """Scan an object of the own queue. White ones that it points to are marked and queued."""
        require(p in self.workers and o in self.gcw[p])
        found = choose(SetOf(self.Obj))
        require(all(f not in self.marked for f in found))
        self.gcw[p] = (self.gcw[p] - {o}) | found
        self.marked |= found

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
    def store(self, p: P, o: Obj):
        """A goroutine stores or overwrites a pointer to a white object."""
        require(self.stores and self.phase != Phase.OVER and p not in self.workers and o not in self.marked)
        self.wbBuf[p].add(o)

    @action
    def flush(self, p: P):
        require(self.phase != Phase.OVER and self.wbBuf[p])
        self.wbBufFlush1(p)

    def wbBufFlush1(self, p: P):
        """Mark what is in the buffer of `p`, and queue it there."""
        self.gcw[p] |= self.wbBuf[p] - self.marked
        self.marked |= self.wbBuf[p]
        self.wbBuf[p] = set()

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
        if self.full and self.without != Without.LIST:
            self.phase = Phase.MARKING
        else:
            self.phase = Phase.ASKING
            self.asked = set()
            self.flushed = False

    @action
    def ask(self, p: P):
        """At a safe point of `p`: flush, dispose, and say whether anything was put on the list since the last time."""
        require(self.phase == Phase.ASKING and p not in self.asked and p not in self.workers)
        self.wbBufFlush1(p)
        if self.without != Without.DISPOSE:
            if self.gcw[p] and self.without != Without.DISPOSE_FLAG:
                self.flushedWork.add(p)
            self.full |= self.gcw[p]
            self.gcw[p] = set()
        self.flushed = self.flushed or p in self.flushedWork
        self.flushedWork.discard(p)
        self.asked.add(p)

    @action
    def all_are_asked(self):
        """Stop the world, if nobody has put anything on the list."""
        require(self.phase == Phase.ASKING and all(p in self.asked for p in self.P))
        self.phase = Phase.MARKING if self.flushed else Phase.STOPPING

    @action
    def finish(self):
        """The world is stopped: see whether marking has to go on."""
        require(self.phase == Phase.STOPPING and not self.workers)
        self.phase = Phase.MARKING if self.is_work_left() else Phase.OVER

    def is_work_left(self):
        """Whether something is found: in the buffers and queues, and on the list if that is looked at."""
        if self.restart == Restart.NOTHING:
            return False
        return any(self.gcw[p] or not self.wbBuf[p] <= self.marked for p in self.P) or (
            self.restart == Restart.QUEUES_AND_LIST and len(self.full) > 0
        )

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
    def the_world_stops_when_all_are_asked(self, p: P):
        return self.phase != Phase.STOPPING or (not self.flushed and p in self.asked)
