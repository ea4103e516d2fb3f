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
from checker.lang.picture import Cell, Picture

__all__ = [
    "Array",
    "Bool",
    "Cell",
    "Model",
    "Opt",
    "Param",
    "Picture",
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
