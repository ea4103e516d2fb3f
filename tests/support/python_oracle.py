"""Run a model with Python itself: its methods are ordinary Python, its processes ordinary generators.

An oracle that shares nothing with the front end, the IR and the interpreter but the declarations of types. The model's
syntax tree is changed only where the language means something else than Python: values are copied, never shared; sets
are visited in rank order; annotated locals and parameters are checked; a loop's domain is taken once. `super()` is
looked up by Python's own order of classes; what a class declares is evaluated with the names of the lowest class.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from inspect import isgeneratorfunction
from itertools import product
from typing import Any

from checker.ir.nodes import Kind
from checker.ir.types import ArrayType, BoolType, OptType, RecordType, SetType, Type, Value, is_scalar
from checker.lang.declare import Form, MarkKind, RecordForm, Variable, resolve
from checker.lang.formulas import Parameter
from checker.semantics import Step
from tests.support.choosing import Chooser, Impossible
from tests.support.random_models import RandomModel
from tests.support.values_in_python import Absent, Container, Group, Misfit, Record, Row, copied, fitting, frozen, order


@dataclass(frozen=True)
class Outcome:
    """How one run of a step ends: with the values of the model's variables, or a failure."""

    choices: tuple[Value, ...]
    state: tuple[Value, ...] | None
    failure: Kind | None


_ENDED = "ended'"
_EVALUATION = (ZeroDivisionError, IndexError, TypeError, AttributeError, ValueError)


class Live:
    """`self`, as a model's methods see it. Remembers the values of variables."""

    def __init__(self, model: type, declared: dict[str, Any], run: Run) -> None:
        kinds = {name: resolve(form.form, {}) for name, form in declared.items() if isinstance(form, Variable)}
        vars(self).update(_model=model, _declared=declared, _kinds=kinds, _run=run)
        for name, kind in kinds.items():
            vars(self)[name] = fitting(kind, kind.default)

    def __getattr__(self, name: str) -> Any:
        if name in self._declared:
            found = self._declared[name]
            return _Maker(found.fields, found.name) if isinstance(found, RecordForm) else found
        if any(name == process for process, _ in self._run.processes):
            return _Standing(self._run, name)
        return self._method(name)

    def _method(self, name: str, below: type | None = None) -> Any:
        """The method of that name of the model, or of the classes above `below`."""
        classes = self._model.__mro__
        first = 0 if below is None else classes.index(below) + 1
        return next(vars(each)[name] for each in classes[first:] if name in vars(each)).__get__(self)

    def __setattr__(self, name: str, value: Any) -> None:
        vars(self)[name] = fitting(self._kinds[name], value)

    def state(self) -> tuple[Value, ...]:
        """The values of the variables."""
        return tuple(frozen(vars(self)[name]) for name in self._kinds)


class _Above:
    """What `super()` is in a method of class `below`."""

    def __init__(self, live: Live, below: type) -> None:
        self._live = live
        self._below = below

    def __getattr__(self, name: str) -> Any:
        return self._live._method(name, self._below)


class _Standing:
    """A process as a property sees it: the label that it yielded last, and the locals of its frame."""

    def __init__(self, run: Run, name: str, index: tuple[Value, ...] = ()) -> None:
        self._run = run
        self._key = (name, index)

    def __getitem__(self, index: Any) -> _Standing:
        found = _Standing(self._run, self._key[0], (frozen(index),))
        if found._key not in self._run.processes:
            raise IndexError(index)
        return found

    def at(self, *names: str) -> bool:
        """Whether it stands at one of these points."""
        return self._run.labels.get(self._key) in names

    def __getattr__(self, name: str) -> Any:
        return self._run.processes[self._key].gi_frame.f_locals[name]


class _Maker(RecordForm):
    """What `self.Cell` is: a type that can be called."""

    def __call__(self, **fields: Any) -> Record:
        kind = resolve(self, {})
        assert isinstance(kind, RecordType)
        return Record(kind, tuple(frozen(fields[name]) for name, _ in kind.fields))


def _listed(domain: Any) -> Iterable[Any]:
    """What a loop meets."""
    if isinstance(domain, Form) or (isinstance(domain, type) and issubclass(domain, Enum)):
        kind = resolve(domain, {})
        return _subsets(kind) if isinstance(kind, SetType) else kind.values()
    return list(domain)


def _subsets(kind: SetType) -> list[Group]:
    """All sets over a type, each a number in binary: its last digit says whether the first member is in it."""
    members = list(kind.item.values())
    chosen = product((False, True), repeat=len(members))
    return [Group(kind, [m for m, taken in zip(reversed(members), row, strict=True) if taken]) for row in chosen]


def _within(item: Any, domain: Any) -> bool:
    return frozen(item) in [frozen(member) for member in _listed(domain)]


class _Translator(ast.NodeTransformer):
    """Brings a model's methods to what they mean."""

    def __init__(self, tree: ast.Module) -> None:
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        self.parameters = {
            function.name: [_checked(a.annotation) for a in function.args.args if a.arg != "self"]
            for function in functions
        }
        self.annotated: dict[str, ast.expr] = {}
        self.owner = ""

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        self.owner = node.name
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        annotated = [inner for inner in ast.walk(node) if isinstance(inner, ast.AnnAssign)]
        self.annotated = {
            inner.target.id: inner.annotation for inner in annotated if isinstance(inner.target, ast.Name)
        }
        self.annotated |= {a.arg: a.annotation for a in node.args.args if _checked(a.annotation) is not None}
        node.decorator_list = []
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

    def _acts(self, node: ast.expr) -> bool:
        """Whether an expression chooses or calls a helper."""
        calls = [ast.unparse(inner.func) for inner in ast.walk(node) if isinstance(inner, ast.Call)]
        return any(name == "choose" or name.rpartition(".")[2] in self.parameters for name in calls)

    def _changing(self, node: ast.Call, func: ast.Attribute) -> ast.AST:
        """place.add(value): the place is looked up when the value, which may change it, is known."""
        nothing = ast.arguments([], [], None, [], [], None, [])
        return _call("change_", ast.Lambda(nothing, func.value), ast.Constant(func.attr), *node.args)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name):
            return self._above(node) if node.func.id == "super" else self._fitted(node, node.func.id)
        if not isinstance(node.func, ast.Attribute):
            return node
        name = node.func.attr
        if name in _CHANGES and any(self._acts(part) for part in node.args):
            return self._changing(node, node.func)
        if isinstance(node.func.value, ast.Call) and ast.unparse(node.func.value.func) == "above_":
            return self._fitted(node, name)
        if not isinstance(node.func.value, ast.Name):
            return node
        for word in node.keywords:
            word.value = _call("field_", ast.Constant(name), ast.Constant(word.arg), word.value)
        return self._fitted(node, name) if node.func.value.id == "self" else node

    def _above(self, node: ast.Call) -> ast.AST:
        return _call("above_", ast.Name("self", ast.Load()), ast.Name(self.owner, ast.Load()))

    def _fitted(self, node: ast.Call, name: str) -> ast.AST:
        """A call with its arguments copied, and checked against the types of the parameters."""
        if name in self.parameters:
            pairs = zip(node.args, self.parameters[name], strict=False)  # the rest have defaults
            node.args = [
                _call("copied_", value)
                if annotation is None
                else _call("fit_", ast.Constant(ast.unparse(annotation)), value)
                for value, annotation in pairs
            ]
        return node


def _checked(annotation: ast.expr | None) -> ast.expr | None:
    """An annotation that says more than `int` does."""
    return None if annotation is None or ast.unparse(annotation) == "int" else annotation


_CHANGES = ("add", "append", "discard", "remove", "update")


def _change(place: Callable[[], Any], name: str, *values: Any) -> None:
    getattr(place(), name)(*values)


def _call(name: str, *arguments: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


class Oracle:
    """A model with the defaults of its parameters, run by Python."""

    def __init__(self, model: RandomModel) -> None:
        tree = ast.parse(model.text)
        module = vars(model.module())
        enums = {name: found for name, found in module.items() if isinstance(found, type) and issubclass(found, Enum)}
        tree.body = [node for node in tree.body if not (isinstance(node, ast.ClassDef) and node.name in enums)]
        self._read([node for node in tree.body if isinstance(node, ast.ClassDef)])
        translator = _Translator(tree)
        translated = ast.fix_missing_locations(translator.visit(tree))
        self.parameters = translator.parameters
        space: dict[str, Any] = {"__name__": model.name, **enums}
        space.update(copied_=copied, listed_=_listed, within_=_within, row_=lambda items: Row(None, items))
        space.update(group_=lambda items: Group(None, items), set=lambda items=(): Group(None, _listed(items)))
        space.update(change_=_change, fit_=self._fit, field_=self._field, above_=_Above)
        exec(compile(translated, f"<oracle {model.name}>", "exec"), space)
        space.update(choose=self._choose, require=_require)
        self.chooser = Chooser()
        self.space = space
        self.model: type = space["Drawn"]
        self.declared: dict[str, Any] = {}
        self._declare()
        self._kinds: dict[str, Type] = {}
        self._indices = {
            name: [()] if index is None else [(value,) for value in resolve(self.typed(index), {}).values()]
            for name, index in self.marked(MarkKind.PROCESS)
        }

    def _read(self, classes: list[ast.ClassDef]) -> None:
        """What the classes declare, and how they mark methods: the lowest class has the last word, but for marks."""
        self._texts: dict[str, str] = {}
        self._marks: dict[str, list[ast.expr]] = {}
        left_out = set()
        for node in classes:
            for part in node.body:
                match part:
                    case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=None)):
                        left_out.add(name)
                    case ast.Assign(targets=[ast.Name(id=name)], value=value):
                        self._texts[name] = ast.unparse(value)
                    case ast.FunctionDef(name=name, decorator_list=marks):
                        self._marks[name] = marks or self._marks.get(name, [])
        self._marks = {name: marks for name, marks in self._marks.items() if name not in left_out}

    def _declare(self) -> None:
        for name, text in self._texts.items():
            value = self.typed(text)
            if isinstance(value, (Form, Variable)) and value.name in (None, "?"):
                value.name = name
            self.declared[name] = value.default if isinstance(value, Parameter) else value

    def typed(self, text: str) -> Any:
        """What the text of a type means in the lowest class."""
        return eval(re.sub(r"\b(Base|Middle|Drawn)\.", "", text), {**self.space, **self.declared})

    def _fit(self, text: str, value: Any) -> Any:
        if text == "str":  # a part of a label, which is of no type
            return value
        if text not in self._kinds:
            self._kinds[text] = resolve(self.typed(text), {})
        return fitting(self._kinds[text], value)

    def given(self, name: str, arguments: tuple[Value, ...]) -> list[Any]:
        """The arguments of an action or process as Python objects."""
        texts = [None if node is None else ast.unparse(node) for node in self.parameters.get(name, [])]
        pairs = zip(texts, arguments, strict=True)
        return [value if text is None else self._fit(text, value) for text, value in pairs]

    def _field(self, owner: str, name: str, value: Any) -> Any:
        """A field's value where a record is made; `_replace` checks it by itself."""
        form = self.declared.get(owner)
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
        """Whether a property holds after a history, for all values of its parameters; None if it cannot be evaluated."""
        self.chooser.turning = False
        return self.judged(Run(self, history), name)

    def judged(self, run: Run, name: str) -> bool | None:
        """The same where a run has come to."""
        live = run.live
        texts = [ast.unparse(node) for node in self.parameters[name] if node is not None]
        try:
            for arguments in product(*(resolve(self.typed(text), {}).values() for text in texts)):
                if not getattr(live, name)(*self.given(name, arguments)):
                    return False
        except (*_EVALUATION, Misfit):
            return None
        return True

    def marked(self, kind: MarkKind) -> list[tuple[str, str | None]]:
        """The methods with such a mark, each with the text in its parentheses."""
        found = []
        for name, marks in self._marks.items():
            for mark in marks:
                call = mark if isinstance(mark, ast.Call) else None
                if ast.unparse(mark if call is None else call.func) == str(kind):
                    found.append((name, ast.unparse(call.args[0]) if call else None))
        return found

    def processes(self) -> list[tuple[str, tuple[Value, ...]]]:
        """All processes, by name and index."""
        return [(name, index) for name, indices in self._indices.items() for index in indices]


class Run:
    """The model after a history."""

    def __init__(self, oracle: Oracle, history: list[Step]) -> None:
        self.oracle = oracle
        self.processes: dict[tuple[str, tuple[Value, ...]], Any] = {}
        self.labels: dict[tuple[str, tuple[Value, ...]], str | None] = {}
        self.live = Live(oracle.model, oracle.declared, self)
        for name, index in oracle.processes():
            method = self.live._method(name)
            self.processes[name, index] = method(*index) if isgeneratorfunction(method) else method
        for step in history:
            oracle.chooser.script = list(step.choices)
            self.take(step.name, step.arguments)
            assert not oracle.chooser.script

    def take(self, name: str, arguments: tuple[Value, ...]) -> None:
        """Take a step."""
        if (name, arguments) not in self.processes:
            if name != "init" or hasattr(self.oracle.model, "init"):
                getattr(self.live, name)(*self.oracle.given(name, arguments))
            return
        generator = self.processes[name, arguments]
        if not isinstance(generator, Iterator):  # a process that never yields
            self.processes[name, arguments] = None
            self.live._method(name)(*arguments)
            return
        assert generator is not None
        self.labels[name, arguments] = next(generator, _ENDED)
        if self.labels[name, arguments] is _ENDED:
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
