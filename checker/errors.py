"""Say what a user did wrong: code, place, problem, remedy. Decides nothing; every other module may import it.

A `Problem` is data. `ModelError` carries all the problems of one model at once; `UsageError` is a mistake on the
command line. Neither is ever shown as a traceback. The catalogue of codes is in `checker.codes`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A place in a source file. Lines count from 1, columns from 1 (as editors show them)."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `code` is a key of `checker.codes.CODES`; `remedy` says what to write instead."""

    code: str
    span: Span | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.span}: " if self.span else ""
        return f"{place}{self.code} {self.problem}\n    {self.remedy}"


def nearest(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """What of `known` was probably meant by `name`; None if nothing is like it."""
    return next(iter(difflib.get_close_matches(name, list(known), 1, cutoff)), None)


def did_you_mean(near: object | None, otherwise: str) -> str:
    """The remedy where a name stands for nothing: what was probably meant, or else what to do."""
    return otherwise if near is None else f"Did you mean `{near}`?"


class EvacheckError(Exception):
    """Base of every error that a user can cause or must hear of."""


class ModelError(EvacheckError):
    """The model is outside the language, or cannot be loaded. All its problems at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(EvacheckError):
    """The command line asks for something that does not exist or does not fit; `span` is the place that says so."""

    def __init__(self, code: str, problem: str, remedy: str, span: Span | None = None) -> None:
        self.problem = Problem(code, span, problem, remedy)
        super().__init__(str(self.problem))


class AssumptionError(UsageError):
    """The parameters are not what the model assumes of them (U025)."""


class EngineBug(EvacheckError):  # the word users see
    """An engine reported what the judge cannot confirm. Names the engine and the step; never the user's fault."""


def unknown_name(code: str, problem: str, name: str, known: Iterable[str]) -> UsageError:
    """The error for a name that stands for nothing; the remedy is the nearest of those `known`, or all of them."""
    there = list(known)
    return UsageError(code, problem, did_you_mean(nearest(name, there), f"There are: {', '.join(there)}."))
