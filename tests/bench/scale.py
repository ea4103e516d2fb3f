"""What it takes to keep rows on a disk, to keep what is found, to spread a search, and to let steps wait."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from tests.bench.contest import Contestant, Sample

MARKING = "spec.gc.marking:Marking"
REDUCED = (("spec.classics.two_phase:TwoPhase", "managers=8"), ("spec.classics.philosophers:Philosophers", "seats=12"))

KEPT = (("in memory", "search", 1), ("--disk", "search+disk", 1), ("--checkpoint, every 0.5 s", "search+checkpoint", 1))
SPREAD = (("--cluster local:1", "search+actors", 1), ("--cluster local:2", "search+actors", 2))
BOTH = (("all states", "search", 1), ("--reduce", "search+reduce", 1))
"""How a row is called, what `one.py` does for it, and with how many workers or actors."""

Part = Callable[..., tuple[Sample, int]]
"""What takes a measurement, given what is to be done, and with which model, and says how many states were visited."""


def measure_scale(part: Part, table: Callable[..., None], states: int) -> None:
    """Each way in turn with the first of its table; `states` are those of marking with three objects."""

    def measured(what: str, model: str, setting: str, workers: int) -> Sample:
        return part(what, model, setting, workers=workers)[0]

    def rows(model: str, setting: str, ways: tuple[tuple[str, str, int], ...], by_wall: bool) -> list[Contestant]:
        made = []
        for name, what, workers in ways:
            _, count = part(what, model, setting, workers=workers)  # compiled once, so that a search is only that
            of = partial(measured, what, model, setting, workers)
            made.append(Contestant(f"{name}: {count:,}" if ways is BOTH else name, of, by_wall))
        return made

    table(f"marking, objects=3, {states:,} states", rows(MARKING, "objects=3", KEPT, False), states)
    if find_spec("ray") is not None:
        spread = rows(MARKING, "objects=3", SPREAD, True)
        table("the same, by actors, once they have begun", spread, states)
    for model, setting in REDUCED:
        table(f"{model.partition(':')[2]}, {setting}, states", rows(model, setting, BOTH, False))
