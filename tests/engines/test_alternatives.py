"""Several counterexamples: counted by hand, against every behaviour of small models, and honest about what is left."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.alternatives import several
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget
from checker.contract.trace import Trace
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Step
from tests.frontend.support import program
from tests.support.agreement import examples

COUNTER = """
class Counter(Model):
    Thread = Range(2)
    counter = Var(Range(0, 2))
    finished = Var(Array(Thread, Bool))

    @process(Thread)
    def thread(self, t: Thread):
        seen = self.counter
        yield "read"
        self.counter = seen + 1
        self.finished[t] = True

    @always
    def nothing_is_lost(self):
        return not all(self.finished) or self.counter == 2
"""
TWO_WAYS = """
class TwoWays(Model):
    \"\"\"Two independent switches, and a lever that does what both do: two counterexamples.\"\"\"
    left = Var(Bool)
    right = Var(Bool)

    @action
    def first(self):
        require(not self.left)
        self.left = True

    @action
    def second(self):
        require(not self.right)
        self.right = True

    @action
    def lever(self):
        require(self.left != self.right)
        self.left = True
        self.right = True

    @final
    def over(self):
        return True

    @always
    def not_both(self):
        return not (self.left and self.right)
"""


def test_orders_of_independent_steps_are_one() -> None:
    """first-second and second-first are one; first-lever and second-lever are two more."""
    found = several(program(TWO_WAYS), "not_both", 10)
    assert [len(trace) for trace in found.traces] == [3, 3, 3]
    names = [sorted(step.name for step in trace.steps) for trace in found.traces]
    assert sorted(names) == [["first", "lever"], ["first", "second"], ["lever", "second"]]
    assert found.stopped is None and found.complete_to == 3


REMEMBERS = """
class Remembers(Model):
    left = Var(Bool)
    right = Var(Bool)
    later = Var(Bool)

    @action
    def first(self):
        require(not self.left)
        self.left = True
        self.later = self.right

    @action
    def second(self):
        require(not self.right)
        self.right = True

    @always
    def not_both(self):
        return not (self.left and self.right)
"""


def test_orders_that_end_in_different_states_are_two() -> None:
    found = several(program(REMEMBERS), "not_both", 10)
    assert sorted(trace.states[-1] for trace in found.traces) == [(True, True, False), (True, True, True)]


def test_two_threads_lose_an_addition_in_one_way() -> None:
    found = several(program(COUNTER), "nothing_is_lost", 50)
    assert len(found.traces) == 1, "both read, both write: whatever the order of reads, or of equal writes"


def test_it_ends_with_as_many_as_were_wanted_and_says_what_it_does_not_know() -> None:
    made = compile_model(load("spec.classics.peterson:PetersonGivesWayFirst"), {})
    one = several(made, "mutual_exclusion", 1)
    assert len(one.traces) == 1 and len(one.traces[0]) == 8 and one.complete_to == 7
    few = several(made, "mutual_exclusion", 9, Budget(max_states=10))
    assert few.traces == () and few.stopped == "state budget of 10 ended" and few.complete_to < 7


@pytest.mark.parametrize(
    ("model", "name", "states"),
    [
        ("spec.classics.philosophers:Philosophers", NO_DEADLOCK, 4),
        ("tests.support.workshop:Uneven", NO_FAILURE, 3),
        ("spec.classics.diehard:DieHard", "big_is_not_4", 7),
    ],
)
def test_the_first_is_the_shortest(model: str, name: str, states: int) -> None:
    found = several(compile_model(load(model), {}), name, 3)
    assert len(found.traces[0]) == states
    assert [len(trace) for trace in found.traces] == sorted(len(trace) for trace in found.traces)


def shortest(made: Program, name: str, most: int) -> list[Trace] | None:
    """Every shortest behaviour that breaks an `@always`, by looking at all behaviours; None if there are many."""
    interpreter = Interpreter(made)
    level = [Trace((each.state,), (), each.step.choices) for each in interpreter.initial() if each.state is not None]
    for _ in range(4):
        broken = [trace for trace in level if not interpreter.holds(name, trace.states[-1])]
        if broken or len(level) > most:
            return broken if len(level) <= most else None
        level = [
            Trace((*trace.states, each.state), (*trace.steps, each.step), trace.initial_choices)
            for trace in level
            for each in interpreter.successors(trace.states[-1])
            if each.state is not None
        ]
    return None


def classes(made: Program, traces: list[Trace]) -> int:
    """How many there are up to swapping neighbours that commute, by joining them pair by pair."""
    interpreter = Interpreter(made)
    left = {(trace.states[0], trace.steps) for trace in traces}
    count = 0
    while left:
        count += 1
        waiting = [left.pop()]
        while waiting:
            start, steps = waiting.pop()
            for other in neighbours(interpreter, start, steps):
                if (start, other) in left:
                    left.remove((start, other))
                    waiting.append((start, other))
    return count


def neighbours(interpreter: Interpreter, start: State, steps: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
    for place in range(len(steps) - 1):
        other = (*steps[:place], steps[place + 1], steps[place], *steps[place + 2 :])
        if after(interpreter, start, other[: place + 2]) == after(interpreter, start, steps[: place + 2]):
            yield other


def after(interpreter: Interpreter, state: State, steps: tuple[Step, ...]) -> State | None:
    for step in steps:
        found = interpreter.run(state, step)
        if found is None or found.state is None:
            return None
        state = found.state
    return state


EFFECTS = (
    "self.a = True",
    "self.b = True",
    "self.c = True",
    "self.a = not self.b",
    "self.b, self.c = self.c, self.b",
    "self.c = self.a or self.b",
    "require(self.a)\n        self.c = True",
    "require(not self.c)\n        self.b = True",
    "self.a = choose(Bool)",
    "self.b = True\n        self.a = self.c",
)


BAD = st.dictionaries(st.sampled_from("abc"), st.booleans(), min_size=1)
"""What is wrong: not always all of a state, so that behaviours that show the same end in different states."""


@given(st.lists(st.sampled_from(EFFECTS), min_size=2, max_size=4, unique=True), BAD)
@examples(40)
def test_as_many_as_there_are(effects: list[str], bad: dict[str, bool]) -> None:
    """Against all behaviours, put into classes by joining those that are one swap apart."""
    actions = "".join(f"\n    @action\n    def step{n}(self):\n        {each}\n" for n, each in enumerate(effects))
    wrong = " and ".join(f"self.{name} == {value}" for name, value in sorted(bad.items()))
    made = program(
        f"class M(Model):\n    a = Var(Bool)\n    b = Var(Bool)\n    c = Var(Bool)\n{actions}"
        f"\n    @final\n    def over(self):\n        return True\n"
        f"\n    @always\n    def fine(self):\n        return not ({wrong})\n"
    )
    wanted = shortest(made, "fine", 3000)
    if wanted:
        found = several(made, "fine", len(wanted) + 1)
        first = [trace for trace in found.traces if len(trace) == len(wanted[0])]
        assert len(first) == classes(made, wanted)
        assert found.complete_to >= len(wanted[0])
