"""The obligations of a proof for every size as SMT-LIB 2 with quantifiers, for another solver. Decides nothing.

One for each claim and the initial states, one for each claim and step: what is assumed in it are the claims that Z3
made use of, no others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import z3

from checker.contract.task import Obligation
from checker.engines.symbolic.every_size.encode import Form
from checker.engines.symbolic.every_size.obligations import Obligations
from checker.engines.symbolic.terms import Bool

Used = frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Failure:
    """A failure that does not happen: what its obligation is called, what a solution would mean, the claims that rule
    it out, and when it would happen."""

    name: str
    meaning: str
    used: Used
    when: Bool


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What was shown: for a step, by its number, and a claim the claims that it took; and what never fails."""

    forms: tuple[Form, ...]
    kept: Mapping[tuple[int, str], Used]
    failures: tuple[Failure, ...]


def evidence(obligations: Obligations, shown: Shown, claims: Iterable[str], failure: bool) -> tuple[Obligation, ...]:
    """What proves these claims together, and if `failure` that nothing fails where they hold: formulas that are to be
    unsatisfiable."""
    made = [*_of_claims(obligations, shown, list(claims))]
    if failure:
        for each in shown.failures:
            given = [] if each.when is False else obligations.given(sorted(each.used))
            made.append(_obligation(each.name, each.meaning, _whole(obligations, given, [each.when])))
    return tuple(made)


def _of_claims(obligations: Obligations, shown: Shown, claims: list[str]) -> Iterator[Obligation]:
    init = obligations.encoding.init
    for name in claims:
        parts = _whole(obligations, [], [init.happens, _denied(obligations.after(name, init))])
        yield _obligation(f"{name}-initial", f"'{name}' is not so in some initial state", parts)
    for number, form in enumerate(shown.forms):
        step = step_name(form)
        for name in claims:
            used = sorted(shown.kept[number, name])
            assumed = f"a state with {', '.join(used)}" if used else "some state"
            wrong = [form.happens, _denied(obligations.after(name, form))]
            parts = _whole(obligations, obligations.given(used), wrong)
            yield _obligation(f"{name}-{step}", f"'{step}' leads from {assumed} to one without {name}", parts)


def _whole(obligations: Obligations, given: list[Bool], wrong: list[Bool]) -> list[Bool]:
    """All that has to contradict itself; what is denied stands last."""
    wrong = obligations.counting(wrong)
    counts = obligations.encoding.counts
    given = [*(each for each in given if not counts.counts_each(each)), *obligations.named(given, wrong)]
    return [*given, *counts.facts([*given, *wrong]), *wrong]


def step_name(form: Form) -> str:
    """A step as obligations are named after it."""
    return form.name if form.point is None else f"{form.name} from {form.point}"


def _denied(claim: Bool) -> z3.BoolRef:
    """Not the claim; never the word `false` alone, which says nothing of a step."""
    return z3.Not(z3.BoolVal(claim) if isinstance(claim, bool) else claim)


def _obligation(name: str, meaning: str, formulas: Iterable[Bool]) -> Obligation:
    solver = z3.Solver()
    for formula in formulas:
        solver.add(z3.BoolVal(formula) if isinstance(formula, bool) else formula)
    return Obligation(name, meaning, f"(set-logic ALL)\n{_numbered(solver.to_smt2())}")


def _numbered(text: str) -> str:
    """The text with its fresh names, and those that Z3 gives to terms, numbered from 1: else they would tell what was
    looked at before."""
    known: dict[str, int] = {}
    return re.sub(r"((?<=!)|(?<=[$?]x))\d+", lambda found: str(known.setdefault(found[0], len(known) + 1)), text)
