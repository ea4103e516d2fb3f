"""What a certificate holds is confirmed again, and whatever is changed in its states is found."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.certificates import certificate, manifest, recheck, stored
from checker.certificates.certificate import BY_OBLIGATIONS, BY_STATES
from checker.certificates.reachable_set import Closure, NotClosed
from checker.certificates.recheck import Answer, Limits, PartResult
from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.ir.types import Type, Value
from counterexamples.itf.encoding import Place, decode
from tests.support.agreement import examples, hold
from tests.support.certificates import certify, only_wrong, rechecked, remodel, restate, rewrite
from tests.support.orbits import confirm_orbits
from tests.support.random_models import SYMMETRIC_REFUSALS, RandomModel, models


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


@examples(15)
@given(st.integers(2, 4).flatmap(models))
def test_orbits_of_random_models_are_confirmed(model: RandomModel) -> None:
    hold(model, confirm_orbits, SYMMETRIC_REFUSALS)


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
        (lambda lines: [*lines[:3], "(" + lines[3][1:]], "line 4: it is not a list of 2 values"),
        (lambda lines: [*lines[:3], lines[3][:-1] + ")"], "line 4: it is not a list of 2 values"),
        (lambda lines: [*lines[:3], lines[3].replace('"', "")], "it cannot be read: Expecting"),
    ],
    ids=["unreachable", "twice", "order", "type", "length", "end", "opening", "closing", "json"],
)
def test_other_states_are_noticed(folder: Path, change: Callable[[list[str]], list[str]], words: str) -> None:
    restate(folder, change)
    wrong = only_wrong(folder)
    assert (wrong.part, wrong.answer) == (certificate.STATES, Answer.REFUTED)
    assert wrong.words.startswith(words)


def test_a_value_that_was_read_is_not_read_again(folder: Path, model: str) -> None:
    read: list[object] = []

    def noting(kind: Type, data: object, place: Place) -> Value:
        read.append(data)
        return decode(kind, data, place)

    with patch.object(stored, "decode", noting):
        states = list(stored.stored_states(folder / certificate.STATES, compile_model(load(model), {})))
    assert len(states) == len(set(states)) == 4
    assert len(read) == len(set(map(str, read))) == 2 + 4


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
        "the time of 0 s ended after 1 state of 4: give --time more, at this rate some 1s"
    )
    certify(tmp_path / "many", "spec.classics.two_phase:TwoPhaseSymmetric", "explicit", managers=2)
    rewrite(tmp_path / "many", lambda data: data["parameters"].update(managers="8"))
    found, concluded = rechecked(tmp_path / "many")
    assert found[-1].answer is Answer.UNDECIDED
    assert "40,320 renamings" in found[-1].words
    assert set(concluded.values()) == {Answer.UNDECIDED}


def test_memory_leaves_it_undecided(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    held: Iterator[int] = iter(range(1 << 29, 1 << 30, 1 << 20))  # what it held before does not count
    monkeypatch.setattr(recheck, "resident", lambda: next(held))
    monkeypatch.setattr(recheck, "_TICK", 0)
    wrong = only_wrong(folder, Limits(memory=1 << 20))
    assert (wrong.answer, wrong.words.partition(" states")[0]) == (
        Answer.UNDECIDED,
        "the memory of 1 MiB ended after 2",
    )


def test_what_was_decided_before_a_signal_stays_decided(folder: Path) -> None:
    """Every property was undecided, also one whose obligations had all been confirmed when the states began."""
    both = {"proven": (BY_OBLIGATIONS,), "counted": (BY_STATES,)}
    made = replace(manifest.read(folder), rests_on=both, obligations=("a.smt2", "b.smt2"), states=6)
    found = [PartResult(name, Answer.CONFIRMED, "unsat", bears=BY_OBLIGATIONS) for name in made.obligations]
    late = recheck.concluded(made, [*found, *recheck.interrupted(made, found)])
    assert late == {"proven": Answer.CONFIRMED, "counted": Answer.UNDECIDED}
    early = recheck.concluded(made, [*found[:1], *recheck.interrupted(made, found[:1])])
    assert early == {"proven": Answer.UNDECIDED, "counted": Answer.UNDECIDED}


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
        manifest.read(folder)
    assert caught.value.problem.code == "U014"
    assert words in caught.value.problem.problem


def test_a_folder_without_a_certificate_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"U014 .* there is no manifest.json"):
        manifest.read(tmp_path)
    (tmp_path / certificate.MANIFEST).write_text("{")
    with pytest.raises(UsageError, match=r"U014 .* cannot be read"):
        manifest.read(tmp_path)


def test_no_engine_takes_part_in_a_recheck() -> None:
    code = "import sys, checker.certificates.recheck; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not [name for name in loaded if name.startswith(("checker.engines", "checker.check", "z3", "llvmlite"))]


@pytest.mark.parametrize(
    ("checked", "wanted", "said"),
    [
        (5, None, "5 states: give --time more"),
        (20, 20, "20 states: give --time more"),
        (5, 20, "5 states of 20: give --time more, at this rate some 40s"),
        (0, 20, "0 states of 20: give --time more, at this rate some 200s"),
        (19, 20, "19 states of 20: give --time more, at this rate some 11s"),
    ],
)
def test_time_that_would_be_enough_is_said_where_it_is_known_how_many_states_there_are(
    checked: int, wanted: int | None, said: str
) -> None:
    assert recheck._out_of_time(10, checked, wanted) == f"the time of 10 s ended after {said}"


@pytest.mark.parametrize(
    ("answers", "met", "answer", "said"),
    [
        (["unsat"], False, Answer.CONFIRMED, "unsat by cvc5 9"),
        (["unsat", "sat"], True, Answer.CONFIRMED, "unsat by cvc5 9"),
        (["unsat", "unknown timeout"], True, Answer.CONFIRMED, "unsat by cvc5 9"),
        (["unsat", "unsat"], True, Answer.UNDECIDED, "unsat by cvc5 9, but also if nothing is denied: "),
        (["sat"], True, Answer.REFUTED, "sat by cvc5 9: there is a solution, so it proves nothing"),
        (["unknown"], True, Answer.UNDECIDED, "unknown by cvc5 9"),
        (["unknown INCOMPLETE"], False, Answer.UNDECIDED, "unknown by cvc5 9 incomplete"),
        (["unknown TIMEOUT"], False, Answer.UNDECIDED, "unknown by cvc5 9 timeout; give --time more"),
        (["a ( too few"], True, Answer.REFUTED, "it is no obligation: a ( too few"),
        ([RuntimeError("no  such\nlogic")], True, Answer.REFUTED, "it is no obligation: no such logic"),
        ([], True, Answer.REFUTED, "it is no obligation: text stands behind its exit"),
    ],
)
def test_what_cvc5_says_of_a_formula_is_told_in_words(
    answers: list[Any], met: bool, answer: Answer, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, float | None, list[tuple[str, str]]]] = []

    def run(_: object, text: str, seconds: float | None, options: Any = ()) -> str:
        asked.append((text, seconds, list(options)))
        found = answers[len(asked) - 1]
        if isinstance(found, Exception):
            raise found
        return str(found)

    monkeypatch.setitem(sys.modules, "cvc5", SimpleNamespace(__version__="9"))  # type: ignore[arg-type]
    monkeypatch.setattr(recheck, "_run", run)
    text = "(assert x)\n(assert y)\n(check-sat)" if answers else "(exit)(check-sat)"
    (tmp_path / "one.smt2").write_text(text)
    found, words, seconds = recheck.decide(tmp_path / "one.smt2", 7, met)
    assert found is answer and words.startswith(said) and 0 <= seconds < 60
    assert words == said or answers == ["unsat", "unsat"]
    half = ("(assert x)\n(check-sat)", 7, [("finite-model-find", "true")])
    assert asked == [(text, 7, []), half][: len(answers)]


def test_a_formula_that_cannot_be_read_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cvc5", SimpleNamespace(__version__="9"))  # type: ignore[arg-type]
    found, words, _ = recheck.decide(tmp_path / "none.smt2", None)
    assert found is Answer.REFUTED and words.startswith("it is no obligation: ") and "No such file" in words


@pytest.mark.parametrize("obligations", [(), ("1.smt2",)])
@pytest.mark.parametrize("states", [None, 7])
@pytest.mark.parametrize("same", [True, False])
def test_another_program_takes_the_worth_from_obligations_and_not_from_states(
    same: bool, states: int | None, obligations: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recheck, "_where", lambda *_: " (line 3)")
    monkeypatch.setattr(recheck, "fingerprint", lambda _: "now")
    made: Any = SimpleNamespace(program="now" if same else "then", model="m:M", obligations=obligations, states=states)
    found = [(each.part, each.answer, each.bears, each.words) for each in recheck._same_program(made, None)]  # type: ignore[arg-type]
    changed = "m:M no longer compiles to the program that was certified (line 3); "
    bad = (
        certificate.PROGRAM,
        Answer.REFUTED,
        BY_OBLIGATIONS,
        f"{changed}the obligations say nothing of it: verify again",
    )
    good = (certificate.PROGRAM, Answer.CONFIRMED, BY_STATES, f"{changed}the states are checked against today's")
    if same:
        ((part, answer, _, words),) = found
        assert (part, answer) == (certificate.PROGRAM, Answer.CONFIRMED)
        assert words == "m:M still compiles to the same program"
    else:
        assert found == [*([bad] if obligations else []), *([good] if states is not None else [])]


@pytest.mark.parametrize("seconds", [None, 0.0, 0.0004, 0.001, 0.0019, 0.25, 7.0])
def test_cvc5_is_given_the_time_there_is_and_a_thousandth_of_a_second_at_least(seconds: float | None) -> None:
    """None at all would be as much as it likes."""
    options: list[tuple[str, str]] = []
    parser = SimpleNamespace(
        setStringInput=lambda *_: None,
        getSymbolManager=lambda: None,
        nextCommand=lambda: SimpleNamespace(isNull=lambda: True),
    )
    cvc5 = SimpleNamespace(
        TermManager=lambda: None,
        Solver=lambda _: SimpleNamespace(setOption=lambda *given: options.append(given)),
        InputParser=lambda _: parser,
        InputLanguage=SimpleNamespace(SMT_LIB_2_6="language"),
    )
    recheck._run(cvc5, "", seconds, [("finite-model-find", "true")])
    limit = None if seconds is None else max(1, int(1000 * seconds))
    assert options == [("finite-model-find", "true"), *([] if limit is None else [("tlimit-per", str(limit))])]


def test_an_obligation_whose_process_died_is_undecided() -> None:
    died, decided = Future[tuple[Answer, str, float]](), Future[tuple[Answer, str, float]]()
    died.set_exception(BrokenProcessPool())
    decided.set_result((Answer.CONFIRMED, "unsat", 0.5))
    found = recheck._obligation("1.smt2", died)
    assert (found.part, found.answer, found.seconds) == ("1.smt2", Answer.UNDECIDED, 0.0)
    assert found.words == "the process that ran cvc5 died, perhaps out of memory"
    found = recheck._obligation("2.smt2", decided)
    assert (found.part, found.answer, found.words, found.seconds) == ("2.smt2", Answer.CONFIRMED, "unsat", 0.5)
