"""Emit conversions between types: the value stays, its codes may change. Fails where the value is not in the new
type."""

from __future__ import annotations

from dataclasses import dataclass

from checker.engines.explicit.codegen.code import Writer, offset, scaled
from checker.engines.explicit.codegen.layout import default_codes, is_direct, low, width
from checker.engines.explicit.codegen.loops import bit_place
from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Kind
from checker.ir.types import (
    ArrayType,
    IntType,
    NeverType,
    NoneType,
    OptType,
    RecordType,
    SeqType,
    SetType,
    TupleType,
    Type,
    is_scalar,
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """How a failing conversion fails; `checked` says whether it can."""

    kind: Kind
    span: Span
    checked: bool


def convert(writer: Writer, expr: ir.Convert, value: str) -> str:
    """The text or place of `value`, a value of the operand's type, as one of the new type."""
    return _convert(writer, _Rule(expr.kind, expr.span, expr.checked), expr.operand.type, expr.type, value)


def _convert(writer: Writer, rule: _Rule, source: Type, target: Type, value: str) -> str:
    if source == target:
        return value
    if is_scalar(source) and is_scalar(target):
        return _scalar(writer, rule, source, target, value)
    match source, target:
        case SetType(), SetType():
            return _set(writer, rule, source, target, value)
        case (NeverType(), _):
            return "0" if is_direct(target) else writer.constant(default_codes(target))
        case (NoneType() | OptType(), _) | (_, OptType()):
            return _optional(writer, rule, source, target, value)
        case SeqType(), SeqType():
            return _sequence(writer, rule, source, target, value)
        case ((TupleType() | ArrayType() | RecordType()), _):
            return _product(writer, rule, source, target, value)
        case _:
            raise AssertionError((source, target))


def _scalar(writer: Writer, rule: _Rule, source: Type, target: Type, value: str) -> str:
    """None is the only code that can differ; only None and integers can fall outside."""
    match source, target:
        case NoneType(), OptType():
            return str(low(target))
        case NoneType(), _:
            writer.fail_if("True", rule.kind, rule.span)
            return str(low(target))
        case OptType(item=item), NoneType():
            if rule.checked:
                writer.fail_if(f"{value} != {low(source)}", rule.kind, rule.span)
            return str(low(target))
        case OptType(item=item), OptType(item=inner):
            if low(source) == low(target) and not (rule.checked and _overflows(item, inner)):
                return value
            return _optional_scalar(writer, rule, source, target, value)
        case OptType(item=item), _:
            value = writer.hold(value)
            if rule.checked:
                writer.fail_if(f"{value} == {low(source)}", rule.kind, rule.span)
            return _scalar(writer, rule, item, target, value) if item != target else value
        case _, NoneType():
            writer.fail_if("True", rule.kind, rule.span)
            return "0"
        case _, OptType(item=inner):
            return _scalar(writer, rule, source, inner, value) if source != inner else value
        case IntType(), IntType():
            return _integer(writer, rule, source, target, value)
        case _:
            raise AssertionError((source, target))


def _overflows(source: Type, target: Type) -> bool:
    """Whether an integer of `source` can lie outside `target`."""
    if not isinstance(source, IntType) or not isinstance(target, IntType):
        return False
    return source.lo < target.lo or source.hi > target.hi


def _integer(writer: Writer, rule: _Rule, source: IntType, target: IntType, value: str) -> str:
    if not rule.checked or not _overflows(source, target):
        return value
    value = writer.hold(value)
    tests = []
    if source.lo < target.lo:
        tests.append(f"{value} < {target.lo}")
    if source.hi > target.hi:
        tests.append(f"{value} > {target.hi}")
    writer.fail_if(" or ".join(tests), rule.kind, rule.span)
    return value


def _optional_scalar(writer: Writer, rule: _Rule, source: OptType, target: OptType, value: str) -> str:
    """None is translated; the item is checked only if there is one."""
    value = writer.hold(value)
    name = writer.fresh()
    writer.line(f"{name} = {low(target)}")
    with writer.block(f"if {value} != {low(source)}:"):
        writer.line(f"{name} = {_convert(writer, rule, source.item, target.item, value)}")
    return name


def _optional(writer: Writer, rule: _Rule, source: Type, target: Type, value: str) -> str:
    """To or from an Opt that is not a scalar."""
    match source, target:
        case NoneType(), OptType():
            return writer.constant(default_codes(target))
        case NoneType(), _:
            writer.fail_if("True", rule.kind, rule.span)
            return "0" if is_direct(target) else writer.constant(default_codes(target))
        case OptType(), NoneType():
            if rule.checked:
                writer.fail_if(f"s[{value}] != 0", rule.kind, rule.span)
            return "0"
        case OptType(), OptType():
            place = writer.temporary(target)
            value = writer.hold(value)
            writer.copy(place, writer.constant(default_codes(target)), width(target))
            with writer.block(f"if s[{value}] != 0:"):
                item = writer.read(offset(value, 1), source.item)
                _wrap(writer, target, place, _convert(writer, rule, source.item, target.item, item))
            return place
        case OptType(), _:
            value = writer.hold(value)
            if rule.checked:
                writer.fail_if(f"s[{value}] == 0", rule.kind, rule.span)
            return _convert(writer, rule, source.item, target, writer.read(offset(value, 1), source.item))
        case _, OptType():
            item = _convert(writer, rule, source, target.item, value)
            place = writer.temporary(target)
            _wrap(writer, target, place, item)
            return place
    raise AssertionError((source, target))


def _wrap(writer: Writer, target: OptType, place: str, item: str) -> None:
    """Write an item that is there."""
    writer.line(f"s[{place}] = 1")
    writer.put(offset(place, 1), target.item, item)


def _set(writer: Writer, rule: _Rule, source: SetType, target: SetType, value: str) -> str:
    """Members keep their values, so their ranks move; those that the new item type lacks make it fail."""
    moves = {rank: _rank_in(source.item, target.item, rank) for rank in range(source.item.size)}
    if width(source) > 1 or width(target) > 1 or not is_direct(source) or not is_direct(target):
        return _large_set(writer, rule, source, target, value, moves)
    value = writer.hold(value)
    outside = sum(1 << rank for rank, place in moves.items() if place is None)
    if outside and rule.checked:
        writer.fail_if(f"{value} & {outside} != 0", rule.kind, rule.span)
    shifts: dict[int, int] = {}
    for rank, place in moves.items():
        if place is not None:
            shifts[place - rank] = shifts.get(place - rank, 0) | 1 << rank
    everything = (1 << source.item.size) - 1
    parts = []
    for shift, mask in shifts.items():
        kept = value if mask == everything else f"({value} & {mask})"
        parts.append(f"({kept} {'<<' if shift > 0 else '>>'} {abs(shift)})" if shift else kept)
    return f"({' | '.join(parts)})" if parts else "0"


def _rank_in(source: Type, target: Type, rank: int) -> int | None:
    """The rank in `target` of the value that has `rank` in `source`, if it is there."""
    value = source.unrank(rank)
    return target.rank(value) if target.contains(value) else None


def _large_set(
    writer: Writer, rule: _Rule, source: SetType, target: SetType, value: str, moves: dict[int, int | None]
) -> str:
    """Member by member through a table of new ranks."""
    table = writer.constant([-1 if moves[rank] is None else moves[rank] or 0 for rank in range(source.item.size)])
    place = writer.temporary(target)
    writer.copy(place, writer.constant(default_codes(target)), width(target))
    at, moved = writer.fresh("n"), writer.fresh("r")
    if is_direct(source):
        single = writer.temporary(source)
        writer.line(f"s[{single}] = {value}")
        value = single
    value = writer.hold(value)
    writer.line(f"{at} = next_bit(s, {value}, {width(source)}, 0)")
    with writer.block(f"while {at} >= 0:"):
        writer.line(f"{moved} = s[{table} + {at}]")
        writer.line(f"{at} = next_bit(s, {value}, {width(source)}, {at} + 1)")
        if rule.checked:
            writer.fail_if(f"{moved} < 0", rule.kind, rule.span)
        slot, bit = bit_place(place, moved)
        slot = writer.hold(slot)
        writer.line(f"s[{slot}] = s[{slot}] | (1 << {bit})")
    return writer.read(place, target)


def _sequence(writer: Writer, rule: _Rule, source: SeqType, target: SeqType, value: str) -> str:
    value = writer.hold(value)
    if rule.checked and source.capacity > target.capacity:
        writer.fail_if(f"s[{value}] > {target.capacity}", rule.kind, rule.span)
    place = writer.temporary(target)
    writer.copy(place, writer.constant(default_codes(target)), width(target))
    if not source.capacity or not target.capacity:
        return place
    count = writer.hold(f"s[{value}]")
    _items(writer, rule, (source.item, offset(value, 1)), (target.item, offset(place, 1)), count)
    writer.line(f"s[{place}] = {count}")
    return place


def _items(writer: Writer, rule: _Rule, source: tuple[Type, str], target: tuple[Type, str], count: str) -> None:
    """Convert `count` items that stand one after another."""
    at = writer.fresh("i")
    writer.line(f"{at} = 0")
    with writer.block(f"while {at} < {count}:"):
        item = writer.read(scaled(source[1], at, width(source[0])), source[0])
        changed = _convert(writer, rule, source[0], target[0], item)
        writer.put(scaled(target[1], at, width(target[0])), target[0], changed)
        writer.line(f"{at} += 1")


def _product(writer: Writer, rule: _Rule, source: Type, target: Type, value: str) -> str:
    """A tuple, array or record to anything that has as many items."""
    assert isinstance(source, (TupleType, ArrayType, RecordType))
    place, value = writer.temporary(target), writer.hold(value)
    at, start = 0, 0
    kinds = source.items()
    if isinstance(target, SeqType):
        if len(kinds) > target.capacity:
            writer.fail_if("True", rule.kind, rule.span)
            return place
        writer.copy(place, writer.constant(default_codes(target)), width(target))
        writer.line(f"s[{place}] = {len(kinds)}")
        start, targets = 1, (target.item,) * len(kinds)
    else:
        assert isinstance(target, (TupleType, ArrayType, RecordType))
        targets = target.items()
        if len(set(kinds)) == 1 and len(set(targets)) == 1 and len(kinds) > 4:
            _items(writer, rule, (kinds[0], value), (targets[0], place), str(len(kinds)))
            return place
    for kind, wanted in zip(kinds, targets, strict=True):
        item = writer.read(offset(value, at), kind)
        writer.put(offset(place, start), wanted, _convert(writer, rule, kind, wanted, item))
        at, start = at + width(kind), start + width(wanted)
    return place
