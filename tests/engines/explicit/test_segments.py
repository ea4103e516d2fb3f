"""What a step of a process writes back: the locals that it assigns, and no others, however often it is tried."""

from __future__ import annotations

from unittest.mock import patch

import pytest

from checker.engines.explicit.codegen import segments
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.reference import ReferenceEngine
from tests.engines.explicit.support import counts, run
from tests.frontend.support import program
from tests.support.plain_code import plain_code

TRIED_AGAIN = """
class TriedAgain(Model):
    n = Var(Range(8))

    @process(Range(2))
    def go(self, t: Range(2)):
        mine = choose(range(1, 3))
        yield "chose"
        k = choose(range(3))
        require(k == 2 and self.n + mine < 8)
        self.n += mine
        yield "added"
        self.n = (self.n + mine) % 8

    @always
    def small(self):
        return self.n != 7
"""


@pytest.mark.parametrize("shared", [False, True])
def test_a_step_that_was_impossible_leaves_locals_as_they_were(shared: bool) -> None:
    """The first choices make it impossible: what it has put aside of `mine` meanwhile must be back for the last."""
    made = program(TRIED_AGAIN)
    with patch.object(segments, "_LARGE", 0 if shared else 200), patch.object(segments, "_OFTEN", 0 if shared else 3):
        assert ("def process_go(" in emit_program(made).source) is shared
        found = run(made, keep_going=True)
    expected = run(made, ReferenceEngine(), keep_going=True)
    assert counts(found) == counts(expected)
    assert {name: type(each) for name, each in found.verdicts.items()} == {
        name: type(each) for name, each in expected.verdicts.items()
    }


def _lines(steps: int) -> int:
    """Lines of code of a process with so many steps, each with a local of its own, under one that lives throughout."""
    body = "        whole = choose(range(4))\n" + "".join(
        f'        yield "{at}"\n        n{at} = self.n\n        self.n = (n{at} + whole) % 8\n' for at in range(steps)
    )
    return emit_program(
        program(f"class Long(Model):\n    n = Var(Range(8))\n\n    @process\n    def go(self):\n{body}")
    ).source.count("\n")


def test_the_code_of_a_process_grows_as_its_steps_do() -> None:
    """Each step gave every local of the process its default: 40 steps were four times as long as 20."""
    assert _lines(40) - _lines(20) < 1.1 * 2 * (_lines(20) - _lines(10))


AT_ONCE = """
class AtOnce(Model):
    n = Var(Range(8))

    @process(Range(2))
    def go(self, t: Range(2)):
        self.n = (self.n + t + 1) % 8
"""


def test_a_process_of_one_block_runs_in_a_loop_over_it_too() -> None:
    made = program(AT_ONCE)
    with patch.object(segments, "_LARGE", 0), patch.object(segments, "_OFTEN", 0), plain_code():
        assert "def process_go(" in emit_program(made).source
        found = run(made)
    assert counts(found) == counts(run(made, ReferenceEngine())) == (4, 5, 3)


KEEPS = """
class Keeps(Model):
    Pair = Record(a=Range(3), b=Bool)
    pair = Var(Pair)
    n = Var(Range(4))

    @process(Range(1, 3))
    def go(self, t: Range(1, 3)):
        mine = self.pair
        last = None
        yield "kept"
        self.pair.a = (mine.a + t) % 3
        self.pair.b = not mine.b
        last = mine.a
        yield "again"
        self.n = 3 if last is None else last
"""


@pytest.mark.parametrize("shared", [False, True])
def test_each_instance_keeps_locals_of_several_slots_apart(shared: bool) -> None:
    made = program(KEEPS)
    expected = run(made, ReferenceEngine(), keep_going=True)
    with (
        patch.object(segments, "_LARGE", 0 if shared else 200),
        patch.object(segments, "_OFTEN", 0 if shared else 3),
        plain_code(),
    ):
        found = run(made, keep_going=True)
    assert counts(found) == counts(expected)
    assert {name: type(each) for name, each in found.verdicts.items()} == {
        name: type(each) for name, each in expected.verdicts.items()
    }
