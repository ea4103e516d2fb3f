"""How loops over Go's classic map go wrong, operation by operation: what a program has to do on real Go to see it."""

from __future__ import annotations

from typing import Any

from checker.contract.replay import Claim, confirm
from checker.contract.trace import Trace
from checker.frontend.load import compile_model
from checker.lang import Model
from checker.semantics import Interpreter, State, Step
from spec.go_map.classic import ClassicMap
from spec.go_map.iterators import IteratedMap
from spec.go_map.mutants import Crowded, TwoSeeds


def put(key: int, *choices: Any) -> Step:
    """m[key] = 0"""
    return Step("assign", (key, 0), None, choices)


def put_nan(*choices: Any) -> Step:
    """m[math.NaN()] = 0"""
    return Step("assign_nan", (0,), None, choices)


def delete(key: int) -> Step:
    return Step("delete", (key,), None, ())


def loop(start: int, offset: int = 0) -> Step:
    """A `range` loop, up to its first entry."""
    return Step("range_start", (0,), None, (start, offset))


NEXT = Step("range_next", (0,), None, ())
CLEAR = Step("clear", (), None, ())


def walk(interpreter: Interpreter, steps: tuple[Step, ...]) -> tuple[State, ...]:
    """The states that the steps lead through."""
    first = next(interpreter.initial()).state
    assert first is not None
    states = [first]
    for step in steps:
        taken = interpreter.run(states[-1], step)
        assert taken is not None, step
        assert taken.state is not None, step
        states.append(taken.state)
    return tuple(states)


def violates(model: type[Model], parameters: dict[str, Any], name: str, *steps: Step) -> None:
    """The judge confirms that these steps violate the property, and not before the last one."""
    program = compile_model(model, parameters)
    interpreter = Interpreter(program)
    states = walk(interpreter, steps)
    confirm(program, name, Claim.VIOLATION, Trace(states, steps))
    assert all(interpreter.holds(name, state) for state in states[:-1])


def test_a_new_seed_makes_a_loop_that_began_in_mid_growth_yield_an_entry_twice() -> None:
    """The map grows from 4 to 8 buckets, the loop begins, the map grows to 16, becomes empty, and key 1 is put back."""
    emptied = (delete(2), put(2), delete(2), delete(0), delete(1))
    steps = (put(0, True), put(1), put(2), loop(0), *emptied, put(1, False), NEXT, NEXT)
    violates(TwoSeeds, {}, "IterOnce", *steps)


def test_a_nan_entry_is_yielded_after_clear_if_its_growth_is_over() -> None:
    """#70189, fixed in Go 1.24."""
    sizes = {"keys": 1, "nans": 2, "cells": 2, "loadNum": 2, "loadDen": 1, "maxB": 1, "hashBits": 1}
    steps = (put(0, 0), loop(0), put_nan(1, 0, False), put_nan(2, 0, False, False), CLEAR, NEXT)
    violates(IteratedMap, sizes, "IterNoRemoved", *steps)


def test_a_second_growth_to_the_same_size_hides_entries_from_a_loop() -> None:
    """hashGrow drops the iterator flags: the second growth clears the bucket in which the loop stands."""
    before = (put(0), put(1), put(2), loop(0))
    first_growth = (delete(0), put(3), put(4), put(5), put(0))
    second_growth = (delete(0), put(0))
    violates(Crowded, {}, "IterComplete", *before, *first_growth, *second_growth, NEXT, put(1), NEXT)


def test_clear_hands_an_overflow_bucket_back_on_which_a_loop_stands() -> None:
    """Its overflow link leads to bucket 0 then: an entry there is yielded twice, without growth or an old seed."""
    sizes = {"keys": 2, "cells": 1, "loadDen": 1, "maxB": 1, "hint": 2, "hashBits": 1, "preallocB": 1}
    steps = (put(1, 1, 1), put(0), delete(1), loop(1), CLEAR, put(0, 0, 0), NEXT, NEXT)
    violates(IteratedMap, sizes, "IterOnce", *steps)


def test_clear_leaves_the_old_array_of_an_empty_map() -> None:
    """A growth that is half done when the map becomes empty stays half done."""
    program = compile_model(ClassicMap, {"keys": 2, "loadDen": 16, "maxB": 4})
    interpreter = Interpreter(program)
    eight_buckets = (put(0, 0, 0), put(1), put(0), put(0))
    emptied = walk(interpreter, (*eight_buckets, delete(1), put(1), delete(0), delete(1)))[-1]
    assert interpreter.holds("emptied_while_growing", emptied)
    cleared = interpreter.run(emptied, CLEAR)
    assert cleared is not None
    assert cleared.state == emptied
