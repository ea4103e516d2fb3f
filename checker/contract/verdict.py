"""What became of a property: eight verdicts, as a closed union. None of them is ever rounded up."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import assert_never

from checker.contract.trace import Trace


@dataclass(frozen=True, slots=True)
class Proved:
    """Holds in every reachable state at any depth, by induction over `k` steps (or, with `k` 0, because no behaviour is
    longer than those looked at). `lemmas` names the `@lemma`s that the proof rests on, all proved with it; `unneeded`
    those that it does without; `found` are invariants that were found by search and proved, as sentences. `constrained`
    says, here and below, that the model has a `@constraint`: it is so of what lies within it, and one step beyond.
    `every` names the parameters that may have any value: so many members of symmetric types, from 1 on. `rank` is what
    proves a temporal property: the steps keep it, and something fair lowers it."""

    k: int = 1
    lemmas: tuple[str, ...] = ()
    unneeded: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    constrained: bool = False
    every: tuple[str, ...] = ()
    rank: str = ""


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Holds: all `distinct` reachable states were visited, exactly. `vacuous` says that it holds of nothing: what a
    `@leads_to` begins with is true in none of them. `reduced`: these were all of a reduced search, which is enough."""

    distinct: int
    vacuous: bool = False
    constrained: bool = False
    reduced: bool = False


@dataclass(frozen=True, slots=True)
class Bounded:
    """Holds in every state reachable within `depth` states of a behaviour (the initial state is depth 1)."""

    depth: int
    constrained: bool = False


@dataclass(frozen=True, slots=True)
class Sampled:
    """Held in `runs` random behaviours. Proves nothing."""

    runs: int


@dataclass(frozen=True, slots=True)
class Violated:
    """Does not hold; the trace shows it and has been replayed."""

    trace: Trace


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A `@sometimes` that does happen; the trace leads to it and has been replayed."""

    trace: Trace


@dataclass(frozen=True, slots=True)
class Unreachable:
    """A `@sometimes` that never happens: all `distinct` reachable states were visited, exactly; or, where `distinct` is
    None, its negation was proved as in Proved."""

    distinct: int | None
    constrained: bool = False
    reduced: bool = False


@dataclass(frozen=True, slots=True)
class NotInductive:
    """A counterexample to induction: steps of the model that lead from states in which `held` (and the property itself)
    hold to one in which `broken` does not, or that end in a failure. The first state may be unreachable, so this
    refutes a proof and not the property. The trace has no initial choices; its steps have been replayed. With a `rank`
    it is one to the proof of `broken` by that: a step, or a state alone, that is not as the rule wants it."""

    broken: str
    held: tuple[str, ...]
    trace: Trace
    rank: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Not decided, for the reason given; with the counterexample where an induction step failed. Of a `@sometimes`,
    `unseen` says that no state within the first `unseen` of any behaviour shows it. `left_to` is the engine that has
    room for it, where one has not."""

    reason: str
    not_inductive: NotInductive | None = None
    unseen: int = 0
    left_to: str = ""


Verdict = Proved | Exhausted | Bounded | Sampled | Violated | Witnessed | Unreachable | Unknown


def within_constraint(verdict: Verdict) -> Verdict:
    """The same of a model with a `@constraint`."""
    match verdict:
        case Proved() | Exhausted() | Bounded() | Unreachable():
            return replace(verdict, constrained=True)
        case Sampled() | Violated() | Witnessed() | Unknown():
            return verdict
        case _:
            assert_never(verdict)
