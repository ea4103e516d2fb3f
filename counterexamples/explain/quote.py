"""The text of an expression as its author wrote it, on one line; as the printer writes it where the file cannot say.

The IR keeps where an expression begins and not where it ends, and spells some of them out (`p in s` where p may be
None). So the file is parsed again, and the expression found that begins there and is of the same kind. Decides nothing.
"""

from __future__ import annotations

import ast
import linecache
import re
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeGuard

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import BEFORE, Expr
from checker.semantics.expressions import source

_COMPARED: Mapping[str, tuple[type[ast.cmpop], ...]] = {
    "==": (ast.Eq, ast.Is),
    "!=": (ast.NotEq, ast.IsNot),
    "<": (ast.Lt, ast.Gt),
    "<=": (ast.LtE, ast.GtE),
    "in": (ast.In,),
}
_COMBINED: Mapping[str, type[ast.operator]] = {
    "+": ast.Add,
    "-": ast.Sub,
    "*": ast.Mult,
    "//": ast.FloorDiv,
    "%": ast.Mod,
    "&": ast.BitAnd,
    "|": ast.BitOr,
    "^": ast.BitXor,
    "<<": ast.LShift,
    ">>": ast.RShift,
}
_COMPREHENSIONS = (ast.SetComp, ast.ListComp, ast.DictComp, ast.GeneratorExp)
_KEYWORDS = ("if", "elif", "while", "match", "case", "require", "assert")


def quote(expr: Expr) -> str:
    """The text of an expression in the model's own words."""
    node = _written(expr)
    if node is None:
        return source(_bare(expr))
    if isinstance(node, ast.Call) and _asks_where(node) and len(node.args) > 1 and isinstance(expr, ir.Compare):
        return _one_point(expr, node)
    return _segment(expr.span.file, node)


def _one_point(expr: ir.Compare, node: ast.Call) -> str:
    """The test for one of the points that a call of `at` asks for."""
    assert isinstance(node.func, ast.Attribute) and isinstance(expr.right, ir.Const)
    name = str(expr.right.value).rpartition("#")[0] or str(expr.right.value)
    return f'{_segment(expr.span.file, node.func.value)}.at("{name}")'


def _segment(file: str, node: ast.expr) -> str:
    """What stands in the file, on one line; without the comments inside, if there are any."""
    text = _text(linecache.getlines(file), node)
    if not text or "#" in text:
        return ast.unparse(node)
    return " ".join(text.split()).replace("( ", "(").replace(" )", ")")


def _text(lines: list[str], node: ast.expr) -> str:
    """What stands between a node's beginning and its end, which are counted in bytes; nothing if the lines end before.
    `ast.get_source_segment` would go through the whole file each time."""
    if node.end_lineno is None or node.end_lineno > len(lines):
        return ""
    part = [line.encode() for line in lines[node.lineno - 1 : node.end_lineno]]
    part[-1] = part[-1][: node.end_col_offset]
    part[0] = part[0][node.col_offset :]
    return b"".join(part).decode(errors="replace")


def code_of(function: ir.Function) -> list[str]:
    """The lines of a function below its docstring, without the indentation that all have; none where its file cannot
    be read any more, or says something else."""
    if not function.body:
        return []
    span = function.body[0].span
    for node in _functions("".join(linecache.getlines(span.file))):
        body = node.body[1:] if ast.get_docstring(node) is not None else node.body
        if body and body[0].lineno == span.line:
            lines = linecache.getlines(span.file)[span.line - 1 : body[-1].end_lineno]
            return textwrap.dedent("".join(lines)).splitlines()
    return []


def is_sugar(expr: Expr) -> bool:
    """Whether one comparison of the model stands behind several of the IR: its parts are nothing its author wrote."""
    node = _written(expr)
    return isinstance(expr, (ir.BoolOp, ir.Unary, ir.Comprehension)) and (
        isinstance(node, ast.Compare) or (node is not None and _asks_where(node))
    )


def keyword(span: Span, otherwise: str) -> str:
    """The word with which the line of a condition begins: `elif`, `case`, ..."""
    first = linecache.getline(span.file, span.line).strip().partition(" ")[0].partition("(")[0]
    return first if first in _KEYWORDS else otherwise


def _bare(expr: Expr) -> Expr:
    while isinstance(expr, ir.Convert):
        expr = expr.operand
    return expr


def _written(expr: Expr) -> ast.expr | None:
    """The one expression of the file that this can be: of those that begin where it does, one that means the same."""
    expr = _bare(expr)
    starting = _expressions(expr.span.file).get((expr.span.line, expr.span.column), ())
    found = [node for node in starting if _is(expr, node)] or [node for node in starting if _comes_to(expr, node)]
    if len(found) > 1:
        text = source(expr)
        found = [node for node in found if ast.unparse(node) == text][:1]
    return found[0] if found else None


def _is(expr: Expr, node: ast.expr) -> bool:
    """Whether a node says what an expression does, in the same form: others may begin at the same place."""
    match expr:
        case ir.Local():
            return isinstance(node, ast.Name)
        case ir.Variable() | ir.Index() if _seen_of_process(expr):
            return _sees(_seen_of_process(expr), node)
        case ir.Variable(name=name) | ir.Attribute(name=name):
            return isinstance(node, ast.Attribute) and node.attr == name.removeprefix(BEFORE)
        case ir.Index():
            return isinstance(node, ast.Subscript)
        case ir.Compare(op=op):
            return isinstance(node, ast.Compare) and len(node.ops) == 1 and isinstance(node.ops[0], _COMPARED[op])
        case ir.BoolOp():
            return _same_connective(expr, node)
        case ir.IfElse():
            return isinstance(node, ast.IfExp)
        case ir.Call(function=function):
            return isinstance(node, ast.Call) and _called(node) in re.findall(r"\w+", function)
        case ir.Choose():
            return isinstance(node, ast.Call) and _called(node) != "len"
        case ir.Binary(op=op):
            combines = isinstance(node, ast.BinOp) and op in _COMBINED and isinstance(node.op, _COMBINED[op])
            return combines or _built_in(node, op)
        case ir.Unary(op="not" | "-" as op):
            return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not if op == "not" else ast.USub)
        case ir.Unary(op=op):
            return _built_in(node, op)
        case ir.Comprehension():
            return _is_comprehension(node)
    return False


def _comes_to(expr: Expr, node: ast.expr) -> bool:
    """Whether a node says what an expression does, which the front end has put otherwise."""
    match expr:
        case ir.Compare(op="!=") if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            equal = isinstance(node.operand, ast.Compare) and len(node.operand.ops) == 1
            return equal or _asks_where(node.operand)
        case ir.Compare(op="==", left=left) if _seen_of_process(left) == "point":
            return _asks_where(node)
        case ir.BoolOp(operands=operands) if all(_is_standing(each) for each in operands):
            return _asks_where(node)
        case ir.BoolOp(operands=operands):
            return _is_chain(node) and (len(node.ops) > 1 or all(each.span == expr.span for each in operands))
        case ir.Comprehension():
            return _is_chain(node)
        case ir.Unary(op="not", operand=ir.Compare()):
            return _is_chain(node)
    return False


def _seen_of_process(expr: Expr) -> str:
    """The name of what a property sees of a process: `point` or a local; empty for all that is no such thing."""
    base = expr.base if isinstance(expr, ir.Index) else expr
    return base.name.rpartition(".")[2] if isinstance(base, ir.Variable) and "." in base.name else ""


def _sees(name: str, node: ast.expr) -> bool:
    """Whether a node is that local of a process; of where a process stands, the process itself."""
    if name != "point":
        return isinstance(node, ast.Attribute) and node.attr == name.partition("'")[0]
    if isinstance(node, ast.Subscript):
        return isinstance(node.value, ast.Attribute) and isinstance(node.value.value, ast.Name)
    return False


def _is_standing(expr: Expr) -> bool:
    return isinstance(expr, ir.Compare) and _seen_of_process(expr.left) == "point"


def _asks_where(node: ast.expr) -> bool:
    """`self.thread[t].at("read")`, `self.thread[t].finished`."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Attribute) and node.func.attr == "at"
    return isinstance(node, ast.Attribute) and node.attr == "finished"


def _called(node: ast.Call) -> str:
    """The name of what is called."""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _built_in(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name


def _same_connective(expr: ir.BoolOp, node: ast.expr) -> bool:
    kind = ast.Or if expr.op == "or" else ast.And
    return isinstance(node, ast.BoolOp) and isinstance(node.op, kind)


def _is_comprehension(node: ast.expr) -> bool:
    """A comprehension, or `all(...)` and its like; helpers of the model are called by `self.name(...)`."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return called or isinstance(node, _COMPREHENSIONS)


def _is_chain(node: ast.expr) -> TypeGuard[ast.Compare]:
    """A comparison that the front end may spell out."""
    return isinstance(node, ast.Compare)


@lru_cache(maxsize=64)
def _functions(text: str) -> tuple[ast.FunctionDef, ...]:
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return ()
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@lru_cache(maxsize=64)
def _parsed(text: str) -> Mapping[tuple[int, int], tuple[ast.expr, ...]]:
    """The expressions of a file by line and column of their beginning. A `not` stands where its operand begins, as in
    the IR."""
    found: dict[tuple[int, int], tuple[ast.expr, ...]] = {}
    try:
        tree = ast.parse(text)
    except SyntaxError:  # the file has changed since the model was read: the printer's text will do
        return found
    for node in ast.walk(tree):
        if isinstance(node, ast.expr):
            is_not = isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
            place = node.operand if is_not and isinstance(node, ast.UnaryOp) else node
            key = (place.lineno, place.col_offset + 1)
            found[key] = (*found.get(key, ()), node)
    return found


def _expressions(file: str) -> Mapping[tuple[int, int], tuple[ast.expr, ...]]:
    return _parsed("".join(linecache.getlines(file)))


def goes_over_items(expr: ir.Comprehension) -> bool:
    """Whether it is written without a generator: `all(self.finished)`."""
    node = _written(expr)
    inside = node.args if isinstance(node, ast.Call) else []
    return len(inside) == 1 and not isinstance(inside[0], ast.GeneratorExp)
