"""Small models that between them use every shape of value and every construct that compiled code treats specially."""

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
    final,
    process,
    require,
    sometimes,
)


class Colour(Enum):
    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Shapes(Model):
    """Records in arrays and sequences, optional records, replaced, compared, copied."""

    Slot = Range(2)
    Cell = Record(colour=Colour, count=Range(3), link=Opt(Range(2)))

    cells = Var(Array(Slot, Cell))
    queue = Var(Seq(Cell, 2))
    held = Var(Opt(Cell))
    seen = Var(SetOf(Colour))

    def paint(self, cell: Cell, colour: Colour):
        return cell._replace(colour=colour)

    @action
    def grow(self, i: Slot):
        require(self.cells[i].count < 2)
        self.cells[i].count += 1
        self.cells[i].link = choose({None, i})

    @action
    def put(self, i: Slot):
        require(len(self.queue) < 2 and self.cells[i].count > 0)
        self.queue.append(self.paint(self.cells[i], choose(Colour)))
        self.cells[i].count = 0

    @action
    def take(self):
        require(len(self.queue) > 0 and self.held is None)
        cell = self.queue.pop(0)
        self.held = cell
        self.seen.add(cell.colour)

    @action
    def drop(self):
        require(self.held is not None)
        require(not any(cell == self.held for cell in self.queue))
        self.held = None

    @always
    def sane(self):
        return len(self.queue) <= 2 and (self.held is None or self.held.colour in self.seen)

    @sometimes
    def twins(self):
        return self.cells[0] == self.cells[1] and self.cells[0].count == 2

    @sometimes
    def all_colours(self):
        return len(self.seen) == 3


class Numbers(Model):
    """Arithmetic over ranges that do not start at 0, floor division, shifts, min and max, sums, stores that may not
    fit."""

    Small = Range(-3, 4)

    a = Var(Small)
    b = Var(Opt(Range(2, 5)))
    total = Var(Range(0, 20))

    @action
    def mix(self, k: Range(1, 3)):
        self.a = max(-3, min(4, (self.a * k - 5) // 2 + abs(self.a) % 3))
        self.b = choose({None, 2 + k})

    @action
    def add(self):
        require(self.b is not None)
        self.total = (self.total + self.b + (1 << (self.b - 2))) % 21

    @action
    def fold(self):
        self.a = min(x - 4 for x in range(1, 8) if x % 3 == self.total % 3)
        self.total = sum(x for x in range(6, 0, -2) if x != self.a)

    @action
    def risk(self):
        require(self.total == 20)
        self.a = self.a + 1

    @always
    def in_range(self):
        return -3 <= self.a <= 4 and self.total >= 0

    @sometimes
    def b_is_five(self):
        return self.b == 5


class Crowd(Model):
    """Sets of more than 62 possible members, of records, and of sets converted from one item type to another."""

    Wide = Range(70)
    Pair = Record(x=Range(9), y=Range(8))

    wide = Var(SetOf(Wide))
    pairs = Var(SetOf(Pair))
    few = Var(SetOf(Range(3, 6)))

    @action
    def insert(self):
        require(len(self.wide) < 3)
        last = choose({0, 33, 61, 62, 69})
        self.wide.add(last)
        self.few.add(3 + last % 4)

    @action
    def pair(self):
        require(len(self.pairs) < 2 and len(self.wide) > 0)
        w = choose(self.wide)
        self.pairs.add(self.Pair(x=w % 9, y=w // 9))

    @action
    def clear(self):
        w = choose({x for x in self.wide if x > 60})
        self.wide = {x for x in self.wide if x != w} - {33}
        self.pairs = {p for p in self.pairs if p.x != w % 9}

    @always
    def counted(self):
        return len(self.pairs) <= 2 and (self.few <= {3, 4, 5, 6})

    @sometimes
    def spread(self):
        return {0, 69} <= self.wide and any(p.y == 7 for p in self.pairs)


class Looping(Model):
    """Loops with break and continue, nested, and a process that loops between yields."""

    n = Param(3, Range(1, 6))
    Index = Range(n)

    cells = Var(Array(Index, Range(4)))
    found = Var(Opt(Index))
    turns = Var(Range(5))

    def first_above(self, limit: Range(4)):
        for i in self.Index:
            if self.cells[i] == 0:
                continue
            if self.cells[i] > limit:
                return i
        return None

    @process
    def worker(self):
        while self.turns < 4:
            i = choose(self.Index)
            k: Range(3) = 0
            while k < 2:
                if self.cells[i] == 3:
                    break
                self.cells[i] += 1
                k += 1
                if k == 1:
                    yield "half"
            self.found = self.first_above(choose(Range(3)))
            self.turns += 1
            yield "full"

    @always
    def found_is_above(self):
        return self.found is None or self.cells[self.found] > 0

    @sometimes
    def nothing_found(self):
        return self.turns == 4 and self.found is None


class Failing(Model):
    """A step that stores outside its type, one that breaks an assert, an index outside its sequence."""

    x = Var(Range(4))
    q = Var(Seq(Range(4), 3))

    @action
    def step(self):
        self.x = self.x + 1

    @action
    def push(self):
        require(len(self.q) < 3)
        self.q.append(self.x)

    @action
    def look(self, i: Range(3)):
        require(self.x == 2)
        assert self.q[i] != 2, "two was pushed"

    @always
    def first_is_not_three(self):
        return self.q[0] != 3


class Symmetric(Model):
    """Interchangeable members as values, indices, in sets, sequences and records, and in locals of a process."""

    nodes = Param(2, Range(1, 6))
    Node = Range(nodes, symmetric=True)
    Note = Record(sender=Opt(Node), urgent=Bool)

    owner = Var(Opt(Node))
    boss = Var(Array(Node, Opt(Node)))
    line = Var(Seq(Node, 2))
    notes = Var(Array(Node, Note))
    awake = Var(SetOf(Node))

    @process(Node)
    def node(self, me: Node):
        while True:
            friend = choose(self.Node)
            self.awake.add(me)
            yield "greeting"
            require(friend != me)
            self.boss[me] = friend
            self.notes[friend] = self.Note(sender=me, urgent=friend in self.awake)
            yield "rest"

    @action
    def join(self, n: Node):
        require(len(self.line) < 2 and n in self.awake)
        self.line.append(n)

    @action
    def lead(self):
        require(len(self.line) == 2)
        self.owner = self.line.pop(0)
        self.awake.discard(self.owner)

    @always
    def nobody_is_their_own_boss(self):
        return all(self.boss[n] != n for n in self.Node)

    @sometimes
    def a_ring(self):
        return all(self.boss[n] is not None for n in self.Node) and self.owner is not None


class Stuck(Model):
    """Deadlock, and a state in which it is right that nothing happens."""

    level = Var(Range(4))

    @action
    def climb(self):
        require(self.level < 3)
        self.level = choose({self.level + 1, 3})

    @final
    def top(self):
        return self.level == 3 and 6 // (self.level - 3) > 0


class Lines(Model):
    """More than one word of state, sequences of sequences and long arrays, an optional set, arrays indexed by Opt."""

    Rank = Range(5)

    long = Var(Array(Range(20), Range(3)))
    grid = Var(Array(Range(2), Seq(Range(-2, 2), 3)))
    chosen = Var(Opt(SetOf(Rank)))
    slots = Var(Array(Opt(Range(2)), Bool))
    rows = Var(Array(Range(2), Array(Range(2), Colour)))

    @action
    def write(self, i: Range(2)):
        require(len(self.grid[i]) < 2)
        self.grid[i].append(choose({-2, 2}))
        self.long[19 - i] = len(self.grid[i])

    @action
    def swap(self):
        require(len(self.grid[0]) == 1)
        self.grid = (self.grid[1], self.grid[0])
        self.rows = (self.rows[1], (Colour.GREEN, self.rows[0][0]))

    @action
    def pick(self):
        if self.chosen is None:
            self.chosen = {x for x in self.Rank if x % 2 == len(self.grid[1]) % 2}
        else:
            self.chosen = None
        key = choose({None, 0, 1})
        self.slots[key] = not self.slots[key]

    @action
    def last(self, i: Range(2)):
        require(len(self.grid[i]) > 0)
        require(self.grid[i][-1] > 0 and self.grid[i][0] != 0)
        self.grid[i].pop()

    @always
    def last_is_allowed(self):
        return all(sum(x for x in row) <= 4 for row in self.grid)

    @sometimes
    def all_slots(self):
        return all(self.slots[k] for k in (None, 0, 1)) and self.rows[0][0] == Colour.GREEN
