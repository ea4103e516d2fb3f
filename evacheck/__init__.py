"""Write an algorithm as a small state machine, and decide whether it can go wrong.

    from evacheck import Array, Bool, Model, Range, Var, always, process

    import evacheck as ev

    ev.verify(Counter(threads=2), time=60).check()

The language is what a model is written with. `verify` decides its properties, `graph` draws its states, `load_trace`
and `replay` read a counterexample from a file, `keep` holds one in a test, `machine` makes a Hypothesis state machine.
Everything else is private.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from checker.errors import EvacheckError, ModelError, UsageError
    from checker.lang import (
        Array,
        Bool,
        Cell,
        Model,
        Opt,
        Param,
        Picture,
        Range,
        Record,
        Seq,
        SetOf,
        Var,
        action,
        always,
        always_eventually,
        assumption,
        choose,
        constraint,
        event,
        eventually,
        eventually_always,
        final,
        implements,
        implies,
        leads_to,
        lemma,
        process,
        rank,
        release,
        require,
        sometimes,
        step,
        temporal,
        until,
        weak_until,
    )
    from counterexamples.corpus.regression import keep
    from evacheck.checking import CheckFailed, Result, machine, verify
    from evacheck.drawing import Drawing
    from evacheck.states import StateGraph, graph
    from evacheck.traces import LoadedTrace, load_trace, replay

__all__ = [
    "Array",
    "Bool",
    "Cell",
    "CheckFailed",
    "Drawing",
    "EvacheckError",
    "LoadedTrace",
    "Model",
    "ModelError",
    "Opt",
    "Param",
    "Picture",
    "Range",
    "Record",
    "Result",
    "Seq",
    "SetOf",
    "StateGraph",
    "UsageError",
    "Var",
    "action",
    "always",
    "always_eventually",
    "assumption",
    "choose",
    "constraint",
    "event",
    "eventually",
    "eventually_always",
    "final",
    "graph",
    "implements",
    "implies",
    "keep",
    "leads_to",
    "lemma",
    "load_trace",
    "machine",
    "process",
    "rank",
    "release",
    "replay",
    "require",
    "sometimes",
    "step",
    "temporal",
    "until",
    "verify",
    "weak_until",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'evacheck' has no attribute {name!r}", name=name, obj=sys.modules[__name__])
    return getattr(_home(name), name)


def _home(name: str) -> ModuleType:
    """The module that a name comes from. Only what is asked for is imported: the command starts here too."""
    match name:
        case "CheckFailed" | "Result" | "machine" | "verify":
            from evacheck import checking  # noqa: PLC0415

            return checking
        case "Drawing":
            from evacheck import drawing  # noqa: PLC0415

            return drawing
        case "StateGraph" | "graph":
            from evacheck import states  # noqa: PLC0415

            return states
        case "LoadedTrace" | "load_trace" | "replay":
            from evacheck import traces  # noqa: PLC0415

            return traces
        case "keep":
            from counterexamples.corpus import regression  # noqa: PLC0415

            return regression
        case "EvacheckError" | "ModelError" | "UsageError":
            from checker import errors  # noqa: PLC0415

            return errors
        case _:
            from checker import lang  # noqa: PLC0415

            return lang
