"""ITF, point by point of its specification (Apalache's ADR 15), as it stands since September 2023.

What is written keeps to the grammar there, and nothing is lost on the way. What other tools write for a value is read
where it fits its type. How the steps of their traces are found is in `test_matching`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import Enum
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.contract.replay import replay
from checker.contract.trace import Trace
from checker.errors import ModelError, UsageError
from checker.ir.nodes import Program
from checker.ir.types import (
    BOOL,
    NONE,
    ArrayType,
    EnumType,
    IntType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
)
from counterexamples.itf import matching, traces
from counterexamples.itf.encoding import Place, decode, encode
from counterexamples.itf.values import fit, typed
from tests.support.foreign import CROSSING, DIE_HARD, META, assert_itf, compiled, grammatical, walk
from tests.support.random_models import RandomModel, models


class Side(Enum):
    LEFT = "l"
    FAR_RIGHT = "r"


SIDE = EnumType("Side", tuple(Side))
SMALL = IntType(0, 9)
PAIR = RecordType("Pair", (("first", SMALL), ("on_side", SIDE)))


def big(number: int) -> dict[str, str]:
    return {"#bigint": str(number)}


ABSENT = {"tag": "None", "value": {"#tup": []}}

# What we write. A point of the specification, a type and a value of it, its JSON, and its type as Apalache has it.
POINTS: list[tuple[str, Type, Value, Any, str]] = [
    ("a Boolean", BOOL, True, True, "Bool"),
    ("a string", SIDE, Side.FAR_RIGHT, "FAR_RIGHT", "Str"),
    ("an integer", SMALL, 7, big(7), "Int"),
    ("a negative integer", IntType(-9, 9), -7, big(-7), "Int"),
    ("an integer beyond 2**53", IntType(0, 2**61), 2**60 + 1, big(2**60 + 1), "Int"),
    ("a list", SeqType(SMALL, 3), (2, 1, 2), [big(2), big(1), big(2)], "Seq(Int)"),
    ("an empty list", SeqType(SMALL, 3), (), [], "Seq(Int)"),
    ("a record", PAIR, (7, Side.LEFT), {"first": big(7), "on_side": "LEFT"}, "{ first: Int, on_side: Str }"),
    ("a tuple", TupleType((SMALL, BOOL)), (7, False), {"#tup": [big(7), False]}, "<<Int, Bool>>"),
    ("a set", SetType(SMALL), frozenset({8, 1}), {"#set": [big(1), big(8)]}, "Set(Int)"),
    ("an empty set", SetType(SMALL), frozenset(), {"#set": []}, "Set(Int)"),
    ("a map", ArrayType(IntType(0, 1), BOOL), (True, False), {"#map": [[big(0), True], [big(1), False]]},
     "Int -> Bool"),
    ("a map from other keys", ArrayType(SIDE, SMALL), (1, 2),
     {"#map": [["LEFT", big(1)], ["FAR_RIGHT", big(2)]]},
     "Str -> Int"),
    ("a map of maps", ArrayType(BOOL, ArrayType(BOOL, BOOL)), ((False, True), (True, False)),
     {"#map": [[False, {"#map": [[False, False], [True, True]]}], [True, {"#map": [[False, True], [True, False]]}]]},
     "Bool -> (Bool -> Bool)"),
    ("a variant", OptType(SMALL), 7, {"tag": "Some", "value": big(7)}, "None(UNIT) | Some(Int)"),
    ("a variant without a value", OptType(SMALL), None, ABSENT, "None(UNIT) | Some(Int)"),
    ("a set of variants", SetType(OptType(BOOL)), frozenset({None}), {"#set": [ABSENT]},
     "Set(None(UNIT) | Some(Bool))"),
    ("an interchangeable member", SymType("Node", 3), 2, big(2), "Int"),
    ("None alone", NONE, None, ABSENT, "None(UNIT)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "value", "data", "apalache"), [each[1:] for each in POINTS], ids=[p[0] for p in POINTS]
)
def test_a_value_is_written_as_the_specification_says(kind: Type, value: Value, data: Any, apalache: str) -> None:
    assert encode(kind, value) == data
    assert decode(kind, json.loads(json.dumps(data)), Place("f")) == value
    assert typed(kind) == apalache
    assert grammatical(data)


# What other tools write, which is read too.
FORMS: list[tuple[str, Type, Any, Value]] = [
    ("a JSON integer", SMALL, 7, 7),
    ("a negative JSON integer", IntType(-9, 9), -7, -7),
    ("leading zeros", SMALL, {"#bigint": "007"}, 7),
    ("a constant of an uninterpreted type", SymType("Node", 3), "2_OF_NODE", 2),
    ("a member as such a constant", SIDE, "LEFT_OF_SIDE", Side.LEFT),
    ("a member as a variant of Quint", SIDE, {"tag": "LEFT", "value": {"#tup": []}}, Side.LEFT),
    ("a member as a variant without a value", SIDE, {"tag": "LEFT"}, Side.LEFT),
    ("a member in other spelling", SIDE, "FarRight", Side.FAR_RIGHT),
    ("a member by its value", SIDE, "r", Side.FAR_RIGHT),
    ("a member called OF", EnumType("E", ("OUT_OF_ORDER", "OUT")), "OUT_OF_ORDER", "OUT_OF_ORDER"),
    ("a constant among members alike", EnumType("E", ("AB", "A_B")), "A_B_OF_E", "A_B"),
    ("a list for a tuple", TupleType((SMALL, BOOL)), [7, False], (7, False)),
    ("a tuple for a list", SeqType(SMALL, 3), {"#tup": [2, 1]}, (2, 1)),
    ("a function 1..n for a list", SeqType(SMALL, 3), {"#map": [[2, 5], [1, 4]]}, (4, 5)),
    ("a function 0..n-1 for a list", SeqType(SMALL, 3), {"#map": [[big(0), 4], [big(1), 5]]}, (4, 5)),
    ("an empty function for a list", SeqType(SMALL, 3), {"#map": []}, ()),
    ("a list for a set", SetType(SMALL), [1, 8], frozenset({1, 8})),
    ("a set in any order, a member twice", SetType(SMALL), {"#set": [8, 1, 8]}, frozenset({1, 8})),
    ("a list for a map", ArrayType(IntType(3, 4), BOOL), [True, False], (True, False)),
    ("a record for a map", ArrayType(SIDE, SMALL), {"far_right": 2, "LEFT": 1}, (1, 2)),
    ("a map in any order", ArrayType(SIDE, SMALL), {"#map": [["FAR_RIGHT", 2], ["LEFT", 1]]}, (1, 2)),
    ("a map of tuples", ArrayType(BOOL, SMALL), {"#map": [{"#tup": [False, 1]}, {"#tup": [True, 2]}]}, (1, 2)),
    ("a map for a record", PAIR, {"#map": [["first", 7], ["on_side", "LEFT"]]}, (7, Side.LEFT)),
    ("fields in other spelling", PAIR, {"onSide": "LEFT", "first": 7}, (7, Side.LEFT)),
    ("a bare value for a variant", OptType(SMALL), 7, 7),
    ("null", OptType(SMALL), None, None),
    ("a name for nothing", OptType(SMALL), "NULL", None),
    ("a constant for nothing", OptType(SIDE), "None_OF_SIDE", None),
    ("a member called NONE", OptType(EnumType("E", ("NONE", "SOME"))), "NONE", "NONE"),
    ("a variant with the unit of Apalache", OptType(SMALL), {"tag": "None", "value": "U_OF_UNIT"}, None),
    ("a variant without anything", NONE, {"tag": "None"}, None),
    ("what is inside a variant", OptType(PAIR), {"tag": "Some", "value": {"first": 7, "onSide": "l"}}, (7, Side.LEFT)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "value"), [each[1:] for each in FORMS], ids=[each[0] for each in FORMS])
def test_other_forms_are_read(kind: Type, data: Any, value: Value) -> None:
    assert decode(kind, fit(kind, data, Place("f")), Place("f")) == value


REFUSED: list[tuple[Type, Any, str]] = [
    (SMALL, {"#unserializable": "Int"}, "f: the tool that wrote the file could not write this value: 'Int'"),
    (SetType(SMALL), {"#unserializable": "Nat"}, "f: the tool that wrote the file could not write this value: 'Nat'"),
    (SMALL, 10, "f: 10 is not in Range(10)"),
    (SMALL, big(10**50), f"f: {10**50} is not in Range(10)"),
    (SMALL, 1.5, "f: 1.5 is not an integer"),
    (SMALL, True, "f: true is not an integer"),
    (SMALL, {"#bigint": 7}, "f: {'#bigint': 7} is not an integer"),
    (BOOL, 1, "f: 1 is not a truth value"),
    (SIDE, "MIDDLE", "f: 'MIDDLE' is not in Side"),
    (EnumType("E", ("AB", "A_B")), "ab", "f: 'ab' is not in E"),
    (OptType(SMALL), 10, "f: 10 is not in Opt(Range(10))"),
    (ArrayType(IntType(0, 1), BOOL), [True], "f: [True] is not a map"),
    (ArrayType(IntType(0, 1), BOOL), {"#map": [[1, True], [2, True]]}, "f: 2 is not in Range(2)"),
    (SeqType(SMALL, 3), {"#map": [[1, 1], [3, 1]]}, "f: {'#map': [[1, 1], [3, 1]]} is not a sequence"),
    (SetType(SMALL), {"#set": [{"#unserializable": "x"}]},
     "f: [0]: the tool that wrote the file could not write this value: 'x'"),
    (PAIR, {"first": 1, "onside": "LEFT", "on_side": "LEFT"}, "f: Pair has no field 'onside'"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "data", "problem"), REFUSED, ids=[each[2] for each in REFUSED])
def test_what_does_not_fit_is_refused(kind: Type, data: Any, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        decode(kind, fit(kind, data, Place("f")), Place("f"))
    assert (caught.value.problem.code, caught.value.problem.problem) == ("U005", problem)
    assert caught.value.problem.remedy


def some(count: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    return settings(
        max_examples=count, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )


def drawn_trace(model: RandomModel, seed: int) -> tuple[Program, Trace] | None:
    try:
        program = model.program()
    except ModelError:
        return None
    trace = walk(program, Random(seed))
    return None if trace is None else (program, trace)


@some(30)
@given(models(), st.integers(0, 99))
def test_a_trace_of_any_model_is_itf_and_comes_back(model: RandomModel, seed: int) -> None:
    drawn = drawn_trace(model, seed)
    if drawn is not None:
        data = json.loads(traces.text(traces.dump(*drawn, META)))
        assert_itf(data)
        assert traces.parse(drawn[0], data) == drawn[1]


@some(30)
@given(models(), st.integers(0, 99))
def test_the_states_of_any_trace_are_enough(model: RandomModel, seed: int) -> None:
    drawn = drawn_trace(model, seed)
    if drawn is None:
        return
    program, trace = drawn
    data = disguised(program, trace, Random(seed))
    found = matching.load(program, data)
    assert found.trace.states == trace.states
    replay(program, found.trace)


def disguised(program: Program, trace: Trace, random: Random) -> Any:
    """The states of a trace as another tool might write them."""
    names = [declared.name for declared in program.variables]
    random.shuffle(names)
    kinds = {declared.name: declared.type for declared in program.variables}
    places = {declared.name: at for at, declared in enumerate(program.variables)}
    states = [{name: other(kinds[name], state[places[name]], random) for name in names} for state in trace.states]
    return json.loads(json.dumps({"vars": names, "states": states}))


def other(kind: Type, value: Value, random: Random) -> Any:
    """A value in one of the forms that mean it."""
    data = encode(kind, value)
    match kind:
        case IntType() | SymType():
            return random.choice([data, value])
        case EnumType():
            return random.choice([data, {"tag": data, "value": {"#tup": []}}, f"{data}_OF_TYPE"])
        case OptType():
            if value is None:
                return random.choice([data, None, {"tag": "None", "value": {"tag": "UNIT"}}])
            return {"tag": "Some", "value": other(kind.item, value, random)}
        case SetType():
            items = [other(kind.item, item, random) for item in value]
            return random.choice([{"#set": items}, items])
        case SeqType():
            items = [other(kind.item, item, random) for item in value]
            return random.choice([items, {"#tup": items}, {"#map": [[at + 1, item] for at, item in enumerate(items)]}])
        case ArrayType():
            pairs = [
                [other(kind.index, index, random), other(kind.item, item, random)]
                for index, item in zip(kind.index.values(), value, strict=True)
            ]
            random.shuffle(pairs)
            return {"#map": pairs}
        case RecordType():
            parts = zip(kind.fields, value, strict=True)
            return {name: other(item, part, random) for (name, item), part in parts}
    return data


def test_a_trace_of_ours_may_come_back_with_json_integers() -> None:
    program = compiled("spec.classics.missionaries:Crossing")
    trace = matching.load(program, traces.read(CROSSING)).trace
    written = traces.text(traces.dump(program, trace, META))
    plain = re.sub(r'\{"#bigint": "(-?\d+)"\}', r"\1", written)
    assert plain != written
    assert traces.parse(program, json.loads(plain)) == trace
    assert traces.header(json.loads(plain)) == traces.header(json.loads(written))


def test_parameters_are_set_in_the_first_state_only() -> None:
    program = compiled("spec.classics.diehard:DieHard")
    states = traces.dump(program, matching.load(program, traces.read(DIE_HARD)).trace, META)["states"]
    assert [states[0][name] for name in ("small_size", "big_size", "target")] == [big(3), big(5), big(4)]
    assert [set(state) for state in states[1:]] == [{"#meta", "small", "big"}] * 6


def test_a_parameter_of_another_value_is_refused() -> None:
    program = compiled("spec.classics.diehard:DieHard")
    data = traces.dump(program, matching.load(program, traces.read(DIE_HARD)).trace, META)
    data["states"][0]["target"] = big(2)
    for reads in (traces.parse, matching.load):
        with pytest.raises(UsageError) as caught:
            reads(program, data, "f")
        assert str(caught.value) == (
            "U005 f: states[0].target: the parameter is 2 here, and 4 in the model\n    Set it so: --set target=2."
        )
