"""Decide whether goroutines can hide an object from a concurrent mark phase, whatever the number of either.

The marking of `spec.gc.marking` with one field an object and one root, told without numbers: objects and goroutines are
members that nothing can tell apart, and the root is no object. So `evacheck verify --unbounded all` proves it for every
number of objects and goroutines at once. The steps, and the lemmas, are those of `spec.gc.marking`.
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
    process,
    require,
    sometimes,
)
from spec.gc.marking import RECORDS_OLD, Allocation, Barrier, Instruction


class Root(Enum):
    """How far the collector is with the root."""

    GREY = "grey"
    SCANNING = "scanning"
    BLACK = "black"


class MarkingAnySize(Model):
    """Can goroutines hide an object from a concurrent collector? With any number of objects and of goroutines."""

    objects = Param(2, Range(1, 16))
    goroutines = Param(2, Range(1, 4))
    barrier = Param(Barrier.HYBRID)
    allocation = Param(Allocation.NONE)

    Obj = Range(objects, symmetric=True)
    Goroutine = Range(goroutines, symmetric=True)
    Pointer = Opt(Obj)
    Heap = Array(Obj, Pointer)
    Stacks = Array(Goroutine, Pointer)

    root = Var(Pointer)  # what the root points to
    field = Var(Heap)
    stack = Var(Stacks)
    marked = Var(SetOf(Obj))
    root_is = Var(Root)
    grey = Var(SetOf(Obj))
    grey_stacks = Var(SetOf(Goroutine))
    scanning = Var(SetOf(Obj))  # taken out of grey, still to be looked into
    storing = Var(SetOf(Goroutine))  # goroutines with no safe point before their store is done
    done = Var(Bool)

    def init(self):
        """Any heap, and any stacks: nothing is marked, and the root and all stacks are still to be scanned."""
        self.root = choose(self.Pointer)
        self.field = choose(self.Heap)
        self.stack = choose(self.Stacks)
        self.grey_stacks = set(self.Goroutine)

    # The mutators. A store is to the object `target`, or to the root if that is None.

    @process(Goroutine)
    def mutator(self, g: Goroutine):
        """Loads and stores for ever. A load is one step; a store has its barrier before it and no safe point within."""
        while True:
            require(not self.done)
            instruction = choose(Instruction)
            target = choose({None, self.stack[g]})
            if instruction == Instruction.LOAD:
                self.stack[g] = self.held(target)
            else:
                new = choose({None, self.stack[g]})
                self.storing.add(g)
                yield "latched"
                if self.barrier in RECORDS_OLD:
                    self.shade(self.held(target))
                yield "old_recorded"
                if self.records_new(g):
                    self.shade(new)
                yield "new_recorded"
                if target is None:
                    self.root = new
                else:
                    self.field[target] = new
                self.storing.remove(g)
            yield "safe_point"

    def held(self, target: Pointer):
        """What the root or an object points to."""
        if target is None:
            return self.root
        return self.field[target]

    def records_new(self, g: Goroutine):
        """Whether the barrier shades the pointer that is stored."""
        if self.barrier == Barrier.HYBRID_ANY_GREY:
            return len(self.grey_stacks) > 0
        if self.barrier == Barrier.HYBRID_THIS_GREY:
            return g in self.grey_stacks
        return self.barrier in (Barrier.INSERTION, Barrier.HYBRID)

    def shade(self, p: Pointer):
        """Mark an object and leave it for the collector to scan, unless it is marked already."""
        if p is not None and p not in self.marked:
            self.marked.add(p)
            self.grey.add(p)

    @action
    def allocate(self, g: Goroutine):
        """A goroutine takes a white object that no pointer leads to or from, and keeps it on its stack."""
        require(self.allocation != Allocation.NONE)
        require(not self.done and g not in self.storing)
        new = choose({p for p in self.Obj if p not in self.marked and self.is_isolated(p)})
        self.stack[g] = new
        if self.allocation == Allocation.BLACK:
            self.marked.add(new)

    def is_isolated(self, p: Obj):
        """Whether no pointer leads to object `p` or from it."""
        return (
            self.root != p
            and self.field[p] is None
            and all(self.field[o] != p for o in self.Obj)
            and all(self.stack[g] != p for g in self.Goroutine)
        )

    # The collector.

    @action
    def take_root(self):
        require(self.root_is == Root.GREY)
        self.root_is = Root.SCANNING

    @action
    def scan_root(self):
        require(self.root_is == Root.SCANNING)
        self.shade(self.root)
        self.root_is = Root.BLACK

    @action
    def take(self, o: Obj):
        require(o in self.grey)
        self.grey.remove(o)
        self.scanning.add(o)

    @action
    def scan(self, o: Obj):
        require(o in self.scanning)
        self.shade(self.field[o])
        self.scanning.remove(o)

    @action
    def scan_stack(self, g: Goroutine):
        require(g in self.grey_stacks and g not in self.storing)
        self.shade(self.stack[g])
        self.grey_stacks.remove(g)

    @action
    def finish(self):
        require(not self.done and self.root_is == Root.BLACK)
        require(not self.grey and not self.scanning and not self.grey_stacks and not self.storing)
        self.done = True

    # What must be so, and what must be possible.

    @final
    def marking_is_over(self):
        """Nothing more happens once marking has ended."""
        return self.done

    @always
    def no_missed_mark(self):
        """When marking ends, what the root and the stacks point to is marked, and what marked objects point to.

        So all that can be reached is marked: it is in every set of which this is so.
        """
        return not self.done or (
            self.leads_into(self.root, self.marked)
            and all(self.leads_into(self.stack[g], self.marked) for g in self.Goroutine)
            and all(self.leads_into(self.field[o], self.marked) for o in self.marked)
        )

    @sometimes
    def marking_ends(self):
        """Marking can end."""
        return self.done

    @sometimes
    def a_scanned_stack_holds_white(self):
        """A stack that is never looked at again can point to a white object: then only the barrier protects it."""
        return any(
            g not in self.grey_stacks and not self.leads_into(self.stack[g], self.marked) for g in self.Goroutine
        )

    # Why no mark is missed: docs/explanation/hybrid-barrier-proof.md, with the names of its lemmas.

    def leads_into(self, p: Pointer, cut: SetOf(Obj)):
        """Whether a pointer leads to nothing outside `cut`."""
        return p is None or any(p == o for o in cut)

    def unscanned(self, o: Obj):
        """Whether the collector has yet to look into an object that it knows of."""
        return o in self.grey or o in self.scanning

    def has_recorded_old(self, g: Goroutine):
        """Whether goroutine `g` is in a store, and its barrier is done with the pointer that will be overwritten."""
        return self.mutator[g].at("old_recorded", "new_recorded")

    def is_given_up(self, target: Pointer):
        """Whether some store has recorded what this field, or the root's, held: nobody may rely on it any more."""
        return any(self.has_recorded_old(g) and self.mutator[g].target == target for g in self.Goroutine)

    def is_closed(self, cut: SetOf(Obj)):
        """Whether `cut` holds all shaded objects, and all white ones that something grey protects."""
        return (
            self.marked <= cut
            and (self.root_is == Root.BLACK or self.is_given_up(None) or self.leads_into(self.root, cut))
            and all(
                self.leads_into(self.field[o], cut)
                for o in self.Obj
                if not self.is_given_up(o) and (self.unscanned(o) or o in cut - self.marked)
            )
        )

    @lemma
    def stores_are_noted(self, g: Goroutine):
        """`storing` tells which goroutines are within a store."""
        return (g in self.storing) != self.mutator[g].at("start", "safe_point")

    @lemma
    def the_end_leaves_nothing_grey(self):
        """When marking has ended, no object, no stack and no root is grey, and no store is under way."""
        return not self.done or not (
            self.grey or self.scanning or self.grey_stacks or self.storing or self.root_is != Root.BLACK
        )

    @lemma
    def stacks_keep_what_is_stored(self, g: Goroutine):
        """The pointer that a goroutine is storing is still on its stack, as it comes by no safe point."""
        return g not in self.storing or self.mutator[g].new is None or self.mutator[g].new == self.stack[g]

    @lemma
    def stored_pointers_are_shaded(self, g: Goroutine):
        """Past the barrier, the pointer to be stored is shaded, or still on the goroutine's own stack, a black one."""
        return (
            not self.mutator[g].at("new_recorded")
            or self.leads_into(self.mutator[g].new, self.marked)
            or (self.mutator[g].new == self.stack[g] and g not in self.grey_stacks)
        )

    @lemma
    def fields_given_up_are_protected(self, cut: SetOf(Obj)):
        """A white object that a field given up points to is protected by others."""
        return not self.is_closed(cut) or (
            (not self.is_given_up(None) or self.leads_into(self.root, cut))
            and all(self.leads_into(self.field[o], cut) for o in self.Obj if self.is_given_up(o))
        )

    @lemma
    def black_fields_are_protected(self, cut: SetOf(Obj)):
        """A white object that a black field points to is protected."""
        return not self.is_closed(cut) or (
            (self.root_is != Root.BLACK or self.leads_into(self.root, cut))
            and all(self.leads_into(self.field[o], cut) for o in self.marked if not self.unscanned(o))
        )

    @lemma
    def black_stacks_are_protected(self, cut: SetOf(Obj)):
        """A white object that a black stack points to is protected."""
        return not self.is_closed(cut) or all(
            self.leads_into(self.stack[g], cut) for g in self.Goroutine if g not in self.grey_stacks
        )
