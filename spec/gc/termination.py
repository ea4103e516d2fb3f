"""Decide whether marking can be called over while something is still to be marked (Go 1.23, gcMarkDone).

Work lies in three kinds of places: in the buffers of the write barrier, in the queues of each P, and on a global list.
Only with the world stopped can all be looked at in one step. Before that, gcMarkDone asks each P by itself, a ragged
barrier, whether it has handed work on since it was last asked.

Beside Go 1.23, under runtime/:

    here                       there
    load, store                what the compiler makes of r = o.f and of o.f = v: mwbbuf.go, mbarrier.go
    wbBufFlush                 mwbbuf.go wbBufFlush1
    worker                     mgc.go gcBgMarkWorker, mgcmark.go gcDrain; an assist (gcDrainN) takes the same steps
    balance, take              mgcwork.go balance, tryGet
    markroot, scan_one         mgcmark.go markroot, scanobject
    gcMarkDone                 mgc.go gcMarkDone: `top`, forEachP, the world stopped; then gcMarkTermination, gcMark
    makeStrongFromWeak         mheap.go internal_weak_runtime_makeStrongFromWeak, without the sweep

What is smaller here, and why nothing is lost by it:

- Each object has one field, and one global points to object 0, for good.
- A buffer has no end, and may be flushed at any time: it is full whenever somebody flushes it. Marked objects are not
  recorded, as the flush would pass over them.
- The two halves of a P's queue are one set; `balance` gives away any one object of it, `take` gets one or all of what
  is on the list.
- A worker holds the P while it marks. What it does from one safe point to the next is one step, except that others may
  take what it gave away: it is the only one to look into its queue.
- gcMarkDone starts whenever no worker runs and no global work is seen. Whoever brings that about calls it.
- Who runs a goroutine may change before each operation: any P that no worker holds.

What a P is doing when it is asked is not looked at any closer: it is at a safe point, and no worker is within gcDrain.
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
    final,
    process,
    require,
    sometimes,
)
from spec.gc.termination_picture import TerminationPicture

GLOBAL = 0  # the object that a global points to


class Restart(Enum):
    """What gcMarkDone looks at with the world stopped, to find out whether it has to go back to the top."""

    NOTHING = "nothing"  # the proof of design/26903: there can be no work left
    QUEUES = "queues"  # Go since 1.12: the buffers are flushed, then the queue of each P; golang/go#27993
    QUEUES_AND_LIST = "queues_and_list"  # and the global list


class Without(Enum):
    """One thing that is left out."""

    NOTHING = "nothing"
    BALANCE_FLAG = "balance_flag"  # flushedWork in balance
    DISPOSE_FLAG = "dispose_flag"  # flushedWork in dispose
    FLUSH = "flush"  # of the buffer, when a P is asked
    FLUSH_FIRST = "flush_first"  # the buffer is flushed, but after dispose
    DISPOSE = "dispose"  # when a P is asked
    LIST = "list"  # the look at the global list at the top of gcMarkDone
    BLOCK = "block"  # strongFromWeak.block
    SHADE = "shade"  # of what makeStrongFromWeak returns
    RELEASE = "release"  # of those who wait for strongFromWeak.block


class Termination(TerminationPicture):
    """Goroutines load, store and drop pointers while workers mark and gcMarkDone tries to end it."""

    Ps = Param(2, Range(1, 3))
    objects = Param(3, Range(2, 4))
    goroutines = Param(1, Range(1, 2))
    stores = Param(True)  # the goroutines store pointers
    weak = Param(0, Range(0, 2))  # to so many objects, the last ones, only a weak pointer leads at first
    restart = Param(Restart.QUEUES)
    without = Param(Without.NOTHING)

    P = Range(Ps, symmetric=True)
    Obj = Range(objects)
    G = Range(goroutines, symmetric=True)
    Pointer = Opt(Obj)

    field = Var(Array(Obj, Pointer))
    stack = Var(Array(G, Pointer))
    marked = Var(SetOf(Obj))
    grey_globals = Var(Bool)  # the root jobs from work.markrootNext on: the globals,
    grey_stacks = Var(SetOf(G))  # and each stack
    full = Var(SetOf(Obj))  # work.full
    gcw = Var(Array(P, SetOf(Obj)))
    wbBuf = Var(Array(P, SetOf(Obj)))
    flushedWork = Var(Array(P, Bool))
    workers = Var(SetOf(P))  # work.nproc - work.nwait of them: the Ps on which one runs
    block = Var(Bool)  # work.strongFromWeak.block
    parked = Var(SetOf(G))  # work.strongFromWeak.q
    over = Var(Bool)  # gcphase is _GCoff

    def init(self):
        """A global points to object 0, each object to the next. The stacks are empty and to be scanned."""
        for o in self.Obj:
            if o + 1 < self.objects - self.weak:
                self.field[o] = o + 1
        self.grey_globals = True
        self.grey_stacks = set(self.G)

    # The goroutines.

    def runs(self, g: G, p: P):
        """Goroutine `g` is about to take a step on `p`."""
        require(not self.over and g not in self.parked and p not in self.workers)

    def named_by(self, g: G):
        """The objects that goroutine `g` can load from and store into."""
        return {o for o in self.Obj if o == GLOBAL or o == self.stack[g]}

    @action
    def load(self, g: G):
        """r = o.f"""
        require(not self.over and g not in self.parked)
        self.stack[g] = self.field[choose(self.named_by(g))]

    @action
    def store(self, g: G, p: P):
        """o.f = r, or nil: both pointers go into the buffer, then the store is done. There is no safe point between."""
        require(self.stores)
        self.runs(g, p)
        o = choose(self.named_by(g))
        new = choose({None, self.stack[g]})
        self.record(p, self.field[o])
        self.record(p, new)
        self.field[o] = new

    def record(self, p: P, o: Pointer):
        """Put a pointer into the buffer of `p`."""
        if o is not None and o not in self.marked:
            self.wbBuf[p].add(o)

    @action
    def wbBufFlush(self, p: P):
        """The buffer of `p` is full."""
        require(not self.over and p not in self.workers and self.wbBuf[p])
        self.wbBufFlush1(p)

    def wbBufFlush1(self, p: P):
        """Mark what is in the buffer of `p`, and queue it there."""
        for o in self.wbBuf[p]:
            self.shade(p, o)
        self.wbBuf[p] = set()

    def shade(self, p: P, o: Pointer):
        """runtime/mgcmark.go greyobject: mark an object that is not, and queue it on `p`."""
        if o is not None and o not in self.marked:
            self.marked.add(o)
            self.gcw[p].add(o)
            self.wbBuf = [self.wbBuf[q] - {o} for q in self.P]

    @action
    def makeStrongFromWeak(self, g: G, p: P):
        """A weak pointer is made a strong one: grey work out of nothing. While it is blocked, the goroutine waits."""
        self.runs(g, p)
        if self.block and self.weak > 0:
            self.parked.add(g)
        else:
            o = choose({o for o in self.Obj if o >= self.objects - self.weak})
            self.stack[g] = o
            if self.without != Without.SHADE:
                self.shade(p, o)

    # The workers.

    def gcMarkWorkAvailable(self):
        """Whether the global places hold work."""
        return len(self.full) > 0 or self.are_roots_left()

    def are_roots_left(self):
        """Whether there are root jobs that nobody has taken."""
        return self.grey_globals or len(self.grey_stacks) > 0

    @process(P, fair=True)
    def worker(self, p: P):
        """A worker runs on `p` for a while, as often as there is work for it. It does something before it stops."""
        while True:
            require(not self.over and (self.gcMarkWorkAvailable() or len(self.gcw[p]) > 0))
            self.workers.add(p)
            while True:
                yield "drains"
                if self.are_roots_left():
                    yield from self.markroot(p)
                else:
                    if len(self.full) == 0 and len(self.gcw[p]) > 0 and choose(Bool):
                        self.balance(p)
                        yield "balanced"
                    if not self.scan_one(p):
                        break
                if choose(Bool):  # preempted
                    break
            self.workers.remove(p)
            yield "stopped"

    def balance(self, p: P):
        """Give an object to the others."""
        o = choose(self.gcw[p])
        self.gcw[p].remove(o)
        self.full.add(o)
        if self.without != Without.BALANCE_FLAG:
            self.flushedWork[p] = True

    def markroot(self, p: P):
        """Take a root job, the globals first, and then do it."""
        if self.grey_globals:
            self.grey_globals = False
            yield "has the globals"
            self.shade(p, GLOBAL)
        else:
            g = choose(self.grey_stacks)
            self.grey_stacks.remove(g)
            yield "has a stack"
            self.shade(p, self.stack[g])

    def scan_one(self, p: P):
        """Get an object and scan it. False if there is none."""
        if not self.gcw[p] and not self.full:
            self.wbBufFlush1(p)
        if not self.gcw[p]:
            self.take(p)
        if not self.gcw[p]:
            return False
        o = choose(self.gcw[p])
        self.gcw[p].remove(o)
        self.shade(p, self.field[o])
        return True

    def take(self, p: P):
        """Get objects from the global list. No flag is set: who takes work has it."""
        taken = set(self.full)
        if len(self.full) > 1 and choose(Bool):
            taken = {choose(self.full)}
        self.full -= taken
        self.gcw[p] |= taken

    # The end.

    @process(fair=True)
    def gcMarkDone(self):
        """Asks each P, then stops the world. One runs at a time: work.markDoneSema."""
        while not self.over:
            require(len(self.workers) == 0)
            yield "no worker"
            if not (self.are_roots_left() if self.without == Without.LIST else self.gcMarkWorkAvailable()):
                self.block = self.without != Without.BLOCK
                flushed = False
                asked = {p for p in self.P if p not in self.P}
                while len(asked) < self.Ps:
                    yield "forEachP"
                    p = choose({p for p in self.P if p not in asked and p not in self.workers})
                    self.ask(p)
                    flushed = flushed or self.flushedWork[p]
                    self.flushedWork[p] = False
                    asked.add(p)
                if not flushed:
                    yield "stops the world"
                    require(len(self.workers) == 0)
                    if not self.is_work_left():
                        self.gcMarkTermination()
            yield "top"

    def ask(self, p: P):
        """What gcMarkDone has `p` do at a safe point."""
        if self.without not in (Without.FLUSH, Without.FLUSH_FIRST):
            self.wbBufFlush1(p)
        if self.without != Without.DISPOSE:
            self.dispose(p)
        if self.without == Without.FLUSH_FIRST:
            self.wbBufFlush1(p)

    def dispose(self, p: P):
        """Everything that is queued on `p` goes to the global list."""
        if self.gcw[p] and self.without != Without.DISPOSE_FLAG:
            self.flushedWork[p] = True
        self.full |= self.gcw[p]
        self.gcw[p] = set()

    def is_work_left(self):
        """With the world stopped: flush all buffers, and see whether marking has to go on."""
        if self.restart == Restart.NOTHING:
            return False
        for o in self.Obj:
            if any(o in self.wbBuf[p] for p in self.P):
                p = choose({p for p in self.P if o in self.wbBuf[p]})
                self.shade(p, o)
        self.wbBuf = [set() for _ in self.P]
        return any(len(self.gcw[p]) > 0 for p in self.P) or (
            self.restart == Restart.QUEUES_AND_LIST and len(self.full) > 0
        )

    def gcMarkTermination(self):
        """The world is stopped. Who waits for the block is let go."""
        self.block = False
        if self.without != Without.RELEASE:
            self.parked = set()
        self.look_for_work()
        self.over = True

    def look_for_work(self):
        """runtime/mgc.go gcMark: it makes sure that nothing is grey. What is in buffers is discarded unseen."""
        assert not self.gcMarkWorkAvailable(), "non-empty mark queue after concurrent mark"
        assert all(len(self.gcw[p]) == 0 for p in self.P), "P has cached GC work at end of mark termination"

    # What must be so.

    def pointed_to_from(self, found: SetOf(Obj), o: Obj):
        """Whether a field of one of the objects points to `o`."""
        return any(q in found and self.field[q] == o for q in self.Obj)

    def reachable(self):
        """The objects that a chain of pointers leads to from the global or a stack."""
        found = {o for o in self.Obj if o == GLOBAL or any(self.stack[g] == o for g in self.G)}
        for _ in range(self.objects - 1):
            found |= {o for o in self.Obj if self.pointed_to_from(found, o)}
        return found

    @final
    def marking_is_over(self):
        """Nothing more happens once marking is over."""
        return self.over

    @always
    def no_missed_mark(self):
        """When marking is over, every reachable object is marked: the sweep frees nothing that is in use."""
        return not self.over or self.reachable() <= self.marked

    @always
    def nobody_is_left_waiting(self):
        """When marking is over, nobody waits for a weak pointer."""
        return not self.over or len(self.parked) == 0

    @always
    def grey_is_in_one_place(self):
        """What is queued is marked, and stands in one queue only."""
        return all(
            sum(o in self.gcw[p] for p in self.P) + int(o in self.full) <= int(o in self.marked) for o in self.Obj
        )

    @sometimes
    def marking_ends(self):
        """Marking can end."""
        return self.over

    @sometimes
    def work_is_given_away(self):
        """A worker can put work on the global list for others to take."""
        return any(self.worker[p].at("balanced") for p in self.P)

    @sometimes
    def it_seems_to_be_over(self):
        """No worker runs and all queues are empty, and yet something in use is not marked: it is in a buffer."""
        return (
            len(self.workers) == 0
            and not self.gcMarkWorkAvailable()
            and all(len(self.gcw[p]) == 0 for p in self.P)
            and not self.reachable() <= self.marked
        )

    @sometimes
    def work_is_found_with_the_world_stopped(self):
        """No P has handed work on, and yet a buffer holds what is not marked when the world stops."""
        return self.gcMarkDone.at("stops the world") and any(
            o not in self.marked for p in self.P for o in self.wbBuf[p]
        )
