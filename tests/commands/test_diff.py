"""`evacheck diff`: what two versions of a model have in common, and what only one of them has."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest

from checker.commands.init import MODEL
from counterexamples.compared import common, explored, only_initial, only_states, only_steps
from tests.frontend.support import program
from tests.support.commands import Run

COUNTS = """
from enum import Enum
from evacheck import Bool, Model, Opt, Param, Range, Var, action, always, choose, constraint, final, require, sometimes

class Light(Enum):
    RED = 1
    GREEN = 2

class Counts(Model):
    most = Param(3)
    x = Var(Range(20))
    light = Var(Light)

    def init(self):
        self.light = Light.RED

    @action
    def up(self):
        require(self.x < self.most)
        self.x += 1

    @action
    def turn(self):
        self.light = Light.GREEN

    @always
    def small(self):
        return self.x < 4
"""


@pytest.fixture
def diff(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """What `evacheck diff` says of two texts, of files of the same name, and how it ends."""
    monkeypatch.chdir(tmp_path)

    def said(before: str, after: str, *more: str) -> tuple[int, str]:
        for folder, text in (("old", before), ("new", after)):
            Path(folder).mkdir(exist_ok=True)
            Path(folder, "counts.py").write_text(text)
        ran = run("diff", "old/counts.py", "new/counts.py", *more)
        return ran.status, ran.out + ran.error

    return said


def test_a_mended_counter_beside_the_broken_one(diff: Callable[..., tuple[int, str]]) -> None:
    status, said = diff(MODEL, MODEL.replace('yield "read"', "pass"))
    assert status == 1 and max(map(len, said.splitlines())) <= 80
    assert "  nothing_is_lost  VIOLATED in 5 states -> holds\n" in said
    assert 'Only A has 6 states. The nearest, after thread[0] from "start":\n       counter    0\n' in said
    assert 'Only B can do thread[0] from "start" in 2 cases. The nearest, at the start:' in said
    assert "       counter      0 -> 1\n       finished[0]  False -> True\n" in said


def test_two_that_are_alike(diff: Callable[..., tuple[int, str]]) -> None:
    """Members of enums of two files are not the same objects, and mean the same."""
    status, said = diff(COUNTS, COUNTS.replace("# a comment", ""))
    assert status == 0
    assert said.splitlines()[-3:] == ["Verdicts: the same.", "", "Alike: the same states, steps and verdicts."]


def test_a_verdict_and_a_property_that_changed(diff: Callable[..., tuple[int, str]]) -> None:
    status, said = diff(COUNTS, COUNTS.replace("def small", "def tiny").replace("x < 4", "x < 3"))
    assert status == 1 and "Only" not in said
    assert "  small        holds -> (no such property)\n" in said
    assert "  tiny         (no such property) -> VIOLATED in 4 states\n" in said


def test_a_variable_that_only_one_has_is_left_out(diff: Callable[..., tuple[int, str]]) -> None:
    more = COUNTS.replace("    light = Var(Light)\n", "    light = Var(Light)\n    turns = Var(Range(3))\n").replace(
        "        self.light = Light.GREEN",
        "        self.light = Light.GREEN\n        self.turns = (self.turns + 1) % 3",
    )
    status, said = diff(COUNTS, more)
    assert "Only B has turns: states are compared without." in said
    assert status == 0, said


def test_what_was_not_explored_whole_has_nothing_that_it_has_not(diff: Callable[..., tuple[int, str]]) -> None:
    """B has 8 states, and A more than 9 that were looked at: what only B has is not known, what only A has is."""
    wide = COUNTS.replace("Param(3)", "Param(19)").replace("x < 4", "x < 20")
    status, said = diff(wide, wide, "--set", "most=19", "--max-states", "9")
    assert status == 3 and "Only" not in said
    assert said.count("more than 9 states") == 2 and "nobody knows what it has not" in said
    status, said = diff(wide, wide.replace("Param(19)", "Param(3)"), "--max-states", "9")
    assert status == 1 and "Only A has" in said and "Only B" not in said


def test_a_step_that_fails_in_one_only(diff: Callable[..., tuple[int, str]]) -> None:
    status, said = diff(COUNTS, COUNTS.replace("self.x += 1", "assert self.x != 1, 'one'; self.x += 1"))
    assert status == 1
    assert "Only B can do up in 2 cases. The nearest, after up: up, which fails: one" in " ".join(said.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "mast=3"), "U002 neither model has a parameter 'mast'"),
        (("--time", "soon"), "U008 --time soon is no duration"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    diff: Callable[..., tuple[int, str]], words: tuple[str, str], said: str
) -> None:
    status, found = diff(COUNTS, COUNTS, *words)
    assert status == 2 and found.startswith(said)


def test_models_with_nothing_in_common_are_refused(diff: Callable[..., tuple[int, str]]) -> None:
    status, found = diff(COUNTS, MODEL)
    assert status == 2 and found.startswith("U008 old/counts.py and new/counts.py have no variable in common")


def test_what_lies_beyond_a_constraint_is_not_explored(diff: Callable[..., tuple[int, str]]) -> None:
    """There are ten thousand million states beyond it."""
    wide = COUNTS.replace("Range(20)", "Range(10_000_000_000)").replace("Param(3)", "Param(9_999_999_999)")
    held = wide + "\n    @constraint\n    def near(self):\n        return self.x < 4\n"
    status, said = diff(held, held, "--time", "200s")
    assert status == 0 and "  8 states\n" in said


STEPS = {"one": 1, "two": 2, "three": 3}
WALK = """
class Walk(Model):
    x = Var(Range(7))

    def init(self):
        self.x = choose({starts})

{actions}
    @constraint
    def near(self):
        return self.x < {limit}
"""
ACTION = "    @action\n    def {name}(self):\n        require(self.x + {by} < 7)\n        self.x += {by}\n\n"


def plainly(starts: frozenset[int], names: tuple[str, ...], limit: int) -> tuple[set[int], set[tuple[int, str, int]]]:
    """The states of a walk and its steps, in plain Python."""
    states, steps, waiting = set(starts), set(), list(starts)
    for x in waiting:
        for name in names:
            to = x + STEPS[name]
            if to < 7 and to < limit:
                steps.add((x, name, to))
                if to not in states:
                    states.add(to)
                    waiting.append(to)
    return states, steps


def test_what_is_alone_is_what_plain_python_says() -> None:
    walks = [
        (frozenset(starts), names, limit)
        for starts, names, limit in product(((0,), (0, 1)), (("one",), ("one", "two"), ("two", "three")), (5, 7))
    ]
    found = {}
    for walk in walks:
        starts, names, limit = walk
        actions = "".join(ACTION.format(name=name, by=STEPS[name]) for name in names)
        made = program(WALK.format(starts=set(starts), actions=actions, limit=limit))
        found[walk] = explored(made, common(made, made), 100, lambda: None)
    for a, b in product(walks, repeat=2):
        (states, steps), (others, other_steps) = plainly(*a), plainly(*b)
        alone = only_states(found[a], found[b])
        assert (0 if alone is None else alone.count) == len(states - others)
        if alone is not None:
            assert alone.trace.states[-1][0] in states - others
        shared = {each for each in steps - other_steps if {each[0], each[2]} <= others}
        groups = {each.what: each.count for each in only_steps(found[a], found[b])}
        assert groups == {name: sum(each[1] == name for each in shared) for name in {each[1] for each in shared}}
        begins = only_initial(found[a], found[b])
        assert (0 if begins is None else begins.count) == len((a[0] - b[0]) & others)
