"""Decide again what a certificate claims, without the engine that made it.

Obligations go to cvc5, each in a process of its own pool, and must be unsatisfiable; the states go to
`reachable_set`, their orders to `fair_orders`, and with them to the interpreter. Which obligations there must be is for
`obligations` to say.
Trusts the front end, the interpreter and cvc5; of an obligation also that it says what its name does, which nobody
checks here. A certificate bears no signature: the sums in the manifest show damage and carelessness, not malice. Does
not search, and imports no engine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import time
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Any

from checker.certificates.certificate import (
    BY_OBLIGATIONS,
    BY_ORDERS,
    BY_STATES,
    MANIFEST,
    ORDERS,
    PROGRAM,
    STATES,
    fingerprint,
)
from checker.certificates.fair_orders import Orders
from checker.certificates.manifest import Certificate
from checker.certificates.obligations import (
    is_plainly_false,
    may_be_false,
    not_denied,
    wrong_at_any_size,
    wrong_form,
    wrong_names,
)
from checker.certificates.reachable_set import Closure, NotClosed
from checker.certificates.stored import stored_orders, stored_states
from checker.contract.task import BUILT_IN
from checker.contract.wording import counted
from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.frontend.open_sizes import left_open
from checker.ir.analysis import constrained
from checker.ir.nodes import Program, Temporal
from checker.ir.printer import show_program
from checker.lang.model import parse_parameter
from checker.memory import allowance, resident
from checker.pool import in_order
from checker.semantics.orbits import TooManyRenamings

_COMMANDS = frozenset(
    {"set-logic", "set-info", "declare-fun", "declare-sort", "declare-datatypes", "define-fun", "define-sort", "assert"}
)
"""What may stand in an obligation before its one check-sat: nothing that changes how cvc5 works, or takes back."""

_HOLDS = ("exhausted", "proved")
_NEVER = "unreachable"
_TICK = 0.2
"""Seconds between two looks at the time and at signals while cvc5 works."""


class Answer(StrEnum):
    """What came of one part of a certificate."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class PartResult:
    """One part of a certificate that was looked at: its file, what came of it, and why in a sentence. `bears` says for
    which kind of evidence it counts; empty for all."""

    part: str
    answer: Answer
    words: str
    seconds: float = 0.0
    bears: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far to go: `seconds` for each file, `memory` in bytes for the states, `workers` obligations at a time."""

    seconds: float | None = None
    memory: int | None = None
    workers: int = 1


Progress = Callable[[str], None]


def findings(certificate: Certificate, limits: Limits, progress: Progress | None = None) -> Iterator[PartResult]:
    """What comes of each part, one after another. Raises UsageError (U015 without cvc5) and ModelError if the model can
    no longer be found or compiled."""
    if certificate.obligations and importlib.util.find_spec("cvc5") is None:
        remedy = "Install it: pip install 'evacheck[recheck]'. It is a solver other than the one that made the proofs."
        raise UsageError("U015", "the certificate holds obligations, and cvc5 is not installed to decide them", remedy)
    program = _compiled(certificate)
    damaged = list(_damaged(certificate))
    yield from damaged
    yield from _same_program(certificate, program)
    misfits = list(_claims_fit(certificate, program))
    yield from misfits
    if misfits:
        return
    yield from _complete(certificate, program)
    spoilt = {finding.part for finding in damaged}
    names = [name for name in certificate.obligations if name not in spoilt]
    met = _to_be_met(certificate, program)
    yield from _obligations(certificate.folder, names, met, limits, progress)
    if certificate.states is not None and STATES not in spoilt:
        yield _states(certificate, program, limits, progress)
        if certificate.orders is not None and ORDERS not in spoilt:
            yield _orders(certificate, program, limits, progress)


def interrupted(certificate: Certificate, found: Sequence[PartResult]) -> list[PartResult]:
    """What is to be said of the parts that nobody has come to: what was decided without them stays decided."""
    words, done = "interrupted before it was checked", {each.part for each in found}
    rest: list[PartResult] = []
    if not done.issuperset(certificate.obligations):
        rest.append(PartResult("the other obligations", Answer.UNDECIDED, words, bears=BY_OBLIGATIONS))
    for part, there, kind in ((STATES, certificate.states, BY_STATES), (ORDERS, certificate.orders, BY_ORDERS)):
        if there is not None and part not in done:
            rest.append(PartResult(part, Answer.UNDECIDED, words, bears=kind))
    return rest or [PartResult("the rest", Answer.UNDECIDED, words)]


def concluded(certificate: Certificate, found: list[PartResult]) -> dict[str, Answer]:
    """What all findings come to for each certified property."""
    return {
        name: _worst([each.answer for each in found if not each.bears or each.bears in kinds])
        for name, kinds in certificate.rests_on.items()
    }


def overall(found: list[PartResult]) -> Answer:
    """What all findings together come to."""
    return _worst([each.answer for each in found])


def _worst(answers: list[Answer]) -> Answer:
    return next((each for each in (Answer.REFUTED, Answer.UNDECIDED) if each in answers), Answer.CONFIRMED)


# -- the manifest ------------------------------------------------------------------------------------------------------


def _compiled(certificate: Certificate) -> Program:
    """The program; with parameters left open, that of the least size, when those of other sizes have been found to be
    the same."""
    model = load(certificate.model)
    values = {name: parse_parameter(model, name, text) for name, text in certificate.parameters.items()}
    if certificate.every:
        return next(iter(left_open(model, values, ",".join(certificate.every)).programs.values()))
    return compile_model(model, values)


def _damaged(certificate: Certificate) -> Iterator[PartResult]:
    """The files that are not what the manifest says."""
    for name, wanted in certificate.files.items():
        kind = {PROGRAM: "", STATES: BY_STATES, ORDERS: BY_ORDERS}.get(name, BY_OBLIGATIONS)
        try:
            with (certificate.folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            yield PartResult(name, Answer.REFUTED, f"it cannot be read: {error.strerror}", bears=kind)
            continue
        if found != wanted:
            words = f"it was changed: its SHA-256 is {found[:12]}…, and the manifest says {wanted[:12]}…"
            yield PartResult(name, Answer.REFUTED, words, bears=kind)


def _same_program(certificate: Certificate, program: Program) -> Iterator[PartResult]:
    """Whether the model still means what it did. Obligations speak of the program that they were made from, so that
    with another one they prove nothing; states are checked against the program of today in any case."""
    if fingerprint(program) == certificate.program:
        yield PartResult(PROGRAM, Answer.CONFIRMED, f"{certificate.model} still compiles to the same program")
        return
    changed = f"{certificate.model} no longer compiles to the program that was certified{_where(certificate, program)}"
    if certificate.obligations:
        words = f"{changed}; the obligations say nothing of it: verify again"
        yield PartResult(PROGRAM, Answer.REFUTED, words, bears=BY_OBLIGATIONS)
    if certificate.states is not None:
        words = f"{changed}; the states are checked against today's"
        yield PartResult(PROGRAM, Answer.CONFIRMED, words, bears=BY_STATES)


def _complete(certificate: Certificate, program: Program) -> Iterator[PartResult]:
    """Whether the certificate holds what a proof of this program must have, each part once, and nothing else."""
    try:
        text = (certificate.folder / PROGRAM).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    if fingerprint(program) == certificate.program and text != show_program(program):
        yield PartResult(PROGRAM, Answer.REFUTED, "it is not the text of the program that the model compiles to")
    there = {path.relative_to(certificate.folder).as_posix() for path in certificate.folder.rglob("*.smt2")}
    if stray := sorted(there - set(certificate.obligations)):
        yield PartResult(MANIFEST, Answer.REFUTED, f"it does not name {stray[0]}, which lies in the folder")
    if not certificate.obligations:
        return
    rest = [name for name, kinds in certificate.rests_on.items() if BY_OBLIGATIONS in kinds]
    never = [name for name in rest if certificate.verdicts[name] == _NEVER]
    if certificate.every:
        said = wrong_at_any_size(program, rest, certificate.named)
    else:
        said = wrong_names(program, [name for name in rest if name not in never], never, certificate.named)
    if said:
        words = f"its obligations are not those of a proof of this program: {said}"
        yield PartResult(MANIFEST, Answer.REFUTED, words, bears=BY_OBLIGATIONS)
    if len(set(certificate.obligations)) < len(certificate.obligations):
        yield PartResult(MANIFEST, Answer.REFUTED, "one file stands for two obligations", bears=BY_OBLIGATIONS)
    for name, file in zip(certificate.named, certificate.obligations, strict=True):
        if may_be_false(program, name):
            continue
        try:
            false = is_plainly_false((certificate.folder / file).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            continue
        if false:
            yield PartResult(
                file, Answer.REFUTED, "it asserts false, and says nothing of its step", bears=BY_OBLIGATIONS
            )


def _where(certificate: Certificate, program: Program) -> str:
    """The first line in which the program's text differs, if it does: types can differ where it does not show."""
    try:
        before = (certificate.folder / PROGRAM).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    for number, (old, new) in enumerate(zip(before, show_program(program).splitlines(), strict=False), start=1):
        if old != new:
            return f" ({PROGRAM} line {number}: {old.strip()!r}, now {new.strip()!r})"
    return ""


def _claims_fit(certificate: Certificate, program: Program) -> Iterator[PartResult]:
    """The properties that the program does not have, or that cannot have the verdict claimed."""
    for name, verdict in certificate.verdicts.items():
        judged = program.claimed(name)
        if isinstance(judged, Temporal):
            if BY_OBLIGATIONS in certificate.rests_on[name] or name not in certificate.ordered or verdict not in _HOLDS:
                words = f"'{name}', a temporal property, rests on orders of states, and on nothing else"
                yield PartResult(MANIFEST, Answer.REFUTED, words)
        elif name in certificate.ordered:
            yield PartResult(MANIFEST, Answer.REFUTED, f"'{name}' is no temporal property, and rests on no orders")
        elif name not in BUILT_IN and (judged is None or not judged.kind.traits.asked):
            yield PartResult(MANIFEST, Answer.REFUTED, f"{certificate.model} has no property '{name}'")
        elif verdict not in ((_NEVER,) if program.witnessed(name) else _HOLDS):
            kind = "built-in property" if judged is None else f"@{judged.kind}"
            yield PartResult(MANIFEST, Answer.REFUTED, f"'{name}', a {kind}, cannot be {verdict!r}")


# -- states ------------------------------------------------------------------------------------------------------------


class _Ended(Exception):
    """A limit was reached. Its text says which."""


def _states(certificate: Certificate, program: Program, limits: Limits, progress: Progress | None) -> PartResult:
    """Have the states checked."""
    began = time.monotonic()
    wanted = certificate.states

    def found(answer: Answer, words: str) -> PartResult:
        return PartResult(STATES, answer, words, time.monotonic() - began, BY_STATES)

    try:
        closure = _closure(certificate, program, limits, progress)
    except NotClosed as wrong:
        return found(Answer.REFUTED, str(wrong))
    except UsageError as error:
        return found(Answer.REFUTED, error.problem.problem)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        return found(Answer.REFUTED, f"it cannot be read: {error}")
    except (TooManyRenamings, _Ended) as reason:
        return found(Answer.UNDECIDED, str(reason))
    except MemoryError:
        return found(Answer.UNDECIDED, "out of memory")
    if closure.count != wanted:
        return found(Answer.REFUTED, f"the manifest says {wanted:,} states, and there are {closure.count:,}")
    within = " within the constraint" if constrained(program) else ""
    return found(Answer.CONFIRMED, f"{wanted:,} states: all that can be reached{within}, and nothing is wrong in any")


def _closure(certificate: Certificate, program: Program, limits: Limits, progress: Progress | None) -> Closure:
    """Feed all states to a Closure, within the limits."""
    claims = {name: certificate.verdicts[name] != _NEVER for name in certificate.exhausted}
    began = last = time.monotonic()
    most = allowance() if limits.memory is None else limits.memory
    base = resident()
    closure = Closure(program, claims)
    for state in stored_states(certificate.folder / STATES, program):
        closure.add(state)
        now = time.monotonic()
        if limits.seconds is not None and now - began > limits.seconds:
            raise _Ended(_out_of_time(limits.seconds, closure.count, certificate.states))
        if now - last < _TICK:
            continue
        last = now
        if resident() - base > most:
            limit = f"the memory of {most >> 20:,} MiB ended after {counted(closure.count, 'state')}"
            raise _Ended(f"{limit}; all of them are kept: give --memory more")
        if progress is not None:
            progress(f"  {STATES}: {closure.count:,} of {certificate.states:,} states checked")
    closure.end()
    return closure


def _orders(certificate: Certificate, program: Program, limits: Limits, progress: Progress | None) -> PartResult:
    """Have the orders checked, over all states."""
    began = time.monotonic()
    count = 0

    def found(answer: Answer, words: str) -> PartResult:
        return PartResult(ORDERS, answer, words, time.monotonic() - began, BY_ORDERS)

    try:
        states = list(stored_states(certificate.folder / STATES, program))
        orders = Orders(program, states, certificate.ordered)
        for order in stored_orders(certificate.folder / ORDERS, program):
            orders.add(order)
            count += 1
            if limits.seconds is not None and time.monotonic() - began > limits.seconds:
                raise _Ended(
                    f"the time of {limits.seconds:g} s ended after {counted(count, 'order')}: give --time more"
                )
            if progress is not None:
                progress(f"  {ORDERS}: {count:,} of {certificate.orders:,} orders checked")
        orders.end()
    except NotClosed as wrong:
        return found(Answer.REFUTED, str(wrong))
    except UsageError as error:
        return found(Answer.REFUTED, error.problem.problem)
    except (OSError, EOFError, zlib.error, UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        return found(Answer.REFUTED, f"it cannot be read: {error}")
    except (_Ended, MemoryError) as reason:
        return found(Answer.UNDECIDED, str(reason) or "out of memory")
    if count != certificate.orders:
        promised = counted(certificate.orders or 0, "order")
        return found(Answer.REFUTED, f"the manifest says {promised}, and there are {count:,}")
    return found(Answer.CONFIRMED, f"{counted(count, 'order')} of states: no fair behaviour stays where it may not")


def _out_of_time(seconds: float, checked: int, wanted: int | None) -> str:
    """What is said when the time ended, with how much would be enough at this rate."""
    said = f"the time of {seconds:g} s ended after {counted(checked, 'state')}"
    if wanted is None or not checked < wanted:
        return f"{said}: give --time more"
    needed = seconds * wanted / max(1, checked)
    return f"{said} of {wanted:,}: give --time more, at this rate some {max(needed, seconds + 1):.0f}s"


# -- obligations -------------------------------------------------------------------------------------------------------


def _to_be_met(certificate: Certificate, program: Program) -> frozenset[str]:
    """The files that must be contradictory by what they deny and not without it. It is asked of proofs for every size,
    whose formulas have small models if they have any; elsewhere a step has many arguments, some of them in vain."""
    named = zip(certificate.named, certificate.obligations, strict=True)
    return frozenset(file for name, file in named if certificate.every and not may_be_false(program, name))


def _obligations(
    folder: Path, names: list[str], met: frozenset[str], limits: Limits, progress: Progress | None
) -> Iterator[PartResult]:
    """Have cvc5 decide the files, some at a time; the findings in order. cvc5 keeps Python's lock while it works, so
    that only processes let Ctrl-C and the progress line through."""

    def waiting(number: int, _: float) -> None:
        if progress is not None:
            progress(f"  cvc5: {number} of {len(names)} obligations decided, waiting for {names[number]}")

    work = [partial(decide, folder / name, limits.seconds, name in met) for name in names]
    for number, future in in_order(work, limits.workers, waiting):
        yield _obligation(names[number], future)


def _obligation(name: str, future: Future[tuple[Answer, str, float]]) -> PartResult:
    try:
        answer, words, seconds = future.result()
    except BrokenProcessPool:
        words = "the process that ran cvc5 died, perhaps out of memory"
        return PartResult(name, Answer.UNDECIDED, words, 0.0, BY_OBLIGATIONS)
    return PartResult(name, answer, words, seconds, BY_OBLIGATIONS)


def decide(path: Path, seconds: float | None, met: bool = False) -> tuple[Answer, str, float]:
    """Have cvc5 decide one formula; what that means, in words too, and how long it took. If `met`, it must have a
    solution without its last assertion."""
    import cvc5  # noqa: PLC0415 - an extra

    began = time.monotonic()
    try:
        text = path.read_text(encoding="utf-8")
        said = wrong_form(text) or _run(cvc5, text, seconds)
        if (
            met
            and said == "unsat"
            and _run(cvc5, not_denied(text), seconds, [("finite-model-find", "true")]) == "unsat"
        ):
            said = "vacuous"
    except (OSError, ValueError) as error:
        said = str(error)
    except RuntimeError as error:  # all that cvc5 raises of itself
        said = " ".join(str(error).split())
    took = time.monotonic() - began
    by = f"by cvc5 {cvc5.__version__}"
    match said.split():
        case ["unsat"]:
            return Answer.CONFIRMED, f"unsat {by}", took
        case ["vacuous"]:
            words = f"unsat {by}, but also if nothing is denied: the step never happens, or the formula is wrong"
            return Answer.UNDECIDED, words, took
        case ["sat"]:
            return Answer.REFUTED, f"sat {by}: there is a solution, so it proves nothing", took
        case ["unknown", *reason]:
            why = " ".join(reason).lower()
            more = "; give --time more" if "timeout" in why else ""
            return Answer.UNDECIDED, f"unknown {by} {why}".rstrip() + more, took
        case _:
            return Answer.REFUTED, f"it is no obligation: {said}", took


def _run(cvc5: Any, text: str, seconds: float | None, options: Iterable[tuple[str, str]] = ()) -> str:
    """What cvc5 answers to the one check-sat of a formula; or what is wrong with it."""
    solver = cvc5.Solver(cvc5.TermManager())
    for option, value in options:
        solver.setOption(option, value)
    if seconds is not None:
        solver.setOption("tlimit-per", str(max(1, int(seconds * 1000))))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "obligation")
    symbols = parser.getSymbolManager()
    answer: str | None = None
    while not (command := parser.nextCommand()).isNull():
        name = command.getCommandName()
        if answer is not None and name != "exit":
            return f"'{name}' stands after its check-sat"
        if name not in _COMMANDS and name not in ("check-sat", "exit"):
            return f"'{name}' has no place in it"
        said = str(command.invoke(solver, symbols)).strip()
        if name == "check-sat":
            answer = said
        elif said:
            return said
    return "it has no check-sat" if answer is None else answer
