"""Decide whether missionaries and cannibals can all cross the river. Does not tell people of one kind apart.

The puzzle of Amarel, On Representations of Problems of Reasoning about Actions (1968).
"""

from enum import Enum

from checker.lang import Array, Cell, Model, Param, Picture, Range, Var, action, always, require, sometimes


class Bank(Enum):
    """The two sides of the river."""

    EAST = "east"
    WEST = "west"


class Crossing(Model):
    """All start on the east bank; on no bank may missionaries be outnumbered, and the boat never crosses empty."""

    people = Param(3, Range(1, 32))  # of each kind
    seats = Param(2, Range(1, 32))

    Crowd = Range(0, people)
    Passengers = Range(0, seats)

    boat = Var(Bank)
    missionaries = Var(Array(Bank, Crowd))
    cannibals = Var(Array(Bank, Crowd))

    def init(self):
        self.boat = Bank.EAST
        self.missionaries[Bank.EAST] = self.people
        self.cannibals[Bank.EAST] = self.people

    def safe(self, bank: Bank):
        """The missionaries on `bank`, if any, are not outnumbered."""
        return self.missionaries[bank] == 0 or self.missionaries[bank] >= self.cannibals[bank]

    @action
    def cross(self, missionaries: Passengers, cannibals: Passengers):
        here = self.boat
        there = Bank.WEST if here == Bank.EAST else Bank.EAST
        require(1 <= missionaries + cannibals <= self.seats)
        require(missionaries <= self.missionaries[here] and cannibals <= self.cannibals[here])
        self.missionaries[here] -= missionaries
        self.missionaries[there] += missionaries
        self.cannibals[here] -= cannibals
        self.cannibals[there] += cannibals
        self.boat = there
        require(self.safe(here) and self.safe(there))

    @always
    def nobody_is_lost(self):
        """As many people are on the two banks as there were at the start."""
        return (
            self.missionaries[Bank.EAST] + self.missionaries[Bank.WEST] == self.people
            and self.cannibals[Bank.EAST] + self.cannibals[Bank.WEST] == self.people
        )

    @always
    def nobody_is_eaten(self):
        """On no bank are missionaries outnumbered: those there, if any, are as many as the cannibals or more."""
        return not any(0 < self.missionaries[bank] < self.cannibals[bank] for bank in Bank)

    @sometimes
    def everyone_has_crossed(self):
        """All can reach the west bank; the shortest trace is the puzzle's solution."""
        return self.missionaries[Bank.WEST] == self.people and self.cannibals[Bank.WEST] == self.people

    def picture(self):
        picture = Picture(arrange="row", align="middle", gap=26)
        for bank in Bank:
            if bank == Bank.WEST:
                river = picture.group("river", "river", arrange="row", framed=True, gap=60)
                for side in Bank:
                    here = self.boat == side
                    river.node(
                        ("boat", side),
                        "boat" if here else "",
                        shape="pill",
                        colour="amber" if here else "quiet",
                        dashed=not here,
                    )
            shore = picture.group(bank, f"{bank.value} bank", arrange="column", framed=True, gap=10)
            for name, number, colour in (
                ("M", self.missionaries[bank], "blue"),
                ("C", self.cannibals[bank], "amber"),
            ):
                people = [
                    Cell(name, "", colour) if n < number else Cell("", "", "quiet", True) for n in range(self.people)
                ]
                shore.cells((bank, name), people)
        return picture
