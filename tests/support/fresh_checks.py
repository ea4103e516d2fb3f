"""What a fresh random model is held to: the names by which `python -m tests.fresh --engines` knows the comparisons.

Each says of a model whether two roads lead to the same; they are those of the tests with fixed seeds, and some that are
only here. `examined` runs one of them on a model and says what came of it; `hold_to` is for tests that keep a finding.
"""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from checker.check import check, engine, select
from checker.contract.judge import judge
from checker.contract.task import Budget, Sampling, Task
from checker.contract.verdict import Violated
from checker.engines.fuzz import fuzz
from checker.errors import ModelError, UsageError
from checker.export.btor2 import btor2 as as_btor2
from checker.export.commands import exported
from checker.frontend import compile as front_end
from checker.ir.liveness import Live, live_at_blocks
from checker.ir.nodes import Program, Role
from checker.semantics import State, statements
from counterexamples.itf import traces
from tests.frontend.support import program as compile_text
from tests.support import agreement, btor2, encoding, fair_models, foreign, formulas, orders, reducing, slices
from tests.support.agreement import MOST_STATES, TooLarge, agree, confirm_consistent
from tests.support.constructs import constructs
from tests.support.every_size_claims import hold_counting_model, hold_random_model
from tests.support.orbits import check_engine, check_language, confirm_orbits, explore
from tests.support.plain_code import plain_code
from tests.support.random_models import REFUSALS, SYMMETRIC_REFUSALS, RandomModel, may_be_refused
from tests.support.shrinking import smallest
from tests.support.solvers import hold_bmc, hold_induction

Check = Callable[[RandomModel, Program], object]

CANNOT_HOLD = {"E501": "a number, or a set, that does not fit into 64 bits", "E502": "too many renamings of members"}
"""What the explicit engine may refuse, and why. It also leaves lemmas with parameters to the others."""


def check_reference(model: RandomModel, program: Program) -> None:
    """Nothing but the verdicts of the reference engine, each trace judged."""
    _everything(program)


def _everything(program: Program) -> Any:
    explore(program)  # TooLarge if it is, also where one step has too many choices
    outcome = check(
        Task(program, select(program), Budget(max_states=MOST_STATES), keep_going=True), engine("reference")
    )
    if outcome.stopped is not None:
        raise TooLarge
    return outcome


def _sampled(program: Program, found: Any) -> None:
    """What was sampled contradicts nothing that was explored."""
    known = _everything(program).verdicts
    for name, verdict in found.items():
        confirm_consistent(name, verdict, known[name])


def check_fuzz(model: RandomModel, program: Program) -> None:
    """Fuzzing never says what an exhaustive search denies."""
    _everything(program)
    task = Task(program, select(program), Budget(seconds=10), keep_going=True)
    outcome = fuzz(task, 20, 20, 1).outcome
    judge(task, outcome)
    _sampled(program, outcome.verdicts)


def check_walk(model: RandomModel, program: Program) -> None:
    """Nor do walks of compiled code."""
    _everything(program)
    task = Task(program, select(program), Budget(seconds=20), keep_going=True, sampling=Sampling(40, 30, 1))
    _sampled(program, check(task, engine("walk")).verdicts)


def check_traces(model: RandomModel, program: Program) -> None:
    """Traces come back from ITF as they were, and show the same without the steps that are said not to matter."""
    explore(program)
    trace = foreign.walk(program, Random(model.text))
    if trace is not None:
        data = json.loads(traces.text(traces.dump(program, trace, foreign.META)))
        agree(trace, traces.parse(program, data), "ITF")
    for trace in slices.wandering(program, 1, 12):
        for name in slices.shown(program, trace):
            slices.check_slice(program, trace, name)


@contextmanager
def nothing_forgotten() -> Iterator[None]:
    """Every local that some point keeps is kept at all of them."""

    def lives(*arguments: Any) -> list[Live]:
        found = live_at_blocks(*arguments)
        return [frozenset().union(*found)] * len(found)

    with patch.object(front_end, "live_at_blocks", lives):
        yield


def check_liveness(model: RandomModel, program: Program) -> None:
    """A program that forgets no local has the same behaviours: its states are the same once dead locals are left out."""
    if not program.processes:
        return
    with nothing_forgotten():
        whole = model.program()
    names = {each.name for each in program.variables}
    agree([each for each in whole.variables if each.name in names], list(program.variables), "variables")
    ours, theirs = explore(program), explore(whole)
    agree(ours.states, _alive(program, whole, theirs.states), "states")
    agree(_lengths(program), _lengths(whole), "verdicts")


def _lengths(program: Program) -> dict[str, Any]:
    """Verdicts, and how long their traces are: not the counts, for more states differ that forget less."""
    said = agreement.summary(_everything(program))
    kinds = {name: verdict for name, verdict in said.items() if name not in ("distinct", "generated", "depth")}
    return {name: type(said).__name__ if hasattr(said, "distinct") else said for name, said in kinds.items()}


def _alive(program: Program, whole: Program, states: Any) -> frozenset[State]:
    """States of a program that forgets nothing, as those of one that does."""
    places = [whole.position(each.name) for each in program.variables]
    return frozenset(_forgetting(program, tuple(state[place] for place in places)) for state in states)


def _forgetting(program: Program, state: State) -> State:
    """A state without the locals that are dead in it."""
    values = list(state)
    for at, declared in enumerate(program.variables):
        if declared.role is not Role.LOCAL:
            continue
        process = next(each for each in program.processes if each.name == declared.process)
        live = {point.label: declared.local in point.live for point in process.points}
        points = state[program.position(process.point_variable)]
        if process.index is None:
            values[at] = values[at] if live[points] else declared.type.default
        else:
            default = declared.type.default
            values[at] = tuple(
                value if live[label] else default[place]
                for place, (label, value) in enumerate(zip(points, values[at], strict=True))
            )
    return tuple(values)


def check_encoding(model: RandomModel, program: Program) -> None:
    """The Z3 encoding takes the steps of the interpreter; loops are cut off early."""
    with patch.object(statements, "LOOP_LIMIT", encoding.LOOP):
        encoding.hold_encoding(model, program)


def check_induction(model: RandomModel, program: Program) -> None:
    """Induction proves nothing that exploring denies."""
    explore(program)
    hold_induction(model, program)


def check_symmetry(model: RandomModel, program: Program) -> None:
    """Nothing tells interchangeable members apart."""
    if "symmetric types" in constructs(model.text):
        check_language(model, program)


def check_native(model: RandomModel, program: Program) -> None:
    """Compiled code against the reference engine; of orbits, against brute force."""
    if "symmetric types" in constructs(model.text):
        check_engine(model, program)
    else:
        agreement.check_engines(model, program)


def check_fair(model: RandomModel, program: Program) -> None:
    """Tiny models with random fairness, drawn from what is written there: the reference engine and brute force say the
    same of what happens sooner or later, and in part the explicit engine without compiling, now and then by classes of
    states."""
    draw = Random(model.text)
    for _ in range(4):
        source = fair_models.text(draw, draw.choice((2, 3, 3, 4)), draw.choice((1, 2, 2)))
        compiled = compile_text(source)
        small = len(fair_models.whole(compiled).states) <= fair_models.FEW
        for number in range(8):
            fair = compiled if number == 0 else fair_models.otherwise_fair(compiled, draw)
            by_all = number == 0
            if not small and not by_all:
                continue
            if by_all:
                with plain_code(), _by_classes(draw):
                    found = fair_models.differences(fair)
            else:
                found = fair_models.denied(fair)
            _drew(compiled, draws="explicit, reference" if by_all else "reference", by_force=small)
            agree(found, [], f"fairness {fair.fairness} of\n{source}")
            if by_all:
                with plain_code(), fair_models.far_lassos():
                    far = fair_models.stems(fair, "explicit")
                agree(far, fair_models.stems(fair, "reference"), source)


def _by_classes(draw: Random) -> AbstractContextManager[None]:
    match draw.randrange(4):
        case 0:
            return nullcontext()
        case 1:
            return fair_models.classes_decide()
        case _:
            return fair_models.classes_decide(draw)


DREW: Counter[str] = Counter()
"""What was drawn of fair models since somebody looked: a model counts once for each way in which its things are fair."""


def _drew(compiled: Program, draws: str, by_force: bool) -> None:
    DREW["fair models"] += 1
    DREW["fair models, each with one formula"] += len(compiled.temporal)
    DREW[f"formulas by {draws}{' and brute force' if by_force else ''}"] += len(compiled.temporal)


def check_fair_native(model: RandomModel, program: Program) -> None:
    """The same with compiled code."""
    draw = Random(model.text)
    source = fair_models.text(draw, draw.choice((3, 4, 6, 8)), 3)
    compiled = compile_text(source)
    for number in range(8):  # other fairness, mostly the same code
        fair = compiled if number == 0 else fair_models.otherwise_fair(compiled, draw)
        with _by_classes(draw):
            found = fair_models.differences(fair)
        small = len(fair_models.whole(compiled).states) <= fair_models.FEW
        _drew(compiled, "explicit compiled, reference", by_force=small)
        agree(found, [], f"fairness {fair.fairness} of\n{source}")


def check_justice(model: RandomModel, program: Program) -> None:
    """Of a tiny model with random fairness, in BTOR2: the text has a lasso where the reference engine finds one."""
    draw = Random(model.text)
    source = fair_models.text(draw, draw.choice((2, 3, 3)))
    source = formulas.timed(source, draw, 2, 2) if draw.random() < 0.5 else source
    fair = fair_models.otherwise_fair(compile_text(source), draw)
    try:
        found = exported(fair)
    except UsageError:  # numbers of more than 30 bits
        raise TooLarge from None
    theirs = fair_models.said(fair, "reference").verdicts
    wanted = {name: isinstance(each, Violated) for name, each in theirs.items()}
    agree(btor2.violated(btor2.System(as_btor2(found, "M"))), wanted, f"fairness {fair.fairness} of\n{source}")


def check_formulas(model: RandomModel, program: Program) -> None:
    """Tiny models with random formulas: the explicit engine without compiling, now and then by classes of states, says what
    the reference engine says; and where states are few both say what behaviours of a few states do. What holds has an order
    that shows it."""
    draw = Random(model.text)
    for _ in range(4):
        source = formulas.timed(fair_models.text(draw, draw.choice((2, 3, 4, 5))), draw)
        timed = compile_text(source)
        with plain_code(), _by_classes(draw):
            agree(formulas.differences(timed, 5), [], source)
        agree(orders.unshown(timed), [], source)
        DREW["formulas of linear temporal logic"] += 3


def check_lassos(model: RandomModel, program: Program) -> None:
    """Bounded search finds the lassos that the reference engine finds."""
    draw = Random(model.text)
    for _ in range(3):
        source = fair_models.text(draw, draw.choice((3, 4, 6)))
        agree(fair_models.missed(compile_text(source)), [], source)


def check_every(model: RandomModel, program: Program) -> None:
    """Small models over a symmetric type, drawn from what is written there: what is proved of them for every size holds
    at sizes 1 to 4, by the interpreter."""
    draw, found = Random(model.text), Counter[str]()
    while found["models"] < 3:
        found += (hold_counting_model if draw.random() < COUNTING else hold_random_model)(draw)
    DREW.update({f"{what}, for every size": count for what, count in found.items()})


COUNTING = 0.75
"""Of models that are proved for every size the share that is drawn to count."""


def check_reduced(model: RandomModel, program: Program) -> None:
    """Small models in which much may wait: a reduced search comes to the verdicts and lengths of traces of a full one, and
    now and then compiled code, run as Python, has the very steps wait that the reference engine has."""
    draw, held = Random(model.text), 0
    while held < 5:
        with suppress(ModelError, reducing.TooMany):
            small = reducing.small_model(draw).program()
            asked = reducing.asked(small, draw)
            if draw.random() < NATIVELY:
                with plain_code():
                    found = reducing.natively(small, asked)
            else:
                found = reducing.compare(small, asked)
            DREW["models with a reduced search"] += 1
            DREW["of them with fewer states"] += found.fewer
            held += 1


def check_late(model: RandomModel, program: Program) -> None:
    """Small models in which much may wait: a search that goes over to that after a few states comes to the verdicts and
    lengths of traces of a full one, on one worker and on two, and says nothing wrong where it is ended."""
    draw, held = Random(model.text), 0
    while held < 2:
        with plain_code(), suppress(ModelError, reducing.TooMany):
            small = reducing.small_model(draw).program()
            waited = reducing.hold_late(small, reducing.asked(small, draw), draw)
            DREW["models with a search that may go over"] += 1
            DREW["of them with steps that waited"] += waited
            held += 1


NATIVELY = 0.2
"""Of reduced searches the share that is held against compiled code, too: that takes ten times as long."""
CHECKS: Mapping[str, tuple[Check, float]] = {
    "python": (agreement.check_python, 1),
    "emitted": (agreement.check_emitted, 1),
    "reference": (check_reference, 1),
    "liveness": (check_liveness, 1),
    "symmetry": (check_symmetry, 1),
    "fair": (check_fair, 0.5),
    "fair native": (check_fair_native, 0.03),
    "formulas": (check_formulas, 0.3),
    "lassos": (check_lassos, 0.1),
    "justice": (check_justice, 0.1),
    "reduced": (check_reduced, 0.3),
    "late": (check_late, 0.1),
    "closure": (confirm_orbits, 0.5),
    "traces": (check_traces, 0.5),
    "fuzz": (check_fuzz, 0.1),
    "encoding": (check_encoding, 0.3),
    "bmc": (hold_bmc, 0.3),
    "induction": (check_induction, 0.3),
    "every": (check_every, 0.3),
    "native": (check_native, 0.03),
    "walk": (check_walk, 0.03),
}
"""The comparisons, and for which part of the models each is made."""
ALONE = frozenset({"fair", "fair native", "formulas", "lassos", "justice", "reduced", "late", "every"})
"""Those that draw models of their own, and take no more of the one that they are given than where to begin."""


@dataclass(frozen=True)
class Said:
    """What came of one comparison: "agreed", "too large", "cannot hold", or "disagreed" with the reason."""

    check: str
    came: str
    reason: str = ""
    seconds: float = 0.0
    verdicts: tuple[tuple[str, str, int], ...] = ()  # engine, verdict, how often
    drew: tuple[tuple[str, int], ...] = ()  # what was drawn besides the model, how many


def compiled(model: RandomModel) -> Program | str | None:
    """The program; None if the language refuses the model as it may, or else what it says."""
    allowed = SYMMETRIC_REFUSALS if "symmetric types" in constructs(model.text) else REFUSALS
    try:
        return model.program()
    except ModelError as error:
        refused = [each for each in error.problems if not may_be_refused(each, allowed)]
        return "\n".join(str(each) for each in refused) or None


def examined(name: str, model: RandomModel, program: Program) -> Said:
    """What one comparison says of a model."""
    verdicts: Counter[tuple[str, str]] = Counter()
    DREW.clear()
    began = time.process_time()
    came, reason = "agreed", ""
    try:
        with _watched(verdicts):
            CHECKS[name][0](model, program)
    except TooLarge:
        came = "too large"
    except ModelError as error:
        codes = {each.code for each in error.problems}
        came = (
            "cannot hold"
            if codes <= {*CANNOT_HOLD, "E503"}
            else "no initial state"
            if codes == {"E104"}
            else "disagreed"
        )
        reason = "" if came == "no initial state" else str(error)
    except (Exception, pytest.fail.Exception) as error:
        came, reason = "disagreed", f"{type(error).__name__}: {error}"
    rows = tuple((*key, count) for key, count in sorted(verdicts.items()))
    return Said(name, came, reason, time.process_time() - began, rows, tuple(sorted(DREW.items())))


@contextmanager
def _watched(verdicts: Counter[tuple[str, str]]) -> Iterator[None]:
    """Count the verdicts of the engines that run."""
    from checker import check as checking  # noqa: PLC0415
    from checker.contract.judge import judge as judging  # noqa: PLC0415

    def counted(task: Task, outcome: Any) -> None:
        verdicts.update((outcome.engine, type(verdict).__name__) for verdict in outcome.verdicts.values())
        judging(task, outcome)

    with patch.object(checking, "judge", counted), patch(f"{__name__}.judge", counted):
        yield


def hold_to(name: str, text: str) -> None:
    """Fail if a comparison finds a disagreement in a model, or if the language refuses it."""
    model = RandomModel(text)
    program = compiled(model)
    assert not isinstance(program, str), program
    if program is not None and name != "refused":
        said = examined(name, model, program)
        assert said.came != "disagreed", said.reason


def shrunk(name: str, text: str, reason: str, seconds: float) -> str:
    """A smaller model of which the same is said, as far as words go."""

    def fails(model: RandomModel) -> bool:
        program = compiled(model)
        if not isinstance(program, Program):
            return name == "refused" and isinstance(program, str) and _kind(program) == _kind(reason)
        if name == "refused":
            return False
        said = examined(name, model, program)
        return said.came == "disagreed" and _kind(said.reason) == _kind(reason)

    return smallest(RandomModel(text), fails, seconds).text


def _kind(reason: str) -> frozenset[str]:
    """The sort of exception, or the codes of a refusal."""
    return frozenset(re.findall(r"\b[EU]\d{3}\b", reason)) or frozenset({reason.partition(":")[0]})
