"""Certificates of proofs for every size: what is written is decided again, and what is missing in it is noticed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.certificates import manifest, recheck
from checker.certificates.obligations import may_be_false, wrong_at_any_size
from checker.certificates.recheck import Answer, Limits, PartResult
from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from tests.frontend.support import program
from tests.support.certificates import STEPS, rewrite
from tests.support.commands import Run

TOKEN = "spec.classics.any_number:Token"
OPEN = ("--engine", "induction", "--unbounded", "all")


@pytest.fixture
def token(run: Run, tmp_path: Path) -> Path:
    """A certificate of the token's proof."""
    done = run("verify", TOKEN, *OPEN, "--property", "exclusive", "--certificate", str(tmp_path / "c"))
    assert done.status == 0, done.error
    return tmp_path / "c"


def wrong(folder: Path) -> list[PartResult]:
    """What a recheck finds wrong."""
    return [each for each in recheck.findings(manifest.read(folder), Limits(20)) if each.answer is not Answer.CONFIRMED]


@pytest.mark.needs("cvc5")
def test_a_proof_for_every_number_is_decided_again(run: Run, token: Path) -> None:
    done = run("recheck", str(token))
    assert done.status == 0, done.error
    assert f"{TOKEN}  nodes=every" in done.out
    assert "26 of 26 obligations unsat by cvc5" in done.out
    assert "not checked: that each formula says what its name does" in done.out
    assert "parameters" in (manifest := json.loads((token / "manifest.json").read_text()))
    assert (manifest["every"], manifest["parameters"]) == (["nodes"], {})


@pytest.mark.needs("cvc5")
def test_a_proof_that_counts_is_decided_again(run: Run, tmp_path: Path) -> None:
    model = "spec.classics.counted:CountingSemaphore"
    asked = ("--property", "no_more_inside_than_permits", "--property", "no_failure")
    done = run("verify", model, *OPEN, *asked, "--certificate", str(tmp_path / "c"))
    assert done.status == 0, done.error
    assert "11 of 11 obligations unsat by cvc5" in (done := run("recheck", str(tmp_path / "c"))).out, done.out


def _without_a_step(data: dict[str, Any]) -> None:
    gone = next(each for each in data["obligations"] if each["name"] == "exclusive-enter")
    data["obligations"].remove(gone)
    data["files"] = [each for each in data["files"] if each["file"] != gone["file"]]


def _without_a_lemma_at_one_step(data: dict[str, Any]) -> None:
    gone = next(each for each in data["obligations"] if each["name"] == "the_token_is_in_one_place-send")
    data["obligations"].remove(gone)
    data["files"] = [each for each in data["files"] if each["file"] != gone["file"]]


def _with_another_claim(data: dict[str, Any]) -> None:
    data["properties"]["no_deadlock"] = {"verdict": "proved", "rests_on": ["obligations"]}


def _of_one_size(data: dict[str, Any]) -> None:
    del data["every"]
    data["parameters"] = {"nodes": "1"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_without_a_step, "'exclusive-enter' is missing"),
        (_without_a_lemma_at_one_step, "'the_token_is_in_one_place-send' is missing"),
        (_with_another_claim, "they cannot prove 'no_deadlock'"),
        (_of_one_size, "'initial' is missing"),
    ],
)
@pytest.mark.needs("cvc5")
def test_what_a_certificate_for_every_size_leaves_out_is_noticed(
    token: Path, change: Callable[[dict[str, Any]], None], words: str
) -> None:
    rewrite(token, change)
    assert any(words in each.words for each in wrong(token))


@pytest.mark.needs("cvc5")
def test_a_formula_that_contradicts_itself_whatever_it_denies_confirms_nothing(token: Path) -> None:
    file = next(each for each in (token / "obligations").iterdir() if "exclusive-send" in each.name)
    whole = file.read_text()
    at = whole.rindex("(assert")
    file.write_text(whole[:at] + "(assert (not (= holder holder)))\n" + whole[at:])
    rewrite(token, lambda data: None)
    (found,) = wrong(token)
    assert found.answer is Answer.UNDECIDED and found.part.endswith(file.name)
    assert found.words.endswith("but also if nothing is denied: the step never happens, or the formula is wrong")


def test_states_prove_nothing_for_every_size(token: Path) -> None:
    data = json.loads((token / "manifest.json").read_text())
    data["states"] = 3
    data["properties"]["exclusive"]["rests_on"] = ["states", "obligations"]
    data["files"].append({"file": "states.jsonl.gz", "bytes": 0, "sha256": ""})
    (token / "manifest.json").write_text(json.dumps(data))
    with pytest.raises(recheck.UsageError, match="states are of one size"):
        manifest.read(token)


def test_every_claim_has_an_obligation_for_each_step_and_one_for_the_start() -> None:
    steps = ["plain", "some", "most", "too_many", "once from start", "once from middle"]
    steps += ["twice from again", "twice from between", "initial"]
    whole = [f"small-{step}" for step in steps]
    assert wrong_at_any_size(STEPS, ["small"], whole) == ""
    said = wrong_at_any_size(STEPS, ["small"], [*whole, "helps-initial"])
    assert said.startswith("'helps-plain' is missing")
    for name in whole:
        assert wrong_at_any_size(STEPS, ["small"], [each for each in whole if each != name]).startswith(
            f"'{name}' is missing"
        )
    safe = [*whole, *(f"{name}-failure" for name in (*steps, "small", "large", "over"))]
    assert wrong_at_any_size(STEPS, ["small", NO_FAILURE], safe) == ""
    assert wrong_at_any_size(STEPS, ["small"], safe) != ""
    assert wrong_at_any_size(STEPS, ["small", NO_DEADLOCK], whole) == "they cannot prove 'no_deadlock'"
    assert wrong_at_any_size(STEPS, ["large"], whole).startswith("they cannot prove 'large'")


SWITCHED_OFF = """
class SwitchedOff(Model):
    on = Param(False)
    x = Var(Range(9))

    @action
    def up(self):
        require(self.x < 8)
        require(self.on)
        self.x += 1

    @action
    def down(self):
        require(self.x > 0)
        self.x -= 1

    @always
    def low(self):
        return self.x < 9
"""


def test_only_a_step_that_a_parameter_switches_off_may_be_plainly_false() -> None:
    off, on = program(SWITCHED_OFF), program(SWITCHED_OFF, on=True)
    names = ("up", "low-up", "down", "low-down", "initial", "low-initial")
    assert [name for name in names if may_be_false(off, name)] == ["up", "low-up"]
    assert not any(may_be_false(on, name) for name in names)
    assert may_be_false(on, "up-loops") and may_be_false(on, "up-failure")
