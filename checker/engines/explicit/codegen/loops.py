"""Emit loops over a domain: sets in rank order, sequences, arrays and tuples in order, `Every` and `Steps` by counting.

The loop's advance is written before its body, so that `continue` in the body is safe, and nothing that the body does to
the domain changes the rounds. What a domain's members mean is left to the body.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from checker.engines.explicit.codegen.code import Writer, enclosed, offset, plus, scaled
from checker.engines.explicit.codegen.layout import MASK_BITS, codes, is_direct, low, width
from checker.ir import nodes as ir
from checker.ir.nodes import Expr
from checker.ir.traverse import walk_expressions
from checker.ir.types import ArrayType, RecordType, SeqType, SetType, TupleType, Type, is_scalar

Evaluate = Callable[[Writer, Expr], str]


@contextmanager
def each(writer: Writer, domain: Expr, evaluate: Evaluate, changes: bool) -> Iterator[str]:
    """A loop over `domain`; gives the member's text, or its place. `changes` says that the body may change the
    domain."""
    match domain:
        case ir.Every(type=SetType(item=item)):
            with _counting(writer, "0", str(item.size), 1) as at:
                yield unranked(writer, item, at)
        case ir.Steps(start=start, stop=stop, step=step):
            first, last = evaluate_all(writer, (start, stop), evaluate)
            with _counting(writer, first, writer.hold(last), step) as at:
                yield at
        case ir.Valued(type=SetType(item=item) as kind):
            with _members(writer, kind, evaluate(writer, domain), changes) as rank:
                yield unranked(writer, item, rank)
        case ir.Valued(type=SeqType(item=item)):
            place = _stable(writer, domain, evaluate, changes)
            with _counting(writer, "0", writer.hold(f"s[{place}]"), 1) as at:
                yield writer.read(scaled(offset(place, 1), at, width(item)), item)
        case ir.Valued(type=ArrayType() | TupleType() | RecordType() as kind):
            items = kind.items()
            assert len(set(items)) <= 1, "the front end makes the items of a domain alike"
            place = _stable(writer, domain, evaluate, changes)
            with _counting(writer, "0", str(len(items)), 1) as at:
                yield writer.read(scaled(place, at, width(items[0])), items[0]) if items else "0"
        case _:
            raise AssertionError(domain)


def evaluate_all(writer: Writer, expressions: tuple[Expr, ...], evaluate: Evaluate) -> list[str]:
    """The values of several expressions, left to right: what a later call could change is kept before it."""
    values: list[str] = []
    for at, expression in enumerate(expressions):
        value = evaluate(writer, expression)
        if any(contains_call(later) for later in expressions[at + 1 :]):
            value = kept(writer, expression.type, value)
        values.append(value)
    return values


def kept(writer: Writer, kind: Type, value: str) -> str:
    """The value, moved to where no later call can change it."""
    if is_direct(kind):
        return writer.hold(value)
    place = writer.temporary(kind)
    writer.copy(place, value, width(kind))
    return place


def contains_call(expression: Expr) -> bool:
    """Whether a helper is called anywhere in it."""
    return any(isinstance(node, ir.Call) for node in walk_expressions(expression))


def unranked(writer: Writer, kind: Type, rank: str) -> str:
    """The value of `kind` numbered `rank`: its text, or its place."""
    if is_scalar(kind):
        return plus(rank, low(kind))
    if isinstance(kind, SetType) and is_direct(kind):
        return rank  # a set's rank is its mask
    place = writer.temporary(kind)
    _unrank_into(writer, kind, writer.hold(rank), place)
    return writer.read(place, kind)


def _unrank_into(writer: Writer, kind: Type, rank: str, place: str) -> None:
    """Write the codes of the value numbered `rank`, a name, to `place`."""
    match kind:
        case _ if is_scalar(kind):
            writer.line(f"s[{place}] = {plus(rank, low(kind))}")
        case RecordType() | TupleType() | ArrayType():
            items = kind.items()
            at = width(kind)
            for item in reversed(items):
                at -= width(item)
                _unrank_into(writer, item, writer.hold(f"{rank} % {item.size}"), offset(place, at))
                rank = writer.hold(f"{rank} // {item.size}")
        case SetType() if is_direct(kind):
            writer.line(f"s[{place}] = {rank}")
        case _:  # a table of all values: sets of these are small
            from_table = [code for value in kind.values() for code in codes(kind, value)]
            writer.copy(place, scaled(writer.constant(from_table), rank, width(kind)), width(kind))


def ranked(writer: Writer, kind: Type, value: str) -> str:
    """The rank of a value of `kind`, given its text or place."""
    match kind:
        case _ if is_scalar(kind):
            return plus(value, -low(kind))
        case RecordType() | TupleType() | ArrayType():
            total, at = "0", 0
            for item in kind.items():
                part = ranked(writer, item, writer.read(offset(value, at), item))
                total = part if total == "0" else f"({total}) * {item.size} + {enclosed(part)}"
                at += width(item)
            return total
        case SetType() if is_direct(kind):
            return value
        case _:
            return _ranked_by_table(writer, kind, value)


def _ranked_by_table(writer: Writer, kind: Type, place: str) -> str:
    """The rank found by comparing with all values, for item types that nobody sensible puts into a set."""
    table = writer.constant([code for value in kind.values() for code in codes(kind, value)])
    place = writer.hold(place)
    rank = writer.fresh("r")
    writer.line(f"{rank} = 0")
    with writer.block(f"while same(s, {scaled(table, rank, width(kind))}, {place}, {width(kind)}) == 0:"):
        writer.line(f"{rank} += 1")
    return rank


@contextmanager
def _counting(writer: Writer, first: str, last: str, step: int) -> Iterator[str]:
    """A loop that counts like range(first, last, step)."""
    following, at = writer.fresh("n"), writer.fresh("i")
    writer.line(f"{following} = {first}")
    with writer.block(f"while {following} {'<' if step > 0 else '>'} {last}:"):
        writer.line(f"{at} = {following}")
        writer.line(f"{following} = {plus(at, step)}")
        yield at


@contextmanager
def _members(writer: Writer, kind: SetType, value: str, changes: bool) -> Iterator[str]:
    """A loop over the ranks of the members of a set."""
    at = writer.fresh("i")
    if is_direct(kind):
        rest = writer.fresh("m")
        writer.line(f"{rest} = {value}")
        with writer.block(f"while {rest} != 0:"):
            writer.line(f"{at} = lowest({rest})")
            writer.line(f"{rest} = {rest} & ({rest} - 1)")
            yield at
        return
    place = kept(writer, kind, value) if changes else writer.hold(value)
    following = writer.fresh("n")
    writer.line(f"{following} = next_bit(s, {place}, {width(kind)}, 0)")
    with writer.block(f"while {following} >= 0:"):
        writer.line(f"{at} = {following}")
        writer.line(f"{following} = next_bit(s, {place}, {width(kind)}, {at} + 1)")
        yield at


def _stable(writer: Writer, domain: Expr, evaluate: Evaluate, changes: bool) -> str:
    """The place of a domain that stays as it is while the loop runs."""
    value = evaluate(writer, domain)
    if isinstance(domain, ir.Const) or not changes:
        return writer.hold(value)
    return kept(writer, domain.type, value)


def bit_place(place: str, rank: str) -> tuple[str, str]:
    """Which slot of a large set, and which bit in it, stands for the member numbered `rank`, a name or a number."""
    if rank.isdigit():
        return offset(place, int(rank) // MASK_BITS), str(int(rank) % MASK_BITS)
    return f"{place} + {rank} // {MASK_BITS}", f"({rank} % {MASK_BITS})"
