"""Write an algorithm as a small state machine, and decide whether it can go wrong.

    from evacheck import Array, Bool, Model, Range, Var, always, process

    import evacheck as ev

    ev.verify(Counter(threads=2), time=60).check()

The language is what a model is written with. `verify` decides its properties, `load_trace` and `replay` read a
counterexample from a file, `keep` holds one in a test, `machine` makes a Hypothesis state machine. Everything else is
private.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

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
    choose,
    final,
    lemma,
    process,
    require,
    sometimes,
)

if TYPE_CHECKING:
    from checker.errors import EvacheckError, ModelError, UsageError
    from counterexamples.corpus.regression import keep
    from evacheck.checking import CheckFailed, Result, machine, verify
    from evacheck.traces import LoadedTrace, load_trace, replay

__all__ = [
    "Array",
    "Bool",
    "Cell",
    "CheckFailed",
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
    "UsageError",
    "Var",
    "action",
    "always",
    "choose",
    "final",
    "keep",
    "lemma",
    "load_trace",
    "machine",
    "process",
    "replay",
    "require",
    "sometimes",
    "verify",
]

_ELSEWHERE = {
    **dict.fromkeys(("CheckFailed", "Result", "machine", "verify"), "evacheck.checking"),
    **dict.fromkeys(("LoadedTrace", "load_trace", "replay"), "evacheck.traces"),
    "keep": "counterexamples.corpus.regression",
    **dict.fromkeys(("EvacheckError", "ModelError", "UsageError"), "checker.errors"),
}
"""What a model does not need, and what takes longer to import than a model takes to read."""


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module 'evacheck' has no attribute {name!r}", name=name, obj=sys.modules[__name__])
    return getattr(importlib.import_module(_ELSEWHERE[name]), name)
