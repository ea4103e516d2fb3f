"""What @event and `crash` make of a program; what is said of mistakes with them stands in `messages/`."""

from __future__ import annotations

from checker.check import check, engine, select
from checker.contract.task import Task
from checker.contract.verdict import Violated
from checker.frontend.compile import compile_program
from checker.ir.nodes import Role
from tests.frontend.support import model, program

HEAD = """
class M(Model):
    T = Range(2)
    x = Var(Range(4))
"""


def test_an_override_is_the_event_that_it_overrides_and_the_program_is_the_same() -> None:
    text = """
    {mark}
    def put(self, v: Range(4)):
        self.x = v
    @action
    def step(self):
        self.put(1)
"""
    plain, told = program(HEAD + text.format(mark="")), program(HEAD + text.format(mark='@event("{v} is put")'))
    assert told.functions["put"].event == "{v} is put" and plain.functions["put"].event is None
    assert told.actions == plain.actions and told.functions == plain.functions
    variant = (
        HEAD + text.format(mark="@event") + "class N(M):\n    def put(self, v: Range(4)):\n        super().put(v)\n"
    )
    functions = program(variant).functions
    assert [functions[name].event for name in ("put", "put'2")] in (["", None], [None, ""])


def test_a_crash_keeps_variables_and_may_be_of_interchangeable_processes() -> None:
    text = """
class M(Model):
    T = Range(2, symmetric=True)
    seen = Var(SetOf(T))
    @process(T, crash=True)
    def p(self, t):
        other = choose(self.T)
        yield "chose"
        self.seen.add(other)
        yield "added"
        self.seen.discard(other)
"""
    made = compile_program(model(text)())
    (crash,) = made.actions
    assert (crash.name, crash.crash_of) == ("p_crashes", "p")
    assert any(declared.role is Role.LOCAL for declared in made.variables)
    counts = {
        (outcome.stats.distinct, outcome.stats.generated)
        for outcome in (check(Task(made, select(made)), engine(name)) for name in ("reference", "explicit"))
    }
    assert len(counts) == 1


def test_nobody_has_to_crash_because_it_may() -> None:
    """A process that waits for what never comes can go on, if a crash counts as going on: but it is owed nothing."""
    made = program("""
class M(Model):
    came = Var(Bool)
    crashed = Var(Bool)
    def down(self):
        require(not self.crashed)
        self.crashed = True
    @process(crash="down", fair="strong")
    def p(self):
        yield "waits"
        require(self.came)
    @eventually
    def crashes(self):
        return self.crashed
""")
    verdict = check(Task(made, select(made, ["crashes"])), engine("reference")).verdicts["crashes"]
    assert isinstance(verdict, Violated) and len(verdict.trace) == 2
