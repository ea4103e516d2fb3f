"""What reading a function of a model gives, before a Program is made of it."""

from __future__ import annotations

from dataclasses import dataclass

from checker.errors import Problem, Span
from checker.frontend.scope import Scope
from checker.ir import nodes as ir
from checker.lang.model import Method
from checker.source import Source


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
