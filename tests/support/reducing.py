"""A reduced search held against one of all states, and small models in which much may wait."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from unittest.mock import patch

from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Task, select
from checker.contract.verdict import Bounded, Unknown, Verdict
from checker.contract.wording import trace_of, word
from checker.engines.common.reduced import with_reduction
from checker.engines.explicit import ExplicitEngine, late
from checker.engines.reference import ReferenceEngine
from checker.ir.nodes import Program
from checker.reduction.stubborn import Reduction
from tests.support.random_models import RandomModel

MOST = 250
"""States of a model; larger ones are passed over."""


class TooMany(Exception):
    """The model has more states than a comparison has time for."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What two searches of one program came to."""

    full: Outcome
    reduced: Outcome

    @property
    def fewer(self) -> bool:
        """Whether the reduced one visited fewer states."""
        return self.reduced.stats.distinct < self.full.stats.distinct


def said(verdict: Verdict) -> tuple[str, int]:
    """A verdict in a word, and how long its trace is."""
    trace = trace_of(verdict)
    return (word(verdict).replace("proved", "exhausted"), 0 if trace is None else len(trace))


def asked(program: Program, random: Random) -> tuple[str, ...]:
    """What to ask of a program: all of what a reduced search decides, or some of it."""
    known = [each.name for each in program.properties if each.kind.traits.asked]
    everything = [*known, NO_DEADLOCK, NO_FAILURE]
    if random.random() < 0.4:
        return tuple(everything)
    some = [name for name in everything if random.random() < 0.5]
    return select(program, some or [NO_DEADLOCK])


def compare(program: Program, properties: tuple[str, ...], engine: object | None = None) -> Compared:
    """Search a program twice, and hold the verdicts and the lengths of traces against each other."""
    runs = engine or ReferenceEngine()
    task = Task(program, properties, Budget(max_states=MOST), keep_going=True)
    full = runs.run(task)  # type: ignore[attr-defined]
    if full.stopped is not None:
        raise TooMany
    reduced = runs.run(Task(program, properties, Budget(max_states=MOST), keep_going=True, reduce=True))  # type: ignore[attr-defined]
    if reduced.stopped is not None:  # it goes on where the other has decided all, and says that a trace may be longer
        raise TooMany
    for name in properties:
        one, other = full.verdicts[name], reduced.verdicts[name]
        if isinstance(one, Unknown) and isinstance(other, Unknown):
            continue
        assert said(one) == said(other), f"{name}: of all states {said(one)}, reduced {said(other)}"
    return Compared(full, reduced)


def natively(program: Program, properties: tuple[str, ...]) -> Compared:
    """Compare as above, and hold the explicit engine's reduced search to the reference engine's: its counts, verdicts
    and the lengths of traces."""
    compared = compare(program, properties)
    found = ExplicitEngine().run(Task(program, properties, Budget(), keep_going=True, reduce=True))
    assert _counted(found) == _counted(compared.reduced)
    return compared


def hold_late(program: Program, properties: tuple[str, ...], random: Random) -> bool:
    """Hold explicit searches that go over to steps that wait after a few states, whether it pays or not, to the reference
    engine's of all states: one to the end, and one that a violation or a limit ends. Whether steps waited."""
    task = Task(program, properties, Budget(max_states=MOST), keep_going=True)
    full = ReferenceEngine().run(task)
    compiled = not any(each.name in properties and each.function.parameters for each in program.properties)
    if full.stopped is not None or not compiled:  # lemmas with parameters are not for the explicit engine
        raise TooMany
    task = replace(task, budget=Budget(), reduce_late=True)
    cut = replace(task, keep_going=False, budget=Budget(max_states=1 + random.randrange(full.stats.distinct + 1)))
    with (
        patch.object(late, "MANY", random.randint(1, 50)),
        patch.object(late, "EACH", 0),
        patch.object(late, "KEPT_MOST", 1.0),
    ):
        whole, again = (ExplicitEngine().run(replace(task, workers=workers)) for workers in (1, 2))
        part = ExplicitEngine().run(cut)
    assert _counted(whole) == _counted(again), "another number of workers"
    assert whole.stopped is None
    for name in properties:
        one, other = full.verdicts[name], whole.verdicts[name]
        assert said(one) == said(other), f"{name}: of all states {said(one)}, reduced late {said(other)}"
        _hold_part(name, one, part.verdicts[name])
    assert whole.stats.reduced or _counted(whole)[:2] == (full.stats.distinct, full.stats.generated)
    return whole.stats.reduced


def _hold_part(name: str, full: Verdict, part: Verdict) -> None:
    """A verdict of a search that was ended says nothing that is not so."""
    known = part.depth if isinstance(part, Bounded) else part.unseen if isinstance(part, Unknown) else None
    if known is None:
        assert said(full)[0] == said(part)[0], f"{name}: {said(full)}, and {said(part)} where the search was ended"
    else:
        length = said(full)[1]
        assert not length or length > known, f"{name}: a trace of {length} states, and none within {known}"


def _counted(outcome: Outcome) -> tuple[int, int, dict[str, tuple[str, int]]]:
    verdicts = {name: said(verdict) for name, verdict in outcome.verdicts.items()}
    return outcome.stats.distinct, outcome.stats.generated, verdicts


def without_shortening(program: Program, properties: tuple[str, ...]) -> tuple[Outcome, bool]:
    """What the reduced search itself comes to, before shorter traces are looked for, and whether it says that there may
    be some."""
    engine = ReferenceEngine()
    found: list[tuple[Outcome, bool]] = []

    def search(task: Task, reduction: Reduction | None) -> tuple[Outcome, bool]:
        assert reduction is not None
        found.append(engine._plain(task, reduction))
        return found[0][0], False

    with_reduction(Task(program, properties, Budget(max_states=MOST), keep_going=True, reduce=True), search)
    return found[0]


HEAD = """\
from checker.lang import (
    Array, Bool, Model, Opt, Range, SetOf, Var, action, always, choose, final, process, require, sometimes,
)


class Drawn(Model):
    Two = Range(2)
    Three = Range(3)
    a = Var(Array(Two, Range(3)))
    b = Var(Array(Three, Bool))
    s = Var(SetOf(Three))
    x = Var(Range(3))
    y = Var(Bool)
    o = Var(Opt(Two))
"""


def small_model(random: Random) -> RandomModel:
    """A model of two or three processes and an action or two, which mostly touch what is their own: for the conditions
    under which a step may wait."""
    return RandomModel(_Draw(random).text())


class _Draw:
    """Writes one model."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.lines: list[str] = [HEAD]
        self.fallible = random.random() < 0.3

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def text(self) -> str:
        if self.random.random() < 0.8:
            self._process("p", "Two", "a[i]", 1 + self.random.randrange(4))
        if self.random.random() < 0.5:
            self._process("q", "Three" if self.random.random() < 0.3 else "Two", "b[i]", 1 + self.random.randrange(3))
        if self.random.random() < 0.5:
            self._process("r", "", "x", 1 + self.random.randrange(3))
        for number in range(self.random.randrange(3)):
            self._action(number)
        for number in range(1 + self.random.randrange(2)):
            self.lines += ["", "    @always", f"    def always{number}(self):", f"        return not ({self._claim()})"]
        for number in range(self.random.randrange(3)):
            self.lines += ["", "    @sometimes", f"    def shown{number}(self):", f"        return {self._claim()}"]
        if self.random.random() < 0.2:
            self.lines += ["", "    @final", "    def final(self):", f"        return {self._atom('')}"]
        return "\n".join(self.lines) + "\n"

    def _claim(self) -> str:
        atoms = [self._atom("") for _ in range(1 + self.random.randrange(3))]
        return self.one(" and ", " and ", " or ").join(atoms)

    def _atom(self, index: str) -> str:
        """A condition; `index` is a local that is one of Two, if there is one."""
        at = index or self.one("0", "1")
        return self.one(
            f"self.a[{at}] == {self.random.randrange(3)}",
            f"self.a[{self.random.randrange(2)}] < {1 + self.random.randrange(2)}",
            f"self.b[{at}]",
            f"not self.b[{self.random.randrange(3)}]",
            f"{at} in self.s",
            f"{self.random.randrange(3)} not in self.s",
            f"self.x == {self.random.randrange(3)}",
            f"self.x != {self.random.randrange(3)}",
            "self.y",
            "not self.y",
            "self.o is None",
            f"self.o == {self.random.randrange(2)}",
            "all(self.b)",
            "any(self.a[k] == 1 for k in self.Two)",
            "all(k in self.s for k in self.Three)",
            "len(self.s) == 2",
            "self.a[0] == self.x",
        )

    def _statement(self, index: str) -> list[str]:
        at = index if index and self.random.random() < 0.8 else self.one("0", "1")
        if self.fallible and self.random.random() < 0.2:
            return [self.one(f"self.a[{at}] += 1", "self.x += 1", "assert self.y", f"assert self.x != {at}")]
        return self.one_of(
            [f"self.a[{at}] = {self.random.randrange(3)}"],
            [f"self.a[{at}] = (self.a[{at}] + 1) % 3"],
            [f"self.a[{at}] = self.x"],
            [f"self.b[{at}] = {self.one('True', 'False', 'not self.b[' + at + ']')}"],
            [f"self.s.{self.one('add', 'discard')}({at})"],
            [f"self.s.{self.one('add', 'discard')}({self.random.randrange(3)})"],
            [f"self.x = {self.random.randrange(3)}"],
            [f"self.x = self.a[{at}]"],
            ["self.y = not self.y"],
            [f"self.y = {self.one('True', 'False')}"],
            [f"self.o = {self.one(at, 'None')}"],
            [f"self.a[{at}] = choose(self.Three)"],
            [f"if {self._atom(index)}:", f"    self.b[{at}] = True"],
            ["self.s = {self.x}"],
        )

    def one_of(self, *choices: list[str]) -> list[str]:
        return self.random.choice(choices)

    def _guard(self, index: str) -> list[str]:
        return [f"require({self._atom(index)})"] if self.random.random() < 0.5 else []

    def _body(self, index: str, own: str) -> list[str]:
        """One step: often one that touches only what is its own."""
        if self.random.random() < 0.4:
            changed = f"self.{own} = " + ("not self." + own if own.startswith("b") else f"(self.{own} + 1) % 3")
            return [changed]
        lines = self._guard(index)
        if self.random.random() < 0.15:
            lines += [f"require(choose(self.Three) {self.one('==', '<')} self.x)"]
        return lines + [line for _ in range(1 + self.random.randrange(2)) for line in self._statement(index)]

    def _process(self, name: str, kind: str, own: str, steps: int) -> None:
        index = "i" if kind == "Two" else ""
        own = own if kind else "x"
        head = f"    def {name}(self, i: {kind}):" if kind else f"    def {name}(self):"
        loops = self.random.random() < 0.4
        lines = ["while True:"] if loops else []
        local = self.random.random() < 0.3
        for number in range(steps):
            step = self._body(index, own if kind != "Three" else "b[i]")
            if local and number == 0:
                step = [*step, "seen = self.x"]
            if local and number == 1:
                step = [self.one("require(seen == self.x)", "self.x = seen"), *step]
            if self.random.random() < 0.2:
                step = [f"while {self._atom(index)}:", *("    " + each for each in step), f'    yield "again{number}"']
            lines += [("    " if loops else "") + each for each in step]
            if number + 1 < steps or loops:
                lines.append(("    " if loops else "") + f'yield "at{number}"')
        mark = f"    @process({kind})" if kind else "    @process"
        self.lines += ["", mark, head, *("        " + each for each in lines)]

    def _action(self, number: int) -> None:
        index = self.one("i", "")
        head = f"    def act{number}(self{', i: Two' if index else ''}):"
        body = [*self._guard(index), *self._statement(index)]
        self.lines += ["", "    @action", head, *("        " + each for each in body)]
