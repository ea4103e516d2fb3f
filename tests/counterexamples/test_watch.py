"""Watched expressions: what the page's script computes is what the reference interpreter computes."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from checker.contract.trace import Trace
from checker.ir.nodes import Program
from checker.semantics import Interpreter
from counterexamples.draw.page import page
from tests.frontend.support import program as program_of

EXPRESSIONS = (
    "self.count == 3",
    "self.count != self.most - 1",
    "0 <= self.count < 3",
    "-self.count // 2 == -2",
    "-self.count % 3 == 2",
    "2 + 3 * self.count - 1 > 7",
    "self.count in (1, 4) or self.open",
    "self.count not in range(2, 4)",
    "self.open and self.last is not None",
    "not self.open",
    "self.last == 1",
    "self.last is None",
    "(self.count if self.open else 0) == 0",
    "len(self.shelf) > 1",
    "1 in self.shelf and 2 not in self.shelf",
    "self.shelf <= {0, 1}",
    "self.shelf | {2} == {0, 1, 2}",
    "len(self.shelf & {0, 2}) == 1",
    "len(self.shelf - {0}) == 1",
    "len(self.shelf ^ {1}) == 2",
    "len(self.belt) == 2 and self.belt[0] == self.belt[-1]",
    "self.belt",
    "self.colours[1] == Colour.GREEN",
    "self.hands[Colour.GREEN] == 2",
    "self.bench.job is None and not self.bench.painted",
    "all(self.done)",
    "any(self.done)",
    "all(each is None for each in self.hands)",
    "any(j in self.shelf for j in self.belt)",
    "sum(self.levels) > 3",
    "max(self.levels) == 2",
    "min(self.count, 2) == 2",
    "abs(self.count - 4) <= 1",
    "sum(each for each in self.levels if each > 1) == 2",
    'self.worker[0].at("took")',
    "self.worker[1].finished",
    "self.worker[0].held == 1",
)
CLASS = """
from enum import Enum


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Watched(Model):
    most = Param(5)
    Job = Range(3)
    count = Var(Range(0, 9))
    open = Var(Bool)
    last = Var(Opt(Job))
    shelf = Var(SetOf(Job))
    belt = Var(Seq(Job, 3))
    colours = Var(Array(Range(2), Colour))
    hands = Var(Array(Colour, Opt(Job)))
    bench = Var(Record(job=Opt(Job), painted=Bool))
    done = Var(Array(Range(2), Bool))
    levels = Var(Array(Range(3), Range(0, 4)))

    @action
    def change(self, n: Range(6), flag: Bool):
        self.count = n
        self.open = flag
        self.done[n % 2] = flag
        self.levels[n % 3] = n // 2

    @action
    def move(self, j: Job, flag: Bool):
        self.last = j if flag else None
        self.hands[Colour.GREEN] = self.last
        self.hands[Colour.RED] = j if j == 1 else None
        self.bench.job = self.last
        self.bench.painted = not flag
        self.colours[1] = Colour.GREEN if flag else Colour.RED

    @action
    def fill(self, j: Job):
        self.shelf.add(j)
        require(len(self.belt) < 3)
        self.belt.append(j)

    @action
    def clear(self, j: Job):
        self.shelf.discard(j)
        self.belt = []

    @process(Range(2))
    def worker(self, w: Range(2)):
        held = choose(self.Job)
        yield "took"
        self.count = held
"""


def watched() -> tuple[Program, Trace]:
    """A walk of 100 states through a model that has an expression of every kind as a property."""
    texts = [f"not not {text}" if text == "self.belt" else text for text in EXPRESSIONS]
    properties = "".join(
        f"\n    @sometimes\n    def p{number}(self):\n        return {text}\n" for number, text in enumerate(texts)
    )
    program = program_of(CLASS + properties)
    interpreter, draw = Interpreter(program), random.Random(2)
    state = next(iter(interpreter.initial())).state
    assert state is not None
    states, steps = [state], []
    for _ in range(99):
        every = list(interpreter.successors(state))
        name = draw.choice(sorted({each.step.name for each in every}))
        taken = draw.choice([each for each in every if each.step.name == name])
        assert taken.state is not None
        state = taken.state
        states.append(state)
        steps.append(taken.step)
    return program, Trace(tuple(states), tuple(steps))


@pytest.fixture(scope="module")
def tab(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    program, trace = watched()
    file: Path = tmp_path_factory.mktemp("watch") / "watch.html"
    file.write_text(page(program, trace, "p0"), encoding="utf-8")
    opened = browser.new_page(viewport={"width": 1400, "height": 900})
    opened.goto(file.as_uri())
    return opened


DATA = "JSON.parse(document.getElementById('data').textContent).watch"


@pytest.mark.browser
def test_what_is_watched_is_what_the_interpreter_says(tab: Any) -> None:
    properties = tab.evaluate(f"{DATA}.properties")
    constant = [text for text, values in zip(EXPRESSIONS, properties.values(), strict=True) if len(set(values)) == 1]
    assert constant == [], "each is true somewhere and false somewhere"
    for number, text in enumerate(EXPRESSIONS):
        known = [str(value) for value in properties[f"p{number}"]]
        typed = f"not not ({text})" if text == "self.belt" else text
        values = tab.evaluate(f"text => expressions({DATA})(text)", typed)
        assert [each.get("text", each) for each in values] == known, text
        bare = typed.replace("self.", "")
        assert tab.evaluate(f"text => expressions({DATA})(text)", bare) == values, "`self.` may be left out"


@pytest.mark.browser
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("nothing", "there is no nothing"),
        ("count ==", "something is missing at the end"),
        ("len(shelf", ") is missing before the end"),
        ("count $ 2", "$ is not understood"),
        ("count 2", "2 is not expected there"),
        ("1 // 0", "division by zero"),
        ("count == open", "a number is never equal to a truth value"),
        ("count < None", "a number is not less or more than None"),
        ("count and open", "a number is no condition: compare it with something"),
        ("colours[7]", "7 is no index: there are 2"),
        ("bench.colour", "no field colour; there are job, painted"),
        ("Colour.BLUE", "Colour has no BLUE; there are RED, GREEN"),
        ('worker[0].at("gone")', 'the process stops at no "gone"; there are start, took, end'),
        ("worker", 'a process has no value: ask for .at("point"), .finished or a local'),
        ("change()", "there is no function change; there are len, all, any, sum, abs, min, max, set, range"),
        ("constructor", "there is no constructor"),
        ("constructor()", "there is no function constructor; there are len, all, any, sum, abs, min, max, set, range"),
        ("len(1, 2)", "len takes another number of values"),
    ],
)
def test_a_mistake_in_an_expression_is_shown(tab: Any, text: str, says: str) -> None:
    tab.fill("#expression", text)
    tab.keyboard.press("Enter")
    assert tab.inner_text("#mistake") == says
    assert tab.locator("#watched tr").count() == 0


@pytest.mark.browser
def test_an_expression_is_typed_and_stands_over_the_whole_trace(tab: Any) -> None:
    count = tab.evaluate(f"{DATA}.states.map(each => each[0])")
    tab.fill("#expression", "count")
    tab.keyboard.press("Enter")
    assert tab.input_value("#expression") == "" and tab.inner_text(".now") == str(count[-1])
    runs = tab.locator(".runs button").all_inner_texts()
    assert runs == said(count)
    tab.locator(".runs button").first.click()
    assert tab.inner_text("#where") == "1 of 100" and tab.inner_text(".now") == str(count[0])
    tab.keyboard.press("j")
    assert tab.inner_text(".now") == str(count[1]) and tab.url.endswith("#2&watch=count")
    tab.reload()
    assert tab.inner_text(".watch th") == "count" and tab.inner_text("#where") == "2 of 100"
    tab.click("article:not([hidden]) button[data-watch=p1]")
    assert tab.locator(".watch th").all_inner_texts() == ["count", "p1"]
    tab.locator(".remove").first.click()
    assert tab.locator(".watch th").all_inner_texts() == ["p1"]
    tab.locator(".remove").first.click()


def said(values: list[int]) -> list[str]:
    """Neighbours that are alike as one: `1–4 0`."""
    ends = [at for at, value in enumerate(values) if at + 1 == len(values) or values[at + 1] != value]
    begins = [0, *(at + 1 for at in ends[:-1])]
    return [
        f"{begin + 1} {values[begin]}" if begin == end else f"{begin + 1}–{end + 1} {values[begin]}"
        for begin, end in zip(begins, ends, strict=True)
    ]
