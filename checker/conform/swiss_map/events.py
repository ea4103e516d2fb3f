"""What an operation on a Swiss map came to, in words: steps, branches of the runtime, growths that a run has seen.

EVENTS names them all, so that what a run has never seen can be said too. Decided from the reports alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from checker.conform.maps.operations import Op, Operation
from checker.conform.swiss_map.reading import CAPACITY, GROWTH_LEFT, USED, Report

EVENTS = (
    "make: small",
    "make: one table",
    "make: several tables",
    "assign: a new entry",
    "assign: an entry overwritten",
    "assign: into the place of a tombstone",
    "assign: tombstones pruned",
    "delete: an entry",
    "delete: an absent key",
    "delete: a tombstone is left",
    "delete: the last entry",
    "get: found",
    "get: not found",
    "clear",
    "clear: tombstones go",
    "growth: a small map becomes a table",
    "growth: to twice the capacity",
    "growth: a table split in two",
    "growth: the directory doubles",
)
"""Everything that a run without loops can see."""

PRUNES = "assign: tombstones pruned"
"""What Go 1.24 and the generic assign function never do."""

NAN_EVENTS = (
    "assign: a NaN key",
    "delete: a NaN key, which nothing finds",
    "clear: NaN keys go",
    "growth: a NaN key is moved",
)
"""What a run with NaN keys can see beside that."""

LOOP_EVENTS = (
    "loop: starts on a small map",
    "loop: starts on one table",
    "loop: starts on several tables",
    "loop: yields an entry",
    "loop: ends",
    "loop: on a table that was replaced",
    "loop: on the group of a small map that has grown",
    "loop: the directory doubles while it runs",
    "loop: the map becomes empty while it runs",
    "Go's own fault: an entry yielded twice",
)
"""What a run with a loop can see beside that. A fault of Go is one that the model has too."""


def events(operation: Operation, before: Report | None, after: Report, fault: str, nans: int | None) -> Iterator[str]:
    """What one operation came to. From number `nans` on keys are NaN."""
    if before is None:
        yield f"make: {_size(after)}"
        return
    was, now = _count(before), _count(after)
    match operation.op:
        case Op.ASSIGN:
            yield f"assign: {'a new entry' if now > was else 'an entry overwritten'}"
            yield from _growth(before, after)
        case Op.DELETE:
            yield f"delete: {'an entry' if now < was else 'an absent key'}"
            if _tombstones(after) > _tombstones(before):
                yield "delete: a tombstone is left"
            if now == 0 < was:
                yield "delete: the last entry"
        case Op.GET:
            yield f"get: {'found' if after.answer[0] >= 0 else 'not found'}"
        case Op.CLEAR:
            yield "clear"
            if _tombstones(before) > _tombstones(after):
                yield "clear: tombstones go"
        case Op.START if after.running - before.running:
            yield f"loop: starts on {'a small map' if after.it('small') else _size(after)}"
        case Op.NEXT if before.running - after.running:
            yield "loop: ends"
        case Op.MAKE | Op.START | Op.NEXT:
            pass
        case _:
            assert_never(operation.op)
    if nans is not None:
        yield from _nan(operation, before, after, nans)
    if after.running or before.running:
        yield from _loop(operation, before, after, fault)


def _nan(operation: Operation, before: Report, after: Report, nans: int) -> Iterator[str]:
    """What an operation had to do with NaN keys."""
    if operation.op is Op.ASSIGN and operation.key >= nans:
        yield "assign: a NaN key"
    elif operation.op is Op.DELETE and operation.key >= nans:
        yield "delete: a NaN key, which nothing finds"
    elif operation.op is Op.CLEAR and any(before.from_number(nans)):
        yield "clear: NaN keys go"
    if operation.op is Op.ASSIGN and before.serials != after.serials and any(before.from_number(nans)):
        yield "growth: a NaN key is moved"


def _growth(before: Report, after: Report) -> Iterator[str]:
    """What an assignment had to do with tombstones and growth."""
    old, new = set(before.serials), set(after.serials)
    if old == new:
        fewer = _tombstones(before) - _tombstones(after)
        if fewer > 1:
            yield PRUNES
        elif fewer == 1:
            yield "assign: into the place of a tombstone"
    elif not old:
        yield "growth: a small map becomes a table"
    elif len(new) == len(old):
        yield "growth: to twice the capacity"
    else:
        yield "growth: a table split in two"
        if _length(after) > _length(before):
            yield "growth: the directory doubles"


def _loop(operation: Operation, before: Report, after: Report, fault: str) -> Iterator[str]:
    """What an operation had to do with the loop that runs."""
    if fault == "TWICE":
        yield "Go's own fault: an entry yielded twice"
    if operation.op in (Op.START, Op.NEXT):
        if after.answer[0] >= 0:
            yield "loop: yields an entry"
            if after.it("replaced"):
                what = "the group of a small map that has grown" if after.it("small") else "a table that was replaced"
                yield f"loop: on {what}"
        return
    if _length(after) > _length(before) > 0:
        yield "loop: the directory doubles while it runs"
    if _count(after) == 0 < _count(before):
        yield "loop: the map becomes empty while it runs"


def _size(report: Report) -> str:
    return {0: "small", 1: "one table"}.get(len(report.serials), "several tables")


def _count(report: Report) -> int:
    return int(report.seen["used"])


def _length(report: Report) -> int:
    return int(report.seen["dirLen"])


def _tombstones(report: Report) -> int:
    return sum(each[CAPACITY] * 7 // 8 - each[USED] - each[GROWTH_LEFT] for each in report.tables)
