"""How values become numbers: the slots of a type, their codes, and how a state is packed into 64-bit words.

A slot is one 64-bit integer. Scalars and sets of at most 62 values take one slot, everything else a row of them:

    Bool, Enum, Range, symmetric   False/True 0/1, ordinal, the value itself, the member
    Opt(scalar)                    the scalar's code, None is its lowest code - 1
    SetOf(T)                       bit masks over the ranks of T, 62 bits a slot
    Array, Record, tuple           their items, one after another
    Seq(T, max)                    the length, then max items; items not in use hold T's default
    Opt(other)                     1 or 0, then the value; the default's codes if it is None

Equal values have equal codes, so states are equal when their words are. Packing keeps of each slot just the bits that
its range needs and never splits a slot over two words. Knows nothing of programs' steps, and emits nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from checker.errors import ModelError, Problem
from checker.ir.nodes import Program
from checker.ir.types import (
    ArrayType,
    BoolType,
    EnumType,
    IntType,
    NeverType,
    NoneType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    Value,
    is_scalar,
)

MASK_BITS = 62
"""Members of a set that one slot holds."""

LARGEST_SET = 4096
"""Values that the item type of a set may have."""

LONG = 16
"""Slots up to which packing and unpacking a variable is written out."""

_REMEMBERED = 4096
"""Values that a decoder remembers for each variable."""

NARROW_BITS = 63
"""Bits of a state that still is a single word, so that word + 1 is never 0."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The codes that one slot can hold, both bounds included, and the code of the default value."""

    low: int
    high: int
    default: int

    @property
    def bits(self) -> int:
        """How many bits tell its codes apart."""
        return (self.high - self.low).bit_length()


@dataclass(frozen=True, slots=True)
class Field:
    """Where a slot of the state stands when packed: `bits` bits of word `word` from bit `shift` hold code - `low`."""

    word: int
    shift: int
    bits: int
    low: int

    @property
    def mask(self) -> int:
        """Its bits within the word, as a signed 64-bit integer."""
        return signed(((1 << self.bits) - 1) << self.shift)


def signed(word: int) -> int:
    """The signed 64-bit integer with the bits of `word`."""
    word &= (1 << 64) - 1
    return word - (1 << 64) if word >> 63 else word


def is_direct(kind: Type) -> bool:
    """Whether a value of `kind` is one slot, which emitted code keeps in a local; other values live in scratch
    memory."""
    if isinstance(kind, SetType):
        return kind.item.size <= MASK_BITS
    return isinstance(kind, NeverType) or is_scalar(kind)


@cache
def low(kind: Type) -> int:
    """The lowest code of a scalar type: the code of rank 0."""
    match kind:
        case IntType(lo=lo):
            return lo
        case OptType(item=item):
            return low(item) - 1
        case _:
            return 0


@cache
def slots(kind: Type) -> tuple[Slot, ...]:
    """The slots of a value of `kind`, in order."""
    match kind:
        case SetType():
            if kind.item.size > LARGEST_SET:
                raise _too_large(kind)
            words = max(1, -(-kind.item.size // MASK_BITS))
            sizes = [min(MASK_BITS, kind.item.size - word * MASK_BITS) for word in range(words)]
            return tuple(Slot(0, (1 << size) - 1, 0) for size in sizes)
        case NeverType():
            return (Slot(0, 0, 0),)
        case ArrayType(item=item):
            return slots(item) * kind.index.size
        case RecordType() | TupleType():
            return tuple(slot for item in kind.items() for slot in slots(item))
        case SeqType(item=item, capacity=capacity):
            return (Slot(0, capacity, 0), *slots(item) * capacity)
        case OptType(item=item) if not is_scalar(item):
            return (Slot(0, 1, 0), *slots(item))
        case _:
            return (Slot(low(kind), low(kind) + kind.size - 1, low(kind)),)


@cache
def width(kind: Type) -> int:
    """How many slots a value of `kind` takes."""
    return len(slots(kind))


@cache
def default_codes(kind: Type) -> tuple[int, ...]:
    """The codes of the default value."""
    return tuple(slot.default for slot in slots(kind))


def codes(kind: Type, value: Value) -> tuple[int, ...]:
    """The codes of `value`, one for each slot of `kind`."""
    match kind:
        case SetType():
            mask = kind.rank(value)
            return tuple(mask >> at * MASK_BITS & (1 << MASK_BITS) - 1 for at in range(width(kind)))
        case ArrayType() | RecordType() | TupleType():
            return tuple(c for item, part in zip(kind.items(), value, strict=True) for c in codes(item, part))
        case SeqType(item=item, capacity=capacity):
            used = tuple(c for part in value for c in codes(item, part))
            return (len(value), *used, *default_codes(item) * (capacity - len(value)))
        case OptType(item=item) if not is_scalar(item):
            return default_codes(kind) if value is None else (1, *codes(item, value))
        case _:
            return (low(kind) + kind.rank(value),)


def value_of(kind: Type, row: Sequence[int]) -> Value:
    """The value of `kind` whose codes are `row`: the inverse of `codes`."""
    match kind:
        case SetType():
            return kind.unrank(sum(mask << at * MASK_BITS for at, mask in enumerate(row)))
        case ArrayType() | RecordType() | TupleType():
            return tuple(_items(kind.items(), row))
        case SeqType(item=item):
            return tuple(_items((item,) * row[0], row[1:]))
        case OptType(item=item) if not is_scalar(item):
            return value_of(item, row[1:]) if row[0] else None
        case _:
            return kind.unrank(row[0] - low(kind))


def _items(kinds: Sequence[Type], row: Sequence[int]) -> Iterator[Value]:
    """The values that stand one after another in `row`."""
    at = 0
    for kind in kinds:
        yield value_of(kind, row[at : at + width(kind)])
        at += width(kind)


class Layout:
    """Where every variable of a program stands, in scratch memory and packed."""

    def __init__(self, program: Program) -> None:
        self.kinds = {declared.name: declared.type for declared in program.variables}
        self.offsets: dict[str, int] = {}
        self.slots: list[Slot] = []
        for name, kind in self.kinds.items():
            self.offsets[name] = len(self.slots)
            self.slots.extend(slots(kind))
        self.fields = _pack(self.slots)
        self.in_rows = frozenset(
            slot
            for name, at in self.offsets.items()
            if self.is_long(name)
            for slot in range(at, at + width(self.kinds[name]))
        )
        self.words = 1 + max((field.word for field in self.fields), default=0)
        self.bits = max((field.shift + field.bits for field in self.fields if field.word == 0), default=0)
        """How many bits of the first word are used."""

    def is_long(self, variable: str) -> bool:
        """Whether a variable has so many slots that loops pack and unpack it, not lines."""
        return width(self.kinds[variable]) > LONG

    def pack(self, row: Sequence[int]) -> tuple[int, ...]:
        """The words, signed, of the state whose codes are `row`."""
        words = [0] * self.words
        for field, code in zip(self.fields, row, strict=True):
            words[field.word] |= (code - field.low) << field.shift
        return tuple(signed(word) for word in words)

    def encode(self, state: Sequence[Value]) -> tuple[int, ...]:
        """The words, signed, of a state."""
        return self.pack(
            [c for kind, value in zip(self.kinds.values(), state, strict=True) for c in codes(kind, value)]
        )

    def decode(self, words: Sequence[int]) -> tuple[Value, ...]:
        """The state packed in `words`."""
        row = [(words[f.word] >> f.shift & (1 << f.bits) - 1) + f.low for f in self.fields]
        return tuple(_items(tuple(self.kinds.values()), row))

    def decoder(self) -> Callable[[Sequence[int]], tuple[Value, ...]]:
        """`decode` for many states: most have most of their values in common, and what was made before is
        remembered."""
        places = [(field.word, field.shift, (1 << field.bits) - 1, field.low) for field in self.fields]
        variables = []
        for name, kind in self.kinds.items():
            known: dict[tuple[int, ...], Value] = {}
            variables.append((kind, places[self.offsets[name] : self.offsets[name] + width(kind)], known))

        def decode(words: Sequence[int]) -> tuple[Value, ...]:
            values = []
            for kind, own, known in variables:
                row = tuple([(words[word] >> shift & mask) + lowest for word, shift, mask, lowest in own])
                if row not in known:
                    if len(known) == _REMEMBERED:
                        known.clear()
                    known[row] = value_of(kind, row)
                values.append(known[row])
            return tuple(values)

        return decode

    def describe(self) -> list[str]:
        """One line for each variable: its slots and its bits."""
        lines = [f"{len(self.slots)} slots, {self.words} words"]
        for name, kind in self.kinds.items():
            at, count = self.offsets[name], width(kind)
            fields = self.fields[at : at + count]
            places = (
                f"word {fields[0].word} bit {fields[0].shift}, {sum(f.bits for f in fields)} bits" if fields else "-"
            )
            lines.append(f"s[{at}:{at + count}]  {name}: {kind}  ({places})")
        return lines


class PairLayout(Layout):
    """Where the variables of a program of pairs (`checker.ir.pairs`) stand: a pair is the words of the state after a
    step, then those of the state before it, both as `Layout` has them."""

    def __init__(self, program: Program, pairs: Program) -> None:
        super().__init__(pairs)
        single = Layout(program)
        moved = [replace(field, word=field.word + single.words) for field in single.fields]
        self.fields = [*single.fields, *moved]
        self.words = 2 * single.words


def _pack(rows: Sequence[Slot]) -> list[Field]:
    """Fields in order, each in the first word with room for it after the last one."""
    total = sum(slot.bits for slot in rows)
    room = NARROW_BITS if total <= 64 else 64
    fields: list[Field] = []
    word = shift = 0
    for slot in rows:
        if slot.bits > NARROW_BITS:
            raise _too_wide(slot)
        if shift + slot.bits > room:
            word, shift = word + 1, 0
        fields.append(Field(word, shift, slot.bits, slot.low))
        shift += slot.bits
    return fields


def _too_large(kind: SetType) -> ModelError:
    problem = f"'{kind}' is a set over a type with {kind.item.size:,} values; the explicit engine takes {LARGEST_SET:,}"
    return ModelError([Problem("E501", None, problem, "Use a smaller item type, or a Seq that holds the few members.")])


def _too_wide(slot: Slot) -> ModelError:
    problem = f"the range {slot.low}..{slot.high} needs {slot.bits} bits; the explicit engine takes {NARROW_BITS}"
    return ModelError([Problem("E501", None, problem, "Use a smaller range.")])


Permutation = Callable[[SymType, int], int]
"""Where each member of a symmetric type goes."""


def permuted(kind: Type, value: Value, go: Permutation) -> Value:
    """`value` with every member of a symmetric type replaced, also where it is an index."""
    match kind:
        case SymType():
            return go(kind, value)
        case OptType(item=item):
            return None if value is None else permuted(item, value, go)
        case ArrayType(index=index, item=item):
            moved = [None] * len(value)
            for rank, part in enumerate(value):
                moved[index.rank(permuted(index, index.unrank(rank), go))] = permuted(item, part, go)
            return tuple(moved)
        case RecordType() | TupleType():
            return tuple(permuted(item, part, go) for item, part in zip(kind.items(), value, strict=True))
        case SetType(item=item):
            return frozenset(permuted(item, member, go) for member in value)
        case SeqType(item=item):
            return tuple(permuted(item, part, go) for part in value)
        case BoolType() | IntType() | EnumType() | NoneType() | NeverType():
            return value
        case _:
            raise AssertionError(kind)
