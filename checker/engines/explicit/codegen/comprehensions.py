"""Emit comprehensions: nested loops around what happens to the value of the body.

`any` and `all` leave their loops as soon as they are decided; sets, arrays and numbers grow round by round.
"""

from __future__ import annotations

from collections.abc import Callable

from checker.engines.explicit.codegen.code import Writer, enclosed
from checker.engines.explicit.codegen.layout import default_codes, is_direct, width
from checker.engines.explicit.codegen.loops import Evaluate, bit_place, contains_call, each, ranked
from checker.ir import nodes as ir
from checker.ir.nodes import Generator, Kind
from checker.ir.traverse import children
from checker.ir.types import ArrayType, SetType

_Add = Callable[[str], None]


def comprehend(writer: Writer, expr: ir.Comprehension, evaluate: Evaluate) -> str:
    """The value of a comprehension, or its place; `evaluate` emits the expressions inside it."""
    rounds = _Rounds(writer, expr, evaluate)
    match expr.op:
        case "any" | "all":
            return rounds.decide()
        case "set":
            return rounds.gather()
        case "array":
            return rounds.tabulate()
        case _:
            return rounds.accumulate()


def all_steps(expr: ir.Steps) -> ir.Comprehension:
    """The set of all members of a Steps, where it is more than a domain."""
    assert isinstance(expr.type, SetType)
    member = ir.Local(expr.span, expr.type.item, "_member")
    generator = Generator("_member", expr.type.item, expr, None)
    return ir.Comprehension(expr.span, expr.type, "set", member, (generator,))


def insert(writer: Writer, place: str, rank: str) -> None:
    """Put the member numbered `rank`, a name or a number, into the large set at `place`."""
    slot, bit = bit_place(place, rank)
    slot = writer.hold(slot)
    writer.line(f"s[{slot}] = s[{slot}] | (1 << {bit})")


def bind(writer: Writer, generator: Generator, member: str) -> None:
    """Give the loop's variable its value for this round."""
    if generator.variable not in writer.locals:
        writer.declare(generator.variable, generator.variable_type)
    target = writer.locals[generator.variable]
    if is_direct(generator.variable_type):
        writer.line(f"{target} = {member}")
    else:
        writer.copy(target, member, width(generator.variable_type))


class _Rounds:
    """The loops of one comprehension."""

    def __init__(self, writer: Writer, expr: ir.Comprehension, evaluate: Evaluate) -> None:
        self.writer, self.expr, self.evaluate = writer, expr, evaluate
        self.calls = any(contains_call(child) for child in children(expr))

    def loops(self, add: _Add, decided: str | None = None, at: int = 0) -> None:
        """The loops from generator `at` on; `add` writes what happens to the body's value, and when the local `decided`
        is true the loops are left."""
        writer, evaluate = self.writer, self.evaluate
        if at == len(self.expr.generators):
            add(evaluate(writer, self.expr.body))
            return
        generator = self.expr.generators[at]
        with each(writer, generator.domain, evaluate, self.calls) as member:
            bind(writer, generator, member)
            if generator.condition is None:
                self.loops(add, decided, at + 1)
            else:
                with writer.block(f"if {evaluate(writer, generator.condition)}:"):
                    self.loops(add, decided, at + 1)
            if decided is not None:
                with writer.block(f"if {decided}:"):
                    writer.line("break")

    def decide(self) -> str:
        """any and all."""
        writer, op = self.writer, self.expr.op
        result, decided = writer.fresh("b"), writer.fresh("known")
        writer.line(f"{result} = {op == 'all'}")
        writer.line(f"{decided} = False")

        def add(value: str) -> None:
            with writer.block(f"if {value}:" if op == "any" else f"if not {enclosed(value)}:"):
                writer.line(f"{result} = {op == 'any'}")
                writer.line(f"{decided} = True")

        self.loops(add, decided)
        return result

    def gather(self) -> str:
        """A set."""
        writer, kind = self.writer, self.expr.type
        assert isinstance(kind, SetType)
        item, direct = kind.item, is_direct(kind)
        result = writer.fresh("set") if direct else writer.temporary(kind)
        if direct:
            writer.line(f"{result} = 0")
        else:
            writer.copy(result, writer.constant(default_codes(kind)), width(kind))

        def add(value: str) -> None:
            rank = ranked(writer, item, value)
            if direct:
                writer.line(f"{result} = {result} | (1 << {enclosed(rank)})")
            else:
                insert(writer, result, writer.hold(rank))

        self.loops(add)
        return result

    def tabulate(self) -> str:
        """An array of the values of the body, in order."""
        writer, kind = self.writer, self.expr.type
        assert isinstance(kind, ArrayType)
        item = kind.item
        place, at = writer.temporary(kind), writer.fresh("at")
        writer.line(f"{at} = {place}")

        def add(value: str) -> None:
            writer.put(at, item, value)
            writer.line(f"{at} += {width(item)}")

        self.loops(add)
        return place

    def accumulate(self) -> str:
        """sum, min and max; min and max of nothing fail."""
        writer, op = self.writer, self.expr.op
        result, found = writer.fresh(op), writer.fresh("found")
        writer.line(f"{result} = 0")
        if op == "sum":
            self.loops(lambda value: writer.line(f"{result} += {value}"))
            return result
        writer.line(f"{found} = False")

        def add(value: str) -> None:
            value = writer.hold(value)
            with writer.block(f"if not {found} or {value} {'<' if op == 'min' else '>'} {result}:"):
                writer.line(f"{result} = {value}")
            writer.line(f"{found} = True")

        self.loops(add)
        writer.fail_if(f"not {found}", Kind.EVALUATION, self.expr.span)
        return result
