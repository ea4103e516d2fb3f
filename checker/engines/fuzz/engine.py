"""Fuzzing as an engine: verdicts from random behaviours, with what they covered. Proves nothing, and says so.

A property that no run violated is `Sampled`, a `@sometimes` that none showed is `Unknown`; neither is ever more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from checker.contract.task import INIT_FAILS, Outcome, Sampling, Stats, Task, no_initial_state
from checker.contract.verdict import Sampled, Unknown, Verdict, Violated, Witnessed
from checker.engines.common.ledger import cannot_be_evaluated
from checker.engines.common.temporal import undecided
from checker.engines.fuzz.coverage import Branch, Fired, Share, whole
from checker.engines.fuzz.sampling import Sample, Sampler
from checker.engines.fuzz.steps import Nowhere, Stepper
from checker.ir.nodes import Program

RUNS, STEPS, SEED = 200, 60, 0
"""What the engine does when nobody says otherwise."""

SHARE_OF = 20_000
"""The most states that are listed to say which share of them was seen."""


@dataclass(frozen=True, slots=True)
class FuzzOutcome:
    """What fuzzing a model gave. `outcome` holds the verdicts; the rest says what the runs covered."""

    outcome: Outcome
    seed: int
    runs: int
    steps: int
    fired: tuple[Fired, ...]
    branches: tuple[int, int]
    """Branches of the code that steps went through, and all there are."""
    never_entered: tuple[Branch, ...]
    shown: Mapping[str, int]
    """In how many runs each `@sometimes` was seen."""
    periods: Mapping[str, int]
    """The properties that were judged in every n-th state only, since judging them is dear, with n."""
    share: Share | None
    no_share: str | None
    """Why the share that was asked for is not known, as a sentence."""
    notes: tuple[str, ...]
    """What went otherwise than asked, as sentences."""


def fuzz(
    task: Task,
    runs: int = RUNS,
    steps: int = STEPS,
    seed: int = SEED,
    progress: Callable[[Stats], None] | None = None,
    of_states: int | None = None,
) -> FuzzOutcome:
    """Run `runs` random behaviours of at most `steps` steps each. The same seed gives the same outcome, unless a budget
    ended it. `of_states` asks for the share of states seen, of a model of at most so many."""
    task = task if progress is None else replace(task, progress=progress)
    steps = Sampling(runs, steps, seed).within(task.budget).steps
    names, open_ = task.properties, undecided(task, "fuzz")
    task = replace(task, properties=tuple(name for name in names if name not in open_))
    sampler = Sampler(task, runs, steps, seed, remember=of_states is not None)
    sampler.run()
    sample = sampler.sample
    stopped = sample.stopped
    if not sample.states and not sample.violated:
        stopped = _why_nothing(task.program) or stopped
    verdicts = {**_verdicts(task, sample, stopped), **open_}
    outcome = Outcome(("fuzz",), {name: verdicts[name] for name in names}, sampler.stats(), stopped)
    share, no_share = _share(task, sample, of_states)
    return FuzzOutcome(
        outcome,
        seed,
        sample.runs,
        sample.steps,
        sample.coverage.fired(),
        sample.coverage.branches(),
        sample.coverage.never_entered(),
        {name: sample.shown[name] for name in task.properties if name in sample.plan.sometimes},
        {each.property.name: each.period for each in sample.plan.judged if each.period > 1},
        share,
        no_share,
        _notes(sample),
    )


class FuzzEngine:
    """Random behaviours as an engine among others."""

    name = "fuzz"

    def __init__(self, runs: int = RUNS, steps: int = STEPS, seed: int = SEED) -> None:
        self._runs, self._steps, self._seed = runs, steps, seed

    def run(self, task: Task) -> Outcome:
        """Violations found, and for the rest how many runs did not show one."""
        return fuzz(task, self._runs, self._steps, self._seed).outcome


def _why_nothing(program: Program) -> str | None:
    """Why a model has no initial state, as far as that is known. Raises ModelError E104 if `init` refuses all."""
    nowhere = Stepper(program).begins_nowhere()
    if nowhere is Nowhere.REFUSED:
        raise no_initial_state(program)
    return INIT_FAILS if nowhere is Nowhere.FAILED else None


def _verdicts(task: Task, sample: Sample, stopped: str | None) -> dict[str, Verdict]:
    return {name: _verdict(name, sample, stopped) for name in task.properties}


def _verdict(name: str, sample: Sample, stopped: str | None) -> Verdict:
    if name in sample.violated:
        return Violated(sample.violated[name])
    if name in sample.witnessed:
        return Witnessed(sample.witnessed[name])
    if name in sample.unjudged:
        return cannot_be_evaluated(sample.unjudged[name])
    if name in sample.plan.sometimes:
        return Unknown(f"not seen in {sample.runs:,} random run{'s' if sample.runs != 1 else ''}")
    if not sample.states:
        return Unknown(stopped or "no state was reached")
    return Sampled(sample.runs)


def _share(task: Task, sample: Sample, limit: int | None) -> tuple[Share | None, str | None]:
    if limit is None or sample.visited is None or sample.edges is None:
        return None, None
    everything = whole(task.program, limit)
    if everything is None:
        return None, f"the model has more than {limit:,} states: which share was seen is not known"
    return everything.share(sample.visited, sample.edges), None


def _notes(sample: Sample) -> tuple[str, ...]:
    notes = []
    if sample.cut_short:
        notes.append(f"{sample.cut_short:,} runs ended before their time: Hypothesis bounds the choices of one run")
    if sample.failed_to_begin:
        notes.append(f"{sample.failed_to_begin:,} runs could not begin: no choices were found that init allows")
    return tuple(notes)
