"""A class body is taken as the run has it: parameters by their value, types as the subclass declares them."""

from __future__ import annotations

import pytest

from checker.errors import ModelError
from checker.lang.types import SymType
from tests.lang.support import model, problems, program, reachable

ALIKE = """
class M(Model):
    alike = Param(False)
    Node = Range(3, symmetric=alike)
    up = Var(Array(Node, Bool))

    @action
    def flip(self, n: Node):
        self.up[n] = not self.up[n]
"""


def _count(source: str, **parameters: object) -> int:
    """The states of a model, as the interpreter counts them: symmetric ones are not merged."""
    return len(reachable(program(source, **parameters)))


def test_symmetric_is_what_the_parameter_says() -> None:
    def symmetric(**parameters: bool) -> bool:
        kind = program(ALIKE, **parameters).variables[0].type
        return isinstance(kind.index, SymType)  # type: ignore[attr-defined]

    assert not symmetric() and not symmetric(alike=False)
    assert symmetric(alike=True)
    assert _count(ALIKE) == 8


def test_symmetric_is_true_or_false() -> None:
    for value in ("1", "None", "'yes'", "Param(2)"):
        (problem, *_) = problems(ALIKE.replace("symmetric=alike", f"symmetric={value}"))
        assert problem.code == "E311", value


@pytest.mark.parametrize(
    "line",
    [
        "n = 3 if p else 4",
        "n = p and 3",
        "n = not p",
        "n = [1, 2][p]",
        "T = Range(4) if p > 1 else Range(3)",
        "T = Range(max(p, 3))",
        "T = Range(*range(p))",
        "n = p + 1 if p + 1 else 0",
    ],
)
def test_a_parameter_is_not_decided_while_the_class_is_read(line: str) -> None:
    with pytest.raises(ModelError) as raised:
        model(f"class M(Model):\n    p = Param(2)\n    {line}\n    x = Var(Bool)\n")
    (problem,) = raised.value.problems
    assert problem.code == "E311" and problem.span is not None and problem.span.line == 3
    assert problem.remedy.startswith("Ask in a method")
