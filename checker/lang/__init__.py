"""The modelling language: everything that a model imports."""

from checker.lang.declare import (
    Array,
    Bool,
    Opt,
    Param,
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
from checker.lang.model import Model

__all__ = [
    "Array",
    "Bool",
    "Model",
    "Opt",
    "Param",
    "Range",
    "Record",
    "Seq",
    "SetOf",
    "Var",
    "action",
    "always",
    "choose",
    "final",
    "lemma",
    "process",
    "require",
    "sometimes",
]
