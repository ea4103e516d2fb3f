"""Decide whether goroutines can hide an object from a concurrent mark phase. Sweep is not here.

A root and the heap objects have one pointer field each, a goroutine has one pointer on its stack. With the default
parameters the state graph is that of the marking benchmark: the same steps and the same states as its TLA+ and C
versions. The other parameters add what Go does besides, or what it once did, one thing at a time. None adds a variable.

White: not marked. Grey: marked, or a root, and still to be scanned. Black: scanned.

Beside Go 1.23, under runtime/:

    here                      there
    mutator, write_barrier    what the compiler puts before a store, and mwbbuf.go wbBufFlush1
    record                    wbBufFlush1 for one pointer, at once; spec.gc.buffers keeps it in the buffer
    shade                     mgcmark.go shade: greyobject
    take, scan                mgcmark.go gcDrain: scanobject, and markroot for a global
    scan_stack                mgcmark.go markroot: scanstack, with suspendG
    allocate                  malloc.go mallocgc, with mgcmark.go gcmarknewobject
    send                      chan.go sendDirect and recvDirect, with mbitmap.go typeBitsBulkBarrier
    finish                    mgc.go gcMarkDone and gcMarkTermination; the re-scan is that of Go 1.7

Objects are numbered: 0 is the root, then come the `objects` of the heap, then the other `globals`.

Nothing is swept: a goroutine that allocates takes an object that no pointer leads to or from, as one that was free when
marking began. Marks are set in one step, where Go tests and sets in two and may scan an object twice, to no effect.
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
    lemma,
    process,
    require,
    sometimes,
)
from spec.gc.heap_picture import HeapPicture

ROOT = 0  # the object that is always reachable; the heap objects are 1, 2, ...


class Barrier(Enum):
    """Which pointers a goroutine shades before it stores one."""

    NONE = "none"
    INSERTION = "insertion"  # the new one (Dijkstra)
    DELETION = "deletion"  # the one overwritten (Yuasa)
    HYBRID = "hybrid"  # both: Go since 1.8, runtime/mbarrier.go
    HYBRID_ANY_GREY = "hybrid_any_grey"  # the old one, and the new one while any stack is grey
    HYBRID_THIS_GREY = "hybrid_this_grey"  # the old one, and the new one while the own stack is grey: design/17503
    ARTICLE_3_1 = "article_3_1"  # the new one if it is old: the article's section 3.1
    ARTICLE_4_2 = "article_4_2"  # the new one if the one overwritten is an old bucket: the article's section 4.2


class Allocation(Enum):
    """Whether goroutines allocate, and the colour of new objects."""

    NONE = "none"
    BLACK = "black"  # Go: gcmarknewobject in runtime/mgcmark.go
    WHITE = "white"


RECORDS_OLD = (Barrier.DELETION, Barrier.HYBRID, Barrier.HYBRID_ANY_GREY, Barrier.HYBRID_THIS_GREY)


class Instruction(Enum):
    """What a goroutine does at a safe point."""

    LOAD = "load"
    STORE = "store"


class Marking(HeapPicture):
    """Can goroutines hide an object from a concurrent collector? It scans each stack once, before or after the heap."""

    every_size = "spec.gc.every_size:MarkingAnySize"

    objects = Param(2, Range(1, 16))  # heap objects, besides the root
    goroutines = Param(2, Range(1, 4))
    barrier = Param(Barrier.HYBRID)
    any_heap = Param(False)  # start from every heap and every stack, not only from the chain
    fields = Param(1, Range(1, 4))  # of each object; the collector looks into one after the other
    globals = Param(0, Range(0, 4))  # roots besides the first: scanned once like it, with a barrier on stores
    allocation = Param(Allocation.NONE)
    workers = Param(1, Range(1, 4))  # objects that the collector can be scanning at once
    stacks_first = Param(False)  # no object is scanned before all stacks are
    rescan = Param(False)  # Go before 1.8: at the end the world stops and the stacks are scanned again
    safe_points = Param(False)  # a stack can be scanned while its goroutine is within a store; never so in Go
    channels = Param(False)  # goroutines hand their pointer to each other
    channel_barrier = Param(True)  # and both pointers are shaded then: typeBitsBulkBarrier in runtime/mbitmap.go
    young = Param(0, Range(0, 16))  # the last so many objects are not old, nor old buckets, to the article's barriers

    Obj = Range(0, objects + globals)
    Heap = Range(1, objects)
    Goroutine = Range(goroutines)
    Pointer = Opt(Heap)
    Slot = Range((objects + globals + 1) * fields)  # the fields of object o start at o * fields

    field = Var(Array(Slot, Pointer))
    stack = Var(Array(Goroutine, Pointer))
    marked = Var(SetOf(Heap))
    grey = Var(SetOf(Obj))
    grey_stacks = Var(SetOf(Goroutine))
    scanning = Var(SetOf(Slot))  # of each object that was taken out of grey, the field to look into next
    storing = Var(SetOf(Goroutine))  # goroutines with no safe point before their store is done
    done = Var(Bool)

    def init(self):
        """The root points to object 1, each object to the next; the stacks point to objects 1, 2, ..."""
        for s in self.Slot:
            if self.any_heap:
                self.field[s] = choose(self.Pointer)
        for o in self.Obj:
            if not self.any_heap and o < self.objects:
                self.field[o * self.fields] = o + 1
        for g in self.Goroutine:
            if self.any_heap:
                self.stack[g] = choose(self.Pointer)
            elif g < self.objects:
                self.stack[g] = g + 1
        self.grey = {o for o in self.Obj if o == ROOT or o > self.objects}
        self.grey_stacks = set(self.Goroutine)

    # The mutators.

    @process(Goroutine)
    def mutator(self, g: Goroutine):
        """Loads and stores for ever. A load is one step; a store has its barrier before it and no safe point within.

        What a store takes from the stack may be dead there from then on: only a safe point within would show it.
        """
        while True:
            require(not self.done)
            instruction = choose(Instruction)
            slot = choose(self.named_by(g))
            if instruction == Instruction.LOAD:
                self.stack[g] = self.field[slot]
            else:
                new = choose({None, self.stack[g]})
                self.storing.add(g)
                if self.safe_points:
                    self.stack[g] = choose({None, self.stack[g]})
                yield "latched"
                yield from self.write_barrier(g, slot, new)
                self.field[slot] = new
                self.storing.remove(g)
            yield "safe_point"

    def named_by(self, g: Goroutine):
        """The fields that goroutine `g` can load and store: those of the roots and of what its stack points to."""
        return {s for s in self.Slot if self.in_root(s) or s // self.fields == self.stack[g]}

    def in_root(self, s: Slot):
        """Whether field `s` belongs to a root: the first one or a global."""
        return s // self.fields == ROOT or s // self.fields > self.objects

    def write_barrier(self, g: Goroutine, slot: Slot, new: Pointer):
        """runtime/mwbbuf.go wbBufFlush1: the old pointer, then the new one, two steps between which others may run."""
        if self.barrier in RECORDS_OLD:
            self.record(g, self.overwritten(slot))
        yield "old_recorded"
        if self.records_new(g, slot, new):
            self.record(g, self.written(new))
        yield "new_recorded"

    def overwritten(self, slot: Slot):
        """What the barrier takes for the pointer that the store overwrites."""
        return self.field[slot]

    def written(self, new: Pointer):
        """What the barrier takes for the pointer that is stored."""
        return new

    def records_new(self, g: Goroutine, slot: Slot, new: Pointer):
        """Whether the barrier shades the pointer that is stored."""
        if self.barrier == Barrier.HYBRID_ANY_GREY:
            return len(self.grey_stacks) > 0
        if self.barrier == Barrier.HYBRID_THIS_GREY:
            return g in self.grey_stacks
        if self.barrier == Barrier.ARTICLE_3_1:
            return self.is_old(new)
        if self.barrier == Barrier.ARTICLE_4_2:
            return self.is_old(self.field[slot])
        return self.barrier in (Barrier.INSERTION, Barrier.HYBRID)

    def is_old(self, p: Pointer):
        """Whether the article's barriers take an object for old, or for an old bucket. Go knows neither."""
        return p is not None and p <= self.objects - self.young

    def record(self, g: Goroutine, p: Pointer):
        """runtime/mwbbuf.go wbBufFlush1, for one pointer that the barrier of goroutine `g` found."""
        self.shade(p)

    def shade(self, p: Pointer):
        """runtime/mgcmark.go greyobject: make a white object grey."""
        if p is not None and p not in self.marked:
            self.marked.add(p)
            self.grey.add(p)

    @action
    def allocate(self, g: Goroutine):
        """runtime/mgcmark.go gcmarknewobject: a goroutine makes an empty object and keeps it on its stack."""
        require(self.allocation != Allocation.NONE)
        require(not self.done and g not in self.storing)
        new = choose(self.free())
        self.stack[g] = new
        if self.allocation == Allocation.BLACK:
            self.marked.add(new)

    def free(self):
        """The objects that are fresh to whoever allocates: white, with nothing in them, and nothing points to them.

        Garbage of this cycle is not among them before it is swept: something grey may be garbage, and lead to others.
        """
        if self.safe_points:
            require(len(self.storing) == 0)  # otherwise a store may hold a pointer that no stack has
        return {p for p in self.Heap if p not in self.marked and self.is_isolated(p)}

    def is_isolated(self, p: Heap):
        """Whether no pointer leads to object `p` or from it."""
        return all(self.field[s] != p and (s // self.fields != p or self.field[s] is None) for s in self.Slot) and all(
            self.stack[g] != p for g in self.Goroutine
        )

    @action
    def send(self, g: Goroutine, receiver: Goroutine):
        """runtime/chan.go sendDirect: a goroutine copies its pointer to the stack of another that waits for it.

        The barrier and the copy are one step: all that it does is shade, which may as well happen just before.
        recvDirect is the same copy, done by the receiver.
        """
        require(self.channels and g != receiver)
        require(not self.done and g not in self.storing and receiver not in self.storing)
        if self.channel_barrier:
            self.record(g, self.stack[receiver])
            self.record(g, self.stack[g])
        self.stack[receiver] = self.stack[g]

    # The collector.

    @action
    def take(self, o: Obj):
        """runtime/mgcmark.go gcDrain: the collector takes a grey object to scan it."""
        require(not self.done and len(self.scanning) < self.workers)
        require(o in self.grey)
        if self.stacks_first:
            require(len(self.grey_stacks) == 0)
        self.grey.remove(o)
        self.scanning.add(o * self.fields)

    @action
    def scan(self):
        """runtime/mgcmark.go scanobject: it looks into one field of an object that it has taken."""
        slot = choose(self.scanning)
        self.shade(self.field[slot])
        self.scanning.remove(slot)
        if (slot + 1) % self.fields != 0:
            self.scanning.add(slot + 1)

    @action
    def scan_stack(self, g: Goroutine):
        """runtime/mgcmark.go scanstack: it scans a stack in one step, the goroutine held at a safe point."""
        require(not self.done and len(self.scanning) < self.workers)
        require(g in self.grey_stacks and (self.safe_points or g not in self.storing))
        self.grey_stacks.remove(g)
        self.shade(self.stack[g])

    @action
    def finish(self):
        """runtime/mgc.go gcMarkDone: marking ends when nothing is grey, with every goroutine at a safe point.

        To scan the stacks again and mark what they lead to is one step, as the world stands still.
        """
        require(not self.done and len(self.scanning) == 0)
        require(len(self.grey) == 0 and len(self.grey_stacks) == 0 and len(self.storing) == 0)
        if self.rescan:
            on_stacks = {p for p in self.Heap if any(self.stack[g] == p for g in self.Goroutine)}
            self.marked |= self.through_white(on_stacks - self.marked)
        self.done = True

    def through_white(self, start: SetOf(Heap)):
        """The white objects given, and those that a chain of pointers through white objects leads to from them."""
        found = set(start)
        for _ in self.Heap:
            found |= {p for p in self.Heap if p not in self.marked and self.pointed_to_from(found, p)}
        return found

    # What must be so, and what must be possible.

    def pointed_to_from(self, objects: SetOf(Heap), p: Heap):
        """Whether a field of one of the objects points to `p`."""
        return any(s // self.fields in objects and self.field[s] == p for s in self.Slot)

    def reachable(self):
        """The objects that a chain of pointers leads to from a root or a stack."""
        found = {
            p
            for p in self.Heap
            if any(self.in_root(s) and self.field[s] == p for s in self.Slot)
            or any(self.stack[g] == p for g in self.Goroutine)
        }
        for _ in self.Heap:
            found |= {p for p in self.Heap if self.pointed_to_from(found, p)}
        return found

    @final
    def marking_is_over(self):
        """Nothing more happens once marking has ended."""
        return self.done

    @always
    def no_missed_mark(self):
        """When marking ends, every reachable object is marked: the sweep frees nothing that is in use."""
        return not self.done or self.reachable() <= self.marked

    @sometimes
    def marking_ends(self):
        """Marking can end."""
        return self.done

    @sometimes
    def stores_overlap(self):
        """All goroutines can be in the middle of a store at once."""
        return len(self.storing) == self.goroutines

    @sometimes
    def a_scanned_stack_holds_white(self):
        """A stack that is never looked at again can point to a white object: then only the barrier protects it."""
        return any(
            g not in self.grey_stacks and any(self.stack[g] == p and p not in self.marked for p in self.Heap)
            for g in self.Goroutine
        )

    @sometimes
    def garbage_floats(self):
        """An object can be marked although it is garbage by the end: it waits for the next cycle."""
        return self.done and any(p in self.marked and p not in self.reachable() for p in self.Heap)

    # Why no mark is missed: docs/explanation/hybrid-barrier-proof.md.

    def known(self):
        """The objects that are shaded already."""
        return self.marked

    def unscanned(self, s: Slot):
        """Whether the collector has yet to look into field `s`, of an object that it knows of."""
        return s // self.fields in self.grey or any(
            t // self.fields == s // self.fields and t <= s for t in self.scanning
        )

    def is_black(self, s: Slot):
        """Whether field `s` belongs to a root or a marked object, and the collector will not look into it again."""
        return (self.in_root(s) or s // self.fields in self.known()) and not self.unscanned(s)

    def has_recorded_old(self, g: Goroutine):
        """Whether goroutine `g` is in a store, and its barrier is done with the pointer that will be overwritten."""
        return self.mutator[g].at("old_recorded", "new_recorded")

    def has_recorded_new(self, g: Goroutine):
        """Whether goroutine `g` is in a store, and its barrier is done with the pointer that will be stored."""
        return self.mutator[g].at("new_recorded")

    def is_given_up(self, s: Slot):
        """Whether some store has recorded what field `s` held: from then on nobody may rely on the field."""
        return any(self.has_recorded_old(g) and self.mutator[g].slot == s for g in self.Goroutine)

    def leads_into(self, s: Slot, cut: SetOf(Heap)):
        """Whether field `s` points to nothing outside `cut`."""
        return self.field[s] is None or self.field[s] in cut

    def is_closed(self, cut: SetOf(Heap)):
        """Whether `cut` holds all shaded objects, and all white ones that something grey in the heap protects.

        The least such set holds no others. So "protected" is: in every such set. Fields given up protect nothing.
        """
        return self.known() <= cut and all(
            self.leads_into(s, cut)
            for s in self.Slot
            if not self.is_given_up(s) and (self.unscanned(s) or s // self.fields in cut - self.known())
        )

    @lemma
    def stores_are_noted(self):
        """`storing` tells which goroutines are within a store."""
        return all((g in self.storing) != self.mutator[g].at("start", "safe_point") for g in self.Goroutine)

    @lemma
    def the_end_leaves_nothing_grey(self):
        """When marking has ended, no object and no stack is grey, and no store is under way."""
        return not self.done or not (self.grey or self.scanning or self.grey_stacks or self.storing)

    @lemma
    def stacks_keep_what_is_stored(self):
        """The pointer that a goroutine is storing is still on its stack, as it comes by no safe point."""
        return self.safe_points or all(
            self.mutator[g].new is None or self.mutator[g].new == self.stack[g] for g in self.storing
        )

    @lemma
    def barriers_know_their_store(self):
        """Between its two steps, the barrier still has the goroutine, the field and the pointer of its store."""
        return all(
            self.mutator[g].write_barrier.g == g
            and self.mutator[g].write_barrier.slot == self.mutator[g].slot
            and self.mutator[g].write_barrier.new == self.mutator[g].new
            for g in self.Goroutine
            if self.mutator[g].at("old_recorded")
        )

    @lemma
    def stored_pointers_are_shaded(self):
        """Past the barrier, the pointer to be stored is shaded, or still on the goroutine's own stack, a black one."""
        return all(
            self.mutator[g].new is None
            or self.mutator[g].new in self.known()
            or (self.mutator[g].new == self.stack[g] and g not in self.grey_stacks)
            for g in self.Goroutine
            if self.has_recorded_new(g)
        )

    @lemma
    def fields_given_up_are_protected(self, cut: SetOf(Heap)):
        """A white object that a field given up points to is protected by others."""
        return not self.is_closed(cut) or all(self.leads_into(s, cut) for s in self.Slot if self.is_given_up(s))

    @lemma
    def black_fields_are_protected(self, cut: SetOf(Heap)):
        """A white object that a black field points to is protected."""
        return not self.is_closed(cut) or all(self.leads_into(s, cut) for s in self.Slot if self.is_black(s))

    @lemma
    def black_stacks_are_protected(self, cut: SetOf(Heap)):
        """A white object that a black stack points to is protected."""
        return not self.is_closed(cut) or all(
            self.stack[g] is None or self.stack[g] in cut for g in self.Goroutine if g not in self.grey_stacks
        )


class ArticleMarking(Marking):
    """The barrier of the article's section 3.1: shades the new pointer only, if its object is white and old.

    Every object counts as old here, which is the most that this barrier can do; Go has no generations. The overwritten
    pointer is never recorded, so an object can leave the heap for a stack that has been scanned already.
    """

    def write_barrier(self, g: Marking.Goroutine, slot: Marking.Slot, new: Marking.Pointer):
        self.shade(new)
        yield "recorded"

    barriers_know_their_store = None  # this one has a single step

    def has_recorded_old(self, g: Marking.Goroutine):
        return self.mutator[g].at("recorded")

    def has_recorded_new(self, g: Marking.Goroutine):
        return self.mutator[g].at("recorded")
