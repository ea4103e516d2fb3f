"""Guarded commands lead where the interpreter's steps do, on random models; formulas are worked out by plain Python."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

import pytest

from checker.errors import ModelError, UsageError
from checker.export.commands import Leaf, exported
from checker.export.formula import (
    TRUE,
    Apply,
    Formula,
    Known,
    Name,
    assuming,
    choice,
    compared,
    computed,
    conjunction,
    disjunction,
    equality,
    negation,
    numeric,
    resized,
    signed,
)
from checker.export.texts import Texts, literal
from checker.ir.nodes import Program
from checker.semantics import Interpreter
from tests.export.support import as_leaves, holds
from tests.support.random_models import REFUSALS, drawn, may_be_refused


class Pythons:
    """How Python writes formulas: their texts can be worked out."""

    def known(self, value: bool) -> str:
        return str(value)

    def applied(self, operator: str, operands: Sequence[str]) -> str:
        match operator:
            case "not":
                return f"(not {operands[0]})"
            case "and" | "or":
                return f"({f' {operator} '.join(operands)})"
            case "if":
                return f"({operands[1]} if {operands[0]} else {operands[2]})"
        return f"({operands[0]} { {'=': '==', '/': '//'}.get(operator, operator) } {operands[1]})"

    def cut(self, text: str, bits: int) -> str:
        return f"({text} % {1 << bits})"

    def divided(self, operator: str, left: str, right: str) -> str:
        size = f"(abs({left}) {'//' if operator == '/' else '%'} abs({right}))"
        sign = f"({left} < 0)" if operator == "%" else f"(({left} < 0) != ({right} < 0))"
        return f"(-{size} if {sign} else {size})"


STATES, STEPS = 8, 40


class Here:
    """What formulas are worth in one state; a truth value is 0 or 1."""

    def __init__(self, names: Mapping[str, int]) -> None:
        self._names = names
        self._found: dict[Apply, int] = {}

    def __call__(self, formula: Formula) -> int:
        match formula:
            case Known(value=value):
                return value
            case Name(name=name):
                return self._names[name]
        if formula not in self._found:
            found = [self(each) for each in formula.operands]
            self._found[formula] = applied(formula.operator, found, formula.operands[0].bits, formula.bits)
        return self._found[formula]


def applied(operator: str, found: Sequence[int], given: int, bits: int) -> int:
    match operator:
        case "not":
            return 1 - found[0]
        case "and":
            return int(all(found))
        case "or":
            return int(any(found))
        case "=":
            return int(found[0] == found[1])
        case "if":
            return found[1] if found[0] else found[2]
        case "<":
            return int(found[0] < found[1])
        case "s<":
            return int(signed(found[0], given) < signed(found[1], given))
        case "low":
            return found[0] % (1 << bits)
        case "more":
            return found[0]
        case "sign":
            return signed(found[0], given) % (1 << bits)
        case _:
            return computed(operator, found[0], found[1], given) % (1 << bits)


def followed(program: Program) -> int:
    """Hold the steps of some states to the interpreter's; how many there were."""
    found = exported(program)
    interpreter = Interpreter(program)
    starts = [each.state for each in interpreter.initial() if each.state is not None]
    assert {as_leaves(program, found, state) for state in starts} == set(found.initial)
    texts = Texts(found.leaves, {leaf.name: f"V[{at}]" for at, leaf in enumerate(found.leaves)}, Pythons(), "M")
    left, seen, steps = starts[:STATES], set(starts), 0
    while left and steps < STEPS:
        state = left.pop()
        here = as_leaves(program, found, state)
        worked_out = Here({leaf.name: value for leaf, value in zip(found.leaves, here, strict=True)})
        as_they_are = [literal(leaf, value) for leaf, value in zip(found.leaves, here, strict=True)]
        after, fails = set(), False
        for command in found.commands:
            assert not worked_out(command.goes_on), "a loop of more than 64 rounds"
            assert eval(texts.truth(command.guard), {"V": as_they_are}) == worked_out(command.guard)
            fails = fails or bool(worked_out(command.fails))
            if worked_out(command.guard):
                changed = list(here)
                for place, formula in command.changes:
                    changed[place] = worked_out(formula)
                    leaf = found.leaves[place]
                    assert eval(texts.assigned(leaf, formula), {"V": as_they_are}) == literal(leaf, changed[place])
                after.add(tuple(changed))
        ways = list(interpreter.successors(state))
        assert after == {as_leaves(program, found, each.state) for each in ways if each.state is not None}
        assert fails == any(each.state is None for each in ways)
        for claim in found.claims:
            assert worked_out(claim.holds) == holds(interpreter, claim.name, state)
        steps += len(ways)
        for each in ways:
            if each.state is not None and each.state not in seen:
                seen.add(each.state)
                left.append(each.state)
    return steps


@pytest.mark.parametrize("first", [0, 12])
def test_commands_lead_where_the_interpreters_steps_do(first: int) -> None:
    held = 0
    for seed in range(first, first + 12):
        try:
            program = drawn(Random(seed), processes=2).program()
        except ModelError as error:
            assert all(may_be_refused(problem, REFUSALS) for problem in error.problems)
            continue
        try:
            held += followed(program)
        except UsageError as error:
            assert "U034" in str(error)
    assert held > 60


def test_what_is_shortened_stays_true_where_it_was() -> None:
    """Truth values made of four names in all ways that are drawn, beside the same by plain Python."""
    names = ("a", "b", "c", "d")
    every = [{name: number >> at & 1 for at, name in enumerate(names)} for number in range(16)]
    for seed in range(200):
        random = Random(seed)
        pool: list[tuple[Formula, list[bool]]] = [(Name(each, 0), [bool(one[each]) for one in every]) for each in names]
        for _ in range(8):
            (x, p), (y, q), (z, r) = (random.choice(pool) for _ in range(3))
            pool.append(
                random.choice(
                    [
                        (negation(x), [not one for one in p]),
                        (
                            conjunction(x, y, z),
                            [one and two and three for one, two, three in zip(p, q, r, strict=True)],
                        ),
                        (disjunction(x, y, z), [one or two or three for one, two, three in zip(p, q, r, strict=True)]),
                        (equality(x, y), [one == two for one, two in zip(p, q, strict=True)]),
                        (choice(x, y, z), [two if one else three for one, two, three in zip(p, q, r, strict=True)]),
                    ]
                )
            )
        for formula, truths in pool:
            assert [bool(Here(one)(formula)) for one in every] == truths, (seed, formula)
        (guard, where), (formula, truths) = pool[-1], random.choice(pool)
        if guard != negation(TRUE):
            shorter = assuming(guard, formula)
            assert all(Here(one)(shorter) == truths[at] for at, one in enumerate(every) if where[at])


LEAVES = (Leaf("u", 3, 0, 5, ""), Leaf("s", 4, -3, 4, ""), Leaf("k", 1, 0, 1, ""), Leaf("f", 3, 0, 4, ""))


def as_wide(formula: Formula, bits: int, random: Random) -> Formula:
    """A number with so many bits."""
    if formula.bits == bits:
        return formula
    return resized("low" if formula.bits > bits else random.choice(["more", "sign"]), formula, bits)


def test_a_number_is_cut_to_its_bits_where_it_leaves_them() -> None:
    """Numbers made of four leaves in ways that a model's own are not, worked out from their texts. The smaller of two
    was taken for that of two others, which only had the same bits."""
    names = {"u": "V[0]", "s": "V[1]", "k": "V[2]", "f": "V[3]"}
    every = [(u, s, k, f) for u in range(6) for s in range(-3, 5) for k in range(2) for f in range(5)]
    for seed in range(200):
        random = Random(seed)
        pool: list[Formula] = [Name(leaf.name, leaf.bits) for leaf in LEAVES]
        for _ in range(4):
            bits = random.choice([2, 3, 4, 5])
            x, y = (as_wide(random.choice(pool), bits, random) for _ in range(2))
            test = compared(random.choice(["<", "s<"]), x, y)
            made = numeric(random.choice(["+", "-", "*", "/", "%", "/s", "%s", "&", ">>", ">>s", "<<"]), x, y, bits)
            pool.append(random.choice([made, made, choice(test, x, y), choice(test, y, x)]))
        texts = Texts(LEAVES, names, Pythons(), "M")
        last = pool[-1]
        plain = compile(texts.assigned(Leaf("x", last.bits, 0, 1, ""), last), "plain", "eval")
        as_it_is = compile(texts.assigned(Leaf("x", last.bits, -1, 1, ""), last), "signed", "eval")
        for held in random.sample(every, 12):
            wanted = Here({leaf.name: value % (1 << leaf.bits) for leaf, value in zip(LEAVES, held, strict=True)})(last)
            assert eval(plain, {"V": held}) == wanted, (seed, held)
            assert eval(as_it_is, {"V": held}) == signed(wanted, last.bits), (seed, held)
