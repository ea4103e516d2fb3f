"""The counts of the Swiss map, from a search that shares nothing with evacheck."""

from __future__ import annotations

from checker.commands.catalogue import Entry, select
from tests.support.plain_swiss import Config, explore

NAMES = ("keys", "slots", "groupBits", "maxDepth", "hint")
DEFAULTS = (3, 3, 0, 2, 4)
FEW = 1_000  # states that plain Python explores in a second


def config(entry: Entry) -> Config:
    chosen = {**dict(zip(NAMES, DEFAULTS, strict=True)), **entry.parameters}
    return Config(*(int(value) for value in (chosen[name] for name in NAMES) if isinstance(value, int)))


def test_the_expected_counts_of_the_swiss_map_are_those_of_an_independent_search() -> None:
    entries = [
        entry
        for entry in select(["spec.go_map.swiss:SwissMap"])
        if entry.distinct is not None and entry.distinct < FEW and not {"version", "nans"} & set(entry.parameters)
    ]
    assert entries
    for entry in entries:
        assert explore(config(entry)) == (entry.distinct, entry.generated, entry.depth)
