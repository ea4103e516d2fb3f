"""What TLC makes of exported models: the states that the interpreter has, and the same verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.verdict import Witnessed
from checker.contract.wording import Status, status
from checker.export.commands import exported
from checker.export.tla import configuration, tla
from checker.frontend.load import compile_model, load
from checker.lang import Model, Range, Var, action, always, require, sometimes
from tests.export.support import CutOff, Everything, stated
from tests.support import forked
from tests.support.tlc import THERE, WHY, Said, tlc

BARE = "SPECIFICATION Spec\n"


@pytest.mark.skipif(not THERE, reason=WHY)
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("spec.classics.two_phase:TwoPhaseSymmetric", {"managers": 3}),
        ("spec.classics.ewd840:Termination", {}),
        ("spec.gc.marking:Marking", {"objects": 1, "goroutines": 1}),
    ],
)
def test_tlc_has_the_states_that_the_interpreter_has(name: str, parameters: dict[str, int], tmp_path: Path) -> None:
    program = compile_model(load(name), parameters)
    found = exported(program)
    assert tlc(tmp_path, "M", tla(found, name, "M"), BARE).states == stated(program)
    assert tlc(tmp_path, "M", tla(found, name, "M"), _without_what_happens(configuration(found))).violated is None


@pytest.mark.skipif(not THERE, reason=WHY)
def test_tlc_has_the_states_of_a_model_with_a_constraint(tmp_path: Path) -> None:
    """As the TLA+ examples publish them of MCAlternatingBit: 240. Of the text more than their 1,392 are generated: a
    choice that makes no difference in a state is a step of its own."""
    name = "spec.classics.alternating_bit:AlternatingBitConstrained"
    found = exported(compile_model(load(name), {}))
    said = tlc(tmp_path, "M", tla(found, name, "M"), _without_what_happens(configuration(found)))
    assert (said.states, said.violated) == (240, None)


@pytest.mark.skipif(not THERE, reason=WHY)
def test_tlc_judges_a_state_beyond_the_constraint_and_goes_no_further(tmp_path: Path) -> None:
    text = tla(exported(compile_model(CutOff, {})), "M", "M")
    limit = f"{BARE}CONSTRAINT small\n"
    said = tlc(tmp_path, "M", text, f"{limit}INVARIANT at_most_four\nINVARIANT never_stuck\n")
    assert (said.states, said.generated, said.violated) == (4, 7, None)
    assert tlc(tmp_path, "M", text, f"{limit}INVARIANT at_most_three\n").violated == "at_most_three"
    assert tlc(tmp_path, "M", text, BARE).states == 10 + 1, "the steps know nothing of it, and the last one fails"


def test_a_constraint_stands_in_the_configuration() -> None:
    found = exported(compile_model(CutOff, {}))
    assert configuration(found).endswith("\nCONSTRAINT small\n")
    text = tla(found, "M")
    assert "\nsmall == (n < 4)\nnever_stuck == ~small \\/ failed" in text
    assert "\n\\* up\nStep1 ==\n  \\/ ~(9 < (n + 1)) /\\ n' = (n + 1) /\\ UNCHANGED <<failed>>\n" in text


def _without_what_happens(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if " never_" not in line or "stuck" in line)


@pytest.mark.skipif(not THERE, reason=WHY)
def test_tlc_has_the_same_verdicts(tmp_path: Path) -> None:
    program = compile_model(Everything, {})
    found = exported(program)
    task = Task(program, select(program, ()), Budget(), keep_going=True)
    happens = {claim.name: claim.happens for claim in found.claims}
    for name, verdict in check(task, engine("reference")).verdicts.items():
        bad = status(name, verdict) is not Status.AS_EXPECTED
        invariant = {NO_FAILURE: "nothing_fails", NO_DEADLOCK: "never_stuck"}.get(name, name)
        if happens.get(name, False):
            invariant, bad = f"never_{name}", not bad
        said = tlc(tmp_path, "M", tla(found, "M", "M"), f"{BARE}INVARIANT {invariant}\n")
        assert said.violated == (invariant if bad else None), name


def test_the_text_reads_like_the_model(tmp_path: Path) -> None:
    name = "spec.classics.diehard:DieHard"
    done = forked.command(tmp_path, ["export", name, "--to", "tla", "--out", "Jugs.tla"])
    assert (done.returncode, done.stdout) == (0, "")
    text = (tmp_path / "Jugs.tla").read_text()
    assert text.startswith("---- MODULE Jugs ----\n") and text.endswith("\n====\n")
    assert "\n\\* fill_big\nStep2 ==\n  big' = 5 /\\ UNCHANGED <<small, failed>>\n" in text
    assert "\nbig_is_not_4 == ~(big = 4)\n" in text
    assert (tmp_path / "Jugs.cfg").read_text().splitlines()[:3] == [
        "SPECIFICATION Spec",
        "INVARIANT nothing_fails",
        "INVARIANT never_stuck",
    ]
    done = forked.command(tmp_path, ["export", name, "--to", "tla", "--out", "2.tla"])
    assert done.returncode == 2 and "U008 --out 2.tla: no module of TLA+ has this name" in done.stderr
    done = forked.command(tmp_path, ["export", name, "--to", "tlc"])
    assert done.returncode == 2 and "Did you mean `tla`?" in done.stderr


class Bits(Model):
    """What is done to bits, in a step and in properties."""

    x = Var(Range(16))
    y = Var(Range(16))

    @action
    def turn(self):
        require(self.x < 15)
        self.x += 1
        self.y = self.x ^ (self.y | 5)

    @always
    def is_less(self):
        return self.x & self.y <= self.x

    @sometimes
    def differ(self):
        return self.x & self.y == 8 and self.x | self.y == 13


@pytest.mark.skipif(not THERE, reason=WHY)
def test_tlc_knows_bits(tmp_path: Path) -> None:
    """They were in a module that TLC does not bring, and that only steps asked for."""
    program = compile_model(Bits, {})
    text = tla(exported(program), "M", "M")
    asked = f"{BARE}INVARIANT is_less\nINVARIANT nothing_fails\n"
    assert tlc(tmp_path, "M", text, asked) == Said(stated(program), None)
    assert isinstance(check(Task(program, ("differ",), Budget()), engine("reference")).verdicts["differ"], Witnessed)
    assert tlc(tmp_path, "M", text, f"{BARE}INVARIANT never_differ\n").violated == "never_differ"


def test_what_is_done_to_bits_is_defined_where_it_is_needed() -> None:
    text = tla(exported(compile_model(Bits, {})), "M")
    assert "\nRECURSIVE BitAnd(_, _)\n" in text and "\nis_less == ~(x < BitAnd(x, y))\n" in text
    assert "Bit" not in tla(exported(compile_model(CutOff, {})), "M")
