"""Decide what finalizers, weak pointers and cleanups may see of memory that goes (Go 1.23; cleanups 1.24).

Beside Go, under runtime/:

    here                  there
    SetFinalizer          mfinal.go SetFinalizer, mheap.go addfinalizer
    sweep                 mgcsweep.go sweep, the part on specials; mheap.go freeSpecial
    runfinq               mfinal.go runfinq, one goroutine
    makeStrongFromWeak    mheap.go internal_weak_runtime_makeStrongFromWeak, with ensureSwept
    gc                    mgc.go; mgcmark.go markroot: the specials of spans, and the stacks

Object o points to object o + 1, for good, and the program has a pointer to object 0 at first. It follows pointers and
drops them. Each object has a span of its own. A stack is scanned in one step, and so are the specials of all spans;
what they lead to is marked then. Memory that is freed is not used again, so that what still looks at it can be seen.
"""

from enum import Enum

from checker.lang import (
    Bool,
    Opt,
    Param,
    Range,
    Seq,
    SetOf,
    Var,
    action,
    always,
    choose,
    process,
    require,
    sometimes,
)
from spec.gc.finalizers_picture import FinalizersPicture


class Kind(Enum):
    """Which objects have a finalizer at first."""

    PLAIN = "plain"  # none
    FIRST = "first"  # object 0
    CHAIN = "chain"  # all
    CYCLE = "cycle"  # all, and the last points to the first


class Fault(Enum):
    """What is done wrong."""

    NONE = "none"
    NOT_REVIVED = "not_revived"  # the sweep queues a finalizer, and frees its object
    HANDLE_KEPT = "handle_kept"  # weak pointers are cleared when the object is freed, and not when it is queued
    NO_ENSURE_SWEPT = "no_ensure_swept"  # a weak pointer is made strong without a look at its span
    ONE_READING = "one_reading"  # its handle is not read again after that
    NO_SHADE = "no_shade"  # nor is the object marked
    UNMARKED = "unmarked"  # SetFinalizer marks nothing, even if the specials of its span have been looked at


class Finalizers(FinalizersPicture):
    """A program, its finalizers and weak pointers, and one cycle after the other."""

    objects = Param(2, Range(1, 4))
    kind = Param(Kind.FIRST)
    weak = Param(True)  # there is a weak pointer to object 0
    sets = Param(False)  # the program calls SetFinalizer
    resurrects = Param(True)  # a finalizer may keep its object
    cleanup = Param(False)  # object 0 has a cleanup
    cleanup_holds = Param(False)  # and its argument is the object
    fault = Param(Fault.NONE)

    Obj = Range(objects)

    held = Var(SetOf(Obj))  # what the program has pointers to
    finalizer = Var(SetOf(Obj))  # objects that have one
    handle = Var(Opt(Obj))  # of the weak pointer
    to_clean = Var(Bool)  # object 0 still has its cleanup
    cleaned = Var(Bool)  # it has been queued
    queue = Var(Seq(Obj, objects))  # finq
    running = Var(Opt(Obj))  # the argument of the finalizer that runs
    marking = Var(Bool)
    stacks_left = Var(Bool)
    specials_left = Var(Bool)
    marked = Var(SetOf(Obj))
    unswept = Var(SetOf(Obj))
    freed = Var(SetOf(Obj))
    locked = Var(Bool)  # a goroutine that cannot be preempted: the world does not stop

    def init(self):
        """The program points to object 0."""
        self.held = {0}
        if self.kind == Kind.FIRST:
            self.finalizer = {0}
        elif self.kind != Kind.PLAIN:
            self.finalizer = set(self.Obj)
        if self.weak:
            self.handle = 0
        self.to_clean = self.cleanup

    # The heap.

    def next_of(self, o: Obj):
        """What object `o` points to."""
        if o + 1 < self.objects:
            return {o + 1}
        if self.kind == Kind.CYCLE:
            return {0}
        return {p for p in self.Obj if p < 0}

    def closure(self, found: SetOf(Obj)):
        """The objects given, and all that they lead to."""
        all_found = set(found)
        for _ in self.Obj:
            for o in self.Obj:
                if o in all_found:
                    all_found |= self.next_of(o)
        return all_found

    def roots(self):
        """What the stacks and the queue point to."""
        return self.held | {o for o in self.Obj if o == self.running or o in self.queue}

    def shade(self, found: SetOf(Obj)):
        """Mark objects, and all that they lead to."""
        self.marked |= self.closure(found)

    # The program.

    @action
    def load(self):
        """Follow a pointer."""
        o = choose(self.held)
        self.held.add(choose(self.next_of(o)))

    @action
    def drop(self, o: Obj):
        """Let go of a pointer."""
        require(o in self.held)
        self.held.remove(o)

    @action
    def SetFinalizer(self, o: Obj):
        """It takes a pointer, so the object can be reached. Its span is swept first."""
        require(self.sets and o in self.held and o not in self.finalizer and not self.locked)
        if o in self.unswept:
            self.sweep(o)
        self.finalizer.add(o)
        if self.marking and self.fault != Fault.UNMARKED:
            self.shade(self.next_of(o))

    @process
    def makeStrongFromWeak(self):
        """A weak pointer is made strong, again and again. What it gives is nil once the object is found garbage."""
        while True:
            require(self.handle is not None)
            self.locked = True
            o: Opt(self.Obj) = self.handle
            yield "has read the handle"
            if self.fault != Fault.NO_ENSURE_SWEPT and o in self.unswept:
                self.sweep(o)
            yield "has the span swept"
            if self.fault not in (Fault.ONE_READING, Fault.NO_ENSURE_SWEPT):
                o = self.handle
            if o is not None:
                self.held.add(o)
                if self.marking and self.fault != Fault.NO_SHADE:
                    self.shade({o})
            self.locked = False
            yield "done"

    @process
    def runfinq(self):
        """One finalizer after the other. It may put its object where the program finds it."""
        while True:
            require(len(self.queue) > 0)
            self.running = self.queue.pop(0)
            assert not self.closure({self.running}) & self.freed, "a finalizer sees freed memory"
            yield "runs"
            if self.resurrects and choose(Bool):
                self.held.add(self.running)
                if self.marking:
                    self.shade({self.running})
            self.running = None
            yield "idle"

    # The collector.

    @process
    def gc(self):
        """Marks and sweeps for ever."""
        while True:
            require(not self.locked and len(self.unswept) == 0)
            self.marking = True
            self.marked = set()
            self.stacks_left = True
            self.specials_left = True
            yield "marks"
            while self.stacks_left or self.specials_left:
                if self.stacks_left and (not self.specials_left or choose(Bool)):
                    self.stacks_left = False
                    self.count()
                    self.shade(self.roots())
                else:
                    self.specials_left = False
                    self.mark_specials()
                yield "marks"
            require(not self.locked)
            self.marking = False
            self.unswept = {o for o in self.Obj if o not in self.freed}
            yield "sweeps"

    def count(self):
        """Nothing is counted here."""

    def mark_specials(self):
        """What an object with a finalizer leads to is marked, and not the object. The argument of a cleanup is."""
        for o in self.finalizer:
            self.shade(self.next_of(o))
        if self.to_clean and self.cleanup_holds:
            self.shade({0})

    @process
    def bgsweep(self):
        """Sweeps one span after the other."""
        while True:
            require(len(self.unswept) > 0)
            self.sweep(choose(self.unswept))
            yield "sweeps"

    def sweep(self, o: Obj):
        """The specials of an object that is not marked, and then the object."""
        assert not self.marking, "queuefinalizer during GC"
        self.unswept.remove(o)
        if o in self.marked:
            return
        if o in self.finalizer:
            self.finalizer.remove(o)
            self.queue.append(o)
            if self.handle == o and self.fault != Fault.HANDLE_KEPT:
                self.handle = None
            if self.fault == Fault.NOT_REVIVED:
                self.freed.add(o)
        else:
            if self.handle == o:
                self.handle = None
            if o == 0 and self.to_clean:
                self.to_clean = False
                self.cleaned = True
            self.freed.add(o)

    # What must be so.

    @always
    def nothing_in_use_is_freed(self):
        """What the program, a finalizer or the queue can reach is not freed."""
        return not self.closure(self.roots()) & self.freed

    @always
    def cleared_before_it_is_queued(self):
        """A weak pointer is nil before the finalizer of its object runs."""
        return self.handle is None or (self.handle != self.running and self.handle not in self.queue)

    @always
    def nothing_held_is_found_garbage(self):
        """No finalizer can be set on what has been found garbage: there is no pointer to it that one could pass."""
        return not any(o in self.held and o in self.unswept and o not in self.marked for o in self.Obj)

    @always
    def freed_objects_have_none(self):
        """What is freed has no finalizer any more, and none is queued for it."""
        return not self.freed & self.finalizer and all(o not in self.freed for o in self.queue)

    @always
    def cleanups_come_after(self):
        """A cleanup is queued when its object is freed, not before."""
        return not self.cleaned or 0 in self.freed

    @sometimes
    def object_comes_back(self):
        """An object whose finalizer has run can be in use."""
        return self.running is None and self.kind != Kind.PLAIN and 0 in self.held and 0 not in self.finalizer

    @sometimes
    def all_is_freed(self):
        """Everything can be freed."""
        return len(self.freed) == self.objects
