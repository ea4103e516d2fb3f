"""The counts of the classic map, from a search that shares nothing with evacheck."""

from __future__ import annotations

from checker.commands.catalogue import Entry, select
from tests.support.plain_map import Config, explore

NAMES = ("keys", "values", "hashBits", "cells", "loadNum", "loadDen", "maxB", "skips", "hint", "pointers", "reseed")
DEFAULTS = (5, 1, 2, 1, 1, 1, 3, 1024, 0, True, True)
FEW = 10_000  # states that plain Python explores in a second


def config(entry: Entry) -> Config:
    chosen = {**dict(zip(NAMES, DEFAULTS, strict=True)), **entry.parameters}
    return Config(*(int(value) for value in (chosen[name] for name in NAMES) if isinstance(value, int)))


def test_the_expected_counts_of_the_map_are_those_of_an_independent_search() -> None:
    entries = [entry for entry in select(["spec.go_map.classic:ClassicMap"]) if (entry.distinct or FEW) < FEW]
    assert entries
    for entry in entries:
        assert explore(config(entry)) == (entry.distinct, entry.generated, entry.depth)
