"""What solvers say of random models, held to the interpreter; and searches that something ends."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest
import z3

from checker.check import check, select
from checker.contract.task import NO_FAILURE, Budget, Outcome, Task
from checker.contract.verdict import Bounded, Exhausted, Proved, Unknown, Unreachable, Verdict, Violated, Witnessed
from checker.engines.reference import ReferenceEngine
from checker.engines.symbolic import InductionEngine
from checker.engines.symbolic.bmc import BmcEngine
from checker.errors import ModelError
from checker.frontend.load import compile_model
from checker.ir import nodes as ir
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.lang import Array, Bool, Model, Range, Var, action, always, choose
from tests.support.agreement import MOST_STATES, SOME_STATES, TooLarge, agree
from tests.support.levels import FAILS, SHOWN, Levels, Look, TooWide
from tests.support.random_models import RandomModel

DEEPEST, WIDEST = 4, 60
"""Depths that bounded search looks at; states at a depth, and steps of a state, beyond which a model is passed over."""


def verdict_kind(verdict: Verdict) -> str:
    """What a verdict says of one look at one depth."""
    match verdict:
        case Violated() | Witnessed():
            return SHOWN
        case Unknown(reason=reason) if reason.startswith("cannot be evaluated"):
            return FAILS
        case _:
            return "undecided"


def hold_verdict(name: str, verdict: Verdict, levels: Levels, looked: list[Look], early: bool) -> None:
    """The verdict on one property is what the first look says that can decide it; or nothing can, and the search
    ended `early` or saw everything."""
    deciding = next((look for look in looked if name in look.facts), None)
    if deciding is None:
        known = max((look.depth for look in looked if look.about(name)), default=0)
        agree(left_open(levels, name, known, levels.ends and not early), type(verdict), name)
        if isinstance(verdict, Bounded):
            agree(known, verdict.depth, name)
        assert verdict_kind(verdict) == "undecided"
        return
    assert verdict_kind(verdict) in deciding.facts[name], f"{name}: {verdict} is not one of {deciding}"
    if isinstance(verdict, (Violated, Witnessed)):
        agree(deciding.depth, len(verdict.trace), name)
        if name == NO_FAILURE:
            by_step = len(verdict.trace.taken) > len(verdict.trace.steps)
            assert deciding.by_step if by_step else deciding.by_state or deciding.depth == 0


def left_open(levels: Levels, name: str, known: int, complete: bool) -> type[Verdict]:
    """What sort of verdict a property gets that no look has decided."""
    sometimes = any(
        judged.name == name and judged.kind is PropertyKind.SOMETIMES for judged in levels.program.properties
    )
    if complete and any(look.depth for look in levels.looks):  # of no states at all nothing is known
        return Unreachable if sometimes else Proved
    return Unknown if sometimes or not known else Bounded


def looks_taken(levels: Levels, names: tuple[str, ...], outcome: Outcome, keep_going: bool) -> tuple[list[Look], bool]:
    """The looks that the search has to take, and whether it ends with them: nothing is left to decide, or a violation
    was found that it was to end at."""
    open_ = set(names)
    for number, look in enumerate(levels.looks, 1):
        decided_now = open_ & look.facts.keys()
        open_ -= decided_now
        ends = any(isinstance(outcome.verdicts[name], Violated) for name in decided_now)
        if not open_ or (ends and not keep_going):
            return levels.looks[:number], True
    return levels.looks, False


def hold_lengths(outcome: Outcome, reference: Outcome, levels: Levels) -> None:
    """Where two engines show a trace, both are the shortest; what one shows within these depths, so does the other,
    unless the property fails in another state of that depth."""
    for name, verdict in reference.verdicts.items():
        other = outcome.verdicts[name]
        if not isinstance(verdict, (Violated, Witnessed)) or len(verdict.trace) > DEEPEST:
            continue
        if isinstance(other, (Violated, Witnessed)):
            agree((type(verdict), len(verdict.trace)), (type(other), len(other.trace)), name)
        else:
            facts = next(look.facts[name] for look in levels.looks if name in look.facts)
            assert FAILS in facts and verdict_kind(other) == FAILS, f"{name}: {verdict} and {other}"


def hold_bmc(model: RandomModel, program: Program) -> None:
    """Bounded search finds what the interpreter finds, at the same depths; through `check`, which replays traces."""
    try:
        levels = Levels(program, DEEPEST, WIDEST)
    except TooWide:
        raise TooLarge from None
    names = select(program)
    for keep_going in (False, True):
        task = Task(program, names, Budget(max_depth=DEEPEST, seconds=30.0), keep_going=keep_going)
        if levels.empty:
            with pytest.raises(ModelError, match="E104"):
                check(task, BmcEngine())
            return
        outcome = check(task, BmcEngine())
        if outcome.stopped is not None and "time" in outcome.stopped:
            raise TooLarge
        looked, early = looks_taken(levels, names, outcome, keep_going)
        for name in names:
            hold_verdict(name, outcome.verdicts[name], levels, looked, early)
    reference = check(replace(task, budget=Budget(max_states=MOST_STATES)), ReferenceEngine())
    hold_lengths(outcome, reference, levels)


class Factors(Model):
    """Nothing happens, but Z3 would have to show that 4,503,260,459,307,581 is prime. (Of a product it might guess the
    factors at once.)"""

    Bits = Array(Range(26), Bool)

    one = Var(Bits)
    other = Var(Bits)

    def init(self):
        self.one = choose(self.Bits)
        self.other = choose(self.Bits)

    def number(self, bits):
        return sum(1 << place if bits[place] else 0 for place in range(26))

    @action
    def idle(self):
        pass

    @always
    def none(self):
        return self.number(self.one) * self.number(self.other) != 4_503_260_459_307_581


def ended(model: type[Model], ends: Callable[[Task], None], at: int = 1, **budget: Any) -> tuple[Outcome, float]:
    """What a bounded search finds that something ends while Z3 is asked for the `at`-th time, and how many seconds later
    that ended. Nothing waits for a time, and so nothing depends on how fast the machine is."""
    program = compile_model(model, {})
    task = Task(program, select(program), Budget(**budget))
    asked, known, since = itertools.count(1), z3.Solver.check, [time.monotonic()]

    def check_(solver: z3.Solver, *given: Any) -> Any:
        if next(asked) == at:
            since.append(time.monotonic())
            threading.Timer(0.1, ends, [task]).start()  # Z3 is at work then, or about to be
        return known(solver, *given)

    with patch.object(z3.Solver, "check", check_):
        return BmcEngine().run(task), time.monotonic() - since[-1]


def with_lemmas(made: ir.Program) -> ir.Program:
    """The same program with every second `@always` as a `@lemma`: neither proves the other without being proved."""
    always = [judged.name for judged in made.properties if judged.kind is PropertyKind.ALWAYS][::2]
    kinds = dict.fromkeys(always, PropertyKind.LEMMA)
    return replace(
        made, properties=tuple(replace(each, kind=kinds.get(each.name, each.kind)) for each in made.properties)
    )


def hold_induction(model: RandomModel, made: ir.Program) -> None:
    names = select(made)
    explored = ReferenceEngine().run(Task(made, names, Budget(max_states=50 * SOME_STATES), keep_going=True)).verdicts
    try:
        claimed = check(Task(with_lemmas(made), names, Budget(seconds=4)), InductionEngine()).verdicts
    except ModelError as error:
        assert [problem.code for problem in error.problems] == ["E104"]
        return
    for name in names:
        seen, said = explored[name], claimed[name]
        if isinstance(said, (Proved, Unreachable)):
            assert not isinstance(seen, (Violated, Witnessed)), f"'{name}' is {said}, but exploring finds {seen}"
            assert not (isinstance(seen, Unknown) and "cannot be evaluated" in seen.reason), (name, said, seen)
        if isinstance(said, (Violated, Witnessed)):
            assert not isinstance(seen, (Exhausted, Unreachable)), f"'{name}' is {said}, but exploring says {seen}"
