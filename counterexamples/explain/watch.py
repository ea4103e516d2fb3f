"""Watch one run of a step, `init` or a property: what it read and wrote, what decided its way, which lines it took.

A `Watched` is an execution of the interpreter that keeps notes; it changes no meaning, and nothing else in evacheck
runs through it. What it reads and writes are *cells*: the smallest parts of the state that are told apart, such as one
item of an array or one member of a set. Every cell in the notes is one of the state as it was *before* the run.

A cell that was written depends on what its value was made from (`written`). The way that the run took, every place
that it wrote to, and that nothing failed, depend on `path`. So a run from another state that agrees on `path` takes the
same way and writes to the same cells, and writes the same to one if the states agree on what that depends on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function, Point, Process, Program, Stmt
from checker.ir.traverse import walk_expressions
from checker.ir.types import ArrayType, NoneType, SetType, Type, Value
from checker.semantics import Interpreter, State, Step, StepFailed
from checker.semantics.choices import Choices, Script
from checker.semantics.expressions import Frame, field_place, place
from checker.semantics.statements import Execution, Leave
from checker.semantics.step import Impossible
from counterexamples.explain.anatomy import Anatomy, is_part, strip
from counterexamples.explain.cells import NO_CELLS, Cell, Cells, Member, leaves, resolve
from counterexamples.explain.changes import Fact, show_value
from counterexamples.explain.quote import keyword, quote


@dataclass(frozen=True, slots=True)
class Guard:
    """A condition that let the step happen, or decided its way: `kind` is the word that it follows, `require`, `if`,
    `choose` and so on; `values` are those that its parts had then."""

    kind: str
    text: str
    truth: bool
    span: Span
    values: tuple[Fact, ...]


def stopped(guard: Guard) -> str:
    """What a process or action that this guard stops does instead of going on: it waits, or has nothing to take."""
    shown = ", ".join(f"{fact.subject} = {fact.new}" for fact in guard.values)
    if guard.kind == "choose":
        return f"has nothing to take: {guard.text}" + (f", {shown}" if shown else "")
    return f"waits until {guard.text}" + (f": now {shown}" if shown else "")


@dataclass(frozen=True, slots=True)
class Returned:
    """What the function that was watched returned: the expression, and the locals that it could see."""

    value: Expr
    frame: Frame
    causes: Mapping[str, Cells]


class _Scope:
    """What is known of the locals of one function: what each depends on, and which cells keep those of a process."""

    def __init__(self, causes: dict[str, Cells], kept: Mapping[str, Cell]) -> None:
        self.causes = causes
        self.kept = kept

    def of(self, name: str) -> Cells:
        """What the value of a local depends on."""
        if name in self.causes:
            return self.causes[name]
        return frozenset({self.kept[name]}) if name in self.kept else NO_CELLS


class Watched(Execution):
    """One run and the notes on it."""

    def __init__(
        self, anatomy: Anatomy, program: Program, positions: Mapping[str, int], state: list[Value], choices: Choices
    ) -> None:
        super().__init__(program, positions, state, choices)
        self.lines: list[Span] = []
        self.guards: list[Guard] = []
        self.called: list[str] = []
        self.path: set[Cell] = set()
        self.written: dict[Cell, Cells] = {}
        self.returned: Returned | None = None
        self.blocked: Guard | None = None  # why it could not happen
        self.failing: tuple[Fact, ...] | None = None  # values in the line that failed
        self.doer: tuple[str, tuple[Value, ...]] | None = None  # whose step it was: a process and its index, an action
        self.reads: set[Cell] = set()  # of the expression that is being evaluated
        self._anatomy = anatomy
        self._scopes: list[_Scope] = []
        self._handed: dict[str, Cells] = {}
        self._atoms: list[Fact] = []
        self._unseen = 0  # depth of comprehensions, whose rounds are not noted one by one
        self._blind = False  # what is loaded for a partial write is not read
        self._source: tuple[Cells, frozenset[Value] | None] = (NO_CELLS, None)  # of the value about to be stored

    # expressions

    def evaluate(self, expr: Expr, frame: Frame) -> Value:
        """The value of an expression, as without watching."""
        if self._blind:
            return super().evaluate(expr, frame)
        outer, self.reads = self.reads, set()
        first = len(self._atoms)
        try:
            value = self._value(expr, frame)
        finally:
            inner, self.reads = self.reads, outer
            self.reads |= inner
            kind = self._anatomy.guards.get(id(expr))
            if kind is not None or self._anatomy.can_act(expr):
                self.path |= inner
        self._atom(expr, value)
        if kind is not None:
            self._guard(kind, expr, bool(value), self._atoms[first:])
        return value

    def _value(self, expr: Expr, frame: Frame) -> Value:
        match expr:
            case ir.Local(name=name):
                self.reads |= self._scope().of(name)
            case ir.Variable() | ir.Index() | ir.Attribute() if is_part(expr):
                cell, value = self._part(expr, frame)
                self._read(cell, expr.type)
                return value
            case ir.Compare(op="in", left=left, right=right) if isinstance(right.type, SetType) and is_part(right):
                member = self.evaluate(left, frame)
                return self._has(member, right, frame)
            case ir.Call(function=function, arguments=arguments):
                return self._call_watched(self.functions[function], arguments, frame)
            case ir.Choose(domain=domain):
                return self._chosen(expr, domain, frame)
            case ir.Comprehension():
                return self._without_notes(expr, frame)
        return super().evaluate(expr, frame)

    def _part(self, expr: Expr, frame: Frame) -> tuple[Cell, Value]:
        """The cell and the value of a part of a variable."""
        match expr:
            case ir.Variable(name=name):
                return (name,), self.state[self.positions[name]]
            case ir.Index(base=base, index=index):
                cell, value = self._part(base, frame)
                at = self.evaluate(index, frame)
                return (*cell, at), value[place(expr, value, at)]
            case ir.Attribute(base=base, name=name):
                cell, value = self._part(base, frame)
                return (*cell, name), value[field_place(base.type, name)]
            case _:
                raise AssertionError(expr)

    def _read(self, cell: Cell, kind: Type) -> None:
        for leaf in leaves(cell, kind):
            self.reads |= resolve(self.written, leaf)

    def _has(self, member: Value, right: Expr, frame: Frame) -> bool:
        """Whether a set that is part of the state has a member."""
        cell, value = self._part(right, frame)
        self.reads |= resolve(self.written, (*cell, Member(member)))
        self._note(Fact(quote(right), right.type.show(value)))
        return bool(member in value)

    def _chosen(self, expr: ir.Choose, domain: Expr, frame: Frame) -> Value:
        """What a `choose` takes; of a set in the state, all that matters is that it has that member."""
        outer, self.reads = self.reads, set()
        try:
            value = super().evaluate(expr, frame)
        except Impossible:
            shown = () if isinstance(domain, (ir.Every, ir.Steps)) else (Fact(quote(domain), "{}"),)
            self.blocked = Guard("choose", quote(expr), False, expr.span, shown)
            self.path |= self.reads
            raise
        finally:
            inner, self.reads = self.reads, outer
        if is_part(domain) and isinstance(domain.type, SetType):
            cell, whole = self._part(domain, frame)
            inner = set(resolve(self.written, (*cell, Member(value))))
            self._note(Fact(quote(domain), domain.type.show(whole)))
        self.reads |= inner
        self._guard("choose", expr, True, [Fact("chosen", show_value(value))])
        return value

    def _without_notes(self, expr: Expr, frame: Frame) -> Value:
        self._unseen += 1
        try:
            return super().evaluate(expr, frame)
        finally:
            self._unseen -= 1

    def members(self, domain: Expr, frame: Frame) -> Sequence[Value]:
        """What a `for` over `domain` visits, as without watching."""
        outer, self.reads = self.reads, set()
        try:
            return super().members(domain, frame)
        finally:
            inner, self.reads = self.reads, outer
            self.reads |= inner
            if id(domain) in self._anatomy.loops or self._anatomy.can_act(domain):
                self.path |= inner

    def look(self, expr: Expr, frame: Frame, causes: Mapping[str, Cells]) -> Value:
        """The value of an expression that stands in no step, with what its locals hold and depend on."""
        self._scopes.append(_Scope(dict(causes), {}))
        try:
            return self.evaluate(expr, frame)
        finally:
            self._scopes.pop()

    def look_members(self, domain: Expr, frame: Frame, causes: Mapping[str, Cells]) -> Sequence[Value]:
        """What a generator over `domain` visits, likewise."""
        self._scopes.append(_Scope(dict(causes), {}))
        try:
            return self.members(domain, frame)
        finally:
            self._scopes.pop()

    @property
    def noted(self) -> tuple[Fact, ...]:
        """The values of the parts of what was looked at."""
        return _distinct(self._atoms)

    # statements

    def _body(self, body: Sequence[Stmt], frame: Frame) -> Leave:
        for statement in body:
            if not self._unseen:
                self.lines.append(statement.span)
            self._atoms.clear()
            if isinstance(statement, ir.Return) and statement.value is not None and len(self._scopes) == 1:
                self.returned = Returned(statement.value, dict(frame), dict(self._scope().causes))
            try:
                leave = super()._body((statement,), frame)
            except StepFailed:
                if self.failing is None:
                    self.failing = _distinct(self._atoms)
                raise
            if leave is not None:
                return leave
        return None

    def _value_for(self, target: Expr, expr: Expr, frame: Frame) -> Value:
        outer, self.reads = self.reads, set()
        members: frozenset[Value] | None = None
        try:
            items = _change_of_members(target, expr)
            if items is None:
                value = super()._value_for(target, expr, frame)
            else:
                members = frozenset([self.evaluate(item, frame) for item in items])
                self.path |= self.reads  # they say which cells are written
                self._blind = True
                value = self.evaluate(expr, frame)
        finally:
            self._blind = False
            inner, self.reads = self.reads, outer
            if self._anatomy.can_act(expr):
                self.path |= inner
        self._source = frozenset(inner), members
        return value

    def _indices(self, target: Expr, frame: Frame) -> list[Value]:
        if self._blind:
            return super()._indices(target, frame)
        outer, self.reads = self.reads, set()
        kept = self._source  # a call in an index may store, too
        try:
            return super()._indices(target, frame)
        finally:
            self.path |= self.reads
            self.reads, self._source = outer, kept

    def _store(self, target: Expr, value: Value, indices: list[Value], frame: Frame) -> None:
        if self._blind:
            super()._store(target, value, indices, frame)
            return
        self._write(target, indices)
        self._blind = True
        try:
            super()._store(target, value, indices, frame)
        finally:
            self._blind = False

    def _write(self, target: Expr, indices: Sequence[Value]) -> None:
        """Note an assignment: what is written, and what that depends on."""
        causes, members = self._source
        base, keys, whole = address(target, list(indices))
        if isinstance(base, ir.Local):
            scope = self._scope()
            scope.causes[base.name] = causes if not keys and whole else causes | scope.of(base.name)
            return
        assert isinstance(base, ir.Variable)
        cell: Cell = (base.name, *keys)
        if not whole:  # an item of a sequence: whether there is one depends on all of it
            before = resolve(self.written, cell)
            self.path |= before
            causes |= before
        for each in [cell] if members is None else [(*cell, Member(member)) for member in members]:
            self._put(each, causes)

    def _put(self, cell: Cell, causes: Cells) -> None:
        for inside in [each for each in self.written if each[: len(cell)] == cell]:
            del self.written[inside]
        self.written[cell] = causes

    # functions and processes

    def run_function(self, function: Function, arguments: Sequence[Value]) -> Value:
        """Run a helper, `init`, an action or a property, as without watching."""
        if not self._scopes:
            self.doer = function.name, tuple(arguments)
        else:
            self.called.append(function.name)
        self._scopes.append(_Scope(self._handed, {}))
        self._handed = {}
        outer, self._atoms = self._atoms, []
        try:
            return super().run_function(function, arguments)
        finally:
            self._atoms = outer
            self._scopes.pop()

    def run_process(self, process: Process, start: int, frame: Frame) -> Point:
        """Run a process to its next point, as without watching."""
        instance = () if process.index is None else (frame[process.index.name],)
        self.doer = process.name, instance
        kept: dict[str, Cell] = {local: (variable, *instance) for local, variable in process.kept.items()}
        scope = _Scope({}, kept)
        self._scopes.append(scope)
        self.path.add((process.point_variable, *instance))
        point = super().run_process(process, start, frame)
        self._put((process.point_variable, *instance), NO_CELLS)
        for local, cell in kept.items():
            self._put(cell, scope.of(local) if local in point.live else NO_CELLS)
        return point

    def _call_watched(self, function: Function, arguments: Sequence[Expr], frame: Frame) -> Value:
        """What a helper returns; its parameters depend each on its own argument."""
        values: list[Value] = []
        causes: dict[str, Cells] = {}
        outer = self.reads
        for parameter, argument in zip(function.parameters, arguments, strict=True):
            self.reads = set()
            values.append(self.evaluate(argument, frame))
            causes[parameter.name] = frozenset(self.reads)
        self.reads = outer
        self._handed = causes
        return self.call(function.name, values)

    def _scope(self) -> _Scope:
        return self._scopes[-1]

    # notes

    def _guard(self, kind: str, expr: Expr, truth: bool, values: Sequence[Fact]) -> None:
        guard = Guard(keyword(expr.span, kind), quote(expr), truth, expr.span, _distinct(values))
        if kind == "require" and not truth:
            self.blocked = guard
        if not self._unseen:
            self.guards.append(guard)
            if not self.lines or self.lines[-1] != expr.span:
                self.lines.append(expr.span)

    def _atom(self, expr: Expr, value: Value) -> None:
        """Note the value of a part of an expression that has a name of its own."""
        bare = strip(expr)
        if bare is not expr or isinstance(bare.type, NoneType):
            return
        if isinstance(bare, (ir.Local, ir.Call)) or is_part(bare):
            self._note(Fact(quote(bare), bare.type.show(value)))

    def _note(self, fact: Fact) -> None:
        if not self._unseen:
            self._atoms.append(fact)


def _distinct(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    return tuple(dict.fromkeys(facts))


def _change_of_members(target: Expr, expr: Expr) -> tuple[Expr, ...] | None:
    """The items of `target = target | {items}`, or `-`, where that is a part of the state: other members stay."""
    match expr:
        case ir.Binary(op="|" | "-", left=left, right=ir.Make(items=items)) if left == target and is_part(target):
            inside = (inner for item in items for inner in walk_expressions(item))
            return None if any(isinstance(inner, (ir.Call, ir.Choose)) for inner in inside) else items
        case _:
            return None


def address(target: Expr, indices: list[Value]) -> tuple[Expr, tuple[object, ...], bool]:
    """What an assignment changes: a variable or local, the way down to its part, and whether it is exactly that part
    (False: something inside it, which is no cell of its own)."""
    match target:
        case ir.Index(base=base):
            index = indices.pop()
            below, keys, whole = address(base, indices)
            if whole and isinstance(base.type, ArrayType):
                return below, (*keys, index), True
            return below, keys, False
        case ir.Attribute(base=base, name=name):
            below, keys, whole = address(base, indices)
            return (below, (*keys, name), True) if whole else (below, keys, False)
        case _:
            return target, (), True


class Watch:
    """Runs the steps and properties of one program under observation."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._anatomy = Anatomy(program)
        self._positions = {declared.name: at for at, declared in enumerate(program.variables)}
        self._runs: list[Watched] = []
        self._interpreter = Interpreter(program, self._execute)

    def can_act(self, expr: Expr) -> bool:
        """Whether evaluating it may fail, choose, make the step impossible or change the state."""
        return self._anatomy.can_act(expr)

    def fresh(self, state: State) -> Watched:
        """An execution over a state, for looking at expressions."""
        return Watched(self._anatomy, self.program, self._positions, list(state), Script(()))

    def step(self, state: State, step: Step) -> Watched:
        """One step of a replayed trace."""
        self._runs.clear()
        self._interpreter.run(state, step)
        return self._runs[-1]

    def start(self, choices: Sequence[Value]) -> Watched:
        """What `init` did."""
        self._runs.clear()
        self._interpreter.start(choices)
        return self._runs[-1]

    def judge(self, name: str, state: State) -> tuple[bool, Watched]:
        """Whether a property holds, with the run that decided; of a lemma, that for the first values that break it.
        StepFailed if it cannot be evaluated."""
        self._runs.clear()
        holds = self._interpreter.holds(name, state)
        return holds, self._runs[-1]

    def mapping(self, name: str, state: State) -> Watched:
        """The run that gives the state which an `@implements` property maps a state to."""
        run = self.fresh(state)
        run.run_function(next(each.function for each in self.program.steps if each.name == name), ())
        return run

    def failing_property(self, state: State) -> Watched | None:
        """The run of the first property that cannot be evaluated in a state."""
        for judged in self.program.properties:
            self._runs.clear()
            try:
                self._interpreter.holds(judged.name, state)
            except StepFailed:
                return self._runs[-1]
        return None

    def attempts(self, state: State) -> tuple[Watched, ...]:
        """A run of every step that could be thought of in a state, also of those that are not possible."""
        self._runs.clear()
        for _ in self._interpreter.successors(state):
            pass
        return tuple(self._runs)

    def _execute(
        self, program: Program, positions: Mapping[str, int], state: list[Value], choices: Choices
    ) -> Execution:
        self._runs.append(Watched(self._anatomy, program, positions, state, choices))
        return self._runs[-1]
