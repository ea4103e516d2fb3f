"""The Swiss map against a real one of Go: the model explains every slot, and each broken variant is caught."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from random import Random

import pytest

from checker.commands.conform import mismatch_lines, too_large
from checker.conform.holdings import holding, memory, parameters
from checker.conform.maps.holding import Held
from checker.conform.maps.operations import Op, Operation
from checker.conform.maps.present import Within
from checker.conform.maps.real import KINDS, RealMaps, sources
from checker.conform.shortening import Shortened
from checker.conform.swiss_map.driving import Driver
from checker.conform.swiss_map.holding import SwissMaps, confirm_map
from checker.conform.swiss_map.reading import Reader
from checker.errors import UsageError
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.lang.model import parse_parameter
from checker.semantics import Interpreter
from counterexamples.draw.pictures import captioned_svg

EMPTY = [128, 0, 0] * 8


def model(name: str) -> type:
    return load(f"spec.go_map.swiss_followed:{name}")


def program(name: str, real: RealMaps | None = None) -> Program:
    return compile_model(model(name), {} if real is None else parameters(model(name), real))


def held(name: str, version: str, operations: int, seed: int = 0, kind: str = "int") -> Held:
    with RealMaps(kind, version, memory(model(name))) as real:
        return list(holding(program(name, real), real).hold(operations, seed))[-1]


def test_the_model_explains_every_slot_of_a_real_map(swiss: str) -> None:
    came = held("FollowedSwiss", swiss, 4_000, seed=3)
    assert came.found is None and came.operations == 4_000
    for event in ("growth: a table split in two", "growth: the directory doubles", "delete: a tombstone is left"):
        assert came.seen[event], event


@pytest.mark.parametrize("kind", ["string", "struct", "large"])
def test_the_model_explains_a_loop_over_a_map_that_its_body_changes(swiss: str, kind: str) -> None:
    came = held("FollowedSwissLoop", swiss, 2_000, seed=3, kind=kind)
    assert came.found is None and came.seen["loop: yields an entry"] > 50


def test_nan_keys_go_where_chance_takes_them(swiss: str) -> None:
    came = held("FollowedSwissLoop", swiss, 3_000, seed=1, kind="float")
    assert came.found is None, came.found.problem
    for event in ("assign: a NaN key", "clear: NaN keys go", "growth: a NaN key is moved"):
        assert came.seen[event], event


def test_a_nan_that_a_loop_yields_after_clear_is_caught(swiss: str) -> None:
    """Go looks at clearSeq before it takes a NaN from a replaced table: nothing else can tell that it is gone."""
    found = held("FollowedYieldsClearedNaN", swiss, 30_000, seed=1, kind="float").found
    assert found is not None and found.problem == "it.active is True in the model, and really False"


def test_an_entry_that_go_yields_twice_is_a_trace_of_the_model(swiss: str) -> None:
    with RealMaps("int", swiss, "swiss") as real:
        followed = program("FollowedSwissLoop", real)
        found = list(holding(followed, real, "IterOnce").hold(20_000, 0))[-1].found
    assert found is not None and found.mismatch is None and found.trace is not None, found
    assert found.trace.states[-1][followed.position("fault")].name == "TWICE"
    assert too_large(found.trace), "to write it took minutes, and a gigabyte"
    assert not too_large(replace(found.trace, states=found.trace.states[:2], steps=found.trace.steps[:1]))


def test_each_kind_of_keys_goes_with_each_kind_of_map() -> None:
    """The program for `intptr` keys and Swiss maps did not build: two of its files declared `held`."""
    for memory_of in ("classic", "swiss"):
        for kind in KINDS:
            texts = [source.read_text(encoding="utf-8") for source in sources(kind, memory_of)]
            names = [
                name for text in texts for name in re.findall(r"^(?:func|type|var|const) (\w+)", text, re.MULTILINE)
            ]
            assert len(names) == len(set(names)), (memory_of, kind)


@pytest.mark.parametrize("broken", ["DeletesToEmpty", "TakesTheFirstTombstone", "KeepsGrowthLeft"])
def test_a_broken_variant_is_caught(swiss: str, broken: str) -> None:
    assert held(f"Followed{broken}", swiss, 40_000, seed=1).found is not None


def test_what_differs_comes_before_what_merely_changes(swiss: str) -> None:
    """A step at Go's sizes changes a thousand things; the one that differs was not among the eight that were shown."""
    with RealMaps("int", swiss, "swiss") as real:
        broken = program("FollowedKeepsGrowthLeft", real)
        found = list(holding(broken, real).hold(40_000, 1))[-1].found
    assert found is not None
    text = "".join(part for line in mismatch_lines(broken, Shortened(found, 1, 1)) for _, part in line)
    assert text.index("in the model -> in the real map") < text.index("growthLeft", 300) < text.index("in the model: ")


def test_a_picture_of_a_map_at_gos_sizes_shows_some_of_its_groups() -> None:
    large = program("FollowedSwiss")
    begun = Interpreter(large).start((900,))
    assert begun is not None and begun.state is not None
    drawn = captioned_svg(large, [("two tables of 128 groups", begun.state)], "nothing")
    assert drawn.count("table 0") == 1 and len(drawn) < 100_000


def test_keys_that_a_mismatch_does_not_use_may_fall_anywhere() -> None:
    subject = SwissMaps(program("FollowedSwiss"), "int")
    mask, first, second = subject.wanted((5, None))
    assert first & mask == first == 5 << 7 and second & mask != second


def test_the_rules_of_another_version_are_caught(swiss: str) -> None:
    """Up to Go 1.26 a full small map becomes a table when an entry is overwritten."""
    with RealMaps("int", swiss, "swiss") as real:
        wanted = model("FollowedSwiss")
        older = {"version": parse_parameter(wanted, "version", "GO_1_25")}
        found = list(holding(compile_model(wanted, parameters(wanted, real) | older), real).hold(20_000, 1))[-1].found
    assert found is not None and found.problem == "dirLen is 1 in the model, and really 0"


def test_operations_are_those_of_the_seed_and_most_deletions_find_their_key() -> None:
    def drawn(seed: int) -> list[Operation]:
        return list(itertools.islice(Driver(Within(300, 2, loops=1), Random(seed)).operations(), 5_000))

    assert drawn(1) == drawn(1) != drawn(2)
    there: set[int] = set()
    absent = deleted = 0
    for each in drawn(1):
        match each.op:
            case Op.MAKE | Op.CLEAR:
                there = set()
            case Op.ASSIGN:
                there.add(each.key)
            case Op.DELETE:
                deleted += 1
                absent += each.key not in there
                there.discard(each.key)
    assert 0 < absent < deleted / 2


def test_a_model_that_is_not_of_the_swiss_map_is_refused() -> None:
    with pytest.raises(UsageError, match=r"U024 .*DieHard is no model of Go's Swiss map: it has no 'used'"):
        confirm_map(compile_model(load("spec.classics.diehard:DieHard"), {}))


def test_a_model_at_other_sizes_than_gos_is_refused() -> None:
    with pytest.raises(UsageError, match=r"U024 .*has groupBits = 2, where Go has 7"):
        confirm_map(compile_model(model("FollowedSwiss"), {"groupBits": 2}))


def test_a_version_without_a_swiss_map_is_refused(go: str) -> None:
    if go < "1.24":
        with RealMaps("int", go) as real, pytest.raises(UsageError, match=r"U024 Go .* has no Swiss map"):
            parameters(model("FollowedSwiss"), real)


def report(slots: list[int], hashes: list[int]) -> list[object]:
    """A first report of a small map whose group has these slots."""
    return [1, 0, 0, 0, -1, -1, [], 1, [], [[1, 0, slots]], [], hashes]


def test_a_control_byte_that_is_not_that_of_its_key_is_noticed() -> None:
    hashes = [77] * 1200
    reader = Reader(program("FollowedSwiss"))
    assert reader.read(report([77, 3, 1, *EMPTY[3:]], hashes)).odd is None
    wrong = Reader(program("FollowedSwiss")).read(report([78, 3, 1, *EMPTY[3:]], hashes)).odd
    assert wrong == "groups[0] slot 0: control byte 78, and its key, number 3, has 77"


def test_of_a_hash_count_the_bits_of_the_directory_and_those_of_the_group() -> None:
    reader = Reader(program("FollowedSwiss"))
    assert reader.part(0b1010 << 60 | 0b11 << 14 | 0b1000001 << 7 | 5) == 0b1010 << 7 | 0b1000001
    assert reader.part(reader.whole(1234)) == 1234


def test_a_directory_larger_than_the_models_is_left_alone() -> None:
    numbers = report(EMPTY, [0] * 1200)
    numbers[2] = 5
    assert Reader(program("FollowedSwiss")).read(numbers).beyond
