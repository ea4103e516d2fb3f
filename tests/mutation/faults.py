"""The small faults that can be put into a module of the checker. Applies and runs none.

Left alone, besides what `checker.mutation.faults` leaves alone: messages of errors, `assert_never`, `strict=True`,
which is an assertion as well, and what stands outside functions: limits and tables.
"""

from __future__ import annotations

import ast

from checker.mutation.faults import Fault, Finder, told_apart

_FREE_ORDER = {"and_", "or_", "min", "max", "isinstance", "issubclass", "getattr", "hasattr", "cast", "zip"}
"""Calls whose arguments are not exchanged: it changes nothing, or fails at once."""
_SILENT = {"assert_never", "cast", "TypeVar", "get_close_matches"}
"""Calls that are left alone as a whole."""


def faults_of(module: str, source: bytes) -> list[Fault]:
    """Every fault that can be put into a module."""
    finder = _Finder(module, source)
    finder.visit(ast.parse(source))
    return told_apart(finder.found)


def _says_bool(node: ast.FunctionDef) -> bool:
    return isinstance(node.returns, ast.Name) and node.returns.id == "bool"


class _Finder(Finder):
    """Walks a module; knows the functions around."""

    def __init__(self, module: str, source: bytes) -> None:
        super().__init__(module, source)
        self._functions: list[ast.FunctionDef] = []

    def splice(self, kind: str, start: int, end: int, text: str, line: int) -> None:
        if self._functions:
            super().splice(kind, start, end, text, line)

    def is_silent(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SILENT:
            return True
        return super().is_silent(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        around, self.name = self.name, f"{self.name}.{node.name}".lstrip(".")
        for statement in node.body:
            self.visit(statement)
        self.name = around

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        around = self.name
        if not self._functions:
            self.name = f"{self.name}.{node.name}".lstrip(".")
        self._functions.append(node)
        for statement in node.body:
            self.visit(statement)
        self._functions.pop()
        self.name = around

    def visit_Raise(self, node: ast.Raise) -> None:
        self.note("raise dropped", node, "pass")

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, (ast.Call, ast.Yield, ast.YieldFrom)) and not self.is_silent(node.value):
            self.note("statement dropped", node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if all(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
            self.note("assignment dropped", node, "pass")
        self.visit(node.value)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            self.note("return dropped", node, "pass")
            return
        if _says_bool(self._functions[-1]):
            written = node.value.value if isinstance(node.value, ast.Constant) else None
            for answer in (True, False):
                if written is not answer:
                    self.note("other result", node.value, str(answer))
        elif not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.note("other result", node.value, "None")
        if not isinstance(node.value, ast.Constant):
            self.visit(node.value)

    def visit_Match(self, node: ast.Match) -> None:
        self.visit(node.subject)
        for case in node.cases:
            if any(isinstance(each, ast.Expr) and self.is_silent(each.value) for each in case.body):
                continue
            last = case.guard or case.pattern
            start = self.place(case.pattern.end_lineno, case.pattern.end_col_offset)
            closed = self.source.find(b":", self.place(last.end_lineno, last.end_col_offset))
            self.splice("case dropped", start, closed, " if False", case.pattern.lineno)
            if case.guard is not None:
                self.force(case.guard, (True,))
                self.visit(case.guard)
            for statement in case.body:
                self.visit(statement)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg != "strict":
            self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if len(node.args) >= 2 and name not in _FREE_ORDER:
            first, second = node.args[:2]
            if not isinstance(first, ast.Starred) and not isinstance(second, ast.Starred):
                changed = ast.Call(node.func, [second, first, *node.args[2:]], node.keywords)
                self.note_changed("arguments exchanged", node, changed)
        super().visit_Call(node)
