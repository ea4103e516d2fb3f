"""The classic map against a real one of Go: the model explains every cell, and each broken variant is caught."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from random import Random

import pytest

from checker.conform.classic_map.driving import Driver
from checker.conform.classic_map.holding import confirm_map
from checker.conform.classic_map.reading import Reader, tophash
from checker.conform.classic_map.reproducing import reproduce
from checker.conform.holdings import holding, parameters
from checker.conform.maps.holding import Held
from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.present import Within
from checker.conform.maps.real import RealMaps
from checker.contract.replay import Claim, confirm
from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program


def program(name: str, real: RealMaps | None = None, **fixed: int) -> Program:
    model = load(f"spec.go_map.followed:{name}")
    decided = {"pointers": False} if real is None else parameters(model, real)
    return compile_model(model, decided | fixed)


def held(name: str, go: str, operations: int, seed: int = 0, kind: str = "int", **fixed: int) -> Held:
    with RealMaps(kind, go) as real:
        return list(holding(program(name, real, **fixed), real).hold(operations, seed))[-1]


def test_the_model_explains_every_cell_of_a_real_map(go: str) -> None:
    came = held("FollowedMap", go, 2_500)
    assert came.found is None and came.operations == 2_500
    assert came.seen["growth: doubling"] and came.seen["overflow: a bucket linked"]


@pytest.mark.parametrize("kind", ["large", "interface"])
def test_the_model_explains_keys_of_other_kinds(go: str, kind: str) -> None:
    came = held("FollowedMap", go, 500, kind=kind, seed=2)
    assert came.found is None and came.seen["growth: doubling"]


def test_the_model_explains_loops_over_a_map_that_their_bodies_change(go: str) -> None:
    came = held("FollowedLoops", go, 2_500, kind="string")
    assert came.found is None
    assert came.seen["loop: yields an entry"] > 50 and came.seen["growth: doubling"]


def test_what_go_itself_gets_wrong_is_a_trace_of_the_model_and_happens_again(go: str) -> None:
    """NaN keys go where chance takes them, and a loop yields those that clear has removed: golang/go#70189."""
    times = []
    for seed in range(5):  # a trace as long as it came may lead where chance hardly goes again: none of 30 trials, once
        with RealMaps("float", go) as real:
            model = program("FollowedLoops", real)
            found = list(holding(model, real, "IterNoRemoved").hold(40_000, seed))[-1].found
        assert found is not None and found.mismatch is None and found.trace is not None, found
        confirm(model, "IterNoRemoved", Claim.VIOLATION, found.trace)
        times.append(reproduce(model, found.trace, "IterNoRemoved", go, 30).times)
        if times[-1]:
            break
    assert times[-1] > 0, times


@pytest.mark.parametrize(
    ("broken", "kind"), [("NeverSplits", "int"), ("WritesAhead", "int"), ("TakesWhatHasMoved", "string")]
)
def test_a_broken_variant_is_caught(go: str, broken: str, kind: str) -> None:
    assert held(f"Followed{broken}", go, 40_000, kind=kind).found is not None


def test_a_look_up_that_forgets_the_old_array_is_caught_by_reading(go: str) -> None:
    found = held("FollowedReadsOnlyNewArray", go, 40_000).found
    assert found is not None and found.mismatch is None and "gives None in the model" in found.problem


def test_the_load_factor_of_another_version_is_caught(go: str) -> None:
    """Go 1.21 doubles at 13 entries, 1.22 and 1.23 at 14: a model with the constants of 1.21 doubles too early."""
    found = held("FollowedMap", go, 2_000, loadNum=12).found
    assert found is not None and found.problem.startswith("B is ")


def test_a_mismatch_is_made_as_short_as_it_can_be(go: str) -> None:
    """An entry is deleted that another follows: two of one bucket are enough, and B = 0 has but one bucket."""
    with RealMaps("int", go) as real:
        held_map = holding(program("FollowedMarksRestTooSoon", real), real)
        found = list(held_map.hold(2_000, 0))[-1].found
        assert found is not None
        short = held_map.shortened(found)
    assert [each.op for each in short.shown.done] == [Op.MAKE, Op.ASSIGN, Op.ASSIGN, Op.DELETE]
    assert short.times == short.runs, "the same keys lie in the same order again"


def test_operations_are_those_of_the_seed_and_the_keys_are_there() -> None:
    def drawn(seed: int) -> list[Operation]:
        return list(itertools.islice(Driver(Within(40, 2, loops=2, nans=1), Random(seed)).operations(), 5_000))

    assert drawn(1) == drawn(1) != drawn(2)
    assert drawn(1)[0].op is Op.MAKE
    there: set[int] = set()
    absent = 0
    for each in drawn(1):
        match each.op:
            case Op.MAKE | Op.CLEAR:
                there = set()
            case Op.ASSIGN:
                there.add(each.key)
            case Op.DELETE:
                absent += each.key not in there
                there.discard(each.key)
    assert 0 < absent < 1_000, "mostly what is there is deleted"


def test_a_model_that_is_not_of_the_map_is_refused() -> None:
    with pytest.raises(UsageError, match=r"U024 .*DieHard is no model of Go's classic map: it has no 'count'"):
        confirm_map(compile_model(load("spec.classics.diehard:DieHard"), {}), "int")


def test_a_model_at_other_sizes_is_refused() -> None:
    with pytest.raises(UsageError, match=r"U024 .*has cells = 2, where Go has 8"):
        confirm_map(program("FollowedMap", cells=2), "int")


def report(**other: object) -> list[object]:
    """A first report of a map with one entry, key 3 with value 1, in an array of 16 buckets."""
    values: Mapping[str, object] = {
        "count": 1, "flags": 0, "B": 4, "noverflow": 0, "nevacuate": 0, "left": 2, "current": 1, "old": 0,
        "first": -1, "second": -1, "changes": [[1, 5, cells({2: (77, 3, 1)})]],
        "loops": [], "spares": [], "hashes": [77 << 56] * 320,
    }  # fmt: skip
    return list((dict(values) | other).values())


def cells(live: Mapping[int, Iterable[int]]) -> list[int]:
    return [number for cell in range(8) for number in live.get(cell, (1, 0, 0))]


def test_a_tophash_that_is_not_that_of_its_key_is_noticed() -> None:
    reader = Reader(program("FollowedMap"))
    assert reader.read(report()).odd is None
    wrong = reader.read(report(changes=[[1, 5, cells({2: (78, 3, 1)})]])).odd
    assert wrong == "buckets[5][0] cell 2: tophash 78, and its key, number 3, has 77"


def test_small_top_bytes_are_moved_out_of_the_way_of_the_codes() -> None:
    assert [tophash(byte << 56 | 9) for byte in (0, 4, 5, 255)] == [5, 9, 5, 255]
