"""The fast lane: its files are there, and they touch every room and every engine."""

from __future__ import annotations

from pathlib import Path

from tests.conftest import QUICK

TESTS = Path(__file__).parents[1]


def test_every_file_of_the_fast_lane_is_there() -> None:
    assert [name for name in QUICK if not (TESTS / name).is_file()] == []


def test_the_fast_lane_touches_every_room_and_every_engine() -> None:
    """`test_conformance` asks each engine; what it asks is shallow, and that is the point."""
    rooms = {
        "certificates",
        "contract",
        "counterexamples",
        "docs",
        "engines",
        "evacheck",
        "frontend",
        "ir",
        "models",
        "semantics",
    }
    assert {name.partition("/")[0] for name in QUICK} == rooms
    assert "engines/test_conformance.py" in QUICK
