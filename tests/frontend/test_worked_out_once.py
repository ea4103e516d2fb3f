"""What an expression does besides its value happens once: it is neither left out nor done again."""

from __future__ import annotations

from textwrap import indent

import pytest

from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.ir.printer import show_program
from checker.semantics import Interpreter, StepFailed
from tests.frontend.support import after, body, failures, model, problems, program

TWO = "x = Var(Range(0, 9))\na = Var(Array(Range(2), Bool))"
BUMP = "def bump(self):\n    self.x = self.x + 3\n    return self.a"


def test_the_length_of_an_array_does_not_leave_out_what_gives_the_array() -> None:
    """The type says how long it is: the helper was not called, and `x != 3` held in every state."""
    assert after(body("n = len(self.bump())\nself.x = self.x + n", TWO, BUMP)) == {(5, (False, False))}


def test_the_length_of_an_array_does_not_leave_out_what_cannot_be() -> None:
    rows = "q = Var(Seq(Array(Range(2), Bool), 2))\nx = Var(Range(0, 9))"
    assert failures(body("self.x = len(self.q[1])", rows)) == ["there is no item 1 in 'q', which holds 0 items"]
    assert after(body("self.x = len({i: choose({i}) for i in Range(2)})", rows)) == {((), 2)}


@pytest.mark.parametrize(("asked", "loops"), [("self.x in range(2, 9)", 0), ("self.x in range(2, 9, 2)", 1)])
def test_what_is_in_a_range_is_compared_with_its_ends(asked: str, loops: int) -> None:
    made = program(body(f"require({asked})\nself.x = 0"))
    assert show_program(made).count(" for ") == loops


def test_asking_whether_a_process_has_finished_does_not_leave_out_which_process() -> None:
    """Where none ever finishes, the answer was False before it was known that there is such a process."""
    source = """
        class M(Model):
            T = Range(2)
            which = Var(Opt(T))

            @process(T)
            def run(self, t):
                while True:
                    yield "again"

            @always
            def none_has(self):
                return not self.run[self.which].finished
        """
    interpreter = Interpreter(program(source))
    (initial,) = interpreter.initial()
    assert initial.state is not None
    with pytest.raises(StepFailed):
        interpreter.holds("none_has", initial.state)


@pytest.mark.parametrize("subject", ["self.bump().k", "choose(self.R).k", "self.rows[self.turn()].k"])
def test_what_is_matched_is_not_worked_out_for_each_case(subject: str) -> None:
    """Three cases called the helper three times, and chose three times."""
    declared = "R = Record(k=Range(3))\nr = Var(R)\nrows = Var(Array(Range(2), R))\nx = Var(Range(0, 9))"
    more = "def bump(self):\n    self.x += 1\n    return self.r\ndef turn(self):\n    self.x += 1\n    return 0"
    cases = "    case 2:\n        self.x = 5\n    case 1:\n        self.x = 5\n    case _:\n        pass"
    text = f"match {subject}:\n{cases}"
    (problem,) = problems(body(text, declared, more))
    assert (problem.code, problem.problem) == ("E201", "match takes a name")
    assert not problems(body(text.replace(subject, "self.rows[self.r.k - self.r.k].k"), declared))


GROW = """
def turn(self):
    self.a = [True, True]
    return 0
def inner(self):
    return self.a
def outer(self):
    return self.inner()
def same(self, v):
    return v
"""


@pytest.mark.parametrize("array", ["self.outer()", "self.same(self.a)", "(self.a, 1)[0]"])
def test_what_is_in_use_by_a_roundabout_way_is_not_changed(array: str) -> None:
    """Python indexes the changed array: only a helper that names the variable itself was looked into."""
    (problem,) = problems(body(f"self.x = int({array}[self.turn()])", TWO, GROW))
    assert (problem.code, problem.problem) == ("E209", "'self.a' is in use here, and 'turn' changes it")


KEEPS = "s = Var(SetOf(Range(3)))\na = Var(Array(Range(2), Range(9)))\nx = Var(Range(9))"
GIVEN = "self.x = self.f(self.s)"


@pytest.mark.parametrize(
    ("call", "helper"),
    [
        (GIVEN, "self.s.add(1)\nreturn len(v)"),
        (GIVEN, "self.s |= {1}\nreturn len(v)"),
        (GIVEN, "self.s.clear()\nreturn len(v)"),
        (GIVEN, "w = v\nself.s.add(1)\nreturn len(w)"),
        (GIVEN, "for i in Range(3):\n    if i not in v:\n        self.s.add(i)\nreturn 1"),
        (GIVEN, "while len(v) < 2:\n    self.s.add(len(v))\nreturn 1"),
        (GIVEN, "return self.grow() + len(v)"),
        (GIVEN, "self.grow()\nreturn len(v)"),
        (GIVEN, "return self.late(v)"),
        ("self.f(self.s)", "self.s.add(1)\nself.x = len(v)"),
        ("self.x = self.f(self.s if self.x == 0 else {2})", "self.s.add(1)\nreturn len(v)"),
        ("self.x = self.f(self.a)", "self.a[0] = 1\nreturn v[0]"),
    ],
)
def test_a_helper_that_reads_an_argument_after_it_changed_what_was_given_is_refused(call: str, helper: str) -> None:
    """Python gives the helper the variable itself, and it reads what it changed; here it read what there was before."""
    (problem,) = problems(body(call, KEEPS, f"def f(self, v):\n{indent(helper, '    ')}\n{GROWS}"))
    variable = "a" if "self.a" in call else "s"
    assert problem.code == "E209"
    assert problem.problem.endswith(f" changes 'self.{variable}' and then reads 'v', which in Python is the same") or (
        problem.problem == "'late' changes 'self.s' and then reads 'w', which in Python is the same"
    )


GROWS = """
def grow(self):
    self.s.add(1)
    return 1
def late(self, w):
    self.s.add(1)
    return len(w)
"""


@pytest.mark.parametrize(
    ("call", "helper", "x"),
    [
        (GIVEN, "n = len(v)\nself.s.add(1)\nreturn n", 0),
        (GIVEN, "self.s.add(len(v))\nreturn 1", 1),
        (GIVEN, "self.s = self.s | {1}\nreturn len(v)", 0),  # a new set, in Python too
        (GIVEN, "return len(v) + self.grow()", 1),
        (GIVEN, "self.a[0] = 1\nreturn len(v)", 0),
        ("old = set(self.s)\nself.x = self.f(old)", "self.s.add(1)\nreturn len(v)", 0),
        ("self.x = self.f(self.a[0])", "self.a[0] = 1\nreturn v", 0),
        ("self.x = self.f({i: self.a[i] for i in Range(2)})", "self.a[0] = 1\nreturn v[0]", 0),
    ],
)
def test_a_helper_may_change_what_it_was_given_and_reads_no_more(call: str, helper: str, x: int) -> None:
    found = after(body(call, KEEPS, f"def f(self, v):\n{indent(helper, '    ')}\n{GROWS}"))
    assert {state[-1] for state in found} == {x}


def look(self):  # type: ignore[no-untyped-def]
    return self.x


def test_a_function_that_is_no_method_does_not_call_its_parameter_self() -> None:
    """`look(self.r)` gave the model's `x`, and not that of the record."""
    source = body("self.x = look(self.r)", "R = Record(x=Range(5))\nr = Var(R)\nx = Var(Range(5))")
    with pytest.raises(ModelError) as raised:
        compile_program(model(source, look=look)())
    assert [problem.code for problem in raised.value.problems] == ["E206"]


@pytest.mark.parametrize("what", ["x", "y", "jobs", "half"])
def test_the_names_of_another_model_are_not_those_of_this_one(what: str) -> None:
    """`Other.x` was this model's `x`, `Other.jobs` its parameter, and `Other.y`, which it has not, a KeyError."""
    source = f"""
        class Other(Model):
            jobs = Param(7)
            half = jobs // 2
            x = Var(Range(9))
            y = Var(Range(9))

        class M(Model):
            jobs = Param(2)
            x = Var(Range(9))

            @action
            def step(self):
                self.x = Other.{what}
        """
    (problem,) = problems(source)
    assert (problem.code, problem.problem) == ("E203", f"'Other.{what}' is not a value of the language")
    assert not problems(source.replace("M(Model)", "M(Other)"))
