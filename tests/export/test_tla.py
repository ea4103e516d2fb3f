"""What TLC makes of exported models: the states that the interpreter has, and the same verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.wording import Status, status
from checker.export.commands import exported
from checker.export.tla import configuration, tla
from checker.frontend.load import compile_model, load
from tests.export.support import Everything, stated
from tests.support import forked
from tests.support.tlc import THERE, WHY, tlc

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
