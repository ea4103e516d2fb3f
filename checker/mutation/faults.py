"""Small faults in the text of a Python function: where, and what the line says before and after. Runs nothing.

A fault replaces one expression or statement and leaves every other byte as it is. What only shows (texts, f-strings)
and what only types read (annotations, `assert`) is left alone. Which statements can have faults, a subclass says.
"""

from __future__ import annotations

import ast
import hashlib
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

_COMPARISONS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
_OTHER = {"any": "all", "all": "any", "min": "max", "max": "min"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault. `module` names the text, `function` the outermost one around it; the bytes `start` to `end` are
    replaced by `text`. `before` and `after` are the lines concerned, without their white space; `number` tells equal
    ones apart."""

    module: str
    function: str
    line: int
    kind: str
    before: str
    after: str
    start: int
    end: int
    text: str
    number: int = 0

    @property
    def identity(self) -> tuple[str, str, str, str]:
        """What names a fault although the text changes elsewhere."""
        return self.module, self.function, self.before, self.after

    def put_into(self, source: bytes) -> bytes:
        """The text with the fault in it: on as many lines as before, where it was found to keep them."""
        return source[: self.start] + self.text.encode() + source[self.end :]


def told_apart(faults: Iterable[Fault]) -> list[Fault]:
    """The faults that make another text; equal ones numbered, the same one named once."""
    seen: Counter[tuple[str, str, str, str]] = Counter()
    found: dict[tuple[int, int, str], Fault] = {}
    for fault in faults:
        if fault.before == fault.after or (fault.start, fault.end, fault.text) in found:
            continue
        found[fault.start, fault.end, fault.text] = replace(fault, number=seen[fault.identity])
        seen[fault.identity] += 1
    return list(found.values())


def shuffled(faults: Sequence[tuple[Fault, float]], seed: int) -> list[Fault]:
    """Faults in a random order, heavy ones rather sooner. Each has its own lot, made of what it says, so that a change
    of the text elsewhere leaves the order as it is."""

    def lot(weighted: tuple[Fault, float]) -> float:
        fault, weight = weighted
        text = "\0".join([str(seed), *fault.identity, str(fault.number)])
        drawn = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
        return -math.log((drawn + 1) / (2**64 + 1)) / weight

    return [fault for fault, _ in sorted(faults, key=lot)]


def is_readable(source: bytes) -> bool:
    """Whether Python can read a text: not every fault leaves it so."""
    try:
        compile(source, "fault", "exec")
    except SyntaxError:
        return False
    return True


class Finder(ast.NodeVisitor):
    """Walks a function of a text and notes which faults its expressions and branches can have."""

    def __init__(self, module: str, source: bytes, name: str = "") -> None:
        self.module, self.source, self.name = module, source, name
        self.found: list[Fault] = []
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))

    def place(self, line: int | None, column: int | None) -> int:
        """The byte at a line and column of the syntax tree."""
        assert line is not None and column is not None
        return self._starts[line - 1] + column

    def note(self, kind: str, node: ast.expr | ast.stmt, text: str) -> None:
        """A fault: the node replaced by a text."""
        end = self.place(node.end_lineno, node.end_col_offset)
        self.splice(kind, self.place(node.lineno, node.col_offset), end, text, node.lineno)

    def note_changed(self, kind: str, node: ast.expr, changed: ast.expr) -> None:
        """A fault: the node replaced by another."""
        self.note(kind, node, f"({ast.unparse(ast.fix_missing_locations(changed))})")

    def splice(self, kind: str, start: int, end: int, text: str, line: int) -> None:
        """A fault: a part of the text replaced. Line numbers stay as they are below it."""
        first = self.source.rfind(b"\n", 0, start) + 1
        last = self.source.find(b"\n", end)
        last = len(self.source) if last < 0 else last
        before = " ".join(self.source[first:last].decode().split())
        after = " ".join((self.source[first:start] + text.encode() + self.source[end:last]).decode().split())
        missing = "\n" * self.source.count(b"\n", start, end)
        text = f"{text[:-1]}{missing})" if text.endswith(")") else text + missing
        self.found.append(Fault(self.module, self.name, line, kind, before, after, start, end, text))

    def force(self, test: ast.expr, answers: tuple[bool, ...]) -> None:
        """Faults: a condition that is always the same."""
        for answer in answers:
            self.note("branch forced", test, str(answer))

    def is_silent(self, node: ast.AST) -> bool:
        """Whether nothing inside is changed: it is text, or is for type checkers."""
        return isinstance(node, (ast.JoinedStr, ast.Assert, ast.Import, ast.ImportFrom))

    def visit(self, node: ast.AST) -> None:
        """Note the faults inside, if there may be any."""
        if not self.is_silent(node):
            super().visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        """Not the annotation."""
        if node.value is not None:
            self.visit(node.value)

    def visit_Continue(self, node: ast.Continue) -> None:
        """A statement less."""
        self.note("continue dropped", node, "pass")

    def visit_Break(self, node: ast.Break) -> None:
        """A statement less."""
        self.note("break dropped", node, "pass")

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        """A statement less, or another operator."""
        self.note("assignment dropped", node, "pass")
        self.visit(node.value)

    def visit_If(self, node: ast.If) -> None:
        """A branch never or always taken."""
        self.force(node.test, (True, False))
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        """A branch never or always taken."""
        self.force(node.test, (True, False))
        self.generic_visit(node)

    def visit_While(self, node: ast.While) -> None:
        """A loop never entered."""
        if not isinstance(node.test, ast.Constant):
            self.force(node.test, (False,))
            self.visit(node.test)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        """A filter that lets all through."""
        for test in node.ifs:
            self.force(test, (True,))
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        """Its opposite, or a boundary by one."""
        for place, operator in enumerate(node.ops):
            operators = [*node.ops]
            operators[place] = _COMPARISONS[type(operator)]()
            self.note_changed("comparison", node, ast.Compare(node.left, operators, node.comparators))
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        """And for or, or a condition less."""
        other = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        self.note_changed("and/or", node, ast.BoolOp(other, node.values))
        for place in range(len(node.values)):
            left = node.values[:place] + node.values[place + 1 :]
            self.note_changed("condition dropped", node, left[0] if len(left) == 1 else ast.BoolOp(node.op, left))
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        """Without `not`, without the sign."""
        if isinstance(node.op, ast.Not):
            self.note_changed("not dropped", node, node.operand)
        elif isinstance(node.op, ast.USub) and not isinstance(node.operand, ast.Constant):
            self.note_changed("sign dropped", node, node.operand)
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        """Another operator."""
        if type(node.op) in _OPERATORS and not any(_is_text(each) for each in (node.left, node.right)):
            self.note_changed("operator", node, ast.BinOp(node.left, _OPERATORS[type(node.op)](), node.right))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        """More or less by one; true for false."""
        if isinstance(node.value, bool):
            self.note("constant", node, str(not node.value))
        elif isinstance(node.value, int):
            for value in (node.value + 1, node.value - 1) if node.value else (1,):
                self.note("constant", node, str(value))

    def visit_Call(self, node: ast.Call) -> None:
        """`all` for `any`, `max` for `min`."""
        if isinstance(node.func, ast.Name) and node.func.id in _OTHER:
            self.note("other function", node.func, _OTHER[node.func.id])
        self.generic_visit(node)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))
