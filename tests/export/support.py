"""A model with every type, and how many states the interpreter has, for all languages of `evacheck export`."""

from __future__ import annotations

from checker.engines.symbolic import values
from checker.export.commands import Exported
from checker.ir.nodes import Program
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
    always_eventually,
    choose,
    constraint,
    eventually,
    eventually_always,
    final,
    implies,
    leads_to,
    process,
    require,
    sometimes,
    step,
    temporal,
    until,
)
from checker.semantics import Interpreter, State, StepFailed
from checker.semantics.explore import explore


class Everything(Model):
    """Every type, numbers below zero, a failure, a deadlock that is right, and names that Promela has for itself."""

    size = Param(2)
    T = Range(size, symmetric=True)
    Cell = Record(low=Range(-3, 4), owner=Opt(T))
    active = Var(Array(T, Bool))
    chan = Var(SetOf(Range(2, 4)))
    queue = Var(Seq(Range(-1, 1), 2))
    cells = Var(Array(Range(2), Cell))
    turn = Var(Range(-2, 2))
    over = Var(Bool)

    def init(self):
        self.turn = choose(Range(-1, 0))

    @action
    def take(self, t: T):
        require(not self.active[t])
        self.active[t] = True
        self.cells[0] = self.Cell(low=self.turn * 2 - 1, owner=t)
        self.chan.add(choose(Range(2, 4)))
        require(len(self.chan) < 3)

    @action
    def swap(self):
        require(self.cells[0] != self.cells[1])
        self.cells[0], self.cells[1] = self.cells[1], self.cells[0]
        self.queue.append(self.cells[0].low // 4)

    @process
    def turns(self):
        yield "waits"
        require(any(self.active))
        for n in range(2):
            self.turn = -self.turn // 2 if n == 1 else abs(self.turn) % 2
        self.over = self.turn == 0

    @always
    def low(self):
        return all(self.cells[n].low < 1 for n in range(2))

    @always
    def turned(self):
        return not self.over or self.turn == 0

    @sometimes
    def full(self):
        return len(self.queue) == 2 and self.chan == {2, 4}

    @sometimes
    def four(self):
        return self.turn == 2

    @final
    def ended(self):
        return self.over


class CutOff(Model):
    """One state beyond the constraint; what is false there is judged, and nothing that it could do is done."""

    n = Var(Range(0, 9))

    @action
    def up(self):
        self.n += 1

    @action
    def back(self):
        require(self.n % 2 == 1)
        self.n -= 1

    @constraint
    def small(self):
        return self.n < 4

    @always
    def at_most_three(self):
        return self.n <= 3

    @always
    def at_most_four(self):
        return self.n <= 4


class Rounds(Model):
    """Two workers take turns at a light, and a third thing may put it out."""

    last = Param(2)

    Worker = Range(2)
    at = Var(Array(Worker, Range(0, last)))
    n = Var(Range(0, last))

    @process(Worker)
    def worker(self, w):
        while True:
            require(self.at[w] < self.last)
            self.at[w] += 1
            yield "rests"

    @action(fair="strong")
    def up(self):
        require(self.n < self.last)
        self.n += 1

    @action
    def down(self):
        require(self.n > 0)
        self.n -= 1

    @step
    def never_back(self, before):
        return all(self.at[w] >= before.at[w] for w in self.Worker)

    @step
    def only_up(self, before):
        return self.n >= before.n

    @eventually
    def first_done(self):
        return self.at[0] == self.last

    @leads_to
    def goes_on(self, w: Worker):
        return self.at[w] == 0, self.at[w] > 0

    @always_eventually
    def is_up(self):
        return self.n > 0

    @eventually_always
    def stays_up(self):
        return self.n > 0

    @temporal
    def mixed(self):
        return implies(always_eventually(self.n == 0), always_eventually(self.n != 0) and eventually(self.at[1] == 1))

    @temporal
    def not_first(self):
        return until(self.n == 0, self.at[0] == self.last)


class Dim(Rounds):
    """The light fails sometimes, and what is said of the workers has no value at first."""

    @action
    def glare(self):
        self.n += 1

    @step
    def divides(self, before):
        return self.last // self.n <= before.n

    @eventually
    def half(self):
        return self.last // self.n == 1


def stated(program: Program) -> int:
    """How many states the interpreter has, members of symmetric types told apart; with those beyond a constraint."""
    return sum(each.new for each in explore(Interpreter(program)))


def stated_within(program: Program) -> int:
    """The same without those beyond a constraint."""
    interpreter = Interpreter(program)
    found = (each.transition.state for each in explore(interpreter) if each.new)
    return sum(state is not None and interpreter.within(state) for state in found)


def as_leaves(program: Program, found: Exported, state: State) -> tuple[int, ...]:
    """A state of the interpreter as the values of the leaves."""
    known: dict[str, int] = {}
    for declared, value in zip(program.variables, state, strict=True):
        free = values.free(declared.type, declared.name)
        for leaf, term in values.bound(free, values.constant(declared.type, value)):
            text = str(term)
            known[leaf.decl().name()] = int(text) if text.isdigit() else int(text == "True")
    return tuple(known[leaf.name] for leaf in found.leaves)


def holds(interpreter: Interpreter, name: str, state: State) -> bool:
    """Whether a property is true; false where it has no value."""
    try:
        return interpreter.holds(name, state)
    except StepFailed:
        return False
