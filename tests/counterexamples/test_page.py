"""The page: what is in it, and that it works in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from checker.check import check
from checker.contract.task import Task
from checker.contract.trace import Trace
from checker.contract.wording import trace_of
from checker.engines.reference import ReferenceEngine
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.semantics import Step
from counterexamples.draw.page import page
from counterexamples.explain.changes import Fact
from counterexamples.explain.explanation import explain
from counterexamples.explain.folded import folded
from evacheck.traces import framed
from tests.frontend.support import program as program_of

HOSTILE = (
    """
class Hostile(Model):
    """
    + '"""Ends a script: </script><b>.</b> & so on."""'
    + """

    x = Var(Range(3))

    @action
    def up(self):
        """
    + '"""Adds <one>."""'
    + """
        require(self.x < 2)
        self.x += 1

    @final
    def over(self):
        return True

    @always
    def small(self):
        """
    + '"""Stays </article></script> small."""'
    + """
        return self.x < 2
"""
)


def found(program: Program, name: str) -> Trace:
    trace = trace_of(check(Task(program, (name,)), ReferenceEngine()).verdicts[name])
    assert trace is not None
    return trace


@cache
def marking() -> tuple[Program, Trace]:
    parameters = {"objects": 1, "goroutines": 1}
    made = load("spec.gc.marking:Marking")
    program = compile_model(made, {**parameters, "barrier": made.barrier.default.NONE})
    return program, found(program, "no_missed_mark")


@cache
def marking_page() -> str:
    return page(*marking(), "no_missed_mark")


def test_everything_is_in_one_file_and_nothing_is_fetched() -> None:
    program, trace = marking()
    text = marking_page()
    assert not re.search(r"(src|href)=|@import|url\(", text)
    assert text.count("<article") == len(trace) == text.count("<svg")
    for sentence in explain(program, trace, "no_missed_mark").sentences:
        assert sentence.replace("<", "&lt;") in text


def test_text_of_a_model_cannot_end_the_script_or_the_page() -> None:
    program = program_of(HOSTILE)
    text = page(program, found(program, "small"), "small")
    assert text.count("</script>") == 2 and text.count("</article>") == 3
    assert "Stays &lt;/article&gt;&lt;/script&gt; small." in text


FAILING = """
class Failing(Model):
    x = Var(Range(2))

    def init(self):
        self.x = 5 // (1 - 1)

    @action
    def up(self):
        self.x = 1
"""


def test_a_trace_without_states_has_a_page() -> None:
    program = program_of(FAILING)
    assert "init fails" in page(program, found(program, "no_failure"), "no_failure")


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[tuple[Any, list[str]]]:
    file = tmp_path / "trace.html"
    file.write_text(marking_page(), encoding="utf-8")
    tab, wrong = browser.new_page(viewport={"width": 1400, "height": 900}), []
    tab.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("request", lambda request: None if request.url.startswith("file:") else wrong.append(request.url))
    tab.goto(file.as_uri())
    yield tab, wrong
    tab.close()


def shown(tab: Any) -> int:
    (number,) = tab.eval_on_selector_all(
        "article:not([hidden])", "all => all.map(each => Number(each.dataset.state) + 1)"
    )
    assert isinstance(number, int)
    return number


@pytest.mark.browser
def test_it_steps_by_key_button_slider_mark_and_link(opened: tuple[Any, list[str]]) -> None:
    tab, wrong = opened
    tab.keyboard.press("Home")
    assert shown(tab) == 1
    picture = tab.inner_html("article:not([hidden]) figure")
    tab.keyboard.press("ArrowRight")
    assert shown(tab) == 2 and tab.inner_html("article:not([hidden]) figure") != picture
    lit = tab.eval_on_selector_all(".lit", "all => all.map(each => each.id)")
    assert lit and tab.inner_text("#announce").startswith("State 2: ")
    tab.keyboard.press("j")
    assert shown(tab) == 3 and tab.eval_on_selector_all(".lit", "all => all.map(each => each.id)") != lit
    tab.keyboard.press("k")
    tab.keyboard.press("End")
    assert shown(tab) == 11 and tab.is_disabled("#next")
    tab.keyboard.press("Home")
    tab.click("#next")
    assert shown(tab) == 2
    tab.fill("#slider", "5")
    assert shown(tab) == 5 and tab.inner_text("#where") == "5 of 11"
    tab.click(".lanes button[data-state='6']")
    assert shown(tab) == 7 and tab.url.endswith("#7")
    tab.evaluate("location.hash = '#4'")
    tab.wait_for_function("document.querySelector('article:not([hidden])').dataset.state === '3'")
    first = tab.evaluate("document.querySelector('.lit').getBoundingClientRect().top")
    assert 0 < first < 900, "the line that runs is in sight"
    assert wrong == []


@pytest.mark.browser
def test_it_opens_at_the_violation_and_its_mark_is_red(opened: tuple[Any, list[str]]) -> None:
    tab, wrong = opened
    assert shown(tab) == 11 and tab.inner_text("#where") == "11 of 11"
    red = tab.evaluate("getComputedStyle(document.querySelector('.bad')).color")
    last = "document.querySelector('.lanes button[data-state=\"10\"]')"
    assert tab.evaluate(f"getComputedStyle({last}).backgroundColor") == red
    tab.keyboard.press("Home")
    assert tab.evaluate(f"getComputedStyle({last}).color") == red
    assert wrong == []


@pytest.mark.browser
def test_the_lanes_go_with_the_step(opened: tuple[Any, list[str]]) -> None:
    """Of 35 states at 1400 px those of the last two lanes showed no mark until one scrolled."""
    tab, _ = opened
    tab.set_viewport_size({"width": 420, "height": 800})
    tab.reload()
    for state in (11, 6, 2):
        tab.evaluate(f"location.hash = '#{state}'")
        tab.wait_for_function(f"document.querySelector('article:not([hidden])').dataset.state === '{state - 1}'")
        mark = tab.locator(f".lanes button[data-state='{state - 1}']").bounding_box()
        names = tab.locator(".lanes th").first.bounding_box()
        assert names["x"] + names["width"] <= mark["x"] and mark["x"] + mark["width"] <= 420


@pytest.mark.browser
def test_the_source_opens_at_the_class_and_wraps(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    tab.keyboard.press("Home")
    top = "document.querySelector('.source pre:not([hidden])').getBoundingClientRect().top"
    (line,) = tab.eval_on_selector_all(
        ".source pre:not([hidden]) span",
        "all => all.filter(e => e.innerText.startsWith('class Marking(')).map(e => e.id)",
    )
    assert 0 <= tab.evaluate(f"document.getElementById('{line}').getBoundingClientRect().top - {top}") < 400
    box = "document.querySelector('.source pre:not([hidden])')"
    assert tab.evaluate(f"{box}.scrollWidth <= {box}.clientWidth")


def test_what_equals_its_default_is_folded_away_and_not_left_out() -> None:
    program = program_of(FOLDS)
    found = folded(program, ((0, 0, 5, *(0 for _ in range(29))), 0, (7,) * 32))
    assert found.shown == (
        Fact("slots[2]", "5"),
        Fact("slots", "31 more, empty: 0"),
        Fact("level", "all 32: 7"),
    )
    assert found.at_default == (Fact("count", "0"),)


FOLDS = """
class Folds(Model):
    slots = Var(Array(Range(32), Range(9)))
    count = Var(Range(9))
    level = Var(Array(Range(32), Range(9)))

    @action
    def up(self):
        self.count = 1
"""


def test_parameters_equal_to_their_defaults_are_behind_a_disclosure() -> None:
    head = marking_page().partition("</header>")[0]
    before, _, behind = head.partition("<details>")
    assert "objects = 1, goroutines = 1, barrier = NONE" in before and "workers" not in before
    assert "workers = " in behind and ", barrier = " not in behind


def test_each_property_has_its_value_in_every_state() -> None:
    articles = marking_page().split("<article")[1:]
    assert all("no_missed_mark <b>true</b>" in each for each in articles[:-1])
    assert "no_missed_mark <b>false</b>" in articles[-1]


@pytest.mark.browser
def test_it_has_a_light_and_a_dark_paper(opened: tuple[Any, list[str]]) -> None:
    tab, wrong = opened
    paper = "getComputedStyle(document.body).backgroundColor"
    light = tab.evaluate(paper)
    tab.click("#theme")
    assert tab.evaluate(paper) != light
    tab.click("#theme")
    assert tab.evaluate(paper) == light
    tab.emulate_media(color_scheme="dark")  # the reader's preference changes: the page hears of it a little later
    tab.wait_for_function("document.documentElement.dataset.theme === 'dark'")
    assert tab.evaluate(paper) != light
    tab.emulate_media(color_scheme="light")
    tab.wait_for_function("document.documentElement.dataset.theme === 'light'")
    assert tab.evaluate(paper) == light
    assert wrong == []


@pytest.mark.browser
def test_a_screen_reader_finds_its_way(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    silent = "all => all.filter(e => !(e.innerText || e.getAttribute('aria-label'))).length"
    assert tab.eval_on_selector_all("button", silent) == 0
    assert tab.get_attribute("#slider", "aria-label") and tab.get_attribute("#announce", "aria-live") == "polite"
    assert tab.eval_on_selector_all(
        "svg", "all => all.every(e => e.getAttribute('role') === 'img' && e.querySelector('title'))"
    )
    assert tab.eval_on_selector_all("main, header, nav, footer, h1", "all => all.length") == 5
    assert tab.get_attribute("html", "lang") == "en"


@pytest.mark.browser
def test_without_script_all_is_there_to_read(browser: Any, tmp_path: Path) -> None:
    _, trace = marking()
    file = tmp_path / "trace.html"
    file.write_text(marking_page(), encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert tab.locator("article:visible").count() == len(trace)
    assert not tab.is_visible("#controls")
    context.close()


@pytest.mark.browser
def test_it_fits_a_telephone(opened: tuple[Any, list[str]]) -> None:
    tab, _ = opened
    tab.set_viewport_size({"width": 400, "height": 800})
    assert tab.evaluate("document.documentElement.scrollWidth") <= 400


TWO_ASIDE = """
class TwoAside(Model):
    a = Var(Bool)
    b = Var(Bool)
    c = Var(Bool)

    @action
    def set_a(self):
        self.a = True

    @action
    def set_b(self):
        self.b = True

    @action
    def set_c(self):
        self.c = True

    @always
    def not_a(self):
        return not self.a
"""


@pytest.mark.browser
def test_the_box_skips_the_steps_that_did_not_matter(browser: Any, tmp_path: Path) -> None:
    """With no step marked as beside the point the box did nothing, and no test ticked it."""
    steps = [Step(name, (), None, ()) for name in ("set_b", "set_c", "set_a")]
    states = [(False, False, False), (False, True, False), (False, True, True), (True, True, True)]
    file = tmp_path / "aside.html"
    file.write_text(page(program_of(TWO_ASIDE), Trace(tuple(states), tuple(steps)), "not_a"), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(file.as_uri())
    tab.click("#first")
    tab.click("#next")
    assert shown(tab) == 2
    tab.click("#back")
    tab.check("#relevant")
    tab.click("#next")
    assert shown(tab) == 4
    tab.click("#back")
    assert shown(tab) == 1
    tab.keyboard.press("ArrowRight")
    assert shown(tab) == 4
    tab.uncheck("#relevant")
    tab.click("#back")
    assert shown(tab) == 3
    tab.close()


@pytest.mark.browser
def test_it_works_in_the_frame_of_a_notebook(browser: Any, tmp_path: Path) -> None:
    """There it has no address of its own, and noting the step in one was an error at each step."""
    program, trace = marking()
    file, wrong = tmp_path / "notebook.html", list[str]()
    file.write_text(f"<!doctype html>{framed(program, trace, 'no_missed_mark')}", encoding="utf-8")
    tab = browser.new_page()
    tab.on("console", lambda message: wrong.append(message.text))
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.goto(file.as_uri())
    frame = tab.frames[1]
    frame.click("#back")
    frame.click("#back")
    assert (shown(frame), wrong) == (len(trace) - 2, [])
