"""The obligations of a proof by one-step induction as SMT-LIB 2, for another solver to decide. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import z3

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Evidence, Obligation
from checker.engines.symbolic import values
from checker.engines.symbolic.claims import Hypothesis, substituted
from checker.engines.symbolic.encode import Encoding, StepRelation
from checker.engines.symbolic.stuck import Stuck
from checker.engines.symbolic.terms import Bool, Substitution, not_, or_


def evidence(
    encoding: Encoding,
    claims: list[Hypothesis],
    never: list[Hypothesis],
    proved: tuple[str, ...],
    stuck: Stuck,
    of_steps: Iterable[tuple[str, StepRelation, Bool]],
) -> Evidence:
    """What proves the properties `proved`, and that each `@sometimes` in `never` does not happen: formulas that are to
    be unsatisfiable. `of_steps` are the `@step` properties proved, each with every step and what must not be."""
    obligations = [*_obligations(encoding, claims, proved, stuck)]
    for name, form, wrong in of_steps:
        meaning = f"'{_name(form)}' leads to where '{name}' does not allow it"
        obligations.append(_obligation(f"{name}-{_name(form)}", meaning, [*_given(encoding, claims), wrong]))
    for each in never:
        obligations += _never(encoding, claims, each)
    return Evidence(proved=(*proved, *(each.name for each in never)), obligations=tuple(obligations))


def _never(encoding: Encoding, claims: list[Hypothesis], never: Hypothesis) -> Iterator[Obligation]:
    init = encoding.init
    wrong = not_(substituted(never.holds, list(values.bound(encoding.before, init.after))))
    yield _obligation(f"{never.name}-initial", f"'{never.name}' happens in an initial state", [init.happens, wrong])
    for form in encoding.forms:
        wrong = not_(substituted(never.holds, list(values.bound(encoding.before, form.after))))
        meaning = f"'{_name(form)}' makes '{never.name}' happen"
        given = [*_given(encoding, claims), never.holds, form.happens]
        yield _obligation(f"{never.name}-{_name(form)}", meaning, [*given, wrong])


def _given(encoding: Encoding, claims: list[Hypothesis]) -> list[Bool]:
    """What a step begins with: a state of the right types, in which the claims hold."""
    return [encoding.belongs, *(formula for each in claims for formula in (each.holds, *each.instances))]


def _name(form: StepRelation) -> str:
    return form.name if form.point is None else f"{form.name} from {form.point}"


def _obligations(
    encoding: Encoding, claims: list[Hypothesis], proved: tuple[str, ...], stuck: Stuck
) -> Iterator[Obligation]:
    names = ", ".join(each.name for each in claims) or "nothing"
    given = _given(encoding, claims)
    init = encoding.init
    to_init = Substitution(list(values.bound(encoding.before, init.after)))
    wrong = or_(*(not_(to_init(each.holds)) for each in claims))
    yield _obligation("initial", f"some initial state breaks one of: {names}", [init.happens, wrong])
    cut = or_(*(each.when for each in init.overruns))
    yield _obligation("initial-loops", "a loop in init goes on for longer than it was unrolled", [cut])
    for form in encoding.forms:
        after = Substitution(list(values.bound(encoding.before, form.after)))
        step = _name(form)
        wrong = or_(*(not_(after(each.holds)) for each in claims))
        meaning = f"'{step}' leads from a state with {names} to one without"
        yield _obligation(step, meaning, [*given, form.happens, wrong])
        cut = or_(*(each.when for each in form.overruns))
        meaning = f"a loop in '{step}' goes on for longer than it was unrolled"
        yield _obligation(f"{step}-loops", meaning, _unless_false(given, cut))
    if NO_FAILURE in proved:
        yield from _failures(encoding, given, stuck)
    if NO_DEADLOCK in proved:
        wrong = or_(stuck.deadlocked, *(when for _, when in stuck.final_faults))
        meaning = "a state that the claims allow is stuck, or a @final cannot say whether it is"
        yield _obligation("deadlock", meaning, [*given, wrong, *stuck.nothing_known])
    if NO_FAILURE in proved or NO_DEADLOCK in proved:
        cut = or_(*(each.when for each in stuck.final_overruns))
        meaning = "where nothing can happen, a loop in a @final goes on for longer than it was unrolled"
        yield _obligation("final-loops", meaning, _unless_false([*given, *stuck.nothing_known], cut))


def _failures(encoding: Encoding, given: list[Bool], stuck: Stuck) -> Iterator[Obligation]:
    wrong = or_(*(fault.when for fault in encoding.init.faults))
    yield _obligation("initial-failure", "init fails", [wrong])
    for form in encoding.forms:
        wrong = or_(*(fault.when for fault in form.faults))
        step, meaning = _name(form), f"'{_name(form)}' fails in a state that the claims allow"
        yield _obligation(f"{step}-failure", meaning, _unless_false(given, wrong))
    for judged in encoding.program.properties:
        if judged.kind.traits.everywhere:
            judgement = encoding.judgement(judged.name)
            cut = or_(*(each.when for each in judgement.overruns))
            wrong = or_(cut, *(fault.when for fault in judgement.faults))
            meaning = f"where the claims hold, '{judged.name}' cannot be evaluated, or a loop is cut short"
            yield _obligation(f"{judged.name}-failure", meaning, _unless_false(given, wrong))
    faults = dict(stuck.final_faults)
    for name in encoding.finals:
        when = faults.get(name, False)
        meaning = f"'{name}' cannot be evaluated where nothing can happen"
        yield _obligation(f"{name}-failure", meaning, _unless_false([*given, *stuck.nothing_known], when))


def _unless_false(given: list[Bool], wrong: Bool) -> list[Bool]:
    """What is wrong, where it can be; that it cannot needs no hypotheses."""
    return [False] if wrong is False else [*given, wrong]


def _obligation(name: str, meaning: str, formulas: Iterable[Bool]) -> Obligation:
    solver = z3.Solver()
    for formula in formulas:
        solver.add(z3.BoolVal(formula) if isinstance(formula, bool) else formula)
    return Obligation(name, meaning, f"(set-logic QF_BV)\n{solver.to_smt2()}")
