"""Lemmas, and properties that see where a process stands and what its locals hold."""

from __future__ import annotations

import textwrap

import pytest

from checker.check import check, engine, select
from checker.engine import Exhausted, Task, Unknown, Violated
from checker.lang import ir
from checker.lang.ir import PropertyKind
from checker.semantics import Interpreter
from tests.lang.support import named, problems, program, reachable

WALKERS = """
class M(Model):
    G = Range(2)
    x = Var(Range(4))

    @process(G)
    def walker(self, g: G):
        old = self.x
        yield "read"
        self.x = (old + 1) % 4
        brief = 1
        yield from self.rest(old, brief)
        yield "last"
        self.x = 1

    def rest(self, old: Range(4), spare: Range(4)):
        yield "in"
        require(old <= spare or self.x > 0)
        yield "in"
        self.x = 0
"""


def _with(text: str, source: str = WALKERS) -> str:
    return source + textwrap.indent(textwrap.dedent(text), "    ")


def _judged(made: ir.Program, name: str) -> set[tuple[str, bool]]:
    """Where the first walker stands, and what the property says there."""
    interpreter = Interpreter(made)
    return {(named(made, state)["walker.point"][0], interpreter.holds(name, state)) for state in reachable(made)}


def test_a_property_sees_where_a_process_stands() -> None:
    made = program(_with("@sometimes\ndef p(self):\n    return self.walker[0].at('read', 'last')\n"))
    found = _judged(made, "p")
    assert {point for point, holds in found if holds} == {"read", "last"}
    assert ("start", False) in found


def test_a_name_given_to_several_yields_means_each_of_them() -> None:
    made = program(_with("@sometimes\ndef p(self):\n    return self.walker[0].at('in')\n"))
    assert {point for point, holds in _judged(made, "p") if holds} == {"in", "in 2"}


def test_a_property_sees_locals_and_those_of_a_helper() -> None:
    text = """
        @always
        def p(self):
            return all(
                not self.walker[g].at("in") or self.walker[g].rest.old == self.walker[g].rest.old for g in self.G
            )

        @sometimes
        def q(self):
            return self.walker[1].old == 3
        """
    made = program(_with(text))
    interpreter = Interpreter(made)
    for state in reachable(made):
        assert interpreter.holds("q", state) == (named(made, state)["walker.old"][1] == 3)


def test_to_look_at_a_process_does_not_keep_its_locals_alive() -> None:
    plain = len(reachable(program(WALKERS)))
    assert len(reachable(program(_with("@sometimes\ndef q(self):\n    return self.walker[1].old == 3\n")))) == plain


def test_a_process_without_an_index() -> None:
    source = """
        class M(Model):
            x = Var(Range(4))

            @process
            def only(self):
                kept = choose(Range(4))
                yield "there"
                self.x = kept

            @always
            def p(self):
                return not self.only.at("there") or self.only.kept < 4
        """
    made = program(source)
    assert all(Interpreter(made).holds("p", state) for state in reachable(made))


@pytest.mark.parametrize(
    ("expression", "said", "remedy"),
    [
        ("self.walker[0].at('inn')", "process 'walker' stops at no 'inn'", "Did you mean 'in'?"),
        ("self.walker[0].at()", "at() takes the names of control points", 'Write `.at("stored")`.'),
        ("self.walker[0].at(1)", "a control point is named by its text", 'Write `.at("stored")`.'),
        ("self.walker.at('in')", "process 'walker' has an index", "Write `self.walker[g]`."),
        ("self.walker[0].olt == 1", "process 'walker' keeps no 'olt'", "Did you mean 'old'?"),
        (
            "self.walker[0].brief == 1",
            "process 'walker' needs 'brief' within steps only: no state keeps it",
            "Keep it in a variable of the model.",
        ),
        (
            "self.walker[0] == 1",
            "'walker' is a process, not a value",
            'A property can ask where it stands, `.at("...")`, and what its locals hold, `.name`.',
        ),
    ],
)
def test_what_a_property_cannot_see(expression: str, said: str, remedy: str) -> None:
    (problem,) = problems(_with(f"@always\ndef p(self):\n    return {expression}\n"))
    assert (problem.problem, problem.remedy) == (said, remedy)
    assert problem.code in ("E212", "E213")


def test_a_step_cannot_see_another_process() -> None:
    (problem,) = problems(_with("@action\ndef step(self):\n    require(self.walker[0].at('in'))\n"))
    assert problem.problem == "a step cannot see where the process 'walker' stands, nor its locals"
    assert problem.remedy == "Keep in a variable what other steps need to know."


LEMMAS = """
class M(Model):
    S = SetOf(Range(2))
    x = Var(Range(3))

    @action
    def up(self):
        require(self.x < 2)
        self.x += 1

    @final
    def over(self):
        return self.x == 2

    @always
    def small(self):
        return self.x < 3

    @lemma
    def sets_are_small(self, s: SetOf(Range(2))):
        return len(s) <= 2

    @lemma
    def sets_are_not_full(self, s: SetOf(Range(2))):
        return len(s) < 2 or self.x < 2

    @lemma
    def low(self):
        return self.x < 2
"""


def test_lemmas_are_left_out_unless_named() -> None:
    made = program(LEMMAS)
    assert [judged.name for judged in made.properties if judged.kind is PropertyKind.LEMMA] == [
        "sets_are_small",
        "sets_are_not_full",
        "low",
    ]
    assert select(made) == ("small", "no_deadlock", "no_failure")
    assert select(made, ["low"]) == ("low", "no_failure")


def test_a_lemma_with_parameters_must_hold_for_all_their_values() -> None:
    made = program(LEMMAS)
    names = ("sets_are_small", "sets_are_not_full", "low", "no_failure")
    verdicts = check(Task(made, names, keep_going=True), engine("reference")).verdicts
    assert verdicts["sets_are_small"] == Exhausted(3)
    assert all(isinstance(verdicts[name], Violated) for name in ("sets_are_not_full", "low"))


def test_compiled_code_checks_lemmas_without_parameters() -> None:
    task = Task(program(LEMMAS), ("sets_are_small", "low", "no_failure"), keep_going=True)
    verdicts = check(task, engine("explicit")).verdicts
    reason = "a lemma with parameters: the engines reference, bmc and induction check it"
    assert verdicts["sets_are_small"] == Unknown(reason)
    assert isinstance(verdicts["low"], Violated) and len(verdicts["low"].trace) == 3


def test_only_a_lemma_may_have_parameters() -> None:
    (problem,) = problems(LEMMAS + "\n    @always\n    def bad(self, s: Range(2)):\n        return s < 2\n")
    assert problem.code == "E206"
