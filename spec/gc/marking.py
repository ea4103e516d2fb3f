"""Decide whether goroutines can hide an object from a concurrent mark phase. No allocation, sweep or globals here.

A root and the heap objects have one pointer field each, a goroutine has one pointer on its stack. The state graph is
that of the marking benchmark: the same steps and the same states as its TLA+ and C versions.

White: not marked. Grey: marked, or a root, and still to be scanned. Black: scanned.
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
    process,
    require,
    sometimes,
)

ROOT = 0  # the object that is always reachable; the heap objects are 1, 2, ...


class Barrier(Enum):
    """Which pointers a goroutine shades before it stores one."""

    NONE = "none"
    INSERTION = "insertion"  # the new one (Dijkstra)
    DELETION = "deletion"  # the one overwritten (Yuasa)
    HYBRID = "hybrid"  # both: Go since 1.8, runtime/mbarrier.go


class Instruction(Enum):
    """What a goroutine does at a safe point."""

    LOAD = "load"
    STORE = "store"


class Marking(Model):
    """Can goroutines hide an object from a concurrent collector? It scans each stack once, before or after the heap."""

    objects = Param(2, Range(1, 8))  # heap objects, besides the root
    goroutines = Param(2, Range(1, 4))
    barrier = Param(Barrier.HYBRID)
    any_heap = Param(False)  # start from every heap and every stack, not only from the chain

    Obj = Range(0, objects)
    Heap = Range(1, objects)
    Goroutine = Range(goroutines)
    Pointer = Opt(Heap)

    field = Var(Array(Obj, Pointer))  # each object's one pointer
    stack = Var(Array(Goroutine, Pointer))
    marked = Var(SetOf(Heap))
    grey = Var(SetOf(Obj))
    grey_stacks = Var(SetOf(Goroutine))
    scanning = Var(Opt(Obj))  # the object that the collector has taken out of grey and not yet looked into
    storing = Var(SetOf(Goroutine))  # goroutines with no safe point before their store is done
    done = Var(Bool)

    def init(self):
        """The root points to object 1, each object to the next; the stacks point to objects 1, 2, ..."""
        for o in self.Obj:
            if self.any_heap:
                self.field[o] = choose(self.Pointer)
            elif o < self.objects:
                self.field[o] = o + 1
        for g in self.Goroutine:
            if self.any_heap:
                self.stack[g] = choose(self.Pointer)
            elif g < self.objects:
                self.stack[g] = g + 1
        self.grey = {ROOT}
        self.grey_stacks = set(self.Goroutine)

    # The mutators.

    @process(Goroutine)
    def mutator(self, g: Goroutine):
        """Loads and stores for ever. A load is one step; a store has its barrier before it and no safe point within."""
        while True:
            require(not self.done)
            instruction = choose(Instruction)
            slot = choose(self.named_by(g))
            if instruction == Instruction.LOAD:
                self.stack[g] = self.field[slot]
            else:
                new = choose({None, self.stack[g]})
                self.storing.add(g)
                yield "latched"
                yield from self.write_barrier(slot, new)
                self.field[slot] = new
                self.storing.remove(g)
            yield "safe_point"

    def named_by(self, g: Goroutine):
        """The objects whose fields goroutine `g` can load and store: the root, and what its stack points to."""
        return {o for o in self.Obj if o == ROOT or o == self.stack[g]}

    def write_barrier(self, slot: Obj, new: Pointer):
        """Record the old pointer, then the new one: two steps between which others may run."""
        if self.barrier in (Barrier.DELETION, Barrier.HYBRID):
            self.shade(self.field[slot])
        yield "old_recorded"
        if self.barrier in (Barrier.INSERTION, Barrier.HYBRID):
            self.shade(new)
        yield "new_recorded"

    def shade(self, p: Pointer):
        """Make a white object grey."""
        if p is not None and p not in self.marked:
            self.marked.add(p)
            self.grey.add(p)

    # The collector.

    @action
    def take(self, o: Obj):
        """The collector takes a grey object to scan it."""
        require(not self.done and self.scanning is None)
        require(o in self.grey)
        self.grey.remove(o)
        self.scanning = o

    @action
    def scan(self):
        """It looks into the object that it has taken."""
        require(self.scanning is not None)
        self.shade(self.field[self.scanning])
        self.scanning = None

    @action
    def scan_stack(self, g: Goroutine):
        """It scans a stack in one step, while the goroutine is held at a safe point."""
        require(not self.done and self.scanning is None)
        require(g in self.grey_stacks and g not in self.storing)
        self.grey_stacks.remove(g)
        self.shade(self.stack[g])

    @action
    def finish(self):
        """Marking ends when nothing is grey, with every goroutine at a safe point."""
        require(not self.done and self.scanning is None)
        require(len(self.grey) == 0 and len(self.grey_stacks) == 0 and len(self.storing) == 0)
        self.done = True

    # What must be so, and what must be possible.

    def reachable(self):
        """The objects that a chain of pointers leads to from the root or a stack."""
        found = {p for p in self.Heap if self.field[ROOT] == p or any(self.stack[g] == p for g in self.Goroutine)}
        for _ in self.Heap:
            found |= {p for p in self.Heap if any(self.field[o] == p for o in found)}
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


class ArticleMarking(Marking):
    """The barrier of the article's section 3.1: shades the new pointer only, if its object is white and old.

    Every object counts as old here, which is the most that this barrier can do; Go has no generations. The overwritten
    pointer is never recorded, so an object can leave the heap for a stack that has been scanned already.
    """

    def write_barrier(self, slot: Marking.Obj, new: Marking.Pointer):
        self.shade(new)
        yield "recorded"
