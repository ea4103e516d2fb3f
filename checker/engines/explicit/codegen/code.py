"""The paper that emitted code is written on: lines, names, scratch memory, constants, failure sites.

`Sheet` belongs to the whole emitted module, `Writer` to one function in it. Neither knows what an expression means;
`expressions`, `conversions`, `loops` and `statements` write on them.

Emitted functions take `s`, the scratch memory (the state's slots, then aggregate locals, temporaries and constants, all
at fixed places: there is no recursion), and `c`, the control array, whose cells have the names below.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from checker.engines.explicit.codegen.effects import Effects
from checker.engines.explicit.codegen.layout import Layout, default_codes, is_direct, low, width
from checker.errors import Span
from checker.ir.nodes import Kind
from checker.ir.types import Type

OK, CLEAN, IMPOSSIBLE, FIRST_SITE, TOO_MANY = 0, 1, 2, 3, -1
"""What c[STATUS] says of a run: it happened; it could not, and nothing was written yet; it could not; it failed at the
site of that number or above; it made more than CHOICE_LIMIT choices."""

STATUS, CURSOR, RECORDED, ADVANCE, FAILED, STUCK, DONE, LEFT, LOOK, CHOICES = 0, 1, 2, 3, 4, 5, 6, 7, 8, 10
"""Cells of the control array. LEFT is how often choices may still advance before somebody looks whether the step is to
go on: what LOOK is the address of, if anything, says how often after that, 0 if not. From CHOICES on, two cells for
each choice: its member, and whether another follows."""

CHOICE_LIMIT = 256
"""Choices that one step may make."""

CONTROL_CELLS = CHOICES + 2 * CHOICE_LIMIT

_RESERVED = frozenset(
    [
        *keyword.kwlist,
        *("abs", "min", "max", "s", "c", "w", "h", "out", "capacity", "int", "number", "words"),
        *("copy", "lowest", "mixed", "popcount", "advance", "choose", "choose_below", "choose_big"),
        *("count_bits", "next_bit", "pack_row", "patch_row", "same", "subset", "unpack_row"),
    ]
)

_INLINE_SLOTS = 6
"""Slots up to which copying and comparing is written out."""


def name_of(name: str) -> str:
    """The name that a local of the model has in emitted code, where `_` begins the names of the emitter. Different
    locals have different names."""
    return _spelled(name) if name in _RESERVED or name.startswith("_") else identifier(name)


def identifier(name: str) -> str:
    """`name` as part of an identifier; different names stay different."""
    return name if name.isidentifier() and not name.startswith("u_") else _spelled(name)


def _spelled(name: str) -> str:
    return "u_" + "".join(mark if mark.isalnum() else _SPELLED.get(mark, f"_{ord(mark):x}_") for mark in name)


_SPELLED = {"_": "__", ".": "_in_"}


@dataclass(frozen=True, slots=True)
class Site:
    """A place in the model where a step can fail."""

    kind: Kind
    span: Span


@dataclass
class Sheet:
    """What the functions of one emitted module share."""

    layout: Layout
    effects: Mapping[str, Effects]
    constants: dict[int, tuple[int, ...]] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    results: dict[str, int] = field(default_factory=dict)  # where a helper leaves an aggregate result
    parameters: dict[tuple[str, str], int] = field(default_factory=dict)  # where a helper takes an aggregate
    size: int = 0
    _known: dict[tuple[int, ...], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.saved = len(self.layout.slots)  # long variables of the parent stand once more here
        self.size = 2 * self.saved if self.layout.in_rows else self.saved

    def scratch(self, count: int) -> int:
        """The offset of `count` slots of scratch memory that nothing else uses."""
        at = self.size
        self.size += count
        return at

    def constant(self, row: Sequence[int]) -> int:
        """The offset of slots that always hold `row`."""
        key = tuple(row)
        if key not in self._known:
            self._known[key] = self.scratch(len(key))
            self.constants[self._known[key]] = key
        return self._known[key]

    def site(self, kind: Kind, span: Span) -> int:
        """The status of a run that fails here."""
        self.sites.append(Site(kind, span))
        return FIRST_SITE + len(self.sites) - 1


class Writer:
    """One emitted function. `dirty` says that the state may have changed already."""

    def __init__(self, sheet: Sheet, dirty: bool) -> None:
        self.sheet = sheet
        self.dirty = dirty
        self.lines: list[str] = []
        self.locals: dict[str, str] = {}  # a model's local: its name here, or its place if it is an aggregate
        self._depth = 1
        self._count = 0

    def line(self, text: str) -> None:
        """Write one line."""
        self.lines.append("    " * self._depth + text)

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write `head` and what is written inside one level deeper; `pass` if that is nothing."""
        self.line(head)
        self._depth += 1
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self._depth -= 1

    @contextmanager
    def aside(self) -> Iterator[list[str]]:
        """Collect what is written inside instead of writing it."""
        kept, self.lines = self.lines, []
        try:
            yield self.lines
        finally:
            self.lines = kept

    def fresh(self, hint: str = "t") -> str:
        """A name that nothing else has."""
        self._count += 1
        return f"_{hint}{self._count}"

    def hold(self, text: str) -> str:
        """`text` as something that may be written several times: a name or a number, assigned before if need be."""
        if text.lstrip("-").isalnum() or text.isidentifier():
            return text
        name = self.fresh()
        self.line(f"{name} = {text}")
        return name

    def end(self) -> None:
        """Return nothing in particular, unless the last line has returned already."""
        if not self.lines or not self.lines[-1].startswith("    return"):
            self.line("return 0")

    def stop(self, status: int) -> None:
        """Leave the step with `status`."""
        if status == CLEAN and self.dirty:
            status = IMPOSSIBLE
        self.line(f"c[{STATUS}] = {status}")
        self.line("return 0")

    def fail_if(self, condition: str, kind: Kind, span: Span) -> None:
        """The step fails here when `condition` is true."""
        with self.block(f"if {condition}:"):
            self.stop(self.sheet.site(kind, span))

    def leave_if_stopped(self) -> None:
        """Leave if the call before has ended the step."""
        with self.block(f"if c[{STATUS}]:"):
            self.line("return 0")

    def temporary(self, kind: Type) -> str:
        """The place of an aggregate of `kind`."""
        return str(self.sheet.scratch(width(kind)))

    def declare(self, name: str, kind: Type) -> str:
        """Give a local its name or place."""
        self.locals[name] = name_of(name) if is_direct(kind) else self.temporary(kind)
        return self.locals[name]

    def constant(self, row: Sequence[int]) -> str:
        """The place of an aggregate constant."""
        return str(self.sheet.constant(row))

    def set_default(self, name: str, kind: Type) -> None:
        """Give a local its type's default."""
        row = default_codes(kind)
        if is_direct(kind):
            self.line(f"{self.locals[name]} = {row[0]}")
        else:
            self.copy(self.locals[name], self.constant(row), len(row))

    def copy(self, target: str, source: str, count: int) -> None:
        """Copy `count` slots."""
        if target == source:
            return
        target, source = self.hold(target), self.hold(source)  # what they are computed from may be overwritten
        if count <= _INLINE_SLOTS:
            for at in range(count):
                self.line(f"s[{offset(target, at)}] = s[{offset(source, at)}]")
        else:
            self.line(f"copy(s, {target}, {source}, {count})")

    def put(self, target: str, kind: Type, value: str) -> None:
        """Store a value of `kind` at a place: from its text if it is direct, else from its own place."""
        if is_direct(kind):
            self.line(f"s[{target}] = {value}")
        else:
            self.copy(target, value, width(kind))

    def read(self, place: str, kind: Type) -> str:
        """The value at a place: its text if it is direct, else the place."""
        return f"s[{place}]" if is_direct(kind) else place


def offset(place: str, by: int) -> str:
    """The place `by` slots further on."""
    if place.isdigit():
        return str(int(place) + by)
    return f"{place} + {by}" if by else place


def scaled(place: str, index: str, stride: int) -> str:
    """The place `index` times `stride` slots further on."""
    if index.isdigit():
        return offset(place, int(index) * stride)
    step = index if stride == 1 else f"{enclosed(index)} * {stride}"
    return step if place == "0" else f"{place} + {step}"


def enclosed(text: str) -> str:
    """`text` as an operand of anything."""
    simple = text.isalnum() or text.isidentifier() or (text.startswith("s[") and text.find("]") == len(text) - 1)
    return text if simple or _wrapped(text) else f"({text})"


def _wrapped(text: str) -> bool:
    """Whether one pair of parentheses goes round all of it."""
    depth = 0
    for at, mark in enumerate(text):
        depth += (mark == "(") - (mark == ")")
        if depth == 0:
            return mark == ")" and at == len(text) - 1
    return False


def rank_text(kind: Type, code: str) -> str:
    """The rank of a scalar with that code, as text."""
    return plus(code, -low(kind))


def plus(text: str, number: int) -> str:
    """`text` + `number`."""
    if text.lstrip("-").isdigit():
        return str(int(text) + number)
    if number == 0:
        return text
    return f"{enclosed(text)} {'+' if number > 0 else '-'} {abs(number)}"


def same_text(left: str, right: str, count: int) -> str:
    """Whether two rows of slots are equal, as text."""
    if count <= _INLINE_SLOTS:
        parts = (f"s[{offset(left, at)}] == s[{offset(right, at)}]" for at in range(count))
        return f"({' and '.join(parts)})" if count else "True"
    return f"(same(s, {left}, {right}, {count}) != 0)"
