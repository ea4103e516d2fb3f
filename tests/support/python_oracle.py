"""Run a model with Python itself: its methods are ordinary Python, its processes ordinary generators.

An oracle that shares nothing with the front end, the IR and the interpreter but the declarations of types. The model's
syntax tree is changed only where the language means something else than Python: values are copied, never shared; sets
are visited in rank order; annotated locals and parameters are checked; a loop's domain is taken once.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from inspect import isgeneratorfunction
from typing import Any

from checker.lang.declare import Form, Mark, MarkKind, RecordForm, Variable, mark_of, resolve
from checker.lang.ir import Kind
from checker.lang.types import ArrayType, BoolType, OptType, RecordType, SetType, Type, Value, is_scalar
from checker.semantics import Step
from tests.random_models import RandomModel
from tests.support.values_in_python import Absent, Container, Group, Misfit, Record, Row, copied, fitting, frozen, order


class Impossible(Exception):
    """The step cannot happen."""


@dataclass(frozen=True)
class Outcome:
    """How one run of a step ends: with the values of the model's variables, or a failure."""

    choices: tuple[Value, ...]
    state: tuple[Value, ...] | None
    failure: Kind | None


_EVALUATION = (ZeroDivisionError, IndexError, TypeError, AttributeError, ValueError)


class Chooser:
    """Answers `choose`: first from a script, then the members in turn, one run after another."""

    def __init__(self) -> None:
        self.script: list[Value] = []
        self.wheels: list[tuple[list[Value], int]] = []
        self.taken: list[Value] = []
        self.turning = False

    def take(self, members: list[Value]) -> Value:
        """One of the members, which are in rank order."""
        if not members:
            raise Impossible
        if not self.turning:
            value = self.script.pop(0)
            assert value in members
            return value
        at = len(self.taken)
        if at == len(self.wheels):
            self.wheels.append((members, 0))
        self.taken.append(self.wheels[at][0][self.wheels[at][1]])
        return self.taken[-1]

    def advance(self) -> bool:
        """Turn to the next vector of choices."""
        self.taken.clear()
        while self.wheels:
            members, place = self.wheels.pop()
            if place + 1 < len(members):
                self.wheels.append((members, place + 1))
                return True
        return False


class Live:
    """`self`, as a model's methods see it. Remembers the values of variables."""

    def __init__(self, model: type, chooser: Chooser) -> None:
        kinds = {name: resolve(form.form, {}) for name, form in vars(model).items() if isinstance(form, Variable)}
        vars(self).update(_model=model, _kinds=kinds, _chooser=chooser)
        for name, kind in kinds.items():
            vars(self)[name] = fitting(kind, kind.default)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        if isinstance(found, RecordForm):
            return _Maker(found.fields, found.name)
        return found if isinstance(found, Form) else found.__get__(self)

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)[name] = fitting(self._kinds[name], value)

    def state(self) -> tuple[Value, ...]:
        """The values of the variables."""
        return tuple(frozen(vars(self)[name]) for name in self._kinds)


class _Maker(RecordForm):
    """What `self.Cell` is: a type that can be called."""

    def __call__(self, **fields: Any) -> Record:
        kind = resolve(self, {})
        assert isinstance(kind, RecordType)
        return Record(kind, tuple(frozen(fields[name]) for name, _ in kind.fields))


def _listed(domain: Any) -> Iterable[Any]:
    """What a loop meets."""
    if isinstance(domain, Form) or (isinstance(domain, type) and issubclass(domain, Enum)):
        return resolve(domain, {}).values()
    return list(domain)


def _within(item: Any, domain: Any) -> bool:
    return frozen(item) in [frozen(member) for member in _listed(domain)]


class _Translator(ast.NodeTransformer):
    """Brings a model's methods to what they mean."""

    def __init__(self, tree: ast.Module) -> None:
        methods = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self.parameters = {method.name: [a.annotation for a in method.args.args[1:]] for method in methods}
        self.annotated: dict[str, ast.expr] = {}

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        annotated = [inner for inner in ast.walk(node) if isinstance(inner, ast.AnnAssign)]
        self.annotated = {
            inner.target.id: inner.annotation for inner in annotated if isinstance(inner.target, ast.Name)
        }
        self.annotated |= {a.arg: a.annotation for a in node.args.args if a.annotation is not None}
        node.body = [self.visit(statement) for statement in node.body]
        for argument in node.args.args:
            argument.annotation = None
        return node

    def _stored(self, target: ast.expr, value: ast.expr) -> ast.expr:
        """The value to assign: a copy, checked if the target is a local with a type."""
        if isinstance(target, ast.Name) and target.id in self.annotated:
            return _call("fit_", ast.Constant(ast.unparse(self.annotated[target.id])), value)
        return _call("copied_", value)

    def visit_Assign(self, node: ast.Assign) -> ast.AST:
        return ast.Assign(node.targets, self._stored(node.targets[0], self.visit(node.value)), lineno=node.lineno)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        assert node.value is not None
        return ast.Assign([node.target], self._stored(node.target, self.visit(node.value)), lineno=node.lineno)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        node.value = self.visit(node.value)
        if isinstance(node.target, ast.Name):
            whole = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
            return ast.Assign([node.target], self._stored(node.target, whole), lineno=node.lineno)
        return node

    def visit_For(self, node: ast.For) -> ast.AST:
        self.generic_visit(node)
        node.iter = _call("listed_", node.iter)
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.iter = _call("listed_", node.iter)
        return node

    def visit_Return(self, node: ast.Return) -> ast.AST:
        return node if node.value is None else ast.Return(_call("copied_", self.visit(node.value)))

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            found = _call("within_", node.left, node.comparators[0])
            return found if isinstance(node.ops[0], ast.In) else ast.UnaryOp(ast.Not(), found)
        return node

    def visit_Set(self, node: ast.Set) -> ast.AST:
        self.generic_visit(node)
        return _call("group_", ast.List(node.elts, ast.Load()))

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        self.generic_visit(node)
        return _call("group_", ast.ListComp(node.elt, node.generators))

    def visit_List(self, node: ast.List) -> ast.AST:
        self.generic_visit(node)
        return _call("row_", node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        self.generic_visit(node)
        return _call("row_", node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        self.generic_visit(node)
        return _call("row_", ast.ListComp(node.value, node.generators))

    def _calls_helper(self, node: ast.expr) -> bool:
        calls = [inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        return any(isinstance(func, ast.Attribute) and func.attr in self.parameters for func in calls)

    def _changing(self, node: ast.Call, func: ast.Attribute) -> ast.AST:
        """place.add(value): the place is looked up when the value, which may change it, is known."""
        nothing = ast.arguments([], [], None, [], [], None, [])
        return _call("change_", ast.Lambda(nothing, func.value), ast.Constant(func.attr), *node.args)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if not isinstance(node.func, ast.Attribute):
            return node
        name = node.func.attr
        if name in _CHANGES and any(self._calls_helper(part) for part in node.args):
            return self._changing(node, node.func)
        if not isinstance(node.func.value, ast.Name):
            return node
        for word in node.keywords:
            word.value = _call("field_", ast.Constant(name), ast.Constant(word.arg), word.value)
        if node.func.value.id == "self" and name in self.parameters:
            pairs = zip(node.args, self.parameters[name], strict=True)
            node.args = [
                _call("copied_", value)
                if annotation is None
                else _call("fit_", ast.Constant(ast.unparse(annotation)), value)
                for value, annotation in pairs
            ]
        return node


_CHANGES = ("add", "append", "discard", "remove", "update")


def _change(place: Callable[[], Any], name: str, *values: Any) -> None:
    getattr(place(), name)(*values)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


class Oracle:
    """A model without parameters, run by Python."""

    def __init__(self, model: RandomModel) -> None:
        tree = ast.parse(model.text)
        tree.body = [node for node in tree.body if not isinstance(node, ast.ClassDef) or node.name == "Drawn"]
        self.chooser = Chooser()
        translator = _Translator(tree)
        translated = ast.fix_missing_locations(translator.visit(tree))
        self.parameters = translator.parameters
        module = vars(model.module())
        enums = {name: found for name, found in module.items() if isinstance(found, type) and issubclass(found, Enum)}
        space: dict[str, Any] = {"__name__": model.name, **enums}
        space.update(copied_=copied, listed_=_listed, within_=_within, row_=lambda items: Row(None, items))
        space.update(group_=lambda items: Group(None, items), set=lambda items=(): Group(None, _listed(items)))
        space.update(change_=_change, fit_=self._fit, field_=self._field)
        exec(compile(translated, f"<oracle {model.name}>", "exec"), space)
        space.update(choose=self._choose, require=_require)
        self.space = space
        self.model: type = space["Drawn"]

    def _fit(self, text: str, value: Any) -> Any:
        return fitting(resolve(eval(text, dict(vars(self.model)) | {**self.space, **_forms(self.model)}), {}), value)

    def given(self, name: str, arguments: tuple[Value, ...]) -> list[Any]:
        """The arguments of an action or process as Python objects."""
        texts = [None if node is None else ast.unparse(node) for node in self.parameters.get(name, [])]
        pairs = zip(texts, arguments, strict=True)
        return [value if text is None else self._fit(text, value) for text, value in pairs]

    def _field(self, owner: str, name: str, value: Any) -> Any:
        """A field's value where a record is made; `_replace` checks it by itself."""
        form = vars(self.model).get(owner)
        if not isinstance(form, RecordForm):
            return value
        kind = resolve(form, {})
        assert isinstance(kind, RecordType)
        return fitting(dict(kind.fields)[name], value)

    def _choose(self, domain: Any) -> Any:
        if isinstance(domain, (Form, type)):
            return self._any(resolve(domain, {}))
        members = {frozen(member): member for member in domain}
        return copied(members[self.chooser.take(sorted(members, key=order))])

    def _any(self, kind: Type) -> Any:
        """Any value of a type, part by part."""
        if is_scalar(kind):
            return self.chooser.take(list(kind.values()))
        match kind:
            case RecordType(fields=fields):
                return Record(kind, tuple(frozen(self._any(item)) for _, item in fields))
            case ArrayType(index=index, item=item):
                return Row(kind, [frozen(self._any(item)) for _ in index.values()])
            case SetType(item=item):
                return Group(kind, [member for member in item.values() if self._any(BoolType())])
            case OptType(item=item):
                return self._any(item) if self._any(BoolType()) else None
        raise AssertionError(kind)

    def outcomes(self, history: list[Step], name: str, arguments: tuple[Value, ...]) -> list[Outcome]:
        """All runs of a step after the steps of a history, of which the first is `init`."""
        self.chooser.wheels.clear()
        found = []
        while True:
            self.chooser.turning = False
            run = Run(self, history)
            self.chooser.turning = True
            self.chooser.taken.clear()
            outcome = run.outcome(name, arguments)
            if outcome is not None:
                found.append(outcome)
            if not self.chooser.advance():
                return found

    def judge(self, history: list[Step], name: str) -> bool | None:
        """Whether a property holds after a history; None if it cannot be evaluated."""
        self.chooser.turning = False
        live = Run(self, history).live
        try:
            return bool(getattr(live, name)())
        except _EVALUATION:
            return None
        except Misfit:
            return None

    def marked(self, kind: MarkKind) -> list[tuple[str, Mark]]:
        """The methods with such a mark."""
        marks = [(name, mark_of(value)) for name, value in vars(self.model).items() if callable(value)]
        return [(name, mark) for name, mark in marks if mark is not None and mark.kind is kind]


class Run:
    """The model after a history."""

    def __init__(self, oracle: Oracle, history: list[Step]) -> None:
        self.oracle = oracle
        self.live = Live(oracle.model, oracle.chooser)
        self.processes: dict[tuple[str, tuple[Value, ...]], Any] = {}
        for name, mark in oracle.marked(MarkKind.PROCESS):
            indices = [()] if mark.index is None else [(value,) for value in resolve(mark.index, {}).values()]
            for index in indices:
                method = getattr(self.live, name)
                self.processes[name, index] = method(*index) if isgeneratorfunction(method) else method
        for step in history:
            oracle.chooser.script = list(step.choices)
            self.take(step.name, step.arguments)
            assert not oracle.chooser.script

    def take(self, name: str, arguments: tuple[Value, ...]) -> None:
        """Take a step."""
        if (name, arguments) not in self.processes:
            if name != "init" or "init" in vars(self.oracle.model):
                getattr(self.live, name)(*self.oracle.given(name, arguments))
            return
        generator = self.processes[name, arguments]
        if not isinstance(generator, Iterator):  # a process that never yields
            self.processes[name, arguments] = None
            getattr(self.live, name)(*arguments)
            return
        assert generator is not None
        if next(generator, "ended'") == "ended'":
            self.processes[name, arguments] = None

    def ended(self, name: str, arguments: tuple[Value, ...]) -> bool:
        """Whether a process has run to its end."""
        return (name, arguments) in self.processes and self.processes[name, arguments] is None

    def outcome(self, name: str, arguments: tuple[Value, ...]) -> Outcome | None:
        """What comes of a step; None if it is impossible."""
        taken = self.oracle.chooser.taken
        if self.ended(name, arguments):
            return None
        try:
            self.take(name, arguments)
        except Impossible:
            return None
        except Misfit:
            return Outcome(tuple(taken), None, Kind.STORE)
        except (AssertionError, Absent):
            return Outcome(tuple(taken), None, Kind.ASSERT)
        except _EVALUATION:
            return Outcome(tuple(taken), None, Kind.EVALUATION)
        return Outcome(tuple(taken), self.live.state(), None)


def _require(condition: Any) -> None:
    if not (len(condition) if isinstance(condition, Container) else condition):
        raise Impossible


def _forms(model: type) -> dict[str, Any]:
    return {name: value for name, value in vars(model).items() if isinstance(value, Form)}
