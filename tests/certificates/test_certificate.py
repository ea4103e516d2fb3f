"""Certificates: what is written is confirmed again, and whatever is changed in it is found."""

from __future__ import annotations

import gzip
import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker import cli
from checker.certificates import certificate, recheck
from checker.certificates.certificate import BY_OBLIGATIONS, BY_STATES
from checker.certificates.reachable_set import Closure, NotClosed
from checker.certificates.recheck import Answer, Finding, Limits
from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Evidence, Obligation, Outcome, Stats, Task
from checker.contract.verdict import Bounded, Exhausted, Proved, Unreachable
from checker.engines.symbolic import InductionEngine
from checker.errors import EngineBug, UsageError
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.ir.printer import show_program
from checker.semantics import Interpreter, State
from tests.agreement.test_agreement import TooLarge, examples, hold
from tests.engines.test_symmetry import Group, explore
from tests.frontend.support import program
from tests.support.emitted import PlainModel
from tests.support.random_models import SYMMETRIC_REFUSALS, RandomModel, models

needs_cvc5 = pytest.mark.needs("cvc5")

MODEL = '''
from enum import Enum

from checker.lang import Bool, Model, Range, Var, action, always, require, sometimes


class Light(Enum):
    RED = "red"
    GREEN = "green"


class Crossing(Model):
    """A light and a counter that goes round."""

    light = Var(Light)
    turns = Var(Range(0, 3))

    @action
    def turn(self):
        self.light = Light.GREEN if self.light == Light.RED else Light.RED
        self.turns = (self.turns + 1) % 4

    @always
    def green_when_odd(self):
        return (self.light == Light.GREEN) == (self.turns % 2 == 1)

    @sometimes
    def two_and_green(self):
        return self.turns == 2 and self.light == Light.GREEN

    @sometimes
    def comes_to_three(self):
        return self.turns == 3
'''

UNSAT = "(set-logic QF_BV)\n(declare-const x (_ BitVec 8))\n(assert (bvult x #x00))\n(check-sat)\n"
SAT = "(set-logic QF_BV)\n(declare-const x (_ BitVec 8))\n(assert (bvult x #x01))\n(check-sat)\n"
HARD = """(set-logic QF_BV)
(declare-const x (_ BitVec 64))
(declare-const y (_ BitVec 64))
(assert (= (bvmul x y) (_ bv1000000016000000063 64)))
(assert (and (bvugt x (_ bv1 64)) (bvult x (_ bv1000000007 64)) (bvult y (_ bv4294967296 64))))
(check-sat)
"""


def outcome_of(program: Program, name: str = "reference") -> Outcome:
    """What an engine finds, with its evidence."""
    return check(Task(program, select(program), keep_going=True, certify=True), engine(name))


def certify(folder: Path, model: str, name: str = "reference", **parameters: Any) -> certificate.Written:
    """A certificate of what an engine finds."""
    program = compile_model(load(model), parameters)
    written = certificate.write(folder, program, model, outcome_of(program, name), "0.1")
    assert written is not None
    return written


def prove(folder: Path, model: str, *formulas: str) -> None:
    """A certificate of a proof by the formulas, which no engine has made."""
    program = compile_model(load(model), {})
    names = ("initial", "initial-loops", "turn", "turn-loops")
    texts = (*formulas, *[UNSAT] * (len(names) - len(formulas)))
    obligations = tuple(Obligation(name, "Means\nnothing.", text) for name, text in zip(names, texts, strict=True))
    evidence = Evidence(proved=("green_when_odd",), obligations=obligations)
    outcome = Outcome("induction", {"green_when_odd": Proved()}, Stats(), None, evidence)
    assert certificate.write(folder, program, model, outcome, "0.1") is not None


def rechecked(folder: Path, limits: Limits | None = None) -> tuple[list[Finding], dict[str, Answer]]:
    """All findings, and what they come to."""
    read = recheck.read(folder)
    found = list(recheck.findings(read, limits or Limits()))
    return found, recheck.concluded(read, found)


def only_wrong(folder: Path, limits: Limits | None = None) -> Finding:
    """The one finding that does not confirm."""
    (wrong,) = [each for each in rechecked(folder, limits)[0] if each.answer is not Answer.CONFIRMED]
    return wrong


def rewrite(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, and make its sums fit the files again, as someone would who means harm."""
    path = folder / certificate.MANIFEST
    data = json.loads(path.read_text())
    change(data)
    data["files"] = [certificate.describe(folder, each["file"]) for each in data["files"]]
    path.write_text(json.dumps(data))


def restate(folder: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Change the lines of the states, their number in the manifest, and the sums."""
    path = folder / certificate.STATES
    lines = change(gzip.decompress(path.read_bytes()).decode().splitlines())
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    rewrite(folder, lambda data: data.update(states=len(lines)))


def forget() -> None:
    """As if no model of this file had been loaded: a second file of one name is called by a number."""
    for name in [name for name in sys.modules if name.startswith("crossing")]:
        del sys.modules[name]


def remodel(folder: Path, old: str, new: str) -> None:
    """Change the model. As another file: Python reads no source twice in one process."""
    forget()
    text = MODEL.replace(old, new)
    assert text != MODEL
    path = folder.parent / "changed" / "crossing.py"
    path.parent.mkdir()
    path.write_text(text)
    rewrite(folder, lambda data: data.update(model=f"{path}:Crossing"))


@pytest.fixture
def model(tmp_path: Path) -> str:
    forget()
    path = tmp_path / "crossing.py"
    path.write_text(MODEL)
    return f"{path}:Crossing"


@pytest.fixture
def folder(tmp_path: Path, model: str) -> Path:
    certify(tmp_path / "certificate", model)
    return tmp_path / "certificate"


# -- what is true is confirmed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["reference", "explicit"])
@pytest.mark.parametrize(
    "model, states",
    [
        ("spec.classics.diehard:DieHard", 16),
        ("spec.classics.two_phase:TwoPhase", 288),
        ("tests.support.workshop:Workshop", 975),
        ("tests.support.workshop:Stuck", 2),
    ],
)
def test_a_certificate_is_confirmed(tmp_path: Path, model: str, states: int, name: str) -> None:
    written = certify(tmp_path, model, name)
    assert written.states == states
    found, concluded = rechecked(tmp_path)
    assert concluded == dict.fromkeys(written.properties, Answer.CONFIRMED)
    assert found[-1].words.startswith(f"{states:,} states")


@pytest.mark.parametrize(
    "model, parameters, states",
    [
        ("spec.classics.two_phase:TwoPhaseSymmetric", {"managers": 5}, 314),
        ("tests.engines.explicit.zoo:Symmetric", {}, None),
    ],
)
def test_one_state_of_each_orbit_is_enough(
    tmp_path: Path, model: str, parameters: dict[str, int], states: int | None
) -> None:
    written = certify(tmp_path, model, "explicit", **parameters)
    assert states in (None, written.states)
    _, concluded = rechecked(tmp_path)
    assert concluded == dict.fromkeys(written.properties, Answer.CONFIRMED)


@pytest.mark.parametrize("name", ["explicit", "reference"])
def test_one_state_of_each_orbit_is_evidence(name: str) -> None:
    program = compile_model(load("spec.classics.two_phase:TwoPhaseSymmetric"), {"managers": 2})
    evidence = outcome_of(program, name).evidence
    assert evidence is not None and evidence.states is not None
    assert len(list(evidence.states())) == 34


@pytest.mark.parametrize("name", ["reference", "explicit"])
def test_evidence_only_when_asked_for_and_exhaustive(name: str) -> None:
    program = compile_model(load("spec.classics.diehard:DieHard"), {})
    task = Task(program, select(program), keep_going=True)
    assert engine(name).run(task).evidence is None
    assert engine(name).run(replace(task, keep_going=False, certify=True)).evidence is None  # ends at the violation
    evidence = engine(name).run(replace(task, certify=True)).evidence
    assert evidence is not None
    assert evidence.exhausted == ("one_jug_is_full_or_empty", NO_DEADLOCK, NO_FAILURE)


@examples(15)
@given(st.integers(2, 4).flatmap(models))
def test_orbits_of_random_models_are_confirmed(model: RandomModel) -> None:
    hold(model, confirm_orbits, SYMMETRIC_REFUSALS)


def confirm_orbits(model: RandomModel, program: Program) -> None:
    """The states that the explicit engine's code lets stand for their orbits, searched in plain Python, are closed."""
    explore(program)  # TooLarge if it is
    interpreter, plain, group = Interpreter(program), PlainModel(program), Group.of(program)
    rows: dict[State, None] = {}
    queue = [step.state for step in interpreter.initial()]
    for state in queue:
        if state is None:
            continue
        chosen = plain.canonical(state)[0] if len(group.ways) > 1 else state
        if chosen not in rows:
            rows[chosen] = None
            queue.extend(step.state for step in interpreter.successors(chosen))
    if not rows:
        raise TooLarge
    closure = Closure(program, {})
    for state in rows:
        closure.add(state)
    closure.end()
    with pytest.raises(NotClosed, match="stands twice"):  # under whatever names
        closure.add(group.image(state, group.ways[-1]))


# -- what is not is found ----------------------------------------------------------------------------------------------


def test_every_missing_state_is_noticed(folder: Path, tmp_path: Path, model: str) -> None:
    for gone in range(4):
        certify(folder, model)
        restate(folder, lambda lines, gone=gone: lines[:gone] + lines[gone + 1 :])  # type: ignore[misc]
        assert only_wrong(folder).answer is Answer.REFUTED


def test_the_last_state_missing_is_named(folder: Path) -> None:
    restate(folder, lambda lines: lines[:-1])
    words = "a reachable state is missing: [light=GREEN, turns=3], to which 'turn()' from [light=RED, turns=2] leads"
    assert only_wrong(folder).words == words


def test_an_initial_state_missing_is_named() -> None:
    program = compile_model(load("tests.support.workshop:Fine"), {})
    closure = Closure(program, {})
    with pytest.raises(NotClosed, match=r"^a reachable state is missing: \[n=0\], to which init leads$"):
        closure.end()


@pytest.mark.parametrize(
    "change, words",
    [
        (
            lambda lines: [*lines[:2], lines[0].replace("RED", "GREEN"), *lines[2:]],
            "state 3 is not initial and follows from no state before it: [light=GREEN, turns=0]",
        ),
        (lambda lines: [*lines, lines[1]], "state 5 stands twice: [light=GREEN, turns=1]"),
        (lambda lines: lines[::-1], "state 1 is not initial and follows from no state before it"),
        (lambda lines: [*lines[:3], lines[3].replace("3", "4")], "line 4: turns: 4 is not in Range(4)"),
        (lambda lines: [*lines[:3], "[1]"], "line 4: it is not a list of 2 values"),
        (lambda lines: [*lines[:3], "[1"], "line 4: it is not a list of 2 values"),
        (lambda lines: [*lines[:3], lines[3].replace('"', "")], "it cannot be read: Expecting"),
    ],
    ids=["unreachable", "twice", "order", "type", "length", "end", "json"],
)
def test_other_states_are_noticed(folder: Path, change: Callable[[list[str]], list[str]], words: str) -> None:
    restate(folder, change)
    wrong = only_wrong(folder)
    assert (wrong.part, wrong.answer) == (certificate.STATES, Answer.REFUTED)
    assert wrong.words.startswith(words)


def test_the_number_of_states_counts(folder: Path) -> None:
    rewrite(folder, lambda data: data.update(states=5))
    assert only_wrong(folder).words == "the manifest says 5 states, and there are 4"


@pytest.mark.parametrize(
    "name, verdict, words",
    [
        ("comes_to_three", "unreachable", "'comes_to_three' is true in state 4: [light=GREEN, turns=3]"),
        ("comes_to_three", "exhausted", "'comes_to_three', a @sometimes, cannot be 'exhausted'"),
        ("green_when_odd", "unreachable", "'green_when_odd', a @always, cannot be 'unreachable'"),
        ("no_failure", "unreachable", "'no_failure', a built-in property, cannot be 'unreachable'"),
        ("green_when_even", "exhausted", ":Crossing has no property 'green_when_even'"),
    ],
)
def test_a_claim_that_is_not_so_is_noticed(folder: Path, name: str, verdict: str, words: str) -> None:
    rewrite(folder, lambda d: d["properties"].update({name: {"verdict": verdict, "rests_on": ["states"]}}))
    wrong = only_wrong(folder)
    assert wrong.answer is Answer.REFUTED
    assert wrong.words.endswith(words)


@pytest.mark.parametrize(
    "old, new, words",
    [
        ("% 2 == 1", "% 2 == 0", "'green_when_odd' is false in state 1: [light=RED, turns=0]"),
        ("        self.turns = (", "        require(self.turns < 3)\n        self.turns = (", "state 4 is a deadlock"),
        ("(self.turns + 1) % 4", "self.turns + 1", "'turn()' fails in state 4: 4 does not fit"),
        ("% 2 == 1", "% (3 - self.turns) == 1", "'green_when_odd' cannot be evaluated in state 4: "),
        ("self.turns == 3", "1 // (3 - self.turns) == 3", "'comes_to_three' cannot be evaluated in state 4: "),
        ("self.turns == 2 and", "self.turns == 1 and", "'two_and_green' is true in state 2"),
    ],
    ids=["always", "deadlock", "failure", "unjudged", "unclaimed", "sometimes"],
)
def test_states_are_held_against_the_model_of_today(folder: Path, old: str, new: str, words: str) -> None:
    remodel(folder, old, new)
    wrong = only_wrong(folder)
    assert wrong.words.startswith(words)
    program = rechecked(folder)[0][0]
    assert program.part == certificate.PROGRAM
    assert "no longer compiles to the program that was certified (program.txt line" in program.words


def test_damage_is_noticed_before_anything_is_decided(folder: Path) -> None:
    path = folder / certificate.STATES
    content = bytearray(path.read_bytes())
    content[20] ^= 1
    path.write_bytes(content)
    assert only_wrong(folder).words.startswith("it was changed: its SHA-256 is ")
    path.write_bytes(content[:20])
    rewrite(folder, lambda data: None)
    assert only_wrong(folder).words.startswith("it cannot be read: ")
    path.unlink()
    assert only_wrong(folder).words == "it cannot be read: No such file or directory"


def test_limits_leave_it_undecided(folder: Path, tmp_path: Path) -> None:
    assert only_wrong(folder, Limits(seconds=0)).words == (
        "the time of 0 s ended after 1 states of 4: give --time more, at this rate some 1s"
    )
    certify(tmp_path / "many", "spec.classics.two_phase:TwoPhaseSymmetric", "explicit", managers=2)
    rewrite(tmp_path / "many", lambda data: data["parameters"].update(managers="8"))
    found, concluded = rechecked(tmp_path / "many")
    assert found[-1].answer is Answer.UNDECIDED
    assert "40,320 renamings" in found[-1].words
    assert set(concluded.values()) == {Answer.UNDECIDED}


def test_memory_leaves_it_undecided(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    held: Iterator[int] = iter(range(0, 1 << 30, 1 << 20))
    monkeypatch.setattr(recheck, "resident", lambda: next(held))
    monkeypatch.setattr(recheck, "_TICK", 0)
    wrong = only_wrong(folder, Limits(memory=1 << 20))
    assert (wrong.answer, wrong.words.partition(" states")[0]) == (
        Answer.UNDECIDED,
        "the memory of 1 MiB ended after 2",
    )


# -- obligations -------------------------------------------------------------------------------------------------------


@needs_cvc5
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
    found = recheck.decide(path, 0.2)
    assert found[0] is answer
    assert found[1].startswith(words)


@needs_cvc5
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
@needs_cvc5
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


@needs_cvc5
def test_one_left_over_obligation_confirms_nothing(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model)

    def keep_one(data: dict[str, Any]) -> None:
        for _ in range(3):
            drop(data, 0)

    rewrite(tmp_path / "c", keep_one)
    assert rechecked(tmp_path / "c")[1] == {"green_when_odd": Answer.REFUTED}


@needs_cvc5
def test_a_doubled_obligation_is_noticed(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model)
    rewrite(tmp_path / "c", lambda data: data["obligations"].append(data["obligations"][2]))
    words = [each.words for each in rechecked(tmp_path / "c")[0] if each.answer is Answer.REFUTED]
    assert words[0].endswith("'turn' stands 2 times, not 1")
    assert "one file stands for two obligations" in words


@needs_cvc5
def test_assert_false_in_place_of_an_obligation_is_noticed(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model, UNSAT, UNSAT, "(set-logic QF_BV)\n(assert ; here\n false)\n(check-sat)\n")
    assert only_wrong(tmp_path / "c").words == "it asserts false, and says nothing of its step"


@needs_cvc5
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


@needs_cvc5
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


# -- the command -------------------------------------------------------------------------------------------------------


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    """Run a command; its exit status."""
    monkeypatch.setattr(sys, "argv", ["evacheck", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0)


def test_a_certificate_by_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, model: str
) -> None:
    folder = tmp_path / "c"
    verify = ("verify", model, "--out", str(tmp_path / "out"), "--certificate", str(folder))
    assert run(monkeypatch, *verify) == 12  # a @sometimes never happens
    said = capsys.readouterr().out
    assert f"certificate of green_when_odd, two_and_green, no_deadlock, no_failure: {folder} (4 states)\n" in said
    assert run(monkeypatch, "recheck", str(folder)) == 2, "the model lies elsewhere"
    capsys.readouterr()
    assert run(monkeypatch, "recheck", "--trust", str(folder)) == 0
    assert (
        capsys.readouterr().out
        == f"""{model}
  program.txt: {model} still compiles to the same program
  states.jsonl.gz: 4 states: all that can be reached, and nothing is wrong in any

  green_when_odd  confirmed
  two_and_green   confirmed
  no_deadlock     confirmed
  no_failure      confirmed
  comes_to_three  not certified (witnessed)
"""
    )
    assert run(monkeypatch, "recheck", str(folder), "--trust", "--time", "0s") == 3
    restate(folder, lambda lines: lines[:-1])
    assert run(monkeypatch, "recheck", str(folder), "--trust") == 1
    capsys.readouterr()
    assert run(monkeypatch, "recheck", str(tmp_path)) == 2
    assert capsys.readouterr().err.startswith("U014 ")
    (folder / "notes.txt").touch()
    assert run(monkeypatch, *verify) == 2
    assert capsys.readouterr().err.startswith(f"U010 {folder} holds notes.txt")


def test_a_signal_ends_a_recheck_and_what_was_found_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    """All of it was lost. What was not looked at is not confirmed."""

    def struck(*_: object) -> Finding:
        raise KeyboardInterrupt

    monkeypatch.setattr(recheck, "_states", struck)
    assert run(monkeypatch, "recheck", str(folder), "--trust") == 3
    said = capsys.readouterr().out
    assert "  program.txt: " in said and "  states.jsonl.gz: interrupted before it was checked\n" in said
    assert "undecided" in said and "confirmed" not in said


def test_what_was_decided_before_a_signal_stays_decided(folder: Path) -> None:
    """Every property was undecided, also one whose obligations had all been confirmed when the states began."""
    both = {"proven": (BY_OBLIGATIONS,), "counted": (BY_STATES,)}
    made = replace(recheck.read(folder), rests_on=both, obligations=("a.smt2", "b.smt2"), states=6)
    found = [Finding(name, Answer.CONFIRMED, "unsat", bears=BY_OBLIGATIONS) for name in made.obligations]
    late = recheck.concluded(made, [*found, *recheck.interrupted(made, found)])
    assert late == {"proven": Answer.CONFIRMED, "counted": Answer.UNDECIDED}
    early = recheck.concluded(made, [*found[:1], *recheck.interrupted(made, found[:1])])
    assert early == {"proven": Answer.UNDECIDED, "counted": Answer.UNDECIDED}


def test_a_recheck_has_a_limit_of_time_of_its_own(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """Without --time a formula that cvc5 cannot decide went on for ever."""
    limits: list[Limits] = []
    monkeypatch.setattr(recheck, "findings", lambda _, given, __: limits.append(given) or iter([]))
    run(monkeypatch, "recheck", str(folder), "--trust")
    run(monkeypatch, "recheck", str(folder), "--trust", "--time", "5s")
    assert [each.seconds for each in limits] == [600.0, 5.0]


@needs_cvc5
def test_a_proof_by_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, model: str
) -> None:
    verify = ("verify", model, "--property", "green_when_odd", "--engine", "induction", "--out", str(tmp_path / "out"))
    assert run(monkeypatch, *verify, "--certificate", str(tmp_path / "c")) == 0
    capsys.readouterr()
    assert run(monkeypatch, "recheck", str(tmp_path / "c"), "--trust") == 0
    said = capsys.readouterr().out
    assert "obligations unsat by cvc5" in said
    assert "  green_when_odd  confirmed\n  no_failure      confirmed\n" in said


@pytest.mark.parametrize("arguments", [("spec.classics",), ("tests.support.workshop:Fine", "--sweep", "n=1")])
def test_a_certificate_is_for_one_model(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    assert run(monkeypatch, "verify", *arguments, "--certificate", str(tmp_path)) == 2
    assert "--certificate goes with one model" in capsys.readouterr().err


def test_without_a_proof_there_is_no_certificate(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    arguments = ("verify", "spec.classics.two_phase:TwoPhase", "--max-states", "9", "--out", str(tmp_path / "out"))
    assert run(monkeypatch, *arguments, "--certificate", str(tmp_path / "c")) == 3
    assert capsys.readouterr().err.startswith("No certificate was written")


# -- writing and reading -----------------------------------------------------------------------------------------------


def test_the_same_verdicts_give_the_same_bytes(folder: Path, model: str) -> None:
    def content() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    before = content()
    certify(folder, model)
    assert content() == before
    assert set(before) == {certificate.MANIFEST, certificate.PROGRAM, certificate.STATES}


def test_a_new_certificate_leaves_nothing_of_the_old_one(tmp_path: Path, model: str) -> None:
    prove(tmp_path / "c", model, UNSAT, UNSAT)
    certify(tmp_path / "c", model)
    assert not (tmp_path / "c" / certificate.OBLIGATIONS).exists()


def test_a_folder_with_something_else_is_refused(tmp_path: Path, model: str) -> None:
    with pytest.raises(UsageError, match=r"U010 .* holds crossing.py, which is no part of a certificate"):
        certify(tmp_path, model)
    assert (tmp_path / "crossing.py").exists()


def test_without_evidence_nothing_is_written(tmp_path: Path, model: str) -> None:
    program = compile_model(load(model), {})
    outcome = Outcome("bmc", {"green_when_odd": Bounded(3)}, Stats())
    assert certificate.write(tmp_path / "c", program, model, outcome, "0.1") is None
    assert not (tmp_path / "c").exists()


STATES: tuple[State, ...] = ((0,), (1,))


@pytest.mark.parametrize(
    "evidence, words",
    [
        (Evidence(exhausted=("bounded",), states=lambda: iter(STATES)), "it has some for 'bounded', whose verdict is"),
        (Evidence(exhausted=("other",), states=lambda: iter(STATES)), "it has some for 'other', whose verdict is None"),
        (Evidence(exhausted=("two", "three"), states=lambda: iter(STATES)), "there are 2 and 3 states"),
        (Evidence(exhausted=("three",), states=lambda: iter(STATES)), "2 states, and the verdicts say 3"),
        (Evidence(exhausted=("two",)), "there are none to write"),
        (Evidence(proved=("two",)), "properties are proved without an obligation"),
    ],
)
def test_evidence_that_does_not_fit_is_a_bug(tmp_path: Path, evidence: Evidence, words: str) -> None:
    program = compile_model(load("tests.support.workshop:Fine"), {})
    verdicts = {"bounded": Bounded(3), "two": Exhausted(2), "three": Unreachable(3)}
    with pytest.raises(EngineBug, match=words):
        certificate.write(tmp_path, program, "m", Outcome("e", verdicts, Stats(), None, evidence), "0.1")
    assert not (tmp_path / certificate.MANIFEST).exists()


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda data: data.update(version=2), "it says 'evacheck certificate', version 2"),
        (lambda data: data.pop("model"), "KeyError: 'model'"),
        (lambda data: data["properties"].clear(), "it certifies nothing"),
        (lambda data: data.update(states=None), "in one of its lists and not in the other"),
        (
            lambda data: data["properties"]["no_failure"].update(rests_on=["obligations"]),
            "what its properties rest on is not what it holds",
        ),
        (lambda data: data["properties"]["no_failure"].update(rests_on=["hope"]), "'no_failure' rests on"),
        (
            lambda data: (
                data["files"].append({"file": "../crossing.py"}),
                data["obligations"].append({"file": "../crossing.py"}),
            ),
            "'../crossing.py' lies outside the certificate",
        ),
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(
    folder: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    rewrite(folder, change)
    with pytest.raises(UsageError) as caught:
        recheck.read(folder)
    assert caught.value.problem.code == "U014"
    assert words in caught.value.problem.problem


def test_a_folder_without_a_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"U014 .* there is no manifest.json"):
        recheck.read(tmp_path)
    (tmp_path / certificate.MANIFEST).write_text("{")
    with pytest.raises(UsageError, match=r"U014 .* cannot be read"):
        recheck.read(tmp_path)


def test_a_fingerprint_sees_what_the_text_does_not_show(tmp_path: Path) -> None:
    texts = (MODEL, MODEL, "\n\n" + MODEL, MODEL.replace('GREEN = "green"', 'GREEN = "g"\n    BLUE = "blue"'))
    found = []
    for number, text in enumerate(texts):
        path = tmp_path / str(number) / "crossing.py"
        path.parent.mkdir()
        path.write_text(text)
        forget()
        program = compile_model(load(f"{path}:Crossing"), {})
        found.append((certificate.fingerprint(program), show_program(program)))
    assert [one == two for one, two in pairwise(prints for prints, _ in found)] == [True, True, False]
    assert len({text for _, text in found}) == 1


def test_a_fingerprint_tells_what_a_property_is_for() -> None:
    """Of enums each member counts: a lemma and an @always are kinds of property, and nothing else tells them apart."""
    prints = set()
    for mark in ("always", "lemma", "sometimes", "final"):
        made = program(
            f"class M(Model):\n    n = Var(Range(3))\n    @action\n    def go(self):\n        self.n = 1\n"
            f"    @{mark}\n    def small(self):\n        return self.n < 2\n"
        )
        prints.add(certificate.fingerprint(made))
    assert len(prints) == 4


def test_no_engine_takes_part_in_a_recheck() -> None:
    code = "import sys, checker.certificates.recheck; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.startswith(("checker.engines", "checker.check", "z3", "llvmlite"))]
