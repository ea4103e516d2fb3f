"""From a model with its parameters fixed to a Program. Collects the mistakes of all its methods.

Reads the class outline, then each method: helpers are read where they are called, once for each combination of
argument types. Decides nothing about behaviour.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from checker.errors import ModelError, Problem, Span
from checker.frontend import alias, assumptions, crashes, refinements, signature, whole
from checker.frontend.blocks import tidy
from checker.frontend.model_symbols import ModelSymbols
from checker.frontend.processes import RECURSION, Cutter, has_yield
from checker.frontend.ranks import ranks
from checker.frontend.reading import Instance, Sequential
from checker.frontend.scope import RETURN, Assumption, Scope, settle
from checker.frontend.statements import statements
from checker.frontend.symbols import CallReader, Read
from checker.frontend.temporal import FormulaReader
from checker.ir import arguments, evaluation_order, limits, purity, symmetry
from checker.ir import nodes as ir
from checker.ir.liveness import live_at_blocks
from checker.ir.nodes import BEFORE
from checker.ir.pairs import with_earlier
from checker.ir.points import confused, plain_name
from checker.ir.property_kind import PropertyKind
from checker.ir.ranks import Rank
from checker.ir.sizes import MOST_HELPERS
from checker.ir.temporal import TemporalKind
from checker.ir.traverse import walk_expressions
from checker.ir.types import BOOL, NEVER, NONE, ArrayType, EnumType, NeverType, TupleType, Type, mentions_symmetry
from checker.lang.declare import STEPS, TEMPORAL, MarkKind, check_index
from checker.lang.model import Method, Model, model_name, parameter_type
from checker.source import Source, declaration, too_large

_Properties = tuple[list[ir.Property], list[ir.Temporal], list[ir.Property], list[Rank]]
_Finished = tuple[list[ir.Process], list[ir.Declared], _Properties]
"""Processes, the variables that keep them, and the properties of states, behaviours and steps, and ranks."""

_Body = Callable[[Scope, list[ast.stmt]], tuple[ir.Stmt, ...]]
"""What reads the body of a function."""


class Compiler(ModelSymbols):
    """Reads the methods of one model and puts a program together."""

    def __init__(self, model: Model) -> None:
        super().__init__(model)
        self._instances: dict[tuple[Any, ...], Instance] = {}
        self._by_name: dict[str, Instance] = {}
        self._taken: dict[str, int] = {}
        self._reading: list[Any] = []
        self.assumed: list[tuple[ir.Function, Method]] = []
        self.abstract: dict[str, ir.Program] = {}

    # reading functions

    def instance(
        self, scope: CallReader, node: ast.AST, method: Method, bound: Sequence[ir.Expr]
    ) -> ir.Function | None:
        """A helper, read for the types of these arguments."""
        source = self.source(method)
        names = signature.parameter_names(source, method)
        kinds = [self.annotation(source, method, name) or value.type for name, value in zip(names, bound, strict=True)]
        key = (id(method.function), *kinds)
        if id(method.function) in self._reading:
            problem = f"{method.name!r} calls itself"
            raise scope.refuse("E204", node, problem, RECURSION)
        if has_yield(source.node):
            raise scope.refuse("E205", node, f"{method.name!r} yields", "Call it with `yield from` in a @process.")
        if key not in self._instances:
            if len(self._instances) >= MOST_HELPERS:  # those around are counted when they have been read
                problem = f"helpers are called with more than {MOST_HELPERS:,} combinations of types of arguments"
                raise too_large(source, problem)
            parameters = [ir.Parameter(name, kind) for name, kind in zip(names, kinds, strict=True)]
            self._reading.append(id(method.function))
            made = self.function(method, parameters, self._new_name(method.name))
            self._reading.pop()
            self._instances[key] = made
            self._by_name[made.function.name] = made
        made = self._instances[key]
        scope.called.add(made.function.name)
        if isinstance(made.function.returns, NeverType):
            return None
        return made.function

    def changes_state(self, expression: ir.Expr) -> bool:
        """Whether a helper that an expression calls changes the state."""
        functions = {name: made.function for name, made in self._by_name.items()}
        calls = (inner for inner in walk_expressions(expression) if isinstance(inner, ir.Call))
        called = (functions[call.function.removeprefix(BEFORE)] for call in calls)
        return any(evaluation_order.changed(function, functions) for function in called)

    def _new_name(self, name: str) -> str:
        """A name that no other helper has or, while it is still being read, will have."""
        number = self._taken[name] = self._taken.get(name, 0) + 1
        return name if number == 1 else f"{name}'{number}"

    def function(
        self,
        method: Method,
        parameters: Sequence[ir.Parameter],
        name: str,
        returns: Type | None = None,
        earlier: str | None = None,
        abstract: ir.Program | None = None,
        body: _Body = statements,
    ) -> Instance:
        """Read a method, until its types settle. `earlier` names the parameter that is the state before a step; if
        `abstract` is given, a state of that is returned; `body` reads what stands below the head."""
        source = self.source(method)

        def read(assumption: Assumption) -> Scope:
            scope = Scope(self, source, method.owner, assumption)
            scope.earlier, scope.abstract = earlier, abstract
            if returns is not None:
                scope.declared[RETURN] = returns
            self._declare_parameters(scope, parameters)
            self._check_parameters(scope, method, parameters)
            scope.body = body(scope, source.node.body)
            self._check_end(scope)
            return scope

        scope = settle(read)
        alias.check(scope)
        kind = NONE if RETURN not in scope.seen else scope.type_of(RETURN)
        if returns is not None:
            kind = returns
        made = ir.Function(
            name,
            tuple(parameters),
            _locals(scope),
            kind,
            scope.body,
            scope.span(source.node),
            source.doc,
            self._event(method, source),
        )
        return Instance(made, scope.problems, [scope.span(node) for node in scope.hollow], scope.called)

    def _declare_parameters(self, scope: Scope, parameters: Iterable[ir.Parameter]) -> None:
        for parameter in parameters:
            scope.declared[parameter.name] = scope.seen[parameter.name] = parameter.type
            scope.aliases[parameter.name] = scope.span(scope.source.node)
            assert scope.assigned is not None
            scope.assigned.add(parameter.name)
        signature.declare_locals(scope)

    def _check_parameters(self, scope: Scope, method: Method, given: Sequence[ir.Parameter]) -> None:
        """Report a head that does not fit, such as a property with a parameter."""
        signature.check(scope, method)
        names = signature.parameter_names(scope.source, method)
        known = {*(parameter.name for parameter in given), scope.earlier}
        extra = [name for name in names if name not in known]
        own = (MarkKind.PROCESS, MarkKind.STEP)  # these say themselves what they take
        if extra and not (method.mark is not None and method.mark.kind in own):
            problem = f"{method.name!r} takes {', '.join(extra)}, and nothing is given to it"
            scope.report("E206", scope.source.node, problem, "Remove the parameter; loop over the type, or choose.")
        for name in extra:
            scope.declared[name] = scope.seen[name] = NEVER
            if scope.assigned is not None:
                scope.assigned.add(name)

    def _check_end(self, scope: Scope) -> None:
        gives = RETURN in scope.declared or scope.seen.get(RETURN, NONE) != NONE
        if gives and scope.assigned is not None:
            remedy = "End every path with `return value`."
            scope.report("E210", scope.source.node, f"{scope.source.node.name!r} may end without a value", remedy)

    def take(self, made: Instance) -> ir.Function:
        """Use a function that has been read: its mistakes, and those of the helpers it calls, are the model's."""
        self._take(made.problems, made.hollow, made.called)
        return made.function

    def _take(self, problems: list[Problem], hollow: list[Span], called: set[str]) -> None:
        self.read.problems.extend(problems)
        self.read.hollow.extend(hollow)
        for name in called - self.read.called:
            self.read.called.add(name)
            self.take(self._by_name[name])

    def called_functions(self) -> dict[str, ir.Function]:
        """The helpers in use, each after those that it calls."""
        return {name: made.function for name, made in self._by_name.items() if name in self.read.called}

    # the parts of a program

    def _event(self, method: Method, source: Source) -> str | None:
        """What a call of a method is called in traces, which may name its parameters; None if it is no event."""
        wrong = signature.wrong_event(source, method)
        if wrong is not None:
            self.read.problems.append(wrong)
        return method.event if method.mark is None else None

    def crash(self, read: Sequential, process: ir.Process) -> ir.Function:
        """The action by which a process crashes."""
        called = crashes.helper(self, read, self.read.problems)
        given = crashes.parameters(self, read, called)
        made = None if called is None else self.function(called, given, crashes.crash_name(process.name))
        if made is not None:
            self.take(made)
        return crashes.action(process, given, made, self.hidden_type)

    def action(self, method: Method) -> ir.Function:
        """An @action, with its parameters."""
        return self.take(self.function(method, self._action_parameters(method), method.name))

    def _action_parameters(self, method: Method) -> list[ir.Parameter]:
        source = self.source(method)
        made = []
        for name in signature.parameter_names(source, method):
            kind = self.annotation(source, method, name)
            annotation = signature.annotation_of(source, name)
            if annotation is None or signature.loose(source, annotation):
                problem = f"parameter {name!r} of {method.name!r} has no type"
                remedy = f"Annotate it with the type that it ranges over: `{name}: Obj`."
                self.read.problems.append(Problem("E206", source.span(source.node), problem, remedy))
            made.append(ir.Parameter(name, kind or NEVER))
        if not limits.few_arguments([parameter.type for parameter in made]):
            problem = f"{method.name!r} has more than {limits.MOST_ARGUMENTS:,} combinations of arguments"
            remedy = "Use smaller types, or choose inside the action from what matters there."
            self.read.problems.append(Problem("E315", source.span(source.node), problem, remedy))
        return made

    def property(self, method: Method) -> ir.Property:
        """An @always, @lemma, @sometimes, @final or @constraint."""
        assert method.mark is not None
        parameters = self._action_parameters(method) if method.mark.kind is MarkKind.LEMMA else ()
        made = ir.Property(method.name, PropertyKind(method.mark.kind.value), self._pure(method, parameters, BOOL))
        if made.kind is PropertyKind.CONSTRAINT:
            helpers = {name: each.function for name, each in self._by_name.items()}
            self.read.problems.extend(purity.total(made.function, helpers))
        return made

    def temporal(self, method: Method) -> ir.Temporal:
        """An @eventually, @leads_to, @always_eventually, @eventually_always or @temporal."""
        assert method.mark is not None
        kind = TemporalKind(method.mark.kind.value)
        if kind is TemporalKind.TEMPORAL:
            reader = FormulaReader()
            read = self._pure(method, self._action_parameters(method), None, body=reader.body)
            return ir.Temporal(method.name, kind, read, reader.formula)
        if kind is not TemporalKind.LEADS_TO:
            return ir.Temporal(method.name, kind, self._pure(method, self._action_parameters(method), BOOL))
        made = self._free(method)
        if made.returns not in (TupleType((BOOL, BOOL)), NEVER):
            problem = f"{method.name!r} does not return a pair of conditions"
            remedy = "Write `return before, after`: whenever the first is true, the second becomes true."
            self.read.problems.append(Problem("E210", made.span, problem, remedy))
        return ir.Temporal(method.name, kind, made)

    def step(self, method: Method) -> ir.Property:
        """A @step: its one parameter is the state before."""
        name, wrong = signature.state_before(self.source(method), method)
        self.read.problems.extend(wrong)
        return ir.Property(method.name, PropertyKind.STEP, self._pure(method, (), BOOL, name))

    def implements(self, method: Method) -> Iterator[ir.Property]:
        """An @implements, if there is a state that it could return."""
        abstract = self.abstract.get(method.name) or refinements.abstract_program(self, method, compile_program)
        if abstract is not None:
            self.abstract[method.name] = abstract
            kind = TupleType(tuple(declared.type for declared in abstract.variables))
            made = self.take(self.function(method, (), method.name, kind, None, abstract))
            self.read.problems.extend(purity.check(made, self.called_functions()))
            yield ir.Property(method.name, PropertyKind.IMPLEMENTS, made)

    def _free(self, method: Method) -> ir.Function:
        """A method that only looks, with typed parameters, and returns what it likes."""
        return self._pure(method, self._action_parameters(method), None)

    def _pure(
        self,
        method: Method,
        parameters: Sequence[ir.Parameter],
        returns: Type | None,
        earlier: str | None = None,
        body: _Body = statements,
    ) -> ir.Function:
        """A method that only looks."""
        made = self.take(self.function(method, parameters, method.name, returns, earlier, body=body))
        helpers = {name: i.function for name, i in self._by_name.items()}
        self.read.problems.extend(purity.check(made, with_earlier(helpers, [made])))
        return made

    def assume(self, method: Method) -> None:
        """An @assumption: it looks at parameters only."""
        made = self._pure(method, (), BOOL)
        helpers = {name: each.function for name, each in self._by_name.items()}
        self.read.problems.extend(assumptions.looks_at_state(made, helpers))
        self.assumed.append((made, method))

    def process(self, method: Method) -> Sequential:
        """A @process, read but not yet taken apart."""
        source = self.source(method)
        index = self._index(method, source)
        parameters = [] if index is None else [index]

        def read(assumption: Assumption) -> Scope:
            scope = Scope(self, source, method.owner, assumption)
            self._declare_parameters(scope, parameters)
            self._check_parameters(scope, method, parameters)
            if index is not None and signature.assigns(source, index.name):
                problem = f"{method.name!r} assigns {index.name!r}, which says what process it is"
                scope.report("E211", source.node, problem, "Use another name for the local.")
            cutter = Cutter(scope)
            cutter.cut(source.node.body)
            scope.opened = cutter.blocks
            return scope

        scope = settle(read)
        alias.check(scope)
        self._take(scope.problems, [scope.span(node) for node in scope.hollow], scope.called)
        return Sequential(method, source, scope, index)

    def _index(self, method: Method, source: Source) -> ir.Parameter | None:
        """What the instances of a process are told apart by."""
        names = signature.parameter_names(source, method)
        assert method.mark is not None
        span = source.span(source.node)
        if len(names) != (method.mark.index is not None):
            problem = f"process {method.name!r} takes {', '.join(names) or 'no parameter'}"
            remedy = "Write @process with no parameter, or @process(T) with one: its own index."
            self.read.problems.append(Problem("E206", span, problem, remedy))
        if method.mark.index is None:
            return None
        kind = self.resolve(method.mark.index)
        if isinstance(kind, NeverType):
            return ir.Parameter(names[0] if names else "self_index", kind)
        annotated = self.annotation(source, method, names[0]) if names else None
        if annotated not in (None, kind):
            problem = f"{names[0]!r} is annotated with {annotated}, and @process has {kind}"
            self.read.problems.append(Problem("E206", span, problem, "Make both the same, or leave one out."))
        try:
            check_index(None, kind)
        except ModelError as error:
            self.read.problems.extend(Problem(p.code, span, p.problem, p.remedy) for p in error.problems)
        return ir.Parameter(names[0] if names else "self_index", kind)

    def finish_process(self, read: Sequential) -> tuple[ir.Process, list[ir.Declared]]:
        """A @process, and the variables that keep its points and locals."""
        method, source, scope, index = read.method, read.source, read.scope, read.index
        cut = tidy(scope.opened, frozenset(self.asked.get(method.name, ())))
        lives = live_at_blocks(cut.blocks, cut.targets)
        own = frozenset() if index is None else frozenset({index.name})
        points = tuple(
            ir.Point(label, names, target, frozenset() if target is None else lives[target] - own)
            for label, names, target in zip(cut.labels, cut.names, cut.targets, strict=True)
        )
        kept = sorted(frozenset().union(*(point.live for point in points)))
        name = method.name
        point_type = EnumType(f"{name}.point", cut.labels)
        names = {local: f"{name}.{local}" if local != "point" else f"{name}.point'2" for local in kept}
        made = [self._kept(f"{name}.point", point_type, ir.Role.POINT, name, None, index)]
        locals_ = _locals(scope)
        for local in kept:
            made.append(self._kept(names[local], locals_[local], ir.Role.LOCAL, name, local, index))
            if local in scope.assumption.wide:
                problem = f"{plain_name(local)!r} lives across a `yield` and has no bounds"
                remedy = f"Annotate it: `{plain_name(local)}: Range(0, 9) = ...`."
                place = scope.stored.get(local, source.span(source.node))
                self.read.problems.append(Problem("E307", place, problem, remedy))
        process = ir.Process(
            name, index, locals_, cut.blocks, points, made[0].name, names, source.span(source.node), source.doc
        )
        return process, made

    def processes_and_properties(self, read: Sequence[Sequential]) -> _Finished:
        """The processes with what keeps them, and the properties, which may look at them. Points that go on alike are
        one; where a property means one of them and not the other they are kept apart, and all properties read anew."""
        begun = self._memory()
        made = self._with_properties(read)
        if any(confused(each, frozenset(self.asked.get(each.name, ()))) for each in made[0]):
            self._forget(begun)
            made = self._with_properties(read)
        return made

    def _with_properties(self, read: Sequence[Sequential]) -> _Finished:
        finished = [self.finish_process(each) for each in read]
        processes, hidden = [process for process, _ in finished], [each for _, kept in finished for each in kept]
        self._seen = {process.name: process for process in processes}
        self._hidden = {declared.name: declared.type for declared in hidden}
        marked = self.outline.marked(
            MarkKind.ALWAYS, MarkKind.LEMMA, MarkKind.SOMETIMES, MarkKind.FINAL, MarkKind.CONSTRAINT
        )
        properties = list(map(self.property, marked))
        temporal = [self.temporal(each) for each in self.outline.marked(*TEMPORAL)]
        steps = [self.step(each) for each in self.outline.marked(MarkKind.STEP)]
        steps += [made for each in self.outline.marked(MarkKind.IMPLEMENTS) for made in self.implements(each)]
        ranked = ranks(self.outline.marked(MarkKind.RANK), temporal, self._free, self.read.problems)
        return processes, hidden, (properties, temporal, steps, ranked)

    def _memory(self) -> Any:
        read = Read(list(self.read.problems), list(self.read.hollow), set(self.read.called))
        return read, dict(self._instances), dict(self._by_name), dict(self._taken)

    def _forget(self, memory: Any) -> None:
        self.read, self._instances, self._by_name, self._taken = memory

    def _kept(
        self, name: str, kind: Type, role: ir.Role, process: str, local: str | None, index: ir.Parameter | None
    ) -> ir.Declared:
        whole = kind if index is None else ArrayType(index.type, kind)
        return ir.Declared(name, whole, role, process, local)


def _locals(scope: Scope) -> dict[str, Type]:
    return {name: scope.type_of(name) for name in sorted(scope.seen) if name != RETURN}


def compile_program(model: Model) -> ir.Program:
    """The program that a model means. Raises ModelError with every mistake found."""
    try:
        program, problems = _all(model)
    except RecursionError:
        problem = f"{type(model).__name__} nests expressions, types or helpers too deeply"
        raise ModelError([Problem("E204", _declared(type(model)), problem, "Break it up.")]) from None
    if problems:
        first = Span("", 0, 0)
        raise ModelError(sorted(set(problems), key=lambda problem: (problem.span or first, problem.code, str(problem))))
    return program


def _declared(model: type) -> Span | None:
    """Where a class begins, if its file can be read as far as that."""
    try:
        return declaration(model)
    except RecursionError:
        return None


def _all(model: Model) -> tuple[ir.Program, list[Problem]]:
    """The program, and all that is wrong with it."""
    compiler = Compiler(model)
    program = _program(compiler)
    problems = [*compiler.read.problems, *whole.check(compiler, program), *evaluation_order.check(program)]
    problems.extend(arguments.check(program))
    symmetric = any(mentions_symmetry(variable.type) for variable in program.variables)
    if symmetric:
        problems.extend(symmetry.check(program, compiler.model))
    problems = problems or limits.check(program)
    if program.steps and not problems:
        problems = refinements.check_steps(program, symmetric)
    problems = problems or whole.check_hollow(compiler)
    for assumption, method in compiler.assumed if not problems else ():
        assumptions.confirm(program, assumption, compiler, method)
    return program, problems


def _program(compiler: Compiler) -> ir.Program:
    actions = []
    init = None
    if (method := compiler.method("init")) is not None:
        init = compiler.take(compiler.function(method, (), "init"))
    for method in compiler.outline.marked(MarkKind.ACTION):
        actions.append(compiler.action(method))
    sequential = [compiler.process(method) for method in compiler.outline.marked(MarkKind.PROCESS)]
    processes, hidden, (properties, temporal, steps, ranked) = compiler.processes_and_properties(sequential)
    for read, process in zip(sequential, processes, strict=True):
        if read.method.mark is not None and read.method.mark.crash:
            actions.append(compiler.crash(read, process))
    for method in compiler.outline.marked(MarkKind.ASSUMPTION):
        compiler.assume(method)
    marks = {each.name: each.mark for each in compiler.outline.marked(*STEPS)}
    parameter_types = {
        name: parameter_type(parameter, compiler.parameters) for name, parameter in compiler.outline.parameters.items()
    }
    return ir.Program(
        model_name(compiler.model),
        compiler.parameters,
        parameter_types,
        (*compiler.variables.values(), *hidden),
        compiler.called_functions(),
        init,
        tuple(actions),
        tuple(processes),
        tuple(properties),
        (compiler.model.__doc__ or "").strip(),
        tuple(temporal),
        {name: mark.fairness for name, mark in marks.items() if mark is not None and mark.fairness is not None},
        tuple(steps),
        compiler.abstract,
        tuple(ranked),
    )


__all__ = ["Compiler", "compile_program"]
