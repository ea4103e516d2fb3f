"""Random small models over a symmetric type, and what their formulas for every size say of one size."""

from __future__ import annotations

import re
from collections.abc import Sequence
from random import Random
from typing import Any

import z3

from checker.check import check
from checker.contract.task import Outcome, Task, select
from checker.contract.verdict import Proved, Verdict
from checker.engines.symbolic.every_size import terms
from checker.engines.symbolic.every_size.encode import Encoding, Form
from checker.engines.symbolic.every_size.proof import EverySizeEngine
from checker.engines.symbolic.every_size.terms import Atom, Table, equal
from checker.engines.symbolic.run import Fault
from checker.engines.symbolic.values import Maybe
from checker.frontend.compile import compile_program
from checker.ir.nodes import Program
from checker.ir.types import ArrayType, OptType, RecordType, SetType, SymType, TupleType, Type, Value
from checker.lang.model import Model
from checker.semantics import Interpreter, State, Step, StepFailed, Transition
from tests.support.sizes import open_sizes

HEAD = """
class E(Enum):
    A = "a"
    B = "b"
    C = "c"

"""

VARIABLES = {
    "o": "Opt(T)", "s": "SetOf(T)", "r": "SetOf(T)", "b": "Bool", "e": "E", "f": "Array(T, Bool)", "p": "Array(T, Opt(T))",
    "g": "Array(T, E)", "h": "Array(T, SetOf(T))", "q": "SetOf(E)", "k": "Range(3)", "w": "SetOf(Opt(T))",
    "c": "Array(T, Range(3))", "pair": "Record(at=Opt(T), on=Bool)",
}  # fmt: skip


class Draw:
    """Text of a random model. It speaks of the variables named and no others, in conditions that are at most so deep.
    `counts`: "anywhere", or only "outside" of what goes through members, it compares how many members sets have."""

    def __init__(
        self, random: Random, variables: Sequence[str] = tuple(VARIABLES), deepest: int = 3, counts: str = ""
    ) -> None:
        self.random = random
        self.variables = variables
        self.deepest = deepest
        self.counts = counts
        self.fresh = 0

    def speaks(self, text: str) -> bool:
        """Whether a text names none but the variables that there are."""
        return all(name in self.variables for name in re.findall(r"self\.(\w+)", text) if name in VARIABLES)

    def one_of(self, made: Sequence[str]) -> str:
        """One of some texts, of which at least one may be used."""
        while not self.speaks(found := self.random.choice(made)):
            pass
        return found

    def pick(self, *options: str) -> str:
        return self.random.choice(options)

    def name(self) -> str:
        self.fresh += 1
        return f"x{self.fresh}"

    def a_set(self, members: Sequence[str], deep: int) -> str:
        made = ["self.s", "self.r", "set(self.T)", *(f"self.h[{m}]" for m in members), *(f"{{{m}}}" for m in members)]
        if deep > 0:
            one, two = self.a_set(members, deep - 1), self.a_set(members, deep - 1)
            x = self.name()
            made += [f"({one} {self.pick('|', '&', '-', '^')} {two})"] * 2
            made += [f"{{{x} for {x} in self.T if {self.condition([*members, x], deep - 1)}}}"] * 2
            made += [f"{{{x} for {x} in {one} if {self.condition([*members, x], deep - 1)}}}"]
        return self.one_of(made)

    def an_option(self, members: Sequence[str]) -> str:
        return self.one_of(["None", "self.o", "self.pair.at", *members, *(f"self.p[{m}]" for m in members)])

    def comparison(self, members: Sequence[str], deep: int) -> str:
        """A comparison of how many members a set has."""
        one, two, x = self.a_set(members, deep), self.a_set(members, deep), self.name()
        count = self.pick(f"len({one})", f"sum({self.condition([*members, x], 0)} for {x} in {one})")
        other = self.one_of(["self.k", "2", "3", f"len({two})", f"len({two})", "len(self.T)"])
        added = self.pick("", "", f" + len({two})", " + 1", f" - len({two})")
        return f"{self.pick('', '', '2 * ')}{count}{added} {self.pick('==', '!=', '<', '<=', '>')} {other}"

    def condition(self, members: Sequence[str], deep: int) -> str:
        deep = min(deep, self.deepest)
        if self.counts and self.random.random() < 0.2:
            if self.counts == "anywhere" or not any(each[0] in "xz" for each in members):
                return f"({self.comparison(members, max(0, deep - 1))})"
        some = self.random.choice(members) if members else None
        made = [
            "self.b",
            "self.pair.on",
            f"self.e == E.{self.pick('A', 'B', 'C')}",
            "E.A in self.q",
            "self.k > 0",
            "None in self.w",
        ]
        made += [f"{self.an_option(members)} {self.pick('==', '!=')} {self.an_option(members)}" for _ in range(2)]
        if some is not None:
            made += [
                f"{some} in {self.a_set(members, 0)}",
                f"self.f[{some}]",
                f"self.g[{some}] == E.B",
                f"{some} in self.w",
            ]
            made += [f"self.p[{some}] == {self.random.choice(list(members))}", f"self.c[{some}] < self.k"]
            if self.deepest > 2:  # it fails of None, which nothing may do within `any` and `all`
                made += [f"self.o in {self.a_set(members, 0)}"]
        if deep > 0:
            one, two = self.condition(members, deep - 1), self.condition(members, deep - 1)
            x, left, right = self.name(), self.a_set(members, deep - 1), self.a_set(members, deep - 1)
            made += [
                f"({one} {self.pick('and', 'or')} {two})",
                f"(not {one})",
                f"{left} {self.pick('<=', '==', '<')} {right}",
            ]
            made += [
                f"{self.pick('any', 'all')}({self.condition([*members, x], deep - 1)} for {x} in {self.pick('self.T', left)})"
            ] * 3
            made += [
                f"len({left}) {self.pick('== 0', '== 1', '> 0', '> 1', '<= 1', '!= 1', '< 1')}",
                f"not {left}",
                "all(self.f)",
            ]
            made += [f"{self.pick('any', 'all')}(self.g[{some}] == {x} for {x} in E if {x} in self.q)" if some else one]
        return self.one_of(made)

    def statement(self, members: list[str], deep: int, pad: str) -> list[str]:
        deep = min(deep, self.deepest)
        some = self.random.choice(members) if members else None
        made = [
            [f"self.o = {self.an_option(members)}"], [f"self.s = {self.a_set(members, 1)}"], [f"self.b = {self.condition(members, 1)}"],
            [f"self.r = {self.a_set(members, 2)}"], [f"self.e = {self.pick('E.A', 'E.B', 'choose(E)')}"], ["self.q.add(self.e)"],
            [f"self.k = {self.pick('0', '1', '(self.k + 1) % 3', 'choose(Range(3))')}"], [f"self.w.add({self.an_option(members)})"],
            [f"self.pair = self.Pair(at={self.an_option(members)}, on={self.condition(members, 0)})"], [f"self.pair.at = {self.an_option(members)}"],
        ]  # fmt: skip
        x = self.name()
        made += [
            [f"self.f = {{{x}: {self.condition([*members, x], 1)} for {x} in self.T}}"],
            [f"self.p = {{{x}: {self.an_option([*members, x])} for {x} in self.T}}"],
        ]
        made += [
            [f"self.q = {{{x} for {x} in E if any(self.g[m] == {x} for m in self.T)}}"],
            ["self.s = choose(SetOf(self.T))"],
        ]
        if some is not None:
            made += [
                [f"self.f[{some}] = {self.condition(members, 1)}"],
                [f"self.p[{some}] = {self.an_option(members)}"],
            ] * 2
            made += [[f"self.{self.pick('s', 'r', f'h[{some}]')}.{self.pick('add', 'discard', 'remove')}({some})"]] * 2
            made += [
                [f"self.g[{some}] = {self.pick('E.A', 'E.B', 'E.C', 'self.e')}"],
                [f"self.c[{some}] = self.k"],
                [f"self.h[{some}] = {self.a_set(members, 1)}"],
            ]
        chosen = self.name()
        if deep > 0:
            inner = [*members, chosen]
            rest = self.statement(inner, deep - 1, pad)
            made += [[f"{chosen} = choose({self.pick('self.T', self.a_set(members, 1))})", *rest]] * 2
            branch = [
                f"if {self.condition(members, 2)}:",
                *("    " + line for line in self.statement(members, deep - 1, pad)),
            ]
            if self.random.random() < 0.5:
                branch += ["else:", *("    " + line for line in self.statement(members, deep - 1, pad))]
            made += [branch] * 2
        while not self.speaks(" ".join(found := self.random.choice(made))):
            pass
        return found

    def body(self, members: list[str], pad: str) -> list[str]:
        lines = []
        if self.random.random() < 0.6:
            lines.append(f"require({self.condition(members, 2)})")
        for _ in range(self.random.randint(1, 3)):
            lines += self.statement(members, 2, pad)
        return [pad + line for line in lines]

    def model(self) -> str:
        lines = [
            HEAD + "class M(Model):",
            "    n = Param(2)",
            "    T = Range(n, symmetric=True)",
            "    Pair = Record(at=Opt(T), on=Bool)",
        ]
        declared = {name: "Pair" if name == "pair" else kind for name, kind in VARIABLES.items()}
        lines += [f"    {name} = Var({declared[name]})" for name in VARIABLES if name in self.variables]
        lines += [
            "    def hit(self, x: T, y: Opt(T)):",
            f"        if {self.condition(['x'], 1)}:",
            f"            return {self.condition(['x'], 1)}",
            f"        return y == x or {self.condition(['x'], 0)}",
        ]
        if self.random.random() < 0.5:
            lines += ["    def init(self):", *self.body([], " " * 8)]
        for number in range(self.random.randint(1, 3)):
            members = ["m", "l"][: self.random.randint(0, 2)]
            lines += [
                "    @action",
                f"    def a{number}(self{''.join(f', {m}: T' for m in members)}):",
                *self.body(members, " " * 8),
            ]
            if members and self.random.random() < 0.4:
                lines += ["        require(self.hit(m, self.o))"]
                again = "        self.b = any(self.hit(z, self.p[m]) for z in self.T)"
                lines += [again] if self.speaks(again) else []
        if self.random.random() < 0.4:
            lines += [
                "    @process(T)",
                "    def run(self, me: T):",
                "        while True:",
                f"            kept = {self.an_option(['me'])}",
            ]
            lines += [
                *self.body(["me"], " " * 12),
                '            yield "mid"',
                *self.body(["me"], " " * 12),
                "            self.o = kept",
                '            yield "end of it"',
            ]
        for number in range(2):
            lines += ["    @always", f"    def always{number}(self):", f"        return {self.condition([], 3)}"]
        lines += ["    @lemma", "    def lemma0(self, m: T, l: T):", f"        return {self.condition(['m', 'l'], 2)}"]
        lines += [
            "    @lemma",
            "    def lemma1(self, cut: SetOf(T)):",
            f"        return not cut <= self.s or {self.condition([], 1)} or all(x in self.s for x in cut if {self.condition(['x'], 1)})",
        ]
        return "\n".join(lines) + "\n"


class AtSize:
    """The formulas of a program for every size, where each symmetric type has as many members as in the program."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.encoding = Encoding(program)
        self.members: dict[str, list[z3.ExprRef]] = {}

    def known(self, kind: Type, value: Value) -> Any:
        """A value of the interpreter as a value of the formulas."""
        match kind:
            case SymType(name=name, count=count):
                if name not in self.members:
                    self.members[name] = [z3.Const(f"{name}#{number}", terms.sort(kind)) for number in range(count)]
                return Atom(self.members[name][value])
            case OptType(item=item):
                return Maybe(value is not None, terms.default(item) if value is None else self.known(item, value))
            case RecordType() | TupleType():
                return tuple(map(self.known, kind.items(), value))
            case SetType(item=item):
                found = [self.known(item, each) for each in value]
                return Table(item, lambda at: z3.Or(False, *(_formula(equal(item, at, each)) for each in found)))
            case ArrayType(index=index, item=item):
                pairs = [
                    (self.known(index, at), self.known(item, part))
                    for at, part in zip(index.values(), value, strict=True)
                ]
                return Table(index, lambda at: terms.listed(index, pairs, at))
            case _:
                return terms.constant(kind, value)

    def size(self) -> list[z3.BoolRef]:
        """That there are no other members than those named so far."""
        said = []
        for members in self.members.values():
            other = z3.Const("other", members[0].sort())
            said += [z3.Distinct(*members), z3.ForAll([other], z3.Or(*(other == each for each in members)))]
            said.append(members[0] == z3.Const(f"the first {str(members[0]).partition('#')[0]}", members[0].sort()))
        return said

    def numbers(self, formulas: Sequence[Any]) -> list[z3.BoolRef]:
        """How many members there are in all, and what follows of those that the formulas count."""
        counts = self.encoding.counts
        kinds = dict.fromkeys(kind for kind, _ in counts.known)
        whole = [counts.of(kind, Table(kind, lambda _: True)) == kind.size for kind in kinds]
        return [*whole, *counts.facts([*formulas, *whole])]

    def is_state(self, state: Sequence[Value], values: Sequence[Any]) -> list[z3.BoolRef]:
        """That these terms are this state."""
        return [
            _formula(equal(kind, term, self.known(kind, part)))
            for kind, term, part in zip(self.encoding.kinds, values, state, strict=True)
        ]

    def arguments(self, form: Form, given: Sequence[Value]) -> list[z3.BoolRef]:
        """That the arguments of a step are these."""
        kinds = {action.name: [each.type for each in action.parameters] for action in self.program.actions}
        kinds |= {each.name: [] if each.index is None else [each.index.type] for each in self.program.processes}
        triples = zip(kinds[form.name], form.arguments, given, strict=True)
        return [_formula(equal(kind, term, self.known(kind, value))) for kind, term, value in triples]

    def ends(self, happens: Any, after: Sequence[Any], faults: Sequence[Fault], each: Transition) -> list[z3.BoolRef]:
        """That a step ends as this one does: in its state, or with a failure."""
        if each.state is None:
            return [z3.Or(False, *(_formula(fault.when) for fault in faults))]
        return [_formula(happens), *self.is_state(each.state, after)]

    def possible(self, *formulas: Any) -> bool:
        """Whether all can be true."""
        solver = z3.Solver()
        solver.add(*map(_formula, formulas))
        solver.add(*self.numbers(formulas))
        solver.add(*self.size())
        found = solver.check()
        assert found != z3.unknown, solver.reason_unknown()
        return bool(found == z3.sat)


def agrees(program: Program, random: Random, steps: int, states: int) -> None:
    """Hold the formulas of a program against the interpreter, in some of its states and for some of its steps."""
    at, interpreter = AtSize(program), Interpreter(program)
    forms = {(form.name, form.point): form for form in at.encoding.forms}
    begun = [each for each, _ in zip(interpreter.initial(), range(30), strict=False)]
    for each in random.sample(begun, min(2, len(begun))):
        init = at.encoding.init
        assert at.possible(*at.ends(init.happens, init.after, init.faults, each)), ("init", each)
    taken, known = _some_steps(interpreter, [each.state for each in begun if each.state is not None], random)
    for state, each in random.sample(taken, min(steps, len(taken))):
        form = forms[each.step.name, each.step.point]
        given = [*at.is_state(state, at.encoding.before), *at.arguments(form, each.step.arguments), at.encoding.belongs]
        assert at.possible(*given, *at.ends(form.happens, form.after, form.faults, each)), (state, each)
        other = random.choice(known)
        leads = any(
            before == state and like.state == other and _same_step(like.step, each.step) for before, like in taken
        )
        assert at.possible(*given, form.happens, *at.is_state(other, form.after)) == leads, (state, each, other)
    for state in random.sample(known, min(states, len(known))):
        for judged in program.properties:
            kinds = [parameter.type for parameter in judged.function.parameters]
            values = [terms.free(kind, f"some {place}") for place, kind in enumerate(kinds)]
            holds = at.encoding.judged(judged.function, at.encoding.before, values).holds
            false = at.possible(*at.is_state(state, at.encoding.before), z3.Not(_formula(holds)))
            assert false != is_true(interpreter, judged.name, state), (judged.name, state)


def is_true(interpreter: Interpreter, name: str, state: State) -> bool:
    """Whether a property can be evaluated and is true."""
    try:
        return interpreter.holds(name, state)
    except StepFailed:
        return False


def _same_step(one: Step, other: Step) -> bool:
    return (one.name, one.arguments, one.point) == (other.name, other.arguments, other.point)


def _some_steps(
    interpreter: Interpreter, begun: list[State], random: Random
) -> tuple[list[tuple[State, Transition]], list[State]]:
    """All steps from some states, and some states."""
    known, waiting, taken = dict.fromkeys(begun), list(dict.fromkeys(begun)), []
    while waiting and len(known) < 30:
        state = waiting.pop(random.randrange(len(waiting)))
        for each in interpreter.successors(state):
            taken.append((state, each))
            if each.state is not None and each.state not in known:
                known[each.state] = None
                waiting.append(each.state)
    return taken, list(known)


def _formula(value: Any) -> z3.BoolRef:
    return z3.BoolVal(value) if isinstance(value, bool) else value


def proved(kind: type[Model], names: str = "all", seed: int = 0, **parameters: object) -> Outcome:
    """What is proved of all claims of a model for every size, `parameters` given."""
    program = compile_program(kind(**parameters))
    claims = [each.name for each in program.properties if each.kind.traits.invariant]
    return check(Task(program, select(program, claims)), EverySizeEngine(open_sizes(kind, parameters, names), seed))


def is_proved(verdict: Verdict) -> bool:
    return isinstance(verdict, Proved) and bool(verdict.every)
