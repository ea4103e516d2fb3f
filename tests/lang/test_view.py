"""What the method `picture` of a model sees: plain values, and where processes stand."""

from __future__ import annotations

from typing import Any

import pytest

from checker.frontend.compile import compile_program
from checker.ir.types import BOOL, IntType, RecordType, SeqType, SetType, TupleType, Type, opt
from checker.lang.view import unwrapped, view, wrapped
from checker.semantics import Interpreter
from counterexamples.draw.pictures import state_picture
from tests.frontend.support import model as made_from
from tests.support.pictures import walk

THINGS = """
class Things(Model):
    size = Param(2)

    Place = Range(3, 4)
    Pair = Record(left=Place, right=Bool)
    width = 2 ** size

    row = Var(Array(Place, Opt(Pair)))
    colours = Var(SetOf(Colour))
    queue = Var(Seq(Place, 2))

    def init(self):
        self.row[4] = self.Pair(left=3, right=True)
        self.colours = {Colour.GREEN}
        self.queue.append(4)

    @process(Place)
    def worker(self, p):
        seen = self.row[p]
        yield "looked"
        self.row[p] = None
        yield "done"
        if seen is not None:
            self.colours.add(Colour.RED)

    def both(self):
        return {p for p in self.Place if self.row[p] is not None}
"""


def test_a_view_holds_plain_values() -> None:
    model = made_from(THINGS)
    program = compile_program(model(size=3))
    first = next(each.state for each in Interpreter(program).initial())
    assert first is not None
    seen = view(model, program, first)
    assert list(seen.Place) == [3, 4] and 2 not in seen.Place
    assert (seen.size, seen.width) == (3, 8)
    assert seen.row[3] is None and (seen.row[4].left, seen.row[4].right) == (3, True)
    assert seen.row[4] == seen.Pair(left=3, right=True) != seen.Pair(left=4, right=True)
    assert [member.name for member in seen.colours] == ["GREEN"] and seen.queue == (4,)
    assert seen.both() == {4}
    with pytest.raises(IndexError, match="5 is no index"):
        seen.row[5]
    with pytest.raises(AttributeError, match="middle"):
        seen.row[4].middle  # noqa: B018


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (opt(IntType(0, 2)), None, None),
        (opt(SetType(BOOL)), None, None),
        (opt(SetType(BOOL)), frozenset({True}), {True}),
        (opt(RecordType("R", (("a", BOOL),))), None, None),
        (SeqType(opt(TupleType((BOOL, BOOL))), 2), (None, (True, False)), (None, (True, False))),
    ],
)
def test_a_view_holds_none_where_there_may_be_a_set_or_a_record(kind: Type, value: Any, read: Any) -> None:
    assert wrapped(kind, value) == read
    assert unwrapped(read) == value


def test_a_view_shows_where_processes_stand() -> None:
    model = made_from(THINGS)
    program = compile_program(model())
    trace = walk(program, 1)
    worker = view(model, program, trace.states[1]).worker
    at = {name: worker[place].point for name, place in (("three", 3), ("four", 4))}
    assert sorted(at.values()) == ["looked", "start"]
    moved = worker[3 if at["three"] == "looked" else 4]
    assert moved.at("looked") and not moved.at("start") and not moved.finished
    assert moved.locals.keys() == {"seen"} and moved.locals["seen"] == moved.seen
    with pytest.raises(ValueError, match="stops at no 'lookd'; there are start, looked, done"):
        moved.at("lookd")
    with pytest.raises(AttributeError, match="'worker' keeps no local 'sen'"):
        moved.sen  # noqa: B018


def test_a_variable_in_the_place_of_an_inherited_parameter_is_seen_in_a_picture() -> None:
    source = (
        "class A(Model):\n    size = Param(3, Range(1, 9))\n    x = Var(Bool)\n"
        "    @action\n    def go(self):\n        self.x = True\n"
        "class B(A):\n    size = Var(Range(5))\n"
        "    def picture(self):\n        p = Picture()\n        p.node('x', self.size)\n        return p\n"
    )
    picture = state_picture(compile_program(made_from(source)()), (False, 4))
    assert [getattr(leaf, "label", None) for leaf in picture.leaves()] == ["4"]


def test_super_works_in_a_picture() -> None:
    model = made_from(
        "class A(Model):\n    x = Var(Range(3))\n    @action\n    def step(self):\n        self.x = 1\n"
        "    def picture(self):\n        p = Picture()\n        p.node('x', self.x)\n        return p\n"
        "class B(A):\n    def picture(self):\n        p = super().picture()\n"
        "        p.node('y', 'why')\n        return p\n"
    )
    program = compile_program(model())
    picture = state_picture(program, (2,))
    assert [getattr(leaf, "label", None) for leaf in picture.leaves()] == ["2", "why"]
