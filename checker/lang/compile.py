"""From a model with its parameters fixed to a Program. Collects the mistakes of all its methods.

Reads the class outline, then each method: helpers are read where they are called, once for each combination of
argument types. Decides nothing about behaviour.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from checker.errors import ModelError, Problem
from checker.lang import ir, purity, symmetry
from checker.lang.declare import Form, MarkKind, Parameter, Variable, is_form, resolve
from checker.lang.liveness import live_at_blocks
from checker.lang.model import Method, Model, mro_method, outline, parameter_type
from checker.lang.processes import END, Cutter, tidy
from checker.lang.scope import MISSING, Assumption, Scope, settle
from checker.lang.source import Source, source_of
from checker.lang.statements import RETURN, statements
from checker.lang.types import BOOL, NONE, ArrayType, EnumType, NeverType, Type, Value, mentions_symmetry

BUILT_IN_NAMES = ("no_deadlock", "no_failure", "init")


@dataclass
class _Instance:
    """A function that has been read, with its mistakes and the helpers that it calls."""

    function: ir.Function
    problems: list[Problem]
    called: set[str]


@dataclass
class _Read:
    """What reading the whole model gave."""

    problems: list[Problem] = field(default_factory=list)
    called: set[str] = field(default_factory=set)


class Compiler:
    """Knows one model; answers what the scopes ask about it."""

    def __init__(self, model: Model) -> None:
        self.model = type(model)
        self.outline = outline(self.model)
        self.parameters: Mapping[str, Value] = dict(model.parameters)
        self.read = _Read()
        self.variables = {name: self._declare(variable) for name, variable in self.outline.variables.items()}
        self._sources: dict[int, Source] = {}
        self._names: dict[int, set[str]] = {}
        self._instances: dict[tuple[Any, ...], _Instance] = {}
        self._by_name: dict[str, _Instance] = {}
        self._reading: list[Any] = []

    # what scopes ask

    def resolve(self, form: object) -> Type:
        """The type that a form stands for under these parameters; a wrong one counts as a mistake of the model."""
        try:
            return resolve(form, self.parameters)
        except ModelError as error:
            self.read.problems.extend(error.problems)
            return BOOL

    def _declare(self, variable: Variable) -> ir.Declared:
        return ir.Declared(variable.name, self.resolve(variable.form))

    def attribute(self, name: str) -> Any:
        """What `self.name` is, if it is fixed for a run or a variable; else MISSING."""
        if name in self.outline.parameters:
            return self.outline.parameters[name]
        if name in self.outline.variables:
            return self.outline.variables[name]
        if name in self.outline.methods:
            return MISSING
        return getattr(self.model, name, MISSING)

    def parameter_value(self, found: Any) -> Any:
        """A parameter's value; anything else as it is."""
        return self.parameters[found.name] if isinstance(found, Parameter) else found

    def variable(self, found: Any) -> ir.Declared | None:
        """The variable of the state that a declaration made."""
        return self.variables[found.name] if isinstance(found, Variable) else None

    def method(self, name: str) -> Method | None:
        """A method of the model."""
        return self.outline.methods.get(name)

    def parent_method(self, name: str, owner: type) -> Method | None:
        """What `super().name` is in a method that `owner` defines."""
        return mro_method(self.model, name, owner) if owner in self.model.__mro__ else None

    def nearest(self, name: str) -> str | None:
        """The name of the model most like `name`."""
        known = [*self.outline.parameters, *self.outline.variables, *self.outline.methods, *vars(self.model)]
        return next(iter(difflib.get_close_matches(name, known, 1)), None)

    def source(self, method: Method) -> Source:
        """A method's syntax tree."""
        key = id(method.function)
        if key not in self._sources:
            self._sources[key] = source_of(method.function)
        return self._sources[key]

    def assigned_names(self, source: Source) -> set[str]:
        """Parameters and plain names that a function assigns, outside comprehensions."""
        key = id(source.node)
        if key not in self._names:
            names = {argument.arg for argument in source.node.args.args if argument.arg != "self"}
            self._names[key] = names | _stored_names(source.node.body)
        return self._names[key]

    def parameter_names(self, source: Source, method: Method) -> list[str]:
        """The names of a function's parameters, without `self`."""
        names = [argument.arg for argument in source.node.args.args]
        return names[1:] if method.owner is not object else names

    def defaults(self, source: Source) -> dict[str, ast.expr]:
        """The default expressions of a function's parameters."""
        arguments = source.node.args
        names = [argument.arg for argument in arguments.args]
        return dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))

    def annotation(self, source: Source, name: str) -> Type | None:
        """The declared type of a function's parameter."""
        node = next((argument.annotation for argument in source.node.args.args if argument.arg == name), None)
        return None if node is None else self._annotated(source, node)

    def annotation_type(self, scope: Scope, node: ast.expr) -> Type | None:
        """The type that an annotation inside a function names: `self.Obj`, `Obj`, `Opt(Obj)`."""
        return self._annotated(scope.source, node)

    def _annotated(self, source: Source, node: ast.expr) -> Type | None:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            node = ast.parse(node.value, mode="eval").body
        names = {name: getattr(self.model, name) for name in dir(self.model) if not name.startswith("__")}
        names.update(self.outline.parameters)
        names["self"] = _Names(names)
        try:
            found = eval(compile(ast.Expression(node), source.file, "eval"), dict(source.globals), names)
        except Exception:  # an annotation that is no type of ours, whatever it is: the caller decides
            return None
        return self.resolve(found) if is_form(found) else None

    # reading functions

    def instance(self, scope: Scope, node: ast.AST, method: Method, bound: Sequence[ir.Expr]) -> ir.Function | None:
        """A helper, read for the types of these arguments."""
        source = self.source(method)
        names = self.parameter_names(source, method)
        kinds = [self.annotation(source, name) or value.type for name, value in zip(names, bound, strict=True)]
        key = (id(method.function), *kinds)
        if id(method.function) in self._reading:
            problem = f"{method.name!r} calls itself"
            raise scope.refuse("E204", node, problem, "Recursion is not in the language: use a loop.")
        if _has_yield(source.node):
            raise scope.refuse("E205", node, f"{method.name!r} yields", "Call it with `yield from` in a @process.")
        if key not in self._instances:
            parameters = [ir.Parameter(name, kind) for name, kind in zip(names, kinds, strict=True)]
            self._reading.append(id(method.function))
            made = self.function(method, parameters, self._free_name(method.name))
            self._reading.pop()
            self._instances[key] = made
            self._by_name[made.function.name] = made
        made = self._instances[key]
        scope.called.add(made.function.name)
        if isinstance(made.function.returns, NeverType):
            return None
        return made.function

    def _free_name(self, name: str) -> str:
        taken = sum(1 for other in self._by_name if other == name or other.startswith(f"{name}'"))
        return name if taken == 0 else f"{name}'{taken + 1}"

    def function(
        self, method: Method, parameters: Sequence[ir.Parameter], name: str, returns: Type | None = None
    ) -> _Instance:
        """Read a method, until its types settle."""
        source = self.source(method)

        def read(assumption: Assumption) -> Scope:
            scope = Scope(self, source, method.owner, assumption)
            if returns is not None:
                scope.declared[RETURN] = returns
            self._declare_parameters(scope, parameters)
            scope.body = statements(scope, source.node.body)
            self._check_end(scope)
            return scope

        scope = settle(read)
        _check_aliases(scope)
        _check_signature(scope, source.node)
        kind = NONE if RETURN not in scope.seen else scope.type_of(RETURN)
        if returns is not None:
            kind = returns
        made = ir.Function(
            name, tuple(parameters), _locals(scope), kind, scope.body, scope.span(source.node), source.doc
        )
        return _Instance(made, scope.problems, scope.called)

    def _declare_parameters(self, scope: Scope, parameters: Iterable[ir.Parameter]) -> None:
        for parameter in parameters:
            scope.declared[parameter.name] = scope.seen[parameter.name] = parameter.type
            scope.aliases[parameter.name] = scope.span(scope.source.node)
            assert scope.assigned is not None
            scope.assigned.add(parameter.name)

    def _check_end(self, scope: Scope) -> None:
        gives = RETURN in scope.seen and scope.seen[RETURN] != NONE
        if gives and scope.assigned is not None:
            remedy = "End every path with `return value`."
            scope.report("E210", scope.source.node, f"{scope.source.node.name!r} may end without a value", remedy)

    def take(self, made: _Instance) -> ir.Function:
        """Use a function that has been read: its mistakes, and those of the helpers it calls, are the model's."""
        self.read.problems.extend(made.problems)
        for name in made.called - self.read.called:
            self.read.called.add(name)
            self.take(self._by_name[name])
        return made.function

    def called_functions(self) -> dict[str, ir.Function]:
        """The helpers in use, each after those that it calls."""
        return {name: made.function for name, made in self._by_name.items() if name in self.read.called}

    # the parts of a program

    def action(self, method: Method) -> ir.Function:
        """An @action, with its parameters."""
        return self.take(self.function(method, self._action_parameters(method), method.name))

    def _action_parameters(self, method: Method) -> list[ir.Parameter]:
        source = self.source(method)
        made = []
        for name in self.parameter_names(source, method):
            kind = self.annotation(source, name)
            if kind is None:
                span = source.span(source.node)
                problem = f"parameter {name!r} of {method.name!r} has no type of the language"
                self.read.problems.append(Problem("E206", span, problem, f"Annotate it: `{name}: Obj`."))
                kind = BOOL
            made.append(ir.Parameter(name, kind))
        return made

    def property(self, method: Method) -> ir.Property:
        """An @always, @sometimes or @final."""
        made = self.take(self.function(method, (), method.name, BOOL))
        assert method.mark is not None
        self.read.problems.extend(purity.check(made, {name: i.function for name, i in self._by_name.items()}))
        return ir.Property(method.name, ir.PropertyKind(method.mark.kind.value), made)

    def process(self, method: Method) -> tuple[ir.Process, list[ir.Declared]]:
        """A @process, and the variables that keep its points and locals."""
        source = self.source(method)
        index = self._index(method, source)
        parameters = [] if index is None else [index]

        def read(assumption: Assumption) -> Scope:
            scope = Scope(self, source, method.owner, assumption)
            self._declare_parameters(scope, parameters)
            cutter = Cutter(scope)
            cutter.cut(source.node.body)
            scope.opened = cutter.blocks
            return scope

        scope = settle(read)
        _check_aliases(scope)
        self.read.problems.extend(scope.problems)
        for name in scope.called - self.read.called:
            self.read.called.add(name)
            self.take(self._by_name[name])
        return self._finish_process(method, source, scope, index)

    def _index(self, method: Method, source: Source) -> ir.Parameter | None:
        names = self.parameter_names(source, method)
        assert method.mark is not None
        if (method.mark.index is None) != (not names) or len(names) > 1:
            problem = f"process {method.name!r} takes {len(names)} parameters"
            remedy = "Write @process with none, or @process(T) with one: its own index."
            self.read.problems.append(Problem("E206", source.span(source.node), problem, remedy))
        if method.mark.index is None:
            return None
        return ir.Parameter(names[0] if names else "self_index", self.resolve(method.mark.index))

    def _finish_process(
        self, method: Method, source: Source, scope: Scope, index: ir.Parameter | None
    ) -> tuple[ir.Process, list[ir.Declared]]:
        cut = tidy(scope.opened)
        lives = live_at_blocks(cut.blocks, cut.targets)
        own = frozenset() if index is None else frozenset({index.name})
        points = tuple(
            ir.Point(label, target, frozenset() if target is None else lives[target] - own)
            for label, target in zip(cut.labels, cut.targets, strict=True)
        )
        kept = sorted(frozenset().union(*(point.live for point in points)))
        name = method.name
        point_type = EnumType(f"{name}.point", cut.labels)
        made = [self._kept(f"{name}.point", point_type, ir.Role.POINT, name, None, index)]
        locals_ = _locals(scope)
        for local in kept:
            made.append(self._kept(f"{name}.{local}", locals_[local], ir.Role.LOCAL, name, local, index))
            if local in scope.assumption.wide:
                problem = f"{local!r} lives across a `yield` and has no bounds"
                remedy = f"Annotate it: `{local}: Range(0, 9) = ...`."
                self.read.problems.append(Problem("E307", source.span(source.node), problem, remedy))
        names = {local: f"{name}.{local}" for local in kept}
        process = ir.Process(
            name, index, locals_, cut.blocks, points, made[0].name, names, source.span(source.node), source.doc
        )
        return process, made

    def _kept(
        self, name: str, kind: Type, role: ir.Role, process: str, local: str | None, index: ir.Parameter | None
    ) -> ir.Declared:
        whole = kind if index is None else ArrayType(index.type, kind)
        return ir.Declared(name, whole, role, process, local)


class _Names:
    """Attribute access to a dict: what `self` is in an annotation."""

    def __init__(self, names: Mapping[str, Any]) -> None:
        self.__dict__.update(names)


def _locals(scope: Scope) -> dict[str, Type]:
    return {name: scope.type_of(name) for name in sorted(scope.seen) if name != RETURN}


def _stored_names(nodes: Iterable[ast.AST]) -> set[str]:
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        if isinstance(node, ast.MatchAs) and node.name is not None:
            found.add(node.name)
        found |= _stored_names(ast.iter_child_nodes(node))
    return found


def _has_yield(node: ast.FunctionDef) -> bool:
    return any(isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node))


def _check_aliases(scope: Scope) -> None:
    for name, span in scope.mutated.items():
        if name in scope.aliases and not mutable_copy(scope, name):
            problem = f"{name!r} is changed in place, but names a part of something else"
            remedy = "Change the variable itself, or make a copy first: `set(x)`, `[v for v in x]`."
            scope.problems.append(Problem("E209", span, problem, remedy))


def mutable_copy(scope: Scope, name: str) -> bool:
    """Whether changing the local can be told from changing what it names: never for one number."""
    from_type = scope.type_of(name)
    return not isinstance(from_type, ArrayType) and not hasattr(from_type, "item") and not hasattr(from_type, "fields")


def _check_signature(scope: Scope, node: ast.FunctionDef) -> None:
    arguments = node.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.posonlyargs:
        problem = f"{node.name!r} takes *args, keyword-only or positional-only parameters"
        scope.report("E206", node, problem, "Use plain parameters.")


def compile_program(model: Model) -> ir.Program:
    """The program that a model means. Raises ModelError with every mistake found."""
    compiler = Compiler(model)
    actions, processes, properties = [], [], []
    hidden: list[ir.Declared] = []
    init = None
    if (method := compiler.method("init")) is not None:
        init = compiler.take(compiler.function(method, (), "init"))
    for method in compiler.outline.marked(MarkKind.ACTION):
        actions.append(compiler.action(method))
    for method in compiler.outline.marked(MarkKind.PROCESS):
        process, kept = compiler.process(method)
        processes.append(process)
        hidden.extend(kept)
    for method in compiler.outline.marked(MarkKind.ALWAYS, MarkKind.SOMETIMES, MarkKind.FINAL):
        properties.append(compiler.property(method))
    parameter_types = {
        name: parameter_type(parameter, compiler.parameters) for name, parameter in compiler.outline.parameters.items()
    }
    program = ir.Program(
        f"{compiler.model.__module__}:{compiler.model.__qualname__}",
        compiler.parameters,
        parameter_types,
        (*compiler.variables.values(), *hidden),
        compiler.called_functions(),
        init,
        tuple(actions),
        tuple(processes),
        tuple(properties),
        (compiler.model.__doc__ or "").strip(),
    )
    problems = [*compiler.read.problems, *_check_names(program)]
    if any(mentions_symmetry(variable.type) for variable in program.variables):
        problems.extend(symmetry.check(program))
    if problems:
        raise ModelError(sorted(set(problems), key=lambda problem: (str(problem.span), problem.code)))
    return program


def _check_names(program: ir.Program) -> list[Problem]:
    found = []
    if not program.actions and not program.processes:
        remedy = "Mark a method with @action or @process."
        found.append(Problem("E102", None, f"{program.model} has no step: nothing can happen", remedy))
    if not program.variables:
        found.append(Problem("E102", None, f"{program.model} has no variables", "Declare one: `x = Var(Bool)`."))
    for prop in program.properties:
        if prop.name in BUILT_IN_NAMES:
            problem = f"a property cannot be called {prop.name!r}"
            found.append(Problem("E206", prop.function.span, problem, "Every model has that one: use another name."))
    return found


__all__ = ["END", "Compiler", "Form", "compile_program"]
