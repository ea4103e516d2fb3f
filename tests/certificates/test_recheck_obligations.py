"""Proofs that are confirmed again: every obligation by cvc5, none missing, none doubled, none in place of another."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from checker.certificates import recheck
from checker.certificates.recheck import Answer, Limits
from checker.check import check
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Task
from checker.engines.symbolic import InductionEngine
from checker.errors import UsageError
from tests.frontend.support import program
from tests.support.certificates import UNSAT, only_wrong, prove, rechecked, remodel, rewrite

SAT = "(set-logic QF_BV)\n(declare-const x (_ BitVec 8))\n(assert (bvult x #x01))\n(check-sat)\n"
HARD = """(set-logic QF_BV)
(declare-const x (_ BitVec 64))
(declare-const y (_ BitVec 64))
(assert (= (bvmul x y) (_ bv1000000016000000063 64)))
(assert (and (bvugt x (_ bv1 64)) (bvult x (_ bv1000000007 64)) (bvult y (_ bv4294967296 64))))
(check-sat)
"""


@pytest.mark.needs("cvc5")
@pytest.mark.parametrize(
    "text, answer, words",
    [
        (UNSAT, Answer.CONFIRMED, "unsat by cvc5"),
        (UNSAT + "(exit)", Answer.CONFIRMED, "unsat by cvc5"),
        (UNSAT + "(exit) x", Answer.REFUTED, "it is no obligation: text stands outside of its commands"),
        (UNSAT + "(exit) (assert true)", Answer.REFUTED, "it is no obligation: text stands behind its exit"),
        (UNSAT + "(exit) (exit)", Answer.REFUTED, "it is no obligation: text stands behind its exit"),
        (SAT, Answer.REFUTED, "sat by cvc5"),
        (HARD, Answer.UNDECIDED, "unknown by cvc5"),
        (UNSAT.replace("(check-sat)", ""), Answer.REFUTED, "it is no obligation: it has no check-sat"),
        (UNSAT + "(check-sat)", Answer.REFUTED, "it is no obligation: 'check-sat' stands after its check-sat"),
        (UNSAT.replace("(ch", "(push 1)(ch"), Answer.REFUTED, "it is no obligation: 'push' has no place in it"),
        (UNSAT.replace("(ch", '(echo "unsat")(ch'), Answer.REFUTED, "it is no obligation: 'echo' has no place in it"),
        (UNSAT.replace("x #", "y #"), Answer.REFUTED, "it is no obligation: Symbol 'y' not declared"),
        ("(((", Answer.REFUTED, "it is no obligation: the command at letter 1 has no end"),
    ],
)
def test_what_cvc5_says_of_an_obligation(tmp_path: Path, text: str, answer: Answer, words: str) -> None:
    path = tmp_path / "one.smt2"
    path.write_text(text)
    found = recheck.decide(path, 0.2 if text == HARD else 100.0)
    assert found[0] is answer
    assert found[1].startswith(words)


@pytest.mark.needs("cvc5")
def test_where_the_time_of_cvc5_ends_more_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "one.smt2"
    path.write_text(HARD)
    assert recheck.decide(path, 0.05)[1].endswith("(timeout); give --time more")


@pytest.mark.needs("cvc5")
def test_obligations_are_confirmed_and_one_that_is_not_is_named(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model, UNSAT, UNSAT)
    found, concluded = rechecked(tmp_path / "c", Limits(workers=2))
    assert [each.part for each in found[1:]] == [
        "obligations/001-initial.smt2",
        "obligations/002-initial-loops.smt2",
        "obligations/003-turn.smt2",
        "obligations/004-turn-loops.smt2",
    ]
    assert concluded == {"green_when_odd": Answer.CONFIRMED}
    text = (tmp_path / "c" / found[1].part).read_text()
    assert text.startswith("; 001 initial\n; Means\n; nothing.\n; Expected: unsat.\n(set-logic")
    (tmp_path / "c" / found[2].part).write_text(text.replace("#x00", "#x01"))
    assert only_wrong(tmp_path / "c").words.startswith("it was changed")
    rewrite(tmp_path / "c", lambda data: None)
    wrong = only_wrong(tmp_path / "c")
    assert (wrong.part, wrong.answer) == (found[2].part, Answer.REFUTED)
    assert wrong.words.startswith("sat by cvc5")


def drop(data: dict[str, Any], at: int) -> None:
    """Leave an obligation out, as somebody would who wants it not to be seen."""
    gone = data["obligations"].pop(at)["file"]
    data["files"] = [each for each in data["files"] if each["file"] != gone]


@pytest.mark.parametrize("at", range(4))
@pytest.mark.needs("cvc5")
def test_a_dropped_obligation_is_missed(tmp_path: Path, model: str, at: int) -> None:
    prove(tmp_path / "c", model)
    name = ("initial", "initial-loops", "turn", "turn-loops")[at]
    gone = json.loads((tmp_path / "c/manifest.json").read_text())["obligations"][at]["file"]
    rewrite(tmp_path / "c", lambda data: drop(data, at))
    found, concluded = rechecked(tmp_path / "c")
    words = [each.words for each in found if each.answer is Answer.REFUTED]
    assert words == [
        f"it does not name {gone}, which lies in the folder",
        f"its obligations are not those of a proof of this program: '{name}' is missing",
    ]
    (tmp_path / "c" / gone).unlink()
    assert rechecked(tmp_path / "c")[1] == concluded == {"green_when_odd": Answer.REFUTED}


@pytest.mark.needs("cvc5")
def test_one_left_over_obligation_confirms_nothing(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model)

    def keep_one(data: dict[str, Any]) -> None:
        for _ in range(3):
            drop(data, 0)

    rewrite(tmp_path / "c", keep_one)
    assert rechecked(tmp_path / "c")[1] == {"green_when_odd": Answer.REFUTED}


@pytest.mark.needs("cvc5")
def test_a_doubled_obligation_is_noticed(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model)
    rewrite(tmp_path / "c", lambda data: data["obligations"].append(data["obligations"][2]))
    words = [each.words for each in rechecked(tmp_path / "c")[0] if each.answer is Answer.REFUTED]
    assert words[0].endswith("'turn' stands 2 times, not 1")
    assert "one file stands for two obligations" in words


@pytest.mark.needs("cvc5")
def test_assert_false_in_place_of_an_obligation_is_noticed(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model, UNSAT, UNSAT, "(set-logic QF_BV)\n(assert ; here\n false)\n(check-sat)\n")
    assert only_wrong(tmp_path / "c").words == "it asserts false, and says nothing of its step"


@pytest.mark.needs("cvc5")
def test_a_program_text_that_is_not_the_programs_is_noticed(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model)
    path = tmp_path / "c/program.txt"
    path.write_text(path.read_text().replace("turns", "turnz"))
    rewrite(tmp_path / "c", lambda data: None)
    assert only_wrong(tmp_path / "c").words == "it is not the text of the program that the model compiles to"


LOOPS = """
class Loops(Model):
    x = Var(Range(100))

    @action
    def step(self):
        require(self.x < 6)
        self.x += 1

    @always
    def few(self):
        return self.x <= 6

    @final
    def over(self):
        n = 0
        while n < self.x:
            n += 1
        return n == 6

    @sometimes
    def halves(self):
        n = 0
        while n + n < self.x:
            n += 1
        return n == 3
"""


def test_obligations_say_that_loops_of_properties_end() -> None:
    """A proof rests on it that no `@final` and no `@sometimes` goes round more often than was unrolled."""
    task = Task(program(LOOPS), ("few", NO_DEADLOCK, NO_FAILURE), certify=True)
    evidence = check(task, InductionEngine()).evidence
    assert evidence is not None and set(evidence.proved) == {"few", NO_DEADLOCK, NO_FAILURE}
    named = {each.name: each.meaning for each in evidence.obligations}
    assert (
        named["final-loops"] == "where nothing can happen, a loop in a @final goes on for longer than it was unrolled"
    )
    assert named["halves-failure"] == "where the claims hold, 'halves' cannot be evaluated, or a loop is cut short"


@pytest.mark.needs("cvc5")
def test_obligations_of_another_program_prove_nothing(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model, UNSAT)
    remodel(tmp_path / "c", "self.turns == 3", "self.turns == 1")
    found, concluded = rechecked(tmp_path / "c")
    assert concluded == {"green_when_odd": Answer.REFUTED}
    assert found[0].words.endswith("'return self.turns == 1'); the obligations say nothing of it: verify again")


def test_without_cvc5_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model, UNSAT)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"(?s)^U015 .* pip install 'evacheck\[recheck\]'") as caught:
        rechecked(tmp_path / "c")
    assert caught.value.problem.code == "U015"
