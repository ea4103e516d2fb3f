"""Random types of the language, as a model writes them. Draws declarations; knows no expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from checker.lang.types import (
    BOOL,
    ArrayType,
    EnumType,
    IntType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    Type,
)

T = TypeVar("T")
LARGEST = 3_000
"""Values that the type of a variable may have, except for wide ones."""


class Source:
    """Where decisions come from. While `careful`, nothing is done on purpose that can fail."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self.careful = False

    def pick(self, options: Sequence[T]) -> T:
        """One of several."""
        return self._random.choice(options)

    def below(self, count: int) -> int:
        """A number in range(count)."""
        return self._random.randrange(count)

    def chance(self, of: int) -> bool:
        """True once in so many times."""
        return self._random.randrange(of) == 0

    def mishap(self, of: int) -> bool:
        """Whether to do something that may fail: once in so many times, and never while careful."""
        return not self.careful and self.chance(of)


@dataclass(frozen=True)
class Kind:
    """A type: `text` is how the class body and annotations write it, `domain` how a method lists its values, if it may.
    `parts` are the types it is made of: [index, item], [item], or those of the fields."""

    text: str
    type: Type
    domain: str | None = None
    parts: tuple[Kind, ...] = ()

    @property
    def item(self) -> Kind:
        """What an Opt, Array, SetOf or Seq holds."""
        return self.parts[-1]

    @property
    def fields(self) -> tuple[tuple[str, Kind], ...]:
        """The fields of a record."""
        assert isinstance(self.type, RecordType)
        return tuple((name, part) for (name, _), part in zip(self.type.fields, self.parts, strict=True))


BOOLEAN = Kind("Bool", BOOL, "Bool")
INTEGER = Kind("Range(-9, 9)", IntType(-9, 9))


def opt(item: Kind) -> Kind:
    """Opt(item)."""
    return Kind(f"Opt({item.text})", OptType(item.type), None, (item,))


def set_of(item: Kind) -> Kind:
    """SetOf(item)."""
    return Kind(f"SetOf({item.text})", SetType(item.type), None, (item,))


def array(index: Kind, item: Kind) -> Kind:
    """Array(index, item)."""
    return Kind(f"Array({index.text}, {item.text})", ArrayType(index.type, item.type), None, (index, item))


def seq(item: Kind, capacity: int) -> Kind:
    """Seq(item, capacity)."""
    return Kind(f"Seq({item.text}, {capacity})", SeqType(item.type, capacity), None, (item,))


_RANGES = ("Range(3)", "Range(2)", "Range(-1, 1)", "Range(4)", "Range(2, 4)", "Range(-3, -2)", "Range(1)")
_BOUNDS = {
    "Range(3)": (0, 2),
    "Range(2)": (0, 1),
    "Range(-1, 1)": (-1, 1),
    "Range(4)": (0, 3),
    "Range(2, 4)": (2, 4),
    "Range(-3, -2)": (-3, -2),
    "Range(1)": (0, 0),
}
_MEMBERS = {"Mode": ("OFF", "ON", "BROKEN"), "Side": ("LEFT", "RIGHT")}


@dataclass
class Types:
    """The types that one model declares. `heads` are lines of the module, `lines` of the class body."""

    source: Source
    members: int | None  # of the symmetric type, if there is one
    heads: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    scalars: list[Kind] = field(default_factory=list)
    records: list[Kind] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.members is not None:
            self._scalar("Peer", f"Range({self.members}, symmetric=True)", SymType("Peer", self.members))
        for number in range(1 + self.source.below(2)):
            text = self.source.pick(_RANGES)
            self._scalar(f"T{number}", text, IntType(*_BOUNDS[text]))
        self.scalars.append(BOOLEAN)
        for name in list(_MEMBERS)[: self.source.below(3)]:
            self._enum(name)
        if self.source.chance(4):
            item = self.source.pick(self.scalars)
            self._scalar("Maybe", f"Opt({item.text})", OptType(item.type), (item,))
        for number in range(self.source.below(3)):
            self._record(f"R{number}")

    def _scalar(self, name: str, text: str, kind: Type, parts: tuple[Kind, ...] = ()) -> None:
        self.lines.append(f"{name} = {text}")
        self.scalars.append(Kind(name, kind, f"self.{name}", parts))

    def _enum(self, name: str) -> None:
        members = _MEMBERS[name]
        self.heads += [f"class {name}(Enum):", *(f'    {member} = "{member.lower()}"' for member in members), "", ""]
        self.scalars.append(Kind(name, EnumType(name, members), name))

    def _record(self, name: str) -> None:
        plain = [kind for kind in self.scalars if not isinstance(kind.type, SymType)]  # so that there is a default
        parts = [self.source.pick(plain), self.source.pick([*plain, *(opt(kind) for kind in self._full())])]
        if self.source.chance(3):
            parts.append(set_of(self.source.pick([kind for kind in self.scalars if kind.type.size <= 3])))
        elif self.records and self.source.chance(2):
            parts.append(self.records[0])
        fields = [(letter, part) for letter, part in zip("abc", parts, strict=False)]
        self.lines.append(f"{name} = Record({', '.join(f'{letter}={part.text}' for letter, part in fields)})")
        kind = RecordType(name, tuple((letter, part.type) for letter, part in fields))
        self.records.append(Kind(name, kind, None, tuple(parts)))

    def _full(self) -> list[Kind]:
        """Scalars without None."""
        return [kind for kind in self.scalars if not isinstance(kind.type, OptType)]

    @property
    def peers(self) -> list[Kind]:
        """The symmetric type."""
        return [kind for kind in self.scalars if isinstance(kind.type, SymType)]

    def variable(self) -> Kind:
        """The type of a variable of the state: small, and without a certain symmetric member as its default."""
        kind = self._variable(2)
        if kind.type.size > LARGEST or starts_as_member(kind.type):
            kind = self.source.pick([BOOLEAN, *(set_of(peer) for peer in self.peers)])
        return self.wide() if self.source.chance(25) else kind

    def wide(self) -> Kind:
        """A type of many slots, which an engine packs in another way."""
        full = self.source.pick([kind for kind in self._full() if not isinstance(kind.type, SymType)])
        numbers = Kind("Many", IntType(0, 69), "self.Many")
        few = Kind("Some", IntType(-20, 19), "self.Some")
        if "Many = Range(70)" not in self.lines:
            self.lines += ["Many = Range(70)", "Some = Range(-20, 19)"]
        pairs = Kind("Wide", RecordType("Wide", (("a", few.type), ("b", full.type))), None, (few, full))
        options = [set_of(numbers), array(few, full), seq(full, 40)]
        if all("Wide" not in line for line in self.lines) and full.type.size > 1:
            self.lines.append(f"Wide = Record(a={few.text}, b={full.text})")
            options.append(set_of(pairs))
        if self.peers:
            options.append(array(few, opt(self.peers[0])))
        return self.source.pick(options)

    def cousin(self, kind: Kind) -> Kind:
        """A type whose values might, or might not, be of the other type too."""
        match kind.type:
            case IntType():
                return self.source.pick([other for other in self.scalars if isinstance(other.type, IntType)])
            case OptType() if kind.parts:
                return opt(self.cousin(kind.item)) if self.source.chance(2) else kind.item
            case SetType():
                return set_of(self.cousin(kind.item))
            case SeqType(capacity=capacity):
                return seq(self.cousin(kind.item), max(1, capacity + self.source.below(3) - 1))
            case ArrayType():
                return array(kind.parts[0], self.cousin(kind.item))
        return kind

    def symmetric(self) -> Kind:
        """A type that mentions the symmetric one."""
        peer, scalar = self.peers[0], self.source.pick([kind for kind in self.scalars if kind not in self.peers])
        options = [set_of(peer), opt(peer), seq(peer, 2), array(peer, scalar), array(peer, opt(peer))]
        return self.source.pick(
            [*options, array(peer, set_of(peer)), *(array(kind, scalar) for kind in self.scalars if _names(kind.type))]
        )

    def _variable(self, depth: int) -> Kind:
        scalar = self.source.pick(self.scalars)
        full = self.source.pick(self._full())
        inner = self._variable(depth - 1) if depth > 0 else full
        record = self.source.pick(self.records or [full])
        flat = record if record.type.size <= 12 and not _holds_set(record.type) else full
        options = [
            scalar,
            opt(full),
            set_of(scalar),
            array(scalar, inner),
            seq(inner, 1 + self.source.below(2)),
            record,
        ]
        options += [set_of(flat), opt(flat), array(scalar, record)]
        return self.source.pick(options)

    def everything(self, kinds: Sequence[Kind]) -> list[Kind]:
        """`kinds` and all that they are made of, each once."""
        found: dict[str, Kind] = {}
        for kind in kinds:
            for inner in (kind, *self.everything(kind.parts)):
                found.setdefault(inner.text, inner)
        return list(found.values())


def _names(kind: Type) -> bool:
    return isinstance(kind, OptType) and isinstance(kind.item, SymType)


def starts_as_member(kind: Type) -> bool:
    """Whether the default of a type is a certain symmetric member."""
    match kind:
        case SymType():
            return True
        case ArrayType(item=item):
            return starts_as_member(item)
        case RecordType(fields=fields):
            return any(starts_as_member(item) for _, item in fields)
    return False


def _holds_set(kind: Type) -> bool:
    return isinstance(kind, RecordType) and any(isinstance(item, (SetType, RecordType)) for _, item in kind.fields)
