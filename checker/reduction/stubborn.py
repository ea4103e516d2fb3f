"""Which steps may wait in a state, so that every violation, witness, failure and deadlock is found all the same.

In each state a *stubborn* set of things (actions with their arguments, instances of processes) is chosen, and only
their steps are taken. Why nothing is lost (Valmari, "Stubborn sets for reduced state space generation", 1990;
Godefroid, LNCS 1032, 1996; with necessary enabling sets from conditions that are false, as Laarman, Pater, van de Pol
and Weber, "Guard-based partial-order reduction", 2013):

1. A set is *closed*: with a thing whose step is possible here comes every thing that may, now or from a point that it
   can come to, touch what that step touches so that their order matters; with one whose step is impossible, for one
   condition that is false here, every thing that may come to make it true; and whoever may move the thing itself to
   another point. So along any path of things outside, what is possible in the set stays possible and does the same, and
   what is impossible stays so. The first step of a thing inside can be moved to the front of the path, and the path
   leads to the same state.
2. What is sought is a state in which something is true: a property violated or shown, a step that fails, nothing
   possible. Look at a shortest path to one. If a step of a thing inside is on it, it can be moved to the front: the
   rest is shorter by one. So it remains to see to it that there is one.
3. Of a deadlock: the set holds a thing that is possible, and would stay so.
4. *Directed*: the set holds, for everything sought, whoever may come to make a condition of it true that is false
   here, and whoever may come to a step that can fail. Then there is one. No path becomes longer: traces stay shortest.
5. *Local*: else, the set holds a possible step that touches nothing that a property looks at, and leads the process
   only to points further down its own code. If no step of the set is on the path, take that one: the path can be gone
   from there, and ends in a state with the same properties, or in which the same step fails: one that the set's steps
   could touch belongs to the set, and stays as it is here. The path is not shorter, but processes are further down, and
   that can be so only finitely often: nothing is put off for ever, and no cycle has to be looked for.

In a state where a step fails nothing waits. Every step is run in every state that is visited, so that what fails there
and whether anything is possible is seen whatever is taken. Does not search, and knows no engine.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from checker.ir.nodes import Program, Property
from checker.ir.property_kind import PropertyKind
from checker.ir.types import Value
from checker.reduction.cells import Cells, numbers
from checker.reduction.clauses import Clause, contradict
from checker.reduction.conditions import goals
from checker.reduction.footprint import Fuel, TooLong, Walk
from checker.reduction.moves import Move, Moves, Thing, moves_of

MOST_NODES = 400_000
"""Nodes of the program that are visited in looking at it, a second's work at most."""


@dataclass(frozen=True, slots=True)
class Made:
    """A clause, and the moves whose things may come to make it true: each for where its thing stands."""

    clause: Clause
    by: int


@dataclass(frozen=True, slots=True)
class Goal:
    """A way for a property to be decided by a state: all of `clauses` are true there."""

    property: str
    clauses: tuple[Made, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """What is open: goals by number, the moves that are local, those that may come to fail, and whether deadlocks are
    looked for. Masks of moves."""

    goals: tuple[int, ...]
    local: int
    failing: int
    deadlock: bool


class Reduction:
    """The tables for one program; masks are of moves, and speak of moves that are current."""

    def __init__(self, program: Program, cells: Cells, moves: Moves, fuel: Fuel) -> None:
        self.program, self.cells, self.moves = program, cells, moves
        every = moves.every
        self.count = len(every)
        self.everything = (1 << self.count) - 1
        self._of_actions = sum(1 << number for number, move in enumerate(every) if move.point < 0)
        self._written = [move.footprint.written for move in every]
        self.reach = [self._reach(number) for number in range(self.count)]
        self.also = [self._movers(move) if move.point >= 0 else 0 for move in every]
        self._who = self._who_touches()
        self.conflicts = [self._conflicts(number) for number in range(self.count)]
        self.clauses = [self._of_move(number) for number in range(self.count)]
        self.goals: list[Goal] = []
        self._looked_at: dict[str, int] = {}
        self._fallible: list[str] = []
        for judged in program.properties:
            self._look(judged, fuel)
        failing = sum(1 << number for number, move in enumerate(every) if move.footprint.fails)
        self.failing = self.current(failing)
        self._forward = sum(1 << number for number, move in enumerate(every) if self._is_forward(move))

    # -- tables --------------------------------------------------------------------------------------------------------

    def of_thing(self, thing: int) -> range:
        """The moves of a thing."""
        first = self.moves.first
        return range(first[thing], first[thing + 1] if thing + 1 < len(first) else self.count)

    def _movers(self, move: Move) -> int:
        """The moves of others that may move a thing to another point."""
        cell = 1 << self.moves.points[move.thing]
        own = set(self.of_thing(move.thing))
        return sum(1 << at for at, written in enumerate(self._written) if written & cell and at not in own)

    def _reach(self, number: int) -> int:
        """The moves that a thing may come to from a move, that one included."""
        move, every = self.moves.every[number], self.moves.every
        own = self.of_thing(move.thing)
        if move.point >= 0 and self._movers(move):
            return sum(1 << at for at in own)
        found, queue = {number}, [number]
        for at in queue:
            for end in every[at].ends:
                if own[end] not in found:
                    found.add(own[end])
                    queue.append(own[end])
        return sum(1 << at for at in found)

    def current(self, moves: int) -> int:
        """The moves from which their thing may come to one of these; with those who may move it elsewhere."""
        found = moves & self._of_actions
        for number in numbers(self.everything & ~self._of_actions if moves & ~self._of_actions else 0):
            if self.reach[number] & moves:
                found |= 1 << number | self.also[number]
        return found

    def _who_touches(self) -> list[tuple[int, int]]:
        """The moves that read each cell, and those that may write it."""
        who = [[0, 0] for _ in self.cells.all]
        for number, move in enumerate(self.moves.every):
            for cell in numbers(move.footprint.reads):
                who[cell][0] |= 1 << number
            for cell in move.footprint.writes:
                who[cell][1] |= 1 << number
        return [(read, written) for read, written in who]

    def _writers(self, cells: int) -> int:
        found = 0
        for cell in numbers(cells):
            found |= self._who[cell][1]
        return found

    def _conflicts(self, number: int) -> int:
        """The moves whose things may, now or later, touch what this one touches so that the order matters."""
        footprint = self.moves.every[number].footprint
        touching = self._writers(footprint.reads | self._written[number])
        for cell in footprint.writes:
            touching |= self._who[cell][0]
        own = self.of_thing(self.moves.every[number].thing)
        return self.current(touching & ~sum(1 << at for at in own)) | self.also[number]

    def _made(self, clause: Clause) -> Made:
        cells, by = clause.hangs_on, 0
        for literal in clause.literals:
            cells |= 1 << literal.cell
        for number in numbers(self._writers(cells) if cells else 0):
            if clause.made_true_by(self.moves.every[number].footprint.writes, self._written[number]):
                by |= 1 << number
        return Made(clause, self.current(by))

    def _of_move(self, number: int) -> tuple[Made, ...]:
        """What has to be true for a move to be possible."""
        footprint = self.moves.every[number].footprint
        made = [self._made(each) for each in footprint.clauses]
        if footprint.waits:
            made.append(self._made(Clause(hangs_on=footprint.reads, open=True)))
        return tuple(made)

    def _look(self, judged: Property, fuel: Fuel) -> None:
        if judged.kind is PropertyKind.CONSTRAINT:
            return
        walk = Walk(self.program, self.cells, fuel)
        ways = goals(walk, judged.function, judged.kind.traits.witnessed)
        self._looked_at[judged.name] = walk.found.reads
        if walk.found.fails:
            self._fallible.append(judged.name)
        if judged.kind is not PropertyKind.FINAL:
            met = [way for way in ways if not contradict(way)]
            self.goals += [Goal(judged.name, tuple(self._made(each) for each in way)) for way in met]

    def _is_forward(self, move: Move) -> bool:
        """Whether a move leads its process only to points further down: in an order in which no point comes twice."""
        process = self.moves.processes[move.thing]
        if process is None or not move.ends:
            return False
        order = self._order(move.thing)
        return all(order[end] > order[move.point] for end in move.ends)

    def _order(self, thing: int) -> dict[int, int]:
        """Numbers for the points of a thing: backwards, as a search from the start leaves them for the last time."""
        own = self.of_thing(thing)
        left: list[int] = []
        seen: set[int] = set()
        for start in range(len(own)):
            path = [(start, iter(sorted(self.moves.every[own[start]].ends)))] if start not in seen else []
            seen.add(start)
            while path:
                point, rest = path[-1]
                following = next((end for end in rest if end not in seen), None)
                if following is None:
                    left.append(point)
                    path.pop()
                else:
                    seen.add(following)
                    path.append((following, iter(sorted(self.moves.every[own[following]].ends))))
        return {point: -at for at, point in enumerate(left)}

    # -- what is open --------------------------------------------------------------------------------------------------

    def sought(self, judged: Collection[str], failures: bool, deadlock: bool) -> Sought:
        """What is looked for while these properties are open, failures of steps and properties, and deadlocks."""
        names = {*judged, *(self._fallible if failures else ())}
        looked_at = 0
        for name in names:
            looked_at |= self._looked_at[name]
        visible = self._writers(looked_at)
        finals = any(each.kind is PropertyKind.FINAL and each.name in names for each in self.program.properties)
        return Sought(
            tuple(at for at, goal in enumerate(self.goals) if goal.property in names),
            self._forward & ~visible,
            self.failing if failures else 0,
            deadlock or finals,
        )

    # -- one state -----------------------------------------------------------------------------------------------------

    def standing(self, state: tuple[Value, ...]) -> list[int]:
        """The current move of each thing in a state."""
        found = []
        for thing, process in enumerate(self.moves.processes):
            own = self.of_thing(thing)
            if process is None:
                found.append(own[0])
                continue
            label = self.cells.value(self.moves.points[thing], state)
            found.append(own[next(at for at, point in enumerate(process.points) if point.label == label)])
        return found

    def kept(self, state: tuple[Value, ...], possible: Collection[Thing], sought: Sought) -> tuple[set[Thing], bool]:
        """The things whose steps are taken in a state where these are possible, and none fails; and whether others are
        put off that a shortest path may need."""
        standing = self.standing(state)
        named = dict(zip(self.moves.things, standing, strict=True))
        current = sum(1 << move for move in standing)
        able = sum(1 << named[thing] for thing in possible)
        taken, put_off = self.taken(current, able, lambda cell: self.cells.value(cell, state), sought)
        return {thing for thing in possible if taken >> named[thing] & 1}, put_off

    def taken(self, current: int, possible: int, value: Callable[[int], Value], sought: Sought) -> tuple[int, bool]:
        """The moves that are taken in a state with these current and possible ones, whose cells have these values; and
        whether others are put off that a shortest path may need. `possible` if none may wait."""
        if possible.bit_count() < 2:
            return possible, False
        return _State(self, current, possible, value, sought).chosen()


class _State:
    """The choice of a set in one state."""

    def __init__(
        self, reduction: Reduction, current: int, possible: int, value: Callable[[int], Value], sought: Sought
    ) -> None:
        self.reduction, self.current, self.possible = reduction, current, possible
        self.value, self.sought = value, sought

    def chosen(self) -> tuple[int, bool]:
        """As Reduction.taken. The directed one, unless a local one is smaller."""
        best, local = self.possible, False
        for number in numbers(self.sought.local & self.possible):
            found = self._closed(1 << number, 0) & self.possible
            if found.bit_count() < best.bit_count():
                best, local = found, True
            if best.bit_count() == 1:
                return best, True
        base = self._directed()
        found = base & self.possible
        if found.bit_count() >= best.bit_count():
            return best, local
        if found or not self.sought.deadlock:
            return found, False
        for number in numbers(self.possible):
            found = self._closed(1 << number, base) & self.possible
            if found.bit_count() < best.bit_count():
                best, local = found, False
            if best.bit_count() == 1:
                break
        return best, local

    def _directed(self) -> int:
        """The set of who may come to show what is sought, closed."""
        found = self._closed(self.sought.failing & self.current, 0)
        for number in self.sought.goals:
            found = self._closed(self._one_of(self.reduction.goals[number].clauses, found), found)
        return found

    def _closed(self, todo: int, found: int) -> int:
        """A closed set, with these moves and others. Who may move a thing to another point came with the thing, by
        `current`, or comes with the conflicts of its step."""
        reduction = self.reduction
        todo &= self.current & ~found
        while todo:
            lowest = todo & -todo
            found |= lowest
            number = lowest.bit_length() - 1
            if lowest & self.possible:
                more = reduction.conflicts[number]
            else:
                more = self._one_of(reduction.clauses[number], found)
            todo = (todo | more & self.current) & ~found
        return found

    def _one_of(self, clauses: Sequence[Made], found: int) -> int:
        """Who may make a clause true that is false: of the one that asks for the fewest new ones. Where none is known
        to be false, whoever may make one true of which nothing is known; everybody, if there is no such clause."""
        unknown, least, best = -1, -1, 0
        for made in clauses:
            true = made.clause.true(self.value)
            if true is None:
                unknown = max(unknown, 0) | made.by
            elif not true:
                count = (made.by & self.current & ~found).bit_count()
                if least < 0 or count < least:
                    least, best = count, made.by
        if least >= 0:
            return best
        return unknown if unknown >= 0 else self.current


def reduction_of(program: Program) -> Reduction | None:
    """The tables for a program; None if looking at it takes too long."""
    fuel = Fuel(MOST_NODES)
    cells = Cells(program)
    try:
        return Reduction(program, cells, moves_of(program, cells, fuel), fuel)
    except TooLong:
        return None
