"""Which locals a process may still need at each of its blocks. Dead locals are forgotten, so that equal futures are
equal states. A backward dataflow analysis; it may call a dead local live, never the other way round.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from checker.ir import nodes as ir
from checker.ir.traverse import expressions, walk_expressions

Live = frozenset[str]


@dataclass(frozen=True)
class _Exits:
    """What lives after the loop around, and at its next round."""

    after: Live
    again: Live


_NONE = _Exits(frozenset(), frozenset())


def reads(expression: ir.Expr) -> Live:
    """The locals that an expression reads, without the variables of its own comprehensions."""
    read = set()
    bound: set[str] = set()
    for inner in walk_expressions(expression):
        if isinstance(inner, ir.Local):
            read.add(inner.name)
        elif isinstance(inner, ir.Comprehension):
            bound.update(generator.variable for generator in inner.generators)
    return frozenset(read - bound)


def before(statements: Sequence[ir.Stmt], live: Live, exits: _Exits = _NONE) -> Live:
    """What lives before a body, given what lives after it."""
    for statement in reversed(statements):
        live = _before(statement, live, exits)
    return live


def _before(statement: ir.Stmt, live: Live, exits: _Exits) -> Live:
    match statement:
        case ir.Assign(target=ir.Local(name=name), value=value):
            return (live - {name}) | reads(value)
        case ir.If(condition=condition, then=then, otherwise=otherwise):
            return reads(condition) | before(then, live, exits) | before(otherwise, live, exits)
        case ir.For(generator=generator, body=body):
            return reads(generator.domain) | _loop(body, live, frozenset({generator.variable}), frozenset())
        case ir.While(condition=condition, body=body):
            return _loop(body, live, frozenset(), reads(condition))
        case ir.Break():
            return exits.after
        case ir.Continue():
            return exits.again
        case ir.Assign() | ir.Evaluate() | ir.Return() | ir.Require() | ir.Assert():
            pass
        case _:
            assert_never(statement)
    for expression in expressions(statement):
        live |= reads(expression)
    return live


def _loop(body: Sequence[ir.Stmt], after: Live, bound: Live, test: Live) -> Live:
    """What lives at the head of a loop."""
    head = after | test
    while True:
        wider = head | (before(body, head, _Exits(after, head)) - bound)
        if wider == head:
            return head
        head = wider


def live_at_blocks(blocks: Sequence[ir.Block], targets: Sequence[int | None]) -> list[Live]:
    """What lives at the start of each block; `targets[p]` is the block of point p."""
    live: list[Live] = [frozenset()] * len(blocks)
    changed = True
    while changed:
        changed = False
        for number in reversed(range(len(blocks))):
            block = blocks[number]
            now = before(block.body, _at_end(block.end, live, targets))
            if now != live[number]:
                live[number] = now
                changed = True
    return live


def _at_end(end: ir.Terminator, live: Sequence[Live], targets: Sequence[int | None]) -> Live:
    match end:
        case ir.Jump(block=block):
            return live[block]
        case ir.Branch(condition=condition, then=then, otherwise=otherwise):
            return reads(condition) | live[then] | live[otherwise]
        case ir.Yield(point=point):
            target = targets[point]
            return frozenset() if target is None else live[target]
        case _:
            assert_never(end)
