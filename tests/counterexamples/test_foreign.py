"""Traces of other tools: found in the model where they fit, and refused with the place and the nearest where not.

The files in `data/itf` are written by hand in the shapes of Quint and Apalache, for models of `spec.classics`.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker import cli
from checker.contract.lasso import standings
from checker.contract.trace import Lasso
from checker.errors import UsageError
from checker.semantics import Interpreter
from counterexamples.itf import matching, traces
from tests.counterexamples.test_itf import CROSSING, DATA, DIE_HARD, PETERSON, assert_itf, compiled
from tests.frontend.support import program as program_of
from tests.support.pages import agree
from tests.support.pages import run as run_in

FILES = {
    DIE_HARD: ("spec.classics.diehard:DieHard", "big_is_not_4"),
    CROSSING: ("spec.classics.missionaries:Crossing", "everyone_has_crossed"),
    PETERSON: ("spec.classics.peterson:PetersonGivesWayFirst", "mutual_exclusion"),
}


def loaded(path: Path, change: Callable[[Any], None] = lambda _: None) -> matching.Foreign:
    """A file, perhaps with a change, as a trace of its model."""
    data = copy.deepcopy(traces.read(path))
    change(data)
    return matching.load(compiled(FILES[path][0]), data, "f")


def test_steps_are_found_between_the_states_of_quint() -> None:
    found = loaded(DIE_HARD)
    names = [step.name for step in found.trace.steps]
    assert names == ["fill_big", "big_to_small", "empty_small", "big_to_small", "fill_big", "big_to_small"]
    assert found.notes == ()


def test_arguments_are_found_between_the_states_of_apalache() -> None:
    found = loaded(CROSSING)
    assert len(found.trace) == 12
    assert [step.arguments for step in found.trace.steps][:3] == [(0, 2), (0, 1), (0, 2)]
    assert found.notes == ()


def test_variables_that_the_file_lacks_are_found_and_so_are_steps_that_change_no_other() -> None:
    found = loaded(PETERSON)
    assert len(found.trace) == 8
    assert found.trace.states[-1][3] == ("inside", "inside")
    assert found.notes == ("Before states[6] a step is put in, which the file's variables do not show.",)


def test_a_step_that_the_file_names_is_taken_before_others() -> None:
    data: Any = {"states": [{"big": 0, "small": 0}, {"big": 0, "small": 0, "mbt::actionTaken": "game::bigToSmall"}]}
    found = matching.load(compiled("spec.classics.diehard:DieHard"), data)
    assert [step.name for step in found.trace.steps] == ["big_to_small"]
    data["states"][1]["mbt::actionTaken"] = "step"  # no step of the model: no hint
    found = matching.load(compiled("spec.classics.diehard:DieHard"), data)
    assert ([step.name for step in found.trace.steps], found.notes) == (["empty_small"], ())


def test_another_step_than_the_file_names_is_said() -> None:
    def change(data: Any) -> None:
        data["states"][1]["mbt::actionTaken"] = "emptySmall"

    found = loaded(DIE_HARD, change)
    assert [step.name for step in found.trace.steps][:1] == ["fill_big"]
    assert found.notes == ("states[1] names empty_small, which does not lead there; fill_big does.",)


def test_a_repeated_state_that_the_model_cannot_repeat_is_left_out() -> None:
    found = loaded(CROSSING, lambda data: data["states"].insert(4, copy.deepcopy(data["states"][3])))
    assert found.trace == loaded(CROSSING).trace
    expected = "states[4] repeats the state before it, and is left out: no step of the model does that."
    assert found.notes == (expected,)


def each_state(data: Any, more: Callable[[Any], Any]) -> None:
    """Put something into every state."""
    for state in data["states"]:
        state.update(more(state))


def renamed(data: Any, name: str) -> None:
    """Give the variable `big` another name."""
    each_state(data, lambda state: {name: state.pop("big")})
    data["vars"] = [name, "small"]


def people(east: int, west: int) -> Any:
    """How many are on each bank, as a record."""
    return {"EAST": east, "west": west}


HARMLESS: list[tuple[str, Callable[[Any], Any]]] = [
    ("no #meta", lambda data: data.pop("#meta")),
    ("other things in #meta", lambda data: data["#meta"].update(x=[None, 1.5])),
    ("no vars", lambda data: data.pop("vars")),
    ("no #meta in a state", lambda data: data["states"][2].pop("#meta")),
    ("other things in the #meta of a state", lambda data: data["states"][2]["#meta"].update(diagnostics="[]", no=1)),
    ("variables in another order", lambda data: data["vars"].reverse()),
    ("parameters", lambda data: (data.update(params=["target", "jugs"]), data["states"][0].update(target=4, jugs=2))),
    ("names with the modules of Quint", lambda data: renamed(data, "game::big")),
    ("names in other spelling", lambda data: renamed(data, "Big")),
    ("what Quint adds", lambda data: each_state(data, lambda _: {"__saved": {"#unserializable": "x"}})),
    ("what an older Quint added", lambda data: each_state(data, lambda _: {"action_taken": "q", "nondet_picks": {}})),
    ("plain numbers", lambda data: each_state(data, lambda state: {"big": int(state["big"]["#bigint"])})),
]  # fmt: skip


@pytest.mark.parametrize("change", [each[1] for each in HARMLESS], ids=[each[0] for each in HARMLESS])
def test_what_makes_no_difference(change: Callable[[Any], Any]) -> None:
    assert loaded(DIE_HARD, change) == loaded(DIE_HARD)


ITF = "ITF is described at https://apalache-mc.org/docs/adr/015adr-trace.html."
COMPARE = "The file's tool and the model differ here, or have other parameters: compare this step, or use --set."
WRONG: list[tuple[Path, Callable[[Any], Any], str]] = [
    (DIE_HARD, lambda data: data.pop("states"),
     f"U005 f: states: a trace has a list of states; there are none\n    {ITF}"),
    (DIE_HARD, lambda data: data.update(states=3),
     f"U005 f: states: a trace has a list of states; 3 is no list\n    {ITF}"),
    (DIE_HARD, lambda data: data["states"].insert(1, 3),
     f"U005 f: states[1]: 3 stands where an object is needed\n    {ITF}"),
    (DIE_HARD, lambda data: data.update(vars="big"), f"U005 f: vars: 'big' is no list of names\n    {ITF}"),
    (DIE_HARD, lambda data: data.update(loop=7),
     "U005 f: loop: 7 is no index of a state\n    There are 7 states, from 0."),
    (DIE_HARD, lambda data: data["states"][2].pop("big"),
     "U005 f: states[2]: variable 'big' is missing\n    A state gives every variable of \"vars\"."),
    (DIE_HARD, lambda data: data["states"][2].update(Big=1),
     "U005 f: 'big' and 'Big' both mean the model's variable 'big'\n    Leave one of them out."),
    (DIE_HARD, lambda data: data.update(vars=[]),
     "U005 f: vars: it is empty: a trace names its variables\n"
     '    Name what the states give, big, small, or leave "vars" out.'),
    (DIE_HARD, lambda data: data.update(vars=["bigg"], states=[{"bigg": 1}]),
     "U005 f: vars: no variable of the model stands in it\n    The model has: small, big."),
    (DIE_HARD, lambda data: data["states"][2].update(big=6),
     "U005 f: states[2].big: 6 is not in Range(6)\n    Every value of a trace lies within its variable's type."),
    (CROSSING, lambda data: data["states"][1].update(boat="NORTH_OF_BANK"),
     "U005 f: states[1].boat: 'NORTH_OF_BANK' is not in Bank\n    It has: EAST, WEST."),
    (DIE_HARD, lambda data: data["states"][0].update(big=5),
     "U020 f: states[0]: no initial state of the model agrees with it; the nearest, init, gives big = 0, not 5\n"
     f"    {COMPARE}"),
    (DIE_HARD, lambda data: data["states"][4].update(big=5, small=2),
     "U020 f: states[4]: no step of the model leads here from states[3]; the nearest, big_to_small, gives big = 0, "
     f"not 5\n    {COMPARE}"),
    (CROSSING, lambda data: data["states"][2].update(cannibals=people(3, 0), missionaries=people(0, 3)),
     "U020 f: states[2]: no step of the model leads here from states[1]; the nearest, cross(missionaries=0, "
     "cannibals=2), gives missionaries[EAST] = 3, not 0; missionaries[WEST] = 0, not 3\n    " + COMPARE),
    (PETERSON, lambda data: data["states"][6].update(inside={"#set": [0]}),
     "U020 f: states[6]: no step of the model leads here from states[5]; the nearest, thread[0] from "
     f'"looks_at_turn", gives inside (the file: -1)\n    {COMPARE}'),
]  # fmt: skip


@pytest.mark.parametrize(("path", "change", "said"), WRONG, ids=[each[2].partition("\n")[0] for each in WRONG])
def test_what_does_not_fit_is_said_with_its_place(path: Path, change: Callable[[Any], None], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(path, change)
    assert str(caught.value) == said


@pytest.mark.parametrize(("model", "data", "said"), [
    ("tests.support.workshop:Overflows", [{"n": 3}],
     "U020 f: states[0]: no initial state of the model agrees with it; the nearest, init, gives n = 0, not 3"),
    ("tests.support.workshop:Uneven", [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}],
     "U020 f: states[3]: no step of the model leads here from states[2]; up fails: division by zero: 2 - self.n is "
     "0"),
    ("tests.support.workshop:Stuck", [{"ready": False}, {"ready": True}],
     "U020 f: states[1]: no step of the model leads here from states[0]; the nearest, waits from \"start\", gives "
     "ready = False, not True"),
])  # fmt: skip
def test_the_nearest_step_is_said(model: str, data: Any, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        matching.load(compiled(model), {"states": data}, "f")
    assert str(caught.value).partition("\n")[0] == said


def test_what_is_said_is_how_far_the_steps_lead_that_were_put_in() -> None:
    def change(data: Any) -> None:
        data["states"].append({**data["states"][6], "lock::turn": 1})

    with pytest.raises(UsageError) as caught:
        loaded(PETERSON, change)
    assert str(caught.value).startswith(
        "U020 f: states[7]: no step of the model leads here from states[6]; the nearest"
    )


def test_names_that_are_alike_are_told_apart_by_their_spelling(tmp_path: Path) -> None:
    path = tmp_path / "two.py"
    path.write_text(
        "from checker.lang import Model, Range, Var, action\nclass Two(Model):\n"
        "    ab = Var(Range(2))\n    a_b = Var(Range(1, 2))\n    @action\n    def go(self):\n        self.ab = 0\n"
    )
    program = compiled(f"{path}:Two")
    assert matching.load(program, {"states": [{"m::a_b": 1, "ab": 0}]}).trace.states == ((0, 1),)
    with pytest.raises(UsageError, match="no variable of the model stands in it"):
        matching.load(program, {"states": [{"aB": 1}]})


def test_too_many_steps_to_put_in_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MOST", 1)
    with pytest.raises(UsageError) as caught:
        loaded(PETERSON)
    assert str(caught.value).startswith("U020 f: states[0]: more than 1 states of the model agree with it\n")


def test_too_many_candidates_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "MOST", 1)
    with pytest.raises(UsageError) as caught:
        loaded(PETERSON, lambda data: data.update(vars=["inside"], states=[{"inside": {"#set": []}}] * 4))
    assert str(caught.value) == (
        "U020 f: states[0]: more than 1 states of the model agree with it\n"
        "    Let the file give more variables; it lacks wants, turn, thread.point, and 1 more."
    )


def test_a_variable_that_the_model_has_not_is_passed_over_and_said() -> None:
    """It was refused, and a file of another tool nearly always has one."""

    def change(data: Any) -> None:
        data["vars"].append("bigg")
        each_state(data, lambda _: {"bigg": 1})

    found = loaded(DIE_HARD, change)
    assert found.trace == loaded(DIE_HARD).trace
    said = "The model has no variable 'bigg': it is passed over (--ignore bigg). Did you mean `big`?"
    assert found.notes == (said,)
    data = copy.deepcopy(traces.read(DIE_HARD))
    change(data)
    program = compiled(FILES[DIE_HARD][0])
    assert matching.load(program, data, "f", ["bigg"]).notes == ()
    with pytest.raises(UsageError, match="U008 --ignore bog: f has no such variable"):
        matching.load(program, data, "f", ["bog"])


def test_a_state_in_one_record_is_taken_apart() -> None:
    def change(data: Any) -> None:
        data["vars"] = ["game::s"]
        data["states"] = [
            {**{key: each[key] for key in each if "::" in key}, "game::s": {"big": each["big"], "small": each["small"]}}
            for each in data["states"]
        ]

    assert loaded(DIE_HARD, change) == loaded(DIE_HARD)


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


WIDE = """
class Wide(Model):
    a = Var(Range(40))
    b = Var(Range(40))
    grid = Var(Array(Range(8), Range(9)))

    @action
    def other(self):
        self.a = 39
        self.grid = {i: 8 for i in Range(8)}

    @action
    def pair(self, x: Range(40), y: Range(40)):
        self.a, self.b = x, y

    @action
    def single(self, x: Range(40)):
        self.a = x

    @action
    def near(self):
        self.grid = {i: 1 for i in Range(8)}
"""


class Counted(Interpreter):
    """Counts what is tried."""

    tried = 0

    def _one(self, *given: Any) -> Any:
        Counted.tried += 1
        return super()._one(*given)

    def _all(self, *given: Any) -> Any:
        for each in super()._all(*given):
            Counted.tried += 1
            yield each


def picked(x: int, y: int) -> Any:
    """What Quint says of a step with two picks."""
    some = {name: {"tag": "Some", "value": {"#bigint": str(value)}} for name, value in (("x", x), ("y", y))}
    return {"a": x, "b": y, "mbt::actionTaken": "pair", "mbt::nondetPicks": {**some, "z": {"tag": "None"}}}


def test_what_a_tool_picked_is_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """All 1,600 choices were tried at each step."""
    monkeypatch.setattr(matching, "Interpreter", Counted)
    program = program_of(WIDE)
    Counted.tried = 0
    found = matching.load(program, {"states": [{"a": 0, "b": 0}, picked(30, 39), picked(38, 2)]})
    assert [step.arguments for step in found.trace.steps] == [(30, 39), (38, 2)]
    assert Counted.tried < 10
    wrong = {**picked(30, 39), "b": 7}  # what it names does not lead there: then it is not believed
    assert matching.load(program, {"states": [{"a": 0, "b": 0}, wrong]}).trace.steps[0].arguments == (30, 7)


def test_what_quint_wrote_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """`quint-wide.itf.json` is the output of `quint run --mbt` (0.25.1) for the two actions, as it stands."""
    monkeypatch.setattr(matching, "Interpreter", Counted)
    Counted.tried = 0
    found = matching.load(program_of(WIDE), traces.read(DATA / "quint-wide.itf.json"))
    assert [(step.name, step.arguments) for step in found.trace.steps] == [
        ("pair", (5, 15)), ("single", (25,)), ("single", (6,)), ("single", (3,))
    ]  # fmt: skip
    assert found.notes == () and Counted.tried < 10


def test_the_nearest_step_is_the_one_of_which_the_least_differs() -> None:
    """Whole variables were counted: one item of an array that differs weighed as much as all of them."""
    data = {"states": [{"a": 0, "grid": [0] * 8}, {"a": 0, "grid": [1, 1, 1, 1, 1, 1, 1, 2]}]}
    with pytest.raises(UsageError) as caught:
        matching.load(program_of(WIDE), data, "f")
    assert "the nearest, near, gives grid[7] = 1, not 2\n" in str(caught.value)


def test_a_search_ends_with_its_time() -> None:
    data = {"states": [{"a": 0, "b": 0}, {"a": 30, "b": 39}]}
    with pytest.raises(UsageError) as caught:
        matching.load(program_of(WIDE), data, "f", (), 0.0)
    assert str(caught.value) == (
        "U020 f: states[0]: the time of --time ended in the search for it\n"
        "    Give more, or let the file name its steps and what they pick (Quint: --mbt), or more variables."
    )


# Loops


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


# Without a model

NO_MODEL = {
    "vars": ["n", "m", "s"],
    "states": [
        {"n": {"#bigint": "1" + "0" * 40}, "m": {"#map": [[1, {"x": 2}], [2, {"x": 3}]]}, "s": {"#set": [1]}},
        {"n": 7, "m": {"#map": [[1, {"x": 2}], [2, {"x": 4}]]}, "s": {"#set": [1]}, "mbt::actionTaken": "go"},
        {"n": 7, "m": {"#map": [[1, {"x": 2}], [2, {"x": 4}]]}, "s": {"#set": [1]}},
    ],
}


def test_any_trace_can_be_shown_without_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was refused; so was a number of more than 62 bits, by every model."""
    path = tmp_path / "some.itf.json"
    path.write_text(json.dumps(NO_MODEL))
    status, out, _ = run(capsys, monkeypatch, f"show {path}")
    assert status == 0
    assert out == (
        "some.itf.json\n\n"
        "  1  initially\n"
        f"       n  1{'0' * 40}\n"
        "       m  {1: {x: 2}, 2: {x: 3}}\n"
        "       s  {1}\n\n"
        "  2  go\n"
        f"       n       1{'0' * 40} -> 7\n"
        "       m[2].x  3 -> 4\n\n"
        "  3  a step\n"
        "       (nothing changes)\n\n"
        "  Without a model nobody says what this shows: --model names one.\n"
    )
    assert run(capsys, monkeypatch, f"show {path} --html")[0] == 0
    assert "m[2].x" in (tmp_path / "some.html").read_text()
    status, out, _ = run(capsys, monkeypatch, f"show {path} --svg")
    assert status == 0 and out.startswith("<svg") and "m[2].x" in out
    status, _, said = run(capsys, monkeypatch, f"show {path} --explain")
    assert status == 2 and said.startswith("U008 --explain needs a model")


def test_what_tlc_dumps_is_shown_without_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "dump.json"
    path.write_text(json.dumps(TLC))
    status, out, _ = run(capsys, monkeypatch, f"show {path}")
    assert status == 0 and "  2  FillBig\n       big  0 -> 5\n" in out


# The command


def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "argv", ["evacheck", *line.split()])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), *capsys.readouterr()


DIES = f"{DIE_HARD} --model spec.classics.diehard:DieHard"
COMMANDS: list[tuple[str, int, str, str]] = [
    (f"replay {DIES}", 0, "replayed: 7 states, violates big_is_not_4\n", ""),
    (f"replay {DIES} --property big_is_not_4", 0, "replayed: 7 states, violates big_is_not_4\n", ""),
    (f"replay {DIES} --set target=2", 0,
     "replayed: 7 states of spec.classics.diehard:DieHard, shows no property\n", ""),
    (f"replay {DIES} --property both_jugs_full", 1, "",
     "does not replay: step 6: expected a witness of 'both_jugs_full', but it is false there\n"),
    (f"replay {CROSSING} --model spec.classics.missionaries:Crossing", 0,
     "replayed: 12 states, shows everyone_has_crossed\n", ""),
    (f"replay {PETERSON} --model spec.classics.peterson:PetersonGivesWayFirst", 0,
     "replayed: 8 states, violates mutual_exclusion\n",
     f"{PETERSON}: Before states[6] a step is put in, which the file's variables do not show.\n"),
    (f"replay {DIES} --set big_size=6", 2, "",
     f"U020 {DIE_HARD}: states[1]: no step of the model leads here from states[0]; the nearest, fill_big, gives "
     f"big = 6, not 5\n    {COMPARE}\n"),
    (f"show {DIES} --property both_jugs_full", 2, "",
     "U020 the trace does not show both_jugs_full\n    Leave --property out: what its last state shows is found.\n"),
    (f"show {DIES} --set target=2 --html", 2, "",
     "U008 --html is for a trace that shows a property, and the last state of this one shows none\n"
     "    Show it as text or as a picture.\n"),
    (f"replay {DIE_HARD}", 2, "",
     f"U005 {DIE_HARD}: it does not say which model it belongs to\n"
     "    If another tool wrote it, name the model: --model package.module:Class.\n"),
    (f"replay {DIE_HARD} --property big_is_not_4", 2, "",
     "U008 --set and --property go with --model\n    Say whose trace it is, or leave them out.\n"),
    (f"replay {DIES} --property big", 2, "",
     "U003 spec.classics.diehard:DieHard has no property 'big'\n"
     "    There are: big_is_not_4, one_jug_is_full_or_empty, both_jugs_full, no_deadlock, no_failure.\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("line", "status", "out", "error"), COMMANDS, ids=[each[0].replace(str(DATA), "") for each in COMMANDS]
)
def test_the_command_reads_them(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, line: str, status: int, out: str, error: str
) -> None:
    assert run(capsys, monkeypatch, line) == (status, out, error)


def test_they_are_shown_in_every_form(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def shown(form: str) -> str:
        status, out, error = run(capsys, monkeypatch, f"show {DIES} {form}")
        assert (status, error) == (0, "")
        return out

    assert "State 7 violates big_is_not_4" in shown("")
    assert "Why big_is_not_4" in shown("--explain")
    assert shown("--svg").startswith("<svg")
    assert shown("--dot").startswith("digraph")
    assert "def test_diehard_big_is_not_4" in shown("--pytest")
    page = tmp_path / "page.html"
    shown(f"--html --out {page}")
    assert "violates big_is_not_4" in page.read_text()
    assert "The trace has 7 states." in shown("--set target=2")
    graph = run(capsys, monkeypatch, f"graph spec.classics.diehard:DieHard --dot --trace {DIE_HARD}")
    assert graph[0] == 0 and graph[1].startswith("digraph")


def test_one_that_is_rewritten_is_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "ours.itf.json"
    run(capsys, monkeypatch, f"show {DIES} --itf --out {path}")
    assert_itf(traces.read(path))
    assert run(capsys, monkeypatch, f"replay {path}") == (0, "replayed: 7 states, violates big_is_not_4\n", "")
    named = run(capsys, monkeypatch, f"replay {path} --model spec.classics.diehard:DieHard")
    assert named == (0, "replayed: 7 states, violates big_is_not_4\n", "")


PAGE = (Path(__file__).parents[2] / "docs" / "how-to" / "traces-of-other-tools.md").read_text()


def test_the_page_is_true(tmp_path: Path) -> None:
    """The file that the page shows is put into an empty folder, and its commands are run there."""
    (shown,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    (tmp_path / "theirs.itf.json").write_text(shown)
    shutil.copy(PETERSON, tmp_path / "lock.itf.json")
    assert json.loads(shown)["states"][0]["mbt::actionTaken"] == "init"
    commands = 0
    for block in re.findall(r"^```console\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL):
        for command, output in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            agree(output, run_in(tmp_path, command))
            commands += 1
    assert commands == 4
    assert_itf(traces.read(tmp_path / "evacheck-out" / "DieHard-big_is_not_4.itf.json"))
