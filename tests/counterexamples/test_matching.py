"""Traces of other tools: found in the model where they fit, and refused with the place and the nearest where not.

The files in `data/itf` are written by hand in the shapes of Quint and Apalache, for models of `spec.classics`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.errors import UsageError
from checker.semantics import Interpreter
from counterexamples.itf import matching, traces
from tests.frontend.support import program as program_of
from tests.support.foreign import COMPARE, CROSSING, DATA, DIE_HARD, FILES, PETERSON, compiled, loaded


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
