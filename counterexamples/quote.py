"""The text of an expression as its author wrote it, on one line; as the printer writes it where the file cannot say.

The IR keeps where an expression begins and not where it ends, and spells some of them out (`p in s` where p may be
None). So the file is parsed again, and the expression found that begins there and is of the same kind. Decides nothing.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Mapping
from functools import lru_cache

from checker.errors import Span
from checker.lang import ir
from checker.lang.ir import Expr
from checker.semantics.expressions import source

_KINDS: Mapping[type[Expr], tuple[type[ast.expr], ...]] = {
    ir.Local: (ast.Name,),
    ir.Variable: (ast.Attribute,),
    ir.Attribute: (ast.Attribute,),
    ir.Index: (ast.Subscript,),
    ir.Compare: (ast.Compare,),
    ir.IfElse: (ast.IfExp,),
    ir.Call: (ast.Call,),
    ir.Choose: (ast.Call,),
    ir.Binary: (ast.BinOp, ast.Call),
    ir.Unary: (ast.Call, ast.UnaryOp),
    ir.Comprehension: (ast.SetComp, ast.ListComp, ast.DictComp, ast.GeneratorExp),
}
_KEYWORDS = ("if", "elif", "while", "match", "case", "require", "assert")


def quote(expr: Expr) -> str:
    """The text of an expression in the model's own words."""
    node = _written(expr)
    return source(_bare(expr)) if node is None else _segment(expr.span.file, node)


def _segment(file: str, node: ast.expr) -> str:
    """What stands in the file, on one line; without the comments inside, if there are any."""
    text = ast.get_source_segment("".join(linecache.getlines(file)), node)
    return (
        ast.unparse(node)
        if text is None or "#" in text
        else " ".join(text.split()).replace("( ", "(").replace(" )", ")")
    )


def is_sugar(expr: Expr) -> bool:
    """Whether one comparison of the model stands behind several of the IR: its parts are nothing its author wrote."""
    return isinstance(expr, (ir.BoolOp, ir.Unary, ir.Comprehension)) and isinstance(_written(expr), ast.Compare)


def keyword(span: Span, otherwise: str) -> str:
    """The word with which the line of a condition begins: `elif`, `case`, ..."""
    first = linecache.getline(span.file, span.line).strip().partition(" ")[0].partition("(")[0]
    return first if first in _KEYWORDS else otherwise


def _bare(expr: Expr) -> Expr:
    while isinstance(expr, ir.Convert):
        expr = expr.operand
    return expr


def _written(expr: Expr) -> ast.expr | None:
    """The one expression of the file that this can be."""
    expr = _bare(expr)
    starting = _expressions(expr.span.file).get((expr.span.line, expr.span.column), ())
    if isinstance(expr, ir.BoolOp):
        whole = [node for node in starting if _same_connective(expr, node)]
        found = whole or [node for node in starting if _is_chain(node)]
    elif isinstance(expr, ir.Unary) and expr.op == "not":
        found = [node for node in starting if isinstance(node, ast.UnaryOp)] or [
            node for node in starting if _is_chain(node)
        ]
    elif isinstance(expr, ir.Comprehension):
        found = [node for node in starting if _is_comprehension(node)] or [node for node in starting if _is_chain(node)]
    else:
        found = [node for node in starting if isinstance(node, _KINDS.get(type(expr), ()))]
    if len(found) > 1:
        text = source(expr)
        found = [node for node in found if ast.unparse(node) == text][:1]
    return found[0] if found else None


def _same_connective(expr: ir.BoolOp, node: ast.expr) -> bool:
    kind = ast.Or if expr.op == "or" else ast.And
    return isinstance(node, ast.BoolOp) and isinstance(node.op, kind) and len(node.values) == len(expr.operands)


def _is_comprehension(node: ast.expr) -> bool:
    """A comprehension, or `all(...)` and its like; helpers of the model are called by `self.name(...)`."""
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    return called or isinstance(node, _KINDS[ir.Comprehension])


def _is_chain(node: ast.expr) -> bool:
    """A comparison that the front end may spell out."""
    return isinstance(node, ast.Compare)


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
