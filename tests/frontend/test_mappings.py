"""What a method that is marked `@implements` may return, and what it may be marked with; all else is refused."""

from __future__ import annotations

import pytest

from tests.frontend.support import said
from tests.support.implementing import CLOCK, HANDS

PAIR = """
class Other(Model):
    T = Range(2)
    x = Var(Range(3))
    @process(T)
    def run(self, t):
        yield "on"
        self.x = 0
        yield "off"
        self.x = 1
        yield "off"
        self.x = 2
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        self.x = 0
    @implements({mark})
    def does(self):
        {body}
"""


WRITE = 'Write `return {"x": ..., ...}`.'
CONVERT = "Convert the value, or change the type of"


@pytest.mark.parametrize(
    ("body", "problem", "remedy"),
    [
        ("return self.x", "E218 a state of Other is given by the names of its parts", WRITE),
        ("return", "E218 a state of Other is given by the names of its parts", WRITE),
        ("return {'x': 1, self.x: 2}", "E218 the name of a part is not written out", WRITE),
        ("return {'x': 1}", "E218 a state of Other has 'run' as well", 'Give it too: `"run": ...`.'),
        ("return {**self.x}", "E218 the name of a part is not written out", WRITE),
        ("return {'x': 1, 'run': 2, 'rum': 1}", "E218 a state of Other has no 'rum'", "Did you mean `run`?"),
        ("return {'x': 1, 'x': 1, 'run': 2}", "E218 'x' is given twice", "Give it once."),
        ("return {'x': True, 'run': ['on', 'on']}", "E302 x takes Range(3), not Bool", f"{CONVERT} x."),
        (
            "return {'x': 1, 'run': ['on', 'om']}",
            "E212 process 'run' of Other stops at no 'om'",
            "There are: start, on, off, end.",
        ),
        (
            "return {'x': 1, 'run': ['on', 'off']}",
            "E212 process 'run' of Other has 2 points called 'off'",
            "Give each `yield` there a name of its own.",
        ),
        (
            "return {'x': 1, 'run': ['on']}",
            "E302 run takes Array(Range(2), run.point), not a tuple of 1 item",
            f"{CONVERT} run.",
        ),
        (
            "self.x = 1; return {'x': 1, 'run': ['on', 'on']}",
            "E208 'does' changes the state",
            "A property only looks at a state; move this into a step.",
        ),
        ("pass", "E210 'does' may end without a value", "End every path with `return value`."),
    ],
)
def test_what_is_no_state_of_the_other_model_is_refused(body: str, problem: str, remedy: str) -> None:
    found = said(PAIR.format(mark="Other", body=body)).splitlines()
    assert [line.partition(": ")[2] for line in found[::2]] == [problem]
    assert found[1::2] == [f"    {remedy}"]


@pytest.mark.parametrize(
    ("mark", "problem"),
    [
        ("int", "E206 @implements takes a model, and int is none"),
        ("Other, n=1", "E206 Other has no parameter 'n'"),
        ("Model", "E206 @implements takes a model, and Model is none"),
    ],
)
def test_what_is_no_model_with_these_parameters_is_refused(mark: str, problem: str) -> None:
    assert problem in said(PAIR.format(mark=mark, body="return {'x': 1, 'run': ['on', 'on']}"))


def test_a_parameter_outside_its_type_there_is_refused() -> None:
    text = CLOCK.replace("Param(4)", "Param(4, Range(2, 4))") + HANDS.format(step=1, given="", hour="self.hour")
    assert "E206 Clock cannot be had so: hours = 5 is outside its type" in said(text, hours=5)
    assert said(text, hours=3) == ""


def test_a_mistake_of_the_other_model_is_told_at_its_own_place() -> None:
    text = CLOCK.replace("(self.hour + 1) %", "self.hourr %") + HANDS.format(step=1, given="", hour="self.hour")
    assert "model.py:6:21: E212 the model has no 'hourr'" in said(text)


def test_the_mark_without_a_model_is_refused() -> None:
    found = said(PAIR.format(mark="Other", body="pass").replace("@implements(Other)", "@implements"))
    assert found.startswith("E206 @implements takes a model, not does\n    Write `@implements(Abstract)`")
