"""Going over the subsets of a type: every engine finds what Python finds by brute force, and explanations name the one
that decides."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations, product

import pytest

from checker.check import check, engine, select
from checker.contract.task import Budget, Outcome, Sampling, Task
from checker.contract.verdict import Exhausted, Proved, Unknown, Violated, Witnessed
from checker.contract.wording import trace_of
from checker.engines.fuzz import fuzz
from checker.ir.nodes import Program
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import plain
from tests.frontend.support import after, body, program, said

VOTE = """
class Vote(Model):
    Node = Range({nodes}{alike})
    Value = Range(2)
    Group = SetOf(Node)
    voted = Var(Array(Node, Opt(Value)))
    chosen = Var(SetOf(Value))

    @action
    def vote(self, n: Node, v: Value):
        require(self.voted[n] is None)
        self.voted[n] = v

    @action
    def decide(self, v: Value):
        require(any(len(q) >= {quorum} and all(self.voted[n] == v for n in q) for q in self.Group))
        self.chosen.add(v)

    @always
    def one_value(self):
        return len(self.chosen) <= 1

    @always
    def no_quorum(self):
        return not any(len(q) >= {quorum} and all(self.voted[n] == 1 for n in q) for q in SetOf(self.Node))

    @always
    def each_quorum_waits(self):
        return all(any(self.voted[n] is None for n in q) for q in self.Group if len(q) == {quorum})

    @sometimes
    def everybody_has_voted(self):
        return any(q == set(self.Node) and all(self.voted[n] is not None for n in q) for q in self.Group)

    @final
    def done(self):
        return self.everybody_has_voted()
"""
"""Nodes vote, and a value is chosen when some quorum has voted for it. Of 3 nodes a quorum has 2, or 1: too few."""

State = tuple[tuple[int | None, ...], frozenset[int]]


def subsets(nodes: int) -> list[tuple[int, ...]]:
    return list(chain.from_iterable(combinations(range(nodes), size) for size in range(nodes + 1)))


class Brute:
    """The same model in plain Python, explored to the end."""

    def __init__(self, nodes: int, quorum: int) -> None:
        self.nodes, self.quorum = nodes, quorum
        first: State = ((None,) * nodes, frozenset())
        self.depth, todo = {first: 1}, [first]
        for state in todo:
            for following in self._after(state):
                if following not in self.depth:
                    self.depth[following] = self.depth[state] + 1
                    todo.append(following)

    def _after(self, state: State) -> Iterator[State]:
        voted, chosen = state
        for node, value in product(range(self.nodes), range(2)):
            if voted[node] is None:
                yield (*voted[:node], value, *voted[node + 1 :]), chosen
        for value in range(2):
            if self._decided(voted, value):
                yield voted, chosen | {value}

    def _decided(self, voted: tuple[int | None, ...], value: int) -> bool:
        groups = (q for q in subsets(self.nodes) if len(q) >= self.quorum)
        return any(all(voted[n] == value for n in q) for q in groups)

    def first(self, name: str) -> int | None:
        """How many states the shortest trace has to where a property is violated or happens; None if there is none."""
        return min((depth for state, depth in self.depth.items() if self._shown(name, state)), default=None)

    def _shown(self, name: str, state: State) -> bool:
        voted, chosen = state
        groups = [q for q in subsets(self.nodes) if len(q) == self.quorum]
        match name:
            case "one_value":
                return len(chosen) > 1
            case "no_quorum":
                return self._decided(voted, 1)
            case "each_quorum_waits":
                return any(all(voted[n] is not None for n in q) for q in groups)
            case _:
                return None not in voted


NAMES = ("one_value", "no_quorum", "each_quorum_waits", "everybody_has_voted")


def vote(nodes: int, quorum: int, alike: str = "") -> Program:
    return program(VOTE.format(nodes=nodes, quorum=quorum, alike=alike))


def run(compiled: Program, name: str, budget: Budget) -> Outcome:
    return check(Task(compiled, select(compiled), budget, keep_going=True, sampling=Sampling(400, 20, 1)), engine(name))


def lengths(outcome: Outcome) -> dict[str, int | None]:
    found = {name: trace_of(outcome.verdicts[name]) for name in NAMES}
    return {name: None if trace is None else len(trace.states) for name, trace in found.items()}


@pytest.mark.parametrize(
    ("name", "nodes", "quorum"),
    [("reference", 3, 2), ("reference", 3, 1), ("reference", 2, 2), ("reference", 4, 3), ("explicit", 3, 1)],
)
def test_exploring_finds_what_python_finds(name: str, nodes: int, quorum: int) -> None:
    brute, outcome = Brute(nodes, quorum), run(vote(nodes, quorum), name, Budget())
    assert (outcome.stats.distinct, outcome.stats.depth) == (len(brute.depth), max(brute.depth.values()))
    assert lengths(outcome) == {each: brute.first(each) for each in NAMES}
    assert outcome.verdicts["no_deadlock"] == Exhausted(len(brute.depth))


@pytest.mark.parametrize(("nodes", "quorum"), [(3, 2), (3, 1), (2, 2)])
def test_z3_finds_what_python_finds(nodes: int, quorum: int) -> None:
    brute, compiled = Brute(nodes, quorum), vote(nodes, quorum)
    deepest = max(brute.depth.values())
    outcome = run(compiled, "bmc", Budget(max_depth=deepest))
    assert lengths(outcome) == {each: brute.first(each) for each in NAMES}
    proof = run(compiled, "induction", Budget()).verdicts
    for each in ("one_value", "no_quorum", "each_quorum_waits"):
        found = proof[each]
        assert isinstance(found, (Unknown, Proved if brute.first(each) is None else Violated)), (each, found)


def test_what_no_subset_breaks_is_proved() -> None:
    compiled = program(
        VOTE.format(nodes=3, quorum=2, alike="")
        + """
    @always
    def those_of_a_group_are_nodes(self):
        return all(len(q) <= 3 and q in self.Group and q <= set(self.Node) for q in self.Group)
"""
    )
    assert isinstance(run(compiled, "induction", Budget()).verdicts["those_of_a_group_are_nodes"], Proved)


def test_fuzzing_finds_what_python_finds() -> None:
    compiled = vote(3, 1)
    verdicts = fuzz(Task(compiled, select(compiled), Budget(), keep_going=True), 200, 20, 1).outcome.verdicts
    assert all(isinstance(verdicts[each], Violated) for each in NAMES[:3])
    assert isinstance(verdicts["everybody_has_voted"], Witnessed)


def test_interchangeable_nodes_may_be_gone_over_by_subsets() -> None:
    brute, compiled = Brute(3, 2), vote(3, 2, ", symmetric=True")
    outcome = run(compiled, "reference", Budget())
    assert lengths(outcome) == {each: brute.first(each) for each in NAMES}
    orbits = {(tuple(sorted(voted, key=str)), chosen) for voted, chosen in brute.depth}
    assert outcome.stats.distinct == len(orbits)
    loop = "for q in SetOf(self.Peer):\n    self.x = len(q)"
    assert "E402" in said(body(loop, "Peer = Range(3, symmetric=True)\nx = Var(Range(4))\ns = Var(SetOf(Peer))"))


def test_an_explanation_names_the_subset_that_decides() -> None:
    compiled = vote(3, 2)
    trace = trace_of(run(compiled, "reference", Budget()).verdicts["no_quorum"])
    assert trace is not None
    text = plain(render_explained(compiled, trace, "no_quorum"))
    assert "q = {0, 1}" in text and "q = {0, 2}" not in text and "q = {}" not in text


SET = "T = Range(3)\nG = SetOf(T)\ns = Var(G)\nx = Var(Range(99))"


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("self.x = len(self.G)", 8),
        ("self.x = sum(1 for q in self.G if 2 in q)", 4),
        ("self.x = max(len(q) for q in SetOf(self.T) if q != set(self.T))", 2),
        ("self.x = len({q | {1} for q in self.G})", 4),
        ("self.x = int({0, 2} in self.G) + int(all(q in self.G for q in SetOf(self.T)))", 2),
        # in the order of numbers in binary: {} {0} {1} {0, 1} {2} ...
        ("for q in self.G:\n    self.x = self.x + 1\n    if 2 in q:\n        break", 5),
        ("for q in self.G:\n    if q == {0, 1}:\n        self.s = q\nself.x = len(self.s)\nself.s = set()", 2),
        ("for q in SetOf(self.T):\n    self.x = self.x * 2 % 50 + len(q)", 51),
    ],
)
def test_a_step_goes_over_subsets(text: str, x: int) -> None:
    assert after(body(text, SET)) == {(frozenset(), x)}


def test_one_of_some_subsets_is_chosen() -> None:
    pairs = {frozenset(pair) for pair in combinations(range(3), 2)}
    assert after(body("self.s = choose({q for q in self.G if len(q) == 2})", SET)) == {(pair, 0) for pair in pairs}
    assert after(body("self.s = choose(self.G)", SET)) == {(frozenset(each), 0) for each in subsets(3)}


def test_twelve_members_are_gone_over_and_not_thirteen() -> None:
    text = "self.x = sum(len(q) == 6 for q in SetOf(T))"
    assert after(body(text, "T = Range(12)\nx = Var(Range(5000))").replace("SetOf(T)", "SetOf(self.T)")) == {(924,)}
    found = said(body(text.replace("T)", "self.T)"), "T = Range(13)\nx = Var(Range(5000))"))
    assert found == (
        "model.py:6:43: E306 SetOf(Range(13)) has more than 4,096 values, too many to go through\n"
        "    Use a set type over at most 12 values, or loop over single members."
    )


def test_subsets_index_no_array() -> None:
    found = said(body("for q in [1 for q in self.G]:\n    self.x = q", SET))
    assert found.splitlines()[0].endswith("E312 SetOf(Range(3)) cannot index an array")
    assert "Write a set comprehension, or an array over single members." in found


LARGE = (
    "T = Range(13)\nG = SetOf(T)\nP = Record(u=Range(3), v=Bool)\nA = Array(T, P)\n"
    "p = Var(P)\ns = Var(G)\nw = Var(SetOf(Range(20)))\nx = Var(Range(-9, 9999))"
)


@pytest.mark.parametrize(
    ("text", "x"),
    [
        ("self.x = len(SetOf(Range(13)))", 8192),
        ("self.x = len(self.P) + len(Opt(self.P))", 13),
        ("self.x = len(self.A) % 5000", 6**13 % 5000),
        ("self.x = int(self.s in self.G) + int(set(self.T) in SetOf(Range(13))) + int({3} not in self.G)", 2),
        ("self.x = int({14} in self.G) + 2 * int({1, 19} in self.G) + 4 * int(self.w in self.G)", 4),
        ("if {-1, 5} not in self.G:\n    self.x = 5", 5),
        ("self.x = int(self.p in self.P)", 1),
        ("self.x = sum(1 for i in self.T if {i, i + 1} in self.G)", 12),
    ],
)
def test_a_type_too_large_to_go_through_is_counted_and_has_members(text: str, x: int) -> None:
    assert {state[-1] for state in after(body(text, LARGE))} == {x}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("self.x = int(self.x in self.G)", "E303 Range(-9, 9999) is never in SetOf(Range(13))"),
        ("self.x = int(self.x in SetOf(Range(3)))", "E303 Range(-9, 9999) is never in SetOf(Range(3))"),
        ("self.x = len(SetOf(Range(62)))", "E307 SetOf(Range(62)) has more values than 62 bits can count"),
        (
            "self.x = len([1 for q in self.G])",
            "E306 SetOf(Range(13)) has more than 4,096 values, too many to go through",
        ),
    ],
)
def test_what_cannot_be_said_of_a_large_type_is_refused(text: str, wanted: str) -> None:
    assert wanted in said(body(text, LARGE))
