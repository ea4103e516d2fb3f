"""Emit expressions: each becomes text that has no side effect and cannot fail, valid from where it was written.

What can fail, chooses, calls or loops is written out before, as statements, in the order of evaluation; the text then
only names its result. A direct value is text for a number; an aggregate is text for its place in scratch memory, where
the caller must not write.
"""

from __future__ import annotations

from typing import assert_never

from checker.engines.explicit.codegen import conversions
from checker.engines.explicit.codegen.code import (
    CLEAN,
    Writer,
    enclosed,
    identifier,
    offset,
    rank_text,
    same_text,
    scaled,
)
from checker.engines.explicit.codegen.comprehensions import all_steps, comprehend, insert
from checker.engines.explicit.codegen.layout import MASK_BITS, codes, default_codes, is_direct, width
from checker.engines.explicit.codegen.loops import bit_place, evaluate_all, kept, ranked, unranked
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Kind
from checker.ir.types import ArrayType, IntType, NoneType, RecordType, SeqType, SetType, TupleType, Type


def emit(writer: Writer, expr: Expr) -> str:
    """The text of `expr`; what must happen before is written."""
    match expr:
        case ir.Const(type=kind, value=value):
            row = codes(kind, value)
            return str(row[0]) if is_direct(kind) else writer.constant(row)
        case ir.Local(name=name, type=kind):
            return writer.read(writer.locals[name], kind) if not is_direct(kind) else writer.locals[name]
        case ir.Variable(name=name, type=kind):
            return writer.read(str(writer.sheet.layout.offsets[name]), kind)
        case ir.Index() | ir.Attribute():
            return writer.read(place_of(writer, expr), expr.type)
        case ir.Unary():
            return _unary(writer, expr)
        case ir.Binary():
            return _binary(writer, expr)
        case ir.Compare():
            return _compare(writer, expr)
        case ir.BoolOp():
            return _bool_op(writer, expr)
        case ir.IfElse():
            return _if_else(writer, expr)
        case ir.Convert(operand=operand):
            value = emit(writer, operand)
            return conversions.convert(writer, expr, value)
        case ir.Make():
            return _make(writer, expr)
        case ir.Replace() | ir.Append() | ir.Without():
            return _changed(writer, expr)
        case ir.Every(type=kind):
            assert isinstance(kind, SetType)
            item = kind.item
            row = codes(kind, frozenset(item.values()))
            return str(row[0]) if is_direct(kind) else writer.constant(row)
        case ir.Comprehension():
            return comprehend(writer, expr, emit)
        case ir.Choose():
            return _choose(writer, expr)
        case ir.Call():
            return call(writer, expr)
        case ir.Steps():
            return comprehend(writer, all_steps(expr), emit)
        case _:
            assert_never(expr)


def emit_all(writer: Writer, expressions: tuple[Expr, ...]) -> list[str]:
    """The texts of several expressions, all valid at the same place."""
    return evaluate_all(writer, expressions, emit)


def place_of(writer: Writer, expr: ir.Index | ir.Attribute) -> str:
    """The place of an item or a field."""
    if isinstance(expr, ir.Attribute):
        return field_place(expr.base.type, expr.name, emit(writer, expr.base))
    base, index = emit_all(writer, (expr.base, expr.index))
    return item_place(writer, expr, base, index)


def field_place(kind: Type, name: str, base: str) -> str:
    """The place of a field of the record at `base`."""
    assert isinstance(kind, RecordType)
    at = 0
    for field, item in kind.fields:
        if field == name:
            return offset(base, at)
        at += width(item)
    raise AssertionError(name)


def item_place(writer: Writer, expr: ir.Index | ir.Without, base: str, index: str) -> str:
    """The place of item `index` of the aggregate at `base`; fails outside a sequence."""
    match expr.base.type:
        case ArrayType(index=kind, item=item):
            return scaled(base, rank_text(kind, index), width(item))
        case TupleType(parts=parts):
            at = int(index) % len(parts)
            return offset(base, sum(width(part) for part in parts[:at]))
        case SeqType(item=item):
            return scaled(offset(base, 1), _inside(writer, expr, base, index), width(item))
        case _:
            raise AssertionError(expr)


def _inside(writer: Writer, expr: ir.Index | ir.Without, base: str, index: str) -> str:
    """The index counted from 0, a name; fails if there is no such item."""
    kind = expr.index.type
    assert isinstance(kind, IntType)
    at = writer.fresh("i")
    writer.line(f"{at} = {index}")
    if kind.lo < 0:
        with writer.block(f"if {at} < 0:"):
            writer.line(f"{at} += s[{base}]")
    outside = f"{at} >= s[{base}]" if kind.lo >= 0 else f"{at} < 0 or {at} >= s[{base}]"
    writer.fail_if(outside, Kind.EVALUATION, expr.span)
    return at


def _unary(writer: Writer, expr: ir.Unary) -> str:
    value, kind = emit(writer, expr.operand), expr.operand.type
    match expr.op, kind:
        case "not", _:
            return f"(not {enclosed(value)})"
        case "-", _:
            return f"(-{enclosed(value)})"
        case "abs", _:
            return f"abs({value})"
        case "len", SetType() if is_direct(kind):
            return f"popcount({value})"
        case "len", SetType():
            return f"count_bits(s, {value}, {width(kind)})"
        case "len", SeqType():
            return f"s[{value}]"
        case "len", ArrayType() | TupleType():
            return str(len(kind.items()))
        case _:
            raise AssertionError(expr)


def _binary(writer: Writer, expr: ir.Binary) -> str:
    left, right = emit_all(writer, (expr.left, expr.right))
    if isinstance(expr.type, SetType) and not is_direct(expr.type):
        return _large_algebra(writer, expr, left, right)
    if isinstance(expr.type, SetType) and expr.op == "-":
        return f"({left} & ~{enclosed(right)})"
    divisor = expr.right.type
    match expr.op:
        case "min" | "max":
            return f"{expr.op}({left}, {right})"
        case "//" | "%":
            assert isinstance(divisor, IntType)
            right = writer.hold(right)
            if divisor.lo <= 0 <= divisor.hi:
                writer.fail_if(f"{right} == 0", Kind.EVALUATION, expr.span)
        case "<<" | ">>":
            assert isinstance(divisor, IntType)
            right = writer.hold(right)
            if divisor.lo < 0:
                writer.fail_if(f"{right} < 0", Kind.EVALUATION, expr.span)
            if divisor.hi > MASK_BITS:  # the result is exact all the same: only 0 can be shifted so far to the left
                right = f"min({right}, {MASK_BITS})"
    return f"({enclosed(left)} {expr.op} {enclosed(right)})"


def _large_algebra(writer: Writer, expr: ir.Binary, left: str, right: str) -> str:
    """Set algebra slot by slot."""
    place = writer.temporary(expr.type)
    left, right = writer.hold(left), writer.hold(right)
    at = writer.fresh("i")
    writer.line(f"{at} = 0")
    with writer.block(f"while {at} < {width(expr.type)}:"):
        a, b = f"s[{left} + {at}]", f"s[{right} + {at}]"
        text = f"{a} & ~{b}" if expr.op == "-" else f"{a} {expr.op} {b}"
        writer.line(f"s[{place} + {at}] = {text}")
        writer.line(f"{at} += 1")
    return place


def _compare(writer: Writer, expr: ir.Compare) -> str:
    left, right = emit_all(writer, (expr.left, expr.right))
    kind = expr.left.type
    if expr.op == "in":
        return _contains(writer, expr, left, right)
    if expr.op in ("==", "!="):
        if is_direct(kind):
            return f"({left} {expr.op} {right})"
        equal = same_text(writer.hold(left), writer.hold(right), width(kind))
        return equal if expr.op == "==" else f"(not {equal})"
    if not isinstance(kind, SetType):
        return f"({left} {expr.op} {right})"
    left, right = writer.hold(left), writer.hold(right)
    if is_direct(kind):
        subset, different = f"({left} & ~{enclosed(right)}) == 0", f"{left} != {right}"
    else:
        subset = f"subset(s, {left}, {right}, {width(kind)}) != 0"
        different = f"same(s, {left}, {right}, {width(kind)}) == 0"
    return f"({subset})" if expr.op == "<=" else f"({subset} and {different})"


def _contains(writer: Writer, expr: ir.Compare, left: str, right: str) -> str:
    kind, item = expr.right.type, expr.left.type
    if isinstance(kind, SetType):
        rank = ranked(writer, item, left)
        if is_direct(kind):
            return f"(({enclosed(right)} >> {enclosed(rank)}) & 1 != 0)"
        slot, bit = bit_place(right, writer.hold(rank))
        return f"((s[{slot}] >> {bit}) & 1 != 0)"
    left = writer.hold(left)
    found, at = writer.fresh("found"), writer.fresh("i")
    place = writer.hold(right)
    items = scaled(offset(place, 1) if isinstance(kind, SeqType) else place, at, width(item))
    count = f"s[{place}]" if isinstance(kind, SeqType) else str(_item_count(kind))
    equal = f"s[{items}] == {left}" if is_direct(item) else same_text(items, left, width(item))
    writer.line(f"{found} = False")
    writer.line(f"{at} = 0")
    with writer.block(f"while not {found} and {at} < {count}:"):
        writer.line(f"{found} = {equal}")
        writer.line(f"{at} += 1")
    return found


def _item_count(kind: Type) -> int:
    assert isinstance(kind, (ArrayType, TupleType))
    return len(kind.items())


def _bool_op(writer: Writer, expr: ir.BoolOp) -> str:
    """Joined in one line as long as operands are plain; from the first one that is not, in nested ifs."""
    text = emit(writer, expr.operands[0])
    for operand in expr.operands[1:]:
        with writer.aside() as lines:
            value = emit(writer, operand)
        if not lines:
            text = f"({text} {expr.op} {value})"
            continue
        name = writer.fresh("b")
        writer.line(f"{name} = {text}")
        with writer.block(f"if {name}:" if expr.op == "and" else f"if not {name}:"):
            deeper(writer, lines)
            writer.line(f"{name} = {value}")
        text = name
    return text


def deeper(writer: Writer, lines: list[str]) -> None:
    """Write lines that were collected one level further out."""
    writer.lines.extend("    " + line for line in lines)


def _if_else(writer: Writer, expr: ir.IfElse) -> str:
    condition = emit(writer, expr.condition)
    with writer.aside() as then_lines:
        then = emit(writer, expr.then)
    with writer.aside() as else_lines:
        otherwise = emit(writer, expr.otherwise)
    if not then_lines and not else_lines:
        return f"({then} if {condition} else {otherwise})"
    name = writer.fresh()
    with writer.block(f"if {condition}:"):
        deeper(writer, then_lines)
        writer.line(f"{name} = {then}")
    with writer.block("else:"):
        deeper(writer, else_lines)
        writer.line(f"{name} = {otherwise}")
    return name


def _make(writer: Writer, expr: ir.Make) -> str:
    kind = expr.type
    if isinstance(kind, SetType):
        return _make_set(writer, expr, kind)
    values = emit_all(writer, expr.items)
    place = writer.temporary(kind)
    at = 0
    if isinstance(kind, SeqType):
        writer.line(f"s[{place}] = {len(values)}")
        at = 1
    for item, value in zip(expr.items, values, strict=True):
        writer.put(offset(place, at), item.type, value)
        at += width(item.type)
    rest = default_codes(kind)[at:]
    if rest:
        writer.copy(offset(place, at), writer.constant(rest), len(rest))
    return place


def _make_set(writer: Writer, expr: ir.Make, kind: SetType) -> str:
    values = emit_all(writer, expr.items)
    if is_direct(kind):
        bits = [f"(1 << {enclosed(ranked(writer, kind.item, value))})" for value in values]
        return enclosed(" | ".join(bits)) if bits else "0"
    place = writer.temporary(kind)
    writer.copy(place, writer.constant(default_codes(kind)), width(kind))
    for value in values:
        insert(writer, place, writer.hold(ranked(writer, kind.item, value)))
    return place


def _changed(writer: Writer, expr: ir.Replace | ir.Append | ir.Without) -> str:
    """A copy of a record or sequence with one thing changed."""
    second = expr.index if isinstance(expr, ir.Without) else expr.value if isinstance(expr, ir.Replace) else expr.item
    base, value = emit_all(writer, (expr.base, second))
    base, kind = writer.hold(base), expr.type
    if isinstance(expr, ir.Replace):
        place = kept(writer, kind, base)
        writer.put(field_place(kind, expr.name, place), expr.value.type, value)
        return place
    assert isinstance(kind, SeqType)
    size = width(kind.item)
    if isinstance(expr, ir.Append):
        writer.fail_if(f"s[{base}] == {kind.capacity}", Kind.STORE, expr.span)
        place = kept(writer, kind, base)
        if kind.capacity:
            writer.put(writer.hold(scaled(offset(place, 1), f"s[{place}]", size)), kind.item, value)
        writer.line(f"s[{place}] = s[{place}] + 1")
        return place
    at = _inside(writer, expr, base, value)
    place = kept(writer, kind, base)
    writer.line(f"s[{place}] = s[{place}] - 1")
    with writer.block(f"while {at} < s[{place}]:"):
        writer.copy(scaled(offset(place, 1), at, size), scaled(offset(place, 1 + size), at, size), size)
        writer.line(f"{at} += 1")
    writer.copy(scaled(offset(place, 1), at, size), writer.constant(default_codes(kind.item)), size)
    return place


def _choose(writer: Writer, expr: ir.Choose) -> str:
    """Any member, by its place among the members or its rank; the control array remembers which."""
    domain, kind = expr.domain, expr.domain.type
    assert isinstance(kind, SetType)
    match domain:
        case ir.Every():
            rank = _chosen(writer, f"choose_below(c, {kind.item.size})", "True" if kind.item.size else "False")
            return unranked(writer, kind.item, rank)
        case ir.Steps(start=start, stop=stop, step=step):
            first, last = (writer.hold(text) for text in emit_all(writer, (start, stop)))
            count = writer.hold(f"({last} - {first} + {step - (1 if step > 0 else -1)}) // {step}")
            at = _chosen(writer, f"choose_below(c, {count})", f"{count} > 0")
            return f"({first} + {at} * {step})"
    value = writer.hold(emit(writer, domain))
    if is_direct(kind):
        return unranked(writer, kind.item, _chosen(writer, f"choose(c, {value})", f"{value} != 0"))
    some = f"next_bit(s, {value}, {width(kind)}, 0) >= 0"
    return unranked(writer, kind.item, _chosen(writer, f"choose_big(c, s, {value}, {width(kind)})", some))


def _chosen(writer: Writer, text: str, possible: str) -> str:
    """The choice that `text` makes; without a member the step is impossible."""
    if possible != "True":
        with writer.block(f"if not ({possible}):"):
            writer.stop(CLEAN)
    name = writer.fresh("choice")
    writer.line(f"{name} = {text}")
    writer.leave_if_stopped()
    return name


def call(writer: Writer, expr: ir.Call) -> str:
    """Call a helper; what it returns, or its place."""
    sheet, effects = writer.sheet, writer.sheet.effects[expr.function]
    values = emit_all(writer, expr.arguments)
    arguments = ["s", "c"]
    names = [name for function, name in sheet.parameters if function == expr.function]
    for name, argument, value in zip(names, expr.arguments, values, strict=True):
        if is_direct(argument.type):
            arguments.append(value)
        else:
            writer.copy(str(sheet.parameters[expr.function, name]), value, width(argument.type))
    result = writer.fresh("r")
    writer.line(f"{result} = {helper_name(expr.function)}({', '.join(arguments)})")
    writer.dirty = writer.dirty or effects.changes
    if effects.stops:
        writer.leave_if_stopped()
    if isinstance(expr.type, NoneType):
        return "0"
    return result if is_direct(expr.type) else str(sheet.results[expr.function])


def helper_name(function: str) -> str:
    """The emitted name of a helper."""
    return f"helper_{identifier(function)}"
