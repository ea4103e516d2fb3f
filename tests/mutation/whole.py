"""Which tests of the whole suite concern a fault that the quick tests of its area let pass. Runs none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Set
from pathlib import Path

from tests.mutation.running import Known

CATALOGUE = "tests/mutation/catalogue.py"
LEFT_OUT = ("tests/bench/", "tests/conform/", "tests/mutation/")
"""Folders whose tests are not tried: they measure, hold models to a real Go, and concern the faults themselves."""
LONGEST = 40.0
"""Processor seconds of a test that is run at all."""


def all_files(root: Path) -> list[str]:
    """Every file of tests of a tree, and the catalogue."""
    found = sorted(str(path.relative_to(root)) for path in (root / "tests").rglob("test_*.py"))
    return [*(name for name in found if not name.startswith(LEFT_OUT)), CATALOGUE]


def others(
    module: str, places: Set[str], known: Mapping[str, Known], tried: Collection[str], limit: float
) -> dict[str, Known]:
    """The tests that enter one of these places of a module, but for those tried before: as many as two thirds of the
    limit allow, those of the nearest folders first and of them the quickest; then entries of the catalogue for the last
    third, the quickest first."""
    ours = {name: each for name, each in known.items() if name not in tried and places & each.enters}
    tests = [name for name in ours if not name.startswith(CATALOGUE)]
    near = sorted(tests, key=lambda name: (-_shared(module, name), ours[name].seconds))
    entries = sorted((name for name in ours if name.startswith(CATALOGUE)), key=lambda name: ours[name].seconds)
    chosen = [*_first(near, ours, limit * 2 / 3), *_first(entries, ours, limit / 3)]
    return {name: ours[name] for name in chosen}


def _shared(module: str, test: str) -> int:
    """How many folders below `checker` and `tests` a module and a test share."""
    ours, theirs = (name.partition("::")[0].split("/")[1:-1] for name in (module, test))
    return next((at for at, pair in enumerate(zip(ours, theirs, strict=False)) if pair[0] != pair[1]), len(theirs))


def _first(names: Iterable[str], known: Mapping[str, Known], limit: float) -> list[str]:
    """As many as the limit allows; what does not fit is passed over."""
    chosen, spent = [], 0.0
    for name in names:
        if spent + known[name].seconds <= limit:
            spent += known[name].seconds
            chosen.append(name)
    return chosen
