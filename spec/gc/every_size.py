"""Decide whether goroutines can hide an object from a concurrent mark phase, whatever the number of either.

The marking of `spec.gc.marking`, told without numbers: objects, goroutines and fields are members that nothing can tell
apart. A field belongs to an object, any number of them to each, or to none: then it is a global. The collector looks
into as many objects at once as it likes, and into their fields in any order. So `evacheck verify --unbounded all`
proves it for every number of objects, fields, globals, goroutines and workers at once. The steps, and the lemmas, are
those of `spec.gc.marking`.
"""

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


class MarkingAnySize(Model):
    """Can goroutines hide an object from a concurrent collector? With any number of objects, fields and goroutines."""

    objects = Param(2, Range(1, 16))
    fields = Param(3, Range(1, 16))  # of all objects together, and globals
    goroutines = Param(2, Range(1, 4))
    barrier = Param(Barrier.HYBRID)
    allocation = Param(Allocation.NONE)
    safe_points = Param(False)  # a stack can be scanned while its goroutine is within a store; never so in Go
    channels = Param(False)  # goroutines hand their pointer to each other
    channel_barrier = Param(True)  # and both pointers are shaded then

    Obj = Range(objects, symmetric=True)
    Field = Range(fields, symmetric=True)
    Goroutine = Range(goroutines, symmetric=True)
    Pointer = Opt(Obj)
    Owners = Array(Field, Pointer)
    Stacks = Array(Goroutine, Pointer)

    owner = Var(Owners)  # the object that a field belongs to; None for a global
    field = Var(Owners)  # what it points to
    stack = Var(Stacks)
    marked = Var(SetOf(Obj))
    grey = Var(SetOf(Obj))
    grey_globals = Var(SetOf(Field))
    grey_stacks = Var(SetOf(Goroutine))
    scanning = Var(SetOf(Field))  # fields of what was taken out of grey, still to be looked into
    storing = Var(SetOf(Goroutine))  # goroutines with no safe point before their store is done
    done = Var(Bool)

    def init(self):
        """Any heap, and any stacks: nothing is marked, and all globals and stacks are still to be scanned."""
        self.owner = choose(self.Owners)
        self.field = choose(self.Owners)
        self.stack = choose(self.Stacks)
        self.grey_globals = {f for f in self.Field if self.owner[f] is None}
        self.grey_stacks = set(self.Goroutine)

    # The mutators.

    @process(Goroutine)
    def mutator(self, g: Goroutine):
        """Loads and stores for ever. A load is one step; a store has its barrier before it and no safe point within."""
        while True:
            require(not self.done)
            instruction = choose(Instruction)
            target = choose({f for f in self.Field if self.owner[f] is None or self.owner[f] == self.stack[g]})
            if instruction == Instruction.LOAD:
                self.stack[g] = self.field[target]
            else:
                new = choose({None, self.stack[g]})
                self.storing.add(g)
                if self.safe_points:
                    self.stack[g] = choose({None, self.stack[g]})
                yield "latched"
                if self.barrier in RECORDS_OLD:
                    self.shade(self.field[target])
                yield "old_recorded"
                if self.records_new(g):
                    self.shade(new)
                yield "new_recorded"
                self.field[target] = new
                self.storing.remove(g)
            yield "safe_point"

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
        if self.safe_points:
            require(not self.storing)  # otherwise a store may hold a pointer that no stack has
        new = choose({p for p in self.Obj if p not in self.marked and self.is_isolated(p)})
        self.stack[g] = new
        if self.allocation == Allocation.BLACK:
            self.marked.add(new)

    def is_isolated(self, p: Obj):
        """Whether no pointer leads to object `p` or from it."""
        return all(self.field[f] != p and (self.owner[f] != p or self.field[f] is None) for f in self.Field) and all(
            self.stack[g] != p for g in self.Goroutine
        )

    @action
    def send(self, g: Goroutine, receiver: Goroutine):
        """A goroutine copies its pointer to the stack of another that waits for it."""
        require(self.channels and g != receiver)
        require(not self.done and g not in self.storing and receiver not in self.storing)
        if self.channel_barrier:
            self.shade(self.stack[receiver])
            self.shade(self.stack[g])
        self.stack[receiver] = self.stack[g]

    # The collector.

    @action
    def take_global(self, f: Field):
        require(f in self.grey_globals)
        self.grey_globals.remove(f)
        self.scanning.add(f)

    @action
    def take(self, o: Obj):
        require(o in self.grey)
        self.grey.remove(o)
        self.scanning |= {f for f in self.Field if self.owner[f] == o}

    @action
    def scan(self, f: Field):
        require(f in self.scanning)
        self.shade(self.field[f])
        self.scanning.remove(f)

    @action
    def scan_stack(self, g: Goroutine):
        require(g in self.grey_stacks and (self.safe_points or g not in self.storing))
        self.shade(self.stack[g])
        self.grey_stacks.remove(g)

    @action
    def finish(self):
        require(not self.done and not self.storing)
        require(not self.grey and not self.grey_globals and not self.scanning and not self.grey_stacks)
        self.done = True

    # What must be so, and what must be possible.

    @final
    def marking_is_over(self):
        """Nothing more happens once marking has ended."""
        return self.done

    @always
    def no_missed_mark(self):
        """When marking ends, what globals and stacks point to is marked, and what marked objects point to.

        So all that can be reached is marked: it is in every set of which this is so.
        """
        return not self.done or (
            all(self.leads_into(self.stack[g], self.marked) for g in self.Goroutine)
            and all(self.leads_into(self.field[f], self.marked) for f in self.Field if self.is_of(f, self.marked))
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

    def is_of(self, f: Field, objects: SetOf(Obj)):
        """Whether a field is a global, or belongs to one of these objects."""
        return self.leads_into(self.owner[f], objects)

    def unscanned(self, f: Field):
        """Whether the collector has yet to look into a field, of an object that it knows of or a global."""
        return f in self.grey_globals or f in self.scanning or (self.owner[f] is not None and self.is_of(f, self.grey))

    def has_recorded_old(self, g: Goroutine):
        """Whether goroutine `g` is in a store, and its barrier is done with the pointer that will be overwritten."""
        return self.mutator[g].at("old_recorded", "new_recorded")

    def is_given_up(self, f: Field):
        """Whether some store has recorded what this field held: nobody may rely on it any more."""
        return any(self.has_recorded_old(g) and self.mutator[g].target == f for g in self.Goroutine)

    def is_closed(self, cut: SetOf(Obj)):
        """Whether `cut` holds all shaded objects, and all white ones that something grey protects."""
        return self.marked <= cut and all(
            self.leads_into(self.field[f], cut)
            for f in self.Field
            if not self.is_given_up(f)
            and (self.unscanned(f) or (self.owner[f] is not None and self.is_of(f, cut - self.marked)))
        )

    @lemma
    def stores_are_noted(self, g: Goroutine):
        """`storing` tells which goroutines are within a store."""
        return (g in self.storing) != self.mutator[g].at("start", "safe_point")

    @lemma
    def the_end_leaves_nothing_grey(self):
        """When marking has ended, no object, no stack and no global is grey, and no store is under way."""
        return not self.done or not (
            self.grey or self.grey_globals or self.scanning or self.grey_stacks or self.storing
        )

    @lemma
    def stacks_keep_what_is_stored(self, g: Goroutine):
        """The pointer that a goroutine is storing is still on its stack, as it comes by no safe point."""
        return (
            self.safe_points
            or g not in self.storing
            or self.mutator[g].new is None
            or self.mutator[g].new == self.stack[g]
        )

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
        return not self.is_closed(cut) or all(
            self.leads_into(self.field[f], cut) for f in self.Field if self.is_given_up(f)
        )

    @lemma
    def black_fields_are_protected(self, cut: SetOf(Obj)):
        """A white object that a black field points to is protected."""
        return not self.is_closed(cut) or all(
            self.leads_into(self.field[f], cut)
            for f in self.Field
            if self.is_of(f, self.marked) and not self.unscanned(f)
        )

    @lemma
    def black_stacks_are_protected(self, cut: SetOf(Obj)):
        """A white object that a black stack points to is protected."""
        return not self.is_closed(cut) or all(
            self.leads_into(self.stack[g], cut) for g in self.Goroutine if g not in self.grey_stacks
        )


class InsertionWithRescan(MarkingAnySize):
    """Dijkstra's barrier, with all stacks scanned a second time at the end while the world stands still: Go before 1.8.

    The argument is another: a black field never leads to a white object, and stacks do not matter before the end.
    """

    barrier = Param(Barrier.INSERTION)

    @action
    def finish(self):
        """Mark what the stacks lead to through white objects: that set, or a larger one that leads nowhere else."""
        require(not self.done and not self.storing)
        require(not self.grey and not self.grey_globals and not self.scanning and not self.grey_stacks)
        found = choose(SetOf(self.Obj))
        require(self.marked <= found and all(self.leads_into(self.stack[g], found) for g in self.Goroutine))
        require(
            all(
                self.leads_into(self.field[f], found)
                for f in self.Field
                if self.owner[f] is not None and self.is_of(f, found - self.marked)
            )
        )
        self.marked = found
        self.done = True

    stacks_keep_what_is_stored = None
    fields_given_up_are_protected = None
    black_fields_are_protected = None
    black_stacks_are_protected = None

    @lemma
    def stored_pointers_are_shaded(self, g: MarkingAnySize.Goroutine):
        """Past the barrier, the pointer to be stored is shaded."""
        return not self.mutator[g].at("new_recorded") or self.leads_into(self.mutator[g].new, self.marked)

    @lemma
    def black_fields_lead_to_no_white_object(self, f: MarkingAnySize.Field):
        return self.unscanned(f) or not self.is_of(f, self.marked) or self.leads_into(self.field[f], self.marked)
