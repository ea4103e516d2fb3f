"""Arrays of states that parts of a cluster send one another: none is lost on its way, or takes another's place."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import pytest

from checker.engines.explicit.cluster import partition, ray_actors
from checker.engines.explicit.cluster.partition import Answer, Array, Partition, Setup
from checker.engines.explicit.cluster.transport import Call, Reply, copy_of, replied, size_of
from checker.engines.explicit.native import store as tables
from checker.engines.explicit.native.store import RowSpan, Store
from checker.frontend.load import compile_model, load

MANY = memoryview(b"one"), memoryview(b""), memoryview(b"more")


class _Answering:
    """A part that answers what it is told to."""

    def __init__(self, arrays: tuple[Array, ...]) -> None:
        self._arrays = arrays

    def kept(self, arrays: Sequence[bytes | memoryview]) -> Answer:
        return Answer("as it is" if not arrays else [bytes(each) for each in arrays], self._arrays)


def _actor(monkeypatch: pytest.MonkeyPatch, arrays: tuple[Array, ...]) -> ray_actors._Actor:
    monkeypatch.setattr(ray_actors, "Partition", lambda setup, part: _Answering(arrays))
    monkeypatch.setattr(ray_actors, "_put", lambda array: ("put", copy_of(array)))
    return ray_actors._Actor(None, 0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "array", [b"", b"bytes", memoryview(b"view"), MANY, ()], ids=["none", "bytes", "view", "many", "no piece"]
)
def test_an_array_is_its_bytes_in_one_piece_or_in_several(array: Array) -> None:
    whole = b"".join(array) if isinstance(array, tuple) else bytes(array)
    assert (copy_of(array), size_of(array)) == (whole, len(whole))
    buffers: list[Any] = []
    sent = pickle.dumps(ray_actors._Sent(array), protocol=5, buffer_callback=buffers.append)
    pieces = array if isinstance(array, tuple) else (array,)
    assert len(buffers) == len(pieces), "states travel beside what is pickled: it is copied once more"
    assert copy_of(pickle.loads(sent, buffers=buffers)) == whole


def test_no_handle_stands_for_no_state() -> None:
    reply = replied(Answer(None, (b"", MANY, (memoryview(b""),))), copy_of)
    assert (reply.arrays, reply.sizes) == ((None, b"onemore", None), (0, 7, 0))


@pytest.mark.parametrize("answers", [0, 1, 2, 3, 5])
def test_arrays_that_come_beside_a_reply_take_the_places_of_their_handles(
    answers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many as there is room for; the others are put into the store, and one that is empty is nowhere."""
    actor = _actor(monkeypatch, (b"first", b"", MANY, memoryview(b"third"), b"last"))
    told = actor.call(Call("kept", answers=answers))
    reply, *beside = told if answers else (told,)
    assert len(beside) == answers
    found = ray_actors._with_handles(reply, iter(beside))
    assert found.value == "as it is"
    bytes_of = [_bytes_of(each) for each in found.arrays]
    assert bytes_of == [b"first", None, b"onemore", b"third", b"last"]
    assert found.sizes == (5, 0, 7, 5, 4)
    assert sum(isinstance(each, ray_actors._Sent) for each in found.arrays) == min(answers, 4)


def _bytes_of(handle: Any) -> bytes | None:
    if isinstance(handle, ray_actors._Sent):
        buffers: list[Any] = []
        return copy_of(pickle.loads(pickle.dumps(handle, protocol=5, buffer_callback=buffers.append), buffers=buffers))
    return None if handle is None else handle[1]


def test_a_part_that_fails_replies_with_as_many_results_as_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    actor = _actor(monkeypatch, ())
    reply, *beside = actor.call(Call("missing", answers=2))
    assert isinstance(reply, Reply) and type(reply.value).__name__ == "Raised"
    assert beside == [None, None]


def test_what_an_actor_is_given_comes_to_its_part_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    reply = _actor(monkeypatch, ()).call(Call("kept"), MANY, (memoryview(b"last"),))
    assert isinstance(reply, Reply) and reply.value == [b"one", b"", b"more", b"last"]


@pytest.mark.parametrize("parts", [1, 2, 3, 8, 1000])
def test_all_tables_of_a_cluster_together_begin_no_larger_than_one(parts: int) -> None:
    """A table that is larger than its states need is memory that each search has to clear."""
    store = Store(1, 40, 1 << 30)
    one = store.size
    store.begin_as_one_of(parts)
    assert store.size * parts <= one or store.size == tables._LEAST_SIZE
    assert store.size * parts > one / 2
    assert store.size & store.size - 1 == 0
    assert store.occupied() == store.size * store._entry(store.size)


@pytest.mark.parametrize(
    ("rows", "room", "wanted"),
    [((3, 4, 1), 8, [8]), ((3, 6, 2, 1), 8, [3, 8, 1]), ((20, 1), 8, [8, 8, 5]), ((), 8, []), ((3, 5), 8, [8])],
)
def test_levels_are_sent_in_few_arrays_that_are_not_too_large(
    rows: tuple[int, ...], room: int, wanted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each array is a result of Ray's, and costs a millisecond: what several threads have found travels together."""
    monkeypatch.setattr(partition, "PIECE", room * 8)
    part = Partition(Setup(compile_model(load("spec.classics.diehard:DieHard"), {}), 1, 1, 1 << 30), 0)
    store = part.search.store
    store.append(b"".join(number.to_bytes(8, "little") for number in range(sum(rows))))
    ends = [sum(rows[: at + 1]) for at in range(len(rows))]
    spans = [RowSpan(0, end - count, end) for end, count in zip(ends, rows, strict=True)]
    arrays = part._pieces(spans)
    assert [size_of(each) // 8 for each in arrays] == wanted
    assert b"".join(map(copy_of, arrays)) == b"".join(map(store.bytes_of, spans))
