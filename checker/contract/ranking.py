"""Decide whether a rank fails at a step or in a state: straight from the rule that it is to satisfy. Searches nothing;
knows no engine.

The rule is Manna and Pnueli's for response under justice with a well-founded rank ("Completing the Temporal Picture",
1991), with one assertion for each thing that is fair: that it helps. Something **helps** in a state if it can take a
step there, and each of its steps comes to what is promised or lowers the rank. Wherever a property is owed:

1. where it begins to be owed, there is a rank;
2. no step raises the rank or leaves it without one, unless it comes to what is promised;
3. something helps;
4. what helps goes on helping after a step that leaves the rank as it was.

So whoever helps is either taken, and the rank is lower, or could be taken all the time, and weak fairness takes it.
Ranks have finitely many values: what is promised comes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from checker.contract.trace import Trace
from checker.ir.nodes import Program, Temporal
from checker.ir.ranks import Rank, falls
from checker.ir.temporal import TemporalKind
from checker.ir.types import OptType, Value
from checker.semantics import Interpreter, State, vectors


class Wrong(StrEnum):
    """Which part of the rule fails."""

    BEGINS = "begins"  # there is no rank where the property begins to be owed
    RISES = "rises"  # a step raises the rank, or leaves the property owed without one
    NOBODY = "nobody"  # nothing helps
    STOPS = "stops"  # what helped does not any more, and the rank is what it was


@dataclass(frozen=True, slots=True)
class _Rule:
    """One property with its rank, for one choice of the values of its parameters."""

    interpreter: Interpreter
    temporal: Temporal
    rank: Rank
    arguments: tuple[Value, ...]

    def is_there(self, state: State) -> bool:
        """Whether what is promised is so in a state."""
        return self.interpreter.conditions(self.temporal, self.arguments, state)[-1]

    def owed(self, state: State) -> Value | None:
        """The rank of a state in which the property is owed; None if it is not."""
        if self.is_there(state):
            return None
        may_be_none = isinstance(self.rank.function.returns, OptType)
        if not may_be_none and not self._begins(state):
            return None
        return self.interpreter.rank(self.rank, self.arguments, state)

    def begins(self, state: State) -> bool:
        """Whether the property begins to be owed in a state, if it is an initial one where that matters."""
        return not self.is_there(state) and self._begins(state)

    def _begins(self, state: State) -> bool:
        conditions = self.interpreter.conditions(self.temporal, self.arguments, state)
        return conditions[0] if self.temporal.kind is TemporalKind.LEADS_TO else True

    def lowers(self, before: Value, after: State) -> bool:
        """Whether a step from a state of this rank comes to what is promised, or to a lower rank."""
        rank = self.owed(after)
        return self.is_there(after) or (rank is not None and falls(before, rank))

    def helpers(self, state: State, rank: Value) -> frozenset[tuple[str, tuple[Value, ...]]]:
        """What helps in a state of this rank."""
        good: dict[tuple[str, tuple[Value, ...]], bool] = {}
        for found in self.interpreter.successors(state):
            thing = found.step.name, found.step.arguments
            if found.step.name in self.interpreter.program.fairness and found.state != state:
                lowers = found.state is not None and self.lowers(rank, found.state)
                good[thing] = good.get(thing, True) and lowers
        return frozenset(thing for thing, is_so in good.items() if is_so)


@dataclass(frozen=True, slots=True)
class Denial:
    """How a rank fails, and for which values of the property's parameters. `ranks` are those of the states; None: there
    is none."""

    wrong: Wrong
    arguments: tuple[Value, ...]
    ranks: tuple[Value | None, ...]


def wrong_with(program: Program, temporal: Temporal, rank: Rank, trace: Trace) -> Denial | None:
    """Which part of the rule fails in the state of a trace, or at its step if it has one, for some values of the
    parameters. None if none does. StepFailed if something cannot be evaluated."""
    interpreter = Interpreter(program)
    for arguments in vectors([parameter.type for parameter in temporal.function.parameters]):
        rule = _Rule(interpreter, temporal, rank, arguments)
        found = _wrong(rule, trace.states)
        if found is not None:
            return Denial(found, arguments, tuple(map(rule.owed, trace.states)))
    return None


def _wrong(rule: _Rule, states: Sequence[State]) -> Wrong | None:
    state = states[-2] if len(states) > 1 else states[-1]
    before = rule.owed(state)
    if len(states) == 1:
        if before is None:
            return Wrong.BEGINS if rule.begins(state) else None
        return None if rule.helpers(state, before) else Wrong.NOBODY
    if before is None or rule.is_there(states[-1]):
        return None
    after = rule.owed(states[-1])
    if after is None or falls(after, before):
        return Wrong.RISES
    if after != before or rule.helpers(state, before) <= rule.helpers(states[-1], after):
        return None
    return Wrong.STOPS
