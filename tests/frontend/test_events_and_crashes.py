"""What @event and `crash` take, and what is said of what they do not."""

from __future__ import annotations

import pytest

from checker.check import check, engine, select
from checker.contract.task import Task
from checker.contract.verdict import Violated
from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.ir.nodes import Role
from tests.frontend.support import model, program, said

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


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '    @event("{w} is put")\n    def put(self, v: Range(4)):\n        self.x = v\n'
            "    @action\n    def step(self):\n        self.put(1)\n",
            "model.py:5:5: E206 the text of the event 'put' names 'w'\n    It may name v, result.",
        ),
        (
            '    @event("{v is put")\n    def put(self, v: Range(4)):\n        self.x = v\n'
            "    @action\n    def step(self):\n        self.put(1)\n",
            "model.py:5:5: E206 the text of the event 'put' has a brace too many\n"
            "    Write {name} for a parameter, and {{ for a brace.",
        ),
        (
            '    @process(T, crash="down")\n    def p(self, t):\n        yield "a"\n        self.x = 1\n',
            "model.py:5:5: E206 'down', which `crash` names, is no helper of the model\n    Name one without a mark.",
        ),
        (
            '    def down(self):\n        self.x = 0\n    @process(T, crash="down")\n    def p(self, t):\n'
            '        yield "a"\n        self.x = 1\n',
            "model.py:4:5: E206 'down' does not take one parameter, a Range(2), which 'p' is told apart by\n"
            "    Let it take what the process takes.",
        ),
        (
            '    def down(self, t):\n        yield "d"\n    @process(T, crash="down")\n    def p(self, t):\n'
            '        yield "a"\n        self.x = 1\n',
            "model.py:4:5: E205 'down' yields, and a crash is one step\n    Leave the yield out.",
        ),
        (
            "    def p_crashes(self):\n        pass\n    @process(T, crash=True)\n    def p(self, t):\n"
            '        yield "a"\n        self.x = 1\n',
            "model.py:7:5: E206 the crashes of 'p' are called 'p_crashes', and so is a method\n"
            "    Give the method another name.",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_remedy(text: str, message: str) -> None:
    assert said(HEAD.strip("\n") + "\n" + text) == message


@pytest.mark.parametrize("given", ["0", "None", '"two words"'])
def test_crash_takes_a_truth_value_or_a_name(given: str) -> None:
    with pytest.raises(ModelError, match="E206 `crash` of @process is"):
        model(HEAD + f'    @process(T, crash={given})\n    def p(self, t):\n        yield "a"\n')


def test_an_event_that_yields_is_refused() -> None:
    text = '    @event\n    def put(self):\n        yield "b"\n'
    text += "    @process\n    def p(self):\n        yield from self.put()\n"
    assert "an event is one moment" in said(HEAD + text)


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
