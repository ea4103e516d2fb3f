"""The automaton of a formula as compiled loops read it: its states numbered, as modes, and what each does by letter.

A letter is what the conditions of the formula are in a state, one bit for each. Only promises that can be given where
some letter occurs make a mode, so that few are left of the many that there could be.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from operator import or_

from checker.engines.common.tableau import Tableau
from checker.engines.common.temporal import MOST_MODES
from checker.engines.explicit.codegen.layout import signed
from checker.engines.explicit.liveness.coarse import components
from checker.engines.explicit.native.memory import words


class Modes:
    """The modes of an automaton over the letters that occur, and where compiled loops find them. `look` is called now
    and then, and may raise."""

    def __init__(self, tableau: Tableau, letters: Sequence[int], look: Callable[[], None]) -> None:
        places = {}
        for letter in letters:
            look()
            places[letter] = tableau.places(letter)
        given = sorted({each for found in places.values() for each in found})
        self.count = len(given)
        """How many modes there are. Of more than MOST_MODES there is no more to be known: a word has room for them."""
        self.promises = tableau.promises
        self.lasting = 0
        """The modes that a cycle can be in: a bit for each."""
        self._rows: dict[int, ctypes.Array[ctypes.c_int64]] = {}
        if self.count > MOST_MODES:
            return
        numbers = {each: number for number, each in enumerate(given)}
        found_after = dict.fromkeys(range(self.count), 0)  # what may follow each mode, and what is settled in it
        found_settled = dict(found_after)
        for letter, found in places.items():
            look()
            row = words(2 + 2 * (1 << self.log))
            row[0] = signed(sum(1 << numbers[each] for each in found))
            row[1] = signed(sum(1 << numbers[each] for each, place in found.items() if place.begins))
            for each, place in found.items():
                mode = numbers[each]
                after = sum(1 << numbers[other] for other in given if (other ^ each) & place.carried == 0)
                row[2 + 2 * mode], row[3 + 2 * mode] = signed(after), place.settled
                found_after[mode] |= after
                found_settled[mode] |= place.settled
            self._rows[letter] = row
        self._leave_out(found_after, found_settled)

    def _leave_out(self, after: Mapping[int, int], settled: Mapping[int, int]) -> None:
        """Find the modes that a cycle can be in which puts no promise off, and leave out those that lead to none: of
        modes that come back to each other, one at least has each promise settled where some letter is."""
        promised = (1 << self.promises) - 1
        pairs = [(mode, other) for mode in after for other in range(self.count) if after[mode] >> other & 1]
        for part in components(pairs):
            if reduce(or_, (settled[mode] for mode in part)) == promised:
                self.lasting |= sum(1 << mode for mode in part)
        useful = self.lasting
        while more := sum(1 << mode for mode in after if after[mode] & useful and not useful >> mode & 1):
            useful |= more
        for row in self._rows.values():
            row[0], row[1] = signed(row[0] & useful), signed(row[1] & useful)

    @property
    def log(self) -> int:
        """The logarithm of how many modes there is room for in a set."""
        return max(0, self.count - 1).bit_length()

    def address_of(self, letter: int) -> int:
        """Where what the automaton does at a letter stands."""
        return ctypes.addressof(self._rows[letter])

    def begin(self, letter: int) -> int:
        """The modes in which the formula is true at a letter: a bit for each."""
        return self._rows[letter][1] & (1 << 64) - 1

    def follow(self, letter: int, mode: int) -> int:
        """The modes that may follow a mode, where that letter is."""
        return self._rows[letter][2 + 2 * mode] & (1 << 64) - 1

    def settled(self, letter: int, mode: int) -> tuple[int, ...]:
        """The promises that are settled in a mode, where that letter is, by their numbers."""
        kept = self._rows[letter][3 + 2 * mode]
        return tuple(number for number in range(self.promises) if kept >> number & 1)
