"""A program as guarded commands: when a step with its arguments and choices can happen, and what it changes.

The steps are those that the symbolic engine reasons about. What has no such form is refused (U034): numbers of more
than 30 bits, steps with too many arguments and choices. What is not exported is named: lemmas, what a model implements,
and for languages that speak of no steps or no whole behaviours, properties of steps, temporal ones and fairness.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import prod

import z3

from checker.engines.symbolic import terms, values
from checker.engines.symbolic.encode import Encoding, StepRelation
from checker.engines.symbolic.values import Symbolic
from checker.errors import UsageError
from checker.export.formula import (
    FALSE,
    TRUE,
    Formula,
    Known,
    TermReader,
    TooWide,
    assuming,
    conjunction,
    disjunction,
    negation,
)
from checker.ir import temporal
from checker.ir.nodes import BEFORE, Program
from checker.ir.pairs import paired
from checker.ir.property_kind import PropertyKind
from checker.ir.temporal import Fairness, as_formula
from checker.ir.types import ArrayType, BoolType, EnumType, OptType, SetType, TupleType, Type, Value
from checker.semantics import Step
from counterexamples.explain.text import describe_step

ROUNDS = 64
"""How often a loop is written out that has no bound of its own; that it goes on longer is a failure of the export."""
MOST_COMMANDS = 20_000


@dataclass(frozen=True, slots=True)
class Leaf:
    """A variable of one number: its name as the model has it (`held[2].key`), its bits (0: a truth value), its bounds,
    and what its values mean where they are no numbers."""

    name: str
    bits: int
    lo: int
    hi: int
    meaning: str

    @property
    def is_signed(self) -> bool:
        """Whether it may be negative: then it is in two's complement."""
        return self.lo < 0


@dataclass(frozen=True, slots=True)
class Thing:
    """What is owed a step: an instance of a process, or an action with its arguments."""

    title: str
    fairness: Fairness


@dataclass(frozen=True, slots=True)
class Command:
    """A step. `changes` are the leaves, by their place, that get another value; those that keep theirs are left out.
    `fails` is when it fails, and `goes_on` when a loop in it goes on for longer than was written out. `fair` are the
    things that are owed a step and take one by it."""

    title: str
    guard: Formula
    changes: tuple[tuple[int, Formula], ...]
    fails: Formula
    goes_on: Formula
    fair: tuple[Thing, ...] = ()


@dataclass(frozen=True, slots=True)
class Goal:
    """A property: true in every state (`@always`), or, if it `happens`, in one (`@sometimes`)."""

    name: str
    happens: bool
    holds: Formula


@dataclass(frozen=True, slots=True)
class OfStep:
    """A `@step` property: of each step that changes something. Leaves have their names as they are before the step, and
    those of `primed` as they are after it. Where it is not `defined` it has no value."""

    name: str
    holds: Formula
    defined: Formula


@dataclass(frozen=True, slots=True)
class Promise:
    """A temporal property with its arguments: a formula that is true at the beginning of each fair behaviour, over
    conditions, which are `defined` where all have a value."""

    name: str
    formula: temporal.Formula
    conditions: tuple[Formula, ...]
    defined: Formula


@dataclass(frozen=True, slots=True)
class Exported:
    """A program. `initial` are the values of the leaves in each initial state; where `ended` is true it is right that
    nothing happens any more. `limits` are the constraints: the commands do not know of them. `left_out` says what of
    the model is not here, and `of_behaviours` what is here for languages that speak of whole behaviours: without a
    constraint, which cuts them off. `steps_out` says what is here for those that speak of steps."""

    program: Program
    leaves: tuple[Leaf, ...]
    initial: tuple[tuple[int, ...], ...]
    commands: tuple[Command, ...]
    claims: tuple[Goal, ...]
    ended: Formula
    limits: tuple[Goal, ...]
    of_steps: tuple[OfStep, ...]
    promises: tuple[Promise, ...]
    left_out: tuple[str, ...]
    steps_out: tuple[str, ...]
    of_behaviours: tuple[str, ...]


def cut_off(found: Exported) -> Exported:
    """The same for a language that has no constraints: where one is false no step is possible, and that is no
    deadlock."""
    within = conjunction(*(each.holds for each in found.limits))
    commands = tuple(
        replace(
            each,
            guard=conjunction(within, each.guard),
            fails=conjunction(within, each.fails),
            goes_on=conjunction(within, each.goes_on),
        )
        for each in found.commands
    )
    return replace(found, commands=commands, ended=disjunction(negation(within), found.ended))


def exported(program: Program) -> Exported:
    """The guarded commands of a program. Raises UsageError U034 for one that has none."""
    with terms.fresh():
        try:
            return _Exporting(program).exported()
        except TooWide:
            problem = f"{program.model}: a number takes more than 30 bits"
            raise _refused(problem, "Give smaller bounds: the integers of other checkers end there.") from None


class _Exporting:
    """What is known while one program is exported."""

    def __init__(self, program: Program) -> None:
        self._program = program
        free = tuple(each for each in program.properties if each.kind is not PropertyKind.CONSTRAINT)
        self._encoding = Encoding(replace(program, properties=free), lambda span: ROUNDS)
        self.leaves = tuple(self._leaves())
        self._places = {leaf.name: place for place, leaf in enumerate(self.leaves)}

    def exported(self) -> Exported:
        """All of it."""
        commands: dict[tuple[object, ...], Command] = {}
        for form in self._encoding.forms:
            for command in self._commands(form):
                key = (command.guard, command.changes, command.fails, command.goes_on)
                same = commands.setdefault(key, command)
                commands[key] = replace(same, fair=tuple(dict.fromkeys((*same.fair, *command.fair))))
                if len(commands) > MOST_COMMANDS:
                    problem = (
                        f"{self._program.model}: more than {MOST_COMMANDS:,} steps with their arguments and choices"
                    )
                    raise _refused(problem, "Give smaller parameters.")
        read = self._reader({})
        judged = [read.read(self._encoding.judgement(name).value) for name in self._encoding.finals]
        ended = disjunction(read.read(self._encoding.finished), *judged)
        return Exported(
            self._program,
            self.leaves,
            self._initial(),
            tuple(commands.values()),
            tuple(self._claims(read)),
            ended,
            limits := tuple(self._limits(read)),
            of_steps := tuple(self._of_steps()),
            () if limits else tuple(self._promises()),
            tuple(self._left_out()),
            (f"properties of steps: {', '.join(each.name for each in of_steps)}",) if of_steps else (),
            tuple(self._of_behaviours()),
        )

    def _leaves(self) -> Iterator[Leaf]:
        for declared, value in zip(self._program.variables, self._encoding.before, strict=True):
            meaning = _meaning(declared.type)
            for term in values.leaves(value):
                name = term.decl().name()
                bits = term.size() if z3.is_bv(term) else 0
                lo, hi = _bounds(declared.type, value, name)
                yield Leaf(name, bits, lo, hi, meaning)

    def _initial(self) -> tuple[tuple[int, ...], ...]:
        found: dict[tuple[int, ...], None] = {}
        form = self._encoding.init
        for known, _ in self._choices(form):
            read = self._reader(known)
            if read.read(disjunction_of(form.faults)) != FALSE or form.overruns:
                raise _refused(f"{self._program.model}: init may fail", "Let it have a value for all that it chooses.")
            if read.read(form.happens) == TRUE:
                found[tuple(_known(read.read(*each)) for each in self._after(form))] = None
        return tuple(found)

    def _after(self, form: StepRelation) -> Iterator[tuple[z3.ExprRef, int]]:
        """What each leaf is after a form, with its bits."""
        for before, after in zip(self._encoding.before, form.after, strict=True):
            for leaf, term in values.bound(before, after):
                yield term, leaf.size() if z3.is_bv(leaf) else 0

    def _commands(self, form: StepRelation) -> Iterator[Command]:
        after = list(self._after(form))
        for known, taken in self._choices(form):
            read = self._reader(known)
            guard = read.read(form.happens)
            fails = read.read(disjunction_of(form.faults))
            goes_on = read.read(disjunction_of(form.overruns))
            if guard == fails == goes_on == FALSE:
                continue
            changes = []
            if guard != FALSE:
                for place, (term, bits) in enumerate(after):
                    made, leaf = read.read(term, bits), self.leaves[place]
                    if made != read.read(_variable(leaf)):
                        changes.append((place, assuming(guard, made)))
            title = describe_step(self._program, Step(form.name, taken[0], form.point, taken[1]))
            yield Command(title, guard, tuple(changes), fails, goes_on, tuple(self._owed(form, taken[0])))

    def _owed(self, form: StepRelation, arguments: tuple[Value, ...]) -> Iterator[Thing]:
        fairness = self._program.fairness.get(form.name)
        if fairness is not None:
            yield Thing(_applied(form.name, form.kinds, arguments), fairness)

    def _choices(
        self, form: StepRelation
    ) -> Iterator[tuple[dict[str, int], tuple[tuple[Value, ...], tuple[Value, ...]]]]:
        """Every vector of arguments and choices: the values of the variables that stand for them, and themselves."""
        kinds = [*form.kinds, *(choice.kind for choice in form.choices)]
        holders = [*form.arguments, *(choice.value for choice in form.choices)]
        for known, chosen in self._vectors(form.name, "arguments and choices", kinds, holders):
            yield known, (chosen[: len(form.kinds)], chosen[len(form.kinds) :])

    def _vectors(
        self, name: str, what: str, kinds: Sequence[Type], holders: Sequence[Symbolic]
    ) -> Iterator[tuple[dict[str, int], tuple[Value, ...]]]:
        """Every vector of values for what holds them: the values of the variables in there, and themselves."""
        sizes = [kind.size if list(values.leaves(holder)) else 1 for kind, holder in zip(kinds, holders, strict=True)]
        if prod(sizes) > MOST_COMMANDS:
            problem = f"{self._program.model}: {name} has {prod(sizes):,} combinations of {what}"
            raise _refused(problem, f"No more than {MOST_COMMANDS:,} can be written out: give smaller parameters.")
        known_ones = [
            kind.values() if list(values.leaves(holder)) else [_constant_of(kind, holder)]
            for kind, holder in zip(kinds, holders, strict=True)
        ]
        for chosen in product(*map(tuple, known_ones)):
            known: dict[str, int] = {}
            for kind, holder, value in zip(kinds, holders, chosen, strict=True):
                for variable, term in values.bound(holder, values.constant(kind, value)):
                    known[variable.decl().name()] = _value_of(term)
            yield known, chosen

    def _claims(self, read: TermReader) -> Iterator[Goal]:
        for judged in self._program.properties:
            if judged.kind in (PropertyKind.ALWAYS, PropertyKind.SOMETIMES):
                found = self._encoding.judgement(judged.name)
                holds = conjunction(read.read(found.defined), read.read(found.value))
                yield Goal(judged.name, judged.kind is PropertyKind.SOMETIMES, holds)

    def _limits(self, read: TermReader) -> Iterator[Goal]:
        whole = Encoding(self._program, lambda span: ROUNDS)
        for judged in self._program.properties:
            if judged.kind is PropertyKind.CONSTRAINT:
                yield Goal(judged.name, False, read.read(whole.judgement(judged.name).value))

    def _of_steps(self) -> Iterator[OfStep]:
        pairs = Encoding(paired(self._program), lambda span: ROUNDS)
        read = TermReader({}, lambda name: name.removeprefix(BEFORE) if name.startswith(BEFORE) else primed(name))
        for judged in self._program.steps:
            if judged.kind is PropertyKind.STEP:
                found = pairs.judgement(judged.name)
                yield OfStep(judged.name, read.read(found.value), read.read(found.defined))

    def _promises(self) -> Iterator[Promise]:
        for claimed in self._program.temporal:
            found = self._encoding.conditions(claimed.name)
            several = isinstance(claimed.function.returns, TupleType)
            conditions = found.value if several else (found.value,)
            for known, chosen in self._vectors(claimed.name, "arguments", found.kinds, found.arguments):
                read = self._reader(known)
                name = _applied(claimed.name, found.kinds, chosen)
                made = tuple(map(read.read, conditions))
                yield Promise(name, as_formula(claimed.kind, claimed.formula), made, read.read(found.defined))

    def _left_out(self) -> Iterator[str]:
        names = [each.name for each in self._program.steps if each.kind is PropertyKind.IMPLEMENTS]
        names += [each.name for each in self._program.properties if each.kind is PropertyKind.LEMMA]
        if names:
            yield f"properties: {', '.join(names)}"

    def _of_behaviours(self) -> Iterator[str]:
        names = [each.name for each in self._program.temporal]
        if names:
            yield f"what happens sooner or later: {', '.join(names)}"
        if self._program.fairness:
            yield "fairness"

    def _reader(self, known: dict[str, int]) -> TermReader:
        return TermReader(known, lambda name: name)


def primed(name: str) -> str:
    """What a leaf is called as it is after a step."""
    return f"{name}'"


def disjunction_of(ends: Sequence[object]) -> terms.Bool:
    """Whether any of some faults or overruns happens."""
    return terms.or_(*(each.when for each in ends))  # type: ignore[attr-defined]


def _variable(leaf: Leaf) -> z3.ExprRef:
    return z3.BitVec(leaf.name, leaf.bits) if leaf.bits else z3.Bool(leaf.name)


def _known(formula: Formula) -> int:
    assert isinstance(formula, Known)
    return formula.value


def _value_of(term: z3.ExprRef) -> int:
    return term.as_long() if z3.is_bv_value(term) else int(z3.is_true(term))


def _constant_of(kind: Type, holder: object) -> Value:
    """The value that a holder without variables stands for."""
    return next(value for value in kind.values() if values.equal(holder, values.constant(kind, value)) is True)


def _bounds(kind: Type, value: object, name: str) -> tuple[int, int]:
    """The bounds of the leaf of this name in a value."""
    match value:
        case terms.Number(term=term, lo=lo, hi=hi):
            return (lo, hi) if term.decl().name() == name else (0, -1)
        case tuple():
            parts = value
        case values.Items(length=length, items=items):
            parts = (length, *items)
        case values.Maybe(there=there, item=item):
            parts = (there, item)
        case _:
            return (0, 1) if isinstance(value, z3.BoolRef) and value.decl().name() == name else (0, -1)
    return next((found for found in (_bounds(kind, part, name) for part in parts) if found[0] <= found[1]), (0, -1))


def _meaning(kind: Type) -> str:
    """What the numbers of a variable mean, where they are not what the model has."""
    match kind:
        case EnumType(members=members):
            return ", ".join(f"{number} {kind.show(member)}" for number, member in enumerate(members))
        case OptType(item=item) if not isinstance(item, BoolType) and hasattr(item, "size"):
            try:
                none = f"{values.none_code(kind)} None"
            except AssertionError:
                return ""
            inner = _meaning(item)
            return f"{inner}, {none}" if inner else none
        case ArrayType(item=item):
            return _meaning(item)
        case SetType():
            return "whether each member is in it"
    return ""


def _applied(name: str, kinds: Sequence[Type], arguments: Sequence[Value]) -> str:
    """A name with its arguments, if there are any."""
    shown = ", ".join(kind.show(each) for kind, each in zip(kinds, arguments, strict=True))
    return f"{name}({shown})" if shown else name


def _refused(problem: str, remedy: str) -> UsageError:
    return UsageError("U034", problem, remedy)
