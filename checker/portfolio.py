"""Several engines on one task: `auto` asks one after the other for what is still open, `all` asks every one.

Decides who is asked what and for how long; the verdicts are theirs. Two that contradict each other are a bug of
evacheck, and nothing is reported then.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, cast

from checker.contract.agreement import beside, confirm_agreement, joined_evidence, merged
from checker.contract.judge import judge
from checker.contract.task import NO_FAILURE, Budget, Engine, Outcome, Stats, Task
from checker.contract.verdict import Bounded, Exhausted, Proved, Sampled, Unknown, Unreachable, Violated, Witnessed
from checker.contract.wording import trace_of
from checker.engines.common.clock import INTERRUPTED, Stopped, depth_ended
from checker.engines.common.ledger import after
from checker.engines.common.reduced import may_go_over
from checker.engines.common.temporal import Behaviours, temporal_names, with_temporal
from checker.engines.reference import GAVE_WAY, ReferenceEngine
from checker.engines.registered import REGISTERED
from checker.errors import ModelError
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind
from checker.ir.ranks import rank_of
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.semantics.orbits import renamings

if TYPE_CHECKING:
    from checker.engines.explicit import ExplicitEngine

_OPEN = (Bounded, Sampled, Unknown)
"""Verdicts that leave something to decide."""

TRIAL_WORK = 600_000
"""How far the reference engine goes before `auto` turns to another: states times the size of the program, which takes a
few tenths of a second. Not a time, so that the same task always takes the same way."""

TRIAL_ROUNDS = 50_000
"""Rounds of loops, runs and calls after which that ends as well: a property that loops costs more than its size says.
Not a time either. The models of the catalogue that end within TRIAL_WORK take up to 25,000."""

LOADING_SECONDS = 0.3
"""What was compiled before is loaded in less: then the reference engine does not go on."""

NEAR = 100_000
"""States up to which `auto` decides all of a program that has a violation, and explores before it tries to prove
anything: compiled code takes a tenth of a second. A program of 59,322 states, two of whose properties have no proof,
took 22 s of processor time when proofs came first."""

FEW_BEHAVIOURS = 2_000
"""States up to which the reference engine decides temporal properties: some tenths of a second."""

MOST_BEHAVIOURS = 200_000
"""States at which it gives up where compiled code cannot hold the program and nobody set a budget: half a minute."""

NEAR_LASSO = 10
"""States of the lassos that bounded search looks for where exploring found none."""

PROOF_SECONDS = 60.0
"""How long a solver may take where the task sets no time: bounded search would go on for ever."""


EXPLORES, BOUNDED, PROVES = "explicit", "bmc", "induction"
"""The engines that take part, by name."""


def explicit() -> ExplicitEngine:
    """The explicit engine, which can compile before it is asked to search."""
    return cast("ExplicitEngine", _load(EXPLORES))


def symbolic(name: str) -> Engine:
    """The engine BOUNDED or PROVES. Raises UsageError U016 if Z3 is not installed."""
    return _load(name)


def _load(name: str) -> Engine:
    return next(each for each in REGISTERED if each.name == name).load()


class AutoEngine:
    """Decides all of what is small, a violation or not: the reference engine does if the states are a few, else the
    explicit engine if they are at most NEAR. Of what is larger, induction proves what has a proof, in a program with
    lemmas, and the explicit engine decides the rest, or says to which depth it holds; but if the task is to keep going,
    that asks for exploring alone.
    """

    name = "auto"

    def run(self, task: Task) -> Outcome:
        """Decide what can be decided within the budget. The outcome bears the names of the engines that took part."""
        whole = replace(task, reduce_late=may_go_over(task))  # of all that is asked: parts of it might allow it alone
        return _with_temporal(whole, self._run)

    def _run(self, task: Task) -> Outcome:
        began = time.monotonic()
        trial = _trial(task)
        if trial is not None and _is_over(trial, task, began):
            return trial
        task = replace(task, budget=_counted(task.budget, began))
        parts = self._beyond(task, trial)
        if len(parts) > 1:
            explored = [part for part in parts if part.engine != PROVES]
            return _together(task, parts, (explored or parts)[-1], began)
        return replace(parts[0], stats=replace(parts[0].stats, seconds=time.monotonic() - began))

    def _beyond(self, task: Task, trial: Outcome | None) -> list[Outcome]:
        """What exploring shows of a program that is not tiny, and what is proved where there may be a proof."""
        if task.keep_going or not any(judged.kind is PropertyKind.LEMMA for judged in task.program.properties):
            return [_finished(task, _explored(task, trial))]
        few = _at_most(task, NEAR)
        near = _held(few, trial, lambda: _finished(few, _explored(few, trial)))
        shown = {name: each for name, each in near.verdicts.items() if isinstance(each, (Violated, Witnessed))}
        open_ = tuple(name for name in task.properties if isinstance(near.verdicts[name], _OPEN))
        violated = any(isinstance(each, Violated) for each in shown.values())
        if not open_ or near.stopped == INTERRUPTED or _left(task.budget) == 0 or (violated and task.first_only):
            return [near]
        parts = [replace(near, verdicts=shown)] if shown else []
        proof = self._prove(replace(task, properties=open_))
        if proof is not None:
            parts.append(proof)
            open_ = tuple(name for name in open_ if not _is_proved(proof, name))
        if open_ and (proof is None or proof.stopped != INTERRUPTED):
            left = replace(near, verdicts={name: near.verdicts[name] for name in open_})
            rest = replace(task, properties=open_)
            parts.append(left if violated else _held(rest, trial, lambda: _explored(rest, trial)))
        return parts

    def _prove(self, task: Task) -> Outcome | None:
        """What induction says of all but what is to happen; None if there is nothing else."""
        wanted = tuple(name for name in task.properties if not task.program.witnessed(name))
        if not wanted:
            return None
        budget = replace(task.budget, seconds=PROOF_SECONDS, since=None)
        half = _left(task.budget) / 2
        if half <= PROOF_SECONDS:
            budget = replace(budget, seconds=round(half, 3), share_of=task.budget.seconds)
        outcome = symbolic(PROVES).run(replace(task, properties=wanted, budget=budget))
        never = {name: Unknown("left to other engines") for name in task.properties if name not in wanted}
        return replace(outcome, verdicts={**outcome.verdicts, **never})


class AllEngine:
    """Exhaustive search, bounded search and induction on the same task, each judged, and each with an equal share of
    the time that is left.

    Bounded search goes as deep as exhaustive search went, unless that did not end either; for lassos, as deep as the
    longest that was found. Where the task sets no time, each solver has PROOF_SECONDS."""

    name = "all"

    def run(self, task: Task) -> Outcome:
        """The strongest verdict on each property, and what each engine said. Raises EngineBug if two contradict."""
        return replace(_with_temporal(task, self._run, _behaving_twice), engines=(self.name,))

    def _run(self, task: Task) -> Outcome:
        began = time.monotonic()
        found: list[Outcome] = []
        names = (EXPLORES, BOUNDED, PROVES)
        for number, name in enumerate(names):
            part = replace(task, budget=_share(task.budget, began, len(names) - number))
            outcome = self._explore(part) if name == EXPLORES else self._solve(name, part, found[0])
            found.append(outcome)
            if outcome.stopped == INTERRUPTED:
                break
        return replace(_together(task, found, found[0], began), engines=(self.name,))

    def _explore(self, task: Task) -> Outcome:
        """Every state, by the reference engine if they are few. What compiled code cannot hold is left open."""
        began = time.monotonic()
        trial = _trial(task)
        if trial is not None and _is_over(trial, task, began):
            return trial
        return _held(task, trial, lambda: _best(explicit().run(task), trial))

    def _solve(self, name: str, task: Task, explored: Outcome) -> Outcome:
        budget = task.budget
        if budget.seconds is None:
            budget = replace(budget, seconds=PROOF_SECONDS, since=None)
        if name == BOUNDED:
            depths = [each for each in (budget.max_depth, _depth(explored)) if each is not None]
            budget = replace(budget, max_depth=min(depths, default=None))
        return symbolic(name).run(replace(task, budget=budget))


def _with_temporal(
    task: Task, run: Callable[[Task], Outcome], behaving: Callable[[Task, Sequence[str], int], Behaviours] | None = None
) -> Outcome:
    """What `run` decides of single states, and `behaving`, told how many were seen, of whole behaviours: the reference
    engine decides what is small, the explicit engine the rest."""
    decide = behaving or _behaving
    began = time.monotonic()
    if not temporal_names(task):
        return run(task)
    seen: list[int] = []

    def watched(part: Task) -> Outcome:
        outcome = run(part)
        seen.append(outcome.stats.distinct)
        return outcome

    outcome = with_temporal(task, watched, lambda part, names: decide(part, names, max(seen, default=0)))
    return _ranked(replace(task, budget=_counted(task.budget, began)), outcome, behaving is not None)


def _ranked(task: Task, outcome: Outcome, decided_too: bool) -> Outcome:
    """What was found beside what induction proves by ranks: of properties that are open, or `decided_too`."""
    open_ = [name for name in temporal_names(task) if decided_too or isinstance(outcome.verdicts[name], Unknown)]
    names = tuple(name for name in open_ if rank_of(task.program, name) is not None)
    violated = any(isinstance(each, Violated) for each in outcome.verdicts.values())
    left = _left(task.budget)
    if not names or outcome.stopped == INTERRUPTED or (violated and not task.keep_going) or left == 0:
        return outcome
    budget = replace(task.budget, seconds=min(left, PROOF_SECONDS), since=None)
    if left <= PROOF_SECONDS:
        budget = replace(budget, share_of=task.budget.seconds)
    proof = symbolic(PROVES).run(replace(task, properties=(*names, NO_FAILURE), budget=budget))
    both = [replace(each, verdicts={name: each.verdicts[name] for name in names}) for each in (outcome, proof)]
    for each in both:
        judge(replace(task, properties=names), each)
    confirm_agreement(both)
    verdicts = {**outcome.verdicts, **{name: merged(name, both) for name in names}}
    still_open = any(isinstance(verdict, _OPEN) for verdict in verdicts.values())
    stopped = INTERRUPTED if proof.stopped == INTERRUPTED else outcome.stopped
    parts = beside(outcome.parts, both[1:]) if outcome.parts else ()
    stopped = stopped if still_open else None
    return replace(outcome, engines=(*outcome.engines, PROVES), verdicts=verdicts, stopped=stopped, parts=parts)


def _behaving(task: Task, names: Sequence[str], seen: int) -> Behaviours:
    """Decide temporal properties of a program of which so many states have been seen."""
    from checker.engines.reference_liveness import decide, too_many  # noqa: PLC0415 - networkx takes long to import

    if seen <= FEW_BEHAVIOURS:
        found = decide(task, names, FEW_BEHAVIOURS)
        if found.stopped != too_many(FEW_BEHAVIOURS):
            return found
    try:
        outcome = explicit().run(replace(task, properties=tuple(names)))
    except ModelError as error:
        if not all(problem.code.startswith("E5") for problem in error.problems):
            raise
        unlimited = task.budget.max_states is None and task.budget.seconds is None
        found = decide(task, names, MOST_BEHAVIOURS if unlimited else None)
        return _searched(task, found, task.budget) if found.stopped == too_many(MOST_BEHAVIOURS) else found
    return _with_formulas(task, Behaviours(outcome.engines, outcome.verdicts, outcome.stopped, outcome.stats))


def _with_formulas(task: Task, found: Behaviours) -> Behaviours:
    """What the explicit engine decided of whole behaviours, and the reference engine of formulas too large for it."""
    formulas = [name for name, each in found.verdicts.items() if isinstance(each, Unknown) and each.left_to]
    left = _left(task.budget)
    if not formulas or found.stopped is not None or left == 0:
        return found
    from checker.engines.reference_liveness import decide  # noqa: PLC0415 - networkx takes long to import

    unlimited = task.budget.max_states is None and task.budget.seconds is None
    also = decide(task, formulas, MOST_BEHAVIOURS if unlimited else None)
    engines, verdicts = (*found.engines, *also.engines), {**found.verdicts, **also.verdicts}
    return replace(found, engines=engines, verdicts=verdicts, stopped=also.stopped)


def _behaving_twice(task: Task, names: Sequence[str], seen: int) -> Behaviours:
    """The same, beside bounded search: for lassos no longer than those found, or of NEAR_LASSO states."""
    began = time.monotonic()
    found = _behaving(replace(task, budget=_share(task.budget, began, 2)), names, seen)
    if found.stopped == INTERRUPTED:
        return found
    budget = _share(task.budget, began, 1)
    lassos = [len(each.trace) for each in found.verdicts.values() if isinstance(each, Violated)]
    depths = [max(lassos, default=NEAR_LASSO), *([] if budget.max_depth is None else [budget.max_depth])]
    return _searched(task, found, replace(budget, max_depth=min(depths)))


def _searched(task: Task, found: Behaviours, budget: Budget) -> Behaviours:
    """What was found of whole behaviours beside what bounded search finds, after each has been judged."""
    if budget.seconds is None:
        budget = replace(budget, seconds=PROOF_SECONDS, since=None)
    part = replace(task, properties=tuple(found.verdicts), budget=budget)
    explored = Outcome(found.engines, found.verdicts, found.stats, found.stopped)
    both = (explored, symbolic(BOUNDED).run(part))
    for each in both:
        judge(part, each)
    confirm_agreement(both)
    verdicts = {name: merged(name, both) for name in found.verdicts}
    open_ = any(isinstance(verdict, _OPEN) for verdict in verdicts.values())
    stopped = both[1].stopped if both[1].stopped == INTERRUPTED else found.stopped
    engines = (*found.engines, BOUNDED)
    return replace(found, engines=engines, verdicts=verdicts, stopped=stopped if open_ else None, parts=both)


def size(program: Program) -> int:
    """How many expressions the steps and properties of a program hold, at least 1."""
    bodies = [function.body for function in (*program.functions.values(), *program.actions)]
    bodies.extend(judged.function.body for judged in program.properties)
    bodies.extend(block.body for process in program.processes for block in process.blocks)
    outer = (each for body in bodies for statement in walk(body) for each in expressions(statement))
    return max(1, sum(1 for each in outer for _ in walk_expressions(each)))


def few_states(program: Program) -> int:
    """States that the reference engine explores in a moment; of interchangeable members it tries every renaming in
    each."""
    return max(1, TRIAL_WORK // (size(program) * renamings(program)))


def _trial(task: Task) -> Outcome | None:
    """What the reference engine finds in a moment."""
    few = _at_most(task, few_states(task.program))
    return _finished(few, ReferenceEngine(TRIAL_ROUNDS).run(few), ReferenceEngine(TRIAL_ROUNDS))


def _finished(task: Task, found: Outcome, engine: Engine | None = None) -> Outcome:
    """What was found; or, if that ended at a violation and there are at most NEAR states, all that there is to say, by
    the engine, or the explicit one if none is given."""
    open_ = any(isinstance(each, _OPEN) for each in found.verdicts.values())
    if task.keep_going or task.first_only or found.stopped is not None or not open_:
        return found
    whole = (engine or explicit()).run(replace(_at_most(task, NEAR), keep_going=True))
    return whole if whole.stopped is None else found


def _at_most(task: Task, states: int) -> Task:
    """The task, with no more states than these."""
    most = task.budget.max_states
    return replace(task, budget=replace(task.budget, max_states=states if most is None else min(states, most)))


def _is_over(trial: Outcome, task: Task, began: float) -> bool:
    """Whether a trial is all there is to do: it ended by itself, by Ctrl-C, or by a budget that is the task's own."""
    budget = task.budget
    if trial.stopped is None or trial.stopped == INTERRUPTED:
        return True
    if budget.max_depth is not None and trial.stopped == depth_ended(budget.max_depth):
        return True
    if budget.max_states is not None and trial.stats.distinct >= budget.max_states:
        return True
    return budget.seconds is not None and time.monotonic() - began >= budget.seconds


def _explored(task: Task, trial: Outcome | None) -> Outcome:
    """What the explicit engine finds, or the reference engine before that is ready. Where there is a time to keep, it
    goes on while the other compiles: without one, the same task always takes the same way."""
    if trial is None or task.budget.seconds is None:
        return _best(explicit().run(task), trial)
    engine, ready, over = explicit(), threading.Event(), threading.Event()

    def look() -> None:
        if over.is_set():
            raise Stopped(INTERRUPTED)

    def compile_() -> None:
        try:
            engine.warm(task, look)
        except (Stopped, ModelError, OSError):
            pass  # the engine itself will say it, if it is still asked
        finally:
            ready.set()

    compiler = threading.Thread(target=compile_, daemon=True)
    compiler.start()
    best = trial
    try:
        if not ready.wait(LOADING_SECONDS):
            best = ReferenceEngine(gives_way=ready.is_set).run(task)
    except KeyboardInterrupt:
        return _best(Outcome((AutoEngine.name,), {}, Stats(), INTERRUPTED), trial)
    finally:
        over.set()
        compiler.join()
    if best.stopped not in (trial.stopped, GAVE_WAY):
        return best
    return _best(engine.run(task), best)


def _held(task: Task, trial: Outcome | None, explore: Callable[[], Outcome]) -> Outcome:
    """What exploring finds, beside what others may prove: what compiled code cannot hold stays as the trial left it."""
    try:
        return explore()
    except ModelError as error:
        if not all(problem.code.startswith("E5") for problem in error.problems):
            raise
        reason = f"{error.problems[0].code} {error.problems[0].problem}"
    found = trial or Outcome((EXPLORES,), {}, Stats())
    left = {name: found.verdicts.get(name, Unknown(reason)) for name in task.properties}
    said = {name: replace(each, reason=reason) if isinstance(each, Unknown) else each for name, each in left.items()}
    return replace(found, verdicts=said, stopped=reason)


def _best(explored: Outcome, trial: Outcome | None) -> Outcome:
    """What was explored; or what the trial found, if it came further, with the reason why the other ended."""
    if trial is None or explored.stopped is None or explored.stats.distinct >= trial.stats.distinct:
        return explored
    covered = after(trial.stats.distinct, trial.stats.depth)
    cut, why = f"{trial.stopped}{covered}", f"{explored.stopped}{covered}"
    verdicts = {
        name: Unknown(why, unseen=each.unseen) if isinstance(each, Unknown) and each.reason == cut else each
        for name, each in trial.verdicts.items()
    }
    return replace(trial, verdicts=verdicts, stopped=explored.stopped)


def _is_proved(outcome: Outcome, name: str) -> bool:
    return isinstance(outcome.verdicts.get(name), Proved)


def _share(budget: Budget, began: float, engines: int) -> Budget:
    """What each of so many engines may take of the time that is left: all of it together is what the task allows."""
    if budget.seconds is None:
        return budget
    since = began if budget.since is None else budget.since
    left = max(0.1, since + budget.seconds - time.monotonic())
    return replace(budget, seconds=round(left / engines, 1) or 0.1, since=None, share_of=budget.seconds)


def _left(budget: Budget) -> float:
    """Seconds that are left of a budget whose time counts from a known moment."""
    return inf if budget.ends is None else max(0.0, budget.ends - time.monotonic())


def _counted(budget: Budget, began: float) -> Budget:
    """A budget whose time counts from `began`, unless it says itself from when."""
    return replace(budget, since=began) if budget.since is None else budget


def _depth(explored: Outcome) -> int | None:
    """As deep as another search has to look for the same verdicts; None if nobody knows."""
    if explored.stopped is not None:
        return None
    traces = (trace_of(verdict) for verdict in explored.verdicts.values())
    lengths = [len(trace) for trace in traces if trace is not None]
    bounds = [verdict.depth for verdict in explored.verdicts.values() if isinstance(verdict, Bounded)]
    whole = any(isinstance(verdict, (Exhausted, Unreachable)) for verdict in explored.verdicts.values())
    return max(1, explored.stats.depth if whole or not lengths else max(lengths + bounds))


def _together(task: Task, parts: Sequence[Outcome], visited: Outcome, began: float) -> Outcome:
    """One outcome of several, after each has been judged; what it counts, and why it ended, is that of `visited`.
    Raises EngineBug if they contradict each other."""
    for part in parts:
        judge(replace(task, properties=tuple(part.verdicts)), part)
    confirm_agreement(parts)
    verdicts = {name: merged(name, parts) for name in task.properties}
    stats = replace(visited.stats, seconds=time.monotonic() - began)
    open_ = any(isinstance(verdict, _OPEN) for verdict in verdicts.values())
    stopped = parts[-1].stopped if parts[-1].stopped == INTERRUPTED else visited.stopped
    engines = tuple(name for part in parts for name in part.engines)
    why = stopped if open_ else None
    return Outcome(engines, verdicts, stats, why, joined_evidence(parts), tuple(parts), visited.notes)
