"""Lemmas, and properties that see where a process stands and what its locals hold."""

from __future__ import annotations

import textwrap

import pytest

from checker.check import check, engine, select
from checker.contract.task import Task
from checker.contract.verdict import Exhausted, Sampled, Unknown, Violated
from checker.ir import nodes as ir
from checker.ir.points import confused
from checker.ir.property_kind import PropertyKind
from checker.semantics import Interpreter
from tests.frontend.support import named, problems, program, reachable

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
    assert {point for point, holds in _judged(made, "p") if holds} == {"in", "in#2"}


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
        ("self.walker[0].at('inn')", "process 'walker' stops at no 'inn'", "Did you mean `in`?"),
        ("self.walker[0].at()", "at() takes the names of control points", 'Write `.at("stored")`.'),
        ("self.walker[0].at(1)", "a control point is named by its text", 'Write `.at("stored")`.'),
        ("self.walker.at('in')", "process 'walker' has an index", "Write `self.walker[g]`."),
        ("self.walker[0].olt == 1", "process 'walker' keeps no 'olt'", "Did you mean `old`?"),
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


FAILING_LEMMA = """
class Drawn(Model):
    x = Var(Range(4))

    def init(self):
        self.x = 0

    @action
    def up(self):
        require(self.x < 3)
        self.x += 1

    @lemma
    def divides(self, by: Range({least}, 3)):
        return self.x // by <= 3
"""


@pytest.mark.parametrize("name", ["explicit", "walk"])
def test_nothing_fails_is_not_said_where_a_lemma_that_may_fail_was_left_out(name: str) -> None:
    asked = ("divides", "no_failure")
    fails, never = (program(FAILING_LEMMA.replace("{least}", str(least))) for least in (0, 1))
    seen = check(Task(fails, asked, keep_going=True), engine("reference")).verdicts
    assert isinstance(seen["no_failure"], Violated)
    left = check(Task(fails, asked, keep_going=True), engine(name)).verdicts["no_failure"]
    assert isinstance(left, Unknown) and left.reason.startswith("nothing else fails; divides, with parameters, might: ")
    assert check(Task(never, asked), engine("reference")).verdicts["no_failure"] == Exhausted(4)
    assert isinstance(check(Task(never, asked), engine(name)).verdicts["no_failure"], Exhausted | Sampled)
    alone = check(Task(fails, ("no_failure",)), engine(name)).verdicts["no_failure"]
    assert isinstance(alone, Exhausted | Sampled), "what nobody asks for is not looked at"


def test_only_a_lemma_may_have_parameters() -> None:
    (problem,) = problems(LEMMAS + "\n    @always\n    def bad(self, s: Range(2)):\n        return s < 2\n")
    assert problem.code == "E206"


def _holds(source: str, name: str) -> tuple[bool, int]:
    """Whether a property holds in all states, and how many there are."""
    made = program(source)
    states = reachable(made)
    return all(Interpreter(made).holds(name, state) for state in states), len(states)


def _only(body: str, question: str, more: str = "") -> str:
    """A model with one process, and one property."""
    return (
        "class M(Model):\n    x = Var(Range(4))\n\n    @process\n    def p(self):\n"
        + textwrap.indent(textwrap.dedent(body).strip("\n"), "        ")
        + f"\n\n    @always\n    def q(self):\n        return {question}\n"
        + textwrap.indent(textwrap.dedent(more), "    ")
    )


def test_a_point_called_wait_2_is_not_wait() -> None:
    body = 'yield "wait"\nself.x = 1\nyield "wait 2"\nself.x = 2'
    assert _holds(_only(body, 'self.x != 1 or self.p.at("wait")'), "q") == (False, 4)
    assert _holds(_only(body, 'self.x != 1 or self.p.at("wait 2")'), "q") == (True, 4)
    twice = body.replace("wait 2", "wait")
    assert _holds(_only(twice, 'self.x != 1 or self.p.at("wait")'), "q") == (True, 4)
    assert [point.label for point in program(_only(twice, "True")).processes[0].points][1:3] == ["wait", "wait#2"]


@pytest.mark.parametrize("name", ["start", "end", "line 7", "wait#2", "a\\n#3"])
def test_no_point_is_called_what_evacheck_calls_points(name: str) -> None:
    (problem,) = problems(_only(f'yield "{name}"\nself.x = 1', "True"))
    assert problem.code == "E215"
    assert not problems(_only(f'yield "{name.replace("#", "")}ed"\nself.x = 1', "True"))


def test_a_process_that_did_nothing_is_not_where_it_says_it_did() -> None:
    """The code goes on alike from the start and from `did it`: one state, unless a property means one of them."""
    body = 'while True:\n    self.x = min(self.x + 1, 3)\n    yield "did it"'
    assert _holds(_only(body, "True"), "q") == (True, 4)
    assert _holds(_only(body, 'self.x == 0 or self.p.at("did it")'), "q") == (True, 4)
    assert _holds(_only(body, 'self.x > 0 or not self.p.at("did it")'), "q") == (True, 4)
    assert _holds(_only(body, 'self.x > 0 or self.p.at("start")'), "q") == (True, 4)
    assert _holds(_only(body, 'self.p.at("start", "did it")'), "q") == (True, 4)
    stays = 'while True:\n    self.x = self.x\n    yield "did it"'
    assert _holds(_only(stays, "True"), "q") == (True, 1)
    assert _holds(_only(stays, 'self.p.at("did it")'), "q") == (False, 2)
    assert _holds(_only(stays, 'self.p.at("start", "did it")'), "q") == (True, 1)


FORKED = """
if choose(Bool):
    yield "left"
else:
    yield "right"
self.x = 1
"""


def test_points_from_which_the_code_goes_on_alike_keep_the_names_a_property_asks_for() -> None:
    assert _holds(_only(FORKED, "True"), "q") == (True, 3)
    assert [point.label for point in program(_only(FORKED, "True")).processes[0].points] == [
        "start",
        "left/right",
        "end",
    ]
    for name in ("left", "right"):
        assert _holds(_only(FORKED, f'not self.p.at("{name}")'), "q") == (False, 4)
    assert _holds(_only(FORKED, 'self.x == 1 or self.p.at("left", "right", "start")'), "q") == (True, 3)
    both = 'self.p.at("left", "right") or not self.p.at("right", "start") or self.p.at("start")'
    assert _holds(_only(FORKED, both), "q") == (True, 4)


def test_a_helper_of_properties_can_tell_points_apart() -> None:
    helper = "\ndef goes_right(self):\n    return self.p.at('right')\n"
    more = helper + "\n@sometimes\ndef s(self):\n    return self.goes_right()\n"
    made = program(_only(FORKED, "True", more))
    assert {named(made, state)["p.point"] for state in reachable(made)} == {"start", "left", "right", "end"}


def test_the_last_yield_is_a_point_and_the_end() -> None:
    body = 'self.x = 1\nyield "done"'
    assert _holds(_only(body, 'self.x == 0 or self.p.at("done")'), "q") == (True, 2)
    assert _holds(_only(body, 'self.x == 0 or self.p.at("end") and self.p.finished'), "q") == (True, 2)
    two = 'if choose(Bool):\n    yield "one"\nelse:\n    self.x = 0'
    assert _holds(_only(two, "self.p.finished"), "q") == (False, 2)
    assert _holds(_only(two, 'not self.p.at("one") or self.p.finished'), "q") == (True, 3)


def test_to_ask_for_the_end_tells_no_names_apart_that_lead_there() -> None:
    (process,) = program(_only('if choose(Bool):\n    yield "one"\nelse:\n    yield "two"', "True")).processes
    (end,) = [point for point in process.points if point.block is None]
    assert set(end.names) >= {"one", "two"}
    for asked, apart in (("end", False), ("one", True), ("two", True), ("start", False)):
        assert confused(process, frozenset({frozenset({asked})})) is apart


def test_a_property_asks_whether_a_process_has_finished() -> None:
    source = """
        class M(Model):
            G = Range(2)
            done = Var(Array(G, Bool))

            @process(G)
            def worker(self, g: G):
                yield "half"
                self.done[g] = True

            @process
            def endless(self):
                while True:
                    yield "again"

            @always
            def right(self):
                return all(self.worker[g].finished == self.done[g] for g in self.G) and not self.endless.finished

            @always
            def wrong(self):
                return not all(self.worker[g].finished for g in self.G)
        """
    made = program(source)
    for name in ("reference", "explicit"):
        verdicts = check(Task(made, ("right", "wrong"), keep_going=True), engine(name)).verdicts
        assert isinstance(verdicts["right"], Exhausted), name
        assert isinstance(verdicts["wrong"], Violated) and len(verdicts["wrong"].trace) == 5, name
    verdict = check(Task(made, ("wrong",)), engine("bmc")).verdicts["wrong"]
    assert isinstance(verdict, Violated) and len(verdict.trace) == 5
    verdict = check(Task(made, ("right",)), engine("induction")).verdicts["right"]
    assert not isinstance(verdict, Violated)


def test_a_local_called_finished_is_not_mistaken_for_the_end() -> None:
    (problem,) = problems(_only('finished = self.x\nyield "a"\nself.x = finished', "self.p.finished"))
    assert (problem.code, problem.remedy) == ("E212", "Give the local another name.")


def test_a_name_is_not_read_out_of_the_text_of_a_message() -> None:
    (problem,) = problems(_only('yield "it\'s read"\nself.x = 1', 'self.p.at("it\'s rea")'))
    assert problem.remedy == "Did you mean `it's read`?"


@pytest.mark.parametrize("name", ["reference", "explicit", "bmc"])
def test_every_engine_tells_points_apart_that_a_property_tells_apart(name: str) -> None:
    made = program(_only(FORKED, 'not self.p.at("right")'))
    verdict = check(Task(made, ("q",)), engine(name)).verdicts["q"]
    assert isinstance(verdict, Violated) and len(verdict.trace) == 2
    assert named(made, verdict.trace.states[-1])["p.point"] == "right"
