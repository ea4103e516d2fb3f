"""Rewrite statements and the blocks of a process into simpler ones that do the same, following what is known.

The rules: a condition that is decided leaves one branch; what has been shown where others have returned or left a loop
is known after it; nothing follows a `return`; a check that cannot fail is none; a loop of one round is its body.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import assert_never

from checker.ir import nodes as ir
from checker.ir.analysis import root
from checker.ir.nodes import Block, Expr, Process, Stmt
from checker.ir.traverse import expressions, following, walk, walk_expressions
from checker.ir.types import SeqType
from checker.pause import pause
from checker.simplify.expressions import Expressions
from checker.simplify.facts import Facts, Values


class Statements(Expressions):
    """Rewrites the body of one function, or the blocks of one process. `returned` are the values that it has returned
    so far, where that is known."""

    returned: Values = frozenset()

    def body(self, body: Sequence[Stmt]) -> tuple[Stmt, ...]:
        """The simpler body."""
        made: list[Stmt] = []
        for statement in body:
            if self.facts.dead:
                break
            made.extend(self._statement(statement))
        return tuple(made)

    def _statement(self, statement: Stmt) -> Sequence[Stmt]:
        pause()
        match statement:
            case ir.Assign():
                return [self._assign(statement)]
            case ir.Evaluate(value=value):
                new = self.rewrite(value)
                return [] if self.looks.is_free(new) else [replace(statement, value=new)]
            case ir.If():
                return self._if(statement)
            case ir.For():
                return self._for(statement)
            case ir.While():
                return self._while(statement)
            case ir.Break() | ir.Continue():
                self.facts.dead = True
                return [statement]
            case ir.Return(value=value):
                return [self._return(statement, value)]
            case ir.Require(condition=condition):
                return self._shown(statement, self.rewrite(condition))
            case ir.Assert(condition=condition, message=message):
                return self._shown(statement, self.rewrite(condition) if message else self.quoted(condition))
            case _:
                assert_never(statement)

    def _shown(self, statement: ir.Require | ir.Assert, condition: Expr) -> Sequence[Stmt]:
        """What is required or asserted is true from here on."""
        if isinstance(condition, ir.Const) and condition.value:
            return []
        self.facts.assume(condition, True)
        return [replace(statement, condition=condition)]

    def _return(self, statement: ir.Return, value: Expr | None) -> Stmt:
        new = None if value is None else self.rewrite(value)
        values = None if new is None else self.facts.possible(new)
        self.returned = None if values is None or self.returned is None else self.returned | values
        self.facts.dead = True
        return replace(statement, value=new)

    def _assign(self, statement: ir.Assign) -> Stmt:
        value = self.rewrite(statement.value)
        values = self.facts.possible(value)
        fallible = (
            isinstance(value, ir.Convert) and value.checked
        )  # a value that does not fit is said not to fit into it
        target = self._target(statement.target, fallible or _has_items(statement.target))
        goal = root(target)
        assert isinstance(goal, (ir.Local, ir.Variable))
        self.facts.forget({goal.name})
        if _is_plain(target):
            self.facts.restrict(target, values)
        return replace(statement, target=target, value=value)

    def _target(self, target: Expr, verbatim: bool) -> Expr:
        """The same target over simpler indices."""
        match target:
            case ir.Index(base=base, index=index):
                inner = self._target(base, verbatim)
                return replace(target, base=inner, index=self.rewrite(index, verbatim))
            case ir.Attribute(base=base):
                return replace(target, base=self._target(base, verbatim))
        return target

    def _if(self, statement: ir.If) -> Sequence[Stmt]:
        condition = self.rewrite(statement.condition)
        if isinstance(condition, ir.Const):
            return self.body(statement.then if condition.value else statement.otherwise)
        other = self.facts.copy()
        self.facts.assume(condition, True)
        then, after_then = self.body(statement.then), self.facts.copy()
        self.facts.become(other)
        self.facts.assume(condition, False)
        otherwise = self.body(statement.otherwise)
        self.facts.meet(after_then)
        if not then and not otherwise and self.looks.is_free(condition):
            return []
        return [replace(statement, condition=condition, then=then, otherwise=otherwise)]

    def _for(self, statement: ir.For) -> Sequence[Stmt]:
        generator = statement.generator
        domain = self.rewrite(generator.domain)
        generator = replace(generator, domain=domain)
        member = self.only(generator)
        if isinstance(member, ir.Const) and not any(_leaves(statement.body)):
            kind = generator.variable_type
            variable = ir.Local(statement.span, kind, generator.variable)
            first = self._assign(ir.Assign(statement.span, variable, member))
            return [first, *self.body(statement.body)]
        self.facts.forget(self._changed((statement,)))
        after = self.facts.copy()
        body = self.body(statement.body)
        self.facts.become(after)
        return [replace(statement, generator=generator, body=body)]

    def _while(self, statement: ir.While) -> Sequence[Stmt]:
        changed = self._changed((statement,))
        self.facts.forget(changed)
        condition = self.rewrite(statement.condition)
        if isinstance(condition, ir.Const) and not condition.value:
            return []
        after = self.facts.copy()
        self.facts.assume(condition, True)
        body = self.body(statement.body)
        self.facts.become(after)
        if any(isinstance(each, ir.Break) for each in _leaves(statement.body)):
            self.facts.forget(changed)  # the body may have changed what the condition has shown
        else:
            self.facts.assume(condition, False)
        return [replace(statement, condition=condition, body=body)]

    def _changed(self, body: Sequence[Stmt]) -> frozenset[str]:
        """The locals and variables that a body may change."""
        names: set[str] = set()
        for statement in walk(tuple(body)):
            if isinstance(statement, ir.Assign):
                goal = root(statement.target)
                assert isinstance(goal, (ir.Local, ir.Variable))
                names.add(goal.name)
            if isinstance(statement, ir.For):
                names.add(statement.generator.variable)
            for expr in expressions(statement):
                names |= self.looks.changed_by(expr)
        return frozenset(names)

    # -- processes -----------------------------------------------------------------------------------------------------

    def blocks(self, process: Process) -> tuple[Block, ...]:
        """The simpler blocks of a process, as many as before. Where just one block leads to another, what is known at
        its end is known there."""
        starts = {point.block for point in process.points if point.block is not None}
        entries = [block for old in process.blocks for block in set(following(old.end))]
        queue = [block for block in range(len(process.blocks)) if block in starts or entries.count(block) != 1]
        before = {block: self._nothing() for block in queue}
        made = list(process.blocks)
        for block in queue:
            self.facts = before[block]
            made[block] = self._block(process.blocks[block])
            for target, facts in self._onward(made[block].end):
                if target not in before:
                    before[target] = facts
                    queue.append(target)
        return tuple(made)

    def _nothing(self) -> Facts:
        return replace(self.facts, known={}, dead=False)

    def _block(self, block: Block) -> Block:
        body = self.body(block.body)
        end = block.end
        if isinstance(end, ir.Branch):
            condition = self.rewrite(end.condition)
            end = replace(end, condition=condition)
            if isinstance(condition, ir.Const):
                end = ir.Jump(end.then if condition.value else end.otherwise)
        return Block(body, end)

    def _onward(self, end: ir.Terminator) -> Iterator[tuple[int, Facts]]:
        """The blocks that may follow, and what is known there."""
        match end:
            case ir.Jump(block=block):
                yield block, self.facts.copy()
            case ir.Branch(condition=condition, then=then, otherwise=otherwise) if then != otherwise:
                for target, truth in ((then, True), (otherwise, False)):
                    facts = self.facts.copy()
                    facts.assume(condition, truth)
                    yield target, facts
            case ir.Branch() | ir.Yield():
                return
            case _:
                assert_never(end)


def _has_items(target: Expr) -> bool:
    """Whether a target stands for an item of a sequence: one that is not there is said not to be there."""
    return any(isinstance(each.base.type, SeqType) for each in walk_expressions(target) if isinstance(each, ir.Index))


def _is_plain(target: Expr) -> bool:
    """Whether what was assigned to is what the target says after that, too: no index looks at it."""
    indices = [each.index for each in walk_expressions(target) if isinstance(each, ir.Index)]
    return all(isinstance(_value_of(each), (ir.Local, ir.Const)) for each in indices)


def _value_of(expr: Expr) -> Expr:
    """An expression without the conversions around it."""
    while isinstance(expr, ir.Convert):
        expr = expr.operand
    return expr


def _leaves(body: Sequence[Stmt]) -> Iterator[Stmt]:
    """Every `break` and `continue` that belongs to the loop around a body."""
    for statement in body:
        match statement:
            case ir.Break() | ir.Continue():
                yield statement
            case ir.If(then=then, otherwise=otherwise):
                yield from _leaves((*then, *otherwise))
