"""What an operation came to, in words: the steps, the branches of the runtime and the growths that a run has seen.

EVENTS names them all, so that what a run has never seen can be said too. Decided from the reports alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from checker.conform.classic_map.loops import FIELDS
from checker.conform.classic_map.reading import Report
from checker.conform.maps.operations import Op, Operation

EVENTS = (
    "make: without an array",
    "make: with an array",
    "assign: a new entry",
    "assign: an entry overwritten",
    "delete: an entry",
    "delete: an absent key",
    "delete: the last entry",
    "delete: emptyRest written backwards over buckets",
    "get: found",
    "get: not found",
    "get: found in the old array",
    "clear",
    "clear: in mid growth",
    "growth: doubling",
    "growth: to the same size",
    "growth: doubling of a sparse bucket (it began with a free cell)",
    "growth: an operation that evacuates",
    "growth: an operation that ends one",
    "overflow: a bucket linked",
    "overflow: a spare of the array handed out",
    "overflow: a bucket linked in mid growth",
)
"""Everything that a run without loops can see."""


LOOP_EVENTS = (
    "loop: starts",
    "loop: starts in mid growth",
    "loop: two at once",
    "loop: yields an entry",
    "loop: ends",
    "loop: on an array that the map has dropped",
    "loop: on a bucket to which no array leads",
    "loop: on a spare bucket that clear took back",
    "loop: clear while it runs",
    "loop: a growth starts while it runs",
    "loop: two growths start while it runs",
    "Go's own fault: an entry yielded twice",
    "Go's own fault: an entry yielded that was removed",
    "Go's own fault: an entry missed",
)
"""What a run with loops can see beside that. A fault of Go is one that the model has too."""

_FAULTS = {
    "TWICE": "an entry yielded twice",
    "REMOVED": "an entry yielded that was removed",
    "MISSED": "an entry missed",
}


def events(operation: Operation, before: Report | None, after: Report, fault: str = "NONE") -> Iterator[str]:
    """What one operation came to."""
    if before is None:
        yield f"make: {'with' if after.array else 'without'} an array"
        return
    was, now = before.seen, after.seen
    match operation.op:
        case Op.ASSIGN:
            yield f"assign: {'a new entry' if now['count'] > was['count'] else 'an entry overwritten'}"
        case Op.DELETE:
            yield f"delete: {'an entry' if now['count'] < was['count'] else 'an absent key'}"
            if now["count"] == 0 < was["count"]:
                yield "delete: the last entry"
            if _rest_over_buckets(before, after):
                yield "delete: emptyRest written backwards over buckets"
        case Op.GET:
            yield f"get: {'found' if after.answer[0] >= 0 else 'not found'}"
            if after.answer[0] >= 0 and after.growing and _in_old(after, operation.key):
                yield "get: found in the old array"
        case Op.CLEAR:
            yield "clear"
            if before.growing:
                yield "clear: in mid growth"
        case Op.START if operation.key in after.running - before.running:
            yield "loop: starts"
            if after.growing:
                yield "loop: starts in mid growth"
            if len(after.running) > 1:
                yield "loop: two at once"
        case Op.NEXT if operation.key in before.running - after.running:
            yield "loop: ends"
        case Op.MAKE | Op.START | Op.NEXT:
            pass
        case _:
            assert_never(operation.op)
    if operation.op in (Op.ASSIGN, Op.DELETE):
        yield from _growth(before, after)
    if after.running or before.running:
        yield from _loops(operation, before, after, fault)


_BUCKETS, _BPTR = FIELDS.index("buckets"), FIELDS.index("bptr")


def _growth(before: Report, after: Report) -> Iterator[str]:
    """What an assignment or a deletion had to do with growth and overflow buckets."""
    was, now = before.seen, after.seen
    starts = after.array != before.array and was["count"] > 0 and before.array > 0
    if starts:
        doubles = after.B > before.B
        yield f"growth: {'doubling' if doubles else 'to the same size'}"
        if doubles and any(chain and _top(chain[0][0][0]) == "EMPTY_ONE" for chain in was["buckets"]):
            yield "growth: doubling of a sparse bucket (it began with a free cell)"
    if before.growing and now["oldbuckets"] != was["oldbuckets"]:
        yield "growth: an operation that evacuates"
    if (before.growing or starts) and not after.growing:
        yield "growth: an operation that ends one"
    if now["noverflow"] > (0 if starts else was["noverflow"]):
        yield "overflow: a bucket linked"
        if before.growing:
            yield "overflow: a bucket linked in mid growth"
        if not starts and now["spare"] < was["spare"]:
            yield "overflow: a spare of the array handed out"


def _loops(operation: Operation, before: Report, after: Report, fault: str) -> Iterator[str]:
    """What an operation had to do with the loops that run."""
    if fault in _FAULTS:
        yield f"Go's own fault: {_FAULTS[fault]}"
    if operation.op in (Op.START, Op.NEXT) and after.answer[0] >= 0:
        yield "loop: yields an entry"
        it = after.seen["it"][operation.key]
        if _top(it[_BUCKETS]) == "KEPT":
            yield "loop: on an array that the map has dropped"
    if operation.op is Op.CLEAR:
        yield "loop: clear while it runs"
    if any(_top(it[_BPTR]) == "SPARE" for it in after.seen["it"]):
        yield "loop: on a spare bucket that clear took back"
    if any(after.seen["keptChain"]):
        yield "loop: on a bucket to which no array leads"
    if after.array != before.array and operation.op is Op.ASSIGN:
        yield "loop: a growth starts while it runs"
        if any(it[0] and _top(it[_BUCKETS]) == "KEPT" for it in after.seen["it"]):
            yield "loop: two growths start while it runs"


def _top(code: object) -> str:
    """The name of a tophash."""
    return str(getattr(code, "name", code))


def _rest_over_buckets(before: Report, after: Report) -> bool:
    """Whether the first cell of an overflow bucket and the last of the bucket before it have become emptyRest."""
    for old, new in zip(before.seen["buckets"], after.seen["buckets"], strict=True):
        if old is not new and len(old) == len(new) > 1:
            for link in range(1, len(new)):
                cells = ((old[link][0][0], new[link][0][0]), (old[link - 1][0][-1], new[link - 1][0][-1]))
                if all(_top(then) != "EMPTY_REST" == _top(there) for then, there in cells):
                    return True
    return False


def _in_old(report: Report, key: int) -> bool:
    """Whether a live cell of the old array holds the key."""
    return any(
        held == key and _top(top).startswith("LIVE")
        for chain in report.seen["oldbuckets"]
        for bucket in chain
        for top, held in zip(bucket[0], bucket[1], strict=True)
    )
