"""What a model says of whole behaviours, as names: what happens sooner or later, and what is owed its steps."""

from __future__ import annotations

from enum import StrEnum


class TemporalKind(StrEnum):
    """What a temporal property claims of every fair behaviour."""

    EVENTUALLY = "eventually"  # its condition is true at some time
    LEADS_TO = "leads_to"  # whenever the first condition is true, the second is true then or later
    ALWAYS_EVENTUALLY = "always_eventually"  # again and again, its condition is true
    EVENTUALLY_ALWAYS = "eventually_always"  # from some time on, its condition is true for ever


class Fairness(StrEnum):
    """What is owed to a process's instance, or to an action with certain arguments. Only steps that change the state
    count as taken, or as possible."""

    WEAK = "weak"  # a step, if one is possible from some time on without a break
    STRONG = "strong"  # a step, if one is possible again and again
