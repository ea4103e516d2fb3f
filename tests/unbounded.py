"""Put small faults into the catalogue's models that are proved for every number, and say which the proofs let through.

    uv run python -m tests.unbounded [--seeds N] [MODEL ...]

Three kinds of faults. A step is changed, one place at a time, as `evacheck mutate` does it; so is a lemma; or a lemma
is left out. Of each the table says how many there are and for how many nothing is proved any more. The others
are named: what still is proved of them holds in all states at a small size, or the run says so and exits with 1. Such a
fault only makes less possible, or changes a lemma into one that is true as well.

With --seeds nothing is changed: each model, in each of its variants, is proved with the seeds 1 to N of Z3. A line says
which obligation took longest. The run exits with 1 if something is not proved with a seed, or takes 5 seconds.
"""

from __future__ import annotations

import argparse
import linecache
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from functools import partial
from typing import Any

from checker.check import check, engine
from checker.contract.task import Budget, Task
from checker.contract.verdict import Violated
from checker.engines.symbolic.every_size.encode import Encoding
from checker.engines.symbolic.every_size.obligations import Answer, Obligations
from checker.engines.symbolic.solving import Clock
from checker.engines.symbolic.terms import or_
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Call, Program
from checker.ir.property_kind import PropertyKind
from checker.ir.types import Type
from checker.lang.declare import MarkKind
from checker.lang.model import Model, outline
from checker.mutation import mutants
from checker.mutation.faults import is_readable
from checker.mutation.mutants import Mutant
from checker.semantics import Interpreter
from checker.source import source_of
from spec.gc.marking import Allocation, Barrier
from spec.gc.termination import Restart

UNBOUNDED: dict[str, dict[str, Any]] = {
    "spec.classics.any_number:TransactionCommitAnyNumber": {"managers": 3},
    "spec.classics.any_number:TwoPhaseAnyNumber": {"managers": 3},
    "spec.classics.any_number:Token": {"nodes": 3},
    "spec.classics.any_number:ReadersAndWriters": {"threads": 3},
    "spec.classics.any_number:Semaphore": {"threads": 3, "permits": 2},
    "spec.classics.any_number:TicketLock": {"threads": 3, "tickets": 4},
    "spec.classics.counted:CountingSemaphore": {"threads": 3, "permits": 2},
    "spec.classics.counted:Election": {"nodes": 3},
    "spec.classics.counted:ReferenceCounts": {"threads": 2, "objects": 2, "most": 2},
    "spec.go_map.every_size:GrowingMap": {"keys": 2, "values": 1, "cells": 2, "buckets": 2, "numbers": 1},
    "spec.gc.ragged_barrier:RaggedBarrier": {"Ps": 2, "objects": 1},
    "spec.gc.every_size:InsertionWithRescan": {"objects": 1, "fields": 2, "goroutines": 1},
    "spec.gc.every_size:MarkingAnySize": {
        "objects": 1,
        "fields": 2,
        "goroutines": 2,
        "allocation": Allocation.BLACK,
        "channels": True,
    },
}
"""The models, and the size at which all states are looked at if a fault is let through."""

HYBRID = (Barrier.HYBRID, Barrier.HYBRID_ANY_GREY, Barrier.HYBRID_THIS_GREY)

VARIANTS: dict[str, list[dict[str, Any]]] = {
    "spec.classics.counted:CountingSemaphore": [{}, {"permits": 2**40}],
    "spec.go_map.every_size:GrowingMap": [{}, {"same_size": True}],
    "spec.gc.every_size:MarkingAnySize": [
        *({"barrier": barrier, "allocation": Allocation.BLACK, "channels": True} for barrier in HYBRID),
        {"safe_points": True},
    ],
    "spec.gc.ragged_barrier:RaggedBarrier": [{}, {"weak": 1}, {"stores": True, "restart": Restart.QUEUES_AND_LIST}],
    "spec.gc.every_size:InsertionWithRescan": [{}, {"allocation": Allocation.WHITE, "channels": True}],
}
"""The variants that are proved for every size, where they are more than the model as it stands."""

MOST_SECONDS = 5.0
"""Seconds of processor time that an obligation may take, with any seed."""

MOST_STATES = 300_000


@dataclass(frozen=True)
class Faulty:
    """A model with a fault: where, and in what kind of place; the line before and after. All of `claims` were proved of
    the model, or are to be in its place."""

    owner: str
    kind: str
    before: str
    after: str
    program: Program
    claims: tuple[str, ...]


@dataclass
class Row:
    """What became of the faults of one step or lemma."""

    faults: int = 0
    passed: list[Faulty] = field(default_factory=list)


def claims_of(program: Program) -> tuple[str, ...]:
    """What is proved: every claim that must hold in all states, lemmas too."""
    return tuple(each.name for each in program.properties if each.kind.traits.invariant)


Place = tuple[str, str]  # a step, or "the start"; and a claim, or that nothing fails there
FAILS = "that it does not fail"
START = "the start"


@dataclass(frozen=True)
class Known:
    """A whole proof: for each place in it the claims that it took, and the seconds of processor time."""

    program: Program
    took: dict[Place, frozenset[str]]
    seconds: dict[Place, float]

    def stands(self, program: Program, claims: Sequence[str]) -> Callable[[str, str], bool]:
        """Whether a place is shown for another program already, by step and claim: neither of them is another there,
        nor anything that it took."""
        gone = set(claims_of(self.program)) - set(claims)
        functions = {name for name, each in program.functions.items() if each != self.program.functions.get(name)}

        def same(one: Any, other: Any) -> bool:
            return bool(one == other) and not _calls(one, program) & functions

        before = {each.name: each for each in self.program.properties}
        others = {each.name for each in program.properties if not same(each.function, before[each.name].function)}
        steps = {each.name: each for each in (*self.program.actions, *self.program.processes)}
        moved = {each.name for each in (*program.actions, *program.processes) if not same(each, steps[each.name])}
        moved |= set() if same(program.init, self.program.init) else {START}

        def stands(step: str, claim: str) -> bool:
            name = step.split("'")[1] if "'" in step else step
            return name not in moved and not (self.took[step, claim] | {claim}) & (gone | others)

        return stands


def _calls(node: Any, program: Program) -> set[str]:
    """The functions that are called in a part of a program, and in what these call."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Call) and part.function not in found:
            found.add(part.function)
            waiting.append(program.functions[part.function])
        if isinstance(part, Mapping):
            waiting += part.values()
        elif isinstance(part, tuple):
            waiting += part
        elif is_dataclass(part) and not isinstance(part, Type):
            waiting += [getattr(part, each.name) for each in fields(part) if each.compare]
    return found


def proof(program: Program, claims: Sequence[str], seed: int = 0, known: Known | None = None) -> Known | str:
    """The proof of these claims together and of that no step fails, or the first thing that it lacks. What stands in
    `known` is not shown again."""
    if next(iter(Interpreter(program).initial()), None) is None:
        return "an initial state"
    stands = (lambda step, claim: False) if known is None else known.stands(program, claims)
    obligations = Obligations(Encoding(program), Clock(Task(program, ())), seed)
    found = Known(program, {}, {})
    for (step, claim), ask in _asked(obligations, claims):
        if stands(step, claim):
            continue
        began = time.process_time()
        answer = ask()
        if not answer.holds:
            return f"{claim} at {step}" if step == START else f"{claim} after {step}"
        found.took[step, claim] = answer.used
        found.seconds[step, claim] = time.process_time() - began
    return found


def _asked(obligations: Obligations, claims: Sequence[str]) -> Iterator[tuple[Place, Callable[[], Answer]]]:
    """The places of a proof, in order, and how each is shown."""
    for name in claims:
        yield (START, name), partial(obligations.initial, name)
    for form in obligations.encoding.forms:
        for name in claims:
            yield (str(form), name), partial(obligations.kept, form, name, claims)
        wrong = or_(*(fault.when for fault in form.faults))
        yield (str(form), FAILS), partial(obligations.fails, claims, wrong)


def not_shown(program: Program, claims: Sequence[str], seed: int = 0, known: Known | None = None) -> str | None:
    """The first thing that a proof lacks; None if it is whole."""
    found = proof(program, claims, seed, known)
    return found if isinstance(found, str) else None


def whole(model: type[Model], parameters: dict[str, Any]) -> Known:
    """The proof of a model."""
    program = compile_model(model, parameters)
    found = proof(program, claims_of(program))
    assert isinstance(found, Known), found
    return found


def faults_of(model: type[Model], parameters: dict[str, Any]) -> Iterator[Faulty]:
    """Every fault."""
    program = compile_model(model, parameters)
    claims = claims_of(program)
    for made in mutants.mutants_of(model, parameters):
        if isinstance(made, Mutant):
            yield Faulty(made.owner, made.kind, made.before, made.after, made.program, claims)
    for each in program.properties:
        if each.kind is PropertyKind.LEMMA:
            rest = tuple(name for name in claims if name != each.name)
            yield Faulty(each.name, "lemma left out", "", "", program, rest)
    yield from _faulty_lemmas(model, parameters, program)


def _faulty_lemmas(model: type[Model], parameters: dict[str, Any], program: Program) -> Iterator[Faulty]:
    for method in outline(model).methods.values():
        if method.mark is None or method.mark.kind is not MarkKind.LEMMA:
            continue
        source = source_of(method.function)
        text = "".join(linecache.getlines(source.file, method.function.__globals__)).encode()
        for fault in mutants._faults(method, source, text):
            changed = fault.put_into(text)
            if not is_readable(changed):
                continue
            with mutants._reading(source.file, changed.decode()):
                try:
                    found = compile_model(model, parameters)
                except mutants.ModelError:
                    continue
            if found != program:
                yield Faulty(method.name, fault.kind, fault.before, fault.after, found, claims_of(found))


def is_false_somewhere(faulty: Faulty) -> str | None:
    """A claim that is false in a state of the size that the program is of."""
    budget = Budget(max_states=MOST_STATES, seconds=60)
    asked = tuple(each.name for each in faulty.program.properties if each.name in faulty.claims)
    lemmas_too = replace(
        faulty.program,
        properties=tuple(
            replace(each, kind=PropertyKind.ALWAYS)
            if each.kind is PropertyKind.LEMMA and not each.function.parameters
            else each
            for each in faulty.program.properties
        ),
    )
    plain = tuple(name for name in asked if name not in _with_parameters(faulty.program))
    verdicts = check(Task(lemmas_too, plain, budget, keep_going=True), engine("explicit")).verdicts
    return next((name for name, verdict in verdicts.items() if isinstance(verdict, Violated)), None)


def _with_parameters(program: Program) -> set[str]:
    return {each.name for each in program.properties if each.function.parameters}


def table(name: str) -> tuple[dict[str, Row], list[str]]:
    """What becomes of the faults of a model; and what is wrong: claims that are proved, and false."""
    rows: dict[str, Row] = defaultdict(Row)
    wrong = []
    known = whole(load(name), UNBOUNDED[name])
    for faulty in faults_of(load(name), UNBOUNDED[name]):
        row = rows[faulty.owner]
        row.faults += 1
        if not_shown(faulty.program, faulty.claims, known=known) is None:
            row.passed.append(faulty)
            if (claim := is_false_somewhere(faulty)) is not None:
                wrong.append(f"{claim} is proved, and false, with '{faulty.after}' for '{faulty.before}'")
    return rows, wrong


def with_seeds(name: str, most: int) -> Iterator[tuple[str, bool]]:
    """What is proved of each variant of a model with the seeds 1 to `most`: a line, and whether all is well."""
    for parameters in VARIANTS.get(name, [{}]):
        program = compile_model(load(name), parameters)
        shown = " ".join((name, *(f"{each}={value}" for each, value in parameters.items())))
        proofs = [proof(program, claims_of(program), seed) for seed in range(1, most + 1)]
        lacks = next((found for found in proofs if isinstance(found, str)), None)
        whole_ones = (found.seconds for found in proofs if isinstance(found, Known))
        times = [(taken, place) for seconds in whole_ones for place, taken in seconds.items()]
        if lacks is not None:
            yield f"{shown}: not proved with every seed: {lacks}", False
        else:
            slowest, (step, claim) = max(times)
            total = sum(taken for taken, _ in times) / most
            longest = f"the longest {slowest:.2f} s: {claim}, {step}"
            yield f"{shown}: {len(times) // most} obligations, {total:.1f} s; {longest}", slowest < MOST_SECONDS


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.unbounded", description=__doc__.split("\n")[0])
    parser.add_argument("models", nargs="*", metavar="MODEL", help="of " + ", ".join(UNBOUNDED))
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="prove all with the seeds 1 to N of Z3")
    given = parser.parse_args(arguments)
    names = given.models or list(UNBOUNDED)
    failed = False
    for name in names:
        if given.seeds:
            for line, well in with_seeds(name, given.seeds):
                print(line, flush=True)
                failed |= not well
            continue
        began = time.process_time()
        rows, wrong = table(name)
        total, passed = sum(row.faults for row in rows.values()), sum(len(row.passed) for row in rows.values())
        print(f"\n{name}: {total - passed} of {total} faults end the proof, {time.process_time() - began:.0f} s")
        for owner, row in rows.items():
            print(f"  {owner:<40} {row.faults - len(row.passed):4} of {row.faults}")
            for each in row.passed:
                print(f"      still proved: {each.kind}: {each.before}  ->  {each.after}")
        for line in wrong:
            print(f"  WRONG: {line}")
        failed |= bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
