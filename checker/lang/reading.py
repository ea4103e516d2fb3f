"""What reading a function of a model gives, before a Program is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from checker.errors import Problem, Span
from checker.lang import ir
from checker.lang.model import Method
from checker.lang.scope import Scope
from checker.lang.source import Source


@dataclass
class Instance:
    """A function that has been read, with its mistakes and the helpers that it calls."""

    function: ir.Function
    problems: list[Problem]
    hollow: list[Span]
    called: set[str]


@dataclass(frozen=True)
class Sequential:
    """A process that has been read: its blocks, which are merged once it is known what properties ask about them."""

    method: Method
    source: Source
    scope: Scope
    index: ir.Parameter | None


@dataclass
class Read:
    """What reading the whole model gave."""

    problems: list[Problem] = field(default_factory=list)
    hollow: list[Span] = field(default_factory=list)  # expressions without a value, for which no mistake was found
    called: set[str] = field(default_factory=set)
