"""Random tiny models with random fairness and temporal properties, and what is true of them by brute force.

A behaviour that goes on for ever visits some set of states again and again. That set decides everything about fairness and
about the end of the behaviour, so all sets of states are gone through, with none of an engine's ideas.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import combinations, product
from random import Random
from typing import Any
from unittest.mock import patch

from checker.check import check, engine
from checker.contract.task import Budget, Outcome, Task
from checker.contract.verdict import Unknown, Verdict, Violated
from checker.engines.common import fair_walks
from checker.engines.explicit import engine as explicit
from checker.engines.explicit.liveness import coarse, deciding, witness
from checker.ir.nodes import Program
from checker.ir.temporal import Fairness, TemporalKind
from checker.semantics import Interpreter, State

FAIRNESS = ("False", "True", "'strong'")
KINDS = tuple(kind for kind in TemporalKind if kind is not TemporalKind.TEMPORAL)
"""The kinds whose conditions say all that they claim."""

FEW = 6
"""States up to which all sets of them are gone through."""


def text(draw: Random, most: int = 4, formulas: int = 1) -> str:
    """A model with few states: actions and processes that go where they like among up to so many values, and so many
    properties of each kind. Some have states that do not fit into one word."""
    size = draw.randint(2, most)
    wide = ["    wide = Var(Array(Range(2), Range(2**40)))"] if draw.random() < 0.3 else []
    lines = ["class M(Model):", f"    V = Range({size})", "    x = Var(V)", *wide, "    def init(self):"]
    lines += [f"        self.x = choose({_some(draw, size, 1)})"]
    for number in range(draw.randint(0, 3)):
        lines += _action(draw, number, size)
    for number in range(draw.randint(0 if any("@action" in line for line in lines) else 1, 2)):
        lines += _process(draw, number, size)
    for kind in KINDS:
        for number in range(formulas):
            takes = draw.random() < 0.3
            parts = [condition(draw, size, takes) for _ in range(2 if kind is TemporalKind.LEADS_TO else 1)]
            lines += [
                f"    @{kind}",
                f"    def {kind}_{'pqrst'[number]}(self{', v: V' if takes else ''}):",
                f"        return {', '.join(parts)}",
            ]
    return "\n".join(lines) + "\n"


def otherwise_fair(compiled: Program, draw: Random) -> Program:
    """The same model with other things fair, each weakly, strongly or not at all."""
    names = [each.name for each in (*compiled.processes, *compiled.actions)]
    kinds = {name: draw.choice((None, Fairness.WEAK, Fairness.STRONG)) for name in names}
    return replace(compiled, fairness={name: kind for name, kind in kinds.items() if kind is not None})


def _some(draw: Random, size: int, least: int = 0) -> str:
    members = draw.sample(range(size), draw.randint(least, size))
    return "{" + ", ".join(map(str, sorted(members))) + "}" if members else "set()"


def _moves(draw: Random, size: int, lead: str) -> list[str]:
    """Where each value of x leads, nowhere from some."""
    lines = []
    for value in range(size):
        word = "if" if value == 0 else "elif"
        goals = draw.sample(range(size), min(size, draw.choice((0, 1, 1, 2))))
        body = f"self.x = choose({{{', '.join(map(str, goals))}}})" if goals else "require(False)"
        lines += [f"{lead}{word} self.x == {value}:", f"{lead}    {body}"]
    return lines


def _action(draw: Random, number: int, size: int) -> list[str]:
    fair = draw.choice(FAIRNESS)
    head = f"    @action(fair={fair})" if fair != "False" else "    @action"
    if draw.random() < 0.3:
        shift = draw.randrange(size)
        guard = f"        require((self.x + v) % {size} != {shift})"
        return [head, f"    def a{number}(self, v: V):", guard, f"        self.x = (v + {shift}) % {size}"]
    return [head, f"    def a{number}(self):", *_moves(draw, size, "        ")]


def _process(draw: Random, number: int, size: int) -> list[str]:
    head = [f"    @process(fair={draw.choice(FAIRNESS)})", f"    def p{number}(self):"]
    match draw.randrange(3):
        case 0:
            return [*head, "        while True:", *_moves(draw, size, "            "), "            yield"]
        case 1:
            return [
                *head,
                "        while True:",
                "            yield",
                *_moves(draw, size, "            "),
                "            yield",
            ]
        case _:
            return [*head, "        yield", *_moves(draw, size, "        ")]


def condition(draw: Random, size: int, with_parameter: bool) -> str:
    """A condition on x, or on x and the parameter v."""
    if with_parameter and draw.random() < 0.7:
        return draw.choice(("self.x == v", "self.x != v"))
    return f"self.x in {_some(draw, size, 1)}"


@dataclass(frozen=True)
class Whole:
    """Every state of a program, and what changes it to what. `taken[s, t]` names what leads from s to t."""

    states: list[State]
    initial: set[State]
    taken: dict[tuple[State, State], set[Any]]

    def possible(self, state: State) -> set[Any]:
        """What is possible in a state."""
        return {thing for (source, _), things in self.taken.items() if source == state for thing in things}


def whole(program: Program) -> Whole:
    """The states and steps of a program, found as plainly as can be."""
    interpreter = Interpreter(program)
    initial = {each.state for each in interpreter.initial() if each.state is not None}
    taken: dict[tuple[State, State], set[Any]] = {}
    todo, seen = list(initial), set(initial)
    while todo:
        state = todo.pop()
        for each in interpreter.successors(state):
            assert each.state is not None
            if each.state != state:
                taken.setdefault((state, each.state), set()).add((each.step.name, each.step.arguments))
            if each.state not in seen:
                seen.add(each.state)
                todo.append(each.state)
    return Whole(sorted(seen, key=repr), initial, taken)


def for_ever(program: Program, graph: Whole) -> Iterator[frozenset[State]]:
    """Every set of states that some fair behaviour visits again and again, and no others."""
    for size in range(1, len(graph.states) + 1):
        for chosen in combinations(graph.states, size):
            if _hangs_together(chosen, graph) and all(_is_fair(program, thing, chosen, graph) for thing in _all(graph)):
                yield frozenset(chosen)


def _all(graph: Whole) -> set[Any]:
    return {thing for things in graph.taken.values() for thing in things}


def _hangs_together(chosen: tuple[State, ...], graph: Whole) -> bool:
    return all(reached({state}, set(chosen), graph) == set(chosen) for state in chosen)


def reached(begin: set[State], within: set[State], graph: Whole) -> set[State]:
    """What can be reached from some states without leaving others."""
    found = begin & within
    while True:
        more = found | {target for source, target in graph.taken if source in found and target in within}
        if more == found:
            return found
        found = more


def _is_fair(program: Program, thing: Any, chosen: tuple[State, ...], graph: Whole) -> bool:
    return is_fair(program, thing, chosen, product(chosen, chosen), graph)


def is_fair(
    program: Program, thing: Any, chosen: Sequence[State], steps: Iterable[tuple[State, State]], graph: Whole
) -> bool:
    """Whether it owes a thing nothing to be in these states, and to take these steps, again and again."""
    fairness = program.fairness.get(thing[0])
    if fairness is None or any(thing in graph.taken.get(step, ()) for step in steps):
        return True
    impossible = [thing not in graph.possible(state) for state in chosen]
    return any(impossible) if fairness is Fairness.WEAK else all(impossible)


def is_violated(program: Program, name: str, graph: Whole) -> bool:
    """Whether some fair behaviour violates a temporal property, for some values of its parameters."""
    temporal = next(each for each in program.temporal if each.name == name)
    kinds = [parameter.type for parameter in temporal.function.parameters]
    values = [(value,) for value in kinds[0].values()] if kinds else [()]
    return any(_fails(program, temporal, arguments, graph) for arguments in values)


def _fails(program: Program, temporal: Any, arguments: Any, graph: Whole) -> bool:
    interpreter = Interpreter(program)
    truth = {state: interpreter.conditions(temporal, arguments, state) for state in graph.states}
    without = {state for state in graph.states if not truth[state][-1]}
    for ends in for_ever(program, graph):
        match temporal.kind:
            case TemporalKind.EVENTUALLY:
                fails = ends <= without and bool(ends & reached(graph.initial, without, graph))
            case TemporalKind.LEADS_TO:
                begin = {state for state in without if truth[state][0]}
                fails = ends <= without and bool(ends & reached(begin, without, graph))
            case TemporalKind.ALWAYS_EVENTUALLY:
                fails = ends <= without
            case _:
                fails = bool(ends & without)
        if fails:
            return True
    return False


def said(compiled: Program, by: str, workers: int = 1) -> Outcome:
    """What an engine says of all temporal properties; the judge has seen every lasso."""
    names = tuple(each.name for each in compiled.temporal)
    return check(Task(compiled, names, workers=workers, keep_going=True), engine(by))


def gist(verdict: Verdict) -> str:
    """A verdict without the particulars of its trace: of lassos as short as each other, engines may show different
    ones."""
    if isinstance(verdict, Violated):
        return f"violated in {len(verdict.trace)}, {verdict.trace.end}"
    return str(verdict)


def stems(compiled: Program, by: str, workers: int = 1) -> dict[str, str]:
    """The same without the loops: what each verdict is, and where its lasso's loop begins."""
    return {
        name: f"violated, {each.trace.end}" if isinstance(each, Violated) else str(each)
        for name, each in said(compiled, by, workers).verdicts.items()
    }


@contextmanager
def far_lassos() -> Iterator[None]:
    """Within this nobody looks for the shortest loop, nor for anything near: compiled code looks for all that is owed."""
    with patch.object(fair_walks, "MOST_SEARCHED", 0), patch.object(fair_walks, "MOST_NEAR", 0):
        yield


@contextmanager
def classes_decide(keys: Random | None = None) -> Iterator[None]:
    """Within this the explicit engine judges by classes of states what is small, too, noted while it explores and
    afterwards; by keys that nobody would choose, if `keys` draws them."""

    def drawn(size: int) -> tuple[int, ...]:
        assert keys is not None
        return tuple(keys.getrandbits(62) for _ in range(size))

    with ExitStack() as patches:
        small = ((explicit, "FROM", 2), (deciding, "WORTH", 1), (coarse, "WORTH", 1))
        rooms = ((coarse, "_CLASS_ROOM", 256), (coarse, "_PAIR_ROOM", 1024))  # most of it is gone through in Python
        for owner, name, value in (*small, *rooms):
            patches.enter_context(patch.object(owner, name, value))
        if keys is not None:
            patches.enter_context(patch.object(coarse, "_key", lambda graph, _: drawn(graph.width)))
            patches.enter_context(patch.object(witness, "guessed", lambda layout, *_: drawn(layout.words)))
        yield


def denied(compiled: Program) -> list[str]:
    """Where the reference engine differs from brute force, which must be possible."""
    graph, theirs = whole(compiled), said(compiled, "reference").verdicts
    assert len(graph.states) <= FEW
    return [
        f"{name}: {gist(found)}, which brute force denies"
        for name, found in theirs.items()
        if isinstance(found, Unknown) or isinstance(found, Violated) != is_violated(compiled, name, graph)
    ]


def differences(compiled: Program) -> list[str]:
    """Where the explicit engine and the reference engine differ, and both from brute force where states are few."""
    ours, theirs = said(compiled, "explicit").verdicts, said(compiled, "reference").verdicts
    found = [
        f"{name}: {gist(ours[name])}, {gist(theirs[name])}" for name in ours if gist(ours[name]) != gist(theirs[name])
    ]
    graph = whole(compiled)
    if len(graph.states) <= FEW:
        wrong = [name for name in ours if isinstance(ours[name], Violated) != is_violated(compiled, name, graph)]
        found += [f"{name}: brute force denies it" for name in wrong]
    return found


def missed(compiled: Program, deepest: int = 8) -> list[str]:
    """Where bounded search for lassos of up to so many states differs from the reference engine: it finds one wherever
    that finds one as short, none longer than that, and never says that a property holds."""
    theirs = said(compiled, "reference").verdicts
    task = Task(compiled, tuple(theirs), Budget(max_depth=deepest), keep_going=True)
    ours = check(task, engine("bmc")).verdicts
    found = []
    for name, verdict in ours.items():
        known = theirs[name]
        longest = len(known.trace) if isinstance(known, Violated) else None
        if isinstance(verdict, Violated):
            right = longest is not None and len(verdict.trace) <= min(longest, deepest)
        else:
            right = isinstance(verdict, Unknown) and (longest is None or longest > deepest)
        if not right:
            found.append(f"{name}: {gist(verdict)}, {gist(known)}")
    return found
