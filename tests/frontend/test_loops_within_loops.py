"""A `break` ends the loop it stands in, not the one around it: which locals have a value after it depends on that."""

from __future__ import annotations

import pytest

from tests.frontend.support import after, body, said

VARIABLES = "x = Var(Range(0, 9))\ny = Var(Range(0, 9))"


@pytest.mark.parametrize(
    "text",
    [
        "for i in range(2):\n    while True:\n        if self.y == 0:\n            break\n        v = 1\n"
        "        break\n    self.x = v",
        "while True:\n    while True:\n        if self.y == 0:\n            break\n        v = 1\n        break\n"
        "    self.x = v\n    break",
    ],
)
def test_a_local_that_a_break_of_the_inner_loop_passes_by_has_no_value_after_it(text: str) -> None:
    assert "E207 'v' may be used before it has a value" in said(body(text, VARIABLES))


def test_a_break_of_the_inner_loop_takes_no_value_from_what_follows_the_outer_one() -> None:
    text = (
        "while True:\n    for i in range(3):\n        if i == 1:\n            break\n    v = 4\n    break\nself.x = v"
    )
    assert after(body(text, VARIABLES)) == {(4, 0)}
