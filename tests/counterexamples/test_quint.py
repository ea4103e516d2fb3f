"""Traces both ways between Quint and evacheck, where Quint is; and one that it wrote, wherever the tests run.

`tests/data/quint` has the same two models in its language, written for this: names, parameters and variables agree.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from checker.check import check, engine, select
from checker.contract.task import Budget, Task
from checker.contract.trace import Trace
from checker.contract.verdict import Violated, Witnessed
from checker.errors import ModelError, UsageError
from checker.ir.nodes import Program
from counterexamples.itf import matching, traces
from tests.support import quint
from tests.support.foreign import DATA, META, compiled, walk
from tests.support.random_models import REFUSALS, drawn, may_be_refused

JUGS = ("die_hard", "spec.classics.diehard:DieHard", "big_is_not_4")
COMMIT = ("two_phase", "spec.classics.two_phase:TwoPhase", "all_commit")


def ours(program: Program, name: str) -> Trace:
    """The shortest trace that a property has: of its violation, or of what happens."""
    verdict = check(Task(program, select(program, [name]), Budget()), engine("reference")).verdicts[name]
    assert isinstance(verdict, Violated | Witnessed)
    return verdict.trace


def test_what_quint_wrote_of_two_phase_commit_is_a_behaviour_of_ours() -> None:
    """`quint run --backend=typescript --mbt --invariant=notAllCommit --seed=0x7 --max-samples=10000 two_phase.qnt` of
    Quint 0.33.1, as it stands: maps, sets, variants, text, and what was picked."""
    data = traces.read(DATA / "quint-two-phase.itf.json")
    program = compiled("spec.classics.two_phase:TwoPhase")
    found = matching.load(program, data)
    assert found.notes == () and len(found.trace) == len(data["states"]) == 15
    picks = [each["mbt::nondetPicks"]["m"] for each in data["states"][1:]]
    given = [tuple(int(m["value"]["#bigint"]) for m in [pick] if m["tag"] == "Some") for pick in picks]
    assert [step.arguments for step in found.trace.steps] == given
    data["states"][6]["state"]["#map"][0][1]["tag"] = "Aborted"
    with pytest.raises(UsageError, match=r"U020 f: states\[6\]: no step of the model leads here from states\[5\]"):
        matching.load(program, data, "f")


@pytest.mark.skipif(not quint.THERE, reason=quint.WHY)
@pytest.mark.parametrize(
    ("kind", "invariant", "more"),
    [
        (JUGS, "bigIsNot4", ("--seed=0x1",)),
        (JUGS, "bigIsNot4", ("--seed=0x1", "--mbt")),
        (COMMIT, "notAllCommit", ("--seed=0x7", "--mbt")),
    ],
)
def test_a_run_of_quint_is_a_behaviour_of_ours(
    kind: tuple[str, str, str], invariant: str, more: tuple[str, ...], tmp_path: Path
) -> None:
    spec, model, name = kind
    program = compiled(model)
    data = quint.simulated(tmp_path, spec, invariant, "--max-samples=10000", *more)
    found = matching.load(program, data)
    assert found.notes == () and len(found.trace) == len(data["states"])
    assert len(found.trace) >= len(ours(program, name))
    assert ("mbt::actionTaken" in data["vars"]) == ("--mbt" in more)


@pytest.mark.skipif(not quint.THERE, reason=quint.WHY)
@pytest.mark.parametrize(("spec", "model", "name"), [JUGS, COMMIT])
def test_quint_comes_through_the_same_states_by_our_steps(spec: str, model: str, name: str, tmp_path: Path) -> None:
    program = compiled(model)
    trace = ours(program, name)
    assert matching.load(program, quint.taken(tmp_path, spec, trace)).trace.states == trace.states


@pytest.mark.skipif(not quint.THERE, reason=quint.WHY)
def test_quint_shows_our_trace(tmp_path: Path) -> None:
    program = compiled("spec.classics.two_phase:TwoPhase")
    file = tmp_path / "ours.itf.json"
    file.write_text(traces.text(traces.dump(program, ours(program, "all_commit"), META)))
    shown, _ = quint.read(file)
    assert shown.count("[State ") == 11
    assert 'state: Map(0 -> "COMMITTED", 1 -> "COMMITTED", 2 -> "COMMITTED")' in shown


@pytest.mark.skipif(not quint.THERE, reason=quint.WHY)
def test_quint_reads_all_that_we_write(tmp_path: Path) -> None:
    """What it has read, it writes again as we did: traces of random models, with every type among them."""
    held = 0
    for seed in range(12):
        try:
            program = drawn(Random(seed), processes=2).program()
        except ModelError as error:
            assert all(may_be_refused(problem, REFUSALS) for problem in error.problems)
            continue
        trace = walk(program, Random(seed))
        if trace is not None:
            data = traces.dump(program, trace, META)
            (tmp_path / "t.json").write_text(traces.text(data))
            shown, states = quint.read(tmp_path / "t.json")
            assert [_values(each) for each in states] == [_values(each) for each in data["states"]]
            held += shown.count("[State ")
    assert held > 30


def _values(state: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in state.items() if name != "#meta"}
