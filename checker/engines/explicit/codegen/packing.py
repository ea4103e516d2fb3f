"""Emit the packing of states: from words to scratch memory and back, and the run of a step between the two.

Variables of many slots are packed and unpacked by loops over a table, the others line by line. After a step only what
it may have written is packed onto the parent's words, and put back for the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from checker.engines.explicit.codegen.code import (
    ADVANCE,
    CLEAN,
    CURSOR,
    FAILED,
    IMPOSSIBLE,
    OK,
    RECORDED,
    STATUS,
    Sheet,
    Writer,
    enclosed,
    plus,
    scaled,
)
from checker.engines.explicit.codegen.effects import Effects
from checker.engines.explicit.codegen.layout import Field, Layout, signed, width
from checker.ir.types import ArrayType

TOO_SMALL, TOO_MANY_CHOICES = -1, -2
"""What `expand` and `initial` return instead of a number of states."""


def code_of(field: Field, word: str, shift: str) -> str:
    """The code that a field of `word` holds."""
    if field.bits == 0:
        return str(field.low)
    shifted = word if shift == "0" else f"({word} >> {shift})"
    return plus(f"({shifted} & {(1 << field.bits) - 1})", field.low)


def bits_of(field: Field, code: str, shift: str) -> str:
    """The bits of a field that holds `code`."""
    value = enclosed(plus(code, -field.low))
    return value if shift == "0" else f"({value} << {shift})"


def pack_words(layout: Layout, place: Callable[[int], int] = lambda at: at, rows: bool = True) -> list[str]:
    """For each word, the text that packs the whole state; slot number i is taken from scratch place `place(i)`. Without
    `rows` it leaves out the long variables."""
    parts: list[list[str]] = [[] for _ in range(layout.words)]
    for at, field in enumerate(layout.fields):
        if field.bits and (rows or at not in layout.in_rows):
            parts[field.word].append(bits_of(field, f"s[{place(at)}]", str(field.shift)))
    return [" | ".join(texts) if texts else "0" for texts in parts]


def load_words(writer: Writer) -> None:
    """Put the parent's words into locals."""
    for word in range(writer.sheet.layout.words):
        writer.line(f"w{word} = w[{word}]")


class ChoiceLoop:
    """Runs a step for every vector of choices; afterwards only what it may have written is packed and put back."""

    def __init__(self, writer: Writer, effects: Effects, indices: dict[str, str]) -> None:
        self.writer, self.effects, self.layout = writer, effects, writer.sheet.layout
        whole = set(effects.writes)
        self.items: list[tuple[str, str]] = []
        for variable, parameter in sorted(effects.items):
            if parameter in indices and self._stride(variable) is not None:
                self.items.append((variable, indices[parameter]))
            else:
                whole.add(variable)
        self.items = sorted({item for item in self.items if item[0] not in whole})
        self.whole = sorted(whole, key=lambda name: self.layout.offsets[name])

    def _stride(self, variable: str) -> int | None:
        """How many bits lie between the items of an array, if all of it is in one word and it has that shape."""
        kind = self.layout.kinds[variable]
        assert isinstance(kind, ArrayType)
        size, at = width(kind.item), self.layout.offsets[variable]
        fields = self.layout.fields[at : at + width(kind)]
        if not fields or len({field.word for field in fields}) > 1:
            return None
        stride = sum(field.bits for field in fields[:size])
        regular = all(field.shift == fields[k % size].shift + k // size * stride for k, field in enumerate(fields))
        return stride if regular else None

    def all_choices(self, call: str) -> None:
        """Write the run, or the loop over all runs."""
        writer = self.writer
        if not self.effects.chooses:
            self._once(call)
            return
        writer.line(f"c[{RECORDED}] = 0")
        writer.line(f"c[{ADVANCE}] = 0")
        with writer.block("while True:"):
            writer.line(f"c[{CURSOR}] = 0")
            self._once(call)
            more = writer.hold("advance(c)")
            with writer.block(f"if {more} < 0:"):
                writer.line(f"return {TOO_MANY_CHOICES}")
            with writer.block(f"if {more} == 0:"):
                writer.line("break")

    def _once(self, call: str) -> None:
        writer = self.writer
        if not self.effects.stops:
            writer.line(call)
            self._take()
            self._restore()
            return
        writer.line(f"c[{STATUS}] = {OK}")
        writer.line(call)
        with writer.block(f"if c[{STATUS}] == {OK}:"):
            self._take()
        with writer.block(f"elif c[{STATUS}] != {CLEAN} and c[{STATUS}] != {IMPOSSIBLE}:"):
            with writer.block(f"if c[{STATUS}] < 0:"):
                writer.line(f"return {TOO_MANY_CHOICES}")
            with writer.block(f"if c[{FAILED}] == 0:"):
                writer.line(f"c[{FAILED}] = c[{STATUS}]")
        if self.whole or self.items:
            with writer.block(f"if c[{STATUS}] != {CLEAN}:"):
                self._restore()

    def _take(self) -> None:
        """Pack the successor."""
        writer, words = self.writer, self.layout.words
        with writer.block("if n == capacity:"):
            writer.line(f"return {TOO_SMALL}")
        for word in range(words):
            cleared, parts = 0, []
            for at, field in self._fields(self.whole):
                if field.word == word and field.bits and at not in self.layout.in_rows:
                    cleared |= field.mask
                    parts.append(bits_of(field, f"s[{at}]", str(field.shift)))
            text = f"w{word}" if not cleared else f"(w{word} & {signed(~cleared)})"
            for variable, rank in self.items:
                text, more = self._pack_item(word, variable, rank, text)
                parts += more
            index = "n" if words == 1 else f"n * {words} + {word}"
            writer.line(f"out[{index}] = {' | '.join([text, *parts])}")
        for name in self.whole:
            if self.layout.is_long(name):
                writer.line(f"patch_row(out, n * {words}, s, {writer.sheet.saved}, {row_text(writer.sheet, name)})")
        writer.line("n += 1")

    def _pack_item(self, word: int, variable: str, rank: str, text: str) -> tuple[str, list[str]]:
        """The word without an item of an array, and the item's new bits."""
        kind, at = self.layout.kinds[variable], self.layout.offsets[variable]
        assert isinstance(kind, ArrayType)
        size = width(kind.item)
        fields = self.layout.fields[at : at + size]
        if fields[0].word != word:
            return text, []
        move = self.writer.hold(f"{rank} * {self._stride(variable)}")
        mask = 0
        for field in fields:
            mask |= field.mask
        parts = [
            f"({bits_of(field, f's[{scaled(str(at + k), rank, size)}]', str(field.shift))} << {move})"
            for k, field in enumerate(fields)
            if field.bits
        ]
        return (f"({text} & ~({mask} << {move}))" if mask else text), parts

    def _restore(self) -> None:
        """Put back what the step may have written."""
        for name in self.whole:
            at, count = self.layout.offsets[name], width(self.layout.kinds[name])
            if self.layout.is_long(name):
                self.writer.line(f"copy(s, {at}, {self.writer.sheet.saved + at}, {count})")
                continue
            for slot in range(at, at + count):
                field = self.layout.fields[slot]
                self.writer.line(f"s[{slot}] = {code_of(field, f'w{field.word}', str(field.shift))}")
        for variable, rank in self.items:
            kind, at = self.layout.kinds[variable], self.layout.offsets[variable]
            assert isinstance(kind, ArrayType)
            size = width(kind.item)
            move = self.writer.hold(f"{rank} * {self._stride(variable)}")
            for k, field in enumerate(self.layout.fields[at : at + size]):
                text = code_of(field, f"(w{field.word} >> {move})", str(field.shift))
                self.writer.line(f"s[{scaled(str(at + k), rank, size)}] = {text}")

    def _fields(self, variables: Sequence[str]) -> list[tuple[int, Field]]:
        """The slots of some variables with their fields."""
        return [
            (at, self.layout.fields[at])
            for name in variables
            for at in range(self.layout.offsets[name], self.layout.offsets[name] + width(self.layout.kinds[name]))
        ]


def row_text(sheet: Sheet, name: str) -> str:
    """The arguments by which operations on rows know the slots of a variable: table, first, one past the last."""
    at = sheet.layout.offsets[name]
    table = sheet.constant([cell for f in sheet.layout.fields for cell in (f.word, f.shift, (1 << f.bits) - 1, f.low)])
    return f"{table}, {at}, {at + width(sheet.layout.kinds[name])}"


def unpack_lines(sheet: Sheet, variables: Sequence[str] | None = None) -> list[str]:
    """Lines that load words w0, w1, ... and put the variables (all of them if None) into scratch memory."""
    lines = []
    layout = sheet.layout
    loaded: set[int] = set()
    for name in layout.offsets if variables is None else variables:
        if layout.is_long(name):
            lines.append(f"    unpack_row(w, s, {row_text(sheet, name)})")
            continue
        for at in range(layout.offsets[name], layout.offsets[name] + width(layout.kinds[name])):
            field = layout.fields[at]
            if field.word not in loaded and field.bits:
                loaded.add(field.word)
                lines.append(f"    w{field.word} = w[{field.word}]")
            lines.append(f"    s[{at}] = {code_of(field, f'w{field.word}', str(field.shift))}")
    return lines
