"""A valid model in which something was changed: the front end compiles it or says what is wrong, never a traceback.

Where `test_garbage` writes what nobody would, this is where a hand slips: a statement lost or doubled, an expression
or a name of another place or model, another decorator.
"""

from __future__ import annotations

import ast
import copy
import random
import warnings
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spec
from checker.codes import CODES
from checker.errors import ModelError, UsageError
from checker.frontend.broken import broken
from checker.frontend.compile import compile_program
from checker.ir import nodes as ir
from tests.frontend.support import model, problems, run_some
from tests.support.messages import CASES, COMPILED

CLASSICS = Path(spec.__file__).parent / "classics"
SMALL = 10_000  # values of a type: more of them are compiled and not run
SOURCES = [
    *(CODES[code].good for code in COMPILED),
    *(case.mended for case in CASES if case.file == "models.txt" and case.mended),
    *(text for path in sorted(CLASSICS.glob("*.py")) if "Model)" in (text := path.read_text())),
]
TREES = [ast.parse(source) for source in SOURCES]
EXPRESSIONS = [node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.expr)]
EXPRESSIONS = [
    node for node in EXPRESSIONS if not isinstance(node, (ast.Starred, ast.Slice, ast.JoinedStr, ast.FormattedValue))
]
STATEMENTS = [node for tree in TREES for node in ast.walk(tree) if isinstance(node, ast.stmt)]
NAMES = sorted({node.id for node in EXPRESSIONS if isinstance(node, ast.Name)})
ATTRIBUTES = sorted({node.attr for node in EXPRESSIONS if isinstance(node, ast.Attribute)})
MARKS = ["action", "always", "sometimes", "final", "lemma", "process", "eventually", "leads_to", "always_eventually"]
MARKS += ["eventually_always", "rank", "property", "staticmethod", "classmethod"]


def _places(tree: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """Where an expression stands that may be another: its parent, the field, the place in a list."""
    found: list[tuple[ast.AST, str, int | None]] = []
    for parent in (node for node in ast.walk(tree) if not isinstance(node, (ast.JoinedStr, ast.FormattedValue))):
        for field, value in ast.iter_fields(parent):
            if isinstance(value, ast.expr) and isinstance(getattr(value, "ctx", ast.Load()), ast.Load):
                found.append((parent, field, None))
            elif isinstance(value, list):
                found += [(parent, field, at) for at, each in enumerate(value) if isinstance(each, ast.expr)]
    return found


def _expression(tree: ast.AST, draw: random.Random) -> None:
    places = _places(tree)
    if not places:
        return
    parent, field, at = draw.choice(places)
    new = copy.deepcopy(draw.choice(EXPRESSIONS))
    if at is None:
        setattr(parent, field, new)
    else:
        getattr(parent, field)[at] = new


def _bodies(tree: ast.AST) -> list[list[ast.stmt]]:
    return [
        body
        for node in ast.walk(tree)
        for field in ("body", "orelse")
        if isinstance(body := getattr(node, field, None), list) and body
    ]


def _lost(tree: ast.AST, draw: random.Random) -> None:
    body = draw.choice(_bodies(tree) or [[ast.Pass()]])
    body.pop(draw.randrange(len(body)))
    if not body:
        body.append(ast.Pass())


def _more(tree: ast.AST, draw: random.Random) -> None:
    body = draw.choice(_bodies(tree) or [[ast.Pass()]])
    body.insert(draw.randrange(len(body) + 1), copy.deepcopy(draw.choice([*STATEMENTS, *body])))


def _name(tree: ast.AST, draw: random.Random) -> None:
    nodes = [node for node in ast.walk(tree) if isinstance(node, (ast.Name, ast.Attribute, ast.arg))]
    match draw.choice(nodes or [None]):
        case ast.Name() as node:
            node.id = draw.choice(NAMES)
        case ast.Attribute() as node:
            node.attr = draw.choice(ATTRIBUTES)
        case ast.arg() as node:
            node.arg = draw.choice([*NAMES, "self"])


def _mark(tree: ast.AST, draw: random.Random) -> None:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    if functions:
        draw.choice(functions).decorator_list = [ast.Name(draw.choice(MARKS)) for _ in range(draw.randrange(3))]


def _constant(tree: ast.AST, draw: random.Random) -> None:
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)}
    constants = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in inside]
    if constants:
        draw.choice(constants).value = draw.choice([0, 1, -1, 7, 10**30, 1.5, "", "start", None, True, b"x"])


DAMAGE: list[Callable[[ast.AST, random.Random], None]] = [
    _expression,
    _expression,
    _lost,
    _more,
    _name,
    _mark,
    _constant,
]


def damaged(seed: int) -> str:
    """A model with up to three changes."""
    draw = random.Random(seed)
    tree = copy.deepcopy(draw.choice(TREES))
    for _ in range(draw.randint(1, 3)):
        draw.choice(DAMAGE)(tree, draw)
    return ast.unparse(ast.fix_missing_locations(tree))


@given(st.integers(0, 1 << 40))
@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_model_never_ends_in_a_traceback(seed: int) -> None:
    source = damaged(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(source, "model", "exec")
        except (SyntaxError, ValueError):
            return
        try:
            made = model(source)
        except IndexError:
            return  # no model is left
        except Exception as error:
            said = broken("model", error)
            assert not isinstance(said, ModelError) or all(each.problem and each.remedy for each in said.problems)
            return
        try:
            compiled = compile_program(made())
        except UsageError as error:
            assert error.problem.code == "U004"  # a default outside its type
            return
        except ModelError as error:
            assert all(each.problem and each.remedy and each.code for each in error.problems)
            return
    if _is_small(compiled):
        run_some(compiled)


def _is_small(program: ir.Program) -> bool:
    kinds = [declared.type for declared in program.variables]
    kinds += [parameter.type for action in program.actions for parameter in action.parameters]
    return all(kind.size <= SMALL for kind in kinds)


def test_a_process_with_a_parameter_that_nothing_is_given_to_is_refused_and_no_more() -> None:
    text = "class M(Model):\n    a = Var(Array(Range(3), Bool))\n    @process\n    def p(self, m: Range(3)):\n"
    found = problems(text + "        require(self.a[m])\n        yield\n        self.a[m] = False\n")
    assert [(each.code, each.problem) for each in found] == [("E206", "process 'p' takes m")]


def test_a_record_of_what_is_no_type_is_refused_where_its_field_is_declared() -> None:
    text = "class M(Model):\n    R = Record(f=Range(0.5))\n    x = Var(Bool)\n    @action\n    def a(self):\n"
    assert {each.code for each in problems(text + "        v = self.R(f=1)\n")} == {"E311"}


def test_an_attribute_of_the_class_that_fails_is_no_attribute() -> None:
    text = "class Failing:\n    def __get__(self, instance, owner):\n        raise ValueError\n"
    text += "class M(Model):\n    odd = Failing()\n    x = Var(Bool)\n    @action\n    def a(self, k: Bool):\n"
    assert problems(text + "        self.x = k\n") == []
    assert [each.code for each in problems(text + "        self.x = self.odd\n")] == ["E212"]
