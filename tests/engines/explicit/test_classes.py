"""Classes of states decide what they can, by what is noted of them afterwards or while exploring, and nothing else."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from contextlib import AbstractContextManager
from itertools import product
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from checker.check import check, engine
from checker.contract.task import Task
from checker.contract.trace import Lasso
from checker.contract.verdict import Exhausted, Unknown, Violated
from checker.engines.explicit import engine as whole_engine
from checker.engines.explicit import search
from checker.engines.explicit.codegen.layout import Layout, signed
from checker.engines.explicit.liveness import coarse, deciding, witness
from checker.engines.explicit.liveness.classes import class_again
from checker.engines.explicit.native import block
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.worker import State
from checker.ir.nodes import Program
from tests.engines.explicit.support import everything, random_key, some_key
from tests.frontend.support import program
from tests.support.fair_models import differences, text
from tests.support.plain_code import plain_code


@pytest.fixture
def classes_of_few(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Has classes decide what is small, too; how many states they left, each time."""
    left: list[int] = []

    def thinned(*arguments: Any) -> Any:
        found = coarse.thinned(*arguments)
        left.append(found[1])
        return found

    monkeypatch.setattr(coarse, "WORTH", 1)
    monkeypatch.setattr(deciding, "thinned", thinned)
    return left


STAGES = """
class Stages(Model):
    stage = Var(Range(5))
    noise = Var(Array(Range(3), Range(6)))
    @action(fair=FAIR)
    def advances(self):
        require(self.stage < 4 and NEEDED)
        self.stage += 1
    @action
    def stirs(self, n: Range(3)):
        self.noise[n] = (self.noise[n] + 1) % 6
    @eventually
    def ends(self):
        return self.stage == 4
    @eventually_always
    def is_quiet(self):
        return self.noise[0] == 0
"""


def stages(fair: str, needed: str = "True") -> Program:
    """Something that goes on, in the midst of what moves to and fro."""
    return program(STAGES.replace("FAIR", fair).replace("NEEDED", needed))


@pytest.mark.parametrize("workers", [1, 2])
def test_classes_decide_what_no_state_decides_by_itself(classes_of_few: list[int], workers: int) -> None:
    found = everything(stages("'weak'"), workers=workers).verdicts
    assert found["ends"] == Exhausted(5 * 6**3) and classes_of_few[0] == 0
    assert isinstance(found["is_quiet"], Violated)


@pytest.mark.parametrize("workers", [1, 2])
def test_classes_take_out_only_where_what_is_starved_is_possible(classes_of_few: list[int], workers: int) -> None:
    compiled = stages("'strong'", "self.noise[0] == 5")
    found = everything(compiled, workers=workers).verdicts
    assert classes_of_few[0] == 4 * 5 * 6**2, "the states of four stages where the noise is not 5"
    assert isinstance(found["ends"], Violated) and found["ends"].trace.end == Lasso(0)
    assert everything(stages("'weak'", "self.noise[0] == 5")).verdicts["ends"] == found["ends"]


def test_too_many_classes_decide_nothing_and_change_nothing(
    classes_of_few: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("_CLASS_ROOM", "_PAIR_ROOM"):
        with monkeypatch.context() as few:
            few.setattr(coarse, name, 4)
            assert everything(stages("'weak'")).verdicts["ends"] == Exhausted(5 * 6**3)
    assert classes_of_few[0] == 4 * 6**3, "all that are not at the end"


def test_what_goes_round_is_no_class_of_its_own(classes_of_few: list[int]) -> None:
    """A stage that begins anew: no value of it is left for good."""
    text = (
        STAGES.replace("FAIR", "'weak'")
        .replace("self.stage < 4 and NEEDED", "True")
        .replace("self.stage += 1", "self.stage = (self.stage + 1) % 5")
    )
    assert differences(program(text)) == []


@pytest.mark.parametrize("guessed", [True, False])
def test_random_models_keep_their_verdicts_where_classes_decide_what_is_small(
    classes_of_few: list[int], monkeypatch: pytest.MonkeyPatch, guessed: bool
) -> None:
    """Also by a key that nobody would choose."""
    if not guessed:
        monkeypatch.setattr(coarse, "_key", random_key)
    draw = Random("classes")
    for _ in range(8):
        source = text(draw, 6)
        with plain_code():
            assert differences(program(source)) == [], source
    assert len(set(classes_of_few)) > 3


# -- noted while exploring ---------------------------------------------------------------------------------------------


class Noted:
    """What came of noting classes while exploring, each time it was asked: whether anything could be said; how many
    states a property was found open in, and how many of them classes left, None where nothing could be said."""

    def __init__(self) -> None:
        self.judged: list[int] = []
        self.left: list[int | None] = []
        self.said: list[bool] = []


@pytest.fixture
def noted(classes_of_few: list[int], monkeypatch: pytest.MonkeyPatch) -> Noted:
    """Has the search note classes almost from the start."""
    found = Noted()
    thin, assess, decide = witness.Witness.thin, deciding.Deciding._assess, witness.Witness.is_decided

    def thinned(*arguments: Any) -> int | None:
        found.left.append(thin(*arguments))
        return found.left[-1]

    def assessed(*arguments: Any) -> int:
        found.judged.append(assess(*arguments))
        return found.judged[-1]

    def decided(*arguments: Any) -> bool:
        found.said.append(decide(*arguments))
        return found.said[-1]

    monkeypatch.setattr(whole_engine, "FROM", 2)
    monkeypatch.setattr(witness.Witness, "is_decided", decided)
    monkeypatch.setattr(deciding, "WORTH", 1)
    monkeypatch.setattr(witness.Witness, "thin", thinned)
    monkeypatch.setattr(deciding.Deciding, "_assess", assessed)
    return found


def ends(compiled: Program, **options: Any) -> Any:
    """What is said of the one property."""
    return check(Task(compiled, ("ends",), **options), engine("explicit")).verdicts["ends"]


@pytest.mark.parametrize("workers", [1, 2])
def test_what_was_noted_while_exploring_decides(noted: Noted, monkeypatch: pytest.MonkeyPatch, workers: int) -> None:
    monkeypatch.setattr(whole_engine, "FROM", 600)
    assert ends(stages("'weak'"), workers=workers) == Exhausted(5 * 6**3)
    assert noted.judged == [0], "no state of a class that is left for good is even looked at"
    found = ends(stages("'strong'", "self.noise[0] == 5"), workers=workers)
    assert isinstance(found, Violated) and found.trace.end == Lasso(0)
    assert noted.judged == [0, 4 * 6**3, 4 * 6**3] and noted.left == [4 * 5 * 6**2]


def test_a_condition_that_fails_is_met_where_no_fair_cycle_comes_by(noted: Noted) -> None:
    text_ = STAGES.replace("FAIR", "'weak'").replace("NEEDED", "True")
    compiled = program(text_.replace("return self.stage == 4", "return self.stage == 4 or 6 // (3 - self.stage) < 0"))
    found = ends(compiled)
    assert isinstance(found, Unknown) and "division by zero" in found.reason


def test_too_many_classes_end_the_noting(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_CLASS_ROOM", "_PAIR_ROOM"):
        with monkeypatch.context() as few:
            few.setattr(coarse, name, 4)
            assert ends(stages("'weak'")) == Exhausted(5 * 6**3)
    assert noted.left == [None, None]


def test_a_state_that_ends_it_all_and_was_found_before_anything_was_noted_is_noted_too(noted: Noted) -> None:
    """It has no successors; it was expanded before there was anything to note it by."""
    text_ = STAGES.replace("FAIR", "'weak'").replace("NEEDED", "True").replace("Array(Range(3)", "Array(Range(1)")
    found = text_.replace("stirs(self, n: Range(3)):", "stirs(self, n: Range(1)):\n        require(self.stage < 4)")
    compiled = program(found.replace("self.stage += 1", "self.stage += choose({1, 4 - self.stage})"))
    with patch.object(whole_engine, "FROM", 25):
        assert ends(compiled) == Exhausted(5 * 6)
    assert noted.judged == [0] and noted.said[-1]


def test_what_was_not_noted_of_every_state_decides_nothing(noted: Noted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search.Search, "again", lambda *_: None)
    assert ends(stages("'weak'")) == Exhausted(5 * 6**3)
    assert noted.left == [None]


@pytest.mark.parametrize("guessed", [True, False])
def test_random_models_keep_their_verdicts_where_classes_are_noted_while_exploring(
    noted: Noted, monkeypatch: pytest.MonkeyPatch, guessed: bool
) -> None:
    if not guessed:
        monkeypatch.setattr(witness, "guessed", some_key)
    draw = Random("noted")
    for _ in range(8):
        source = text(draw, 8)
        with plain_code():
            assert differences(program(source)) == [], source
    assert sum(noted.said) > 3


# -- faults ------------------------------------------------------------------------------------------------------------


def _drops_what_is_refined(*known: Any) -> Any:
    found, starved = fate(*known)
    return (block.DROPPED if found == block.REFINED else found), starved


def _forgets_where_it_is_impossible(self: Any, cells: Any, part: Any) -> Any:
    found = known_of(self, cells, part)
    found.impossible = 0
    return found


fate, known_of = coarse.fate_of, coarse.Classes._known

IN_CLASSES: dict[str, tuple[str, str, Callable[[], AbstractContextManager[Any]]]] = {
    "classes are dropped that should be refined": (
        "'strong'",
        "self.noise[0] == 5",
        lambda: patch.object(coarse, "fate_of", _drops_what_is_refined),
    ),
    "what is impossible in some state of a class is forgotten": (
        "'weak'",
        "self.noise[0] != 5",
        lambda: patch.object(coarse.Classes, "_known", _forgets_where_it_is_impossible),
    ),
}


@pytest.mark.parametrize("fault", IN_CLASSES)
def test_a_fault_in_what_classes_decide_is_seen(fault: str, classes_of_few: list[int]) -> None:
    fair, needed, faulty = IN_CLASSES[fault]
    assert differences(stages(fair, needed)) == []
    with faulty():
        assert differences(stages(fair, needed)) != []


TWO_WORDS = """
class TwoWords(Model):
    a = Var(Range(2**40))
    b = Var(Range(2**40))
    c = Var(Array(Range(2), Range(2**9)))
    @action
    def acts(self):
        self.a = self.b
"""


@pytest.mark.parametrize("onward", [["a"], ["b"], ["c 1"], ["a", "c 0"], ["b", "c 0", "c 1"], []])
def test_the_bits_of_what_never_comes_back_make_a_class_in_whichever_word_they_are(onward: list[str]) -> None:
    """All else goes to and fro."""
    layout = Layout(program(TWO_WORDS))
    assert layout.words == 2

    def state(at: int) -> State:
        """What goes on does so in turn, and all else changes both ways meanwhile."""
        values = dict.fromkeys(("a", "b", "c 0", "c 1"), (at % 2) ^ (at // 2 % 2 if len(onward) == 2 else 0))
        values |= {name: (at + turn) // len(onward) for turn, name in enumerate(onward)}
        return layout.encode((values["a"], values["b"], (values["c 0"], values["c 1"])))

    key = coarse.guessed(layout, [*map(state, range(12))], [(state(at), state(at + 1)) for at in range(12)])
    fields = dict(zip(("a", "b", "c 0", "c 1"), layout.fields, strict=True))
    wanted = [sum(fields[name].mask for name in onward if fields[name].word == word) for word in range(2)]
    assert key == (tuple(map(signed, wanted)) if onward else None)
    if onward:
        assert coarse.guessed(layout, [state(3)], [(state(at), state(at + 1)) for at in range(12)]) is None


def test_what_becomes_of_a_component_follows_from_what_is_known_of_it() -> None:
    """Of one thing, whatever is known; of two, each by itself: it is dropped if one starves that is weakly fair, and
    else refined where one may be possible that is strongly fair and never taken."""
    bits = range(4)
    for possible, impossible, taken, weak in product(bits, bits, bits, bits):
        for visits, visited in ((False, False), (True, False), (True, True)):
            known = coarse._Known()
            known.possible, known.impossible, known.taken, known.visited = possible, impossible, taken, visited
            things = [at for at in (1, 2) if possible & at and not taken & at]
            starves = any(weak & at and not impossible & at for at in things)
            refined = sum(at for at in things if not weak & at)
            dropped = starves or (visits and not visited)
            wanted = (block.DROPPED, 0) if dropped else (block.REFINED, refined) if refined else (block.FAIR_ITSELF, 0)
            assert coarse.fate_of(known, weak, 3 & ~weak, visits) == wanted


@pytest.mark.parametrize("width", [1, 2])
def test_a_class_is_asked_for_again_within_its_state_and_found_where_it_was(width: int) -> None:
    """Nothing beyond the words of a state is looked at: the next one's, or nobody's memory."""
    k, key, room, size = words(block.CELLS), words(width), 8, 1
    key[:] = [0b101] * width
    table = words((room + 1) * (3 * size + 2 + width))
    for cell, value in {
        block.WORDS: width,
        block.KEY: ctypes.addressof(key),
        block.CLASSES: ctypes.addressof(table),
        block.CLASS_ROOM: room,
        block.CLASS_LIMIT: 4,
        block.MASK_WORDS: size,
    }.items():
        k[cell] = value
    known: dict[tuple[int, ...], int] = {}
    for state in [*product(range(4), repeat=width), *reversed(list(product(range(8), repeat=width)))]:
        of = tuple(each & 0b101 for each in state)
        row = words(width)  # an index beyond it is an error
        row[:] = list(state)
        own = [class_again(k, row) for _ in range(2)]
        if of not in known and len(known) == 4:
            assert own == [-1, -1], "there are too many"
            continue
        assert own == [known.setdefault(of, own[0])] * 2
        assert k[block.LATEST] == own[0]
    assert len(set(known.values())) == len(known) == 4
