"""Walking through a model by hand: where a way leads, the page of it, and who is answered."""

from __future__ import annotations

import os
import shutil
import threading
import urllib.request
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import pytest

from checker.check import check
from checker.contract.task import Task
from checker.contract.trace import Failing
from checker.contract.wording import trace_of
from checker.engines.reference import ReferenceEngine
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from counterexamples.explorer import walk as walking
from counterexamples.explorer.offers import read_way
from counterexamples.explorer.serving import Explorer
from counterexamples.explorer.walk import Walk
from tests.frontend.support import program as program_of
from tests.support.browsers import BROWSER, FLAGS

FAILS = """
class Fails(Model):
    x = Var(Range(3))
    even = Var(Bool)

    def init(self):
        self.x = choose(range(2))

    @action
    def up(self, by: Range(1, 2)):
        self.x += by

    @action
    def turn(self):
        require(not self.even)
        self.even = True

    @step
    def only_up(self, before):
        return self.x >= before.x

    @always
    def small(self):
        return self.x < 2

    @sometimes
    def odd_one(self):
        return self.x == 1 and self.even
"""
STUCK = """
class Stuck(Model):
    x = Var(Range(3))

    @action
    def up(self):
        require(self.x < 2)
        self.x += 1
"""


def diehard() -> Program:
    return compile_model(load("spec.classics.diehard:DieHard"), {})


def test_what_is_offered_is_what_the_interpreter_says() -> None:
    walk = Walk(program_of(FAILS))
    assert walk.start() == ()
    at_start = walk.at(())
    assert [each.state for each in at_start.offered] == [(0, False), (1, False)]
    here = walk.at((1,))
    assert here.state == (1, False)
    assert at_start.trace is None
    assert [(each.step.name, each.step.arguments, each.state) for each in here.offered] == [
        ("up", (1,), (2, False)),
        ("up", (2,), None),
        ("turn", (), (1, True)),
    ]


def test_a_step_that_fails_can_be_taken_and_ends_the_walk() -> None:
    walked = Walk(program_of(FAILS)).at((1, 1))
    assert walked.trace is not None and isinstance(walked.trace.end, Failing)
    assert walked.offered == () and walked.state == (1, False)
    with pytest.raises(LookupError):
        Walk(program_of(FAILS)).at((1, 1, 0))


@pytest.mark.parametrize("text", ["9", "0.7", "-1", "0.x", "1.", "0" * 30])
def test_a_way_that_the_model_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(LookupError):
        Walk(program_of(FAILS)).at(read_way(text))


@pytest.mark.parametrize("name", ["big_is_not_4"])
def test_the_nearest_state_is_as_near_as_the_reference_engine_finds_it(name: str) -> None:
    program = diehard()
    trace = trace_of(check(Task(program, (name, "no_failure")), ReferenceEngine()).verdicts[name])
    walk = Walk(program)
    sought = walk.nearest(walk.start(), name)
    assert trace is not None and sought.way is not None
    found, same = walk.at(sought.way).trace, walk.at(walk.way_of(trace)).trace
    assert found is not None and len(found) == len(trace) == 7
    assert same is not None and same.states == trace.states


def test_the_nearest_state_is_found_for_each_kind_of_property() -> None:
    walk = Walk(program_of(FAILS))
    assert walk.nearest((), "small").way == (0, 1)
    assert walk.nearest((), "odd_one").way == (1, 2)
    assert walk.nearest((), "no_failure").way == (1, 1)
    assert walk.nearest((), "only_up").way is None
    stuck = Walk(program_of(STUCK))
    assert stuck.nearest(stuck.start(), "no_deadlock").way == (0, 0, 0)
    with pytest.raises(LookupError):
        walk.nearest((), "misspelt")


def test_a_search_says_whether_it_saw_all(monkeypatch: pytest.MonkeyPatch) -> None:
    walk = Walk(program_of(FAILS))
    assert walk.nearest((), "only_up").all_
    monkeypatch.setattr(walking, "MOST_STATES", 2)
    sought = walk.nearest((), "only_up")
    assert (sought.way, sought.seen >= 2, sought.all_) == (None, True, False)


@pytest.fixture(name="explorer")
def an_explorer() -> Iterator[Explorer]:
    walk = Walk(program_of(FAILS))
    explorer = Explorer(walk, walk.start())
    yield explorer
    explorer.server_close()


def _asked(explorer: Explorer, query: str = "", host: str | None = None) -> tuple[HTTPStatus, str]:
    path = "/" + explorer.url.split("/", 3)[3]
    return explorer.answer(host or f"127.0.0.1:{explorer.server_port}", path + query)


def test_only_who_knows_the_address_is_answered(explorer: Explorer) -> None:
    """Another host's name would be that of a page of elsewhere, whose name was made to lead here."""
    assert _asked(explorer)[0] is HTTPStatus.OK
    assert _asked(explorer, host="elsewhere.example")[0] is HTTPStatus.FORBIDDEN
    assert explorer.answer(f"127.0.0.1:{explorer.server_port}", "/guessed/")[0] is HTTPStatus.NOT_FOUND
    assert explorer.answer(f"127.0.0.1:{explorer.server_port}", "/")[0] is HTTPStatus.NOT_FOUND
    assert explorer.server_address[0] == "127.0.0.1"


def test_a_page_offers_each_step_with_what_it_does(explorer: Explorer) -> None:
    status, text = _asked(explorer, "?way=1")
    assert status is HTTPStatus.OK
    assert 'href="?way=1.0">up(by=1)</a> <span class="quiet">x 1 → 2</span>' in text
    assert 'href="?way=1.1">up(by=2)</a> <span class="bad">fails: 3 does not fit' in text
    assert 'href="?way=1&amp;to=small">small is false</a>' in text
    assert 'id="undo" href="?way="' in text


def test_a_search_leads_on_or_says_what_it_saw(explorer: Explorer) -> None:
    assert _asked(explorer, "?way=1&to=odd_one") == (HTTPStatus.SEE_OTHER, "?way=1.2")
    status, text = _asked(explorer, "?way=&to=only_up")
    assert status is HTTPStatus.OK
    assert "only_up: none of the 6 states that can be reached from here shows it." in text


@pytest.mark.parametrize("query", ["?way=7", "?way=abc", "?way=1&to=misspelt"])
def test_an_address_that_means_nothing_is_no_traceback(explorer: Explorer, query: str) -> None:
    assert _asked(explorer, query)[0] is HTTPStatus.NOT_FOUND


def test_a_request_is_answered_over_the_network_of_this_machine(explorer: Explorer) -> None:
    threading.Thread(target=explorer.handle_request).start()
    with urllib.request.urlopen(explorer.url, timeout=20) as answer:
        assert answer.status == HTTPStatus.OK
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert b"How it can begin" in answer.read()


@pytest.mark.browser
def test_a_walk_in_a_browser() -> None:
    """By click and by key; back; to the nearest state; what can happen belongs to the last state."""
    missing = pytest.fail if os.environ.get("EVACHECK_BROWSER") == "required" else pytest.skip
    if BROWSER is None or shutil.which(BROWSER) is None:
        missing("there is no browser: install Debian's chromium to test the page")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - needed only where there is a browser

    walk = Walk(diehard())
    explorer = Explorer(walk, walk.start())
    threading.Thread(target=explorer.serve_forever, daemon=True).start()
    wrong: list[str] = []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        tab: Any = opened.new_page(viewport={"width": 1300, "height": 900})
        tab.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: wrong.append(str(error)))
        tab.goto(explorer.url)
        tab.click("a[data-step='0']")
        tab.wait_for_url("**/?way=0.0")
        tab.keyboard.press("2")
        tab.wait_for_url("**/?way=0.0.1")
        assert tab.inner_text("#where") == "3 of 3" and tab.is_visible(".offered")
        tab.keyboard.press("Home")
        assert tab.inner_text("#where") == "1 of 3" and not tab.is_visible(".offered")
        tab.keyboard.press("u")
        tab.wait_for_url("**/?way=0.0")
        tab.click("text=big_is_not_4 is false")
        way = walk.nearest((0, 0), "big_is_not_4").way
        assert way is not None
        tab.locator("#where", has_text=f"{len(way)} of {len(way)}").wait_for()
        assert "big_is_not_4 false" in tab.inner_text("article:not([hidden]) .values")
        opened.close()
    explorer.shutdown()
    explorer.server_close()
    assert wrong == []
