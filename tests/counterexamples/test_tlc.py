"""Traces as TLC dumps them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from checker.contract.trace import Lasso
from checker.errors import UsageError
from counterexamples.itf import matching
from tests.support.foreign import DIE_HARD, FILES, compiled, run

TLC: Any = {
    "state": [[1, {"big": 0, "small": 0}], [2, {"big": 5, "small": 0}], [3, {"big": 2, "small": 3}]],
    "action": [
        [[1, {"big": 0, "small": 0}], {"name": "FillBig", "context": {}}, [2, {"big": 5, "small": 0}]],
        [[2, {"big": 5, "small": 0}], {"name": "BigToSmall", "context": {}}, [3, {"big": 2, "small": 3}]],
    ],
}


@pytest.mark.parametrize("data", [TLC, {"counterexample": TLC}, {"state": TLC["state"]}])
def test_what_tlc_dumps_is_read(data: Any) -> None:
    """In the shape of `tlc -dumpTrace json FILE`: pairs of a number and the variables, and the actions between them."""
    found = matching.load(compiled(FILES[DIE_HARD][0]), data)
    assert [step.name for step in found.trace.steps] == ["fill_big", "big_to_small"]
    assert found.notes == ()


def test_a_lasso_of_tlc_goes_round() -> None:
    """Its loop was left out."""
    back = [[2, {}], {"name": "EmptyBig"}, [1, {}]]
    found = matching.load(compiled(FILES[DIE_HARD][0]), {"state": TLC["state"][:2], "action": [TLC["action"][0], back]})
    assert [step.name for step in found.trace.steps] == ["fill_big", "empty_big"]
    assert found.trace.end == Lasso(0) and found.notes == ()
    with pytest.raises(UsageError, match=r"U005 f: state\[1\]: a state is a pair"):
        matching.load(compiled(FILES[DIE_HARD][0]), {"state": [[1, {"big": 0}], {"big": 5}]}, "f")


def test_a_record_of_tlc_is_an_array_over_numbers(tmp_path: Path) -> None:
    path = tmp_path / "arr.py"
    path.write_text(
        "from checker.lang import Array, Model, Range, Var, action\nclass Arr(Model):\n    I = Range(2)\n"
        "    a = Var(Array(I, Range(4)))\n    @action\n    def go(self, i: I):\n        self.a[i] = 3\n"
    )
    program = compiled(f"{path}:Arr")
    data = {"state": [[1, {"a": {"0": 0, "1": 0}}], [2, {"a": {"0": 0, "1": 3}}]]}
    assert matching.load(program, data).trace.states == (((0, 0),), ((0, 3),))


def test_what_tlc_dumps_is_shown_without_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps(TLC))
    status, out, _ = run(capsys, monkeypatch, f"show {path}")
    assert status == 0 and "  2  FillBig\n       big  0 -> 5\n" in out
