"""A search that is spread over parts: the levels in step, what is sent from one to another, and what is done when one
is lost. Searches nothing itself, and looks at no state.

A round has every part take in what was sent to it, expand some rows and give what belongs to others. When nothing is
left to expand, a level is found with what is on its way. Then its states go to a second part each, the next one, which
keeps them; they go with the call that has the next level begun, which waits for nothing else. Where a part is lost, a
new one takes back what the next has kept, and the level that was being found is begun again by all, or the one before
it if that was lost on its way to who was to keep it: what they have of it already stays, since a level is a set.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, TypeVar

from checker.contract.task import Budget, Stats
from checker.contract.wording import counted
from checker.engines.common.clock import Stopped, states_ended
from checker.engines.common.growth import to_come
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.cluster.partition import Harvest, Level, Progress, identity
from checker.engines.explicit.cluster.replica import Replica
from checker.engines.explicit.cluster.transport import Call, Lost, Reply, Transport
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.worker import State
from checker.errors import UsageError

_FIRST_ROWS = 1 << 14
"""Rows that each part expands in the first round."""
_ROUND_SECONDS = 0.25
"""About how long a round may take: Ctrl-C and budgets wait for its end."""
_ARRAY = 8 << 20
"""Bytes for one part from another that are worth a round."""
_DEATHS = 3
"""How many times parts may be lost at one level before it is given up."""

Found = TypeVar("Found")


@dataclass(slots=True)
class Sent:
    """What was sent: bytes of states to their parts, bytes of states to who keeps them a second time, rounds, states
    that were spared, parts that were lost."""

    states: int = 0
    replicas: int = 0
    rounds: int = 0
    spared: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Complete:
    """What is known of the levels that are complete: how many states of each every part has, and what it had generated
    by then."""

    rows: list[tuple[int, ...]] = field(default_factory=list)
    generated: list[tuple[int, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Asked:
    """The numbers of properties that decide while a level is found: those of steps to it, those of what is beyond the
    constraint, and those that its states are judged by."""

    of_steps: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()
    wanted: tuple[int, ...] = ()


class ClusterSearch:
    """The states found so far, level by level, wherever they are."""

    def __init__(self, emitted: Emitted, model: Library, transport: Transport, clock: Clock) -> None:
        self.emitted, self.model, self.clock = emitted, model, clock
        self.distinct = 0
        self.complete = False
        self.compile_seconds = 0.0
        self.worked = 0.0  # seconds, of each call those of the part that took longest
        self.sent = Sent()
        self.scratch = words(max(1, emitted.scratch))
        for at, row in emitted.constants:
            self.scratch[at : at + len(row)] = list(row)
        self._transport = transport
        self._parts = range(transport.parts)
        self._known = _Complete()
        self._progress: dict[int, Progress] = {}
        self._replica = Replica()  # of the only part, if there is one
        self._copies: dict[int, Reply] | None = None  # of the last level, by who found it, until they are kept
        self._asked = _Asked()  # of the last level
        self._lost_level: tuple[int, ...] | None = None  # how many states it has, if it has to be found again
        self._wanted: tuple[int, ...] = ()  # what the last level was to be judged by
        self._judged: tuple[tuple[int, ...], dict[int, State]] | None = None  # by what it was as it was found
        self._attempt = self._deaths = 0
        self._gone: str | None = None  # why states are lost for good
        self._most = _FIRST_ROWS
        self._to_come: int | None = None
        self._require_same()

    def _require_same(self) -> None:
        """Every part must have come to the same code. Raises UsageError U036."""
        wanted = identity(self.emitted)
        for reply in self._safely(lambda: self._all("identity")).values():
            if reply.value != wanted:
                problem = "--cluster: a node has another version of evacheck, or comes to other code for this model"
                raise UsageError("U036", problem, "Install the same evacheck on every node.")

    @property
    def levels(self) -> Sequence[object]:
        """The levels that are complete."""
        return self._known.rows

    def stats(self) -> Stats:
        """The counts at this moment."""
        known = self._progress.values()
        queue = 0 if self.complete or not self._known.rows else sum(self._known.rows[-1])
        return Stats(
            sum(each.distinct for each in known),
            sum(each.generated for each in known),
            len(self._known.rows),
            queue,
            self.clock.seconds(),
            self.compile_seconds,
            to_come=None if self.complete else self._to_come,
        )

    def notes(self) -> tuple[str, ...]:
        """What there is to say of the parts and of what was sent."""
        states = max(1, self.stats().distinct)
        sent, twice = (f"{size / states:.1f}" for size in (self.sent.states, self.sent.replicas))
        said = f"on {self._transport.where}; {sent} bytes a state were sent, and {twice} to be kept twice"
        if not self.sent.lost:
            return (said,)
        return said, f"{counted(self.sent.lost, 'part')} died, and what was lost was found again"

    def close(self) -> None:
        """End all parts."""
        self._transport.close()

    # -- levels --------------------------------------------------------------------------------------------------------

    def initial(self) -> bool:
        """Find the initial states, the first level. False if `init` fails somewhere."""
        self._find((), ())
        return not any(each.failed for each in self._progress.values())

    def judge(self, wanted: Sequence[int]) -> dict[int, State]:
        """Judge the properties of these numbers in the last level; the culprits by kind. Mostly they are those of the
        level before, and known: parts judge by those as they find a level, which spares a call."""
        self._wanted = tuple(wanted)
        if self._judged is not None and self._judged[0] == self._wanted:
            return self._judged[1]
        depth = len(self._known.rows)
        judged = self._safely(lambda: self._all_after("judge", depth, wanted))
        return _least(reply.value for reply in judged.values())

    def expand(self, of_steps: Container[int] = (), beyond: Container[int] = ()) -> dict[int, State]:
        """Find the next level, and judge the steps to it by the `@step` properties of these numbers, and what is beyond
        the constraint by those properties; the culprits by kind."""
        steps, states = range(len(self.emitted.pairs.judged)), range(len(self.emitted.judged))
        return self._find(tuple(at for at in steps if at in of_steps), tuple(at for at in states if at in beyond))

    def parents(self, targets: Sequence[State], depth: int) -> list[State | None]:
        """For each target the least state of that depth that has it among its successors."""
        levels = len(self._known.rows)
        clock, self.clock = self.clock, Clock(Budget(), threading.Event(), None)  # a trace is worth finishing
        try:
            given = self._safely(lambda: self._all_after("parents", levels, tuple(targets), depth))
        finally:
            self.clock = clock
        columns = zip(*(reply.value for reply in given.values()), strict=True)
        return [min((each for each in column if each is not None), default=None) for column in columns]

    def go_on_with(self, model: Library) -> None:
        """Run other machine code of the same program from the next level on."""
        self.model = model
        self._safely(lambda: self._all_after("hurry"))

    def _find(self, of_steps: tuple[int, ...], beyond: tuple[int, ...]) -> dict[int, State]:
        self._deaths = 0
        asked, self._wanted, self._judged = _Asked(of_steps, beyond, self._wanted), (), None
        try:
            harvests = self._safely(lambda: self._found(asked))
        except BaseException:
            self._transport.interrupt()
            raise
        self.complete = not any(each.rows for each in harvests)
        self.distinct = sum(map(sum, self._known.rows))
        self._judged = asked.wanted, _least(each.judged for each in harvests)
        return _least(each.culprits for each in harvests)

    def _found(self, asked: _Asked) -> list[Harvest]:
        """The next level, and before it the last one again if that was lost. Raises Lost."""
        self._regain()
        return self._attempted(asked)

    def _regain(self) -> None:
        """Find the last level again if it was lost on its way to who was to keep it. Raises Lost."""
        if self._lost_level is not None:
            self._attempted(self._asked)
            assert self._known.rows[-1] == self._lost_level, "a level that is found again has other states"
            self._lost_level = None

    def _attempted(self, asked: _Asked) -> list[Harvest]:
        """One attempt at a level. Raises Lost."""
        level = Level(len(self._known.rows) + 1, self._attempt, asked.of_steps, asked.beyond)
        arrays: Mapping[int, Sequence[Any]] = {}
        keeps = 0
        if self._copies is not None:
            keeps, arrays = len(self._known.rows), self._to_keepers(self._copies)
        while True:
            given = (level, self._most, keeps)
            replies = self._call(
                {part: Call("work", given, tuple(arrays.get(part, ())), len(self._parts)) for part in self._parts}
            )
            keeps, self._copies = 0, None
            self._note(replies)
            arrays = self._addressed(replies)
            if not any(reply.value.left for reply in replies.values()):
                break
        found = self._call(
            {part: Call("harvest", (asked.wanted,), tuple(arrays.get(part, ())), 1) for part in self._parts}
        )
        self._know({part: reply.value.progress for part, reply in found.items()})
        self._complete(asked, {part: found[part] for part in self._parts})
        return [found[part].value for part in self._parts]

    def _complete(self, asked: _Asked, found: dict[int, Reply]) -> None:
        """Know a level that was found, if it has a state. Raises Lost."""
        rows = tuple(reply.value.rows for reply in found.values())
        if not sum(rows):
            return
        self.sent.replicas += sum(sum(reply.sizes) for reply in found.values())
        if len(self._parts) == 1:
            self._replica.keep(len(self._known.rows) + 1, [self._transport.value(each) for each in found[0].arrays])
        else:
            self._copies = found
        self._asked = asked
        self._known.rows.append(rows)
        self._known.generated.append(tuple(self._progress[part].generated for part in self._parts))
        self._to_come = to_come([sum(each) for each in self._known.rows])

    def _note(self, replies: Mapping[int, Reply]) -> None:
        """Note how far a round came, and how long the next may be."""
        self._know({part: reply.value for part, reply in replies.items()})
        self.sent.rounds += 1
        self.sent.states += sum(sum(reply.sizes) for reply in replies.values())
        longest = max(each.seconds for each in self._progress.values())
        largest = max((size for reply in replies.values() for size in reply.sizes), default=0)
        if longest > _ROUND_SECONDS or largest > 2 * _ARRAY:
            self._most = max(1, self._most // 2)
        elif longest < _ROUND_SECONDS / 2 and largest < _ARRAY:
            self._most = min(self._most * 2, 1 << 40)

    def _know(self, progress: Mapping[int, Progress]) -> None:
        """Know where the parts are. Raises Stopped where that is more states than there may be."""
        self._progress = dict(progress)
        self.worked += max(each.seconds for each in progress.values())
        self.sent.spared = sum(each.spared for each in progress.values())
        most = self.clock.budget.max_states
        if most is not None and self.stats().distinct > most:
            raise Stopped(states_ended(most))

    def _addressed(self, replies: Mapping[int, Reply]) -> dict[int, list[Any]]:
        """The handles of what was given away, by the part that it is for."""
        arrays: dict[int, list[Any]] = {}
        for reply in replies.values():
            for part, handle in enumerate(reply.arrays):
                if handle is not None:
                    arrays.setdefault(part, []).append(handle)
        return arrays

    # -- what is kept a second time, and what for ----------------------------------------------------------------------

    def _keeper(self, part: int) -> int:
        return (part + 1) % len(self._parts)

    def _to_keepers(self, found: Mapping[int, Reply]) -> dict[int, Sequence[Any]]:
        """What each part is to keep of the states that were found, by part."""
        return {self._keeper(part): reply.arrays for part, reply in found.items()}

    def _all_after(self, method: str, *given: Any) -> dict[int, Reply]:
        """Call all, once the last level is complete. Raises Lost."""
        self._regain()
        if self._copies is not None:
            kept, level = self._to_keepers(self._copies), len(self._known.rows)
            self._call({part: Call("keep", (level,), tuple(kept[part])) for part in self._parts})
            self._copies = None
        return self._all(method, *given)

    def _safely(self, work: Callable[[], Found]) -> Found:
        """Do the work, and again where parts were lost over it."""
        lost: set[int] | None = None
        while True:
            if self._gone is not None:
                raise Stopped(self._gone)
            try:
                if lost is not None:
                    self._recover(sorted(lost))
                    lost = None
                return work()
            except Lost as reason:
                self._deaths += 1
                self.sent.lost += len(reason.parts)
                if self._deaths > _DEATHS:
                    where = f"at level {len(self._known.rows) + 1}"
                    self._gone = f"parts of the cluster died {self._deaths} times {where}"
                lost = (lost or set()) | set(reason.parts)

    def _recover(self, lost: Sequence[int]) -> None:
        """Have new parts take the place of those lost, with all levels that are complete. Raises Lost."""
        self._attempt += 1
        if len(self._parts) > 1 and self._known.rows and any(self._keeper(part) in lost for part in lost):
            self._gone = "two parts of the cluster that keep one another's states died at once"
            raise Stopped(self._gone)
        for part in lost:
            self._transport.replace(part)
        depth = self._kept_levels(lost)
        if depth == 0:  # nothing is lost but a moment
            for part in self._parts:
                self._transport.replace(part)
            return
        self._all("reopen", depth)
        for part in lost:
            self._restore(part, depth)
        for part in self._parts:
            if self._keeper(part) in lost:
                self._keep_again(part, depth, range(1, depth + 1))
            elif self._copies is not None and part not in lost:
                self._keep_again(part, depth, (depth,))
        self._copies = None

    def _kept_levels(self, lost: Sequence[int]) -> int:
        """How many levels there are of which all states are kept somewhere. Raises Lost."""
        depth = len(self._known.rows)
        if self._copies is None:
            return depth
        if all(self._one(self._keeper(part), Call("kept_level")).value >= depth for part in lost):
            return depth
        self._lost_level = self._known.rows.pop()
        self._known.generated.pop()
        self._copies = None
        return depth - 1

    def _restore(self, part: int, depth: int) -> None:
        """Give a new part what was kept of the one before."""
        if len(self._parts) == 1:
            self._replica.forget(depth)
            pieces = len(self._replica)
        else:
            pieces = self._one(self._keeper(part), Call("kept_pieces", (depth,))).value
        for number in range(pieces):
            if len(self._parts) == 1:
                given = (self._transport.held(self._replica.kept(number)),)
            else:
                given = self._one(self._keeper(part), Call("kept", (number,), answers=1)).arrays
            self._one(part, Call("restore", (), given))
        levels = tuple(rows[part] for rows in self._known.rows)
        self._one(part, Call("restored", (levels, self._known.generated[-1][part])))

    def _keep_again(self, part: int, depth: int, levels: Sequence[int]) -> None:
        """Have what a part has found for these levels kept once more. `depth` levels are complete."""
        if len(self._parts) == 1:
            return
        for level in levels:
            reply = self._one(part, Call("states", (depth, level), answers=1))
            self._one(self._keeper(part), Call("keep", (level,), reply.arrays))

    # -- calls ---------------------------------------------------------------------------------------------------------

    def _all(self, method: str, *given: Any) -> dict[int, Reply]:
        return self._call({part: Call(method, given) for part in self._parts})

    def _one(self, part: int, call: Call) -> Reply:
        return self._call({part: call})[part]

    def _call(self, calls: Mapping[int, Call]) -> dict[int, Reply]:
        return self._transport.call(calls, partial(self.clock.check, self.stats))


def _least(found: Any) -> dict[int, State]:
    merged: dict[int, State] = {}
    for culprits in found:
        for kind, state in culprits.items():
            merged[kind] = min(merged.get(kind, state), state)
    return merged
