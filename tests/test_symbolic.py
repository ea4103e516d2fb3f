"""The Z3 encoding, held to the interpreter: both say the same of every state, and bounded search finds what is there.

EVACHECK_AGREEMENT=500 draws so many models for each test, as in test_agreement.py. EVACHECK_THOROUGH=1 runs bounded
search on the whole catalogue instead of what it decides in a moment.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice, product
from random import Random
from typing import Any

import pytest
import z3
from hypothesis import given

from checker import catalogue
from checker.check import check, select
from checker.combined import size
from checker.engine import (
    NO_FAILURE,
    Bounded,
    Budget,
    Outcome,
    Proved,
    Task,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.engines.reference import ReferenceEngine
from checker.engines.symbolic import encode
from checker.engines.symbolic.bounded import BmcEngine
from checker.engines.symbolic.encode import Encoding
from checker.engines.symbolic.solving import Clock
from checker.engines.symbolic.stuck import Stuck
from checker.errors import ModelError
from checker.lang import Array, Bool, Model, Range, Var, action, always, choose, sometimes
from checker.lang.ir import Program, PropertyKind
from checker.lang.load import compile_model
from checker.semantics import Interpreter, State, StepFailed, Transition, statements
from checker.verify import compiled, parameter_text
from tests.random_models import HEAD, RandomModel, models
from tests.support.emitted import reachable
from tests.support.levels import FAILS, SHOWN, Levels, Look, TooWide
from tests.support.solutions import OVERRUN, Ending, Solutions, TooMany, decided
from tests.test_agreement import MOST_STATES, TooLarge, agree, examples, hold

MOST_STEPS = 150
"""Steps of one state; models with more are passed over."""

LOOP = 64
"""Rounds to which loops are unrolled; a loop that goes on for longer is one without end, as random models go."""

VISITED, DRAWN, SOLVED = 4, 3, 2
"""States to look at: that can be reached, of the right types, and of each step as Z3 finds them."""


def ending(transition: Transition) -> Ending:
    """How a step ends, as an encoding with few rounds for its loops has to say it."""
    failure = transition.failure
    if failure is None:
        return Ending(transition.state, None)
    if "did not end within" in failure.message:
        return Ending(None, (OVERRUN, failure.span))
    if "blocks without a yield" in failure.message:
        raise TooLarge  # the encoding counts rounds and not blocks
    return Ending(None, (str(failure.kind), failure.span))


def of_interpreter(transitions: list[Transition]) -> dict[object, list[Ending]]:
    """Steps with their endings."""
    return {transition.step: [ending(transition)] for transition in transitions}


def some(transitions: object) -> list[Transition]:
    """All transitions, if they are not too many."""
    found = list(islice(transitions, MOST_STEPS + 1))  # type: ignore[call-overload]
    if len(found) > MOST_STEPS:
        raise TooLarge
    return found


def typical(program: Program, interpreter: Interpreter, random: Random) -> list[State]:
    """States that can be reached, and others that are of the right types at least."""

    def successors(state: State) -> list[State]:
        return [each.state for each in some(interpreter.successors(state)) if each.state is not None]

    starts = [each.state for each in some(interpreter.initial()) if each.state is not None]
    visited = list(reachable(iter(starts), successors, 4 * VISITED))
    found = random.sample(visited, min(VISITED, len(visited)))
    kinds = [declared.type for declared in program.variables]
    return found + [tuple(kind.unrank(random.randrange(kind.size)) for kind in kinds) for _ in range(DRAWN)]


def hold_steps(interpreter: Interpreter, found: Solutions, states: list[State]) -> None:
    """Every step of the interpreter is a solution with the same ending, and every solution is such a step."""
    try:
        agree(of_interpreter(some(interpreter.initial())), found.initial(2 * MOST_STEPS), "init")
        for state in states:
            agree(of_interpreter(some(interpreter.successors(state))), found.steps(state, 2 * MOST_STEPS), state)
    except TooMany:
        raise AssertionError("the encoding has more steps than the interpreter") from None


def hold_solutions(interpreter: Interpreter, found: Solutions) -> None:
    """Whatever state and step Z3 comes up with, the interpreter confirms."""
    for form in found.encoding.forms:
        for state, step, said in found.anywhere(form, SOLVED):
            for declared, value in zip(found.encoding.program.variables, state, strict=True):
                assert declared.type.contains(value), f"{declared.name} is {value}, which is not in its type"
            transition = interpreter.run(state, step)
            agree(None if transition is None else ending(transition), said, (state, step))


def judgement(interpreter: Interpreter, name: str, state: State) -> bool | tuple[str, object]:
    """What a property comes to."""
    try:
        return interpreter.holds(name, state)
    except StepFailed as failed:
        kind = OVERRUN if "did not end within" in failed.failure.message else str(failed.failure.kind)
        return kind, failed.failure.span


def hold_properties(interpreter: Interpreter, found: Solutions, states: list[State]) -> None:
    """Properties have the same value, or fail alike."""
    for state in states:
        for judged in found.encoding.program.properties:
            wanted = judgement(interpreter, judged.name, state)
            agree(wanted, found.judged(judged.name, state), (judged.name, state))


def nothing_happens(stuck: Stuck, state: State, here: z3.ModelRef) -> bool:
    """Whether no step is possible in a state, as bounded search finds out."""
    while all(decided(each, here) for each in stuck.nothing_known):
        if not stuck.learn(state):
            return True
    return False


def hold_stuck(interpreter: Interpreter, found: Solutions, states: list[State]) -> None:
    """Deadlocks are the same, and so is what fails where nothing can happen."""
    stuck = Stuck(found.encoding, Clock(Task(found.encoding.program, ())))
    for state in states:
        here = found.only(state)
        agree(not some(interpreter.successors(state)), nothing_happens(stuck, state, here), state)
        if some(interpreter.successors(state)):
            continue
        failing = [name for name, fails in stuck.final_faults if decided(fails, here)]
        try:
            agree((interpreter.deadlocked(state, False), []), (decided(stuck.deadlocked, here), failing), state)
        except StepFailed as failed:
            if "did not end within" not in failed.failure.message:
                agree((False, 1), (decided(stuck.deadlocked, here), len(failing)), state)


def hold_encoding(model: RandomModel, program: Program) -> None:
    """All of these, on one model."""
    random, interpreter = Random(model.text), Interpreter(program)
    states = typical(program, interpreter, random)
    found = Solutions(Encoding(program, lambda span: statements.LOOP_LIMIT))
    hold_steps(interpreter, found, states)
    hold_solutions(interpreter, found)
    hold_properties(interpreter, found, states)
    hold_stuck(interpreter, found, states)


@examples(60)
@given(models())
def test_the_encoding_takes_the_steps_of_the_interpreter(model: RandomModel) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "LOOP_LIMIT", LOOP)
        hold(model, hold_encoding)


@examples(20)
@given(models())
def test_forms_with_unknown_arguments_and_points_take_the_same_steps(model: RandomModel) -> None:
    with pytest.MonkeyPatch.context() as patch:  # only large actions and processes have such forms otherwise
        patch.setattr(encode, "MANY_ARGUMENTS", 0)
        patch.setattr(encode, "MOSTLY", 0)
        patch.setattr(statements, "LOOP_LIMIT", LOOP)
        hold(model, hold_encoding)


@examples(20)
@given(models(processes=0))
def test_a_loop_is_cut_off_only_where_it_goes_on(model: RandomModel) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(statements, "LOOP_LIMIT", 1)
        hold(model, hold_encoding)


CONSTRUCTS = {
    "any that need not look at what would fail": """
    x = Var(Range(3))
    y = Var(Bool)

    @action
    def step(self):
        self.y = any(1 // (2 - v) == self.x for v in range(3))

    @always
    def none(self):
        return all(1 // (2 - v) != self.x for w in range(2) for v in range(3))
""",
    "an item taken out of a sequence": """
    row = Var(Seq(Range(3), 4))

    @action
    def step(self, at: Range(-5, 4)):
        gone = self.row.pop(at)
        self.row[at] = gone
""",
    "leaving from the middle of a helper and a loop": """
    x = Var(Range(4))
    y = Var(Bool)

    def known(self, n):
        if self.y:
            return n
        self.y = True
        if n == 2:
            return 0
        assert n != 3
        return 1 // n

    @action
    def step(self, n: Range(4)):
        for i in range(3):
            if i == self.x:
                if self.y:
                    continue
                break
            self.x = self.known(n)
            require(self.x < 3)
""",
    "two processes of which one may have finished": """
    x = Var(Bool)

    @process
    def one(self):
        yield "a"
        self.x = True

    @process(Range(2))
    def two(self, p):
        yield "b"
        require(not self.x)
        yield "c"
""",
    "None and values of several types": """
    x = Var(Opt(Range(1, 3)))
    y = Var(Opt(Range(0, 5)))
    z = Var(Range(0, 2))

    @action
    def step(self):
        self.y = self.x
        self.z = self.x

    @action
    def back(self):
        self.x = self.y
""",
}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_the_encoding_agrees_on_every_state(name: str) -> None:
    program = RandomModel(f"{HEAD}\nclass Drawn(Model):\n{CONSTRUCTS[name]}").program()
    interpreter, found = Interpreter(program), Solutions(Encoding(program, lambda span: LOOP))
    states = [*product(*(declared.type.values() for declared in program.variables))]
    hold_steps(interpreter, found, states)
    hold_properties(interpreter, found, states)
    hold_stuck(interpreter, found, states)


THOROUGH = "EVACHECK_THOROUGH" in os.environ
SHORT, MOST_WORK = 12, 1_400_000
"""What of the catalogue is always looked for: traces so long at most, in programs small enough that the square of the
size, times the length, comes to no more. It tells well enough what takes a moment and what takes longer."""

DEEPEST, WIDEST = 5, 60
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
            assert deciding.by_step if verdict.trace.failing else deciding.by_state or deciding.depth == 0


def left_open(levels: Levels, name: str, known: int, complete: bool) -> type[Verdict]:
    """What sort of verdict a property gets that no look has decided."""
    sometimes = any(
        judged.name == name and judged.kind is PropertyKind.SOMETIMES for judged in levels.program.properties
    )
    if complete:
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


@examples(25)
@given(models())
def test_bounded_search_finds_what_is_there_at_its_depth(model: RandomModel) -> None:
    hold(model, hold_bmc)


CATALOGUE = [
    (entry, name, expected.states)
    for entry in catalogue.select([])
    for name, expected in entry.properties.items()
    if expected.word == "violated" and expected.states is not None and (THOROUGH or expected.states <= SHORT)
]


@pytest.mark.parametrize(("entry", "name", "states"), CATALOGUE, ids=lambda each: str(getattr(each, "label", each)))
def test_traces_are_as_long_as_the_catalogue_says(entry: catalogue.Entry, name: str, states: int) -> None:
    texts = {key: parameter_text(value) for key, value in entry.parameters.items()}
    program = compiled(entry.model, texts)
    if not THOROUGH and states * size(program) ** 2 > MOST_WORK:
        pytest.skip("takes longer than a moment")
    budget = Budget(seconds=None if THOROUGH else 60.0)
    found = check(Task(program, (name,), budget), BmcEngine()).verdicts[name]
    assert isinstance(found, Violated), found
    assert len(found.trace) == states


class Factors(Model):
    """Nothing happens, but Z3 would have to factor 4,503,260,459,307,569 to show that the invariant does not hold."""

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
        return self.number(self.one) * self.number(self.other) != 4_503_260_459_307_569


class Hours(Model):
    """Goes on for ever."""

    hour = Var(Range(12))

    @action
    def tick(self):
        self.hour = (self.hour + 1) % 12

    @always
    def is_an_hour(self):
        return self.hour < 12

    @sometimes
    def thirteen(self):
        return self.hour == 13


def ended(model: type[Model], ends: Callable[[Task], None], **budget: Any) -> tuple[Outcome, float]:
    """What a bounded search finds that something ends half a second after its beginning, and how long that took."""
    program = compile_model(model, {})
    task = Task(program, select(program), Budget(**budget))
    timer = threading.Timer(0.5, ends, [task])
    timer.start()
    began = time.monotonic()
    try:
        return BmcEngine().run(task), time.monotonic() - began
    finally:
        timer.cancel()


ENDS: dict[str, tuple[Callable[[Task], None], dict[str, float], str]] = {
    "stop": (lambda task: task.stop.set(), {}, "interrupted"),
    "Ctrl-C": (lambda task: os.kill(os.getpid(), signal.SIGINT), {}, "interrupted"),
    "time": (lambda task: None, {"seconds": 0.5}, "time budget of 0.5 s ended"),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_search_is_ended_at_once_with_what_it_has(how: str) -> None:
    ends, budget, reason = ENDS[how]
    outcome, seconds = ended(Hours, ends, **budget)
    assert 0.4 < seconds < 1.5
    assert outcome.stopped == reason
    known = outcome.verdicts["is_an_hour"]
    assert isinstance(known, Bounded) and known.depth >= 3
    missing = outcome.verdicts["thirteen"]
    assert isinstance(missing, Unknown) and missing.reason == f"{reason}; not seen to depth {known.depth}"


@pytest.mark.parametrize("how", ENDS)
def test_z3_itself_is_ended_at_once(how: str) -> None:
    ends, budget, reason = ENDS[how]
    outcome, seconds = ended(Factors, ends, **budget)
    assert 0.4 < seconds < 1.5
    assert outcome.stopped == reason
    assert outcome.verdicts["none"] == Unknown(reason)


def test_a_memory_budget_ends_a_search() -> None:
    outcome, seconds = ended(Hours, lambda task: None, memory=1)
    assert seconds < 1.5
    assert outcome.stopped == "memory budget of 0 MiB ended"


@pytest.mark.parametrize("asked", [1, 12])
def test_what_z3_does_not_know_is_unknown(asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    count = iter(range(1, 1 << 30))
    known = z3.Solver.check
    monkeypatch.setattr(z3.Solver, "check", lambda *given: known(*given) if next(count) < asked else z3.unknown)
    monkeypatch.setattr(z3.Solver, "reason_unknown", lambda solver: "(incomplete (theory arrays))")
    outcome, _ = ended(Hours, lambda task: None)
    reason = "Z3 does not know: (incomplete (theory arrays))"
    assert outcome.stopped == reason
    verdict = outcome.verdicts["is_an_hour"]
    assert verdict == Unknown(reason) if asked == 1 else isinstance(verdict, Bounded), verdict


def test_an_error_of_z3_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*given: object) -> None:
        raise z3.Z3Exception(b"out of memory")

    monkeypatch.setattr(z3.Solver, "check", fails)
    outcome, _ = ended(Hours, lambda task: None)
    assert outcome.stopped == "Z3 gave up: b'out of memory'"
    assert outcome.verdicts["is_an_hour"] == Unknown(outcome.stopped)
