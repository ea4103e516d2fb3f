"""Random expressions of a given type, as text. Well typed by construction; now and then one that fails when evaluated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from checker.frontend.values import convertible
from checker.ir.types import (
    ArrayType,
    BoolType,
    EnumType,
    IntType,
    NoneType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    SymType,
    Type,
    is_scalar,
    leaves,
    mentions_symmetry,
)
from tests.support.random_types import BOOLEAN, INTEGER, NAMES, Kind, Source, Types, opt, set_of


@dataclass(frozen=True)
class Readable:
    """Something that can be read: a variable, a local, a parameter."""

    text: str
    kind: Kind
    local: bool = False
    changeable: bool = False  # a local that may be changed in place


@dataclass(frozen=True)
class Helper:
    """A method that can be called. `pure`: it only looks. `loops`: it may not end a step, and so on, in an order."""

    name: str
    parameters: tuple[Kind, ...]
    returns: Kind | None
    pure: bool
    optional: int = 0  # how many of the last parameters have a default
    of_module: bool = False  # a function of the module, not a method
    labelled: bool = False  # its last parameter, `at`, is the name of one of its control points


@dataclass(frozen=True)
class Scope:
    """What an expression may use. `budget` counts down the `choose`s of a function; it is shared by its scopes."""

    readable: tuple[Readable, ...]
    helpers: tuple[Helper, ...] = ()
    chooses: bool = False
    budget: list[int] = field(default_factory=lambda: [0])

    def plus(self, *more: Readable) -> Scope:
        """With something more to read."""
        return replace(self, readable=(*self.readable, *more))

    def plain(self) -> Scope:
        """Where an expression may neither choose nor call."""
        return replace(self, chooses=False, helpers=())

    def looking(self) -> Scope:
        """Where an expression may not choose, and only helpers that look can be called."""
        return replace(self, chooses=False, helpers=tuple(helper for helper in self.helpers if helper.pure))


@dataclass(frozen=True)
class Path:
    """A way from something readable to a part of it: pieces of text and, where an index stands, its type (None for that
    of a sequence). `strips`: it goes through an Opt, and fails if that is None."""

    root: Readable
    pieces: tuple[str | Kind | None, ...]
    kind: Kind
    strips: bool = False


def fits(kind: Type, wanted: Type) -> bool:
    """Whether a value of `kind` can stand where one of `wanted` is expected, perhaps to fail there."""
    return kind == wanted or (convertible(kind, wanted) and not isinstance(kind, NoneType))


class Nothing(Exception):
    """There is no value of that type here: of a symmetric type none can be written down."""


class Expressions:
    """Draws expressions that a model with these types can use."""

    def __init__(self, source: Source, types: Types, names: Iterator[str]) -> None:
        self.source = source
        self.types = types
        self._names = names

    def fresh(self, prefix: str) -> str:
        """A name that nothing else in the model has."""
        return f"{prefix}{next(self._names)}"

    # reading

    def paths(self, readable: Readable, strips: bool) -> list[Path]:
        """All parts of something readable, itself first."""
        found: list[Path] = []
        self._extend(Path(readable, (readable.text,), readable.kind), strips, found)
        return found

    def _extend(self, path: Path, strips: bool, found: list[Path]) -> None:
        found.append(path)
        kind, pieces = path.kind, path.pieces
        match kind.type:
            case ArrayType():
                index, item = kind.parts
                self._extend(replace(path, pieces=(*pieces, "[", index, "]"), kind=item), strips, found)
            case SeqType():
                self._extend(replace(path, pieces=(*pieces, "[", None, "]"), kind=kind.item), strips, found)
            case RecordType():
                for name, part in kind.fields:
                    self._extend(replace(path, pieces=(*pieces, f".{name}"), kind=part), strips, found)
            case OptType(item=RecordType()) if strips and kind.parts:
                inner: list[Path] = []
                self._extend(replace(path, kind=kind.item, strips=True), strips, inner)
                found.extend(inner[1:])

    def text(self, path: Path, scope: Scope, depth: int) -> str:
        """The path with its indices drawn."""
        parts = []
        for piece in path.pieces:
            if isinstance(piece, str):
                parts.append(piece)
            elif piece is None:
                parts.append(self.source.pick(["0", "-1", "1", "-2"]))
            else:
                parts.append(self._index(piece, scope, depth))
        return "".join(parts)

    def _index(self, kind: Kind, scope: Scope, depth: int) -> str:
        """An index, which is mostly inside its type."""
        exact = [r.text for r in scope.readable if r.kind.type == kind.type]
        symmetric = mentions_symmetry(kind.type)
        if exact and (symmetric or not self.source.chance(3)):
            return self.source.pick(exact)
        if symmetric:
            raise Nothing
        if isinstance(kind.type, IntType):
            if self.source.mishap(8):
                return self.integer(scope, min(depth, 1))
            return str(kind.type.lo + self.source.below(kind.type.size))
        return self.value(kind, scope, min(-1, depth - 1), exact=True)

    def read(self, kind: Kind, scope: Scope, depth: int, exact: bool = False) -> str | None:
        """Something readable of that type; None if there is nothing."""
        found: list[Path] = []
        careless = self.source.mishap(4)
        for readable in scope.readable:
            for path in self.paths(readable, not exact and careless):
                if not careless and _risky(path, kind):
                    continue
                same = path.kind.type == kind.type
                loose = not exact and not same and fits(path.kind.type, kind.type)
                plain = depth >= 0 or all(isinstance(piece, str) for piece in path.pieces)
                if (same or loose) and plain and self.reachable(path, scope):
                    found += [path] * (3 if same else 1)
        return self.text(self.source.pick(found), scope, depth) if found else None

    def reachable(self, path: Path, scope: Scope) -> bool:
        """Whether there is something to index the path with."""
        kinds = [piece.type for piece in path.pieces if isinstance(piece, Kind) and mentions_symmetry(piece.type)]
        return all(any(readable.kind.type == kind for readable in scope.readable) for kind in kinds)

    # values by type

    def value(self, kind: Kind, scope: Scope, depth: int, exact: bool = False) -> str:
        """A value of that type. `exact`: of the very type, so that no conversion of it can fail."""
        special = self._special(kind, scope, depth)
        if special is not None:
            return special
        match kind.type:
            case BoolType():
                text = self.condition(scope, depth)
                return f"({text})" if " " in text else text
            case IntType():
                return self.within(kind.type, self.integer(scope, depth), exact)
        if depth > 0 and self.source.chance(8):
            then, otherwise = (self.value(kind, scope, depth - 1, exact) for _ in range(2))
            if "set()" not in (then, otherwise) and "[" not in then + otherwise:
                return f"({then} if {self.condition(scope, depth - 1)} else {otherwise})"
        read = self.read(kind, scope, depth, exact) if self.source.chance(2) else None
        made = read if read is not None else self._make(kind, scope, depth, exact)
        return made if made is not None else self._fallback(kind, scope, depth)

    def _special(self, kind: Kind, scope: Scope, depth: int) -> str | None:
        """A choice or a call, now and then."""
        if scope.chooses and scope.budget[0] > 0 and self.source.chance(4):
            chosen = self.choice(kind, scope, depth)
            if chosen is not None:
                scope.budget[0] -= 1
                return chosen
        callable_ = [h for h in scope.helpers if h.returns is not None and h.returns.type == kind.type]
        if callable_ and depth > 0 and self.source.chance(3):
            return self.call(self.source.pick(callable_), scope, depth - 1)
        return None

    def call(self, helper: Helper, scope: Scope, depth: int) -> str:
        """A call of a helper."""
        given = len(helper.parameters) - self.source.below(helper.optional + 1)
        arguments = [self.value(kind, scope.plain(), min(depth, 1)) for kind in helper.parameters[:given]]
        if helper.labelled:
            arguments.append(f'at="{self.fresh("at")}"')
        return f"{'' if helper.of_module else 'self.'}{helper.name}({', '.join(arguments)})"

    def choice(self, kind: Kind, scope: Scope, depth: int) -> str | None:
        """choose(...) of something of that type."""
        if not is_scalar(kind.type) and not (kind.type.size <= 8 and not isinstance(kind.type, SeqType)):
            return None
        options = []
        if kind.domain is not None and kind.type.size <= 6:
            options.append(kind.domain)
        elif not is_scalar(kind.type):
            options.append(re.sub(rf"\b({NAMES})\b", r"self.\1", kind.text))
        if is_scalar(kind.type) and depth > 0:
            options.append(self.value(set_of(kind), scope.plain(), depth - 1, exact=True))
        if isinstance(kind.type, IntType):
            options.append(f"range({kind.type.lo}, {self.integer(scope.plain(), 0)})")
        options = [option for option in options if option != "set()"]
        return f"choose({self.source.pick(options)})" if options else None

    def within(self, kind: IntType, text: str, exact: bool = False) -> str:
        """An integer brought into a range, unless it is left to chance."""
        if text.lstrip("-").isdigit() and kind.contains(int(text)):
            return text
        if not exact and self.source.mishap(6):
            return text
        if self.source.chance(3):
            return f"max({kind.lo}, min({kind.hi}, {text}))"
        shifted = f"({text}) % {kind.size}"
        return shifted if kind.lo == 0 else f"({shifted}) + {kind.lo}" if kind.lo > 0 else f"({shifted}) - {-kind.lo}"

    def _make(self, kind: Kind, scope: Scope, depth: int, exact: bool) -> str | None:
        match kind.type:
            case EnumType(name=name, members=members):
                return f"{name}.{self.source.pick(members)}"
            case OptType():
                if self.source.chance(2):
                    return "None"
                inner = kind.item if kind.parts else None
                return "None" if inner is None else self.value(inner, scope, depth, exact)
            case RecordType():
                return self._record(kind, scope, depth)
            case ArrayType():
                return self._array(kind, scope, depth)
            case SetType():
                return self._set(kind, scope, depth)
            case SeqType():
                count = self.source.below(min(3, kind.type.capacity) + 1)
                return f"[{', '.join(self.value(kind.item, scope, min(depth, 1)) for _ in range(count))}]"
            case SymType():
                return self.read(kind, scope, depth, exact=True)
        return None

    def _fallback(self, kind: Kind, scope: Scope, depth: int) -> str:
        """A value when there is nothing to read: of a symmetric type it can only be chosen."""
        found = self.read(kind, scope, depth)
        if found is not None:
            return found
        if not scope.chooses or kind.domain is None:
            raise Nothing
        return f"choose({kind.domain})"

    def _record(self, kind: Kind, scope: Scope, depth: int) -> str | None:
        base = self.read(kind, scope, depth, exact=True) if self.source.chance(3) else None
        if base is not None:
            name, part = self.source.pick(kind.fields)
            return f"{base}._replace({name}={self.value(part, scope.plain(), depth - 1)})"
        items = (f"{name}={self.value(part, scope, depth - 1)}" for name, part in kind.fields)
        return f"self.{kind.text}({', '.join(items)})"

    def _array(self, kind: Kind, scope: Scope, depth: int) -> str | None:
        index, item = kind.parts
        if index.type.size <= 3 and not mentions_symmetry(index.type) and self.source.chance(2):
            return f"[{', '.join(self.value(item, scope, min(depth, 1)) for _ in range(index.type.size))}]"
        name = self.fresh("i")
        inner = scope.looking().plus(Readable(name, index, True))
        value = self.value(item, inner, depth - 1, exact=True)
        assert index.domain is not None
        if self.source.chance(3):
            return f"{{{name}: {value} for {name} in {index.domain}}}"
        return f"[{value} for {name} in {index.domain}]"

    def _set(self, kind: Kind, scope: Scope, depth: int) -> str:
        item = kind.item
        if depth > 0 and self.source.chance(3):
            left, right = (self.value(kind, scope, depth - 1, exact=True) for _ in range(2))
            if "set()" not in (left, right) and "choose" not in left + right:
                if self.source.chance(3) and left.startswith("self."):
                    names = ["union", "intersection", "difference", "symmetric_difference"]
                    return f"{left}.{self.source.pick(names)}({right})"
                return f"({left} {self.source.pick('|&-^')} {right})"
        if depth > 0 and self.source.chance(2):
            clause, inner = self.generator(item, scope, depth - 1)
            last = inner.readable[-1]
            same = last.kind.type == item.type
            body = (
                last.text
                if same and self.source.chance(2)
                else self.value(item, inner.looking(), depth - 1, exact=True)
            )
            return f"{{{body} {clause}}}"
        members = [self.value(item, scope, min(depth, 1), exact=True) for _ in range(self.source.below(3))]
        return f"{{{', '.join(members)}}}" if members else "set()"

    # loops in expressions

    def domain(self, scope: Scope, depth: int, item: Kind | None = None) -> tuple[str, Kind, str]:
        """Something to loop over, what it holds, and whether in the order of a "set" or "row"; "" if it has no order."""
        scope = scope.plain()
        options: list[tuple[str, Kind, str]] = []
        for kind in [item] if item is not None and item.domain else self.types.scalars:
            if kind.domain is not None and kind.type.size <= 8:
                options.append((kind.domain, kind, "" if mentions_symmetry(kind.type) else "set"))
        if self.source.chance(4):
            members = self.source.pick([kind for kind in self.types.scalars if kind.type.size <= 3])
            groups = f"SetOf({members.domain or members.text})"
            options.append((groups, set_of(members), "" if mentions_symmetry(members.type) else "set"))
        for readable in scope.readable:
            for path in self.paths(readable, False):
                if isinstance(path.kind.type, (SetType, SeqType, ArrayType)) and self.reachable(path, scope):
                    options.append((self.text(path, scope, min(depth, 1)), path.kind.item, _order(path.kind)))
        if self.source.chance(8) and item is not None:
            pair = ", ".join(self.value(item, scope, 0, exact=True) for _ in range(2))
            options.append((f"({pair})", item, "row"))
        if self.source.chance(5):
            low, high = self.source.below(3) - 1, self.source.below(4)
            stop = self.integer(scope, 0) if self.source.chance(3) else str(high)
            step = self.source.pick(["", "", ", 2", ", -1"])
            bound = Kind("Range(-20, 20)", IntType(-20, 20))
            options.append((f"range({low}, {stop}{step})", bound, "set"))
        return self.source.pick(options)

    def generator(self, item: Kind | None, scope: Scope, depth: int) -> tuple[str, Scope]:
        """`for x in ... if ...`, and the scope inside."""
        domain, kind, _ = self.domain(scope, depth, item)
        name = self.fresh("x")
        inner = scope.looking().plus(Readable(name, kind, True))
        test = f" if {self.condition(inner, depth)}" if self.source.chance(3) else ""
        return f"for {name} in {domain}{test}", inner

    # integers

    def integer(self, scope: Scope, depth: int, strips: bool = True) -> str:
        """Any small integer."""
        if depth <= 0 or self.source.chance(4):
            read = self.read(INTEGER, scope, min(0, depth), exact=False) if not self.source.chance(3) else None
            if read is not None and (strips or not self._may_be_none(read, scope)):
                return read
            return str(self.source.below(5) - 1)
        option = self.source.below(9)
        if option < 4:
            op = self.source.pick(["+", "-", "*", "//", "%"])
            left = self.integer(scope, depth - 1)
            divides = op in ("//", "%") and not self.source.mishap(4)
            right = self.source.pick(["2", "3", "-2"]) if divides else self.integer(scope, depth - 1)
            return f"({left} {op} {right})"
        if option == 4:
            name = self.source.pick(["min", "max"])
            return f"{name}({self.integer(scope, depth - 1, False)}, {self.integer(scope, depth - 1, False)})"
        if option == 5:
            return self._counted(scope, depth)
        if option == 6:
            clause, inner = self.generator(None, scope, depth - 1)
            name = self.source.pick(["sum", "max", "min"] if self.source.mishap(3) else ["sum"])
            return f"{name}({self.integer(inner, depth - 1, False)} {clause})"
        if option == 7:
            return self._bits(scope, depth)
        condition = self.condition(scope, depth - 1)
        return f"({self.integer(scope, depth - 1)} if {condition} else {self.integer(scope, depth - 1)})"

    def _may_be_none(self, text: str, scope: Scope) -> bool:
        """Whether the text may read an Opt: `min` of a single None is None in Python, and fails in the language."""
        return any(isinstance(leaf, OptType) for r in scope.readable if r.text in text for leaf in _inside(r.kind))

    def _counted(self, scope: Scope, depth: int) -> str:
        found = [
            self.text(path, scope, 0)
            for readable in scope.readable
            for path in self.paths(readable, False)
            if isinstance(path.kind.type, (SetType, SeqType)) and self.reachable(path, scope)
        ]
        if found:
            return f"len({self.source.pick(found)})"
        return f"int({self.condition(scope, depth - 1)})"

    def _bits(self, scope: Scope, depth: int) -> str:
        left, right = self.integer(scope, depth - 1), self.integer(scope, 0)
        match self.source.below(4):
            case 0:
                return f"(abs({left}) {self.source.pick('&|^')} {self.source.below(6)})"
            case 1:
                return f"({left} >> {self.source.pick(['1', '2', f'abs({right})'])})"
            case 2:
                amount = f"(({right}) % 3 - 1)" if self.source.mishap(4) else f"({right}) % 3"
                return f"({self.source.below(3)} << {amount})"
        return f"-{left}" if not left.startswith("-") else f"abs({left})"

    # conditions

    def condition(self, scope: Scope, depth: int, truthy: bool = False) -> str:
        """A Bool; with `truthy` perhaps a set or sequence that stands for one."""
        if depth <= 0 or self.source.chance(6):
            read = self.read(BOOLEAN, scope, min(0, depth), exact=True) if self.source.chance(2) else None
            if read is not None or depth >= 0:
                return read if read is not None else self._compare(scope, depth)
            return self.source.pick(["True", "False"])
        option = self.source.below(9)
        if option < 4:
            return self._compare(scope, depth)
        if option == 4:
            return f"not ({self.condition(scope, depth - 1)})"
        if option == 5:
            op = self.source.pick([" and ", " or "])
            return f"({op.join(self.condition(scope, depth - 1) for _ in range(2 + self.source.below(2)))})"
        if option == 6:
            clause, inner = self.generator(None, scope, depth - 1)
            return f"{self.source.pick(['any', 'all'])}({self.condition(inner.looking(), depth - 1)} {clause})"
        if option == 7:
            return self._member(scope, depth)
        special = self._special(BOOLEAN, scope, depth)
        return special if special is not None else self._compare(scope, depth)

    def _compare(self, scope: Scope, depth: int) -> str:
        if self.source.chance(2):
            op = self.source.pick(["<", "<=", "==", "!=", ">", ">="])
            left, right = self.integer(scope, depth - 1), self.integer(scope, depth - 1)
            if self.source.chance(8):
                return f"{self.source.below(3) - 1} <= {left} {op} {right}" if "choose" not in left else f"{left} < 2"
            return f"{left} {op} {right}"
        readable = [r for r in scope.readable if not isinstance(r.kind.type, (BoolType, IntType))]
        if not readable:
            return f"{self.integer(scope, depth - 1)} {self.source.pick(['<', '=='])} {self.source.below(3)}"
        paths = [path for path in self.paths(self.source.pick(readable), False) if self.reachable(path, scope)]
        path = self.source.pick(paths)
        left = self.text(path, scope, depth)
        if isinstance(path.kind.type, BoolType):
            return left
        if isinstance(path.kind.type, OptType) and self.source.chance(2):
            return f"{left} {self.source.pick(['is', 'is not'])} None"
        right = self.value(path.kind, scope.plain(), depth - 1, exact=True)
        ops = ["==", "!=", "<=", "<"] if isinstance(path.kind.type, SetType) else ["==", "!="]
        if right in ("set()", "[]"):
            return f"{left} == {left}"
        return f"{left} {self.source.pick(ops)} {right}"

    def _member(self, scope: Scope, depth: int) -> str:
        domain, kind, _ = self.domain(scope, depth - 1)
        wanted = opt(kind) if self.source.chance(5) and not isinstance(kind.type, OptType) else kind
        item = self.value(wanted, scope.plain(), depth - 1, exact=True)
        if item in ("set()", "[]") or "None" in item or domain.startswith("range"):
            return self._compare(scope, depth - 1)
        return f"{item} {self.source.pick(['in', 'not in'])} {domain}"


def _risky(path: Path, kind: Kind) -> bool:
    """Whether reading the path as a value of that type may fail."""
    if None in path.pieces or path.strips:
        return True
    have, want = path.kind.type, kind.type
    if isinstance(have, OptType) and not isinstance(want, OptType):
        return True
    return have != want and kind is not INTEGER


def _order(kind: Kind) -> str:
    match kind.type:
        case SetType(item=item):
            return "" if mentions_symmetry(item) else "set"
        case ArrayType(index=index):
            return "" if mentions_symmetry(index) else "row"
    return "row"


def _inside(kind: Kind) -> Iterator[Type]:
    yield kind.type
    for part in kind.parts:
        yield from _inside(part)


__all__ = ["Expressions", "Helper", "Path", "Readable", "Scope", "fits", "leaves"]
