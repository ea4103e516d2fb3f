"""Models for the tests of traces, pictures and the command: one variable of every type, and every way to go wrong."""

from __future__ import annotations

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Model,
    Opt,
    Param,
    Range,
    Record,
    Seq,
    SetOf,
    Var,
    action,
    always,
    choose,
    eventually,
    final,
    process,
    rank,
    require,
    sometimes,
    temporal,
    until,
)


class Tool(Enum):
    """A name that another enum has too."""

    SAW = "saw"
    NONE = "none"


class Wood(Enum):
    OAK = "oak"
    NONE = "nothing"


class Workshop(Model):
    """Two joiners build tables out of every type of the language."""

    joiners = Param(2, Range(1, 3))
    tool = Param(Tool.SAW)

    Joiner = Range(joiners)
    Job = Record(wood=Wood, size=Range(1, 3))

    bench = Var(Array(Joiner, Opt(Wood)))
    job = Var(Job)
    drawer = Var(SetOf(Tool))
    queue = Var(Seq(Range(1, 3), 3))
    grid = Var(Array(Wood, Array(Bool, Range(-2, 2))))
    open = Var(Bool)

    def init(self):
        self.job = self.Job(wood=choose(Wood), size=1)
        require(self.job.wood == Wood.NONE)

    @action
    def order(self, size: Range(1, 3)):
        require(len(self.queue) < 2)
        self.queue.append(size)

    @action
    def tidy(self):
        require(not self.open)
        self.drawer.add(choose(Tool))
        self.grid[Wood.OAK][True] = -2
        self.open = True

    @process(Joiner)
    def joiner(self, j):
        while True:
            require(self.bench[j] is None)
            wood = choose(Wood)
            yield "measured"
            self.bench[j] = wood
            yield "sawn"
            self.bench[j] = None

    @always
    def benches_do_not_match(self):
        """No two joiners saw oak at once."""
        return sum(1 for j in self.Joiner if self.bench[j] == Wood.OAK) < 2

    @sometimes
    def drawer_is_used(self):
        return len(self.drawer) > 0


class Overflows(Model):
    """Stores four where three is the most."""

    n = Var(Range(0, 3))

    @action
    def up(self):
        self.n += 1


class Stuck(Model):
    """Waits for ever for what never comes."""

    ready = Var(Bool)

    @process
    def waits(self):
        yield "waiting"
        require(self.ready)

    @sometimes
    def gets_there(self):
        return self.ready


class Uneven(Model):
    """Divides by zero in the third state."""

    n = Var(Range(0, 3))

    @action
    def up(self):
        require(self.n < 3)
        self.n += 1 + 0 * (4 // (2 - self.n))


class Fine(Model):
    """Has nothing wrong with it."""

    n = Var(Range(0, 3))

    @action
    def turn(self):
        self.n = (self.n + 1) % 4

    @sometimes
    def gets_to_three(self):
        return self.n == 3


class Ends(Model):
    """Counts down to 0, and stays there."""

    left = Var(Range(4))

    def init(self):
        self.left = 3

    @process
    def worker(self):
        while True:
            require(self.left > 0)
            self.left -= 1
            yield "works"

    @final
    def is_over(self):
        return self.left == 0

    @eventually
    def comes(self):
        """It comes to an end."""
        return self.left == 0

    @rank("comes")
    def how_much(self):
        return self.left

    @temporal
    def in_turn(self):
        """It is not over before it is nearly so."""
        return until(self.left > 1, self.left == 1)
