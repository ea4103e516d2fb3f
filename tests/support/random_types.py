"""Random types of the language, as a model writes them. Draws declarations; knows no expressions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

from checker.ir.types import BOOL, ArrayType, EnumType, IntType, OptType, RecordType, SeqType, SetType, SymType, Type

T = TypeVar("T")
NAMES = r"T\d|R\d|Maybe|Peer|Other|Pair|Many|Some|Wide"
"""What a model's class body calls its types, as a pattern."""

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

    def shuffle(self, items: list[T]) -> None:
        """Put them into any order."""
        self._random.shuffle(items)

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
    members: int | None  # of the symmetric types, if there is one
    variant: bool = False  # whether a subclass may declare some of them anew
    heads: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    anew: list[str] = field(default_factory=list)  # lines of the subclass
    scalars: list[Kind] = field(default_factory=list)
    records: list[Kind] = field(default_factory=list)
    parameters: list[Kind] = field(default_factory=list)  # by their names

    def __post_init__(self) -> None:
        self._parameters()
        if self.members is not None:
            self._peers(self.members)
        for number in range(1 + self.source.below(2)):
            self._range(f"T{number}")
        self.scalars.append(BOOLEAN)
        for name in list(_MEMBERS)[: self.source.below(3)]:
            self._enum(name)
        if self.source.chance(3):
            item = self.source.pick(self.scalars)
            self._scalar("Maybe", f"Opt({item.text})", OptType(item.type), (item,))
        for number in range(self.source.below(3)):
            self._record(f"R{number}")

    def _parameters(self) -> None:
        """A size, from 1 to 3, and a switch; a subclass may give other defaults."""
        if self.source.chance(2):
            size = 1 + self.source.below(3)
            form = self.source.pick(["", ", Range(1, 3)"])
            self._either("size", f"Param({size}{form})", f"Param({1 + self.source.below(3)}{form})", str(size))
            self.parameters.append(Kind("size", IntType(size, size)))
        if self.source.chance(3):
            on = self.source.chance(2)
            self._either("on", f"Param({on})", f"Param({not on})", str(on))
            self.parameters.append(Kind("on", BOOL))

    def _either(self, name: str, text: str, before: str, anew: str) -> None:
        """A declaration; or another one, and that a subclass makes this of it."""
        differs = self.variant and self.source.chance(2)
        self.lines.append(f"{name} = {before if differs else text}")
        if differs:
            self.anew.append(f"{name} = {anew}")

    def _peers(self, members: int) -> None:
        """One or two symmetric types. Whether they are may depend on a parameter."""
        for name, count in (("Peer", members), ("Other", 2))[: 1 + (members < 4 and self.source.chance(4))]:
            alike = "True"
            if self.source.chance(6):
                alike = f"alike{name}"
                self._either(alike, "Param(True)", "Param(False)", "True")
            self._scalar(name, f"Range({count}, symmetric={alike})", SymType(name, count))

    def _range(self, name: str) -> None:
        """A range; it may depend on a parameter, or be declared anew by a subclass."""
        size = next((kind.type for kind in self.parameters if kind.text == "size"), None)
        if isinstance(size, IntType) and self.source.chance(2):
            number = size.lo
            texts = {
                "Range(size)": (0, number - 1),
                "Range(0, size)": (0, number),
                "Range(size * 2 - 1)": (0, number * 2 - 2),
            }
            text = self.source.pick([*texts, "Range(-1, size - 1)"])
            low, high = texts.get(text, (-1, number - 1))
            self._scalar(name, text, IntType(low, high))
            return
        text = self.source.pick(_RANGES)
        before = text
        if self.variant and self.source.chance(2):
            before = self.source.pick(_RANGES)
            self.anew.append(f"{name} = {text}")
        elif self.source.chance(8) and _BOUNDS[text][0] == 0:
            self._either(f"alike{name}", "Param(False)", "Param(True)", "False")
            before = text.replace(")", f", symmetric=alike{name})")
        self._scalar(name, before, IntType(*_BOUNDS[text]))

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
        small = [kind for kind in self.scalars if kind.type.size <= 3]
        if self.source.chance(3):
            parts.append(set_of(self.source.pick(small)))
        elif self.source.chance(3):
            parts.append(array(self.source.pick(small), self.source.pick([kind for kind in small if kind in plain])))
        elif self.records and self.source.chance(2):
            parts.append(self.records[0])
        fields = [(letter, part) for letter, part in zip("abc", parts, strict=False)]
        self.lines.append(f"{name} = Record({', '.join(f'{letter}={part.text}' for letter, part in fields)})")
        kind = RecordType(name, tuple((letter, part.type) for letter, part in fields))
        self.records.append(Kind(name, kind, None, tuple(parts)))

    def _full(self) -> list[Kind]:
        """Scalars without None."""
        return [kind for kind in self.scalars if not isinstance(kind.type, OptType)]

    def pair(self, peer: Kind) -> Kind:
        """A record that holds a member. No variable may start as one, so it stands in sets, sequences and Opts."""
        scalar = self.source.pick([kind for kind in self.scalars if kind.type.size <= 3 and kind not in self.peers])
        kind = Kind("Pair", RecordType("Pair", (("a", peer.type), ("b", scalar.type))), None, (peer, scalar))
        known = [other for other in self.records if other.text == "Pair"]
        if not known:
            self.lines.append(f"Pair = Record(a={peer.text}, b={scalar.text})")
            self.records.append(kind)
        return known[0] if known else kind

    @property
    def peers(self) -> list[Kind]:
        """The symmetric types."""
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
        peer, scalar = (
            self.source.pick(self.peers),
            self.source.pick([kind for kind in self.scalars if kind not in self.peers]),
        )
        if self.source.chance(4):
            return self.source.pick([seq(self.pair(peer), 2), opt(self.pair(peer)), set_of(self.pair(peer))])
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
        small = [kind for kind in self._full() if kind.type.size <= 3]
        sets, rows = set_of(self.source.pick(small)), array(self.source.pick(small), self.source.pick(small))
        if self.source.chance(4):
            options = [opt(sets), set_of(rows), opt(rows), seq(rows, 2)]
            options += [array(kind, full) for kind in self.scalars if isinstance(kind.type, OptType)]
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
