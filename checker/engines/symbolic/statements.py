"""What statements, helpers and the blocks of a process do, over all states at once: the twin of the interpreter's.

Where the code branches on something unknown, both sides are run, and the worlds that they lead to are merged where they
meet. Loops are unrolled: over finite domains wholly, others as often as `Limits` says; what would go on longer is an
Overrun, which an engine must show to be impossible before it promises anything, or else raise the limit.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, assert_never

from checker.engines.symbolic import values
from checker.engines.symbolic.expressions import Evaluator, field_place
from checker.engines.symbolic.paths import Path
from checker.engines.symbolic.run import Frame, SymbolicRun, World, meet
from checker.engines.symbolic.terms import Bool, not_
from checker.engines.symbolic.values import Items, Symbolic
from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Function, Kind, Process, Program, Stmt
from checker.ir.traverse import following
from checker.ir.types import Type
from checker.pause import pause

Limits = Callable[[Span], int]
"""How many rounds of the `while` at this place, or visits of one block of the process there, are unrolled."""


@dataclass
class Exits:
    """Where a function and the loop around leave for, with the worlds that do."""

    returned: list[tuple[World, Symbolic]] = field(default_factory=list)
    broke: list[World] = field(default_factory=list)
    continued: list[World] = field(default_factory=list)


class Execution(Evaluator):
    """Runs code of one program in one run."""

    def __init__(self, program: Program, run: SymbolicRun, limits: Limits) -> None:
        super().__init__(run, {declared.name: place for place, declared in enumerate(program.variables)})
        self.program = program
        self.limits = limits
        self.locals: Mapping[str, Type] = {}

    def call(self, function: str, arguments: Sequence[Symbolic]) -> Symbolic:
        """Run a helper and give what it returns, None if nothing."""
        return self.run_function(self.program.functions[function], arguments)

    def run_function(self, function: Function, arguments: Sequence[Symbolic]) -> Symbolic:
        """Run a helper, `init`, an action or a property and give what it returns."""
        outer, self.locals = self.locals, function.locals
        base, known = self.run.path, len(self.run.losses)
        names = (parameter.name for parameter in function.parameters)
        frame: Frame = dict(zip(names, arguments, strict=True))
        exits, nothing = Exits(), self.default(function.returns)
        self._body(function.body, frame, exits)
        if not self.run.path.dead:
            exits.returned.append((self.run.world({}), nothing))
        value = self._come_back(base, exits.returned, nothing)
        self.run.after(base, known)
        self.locals = outer
        return value

    def _meet(self, base: Path, worlds: Sequence[World]) -> World:
        """Where runs of the code at hand meet that branched off from `base`."""
        return meet(base, worlds, self.locals, self.default)

    def _come_back(self, base: Path, returned: list[tuple[World, Symbolic]], nothing: Symbolic) -> Symbolic:
        """Merge the worlds that return, and what they return; `nothing` where every path was lost on the way."""
        found = [(world, value) for world, value in returned if not world.path.dead]
        if not found:
            return nothing
        if len(found) > 1:
            conditions = [world.path.since(base) for world, _ in found]
            merged = meet(base, [World(world.path, world.state, {}) for world, _ in found], {})
            self.run.state[:] = merged.state
            return values.select([(each, value) for each, (_, value) in zip(conditions, found, strict=True)])
        world, value = found[0]
        self.run.state[:] = world.state
        return value

    def run_process(
        self, process: Process, starts: Sequence[tuple[int, Bool]], frame: Frame
    ) -> list[tuple[int, World]]:
        """Run a process to wherever it next yields: the points, and the world at each. `starts` are blocks to begin
        with, and which of them it is.

        Blocks are visited in an order in which the ways to a block come before it, but for loops: these go round."""
        self.locals = process.locals
        base = self.run.path
        order = order_of(process, [block for block, _ in starts])
        waiting: dict[tuple[int, int], list[World]] = {}
        here = self.run.world(frame)
        for first, stands in starts:
            begun = World(base.along(stands), here.state, here.frame)
            waiting.setdefault((0, order[first]), []).append(begun)
        queue = sorted(waiting)
        block_at = {place: block for block, place in order.items()}
        ended: dict[int, list[World]] = {}
        while queue:
            lap, place = key = heapq.heappop(queue)
            self.run.restore(self._meet(base, waiting.pop(key)), frame)
            if self.run.path.dead:
                continue
            if lap == self.limits(process.span):
                self.run.overrun(process.span)
                continue
            block = process.blocks[block_at[place]]
            self._body(block.body, frame, Exits())
            for target, world in self._leave(block.end, frame):
                if isinstance(block.end, ir.Yield):
                    ended.setdefault(target, []).append(world)
                    continue
                onward = (lap + (order[target] <= place), order[target])
                if onward not in waiting:
                    heapq.heappush(queue, onward)
                waiting.setdefault(onward, []).append(world)
        return [(point, self._meet(base, worlds)) for point, worlds in ended.items()]

    def _leave(self, end: ir.Terminator, frame: Frame) -> list[tuple[int, World]]:
        """Where a block goes on: a block, or where it yields, a point."""
        if self.run.path.dead:
            return []
        match end:
            case ir.Yield(point=point):
                return [(point, self.run.world(frame))]
            case ir.Jump(block=block):
                return [(block, self.run.world(frame))]
            case ir.Branch(condition=condition, then=then, otherwise=otherwise):
                met = self.evaluate(condition, frame)
                here = self.run.world(frame)
                sides = ((then, met), (otherwise, not_(met)))
                found = [(block, World(here.path.along(side), here.state, here.frame)) for block, side in sides]
                return [(block, world) for block, world in found if not world.path.dead]
            case _:
                assert_never(end)

    def _body(self, body: Sequence[Stmt], frame: Frame, exits: Exits) -> None:
        for statement in body:
            if self.run.path.dead:
                return
            _RULES[type(statement)](self, statement, frame, exits)

    def _assign(self, statement: ir.Assign, frame: Frame, exits: Exits) -> None:
        value = self.evaluate(statement.value, frame)
        self._store(statement.target, value, self._indices(statement.target, frame), frame)

    def _indices(self, target: Expr, frame: Frame) -> list[Symbolic]:
        """The values of all indices in a target, left to right."""
        match target:
            case ir.Index(base=base, index=index):
                return [*self._indices(base, frame), self.evaluate(index, frame)]
            case ir.Attribute(base=base):
                return self._indices(base, frame)
            case _:
                return []

    def _store(self, target: Expr, value: Symbolic, indices: list[Symbolic], frame: Frame) -> None:
        match target:
            case ir.Variable(name=name):
                self.run.state[self.positions[name]] = value
            case ir.Local(name=name):
                frame[name] = value
            case ir.Index(base=base):
                whole = self._load(base, indices[:-1], frame)
                self._store(base, self._put(target, whole, indices[-1], value), indices[:-1], frame)
            case ir.Attribute(base=base, name=name):
                whole = self._load(base, indices, frame)
                place = field_place(base.type, name)
                self._store(base, (*whole[:place], value, *whole[place + 1 :]), indices, frame)
            case _:
                raise AssertionError(target)

    def _put(self, target: ir.Index, whole: Symbolic, index: Symbolic, value: Symbolic) -> Symbolic:
        """The array or sequence `whole` with another value at one index."""
        items = list(whole.items if isinstance(whole, Items) else whole)
        for place, here in self.places(target, whole, index):
            items[place] = values.merge(here, value, items[place])
        return Items(whole.length, tuple(items)) if isinstance(whole, Items) else tuple(items)

    def _load(self, target: Expr, indices: list[Symbolic], frame: Frame) -> Symbolic:
        """What a target, whose indices have been evaluated, stands for now."""
        match target:
            case ir.Index(base=base):
                return self.item(target, self._load(base, indices[:-1], frame), indices[-1])
            case ir.Attribute(base=base, name=name):
                return self._load(base, indices, frame)[field_place(base.type, name)]
            case _:
                return self.evaluate(target, frame)

    def _evaluate(self, statement: ir.Evaluate, frame: Frame, exits: Exits) -> None:
        self.evaluate(statement.value, frame)

    def _if(self, statement: ir.If, frame: Frame, exits: Exits) -> None:
        condition = self.evaluate(statement.condition, frame)
        if isinstance(condition, bool):
            self._body(statement.then if condition else statement.otherwise, frame, exits)
            return
        base, known, left = self.run.path, len(self.run.losses), _left(exits)
        here = self.run.world(frame)
        then = self._side(here, condition, statement.then, frame, exits)
        otherwise = self._side(here, not_(condition), statement.otherwise, frame, exits)
        self.run.restore(self._meet(base, [then, otherwise]), frame)
        if _left(exits) == left:
            self.run.after(base, known)

    def _side(self, here: World, condition: Bool, body: Sequence[Stmt], frame: Frame, exits: Exits) -> World:
        """Where a body leads that is run only where the condition is true."""
        self.run.restore(here, frame)
        self.run.path = here.path.along(condition)
        self._body(body, frame, exits)
        return self.run.world(frame)

    def _for(self, statement: ir.For, frame: Frame, exits: Exits) -> None:
        base, known, returned = self.run.path, len(self.run.losses), len(exits.returned)
        broke: list[World] = []
        for there, value in self.rounds(statement.generator.domain, frame):
            pause()
            if self.run.path.dead:
                break
            here = self.run.world(frame)
            inner = Exits(exits.returned, broke)
            self.run.path = here.path.along(there)
            if self.run.path.dead:
                self.run.restore(here, frame)
                continue
            frame[statement.generator.variable] = value
            self._body(statement.body, frame, inner)
            ends = [self.run.world(frame), *inner.continued]
            if there is not True:
                ends.append(World(here.path.along(not_(there)), here.state, here.frame))
            self.run.restore(self._meet(here.path, ends), frame)
        self._end_loop(base, known, len(exits.returned) == returned, broke, frame)

    def _while(self, statement: ir.While, frame: Frame, exits: Exits) -> None:
        base, known, returned = self.run.path, len(self.run.losses), len(exits.returned)
        left: list[World] = []
        limit = self.limits(statement.span)
        for count in range(limit + 1):
            condition = self.evaluate(statement.condition, frame)
            here = self.run.world(frame)
            left.append(World(here.path.along(not_(condition)), here.state, here.frame))
            self.run.path = here.path.along(condition)
            if self.run.path.dead:
                break
            if count == limit:
                self.run.overrun(statement.span)
                break
            inner = Exits(exits.returned, left)
            self._body(statement.body, frame, inner)
            if inner.continued:
                ends = [self.run.world(frame), *inner.continued]
                self.run.restore(self._meet(here.path, ends), frame)
            if self.run.path.dead:
                break
        self._end_loop(base, known, len(exits.returned) == returned, left, frame)

    def _end_loop(self, base: Path, known: int, stayed: bool, left: list[World], frame: Frame) -> None:
        """Merge what leaves a loop. Where nothing returned from within, all that was not lost has come through."""
        self.run.restore(self._meet(base, [*left, self.run.world(frame)]), frame)
        if stayed:
            self.run.after(base, known)

    def _break(self, statement: ir.Break, frame: Frame, exits: Exits) -> None:
        exits.broke.append(self.run.world(frame))
        self.run.path = self.run.path.along(False)

    def _continue(self, statement: ir.Continue, frame: Frame, exits: Exits) -> None:
        exits.continued.append(self.run.world(frame))
        self.run.path = self.run.path.along(False)

    def _return(self, statement: ir.Return, frame: Frame, exits: Exits) -> None:
        value = 0 if statement.value is None else self.evaluate(statement.value, frame)
        exits.returned.append((self.run.world({}), value))
        self.run.path = self.run.path.along(False)

    def _require(self, statement: ir.Require, frame: Frame, exits: Exits) -> None:
        self.run.require(self.evaluate(statement.condition, frame))

    def _assert(self, statement: ir.Assert, frame: Frame, exits: Exits) -> None:
        self.run.expect(self.evaluate(statement.condition, frame), Kind.ASSERT, statement.span)


def _left(exits: Exits) -> tuple[int, int, int]:
    return len(exits.returned), len(exits.broke), len(exits.continued)


def order_of(process: Process, starts: Sequence[int]) -> dict[int, int]:
    """The blocks that can be reached from `starts` without a yield, numbered in reverse postorder."""
    seen: set[int] = set()
    done: list[int] = []
    for start in starts:
        stack = [] if start in seen else [(start, iter(following(process.blocks[start].end)))]
        seen.add(start)
        while stack:
            block, targets = stack[-1]
            onward = next((target for target in targets if target not in seen), None)
            if onward is None:
                done.append(block)
                stack.pop()
            else:
                seen.add(onward)
                stack.append((onward, iter(following(process.blocks[onward].end))))
    return {block: place for place, block in enumerate(reversed(done))}


_RULES: Mapping[type[Stmt], Callable[[Execution, Any, Frame, Exits], None]] = {
    ir.Assign: Execution._assign,
    ir.Evaluate: Execution._evaluate,
    ir.If: Execution._if,
    ir.For: Execution._for,
    ir.While: Execution._while,
    ir.Break: Execution._break,
    ir.Continue: Execution._continue,
    ir.Return: Execution._return,
    ir.Require: Execution._require,
    ir.Assert: Execution._assert,
}
