"""Say in the model's terms where the loops of a real map stand. Decides nothing.

What spec/go_map/hiter.py leaves out, and how it is made the same here:

- An array that the map has dropped is kept by its iterators as far as they have not begun its buckets. Where clear has
  marked all of a chain emptyRest, nothing is left of it.
- A bucket to which no array leads is the first of a chain of its own. The model may have kept more of the chain, before
  the bucket in hand, which nobody reads again: `fitted` takes that for the same.
- An iterator at the end of a chain that nobody makes longer might as well have none.
- The fields of hiter that hold addresses for the collector are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from checker.ir.nodes import Program
from checker.ir.types import ArrayType, EnumType, RecordType, Type, Value
from checker.semantics import State

CELLS = 8
_NOWHERE, _CURRENT, _OLD, _ELSEWHERE, _SPARE = range(5)
_NAMES = {_CURRENT: "CURRENT", _OLD: "OLD", _ELSEWHERE: "KEPT", _NOWHERE: "KEPT", _SPARE: "SPARE"}

FIELDS = (
    "active", "buckets", "B", "startBucket", "offset", "wrapped", "bucket", "bptr", "at", "link", "i", "checkBucket",
    "cleared",
)  # fmt: skip
"""What the model's record of an iterator holds, in order."""

Chain = tuple[tuple[Value, Value, Value], ...]

_BPTR, _LINK = FIELDS.index("bptr"), FIELDS.index("link")


class Loops:
    """Reads what is reported of loops, for one model with iterators."""

    def __init__(self, program: Program, chain: Callable[[Sequence[int]], Chain], indirect: bool) -> None:
        """`chain` reads one; `indirect` says that cells hold pointers to elements."""
        self._chain = chain
        self._indirect = indirect
        self._nil: tuple[Chain, ...] = ((),) * (1 << int(program.parameters["maxB"]))
        self._number = int(program.parameters["iterators"])
        self._places = {name: program.position(name) for name in ("it", "keptChain")}
        self._spares = _length(program, "spares")
        record = _item(program, "it")
        assert isinstance(record, RecordType)
        assert tuple(name for name, _ in record.fields) == FIELDS
        kind = dict(record.fields)["buckets"]
        assert isinstance(kind, EnumType)
        self._named = {kind.show(member): member for member in kind.members}

    def read(
        self,
        entries: Sequence[Sequence[int]],
        handed_out: Sequence[tuple[int, int, int]],
        current: int,
        old: int,
        chains: Callable[[int], Sequence[Chain]],
    ) -> dict[str, Value]:
        """The variables of the model. `chains` gives the chains of an array by its serial number."""
        it: list[Value] = [self._idle()] * self._number
        kept: list[Value] = [self._nil] * self._number
        kept_chain: list[Value] = [()] * self._number
        for n, serial, b, start, offset, wrapped, i, bucket, check, place, at, link, *rest in entries:
            own: Chain = self._chain(rest[0]) if rest else ()  # type: ignore[arg-type]
            which = "CURRENT" if serial == current else "OLD" if serial == old else "KEPT"
            if which == "KEPT":
                kept[n] = self._ahead(chains(serial), bucket, start, bool(wrapped))
            if place in (_NOWHERE, _ELSEWHERE) and (_is_rest(own) or (len(own) == 1 and i == CELLS)):
                own, link, i, check = (), 0, 0, -1
            kept_chain[n] = own
            place_in, check_in = self._named[_NAMES[place]], None if check < 0 else check
            head = (True, self._named[which], b, start, offset, bool(wrapped), bucket)
            it[n] = (*head, place_in, at, link, i, check_in, False)
        spares: list[Value] = [None] * self._spares
        for number, at, link in handed_out:
            spares[number] = (at, link)
        return {"it": tuple(it), "kept": tuple(kept), "keptChain": tuple(kept_chain), "spares": tuple(spares)}

    def fitted(self, seen: Mapping[str, Value], reached: State) -> dict[str, Value]:
        """What was seen, in the words of the state that the model has reached where they mean the same."""
        it, kept_chain = list(seen["it"]), list(seen["keptChain"])
        theirs, their_chains = reached[self._places["it"]], reached[self._places["keptChain"]]
        for n in range(self._number):
            own = kept_chain[n]
            link = theirs[n][_LINK]
            if own and theirs[n][_BPTR] == it[n][_BPTR] and self._same(their_chains[n][link:], own):
                kept_chain[n] = their_chains[n]
                it[n] = (*it[n][:_LINK], link, *it[n][_LINK + 1 :])
        return {**seen, "it": tuple(it), "keptChain": tuple(kept_chain)}

    def _same(self, theirs: Chain, own: Chain) -> bool:
        """Whether two chains are, but for what evacuated cells show of elements elsewhere."""
        if theirs == own or not self._indirect or len(theirs) != len(own):
            return theirs == own
        return all(
            (tops, keys) == own_bucket[:2]
            and all(
                elem == other or getattr(top, "name", top) in ("EVACUATED_X", "EVACUATED_Y")
                for top, elem, other in zip(tops, elems, own_bucket[2], strict=True)
            )
            for (tops, keys, elems), own_bucket in zip(theirs, own, strict=True)
        )

    def _ahead(self, chains: Sequence[Chain], bucket: int, start: int, wrapped: bool) -> tuple[Chain, ...]:
        """The chains that an iterator has not begun."""
        begun = [not (bucket <= i < start if wrapped else i >= bucket or i < start) for i in range(len(chains))]
        shown = (() if done or _is_rest(chain) else chain for chain, done in zip(chains, begun, strict=True))
        return (*shown, *self._nil[len(chains) :])

    def _idle(self) -> Value:
        """The iterator of no loop."""
        current = self._named["CURRENT"]
        return (False, current, 0, 0, 0, False, 0, current, 0, 0, 0, None, False)


def _is_rest(chain: Chain) -> bool:
    """Whether every cell of a chain is emptyRest, as in a chain of no buckets."""
    return all(getattr(top, "name", top) == "EMPTY_REST" for bucket in chain for top in bucket[0])


def _item(program: Program, name: str) -> Type:
    kind = program.variables[program.position(name)].type
    assert isinstance(kind, ArrayType)
    return kind.item


def _length(program: Program, name: str) -> int:
    kind = program.variables[program.position(name)].type
    assert isinstance(kind, ArrayType)
    return kind.index.size
