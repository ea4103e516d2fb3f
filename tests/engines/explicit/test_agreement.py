"""Compiled code means what the interpreter means: same counts, same verdicts, and traces that are behaviours."""

from __future__ import annotations

import pytest

from checker.contract.task import Outcome
from checker.contract.trace import Trace
from checker.contract.verdict import Violated
from checker.engines.reference import ReferenceEngine
from checker.ir.nodes import Program
from checker.semantics import Interpreter
from tests.engines.explicit.support import counts, gist, program_of, run

MODELS = {
    "zoo:Numbers": {},
    "zoo:Crowd": {},
    "zoo:Looping": {"n": 2},
    "zoo:Failing": {},
    "zoo:Stuck": {},
    "zoo:Lines": {},
    "spec.classics.peterson:PetersonGivesWayFirst": {},
    "spec.classics.philosophers:Philosophers": {},
    "spec.gc.marking:Marking": {"objects": 1, "goroutines": 1},
}


@pytest.mark.parametrize("name", MODELS)
def test_same_counts_and_verdicts(name: str) -> None:
    program = program_of(name, **MODELS[name])
    theirs = run(program, ReferenceEngine())
    _compare(program, theirs, keep_going=False)
    if any(isinstance(verdict, Violated) for verdict in theirs.verdicts.values()):  # else it has gone on already
        theirs = run(program, ReferenceEngine(), keep_going=True)
    _compare(program, theirs, keep_going=True)


def _compare(program: Program, theirs: Outcome, keep_going: bool) -> None:
    ours = run(program, keep_going=keep_going)
    assert counts(ours) == counts(theirs)
    assert {n: gist(v) for n, v in ours.verdicts.items()} == {n: gist(v) for n, v in theirs.verdicts.items()}
    _replay(program, ours)


def test_counts_of_shapes() -> None:
    assert counts(run(program_of("zoo:Shapes"), keep_going=True)) == (826_789, 3_045_877, 23)


def test_known_counts_of_marking() -> None:
    assert counts(run(program_of("spec.gc.marking:Marking", objects=2))) == (1_162_056, 4_634_789, 32)


def _replay(program: Program, outcome: Outcome) -> None:
    """Every trace starts in an initial state and goes on by its steps."""
    interpreter = Interpreter(program)
    for verdict in outcome.verdicts.values():
        trace = getattr(verdict, "trace", None)
        if not isinstance(trace, Trace) or not trace.states:
            continue
        start = interpreter.start(trace.initial_choices)
        assert start is not None and start.state == trace.states[0]
        for before, step, after in zip(trace.states, trace.steps, trace.states[1:], strict=False):
            taken = interpreter.run(before, step)
            assert taken is not None and taken.state == after
