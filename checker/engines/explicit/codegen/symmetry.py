"""Emit `canonical`: of all states that differ only in which interchangeable member is which, one stands for all.

It is the least packed state among those permutations that put the members into the order of their signatures. A
signature is a number that says of a member what can be said without naming others; it goes where its member goes, so
the choice does not depend on which state of the orbit one starts from, and equal signatures only cost time. What is not
in use is not permuted: items beyond a sequence's length, the value under a None, a process's local that is dead at its
point.

Decides nothing about soundness of the reduction: the language sees to it that nothing can tell the members apart.
Refuses more than MOST_PERMUTATIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise, permutations, product
from math import factorial, prod

from checker.engines.explicit.codegen.code import Sheet, Writer, offset, scaled
from checker.engines.explicit.codegen.layout import default_codes, is_direct, low, permuted, width
from checker.engines.explicit.codegen.loops import bit_place
from checker.errors import ModelError, Problem
from checker.ir.nodes import Declared, Process, Program, Role
from checker.ir.types import (
    ArrayType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    TupleType,
    Type,
    is_scalar,
    leaves,
    mentions_symmetry,
)

MOST_PERMUTATIONS = 5_040
"""7!: each successor is compared with so many images, and more was not tried."""
MOST_TABLE_CELLS = 1 << 22
"""Of the table of what each permutation makes of each member: 32 MB, as much as a processor's cache may hold."""

Group = tuple[Mapping[str, Sequence[int]], ...]
"""All permutations, the identity first: for each symmetric type, by name, where each member goes."""


def symmetric_types(program: Program) -> list[SymType]:
    """The symmetric types whose members the state can name, by name."""
    found = {leaf.name: leaf for d in program.variables for leaf in leaves(d.type) if isinstance(leaf, SymType)}
    return [found[name] for name in sorted(found)]


def group(program: Program) -> Group:
    """Every way to rename the members of all symmetric types."""
    kinds = symmetric_types(program)
    count = prod(factorial(kind.count) for kind in kinds)
    if count > MOST_PERMUTATIONS:
        names = ", ".join(f"{kind.name} ({kind.count})" for kind in kinds)
        problem = (
            f"the symmetric types {names} have {count:,} permutations; the explicit engine takes {MOST_PERMUTATIONS:,}"
        )
        raise ModelError([Problem("E502", None, problem, "Make them smaller, or leave out symmetric=True.")])
    ways = product(*(permutations(range(kind.count)) for kind in kinds))
    return tuple({kind.name: way for kind, way in zip(kinds, choice, strict=True)} for choice in ways)


def not_closed(model: str) -> ModelError:
    """The complaint about initial states that treat interchangeable members differently."""
    problem = f"the initial states of {model} tell members of a symmetric type apart"
    return ModelError(
        [Problem("E503", None, problem, "Let init treat all members alike, or leave out symmetric=True.")]
    )


def canonical(
    program: Program, sheet: Sheet, ways: Group, unpack: list[str], pack: Callable[[Callable[[int], int]], list[str]]
) -> list[list[str]]:
    """The entry `canonical` and what it calls. `unpack` fills scratch memory from the words; `pack` gives for each word
    the text that packs it from the places where the slots are."""
    emitter = _Permuter(program, sheet, ways)
    sign = emitter.sign()
    permute = emitter.permute()
    return [sign, permute, emitter.entry(unpack, pack(emitter.moved))]


class _Permuter:
    """Writes the functions that sign and permute a state. The permuted state stands `shift` slots after the state."""

    def __init__(self, program: Program, sheet: Sheet, ways: Group) -> None:
        self.program, self.sheet, self.ways = program, sheet, ways
        offsets = sheet.layout.offsets
        self.kinds = symmetric_types(program)
        self.size = len(sheet.layout.slots)
        self.shift = sheet.scratch(self.size)
        self.signatures = {kind.name: sheet.scratch(kind.count) for kind in self.kinds}
        self._changing = frozenset(
            slot
            for declared in program.variables
            if mentions_symmetry(declared.type)
            for slot in range(offsets[declared.name], offsets[declared.name] + width(declared.type))
        )
        self._tables: dict[Type, int] = {}
        self._processes = {
            variable: (process, local) for process in program.processes for local, variable in process.kept.items()
        }

    def table(self, kind: Type) -> str:
        """Where, for each permutation, the rank stands to which each rank of `kind` goes."""
        if kind not in self._tables:
            if len(self.ways) * kind.size > MOST_TABLE_CELLS:
                problem = f"{len(self.ways):,} permutations of the {kind.size:,} values of {kind} are too many"
                raise ModelError([Problem("E502", None, problem, "Leave out symmetric=True, or use smaller types.")])
            row = [_image_rank(kind, rank, way) for way in self.ways for rank in range(kind.size)]
            self._tables[kind] = self.sheet.constant(row)
        return str(self._tables[kind])

    def image(self, kind: Type, rank: str) -> str:
        """The rank to which `rank` goes."""
        return f"s[{self.table(kind)} + p * {kind.size} + {rank}]"

    # -- signatures ----------------------------------------------------------------------------------------------------

    def sign(self) -> list[str]:
        """The function that computes all signatures."""
        writer = Writer(self.sheet, dirty=False)
        for kind in self.kinds:
            for member in range(kind.count):
                writer.line(f"s[{self.signatures[kind.name] + member}] = 0")
        for number, declared in enumerate(self.program.variables, start=1):
            self._contribute(writer, declared, number)
        writer.end()
        return ["def sign(s):", *writer.lines]

    def _contribute(self, writer: Writer, declared: Declared, number: int) -> None:
        """What a variable says of members; most shapes say nothing, which is always allowed."""
        at = self.sheet.layout.offsets[declared.name]
        match declared.type:
            case ArrayType(index=SymType(name=name) as index, item=item):
                neutral = [k for k, plain in enumerate(_plain_slots(item)) if plain]
                for member in range(index.count):
                    for k in neutral:
                        slot = f"s[{at + member * width(item) + k}]"
                        self._add(writer, name, str(member), f"mixed({slot} + {number << 32 | k << 40})")
            case SetType(item=SymType(name=name, count=count) as item) if is_direct(declared.type):
                for member in range(count):
                    bit = f"((s[{at}] >> {member}) & 1)"
                    self._add(writer, name, str(member), f"mixed({bit} + {number << 32})")
            case SymType(name=name) if declared.role is Role.MODEL:
                self._add(writer, name, f"s[{at}]", f"mixed({number << 32})")
            case OptType(item=SymType(name=name)) if declared.role is Role.MODEL:
                with writer.block(f"if s[{at}] >= 0:"):
                    self._add(writer, name, f"s[{at}]", f"mixed({number << 32})")

    def _add(self, writer: Writer, name: str, member: str, amount: str) -> None:
        place = scaled(str(self.signatures[name]), member, 1)
        writer.line(f"s[{place}] = s[{place}] + {amount}")

    # -- one permutation -----------------------------------------------------------------------------------------------

    def permute(self) -> list[str]:
        """The function that writes the state under permutation number p."""
        writer = Writer(self.sheet, dirty=False)
        for declared in self.program.variables:
            if mentions_symmetry(declared.type):
                self._variable(writer, declared)
        writer.end()
        return ["def permute(s, p):", *writer.lines]

    def _variable(self, writer: Writer, declared: Declared) -> None:
        at = self.sheet.layout.offsets[declared.name]
        source, target = str(at), str(self.shift + at)
        if declared.role is not Role.LOCAL:
            self._move(writer, declared.type, source, target)
            return
        process, local = self._processes[declared.name]
        point = self.sheet.layout.offsets[process.point_variable]
        if process.index is None:
            self._move_if_live(writer, process, local, declared.type, (f"s[{point}]", source, target))
            return
        kind = declared.type
        assert isinstance(kind, ArrayType)
        with self._indices(writer, kind, source, target) as (rank, here, there):
            self._move_if_live(writer, process, local, kind.item, (f"s[{point} + {rank}]", here, there))

    def _move_if_live(
        self, writer: Writer, process: Process, local: str, kind: Type, places: tuple[str, str, str]
    ) -> None:
        """A local that is dead holds its default, whoever it belongs to."""
        point, source, target = places
        if not mentions_symmetry(kind):
            writer.copy(target, source, width(kind))
            return
        points = self.sheet.layout.kinds[process.point_variable]
        if process.index is not None and isinstance(points, ArrayType):
            points = points.item
        live = [low(points) + points.rank(p.label) for p in process.points if local in p.live]
        point = writer.hold(point)
        with writer.block(f"if {' or '.join(f'{point} == {code}' for code in live) or 'False'}:"):
            self._move(writer, kind, source, target)
        with writer.block("else:"):
            writer.copy(target, source, width(kind))

    @contextmanager
    def _indices(self, writer: Writer, kind: ArrayType, source: str, target: str) -> Iterator[tuple[str, str, str]]:
        """A loop over the items of an array: the item's rank, its place, and the place it goes to."""
        source, target, rank, size = writer.hold(source), writer.hold(target), writer.fresh("i"), width(kind.item)
        writer.line(f"{rank} = 0")
        with writer.block(f"while {rank} < {kind.index.size}:"):
            image = writer.hold(self.image(kind.index, rank)) if mentions_symmetry(kind.index) else rank
            yield rank, scaled(source, rank, size), scaled(target, image, size)
            writer.line(f"{rank} += 1")

    def _move(self, writer: Writer, kind: Type, source: str, target: str) -> None:
        """Write the image of the value at `source` to `target`."""
        match kind:
            case _ if not mentions_symmetry(kind):
                writer.copy(target, source, width(kind))
            case _ if is_scalar(kind):
                rank = f"s[{source}]" if low(kind) == 0 else f"s[{source}] + {-low(kind)}"
                back = "" if low(kind) == 0 else f" - {-low(kind)}"
                writer.line(f"s[{target}] = {self.image(kind, rank)}{back}")
            case SetType():
                self._move_set(writer, kind, source, target)
            case ArrayType(item=item):
                with self._indices(writer, kind, source, target) as (_, here, there):
                    self._move(writer, item, here, there)
            case RecordType() | TupleType():
                at = 0
                for item in kind.items():
                    self._move(writer, item, offset(source, at), offset(target, at))
                    at += width(item)
            case SeqType(item=item):
                self._move_sequence(writer, kind, source, target)
            case OptType(item=item):
                with writer.block(f"if s[{source}] != 0:"):
                    writer.line(f"s[{target}] = 1")
                    self._move(writer, item, offset(source, 1), offset(target, 1))
                with writer.block("else:"):
                    writer.copy(target, writer.constant(default_codes(kind)), width(kind))
            case _:
                raise AssertionError(kind)

    def _move_set(self, writer: Writer, kind: SetType, source: str, target: str) -> None:
        source, target = writer.hold(source), writer.hold(target)
        if is_direct(kind):
            rest, image = writer.fresh("m"), writer.fresh("image")
            writer.line(f"{rest} = s[{source}]")
            writer.line(f"{image} = 0")
            with writer.block(f"while {rest} != 0:"):
                writer.line(f"{image} = {image} | (1 << {self.image(kind.item, f'lowest({rest})')})")
                writer.line(f"{rest} = {rest} & ({rest} - 1)")
            writer.line(f"s[{target}] = {image}")
            return
        writer.copy(target, writer.constant(default_codes(kind)), width(kind))
        at = writer.fresh("n")
        writer.line(f"{at} = next_bit(s, {source}, {width(kind)}, 0)")
        with writer.block(f"while {at} >= 0:"):
            image = writer.hold(self.image(kind.item, at))
            slot, bit = bit_place(target, image)
            slot = writer.hold(slot)
            writer.line(f"s[{slot}] = s[{slot}] | (1 << {bit})")
            writer.line(f"{at} = next_bit(s, {source}, {width(kind)}, {at} + 1)")

    def _move_sequence(self, writer: Writer, kind: SeqType, source: str, target: str) -> None:
        source, target = writer.hold(source), writer.hold(target)
        writer.copy(target, source, width(kind))  # what is not in use stays
        at = writer.fresh("i")
        writer.line(f"{at} = 0")
        with writer.block(f"while {at} < s[{source}]:"):
            here = scaled(offset(source, 1), at, width(kind.item))
            self._move(writer, kind.item, here, scaled(offset(target, 1), at, width(kind.item)))
            writer.line(f"{at} += 1")

    # -- all of them ---------------------------------------------------------------------------------------------------

    def moved(self, slot: int) -> int:
        """Where the permuted state has its slot; what names no member stays in its place."""
        return slot + self.shift if slot in self._changing else slot

    def entry(self, unpack: list[str], pack: list[str]) -> list[str]:
        """The function that tries all permutations that sort the signatures."""
        writer = Writer(self.sheet, dirty=False)
        writer.lines += unpack
        writer.line("sign(s)")
        for word in range(len(pack)):
            writer.line(f"best{word} = 0")
        writer.line("found = 0")
        writer.line("p = 0")
        with writer.block(f"while p < {len(self.ways)}:"):
            with writer.block(f"if {self._sorts()}:"):
                writer.line("permute(s, p)")
                for word, text in enumerate(pack):
                    writer.line(f"image{word} = {text}")
                self._keep_least(writer, len(pack))
            writer.line("p += 1")
        for word in range(len(pack)):
            writer.line(f"w[{word}] = best{word}")
        writer.line("return found")
        return ["def canonical(w, s):", *writer.lines]

    def _sorts(self) -> str:
        """Whether permutation p puts the signatures in order."""
        tests = []
        for kind in self.kinds:
            back = [place for way in self.ways for place in sorted(range(kind.count), key=way[kind.name].__getitem__)]
            table, at = self.sheet.constant(back), self.signatures[kind.name]
            items = [f"s[{at} + s[{table} + p * {kind.count} + {i}]]" for i in range(kind.count)]
            tests += [f"{left} <= {right}" for left, right in pairwise(items)]
        return " and ".join(tests) or "True"

    def _keep_least(self, writer: Writer, words: int) -> None:
        less = " or ".join(
            "(" + " and ".join([*(f"image{k} == best{k}" for k in range(word)), f"image{word} < best{word}"]) + ")"
            for word in range(words)
        )
        with writer.block(f"if found == 0 or {less}:"):
            for word in range(words):
                writer.line(f"best{word} = image{word}")
            writer.line("found = 1")
        with writer.block(f"elif {' and '.join(f'image{word} == best{word}' for word in range(words))}:"):
            writer.line("found += 1")


def _image_rank(kind: Type, rank: int, way: Mapping[str, Sequence[int]]) -> int:
    """The rank of the image of the value numbered `rank`."""
    return kind.rank(permuted(kind, kind.unrank(rank), lambda symmetric, member: way[symmetric.name][member]))


def _plain_slots(kind: Type) -> list[bool]:
    """Which slots of a value hold the same codes under every permutation."""
    match kind:
        case RecordType() | TupleType():
            return [plain for item in kind.items() for plain in _plain_slots(item)]
        case _:
            return [not mentions_symmetry(kind)] * width(kind)
