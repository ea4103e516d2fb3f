"""A search in which steps wait: the tables that compiled code chooses by, and what is open from level to level.

What may wait, and why nothing is lost by it, is `checker.reduction.stubborn`'s to say; here its tables become words.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.engines.common.ledger import Ledger
from checker.engines.explicit.codegen.layout import low, width
from checker.engines.explicit.native import block, waiting
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.search import Search
from checker.ir.types import ArrayType, EnumType, SetType
from checker.reduction.clauses import Literal
from checker.reduction.stubborn import Made, Reduction

WORTH_STATES = 10_000
"""States that are found before it is looked at whether it is worth while that steps wait."""
WORTH_SHARE = 16
"""It is, if one successor in so many is left out: to choose takes about a tenth of a state's time."""


class Reducing:
    """The tables of one search. `at_work` until it turns out not to be worth while."""

    def __init__(self, reduction: Reduction, search: Search) -> None:
        self._reduction, self._search = reduction, search
        self._layout = search.emitted.layout
        self._cells: list[int] = [0] * waiting.HEAD
        self._width = -(-reduction.count // waiting.BITS)
        self._cells[waiting.THINGS] = len(reduction.moves.things)
        self._cells[waiting.MASK] = self._width
        self._cells[waiting.MARKS] = search.emitted.marks
        self._write()
        self._table = words(len(self._cells))
        self._put(0, self._cells)
        self._work = [words((waiting.MOVE + 1) * self._width + len(reduction.moves.things) + 1) for _ in search.workers]
        self.at_work = True
        begins = search.stats()
        self._begins = begins.distinct, begins.generated

    # -- tables --------------------------------------------------------------------------------------------------------

    def _write(self) -> None:
        reduction = self._reduction
        self._begin(waiting.CONFLICTS)
        for mask in reduction.conflicts:
            self._cells += self._mask(mask)
        things = [self._thing(thing) for thing in range(len(reduction.moves.things))]
        self._begin(waiting.THING)
        self._cells += [cell for row in things for cell in row]
        of_moves = [self._clauses(each) for each in reduction.clauses]
        self._begin(waiting.OF_MOVE)
        self._cells += [cell for pair in of_moves for cell in pair]
        self._goals = [self._clauses(each.clauses) for each in reduction.goals]
        for head in (waiting.LOCAL, waiting.FAILING):
            self._begin(head)
            self._cells += [0] * self._width
        self._begin(waiting.GOAL)
        self._cells += [0] * (2 * len(self._goals))

    def _begin(self, head: int) -> None:
        self._cells[head] = len(self._cells)

    def _mask(self, mask: int) -> list[int]:
        return [mask >> at * waiting.BITS & (1 << waiting.BITS) - 1 for at in range(self._width)]

    def _thing(self, thing: int) -> tuple[int, int, int]:
        """Where a thing's point stands, and from where on the numbers of its moves by that."""
        moves, own, at = self._reduction.moves, self._reduction.of_thing(thing), len(self._cells)
        process = moves.processes[thing]
        if process is None:
            self._cells.append(own[0])
            return -1, 0, at
        slot, kind = self._slot(moves.points[thing]), self._reduction.cells.all[moves.points[thing]].type
        assert isinstance(kind, EnumType)
        by_label = {point.label: own[number] for number, point in enumerate(process.points)}
        self._cells += [by_label[kind.unrank(rank)] for rank in range(kind.size)]
        return slot, low(kind), at

    def _slot(self, cell: int) -> int:
        """The slot of a cell that holds a scalar, or is a member of a set."""
        found = self._reduction.cells.all[cell]
        at, kind = self._layout.offsets[found.variable], self._layout.kinds[found.variable]
        return at + found.rank * width(kind.item) if isinstance(kind, ArrayType) and found.rank is not None else at

    def _clauses(self, clauses: Sequence[Made]) -> tuple[int, int]:
        """Write clauses, after their literals; where they begin and end."""
        literals = [self._literals(each.clause.literals) for each in clauses]
        begin = len(self._cells)
        for each, (first, end) in zip(clauses, literals, strict=True):
            self._cells += [first, end, int(each.clause.open), *self._mask(each.by)]
        return begin, len(self._cells)

    def _literals(self, literals: Iterable[Literal]) -> tuple[int, int]:
        rows = []
        for each in literals:
            cell = self._reduction.cells.all[each.cell]
            shift, codes_at = -1, len(self._cells)
            if isinstance(self._layout.kinds[cell.variable], SetType):
                assert cell.rank is not None
                shift = cell.rank
            else:
                self._cells += [low(cell.type) + cell.type.rank(value) for value in each.values]
            rows.append((self._slot(each.cell), shift, int(each.positive), codes_at, len(self._cells)))
        begin = len(self._cells)
        self._cells += [cell for row in rows for cell in row]
        return begin, len(self._cells)

    # -- levels --------------------------------------------------------------------------------------------------------

    def before(self, ledger: Ledger) -> None:
        """Have the next level expanded for what is open."""
        if not self.at_work:
            return
        search, table = self._search, self._table
        if search.stats().distinct - self._begins[0] >= WORTH_STATES and not self._is_worth():
            self.stop()
            return
        judged = [name for name in search.emitted.judged if ledger.is_open(name)]
        sought = self._reduction.sought(judged, ledger.is_open(NO_FAILURE), ledger.is_open(NO_DEADLOCK))
        table[waiting.DEADLOCK], table[waiting.GOALS] = int(sought.deadlock), len(sought.goals)
        for head, mask in ((waiting.LOCAL, sought.local), (waiting.FAILING, sought.failing)):
            self._put(table[head], self._mask(mask))
        pairs = [cell for number in sought.goals for cell in self._goals[number]]
        self._put(table[waiting.GOAL], pairs)
        for worker, work in zip(search.workers, self._work, strict=True):
            worker.block[block.REDUCTION] = ctypes.addressof(table)
            worker.block[block.WORK] = ctypes.addressof(work)

    def _put(self, at: int, row: Sequence[int]) -> None:
        for place, cell in enumerate(row, start=at):
            self._table[place] = cell

    def stop(self) -> None:
        """Have no step wait from here on."""
        self.at_work = False
        for worker in self._search.workers:
            worker.block[block.REDUCTION] = 0

    def _is_worth(self) -> bool:
        dropped = self._dropped()
        return dropped * WORTH_SHARE >= self._search.stats().generated - self._begins[1] + dropped

    def _dropped(self) -> int:
        return sum(worker.block[block.LEFT_OUT] for worker in self._search.workers)

    def noted(self) -> dict[str, Any]:
        """What a run that goes on from here has to know."""
        return {"at_work": self.at_work, "put_off": self.put_off, "dropped": self._dropped()}

    def restore(self, noted: Mapping[str, Any]) -> None:
        """Take that up."""
        cells = self._search.workers[0].block
        cells[block.PUT_OFF], cells[block.LEFT_OUT] = int(noted["put_off"]), noted["dropped"]
        if not noted["at_work"]:
            self.stop()

    @property
    def put_off(self) -> bool:
        """Whether a step has waited that a shortest path may need."""
        return any(worker.block[block.PUT_OFF] for worker in self._search.workers)
