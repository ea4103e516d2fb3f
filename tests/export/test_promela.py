"""What Spin makes of exported models: the states that the interpreter has, and the same verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.wording import Status, status
from checker.errors import UsageError
from checker.export.commands import exported
from checker.export.promela import promela
from checker.frontend.load import compile_model, load
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
    choose,
    constraint,
    final,
    process,
    require,
    sometimes,
)
from checker.semantics import Interpreter
from checker.semantics.explore import explore
from tests.support.spin import THERE, Said, spin

needs_spin = pytest.mark.skipif(not THERE, reason="spin and gcc are not installed: `apt install spin gcc` brings them")


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


def stated(program: Program) -> int:
    """How many states the interpreter has, members of symmetric types told apart."""
    return sum(each.new for each in explore(Interpreter(program)))


@needs_spin
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("spec.classics.two_phase:TwoPhaseSymmetric", {"managers": 3}),
        ("spec.classics.alternating_bit:AlternatingBit", {}),
        ("spec.gc.marking:Marking", {"objects": 1, "goroutines": 1}),
    ],
)
def test_spin_has_the_states_that_the_interpreter_has(name: str, parameters: dict[str, int], tmp_path: Path) -> None:
    program = compile_model(load(name), parameters)
    assert spin(tmp_path, promela(exported(program), name), count=True).states == stated(program) + 1


def asked(found: Said, name: str) -> bool:
    """Whether Spin has something to say against a property."""
    return found.stuck if name == NO_DEADLOCK else found.violated


@needs_spin
@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Everything, ()),
        ("spec.classics.peterson:PetersonGivesWayFirst", ("mutual_exclusion",)),
        ("spec.classics.philosophers:Philosophers", (NO_DEADLOCK,)),
    ],
)
def test_spin_has_the_same_verdicts(model: type[Model] | str, names: tuple[str, ...], tmp_path: Path) -> None:
    program = compile_model(load(model) if isinstance(model, str) else model, {})
    found = exported(program)
    text = promela(found, program.model)
    task = Task(program, select(program, names), Budget(), keep_going=True)
    outcome = check(task, engine("reference"))
    happens = {claim.name: claim.happens for claim in found.claims}
    for name in names or outcome.verdicts:
        verdict = outcome.verdicts[name]
        bad = status(name, verdict) is not Status.AS_EXPECTED
        if name == NO_FAILURE:
            said = spin(tmp_path, text, "FAILURES")
        elif name == NO_DEADLOCK:
            said = spin(tmp_path, text)
        else:
            said = spin(tmp_path, text, f"PROPERTY={'!' if happens[name] else ''}{name.replace('full', 'full_')}")
        assert asked(said, name) is (bad != happens.get(name, False)), name
    assert spin(tmp_path, text, count=True).states == stated(program) + 1


class Small(Model):
    n = Var(Range(0, 3))
    wide = Var(Range(0, 1 << 31))

    @action
    def up(self):
        require(self.n < 3)
        self.n += 1


class Kept(Small):
    wide = None

    @constraint
    def small(self):
        return self.n < 3


class Choosy(Model):
    n = Var(Range(0, 40_000))

    @action
    def pick(self):
        self.n = choose(Range(0, 40_000))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Small, "a number takes more than 30 bits\n    Give smaller bounds"),
        (Kept, "cut off by the @constraint 'small'\n    .*leave it out in a subclass, `NAME = None`"),
        (Choosy, "pick has 40,001 combinations of arguments and choices\n    .*give smaller parameters"),
    ],
)
def test_what_has_no_form_is_refused_with_a_remedy(model: type[Model], said: str) -> None:
    with pytest.raises(UsageError, match=f"U034 .*{said}"):
        exported(compile_model(model, {}))


def test_the_text_reads_like_the_model() -> None:
    text = promela(exported(compile_model(load("spec.classics.diehard:DieHard"), {})), "diehard.py:DieHard")
    assert "\n#define big_is_not_4 !(big == 4)\n" in text
    assert "  /* big_to_small */\n  :: d_step { " in text
    assert "\nbyte small;\nbyte big;\n" in text
    text = promela(exported(compile_model(Everything, {})), "Everything")
    assert "bool active_[2];" in text and "bool chan_[3];" in text and "short turn;" in text
    assert "   Not here: fairness.\n" in text
