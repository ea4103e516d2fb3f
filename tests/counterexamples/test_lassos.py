"""What people see of a lasso: text, reasons, files, pictures; and what engines say that cannot decide it."""

from __future__ import annotations

import json
from functools import cache
from xml.etree import ElementTree

import pytest

from checker.check import check, engine, select
from checker.contract.task import Outcome, Task
from checker.contract.trace import Lasso, Trace
from checker.contract.verdict import Exhausted, Unknown, Verdict, Violated
from checker.contract.wording import Status, overall, wording
from checker.engines.fuzz import FuzzEngine, machine
from checker.errors import UsageError
from checker.ir.nodes import Program
from counterexamples.corpus.regression import Now, regression_test, taken_again
from counterexamples.draw.chain import trace_svg
from counterexamples.draw.graph import trace_graph
from counterexamples.draw.page import page
from counterexamples.draw.pictures import picture_svg
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import plain, render
from counterexamples.itf import traces
from tests.frontend.support import program
from tests.support.locks import TEST_AND_SET


@cache
def lock(fair: str = "True") -> Program:
    return program(TEST_AND_SET.replace("FAIR", fair))


@cache
def outcome(fair: str = "True", name: str = "auto") -> Outcome:
    chosen = FuzzEngine(runs=5) if name == "fuzz" else engine(name)
    return check(Task(lock(fair), select(lock(fair))), chosen)


def lasso(fair: str = "True") -> Trace:
    found = outcome(fair).verdicts["served"]
    assert isinstance(found, Violated)
    return found.trace


def test_a_loop_in_words() -> None:
    assert overall(outcome()) is Status.LIVENESS
    text = plain(tuple(render(lock(), lasso(), "served")))
    assert "...  back to state 3, and round for ever\n" in text
    assert "  States 1 to 5, and then round from state 3 again, violate served\n" in text
    said = " ".join(text.split())
    assert 'With t = 0, self.thread[t].at("waits") is true in state 2, and self.held == t is false' in said
    assert "thread[0] (weakly fair) is starved: it can go on in state 3, but not in state 4" in said


def test_for_each_fair_step_it_is_said_why_the_loop_owes_it_nothing() -> None:
    said = " ".join(plain(render_explained(lock(), lasso(), "served")).split())
    assert "thread[1] (weakly fair) is taken in the loop: it leads to state 4." in said
    assert (
        "thread[0] (weakly fair) is starved: it can go on in state 3, but not in state 4, where it waits until "
        'self.held is None: now self.held = 1. Only fair="strong" would owe it a step.'
    ) in said


def test_a_process_that_can_go_on_nowhere_in_the_loop_is_named_with_what_it_waits_for() -> None:
    """Nothing was said of it: it is not possible in any state of the loop, and so not owed anything."""
    text = """
class Forgotten(Model):
    rung = Var(Bool)
    light = Var(Bool)
    @process
    def waiter(self):
        yield "waits"
        require(self.rung)
    @process
    def lamp(self):
        while True:
            self.light = not self.light
            yield "on"
    @eventually
    def is_called(self):
        return self.rung
"""
    compiled = program(text)
    found = check(Task(compiled, select(compiled)), engine("auto")).verdicts["is_called"]
    assert isinstance(found, Violated)
    said = " ".join(plain(render_explained(compiled, found.trace, "is_called")).split())
    assert "self.rung is false in every state." in said
    assert "waiter (weakly fair) can go on nowhere in the loop: in state" in said
    assert "it waits until self.rung: now self.rung = False." in said
    assert "lamp (weakly fair) is taken in the loop" in said


def test_a_rest_names_the_word_to_write() -> None:
    """A process that was declared unfair may be what is missing."""
    assert lasso("False").end == Lasso(1)
    text = plain(tuple(render(lock("False"), lasso("False"), "served")))
    assert "...  nothing more happens: it rests here for ever\n" in text
    assert "thread[0] can go on in state 2, but need not: it is fair=False. Say" in text
    assert "fair=True if it does." in text


@pytest.mark.parametrize(("mark", "unfair"), [("@process", "(fair=False)"), ("@action", "")])
def test_the_word_to_write_is_one_that_helps(mark: str, unfair: str) -> None:
    """fair=True was advised to what can go on only now and then: the same loop violates it then, too."""

    def ends(fair: str) -> tuple[Verdict, str]:
        compiled = program(f"""
class Lamp(Model):
    on = Var(Bool)
    done = Var(Bool)
    @action(fair="weak")
    def flip(self):
        require(not self.done)
        self.on = not self.on
    {mark}{fair}
    def works(self):
        require(self.on and not self.done)
        self.done = True
    @eventually
    def ends(self):
        return self.done
""")
        found = check(Task(compiled, ("ends",)), engine("reference")).verdicts["ends"]
        said = render_explained(compiled, found.trace, "ends") if isinstance(found, Violated) else ()
        return found, " ".join(plain(tuple(said)).split())

    found, said = ends(unfair)
    assert isinstance(found, Violated)
    assert 'Not in every state of the loop: only fair="strong" would owe it a step.' in said
    assert isinstance(ends("(fair='weak')")[0], Violated)
    assert isinstance(ends("(fair='strong')")[0], Exhausted)


@pytest.mark.parametrize("fair", ["True", "False"])
def test_a_lasso_is_written_and_read_as_it_is(fair: str) -> None:
    meta = traces.Meta("m:Lock", "served", "violated", "reference", "1")
    data = json.loads(traces.text(traces.dump(lock(fair), lasso(fair), meta)))
    assert data["loop"] == {"True": 2, "False": 1}[fair]
    assert traces.parse(lock(fair), data) == lasso(fair)
    assert taken_again(lock(fair), data, "served").now is Now.VIOLATES
    assert taken_again(lock("'strong'"), data, "served").now is Now.HARMLESS
    assert "for ever" in regression_test(lock(fair), data, lasso(fair), "served")


@pytest.mark.parametrize(("loop", "said"), [(9, "loop: 9 is no index of a state"), (True, "loop: true is no index")])
def test_a_loop_to_nowhere_is_refused(loop: object, said: str) -> None:
    data = {**traces.dump(lock(), lasso(), traces.Meta("m:Lock", "served", "violated", "reference", "1")), "loop": loop}
    with pytest.raises(UsageError, match=said):
        traces.parse(lock(), data)


def test_pictures_and_pages_mark_the_loop() -> None:
    for draw in (trace_svg, picture_svg, page):
        drawn = draw(lock(), lasso(), "served")
        assert "back to state 3" in drawn, draw
        if draw is not page:
            ElementTree.fromstring(drawn)
    graph = trace_graph(lock(), lasso())
    assert len(graph) == 4 and graph.has_edge(3, 2), "the last state is the third once more"


@pytest.mark.parametrize("name", ["induction", "walk", "fuzz"])
def test_an_engine_that_cannot_decide_it_says_who_can(name: str) -> None:
    found = outcome("True", name)
    said = found.verdicts["served"]
    assert isinstance(said, Unknown) and f"the engine '{name}' does not decide" in said.reason
    assert "'auto', 'explicit' and 'reference' do" in said.reason
    assert next(iter(found.verdicts)) == "served"


@pytest.mark.parametrize("name", ["auto", "all", "explicit", "reference"])
def test_the_others_decide_it_beside_all_else(name: str) -> None:
    found = outcome("'strong'", name).verdicts
    assert list(found) == ["served", "no_deadlock", "no_failure"]
    assert found["served"] == Exhausted(8)


def test_a_random_run_is_not_asked_about_whole_behaviours() -> None:
    with pytest.raises(UsageError, match="'served' speaks of whole behaviours, and a random run ends"):
        machine(lock(), ("served",))


def test_a_violation_of_a_single_state_comes_first() -> None:
    broken = program(
        TEST_AND_SET.replace("FAIR", "True") + "    @always\n    def never(self):\n        return self.held != 1\n"
    )
    found = check(Task(broken, select(broken)), engine("reference")).verdicts
    assert found["served"] == Unknown("stopped at the violation of 'never'")
    found = check(Task(broken, select(broken)), engine("auto")).verdicts
    assert isinstance(found["served"], Violated) and isinstance(found["never"], Violated)


def test_what_holds_of_nothing_is_said_in_words() -> None:
    said = wording(Exhausted(8, vacuous=True)).sentence
    assert said == "holds of nothing: what it begins with never happens (all 8 states)"
