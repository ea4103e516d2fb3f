"""What is said of whole behaviours: the marks of temporal properties, and what the formula of a `@temporal` is made of.
In a formula the marks stand as operators, too. Compiled, never called.
"""

from __future__ import annotations

from typing import Any

from checker.errors import ModelError, Problem
from checker.lang.declare import Mark, MarkKind, Method, brief, put_mark


def eventually(method: Any) -> Any:
    """Must become true at some time in every fair behaviour, for all values of its parameters. In a formula: is true
    now or at some time to come."""
    return put_mark(method, Mark(MarkKind.EVENTUALLY))


def leads_to(method: Any, then: Any = None) -> Any:
    """Returns a pair: whenever the first is true, the second must be true then or later, for all values of its
    parameters. In a formula it takes the two: `leads_to(p, q)`."""
    if then is not None:
        raise NotImplementedError("leads_to(p, q) is compiled, not called: check the model with `evacheck verify`")
    return put_mark(method, Mark(MarkKind.LEADS_TO))


def always_eventually(method: Any) -> Any:
    """Must be true again and again in every fair behaviour, for all values of its parameters. In a formula:
    `always(eventually(p))`."""
    return put_mark(method, Mark(MarkKind.ALWAYS_EVENTUALLY))


def eventually_always(method: Any) -> Any:
    """Must be true from some time on for ever, in every fair behaviour, for all values of its parameters. In a formula:
    `eventually(always(p))`."""
    return put_mark(method, Mark(MarkKind.EVENTUALLY_ALWAYS))


def rank(of: Any) -> Any:
    """Proves the temporal property of this name, by `--engine induction`: a number, or a tuple of numbers, that no step
    raises where the property is owed, and something fair lowers. It takes what that takes. None: nothing is owed."""
    if not isinstance(of, str):
        remedy = 'Write @rank("served") for the rank of the property `served`.'
        raise ModelError([Problem("E206", None, f"@rank is given {brief(of)}, not the name of a property", remedy)])
    return lambda method: put_mark(method, Mark(MarkKind.RANK, of=of))


def temporal(method: Method) -> Method:
    """Returns a formula that must be true of every fair behaviour, for all values of its parameters: conditions, joined
    by `always`, `eventually`, `until`, `implies`, and by not, and, or."""
    return put_mark(method, Mark(MarkKind.TEMPORAL))


def until(first: Any, then: Any) -> Any:
    """In a formula: `then` becomes true at some time, and up to that time `first` is true."""
    raise NotImplementedError(_COMPILED.format("until"))


def weak_until(first: Any, then: Any) -> Any:
    """In a formula: as `until`, or `first` is true for ever."""
    raise NotImplementedError(_COMPILED.format("weak_until"))


def release(first: Any, then: Any) -> Any:
    """In a formula: `then` is true up to the time when `first` is, including it; for ever, if that never comes."""
    raise NotImplementedError(_COMPILED.format("release"))


def implies(first: Any, then: Any) -> Any:
    """If `first` is true, so is `then`: `not first or then`. In a formula, and in any condition."""
    raise NotImplementedError(_COMPILED.format("implies"))


_COMPILED = "{} is compiled, not called: check the model with `evacheck verify`"
