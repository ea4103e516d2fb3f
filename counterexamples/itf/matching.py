"""Traces of other tools: find the steps of the model that lead through the states a file gives. Judges no property.

Other tools write states and no steps of ours, and often not every variable: nobody else has our control points. So each
state of the file is a condition on the values it gives, and what is looked for is a behaviour of the model whose states
meet one condition after the other: of the model's initial states those that meet the first, of their successors those
that meet the second, and so on. Every candidate keeps the step it was reached by. What comes out is a behaviour of the
model whatever the file says, and has been replayed.

Where several behaviours fit, the one is taken whose steps are most often those that the file names, then the first in
the interpreter's order. TLA+ lets any state be repeated: a state that the model repeats only by doing nothing is left
out. If nothing fits otherwise and the file leaves variables open, steps are put in that change none of those it gives.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from checker.contract.lasso import NotFair, standings
from checker.contract.replay import replay
from checker.contract.trace import Lasso, Trace
from checker.errors import UsageError
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step, Transition
from counterexamples.explain.changes import Fact, differences
from counterexamples.explain.text import describe_step
from counterexamples.itf.encoding import Json, Place
from counterexamples.itf.foreign_states import Behaviour, GivenState, read_states

MOST = 4_096
"""Candidates for one state; more are not kept apart."""
_LOOP = "loop"  # where a file says that it goes round
_OTHER_STEP, _UNSEEN_STEP, _NO_STEP = 1, 1, 2  # the costs of another step than the file names, one put in, none
_ROUNDS, _STARTS = 8, 64  # how often a loop is gone round at most, and from how many states each time
_RESTING = 2  # states of a loop that rests: its only one, and that once more
_FAR = 1 << 60  # as far as a step that fails
_MOST_SHOWN = 3  # variables in a message


@dataclass(frozen=True, slots=True)
class Foreign:
    """A behaviour of the model that goes through the states of a file. `notes` say what of the file is not in it."""

    trace: Trace
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Reached:
    """A candidate for one state of the file: how it was reached, and from what. No `step`: by doing nothing. No `seen`:
    by a step that was put in."""

    state: State
    step: Step | None
    before: _Reached | None
    cost: int
    seen: GivenState | None


_Layer = dict[State, _Reached]


@dataclass(slots=True)
class _Nearest:
    """The step that comes nearest to what was looked for: first the one that the file names, then by how many
    variables, items and fields differ."""

    transition: Transition | None = None
    rank: tuple[bool, int] = (True, 0)

    def consider(self, program: Program, seen: GivenState, transition: Transition) -> None:
        """Keep the transition if it is nearer than what was kept."""
        far = _FAR if transition.state is None else sum(map(_parts, _differing(program, seen, transition.state)))
        rank = (seen.step is not None and transition.step.name != seen.step, far)
        if self.transition is None or rank < self.rank:
            self.transition, self.rank = transition, rank


def load(
    program: Program, data: Json, file: str = "trace", ignore: Collection[str] = (), seconds: float | None = None
) -> Foreign:
    """The trace in a file's JSON, without the variables to `ignore`. Raises UsageError: U005 if the file is not ITF or
    gives what is no state of the program, U020 if no behaviour of the program goes through its states, or none was
    found within so many `seconds`."""
    behaviour = read_states(program, data, file, ignore)
    trace, found = _found(program, behaviour, file, Deadline(seconds))
    replay(program, trace)
    return Foreign(trace, (*behaviour.notes, *found))


class Deadline:
    """When to give up."""

    def __init__(self, seconds: float | None) -> None:
        self._ends = None if seconds is None else time.monotonic() + seconds

    def over(self) -> bool:
        """Whether the time has ended."""
        return self._ends is not None and time.monotonic() >= self._ends

    def check(self, place: Place) -> None:
        """UsageError U020 if the time has ended, with the state that was looked for."""
        if self.over():
            remedy = "Give more, or let the file name its steps and what they pick (Quint: --mbt), or more variables."
            raise _no_behaviour(place, "the time of --time ended in the search for it", remedy)


def _found(program: Program, behaviour: Behaviour, file: str, deadline: Deadline) -> tuple[Trace, list[str]]:
    """The best behaviour, and what of the file it leaves out or adds to. First what the file names is taken at its
    word; steps are put in only if there is no behaviour without."""
    states = behaviour.states
    named = any(seen.step is not None and seen.arguments is not None for seen in states)
    open_ones = any(len(seen.values) < len(program.variables) for seen in states)
    ways = [(True, False)] * named + [(False, False)] + [(False, True)] * open_ones
    for believes, puts_in in ways[:-1]:
        try:
            return _best(program, _Search(program, believes, puts_in, deadline), behaviour, file)
        except UsageError:
            if deadline.over():
                raise
    # where this fails, it comes as far as any, or further
    return _best(program, _Search(program, *ways[-1], deadline), behaviour, file)


def _best(program: Program, search: _Search, behaviour: Behaviour, file: str) -> tuple[Trace, list[str]]:
    """The best behaviour that one search finds. Of those that go round, the first that owes nothing, else the first."""
    if behaviour.loop is None:
        return _told(program, search.through(behaviour.states))
    closing = replace(behaviour.states[behaviour.loop], place=Place(file, _LOOP), step=None, arguments=None)
    best = None
    for start, end in search.around(behaviour.states, behaviour.loop, closing):
        trace, notes = _told(program, end)
        begins = sum(each.step is not None for each in _back(start)) - 1
        made = replace(trace, end=Lasso(begins)), notes
        best = best or made
        if not _owes(program, made[0], Lasso(begins), search.deadline.over()):
            return made
    assert best is not None
    return best


def _owes(program: Program, trace: Trace, end: Lasso, hurry: bool) -> bool:
    """Whether the loop leaves out for ever what it owes; False in a `hurry`, or where the judge will say more."""
    if hurry:
        return False
    try:
        return any(each.is_owed for each in standings(program, trace, end))
    except NotFair:
        return False


class _Search:
    """Finds the states of one program that meet what a file says: by the steps that it names, where it `believes` them;
    if `puts_in`, with steps that the file cannot see."""

    def __init__(self, program: Program, believes: bool, puts_in: bool, deadline: Deadline) -> None:
        self._believes = believes
        self.deadline = deadline
        self._program = program
        self._puts_in = puts_in
        self._interpreter = Interpreter(program)

    def through(self, states: tuple[GivenState, ...]) -> _Reached:
        """The best candidate for the last state of the file."""
        return min(self._along(self.initial(states[0]), states).values(), key=_cost)

    def around(
        self, states: Sequence[GivenState], loop: int, closing: GivenState
    ) -> Iterator[tuple[_Reached, _Reached]]:
        """Candidates for the first state of a loop, each with how it is reached again: there is one at least."""
        layer = self._along(self.initial(states[0]), states[: loop + 1])
        once = (*states[loop:], closing)
        reason: UsageError | None = None
        closes = False
        for _ in range(_ROUNDS):
            for start in sorted(layer.values(), key=_cost)[:_STARTS]:
                if len(once) == _RESTING:
                    yield start, start
                    closes = True
                try:
                    yield start, self._back_at(start, once)
                    closes = True
                except UsageError as error:
                    reason = reason or error
                    if self.deadline.over():
                        break
            try:
                layer = self._along(layer, once)
            except UsageError as error:
                reason = reason or error
                break
        if not closes:
            assert reason is not None
            raise reason

    def _back_at(self, start: _Reached, once: Sequence[GivenState]) -> _Reached:
        """The same state again, after as few rounds of the file's loop as it takes."""
        layer = {start.state: start}
        for _ in range(_ROUNDS):
            layer = self._along(layer, once[:-1])
            if start.state in layer and len(once) > _RESTING:
                return layer[start.state]  # the file writes the state where the loop begins once more
            layer = self._along(layer, once[-2:])
            if self._puts_in:
                layer = self._closed(layer, once[-1])
            if start.state in layer:
                return layer[start.state]
        raise self._open(start.state, min(layer.values(), key=_cost).state, once)

    def _open(self, first: State, last: State, once: Sequence[GivenState]) -> UsageError:
        """The error for a loop that does not close in what the file does not give."""
        differ = [
            f"{fact.subject} = {fact.new}, not {fact.old}" if fact.old else f"{fact.subject} ({fact.new})"
            for declared, old, new in zip(self._program.variables, first, last, strict=True)
            for fact in differences(declared.name, declared.type, old, new)
        ]
        problem = f"the model does not come back to {once[0].place.path} in {_ROUNDS} rounds; it has {_listed(differ)}"
        remedy = "In the model this does not go round: compare what changes it, or let the file give more variables."
        return _no_behaviour(once[-1].place, problem, remedy)

    def _along(self, layer: _Layer, states: Sequence[GivenState]) -> _Layer:
        """The candidates for the last of some states of the file, after a layer of candidates for the first."""
        for before, seen in pairwise(states):
            layer = self.after(self._closed(layer, before) if self._puts_in else layer, before, seen)
        return layer

    def initial(self, seen: GivenState) -> _Layer:
        """The initial states that agree with the first one of the file."""
        found: _Layer = {}
        nearest = _Nearest()
        for transition in self._interpreter.initial():
            if self._agrees(seen, transition, nearest):
                self._keep(found, transition, None, 0, seen)
                if self._is_whole(seen):
                    break
        if not found:
            raise self._refused(seen, "no initial state of the model agrees with it", nearest)
        return found

    def after(self, layer: _Layer, before: GivenState, seen: GivenState) -> _Layer:
        """The states that agree with the next one of the file, one step after those of a layer."""
        found: _Layer = {}
        nearest = _Nearest()
        for transition, reached in self._named(layer, seen):
            if self._agrees(seen, transition, nearest):
                self._keep(found, transition, reached, 0, seen)
                if self._is_whole(seen) and len(layer) == 1:
                    return found  # there is one such state, and no way to it costs less
        if found:
            return found
        for reached in layer.values():
            for transition in self._interpreter.successors(reached.state):
                if self._agrees(seen, transition, nearest):
                    other = seen.step is not None and transition.step.name != seen.step
                    self._keep(found, transition, reached, _OTHER_STEP if other else 0, seen)
                    if self._is_whole(seen) and not other and len(layer) == 1:
                        return found
        for reached in layer.values():
            if not seen.differs(reached.state) and _cheaper(found, reached.state, reached.cost + _NO_STEP):
                found[reached.state] = _Reached(reached.state, None, reached, reached.cost + _NO_STEP, seen)
        if not found:
            came = before.place.path
            if nearest.transition is None:
                raise self._refused(seen, f"the model has no step from {came}", nearest)
            here = "back to where the loop begins" if seen.place.path == _LOOP else "here"
            raise self._refused(seen, f"no step of the model leads {here} from {came}", nearest)
        return found

    def _named(self, layer: _Layer, seen: GivenState) -> Iterator[tuple[Transition, _Reached]]:
        """What the step that the file names can do, given what it was given."""
        if not self._believes or seen.step is None or seen.arguments is None:
            return
        for reached in layer.values():
            for transition in self._interpreter.others(Step(seen.step, seen.arguments, None, ()), reached.state):
                yield transition, reached

    def _closed(self, layer: _Layer, seen: GivenState) -> _Layer:
        """A layer with all that is reached from it while nothing changes that the file gives."""
        found = dict(layer)
        waiting = list(layer.values())
        for reached in waiting:
            for transition in self._interpreter.successors(reached.state):
                state = transition.state
                self.deadline.check(seen.place)
                if state is None or state in found or seen.differs(state):
                    continue
                found[state] = _Reached(state, transition.step, reached, reached.cost + _UNSEEN_STEP, None)
                waiting.append(found[state])
                self._bound(found, seen)
        return found

    def _is_whole(self, seen: GivenState) -> bool:
        return len(seen.values) == len(self._program.variables)

    def _agrees(self, seen: GivenState, transition: Transition, nearest: _Nearest) -> bool:
        self.deadline.check(seen.place)
        if transition.state is not None and not seen.differs(transition.state):
            return True
        nearest.consider(self._program, seen, transition)
        return False

    def _keep(
        self, layer: _Layer, transition: Transition, before: _Reached | None, more: int, seen: GivenState
    ) -> None:
        """Put a candidate into a layer, unless the same state is there at no greater cost."""
        assert transition.state is not None
        cost = more + (0 if before is None else before.cost)
        if _cheaper(layer, transition.state, cost):
            layer[transition.state] = _Reached(transition.state, transition.step, before, cost, seen)
        self._bound(layer, seen)

    def _bound(self, layer: _Layer, seen: GivenState) -> None:
        if len(layer) > MOST:
            missing = [declared.name for at, declared in enumerate(self._program.variables) if at not in seen.values]
            problem = f"more than {MOST:,} states of the model agree with it"
            raise _no_behaviour(seen.place, problem, f"Let the file give more variables; it lacks {_listed(missing)}.")

    def _refused(self, seen: GivenState, problem: str, nearest: _Nearest) -> UsageError:
        remedy = "The file's tool and the model differ here, or have other parameters: compare this step, or use --set."
        return _no_behaviour(seen.place, f"{problem}{self._almost(seen, nearest.transition)}", remedy)

    def _almost(self, seen: GivenState, transition: Transition | None) -> str:
        """How the nearest step misses what the file says."""
        if transition is None:
            return ""
        who = "init" if transition.step.name == "init" else describe_step(self._program, transition.step)
        if transition.state is None:
            assert transition.failure is not None
            return f"; {who} fails: {transition.failure.message}"
        differ = [
            f"{fact.subject} = {fact.old}, not {fact.new}" if fact.old else f"{fact.subject} (the file: {fact.new})"
            for fact in _differing(self._program, seen, transition.state)
        ]
        return f"; the nearest, {who}, gives {_listed(differ, '; ')}"


def _differing(program: Program, seen: GivenState, state: State) -> list[Fact]:
    """The smallest parts of a state, items and fields, that have another value in what the file gives."""
    return [
        fact
        for at, value in seen.values.items()
        for fact in differences(program.variables[at].name, program.variables[at].type, state[at], value)
    ]


def _parts(fact: Fact) -> int:
    """How many parts differ: of a set, the members that joined and left (`+2 -0`)."""
    return 1 if fact.old is not None else len(re.findall(r"(?:^| )[+-]", fact.new))


def _cost(reached: _Reached) -> int:
    return reached.cost


def _cheaper(layer: _Layer, state: State, cost: int) -> bool:
    return state not in layer or cost < layer[state].cost


def _told(program: Program, last: _Reached) -> tuple[Trace, list[str]]:
    """The behaviour that ends in a candidate, and what of the file it leaves out or adds to."""
    path = list(_back(last))[::-1]
    notes = []
    unseen = 0
    for reached in path:
        place = "" if reached.seen is None else reached.seen.place.path
        place = "the loop closes," if place == _LOOP else place
        named = None if reached.seen is None or reached.before is None else reached.seen.step
        if reached.seen is None:
            unseen += 1
            continue
        if unseen:
            steps = f"{unseen} steps are" if unseen > 1 else "a step is"
            notes.append(f"Before {place} {steps} put in, which the file's variables do not show.")
            unseen = 0
        if reached.step is None and reached.seen.place.path != _LOOP:
            notes.append(f"{place} repeats the state before it, and is left out: no step of the model does that.")
        elif reached.step is not None and named not in (None, reached.step.name):
            taken = describe_step(program, reached.step)
            notes.append(f"{place} names {named}, which does not lead there; {taken} does.")
    taken_steps = [(each.state, each.step) for each in path if each.step is not None]
    (_, first), *rest = taken_steps
    trace = Trace(tuple(state for state, _ in taken_steps), tuple(step for _, step in rest), first.choices)
    return trace, list(dict.fromkeys(notes))


def _back(last: _Reached) -> Iterator[_Reached]:
    reached: _Reached | None = last
    while reached is not None:
        yield reached
        reached = reached.before


def _listed(parts: list[str], between: str = ", ") -> str:
    more = f"{between}and {len(parts) - _MOST_SHOWN} more" if len(parts) > _MOST_SHOWN else ""
    return between.join(parts[:_MOST_SHOWN]) + more


def _no_behaviour(place: Place, problem: str, remedy: str) -> UsageError:
    return UsageError("U020", f"{place}: {problem}", remedy)
