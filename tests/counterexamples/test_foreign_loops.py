"""Loops of other tools: read, closed in what the file does not give, and judged as ours are."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from checker.contract.lasso import standings
from checker.contract.trace import Lasso
from checker.errors import UsageError
from counterexamples.itf import matching, traces
from tests.frontend.support import program as program_of
from tests.support.foreign import COMPARE, DIE_HARD, FILES, compiled, run


def jugs(*states: tuple[int, int], **more: Any) -> Any:
    """A file of DieHard's variables."""
    return {"states": [{"big": big, "small": small} for big, small in states], **more}


def held(*states: int | None, **more: Any) -> Any:
    """A file that gives of the model TestAndSet who holds the lock, and of no thread where it stands."""
    return {"vars": ["held"], "states": [{"held": "NONE" if each is None else each} for each in states], **more}


def marked(data: Any, *within: Any) -> Any:
    """The same as Apalache writes it: not with `loop`, but with a variable that is true within the loop."""
    for state, each in zip(data["states"], within, strict=True):
        state["__InLoop"] = each
    return data


@pytest.mark.parametrize(("data", "back_to"), [
    (jugs((0, 0), (5, 0), loop=0), 0),
    (jugs((0, 0), (5, 0), (0, 0), loop=0), 0),
    (jugs((0, 0), (0, 3), (5, 3), (0, 3), loop=1), 1),
    (jugs((0, 0), (0, 3), (5, 3), loop=1), 1),
    (marked(jugs((0, 0), (0, 3), (5, 3), (0, 3)), False, False, True, True), 1),
])  # fmt: skip
def test_a_loop_is_read_whether_or_not_the_file_says_its_first_state_once_more(data: Any, back_to: int) -> None:
    """It was left out, as if the file were of states alone."""
    found = matching.load(compiled(FILES[DIE_HARD][0]), data)
    assert found.trace.end == Lasso(back_to) and found.notes == ()
    assert found.trace.states[-1] == found.trace.states[back_to] and len(found.trace) == back_to + 3


@pytest.mark.parametrize("data", [
    jugs((0, 0), (5, 0), loop=1), marked(jugs((0, 0), (5, 0), (5, 0)), False, False, True)
])  # fmt: skip
def test_a_loop_of_one_state_rests_there(data: Any) -> None:
    trace = matching.load(compiled(FILES[DIE_HARD][0]), data).trace
    assert trace.end == Lasso(1) and set(trace.states[1:]) == {(0, 5)}


def test_a_loop_closes_in_what_the_file_does_not_give_and_owes_nothing() -> None:
    """After one round the other thread may stand where it stood, and be owed its step."""
    program = compiled("spec.classics.locks:TestAndSet")
    found = matching.load(program, held(None, 0, None, loop=0))
    end = found.trace.end
    assert isinstance(end, Lasso) and end.back_to > 0
    assert found.trace.states[-1] == found.trace.states[end.back_to]
    assert not any(each.is_owed for each in standings(program, found.trace, end))
    assert found.notes == ("Before states[1] a step is put in, which the file's variables do not show.",)


ONCE = """
class Once(Model):
    x = Var(Range(2))
    turns = Var(Range(4))

    @action
    def goes(self):
        self.x = 1

    @action
    def comes(self):
        require(self.turns < 3)
        self.x = 0
        self.turns += 1
"""

BROKEN: list[tuple[Any, str]] = [
    (jugs((0, 0), (5, 0), loop=2), "U005 f: loop: 2 is no index of a state\n    There are 2 states, from 0."),
    (jugs((0, 0), (5, 0), loop=-1), "U005 f: loop: -1 is no index of a state\n    There are 2 states, from 0."),
    (jugs((0, 0), (5, 0), loop=True), "U005 f: loop: true is no index of a state\n    There are 2 states, from 0."),
    (jugs((0, 0), (5, 0), (2, 3), loop=0),
     "U020 f: loop: no step of the model leads back to where the loop begins from states[2]; the nearest, empty_small, "
     f"gives big = 2, not 0\n    {COMPARE}"),
    (marked(jugs((0, 0), (5, 0), (2, 3)), False, True, True),
     "U020 f: loop: no step of the model leads back to where the loop begins from states[2]; the nearest, empty_small, "
     f"gives big = 2, not 0\n    {COMPARE}"),
    (marked(jugs((0, 0), (5, 0), (0, 0)), False, True, False),
     "U005 f: states[2].__InLoop: the loop has ended, and a loop goes on for ever\n"
     "    In and after its first state it is true."),
    (marked(jugs((0, 0), (5, 0)), False, 1),
     "U005 f: states[1].__InLoop: 1 is not a Bool\n    Write it like true."),
]  # fmt: skip


@pytest.mark.parametrize(("data", "said"), BROKEN, ids=[each[1].partition("\n")[0] for each in BROKEN])
def test_a_loop_that_is_none_is_refused_with_its_place(data: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        matching.load(compiled(FILES[DIE_HARD][0]), data, "f")
    assert str(caught.value) == said


def test_a_loop_that_the_file_closes_and_the_model_does_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as caught:
        matching.load(program_of(ONCE), {"vars": ["x"], "states": [{"x": 0}, {"x": 1}], "loop": 0}, "f")
    assert str(caught.value).startswith("U020 f: loop: no step of the model leads back to where the loop begins from ")
    monkeypatch.setattr(matching, "_ROUNDS", 2)
    with pytest.raises(UsageError) as caught:
        matching.load(program_of(ONCE), {"vars": ["x"], "states": [{"x": 0}, {"x": 1}], "loop": 0}, "f")
    assert str(caught.value) == (
        "U020 f: loop: the model does not come back to states[0] in 2 rounds; it has turns = 2, not 0\n"
        "    In the model this does not go round: compare what changes it, or let the file give more variables."
    )


STARVES = "--model spec.classics.locks:TestAndSet"


def test_a_loop_of_another_tool_is_judged_as_one_of_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Not even the model's own property was seen in it."""
    path = tmp_path / "theirs.itf.json"
    path.write_text(json.dumps(held(None, 0, None, loop=0)))
    status, out, _ = run(capsys, monkeypatch, f"replay {path} {STARVES}")
    assert status == 0 and re.fullmatch(r"replayed: \d+ states, violates who_waits_comes_in\n", out)
    strong = f"{path} --model spec.classics.locks:TestAndSetStrong"
    status, out, error = run(capsys, monkeypatch, f"replay {strong}")
    assert status == 0 and out.endswith("TestAndSetStrong, shows no property\n")
    assert "it does not violate who_waits_comes_in: " in error
    assert "is possible again and again and never taken" in error
    assert run(capsys, monkeypatch, f"replay {strong} --property who_waits_comes_in")[0] == 1
    ours = tmp_path / "ours.itf.json"
    run(capsys, monkeypatch, f"show {path} {STARVES} --itf --out {ours}")
    assert isinstance(traces.read(ours)["loop"], int)
    assert run(capsys, monkeypatch, f"replay {ours}")[1].endswith("violates who_waits_comes_in\n")
