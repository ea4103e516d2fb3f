"""Random bodies of methods, as lines of text: assignments, changes in place, branches, loops, `match`, yields."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from checker.ir.types import ArrayType, BoolType, EnumType, IntType, OptType, RecordType, SeqType, SetType, SymType
from tests.support.random_expressions import Expressions, Helper, Nothing, Path, Readable, Scope
from tests.support.random_types import INTEGER, Kind, Types, opt

INDENT = "    "
LABELS = ('yield "again"', 'yield "wait"', 'yield "wait 2"')
"""Points of one name, and of names that differ by a number."""


@dataclass(frozen=True)
class Flow:
    """What a body may do besides changing things. `returns`: the type to return; `ends`: a plain `return` may stand."""

    changes: bool = True
    returns: Kind | None = None
    ends: bool = False
    loop: bool = False
    continues: bool = False
    yields: bool = False
    sub: tuple[Helper, ...] = ()  # helpers that yield
    guards: bool = True  # require and assert


@dataclass
class Body:
    """Lines so far, what can be read after them, and whether anything comes after."""

    lines: list[str]
    scope: Scope
    open: bool = True

    def add(self, line: str) -> None:
        """One more line."""
        self.lines.append(line)

    def nest(self, head: str, inner: Body) -> None:
        """A head with a body one level deeper."""
        self.lines += [head, *(INDENT + line for line in inner.lines or ["pass"])]


class Statements:
    """Draws bodies."""

    def __init__(self, expressions: Expressions, types: Types) -> None:
        self.expressions = expressions
        self.source = expressions.source
        self.types = types

    def body(self, scope: Scope, flow: Flow, count: int, depth: int) -> Body:
        """At most `count` statements, nested at most `depth` deep."""
        made = Body([], scope)
        for _ in range(count):
            if made.open:
                before = list(made.lines)
                try:
                    self._statement(made, flow, depth)
                except Nothing:
                    made.lines = before
        return made

    def _statement(self, made: Body, flow: Flow, depth: int) -> None:
        options: list[Callable[[Body, Flow, int], None]] = [self._local, self._local]
        if flow.changes:
            options = [self._assign, self._assign, self._change, self._change, self._local]
            options += [self._call, self._unpack]
        else:
            options.append(self._change)
        if flow.changes and flow.guards:
            options.append(self._guard)
        if depth > 0:
            options += [self._if, self._if, self._match, self._for, self._while]
        if depth > 0 and flow.yields:
            options += [self._forever]
        if flow.yields:
            options += [self._yield, self._yield, self._carry]
        if flow.loop or flow.ends or flow.returns is not None:
            options += [self._leave]
        self.source.pick(options)(made, flow, depth)

    # changing things

    def _places(self, scope: Scope, changes: bool, part: bool) -> list[Path]:
        """Where something can be stored; `part`: something that can be changed in place."""
        found = []
        for readable in scope.readable:
            if readable.local and not readable.changeable:
                continue
            if not readable.local and not changes:
                continue
            for path in self.expressions.paths(readable, False):
                right = not part or isinstance(path.kind.type, (SetType, SeqType, IntType))
                if right and self.expressions.reachable(path, scope):
                    found.append(path)
        return found

    def _assign(self, made: Body, flow: Flow, depth: int) -> None:
        places = [place for place in self._places(made.scope, flow.changes, False) if not place.root.local]
        if not places:
            return self._local(made, flow, depth)
        place = self.source.pick(places)
        exact = None in place.pieces  # else two things could fail, and it is moot which comes first
        value = self.expressions.value(place.kind, made.scope, 2, exact)
        made.add(f"{self.expressions.text(place, made.scope.plain(), 1)} = {value}")
        return None

    def _change(self, made: Body, flow: Flow, depth: int) -> None:
        places = self._places(made.scope, flow.changes, True)
        if not places:
            return
        place = self.source.pick(places)
        text = self.expressions.text(place, made.scope.plain(), 1)
        match place.kind.type:
            case SetType():
                self._change_set(made, place, text, flow)
            case SeqType():
                self._change_seq(made, place, text)
            case IntType() as kind:
                if place.root.local and len(place.pieces) == 1:
                    return
                op = self.source.pick(["+", "-", "*", "//", "%"])
                value = self.expressions.integer(made.scope.plain(), 1)
                if op in ("//", "%") and not self.source.mishap(4):
                    value = "2"
                if not self.source.mishap(4):
                    made.nest(
                        f"if {kind.lo} <= {text} {op} {value} <= {kind.hi}:",
                        Body([f"{text} {op}= {value}"], made.scope),
                    )
                else:
                    made.add(f"{text} {op}= {value}")

    def _change_set(self, made: Body, place: Path, text: str, flow: Flow) -> None:
        member = self.expressions.value(place.kind.item, made.scope, 1)
        whole = self.expressions.value(place.kind, made.scope.plain(), 1)
        options = [f"{text}.add({member})", f"{text}.discard({member})", f"{text}.clear()"]
        if flow.changes:
            options.append(f"{text}.remove({member})")  # asserts that it is there, as a property may not
        if whole != "set()":
            op = self.source.pick("|&-^")
            options += [f"{text}.update({whole})", f"{text} {op}= {whole}"]
        chosen = self.source.pick(options)
        if ".remove(" in chosen and "choose" not in member and "self.h" not in member and not self.source.mishap(3):
            made.nest(f"if {member} in {text}:", Body([chosen], made.scope))
        else:
            made.add(chosen)

    def _change_seq(self, made: Body, place: Path, text: str) -> None:
        kind = place.kind.type
        assert isinstance(kind, SeqType)
        item = self.expressions.value(place.kind.item, made.scope, 1)
        inner = Body([], made.scope)
        match self.source.below(4):
            case _ if self.source.chance(9):
                made.add(f"{text}.clear()")
                return
            case 0 | 1:
                inner.add(f"{text}.append({item})")
                test = f"len({text}) < {kind.capacity}"
            case 2:
                inner.add(f"{text}.{self.source.pick(['pop(0)', 'pop()', 'pop(-1)'])}")
                test = f"len({text}) > 0"
            case _:
                targets = [p for p in self._places(made.scope, True, False) if p.kind.type == kind.item]
                targets = [p for p in targets if not p.root.local and len(p.pieces) == 1]
                if not targets:
                    return
                popped = f"{text}.{self.source.pick(['pop(0)', 'pop()'])}"
                inner.add(f"{self.source.pick(targets).root.text} = {popped}")
                test = f"len({text}) > 0"
        if self.source.mishap(5):
            made.lines += inner.lines
        else:
            made.nest(f"if {test}:", inner)

    def _local(self, made: Body, flow: Flow, depth: int) -> None:
        kinds = self.types.everything([readable.kind for readable in made.scope.readable if not readable.local])
        kind = self.source.pick([*self.types.scalars, *kinds])
        value = self.expressions.value(kind, made.scope, 2, exact=not self.source.mishap(4))
        old = [r for r in made.scope.readable if r.local and r.changeable and r.kind == kind]
        new = value.startswith(("{", "[")) or value == "set()"
        whole = isinstance(kind.type, (SetType, SeqType, ArrayType))
        if old and (new or not whole) and self.source.chance(2):
            made.add(f"{self.source.pick(old).text} = {value}")
            return
        name = self.expressions.fresh("v")
        scalar = isinstance(kind.type, (BoolType, EnumType, IntType, RecordType)) and value != "None"
        plain = scalar and self.source.chance(3) and not (flow.yields and isinstance(kind.type, IntType))
        made.add(f"{name} = {value}" if plain else f"{name}: {kind.text} = {value}")
        changeable = new if whole else not isinstance(kind.type, (RecordType, OptType))
        if not plain or not isinstance(kind.type, IntType):
            made.scope = made.scope.plus(Readable(name, kind, True, changeable and not plain))

    def _unpack(self, made: Body, flow: Flow, depth: int) -> None:
        places = [p for p in self._places(made.scope, True, False) if not p.root.local and len(p.pieces) == 1]
        if len(places) < 2:
            return
        first, second = self.source.pick(places), self.source.pick(places)
        values = [self.expressions.value(place.kind, made.scope, 1, exact=True) for place in (first, second)]
        if not any(value in ("set()", "[]") for value in values):
            made.add(f"{first.root.text}, {second.root.text} = {values[0]}, {values[1]}")

    def _call(self, made: Body, flow: Flow, depth: int) -> None:
        subs = list(flow.sub) if flow.yields else []
        if subs and self.source.chance(2):
            return self._delegate(made, self.source.pick(subs))
        helpers = [helper for helper in made.scope.helpers if not helper.pure]
        if helpers:
            made.add(self.expressions.call(self.source.pick(helpers), made.scope, 1))
        return None

    def _delegate(self, made: Body, helper: Helper) -> None:
        """yield from self.helper(...)"""
        call = f"yield from {self.expressions.call(helper, made.scope.plain(), 1)}"
        if helper.returns is None or self.source.chance(3):
            made.add(call)
            return
        name = self.expressions.fresh("v")
        made.add(f"{name} = {call}")
        made.scope = made.scope.plus(Readable(name, helper.returns, True))

    def _guard(self, made: Body, flow: Flow, depth: int) -> None:
        condition = self.expressions.condition(made.scope, 2, True)
        match self.source.below(5):
            case 0:
                made.add(f'assert {condition}, "{self.expressions.fresh("claim ")}"')
            case 1:
                made.add(f"assert {condition} or {self.expressions.condition(made.scope.plain(), 1)}")
            case _:
                made.add(f"require({condition})")

    # flow

    def _inner(self, made: Body, flow: Flow, depth: int, *more: Readable) -> Body:
        """A body inside. It may choose less inside a loop."""
        return self.body(made.scope.plus(*more), flow, 1 + self.source.below(3), depth - 1)

    def _if(self, made: Body, flow: Flow, depth: int) -> None:
        made.nest(f"if {self.expressions.condition(made.scope, 2)}:", then := self._inner(made, flow, depth))
        ends = [then.open]
        if self.source.chance(4):
            made.nest(f"elif {self.expressions.condition(made.scope, 2)}:", other := self._inner(made, flow, depth))
            ends.append(other.open)
        if self.source.chance(2):
            made.nest("else:", last := self._inner(made, flow, depth))
            made.open = any([*ends, last.open])

    def _match(self, made: Body, flow: Flow, depth: int) -> None:
        kinds = (EnumType, IntType)
        subjects = [
            (readable, readable.kind, False)
            for readable in made.scope.readable
            if isinstance(readable.kind.type, kinds)
        ]
        subjects += [
            (readable, readable.kind.item, True)
            for readable in made.scope.readable
            if isinstance(readable.kind.type, OptType)
            and readable.kind.parts
            and isinstance(readable.kind.type.item, kinds)
        ]
        if not subjects:
            return self._if(made, flow, depth)
        readable, kind, optional = self.source.pick(subjects)
        patterns = self._patterns(kind, optional)
        if not patterns:
            return None
        made.add(f"match {readable.text}:")
        for pattern in patterns:
            guard = f" if {self.expressions.condition(made.scope.plain(), 1)}" if self.source.chance(5) else ""
            inner = Body([], made.scope)
            inner.nest(f"case {pattern}{guard}:", self._inner(made, flow, depth))
            made.lines += [INDENT + line for line in inner.lines]
        if self.source.chance(2):
            inner, taken = Body([], made.scope), self.expressions.fresh("c")
            captures = self.source.chance(2)
            more = [Readable(taken, opt(kind) if optional else kind, True)] if captures else []
            inner.nest(f"case {taken if captures else '_'}:", self._inner(made, flow, depth, *more))
            made.lines += [INDENT + line for line in inner.lines]
        return None

    def _patterns(self, kind: Kind, optional: bool) -> list[str]:
        """Some patterns for a subject of that type."""
        texts = []
        if isinstance(kind.type, EnumType):
            texts = [f"{kind.type.name}.{member}" for member in kind.type.members]
        elif isinstance(kind.type, IntType):
            texts = [str(number) for number in range(kind.type.lo, kind.type.hi + 1)][:3]
        found = ["None"] if optional and self.source.chance(2) else []
        while texts and len(found) < 3 and not self.source.chance(3):
            if len(texts) > 1 and self.source.chance(3):
                found.append(f"{texts.pop(0)} | {texts.pop(0)}")
            else:
                found.append(texts.pop(0))
        return found

    def _in_loop(self, made: Body, flow: Flow, continues: bool = True) -> Flow:
        return replace(flow, loop=True, continues=continues)

    def _calm(self, scope: Scope) -> Scope:
        """In a loop one chooses little, so that there are not too many ways to go."""
        return replace(scope, chooses=scope.chooses and self.source.chance(4), budget=[min(1, scope.budget[0])])

    def _for(self, made: Body, flow: Flow, depth: int) -> None:
        domain, kind, ordered = self.expressions.domain(made.scope, 2)
        if not ordered:
            return
        yields = flow.yields and isinstance(kind.type, IntType) and ordered == "set"
        name = self.expressions.fresh("i")
        calm = Body([], self._calm(made.scope).plus(Readable(name, kind, True)))
        inside = self._in_loop(made, flow)
        if flow.yields and not yields:  # in a process such a loop may neither yield nor return
            inside = replace(inside, yields=False, ends=False, returns=None)
        inner = self.body(calm.scope, inside, 1 + self.source.below(2), depth - 1)
        made.nest(f"for {name} in {domain}:", inner)

    def _while(self, made: Body, flow: Flow, depth: int) -> None:
        name = self.expressions.fresh("n")
        bound = 1 + self.source.below(2)
        made.add(f"{name}: Range(0, {bound}) = 0")
        scope = self._calm(made.scope).plus(Readable(name, INTEGER, True))
        test = f" and {self.expressions.condition(made.scope.looking(), 1)}" if self.source.chance(2) else ""
        inner = self.body(scope, self._in_loop(made, flow), 1 + self.source.below(2), depth - 1)
        inner.lines.insert(0, f"{name} += 1")
        made.nest(f"while {name} < {bound}{test}:", inner)

    def _forever(self, made: Body, flow: Flow, depth: int) -> None:
        """A loop of a process that yields in every round."""
        test = self.source.pick(["True", self.expressions.condition(made.scope.plain(), 1)])
        inner = self.body(made.scope, self._in_loop(made, flow, False), 1 + self.source.below(3), depth - 1)
        if inner.open:
            self._yield(inner, flow, depth)
        made.nest(f"while {test}:", inner)
        if test == "True":
            made.open = any("break" in line for line in inner.lines)

    def _yield(self, made: Body, flow: Flow, depth: int) -> None:
        made.add(self.source.pick([f'yield "{self.expressions.fresh("p")}"', *LABELS, "yield"]))

    def _carry(self, made: Body, flow: Flow, depth: int) -> None:
        """A local that lives across a yield: drawn by chance alone, hardly one in thirty processes has one that matters."""
        places = [each for each in self._places(made.scope, flow.changes, False) if not each.root.local]
        scalar = [each for each in places if isinstance(each.kind.type, (BoolType, EnumType, IntType))]
        if not scalar:
            return self._yield(made, flow, depth)
        place = self.source.pick(scalar)
        name = self.expressions.fresh("v")
        made.add(f"{name}: {place.kind.text} = {self.expressions.value(place.kind, made.scope, 2, exact=True)}")
        self._yield(made, flow, depth)
        made.scope = made.scope.plus(Readable(name, place.kind, True))
        made.add(f"{self.expressions.text(place, made.scope.plain(), 1)} = {name}")
        return None

    def _leave(self, made: Body, flow: Flow, depth: int) -> None:
        options = []
        if flow.loop:
            options.append("break")
            if flow.continues:
                options.append("continue")
        if flow.returns is not None:
            value = self.expressions.value(flow.returns, made.scope, 1, exact=True)
            options.append(f"return {value}")
        elif flow.ends:
            options.append("return")
        if options:
            made.add(self.source.pick(options))
            made.open = False


__all__ = ["Body", "Flow", "Statements", "SymType"]
