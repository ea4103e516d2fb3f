"""Events, crashes and histories in the text of a trace; what begins with an underscore is left out of it."""

from __future__ import annotations

import pytest

from checker.check import check, engine, select
from checker.contract.task import Task
from checker.contract.verdict import Violated
from checker.errors import ModelError
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from counterexamples.draw.drawing.generic import generic_picture
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.folded import folded
from counterexamples.explain.text import plain, render
from tests.frontend.support import model

TOLD = """
class Server(Model):
    T = Range(1)
    stored = Var(Range(4))
    _log = Var(Range(4))
    crashes = Var(Range(0, 1))
    def loses_power(self, t: T):
        require(self.crashes < 1)
        self.crashes += 1
    @event("{t} stores {v}, and had {result}")
    def store(self, t: T, v: Range(4)):
        had = self.stored
        self.stored = v
        self._log = v
        self.confirm(v)
        return had
    @event
    def confirm(self, v: Range(4)):
        assert v < LIMIT, "too many"
    @process(T, crash="loses_power")
    def server(self, t):
        seen = self.stored
        yield "read"
        self.store(t, seen + 1)
        yield "stored"
        self._log = 0
    @always
    def small(self):
        return self.stored < 2
    def history(self, told, shows):
        if shows != "small":
            return
        yield f"{shows}: {[(e.state, e.who, e.name, e.arguments['v'], e.result) for e in told if e.name == 'store']}"
        result, after = told.run("store", 0, 1, stored=3)
        yield f"{result} {after.stored}"
"""


KEPT: list[type] = []
"""The classes of models, which are forgotten with the last that holds them; a `history` is the class's."""


def compiled(text: str, **names: object) -> Program:
    KEPT.append(model(text, **names))
    return compile_program(KEPT[-1]())


def violated(made: Program, name: str) -> Violated:
    outcome = check(Task(made, select(made, [name])), engine("reference"))
    verdict = outcome.verdicts[name]
    assert isinstance(verdict, Violated)
    return verdict


def test_a_trace_tells_its_events_and_crashes_and_leaves_the_books_out() -> None:
    made = compiled(TOLD, LIMIT=9)
    text = plain(render(made, violated(made, "small").trace, "small"))
    assert "       - 0 stores 1, and had 0\n       - confirm(1)\n       stored     0 -> 1\n" in text
    assert '\n  4  server[0] crashes\n       crashes    0 -> 1\n       server[0]  at "start"\n' in text
    assert "_log" not in text
    assert text.endswith("\n\n  small: [(3, 'server[0]', 'store', 1, 0), (6, 'server[0]', 'store', 2, 1)]\n  3 1\n")


def test_a_step_that_changes_the_books_alone_does_not_say_that_nothing_changes() -> None:
    text = """
class Books(Model):
    x = Var(Range(3))
    _y = Var(Range(3))
    @action
    def keep(self):
        self._y = 1
    @action
    def see(self):
        require(self._y == 1)
        self.x = 1
    @always
    def small(self):
        return self.x == 0
"""
    made = compiled(text)
    shown = plain(render(made, violated(made, "small").trace, "small"))
    assert "  2  keep\n       (nothing that is shown changes)\n" in shown


def test_a_failure_within_a_helper_says_from_where_it_was_called() -> None:
    made = compiled(TOLD, LIMIT=1)
    text = plain(render(made, violated(made, "no_failure").trace, "no_failure"))
    assert "- 0 stores 1" in text
    called = [line.split(":")[-1] for line in text.splitlines() if "called from" in line]
    assert called == ["14", "23"]  # confirm in store, store in server


def test_a_crash_is_explained_as_one_and_not_by_the_code_that_stands_for_it() -> None:
    made = compiled(TOLD, LIMIT=9)
    text = plain(render_explained(made, violated(made, "small").trace, "small"))
    assert "server[0] stops where it stands, loses its locals, and starts again." in text
    assert "       - 0 stores 1, and had 0\n" in text
    assert "require self.crashes < 1 is true" in text and "!= 'end'" not in text


def test_pictures_and_pages_leave_the_books_out_and_keep_the_processes() -> None:
    made = compiled(TOLD, LIMIT=9)
    state = violated(made, "small").trace.states[-1]
    shown = folded(made, state)
    subjects = [fact.subject for fact in (*shown.shown, *shown.at_default)]
    assert sorted(subjects) == ["crashes", "server[0]", "stored"]
    assert "_log" not in repr(vars(generic_picture(made, state, ())))


def test_a_history_is_read_in_80_columns() -> None:
    made = compiled(TOLD.replace('yield f"{result} {after.stored}"', 'yield "  " + "0: pop(), " * 12'), LIMIT=9)
    text = plain(render(made, violated(made, "small").trace, "small"))
    *_, first, second = text.rstrip("\n").split("\n")
    assert (
        first.startswith("    0: pop(),")
        and second.startswith("        pop(), 0:")
        and max(map(len, (first, second))) <= 80
    )


def test_a_history_that_fails_is_a_message_with_its_line() -> None:
    made = compiled(TOLD.replace('yield f"{result} {after.stored}"', "yield 1 / 0"), LIMIT=9)
    with pytest.raises(ModelError, match=r"U019 the history of Server fails: ZeroDivisionError"):
        render(made, violated(made, "small").trace, "small")


def test_events_change_no_verdict() -> None:
    plain_text = TOLD.replace('@event("{t} stores {v}, and had {result}")', "").replace("@event\n", "\n")
    told, silent = (compiled(text, LIMIT=9) for text in (TOLD, plain_text))
    assert told.actions == silent.actions and told.processes == silent.processes
    for made in (told, silent):
        assert len(violated(made, "small").trace) == 6
