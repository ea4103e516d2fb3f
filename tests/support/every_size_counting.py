"""Random small models over a symmetric type that count: accounts that are kept of a set's members, votes, and sentences
about finite sets, each now and then with a fault in it. What a count says is drawn so that it is proved about as often
as not.
"""

from __future__ import annotations

import re
from random import Random

from checker.frontend.open_counts import compares_counts
from checker.frontend.open_sizes import emptiness
from checker.ir import nodes as ir
from checker.ir.traverse import expressions, walk, walk_expressions
from tests.support.every_size import HEAD, VARIABLES, Draw

FAULTY = 0.3
"""The share of lines that are drawn to count and get a fault."""

FAULTS = {
    r"<=": ("<", "=="),
    r"==": ("!=",),
    r"== (?=\d|len|sum)": ("<= ", ">= "),
    r"(?<![<>=!])<(?!=)": ("<=",),
    r"(?<![<>=!])>(?!=)": (">=",),
    r"\b2 \* ": ("", "3 * "),
    r" \+ 1\b": ("", " + 2"),
    r" - 1\b": ("", " - 2"),
    r"\bor\b": ("and",),
    r"\bnot ": ("",),
    r"&": ("|",),
    r"\|": ("&",),
}
"""What a line that counts may have in the place of what."""


def faulty(random: Random, line: str) -> str:
    """The line with one small fault, if there is a place for one."""
    places = [
        (found, each) for pattern, instead in FAULTS.items() for found in re.finditer(pattern, line) for each in instead
    ]
    if not places:
        return line
    found, instead = random.choice(places)
    return line[: found.start()] + instead + line[found.end() :]


class Account(Draw):
    """Text of a random model that keeps a number, `u`, of the members of a set: what enters takes one, what leaves gives
    one back. Beside that it is as other random models are."""

    def __init__(self, random: Random) -> None:
        others = [name for name in VARIABLES if name not in ("o", "s", "f", "g", "p")]
        super().__init__(random, ("o", "s", "f", "g", "p", *random.sample(others, random.randint(0, 2))), 1, "anywhere")
        self.most = random.randint(1, 4)
        self.kept, self.enters, self.leaves, self.inside = random.choice(KEPT)

    def line(self, text: str) -> str:
        """A line, now and then with a fault."""
        return faulty(self.random, text) if self.random.random() < FAULTY else text

    def model(self) -> str:
        declared = {name: "Pair" if name == "pair" else VARIABLES[name] for name in self.variables}
        lines = [
            f"{HEAD}class M(Model):",
            "    n = Param(2)",
            "    T = Range(n, symmetric=True)",
            "    Pair = Record(at=Opt(T), on=Bool)",
            *(f"    {name} = Var({kind})" for name, kind in declared.items()),
            "    u = Var(Range(0, 9))",
            "    v = Var(Array(T, Range(0, 9)))",
            "    def kept(self):",
            f"        return {self.kept}",
            "    def init(self):",
            f"        self.u = {self.most}",
            *self.steps(),
            *self.claims(),
        ]
        return "\n".join(lines) + "\n"

    def steps(self) -> list[str]:
        """What enters and what leaves, and now and then something else."""
        guard = self.pick(
            "self.u > 0", "self.u > 0", f"len(self.kept()) < {self.most}", f"len(self.kept()) + 1 <= {self.most}"
        )
        lines = ["    @action", "    def enter(self, m: T):"]
        lines += self.guards(f"not {self.inside}", guard)
        lines += [f"        {self.enters}", f"        {self.line('self.u = self.u - 1')}"]
        lines += ["    @action", "    def leave(self, m: T):", *self.guards(self.inside)]
        lines += [f"        {self.leaves}", f"        {self.line('self.u = self.u + 1')}"]
        if self.random.random() < 0.3:
            lines += ["    @action", "    def change(self):", "        found = choose(SetOf(self.T))"]
            of_all = self.pick("len(found) == len(self.s)", "len(found) <= len(self.s)", "2 * len(found) > len(self.T)")
            lines += [f"        require({self.line(of_all)})"]
            lines += [f"        self.{self.pick('s', 's', 'r') if 'r' in self.variables else 's'} = found"]
        if self.random.random() < 0.3:
            lines += ["    @action", "    def other(self, m: T):", *self.body(["m"], " " * 8)]
        return lines

    def guards(self, *conditions: str) -> list[str]:
        """Most of these are required, and few with a fault."""
        return [
            f"        require({self.line(each) if self.random.random() < 0.3 else each})"
            for each in conditions
            if self.random.random() < 0.85
        ]

    def claims(self) -> list[str]:
        """An account, a bound that follows from it, and two sentences."""
        lines = [
            "    @lemma",
            "    def account(self):",
            f"        return {self.line(f'self.u + len(self.kept()) == {self.most}')}",
        ]
        bound = self.pick(
            f"len(self.kept()) <= {self.most}", f"len(self.kept()) < {self.most} + 1", f"self.u <= {self.most}"
        )
        lines += ["    @always", "    def bound(self):", f"        return {self.line(bound)}"]
        for number in range(2):
            lines += ["    @always", f"    def sentence{number}(self):", f"        return {self.line(self.sentence())}"]
        return lines

    def sentence(self) -> str:
        """What is so of all finite sets."""
        one, two, x = self.a_set([], 1), self.a_set([], 1), self.name()
        y, z, holds = self.name(), self.name(), self.condition([x], 0)
        likes = self.pick(f"self.p[{x}] == ?", f"{x} != ?", f"({x} == ? or {holds})", f"self.f[?] and {x} in {one}")
        some = likes.replace("?", y)
        either = f"{some} or {likes.replace('?', z)}"
        return self.pick(
            f"len({one} & {two}) <= len({one})",
            f"len({one} | {two}) <= len({one}) + len({two})",
            f"len({one} - {two}) + len({one} & {two}) == len({one})",
            f"len({one}) + len({two}) == len({one} | {two}) + len({one} & {two})",
            f"not {one} <= {two} or len({one}) <= len({two})",
            f"not {one} < {two} or len({one}) < len({two})",
            f"{one} <= {two} or len({one} - {two}) > 0",
            f"len({one} | {two}) - len({two}) >= 0",
            f"len({one}) - len({two}) <= len({one} | {two})",
            f"all(sum({some} for {x} in self.T) <= len(self.T) for {y} in self.T)",
            f"all(sum({some} for {x} in {one}) <= sum({either} for {x} in {one}) for {y} in self.T for {z} in self.T)",
            f"all(sum({x} == {y} or {x} == {z} for {x} in {one}) > 1 or {y} == {z} for {y} in {one} for {z} in {one})",
            f"len({one}) < 2 or any({x} != {y} for {x} in {one} for {y} in {one})",
            f"len({one}) <= len(self.T)",
            f"2 * len({one}) <= len(self.T) or 2 * len({two}) <= len(self.T) or any({x} in {two} for {x} in {one})",
            f"sum({holds} for {x} in self.T) + sum(not ({holds}) for {x} in self.T) == len(self.T)",
            f"sum(1 for {x} in {one} if {holds}) <= len({one})",
        )


KEPT = (
    ("self.s", "self.s.add(m)", "self.s.remove(m)", "m in self.s"),
    ("{x for x in self.T if self.f[x]}", "self.f[m] = True", "self.f[m] = False", "self.f[m]"),
    ("{x for x in self.T if self.g[x] == E.B}", "self.g[m] = E.B", "self.g[m] = E.A", "self.g[m] == E.B"),
    ("{x for x in self.T if self.p[x] is not None}", "self.p[m] = m", "self.p[m] = None", "self.p[m] is not None"),
)
"""Sets that are counted: what a member does that enters one, and that leaves it, and when it is inside."""


class Votes(Account):
    """Text of a random model in which each member chooses one, or holds one of them; each of these keeps a number of its
    own, `v`, and is in `s` once more than half of all have chosen it."""

    def steps(self) -> list[str]:
        lines = ["    @action", "    def take(self, m: T, l: T):"]
        lines += [*self.guards("self.p[m] is None"), "        require(self.v[l] < 9)"]
        lines += ["        self.p[m] = l", f"        {self.line('self.v[l] = self.v[l] + 1')}"]
        if self.random.random() < 0.5:
            lines += ["    @action", "    def drop(self, m: T, l: T):", *self.guards("self.p[m] == l")]
            lines += ["        self.p[m] = None", f"        {self.line('self.v[l] = self.v[l] - 1')}"]
        if self.random.random() < 0.7:
            lines += ["    @action", "    def elect(self, l: T):"]
            lines += [f"        require({self.line(f'2 * {self.chosen()} > len(self.T)')})", "        self.s.add(l)"]
        if self.random.random() < 0.2:
            lines += ["    @action", "    def other(self, m: T):", *self.body(["m"], " " * 8)]
        return lines

    def chosen(self) -> str:
        """How many have chosen `l`."""
        return self.pick("sum(self.p[x] == l for x in self.T)", "len({x for x in self.T if self.p[x] == l})")

    def claims(self) -> list[str]:
        lines = [
            "    @lemma",
            "    def account(self, l: T):",
            f"        return {self.line(f'self.v[l] == {self.chosen()}')}",
        ]
        majority = f"l not in self.s or 2 * {self.chosen()} > len(self.T)"
        lines += ["    @lemma", "    def majority(self, l: T):", f"        return {self.line(majority)}"]
        lines += ["    @always", "    def bound(self):", f"        return {self.line('len(self.s) <= 1')}"]
        lines += ["    @always", "    def sentence(self):", f"        return {self.line(self.sentence())}"]
        return lines


def counting(random: Random) -> str:
    """The text of a model that counts."""
    return random.choice((Account, Account, Votes))(random).model()


def counts(program: ir.Program, function: ir.Function) -> bool:
    """Whether a function, or one that it calls, compares how many members a set has: not only with none or one."""
    seen, waiting = {function.name}, [function]
    while waiting:
        found = waiting.pop()
        parts = [each for part in walk(found.body) for outer in expressions(part) for each in walk_expressions(outer)]
        if any(isinstance(each, ir.Compare) and _compares(each) for each in parts):
            return True
        called = {each.function for each in parts if isinstance(each, ir.Call)} - seen
        seen |= called
        waiting += [program.functions[each] for each in called]
    return False


def _compares(expr: ir.Compare) -> bool:
    known = emptiness(expr)
    return compares_counts(expr) and (known is None or known[1] > 1)
