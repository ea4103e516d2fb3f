"""In which orders the records of logs may have happened. Knows no model.

One log without clocks is in the order in which it stands. Otherwise each log, and each node of one, is a *chain*; of
the records of other chains some must have come before: with vector clocks those whose clock is below; of spans those
that had ended before this one, or one around it, began (times are compared within one service only). Where nothing says
which came first, each order is possible. How far each chain has gone is a *cut*.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from checker.trace_validation.entries import Entry
from checker.trace_validation.raw import Clock, Raw

Cut = tuple[int, ...]
"""How many records of each chain have happened."""


class Order(Protocol):
    """What may come next."""

    def start(self) -> Cut:
        """The cut at which nothing has happened."""
        ...

    def following(self, cut: Cut) -> Iterator[tuple[Cut, Entry]]:
        """The records that may come next, each with the cut after it; none at the end."""
        ...


class Total:
    """One log as it stands. Asked for one cut after the other, and holds no more than one record."""

    def __init__(self, entries: Iterator[Entry]) -> None:
        self._entries = entries
        self._at = -1
        self._entry: Entry | None = None

    def start(self) -> Cut:
        """The cut at which nothing has happened."""
        return (0,)

    def following(self, cut: Cut) -> Iterator[tuple[Cut, Entry]]:
        """The next record."""
        (at,) = cut
        if at != self._at:
            self._at, self._entry = at, next(self._entries, None)
        if self._entry is not None:
            yield (at + 1,), self._entry


@dataclass(frozen=True, slots=True)
class _Chain:
    """Records one after the other, and for each of them how many of every chain come before it."""

    entries: list[Entry]
    needs: list[Cut] = field(default_factory=list)


class Partial:
    """Several chains."""

    def __init__(self, chains: Sequence[_Chain]) -> None:
        self._chains = chains

    def start(self) -> Cut:
        """The cut at which nothing has happened."""
        return (0,) * len(self._chains)

    def following(self, cut: Cut) -> Iterator[tuple[Cut, Entry]]:
        """The next record of each chain, if all that must come before it has. Raises UsageError U030 where each waits
        for another."""
        if not self._waits(cut):
            return
        came = False
        for number, (chain, at) in enumerate(zip(self._chains, cut, strict=True)):
            if at < len(chain.entries) and all(map(int.__le__, chain.needs[at], cut)):
                came = True
                yield (*cut[:number], at + 1, *cut[number + 1 :]), chain.entries[at]
        if not came:
            first = self._waits(cut)[0]
            raise first.at.wrong("it must come before and after other lines", "See to the clocks, or the spans' times.")

    def _waits(self, cut: Cut) -> list[Entry]:
        pairs = zip(self._chains, cut, strict=True)
        return [chain.entries[at] for chain, at in pairs if at < len(chain.entries)]


def is_partial(raw: Raw) -> bool:
    """Whether the place of a record in its log does not say all of when it happened."""
    return raw.clock is not None or raw.begins is not None


def partial(entries: Sequence[Entry], raws: Sequence[Raw]) -> Partial:
    """The order of the records of several logs, or of one with clocks or spans. `raws` are all records, those that were
    passed over too: a span of another service says when those within it began. Raises UsageError U030."""
    by_node: dict[tuple[str, str], list[Entry]] = {}
    spans: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.raw.begins is not None:
            spans.setdefault(entry.raw.node, []).append(entry)
        else:
            node = entry.raw.node if entry.raw.clock is not None else ""
            by_node.setdefault((entry.at.file, node), []).append(entry)
    lanes = [(service, lane) for service, each in spans.items() for lane in _lanes(each)]
    chains = [*map(_Chain, by_node.values()), *(_Chain(lane) for _, lane in lanes)]
    for number, chain in enumerate(chains[: len(by_node)]):
        _confirm(chain.entries)
        columns = [
            [0] * len(chain.entries) if at == number or at >= len(by_node) else _below(chain.entries, other.entries)
            for at, other in enumerate(chains)
        ]
        chain.needs.extend(zip(*columns, strict=True))
    around = {raw.span: raw for raw in raws if raw.span is not None}
    ends = [(service, [each.raw.ends or 0 for each in lane]) for service, lane in lanes]
    for chain in chains[len(by_node) :]:
        chain.needs.extend((0,) * len(by_node) + _ended(each.raw, around, ends) for each in chain.entries)
    return Partial(chains)


def _lanes(entries: Sequence[Entry]) -> list[list[Entry]]:
    """Spans in as few rows as it takes for none to overlap within one."""
    lanes: list[list[Entry]] = []
    for entry in sorted(entries, key=_began):
        free = (lane for lane in lanes if (lane[-1].raw.ends or 0) <= _began(entry))
        lane = next(free, None)
        if lane is None:
            lanes.append([entry])
        else:
            lane.append(entry)
    return lanes


def _began(entry: Entry) -> int:
    return entry.raw.begins or 0


def _ended(raw: Raw, around: Mapping[str, Raw], ends: Sequence[tuple[str, Sequence[int]]]) -> Cut:
    """How many spans of each row had ended before this one, or one around it, began."""
    needed = [0] * len(ends)
    each: Raw | None = raw
    seen: set[str] = set()
    while each is not None and each.span not in seen:
        seen.add(each.span or "")
        for number, (service, row) in enumerate(ends):
            if service == each.node:
                needed[number] = max(needed[number], bisect_right(row, each.begins or 0))
        each = around.get(each.parent or "")
    return tuple(needed)


def _confirm(entries: Sequence[Entry]) -> None:
    """Refuse a clock that does not go on."""
    last: Clock | None = None
    for entry in entries:
        clock = entry.raw.clock
        if clock is None:
            continue
        if last is not None and (last == clock or not _at_most(last, clock)):
            problem = f"its clock {dict(clock)} is not after {dict(last)}, that of the line before it in its log"
            raise entry.at.wrong(problem, 'Give each node of the system a log of its own, or a "node" in each line.')
        last = clock


def _below(entries: Sequence[Entry], others: Sequence[Entry]) -> list[int]:
    """For each record, how many of another chain have a clock below its own."""
    needed, found = [], 0
    upto = 0
    for entry in entries:
        clock = entry.raw.clock
        while clock is not None and upto < len(others):
            other = others[upto].raw.clock
            if other is not None and not _at_most(other, clock):
                break
            if other == clock:
                remedy = "Each line has a clock of its own: a node counts its own lines, too."
                raise entry.at.wrong(f"its clock {dict(clock)} is also that of {others[upto].at}", remedy)
            upto += 1
            found = upto if other is not None else found
        needed.append(found)
    return needed


def _at_most(left: Clock, right: Clock) -> bool:
    return all(count <= right.get(node, 0) for node, count in left.items())
