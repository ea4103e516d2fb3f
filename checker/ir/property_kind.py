"""The kinds of properties, and what is so of each: whoever asks reads it here, so that a new kind is said once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never


@dataclass(frozen=True, slots=True)
class Traits:
    """What is so of every property of a kind. `asked`: it can be named when a model is checked; `by_default`: it is
    checked when none is named. `witnessed`: a trace shows that it happens, in a state where it is true; else that it is
    violated, in one where it is false. `everywhere`: whoever asks for no_failure evaluates it in every state.
    `invariant`: it claims to be true in every reachable state, so that induction can prove it."""

    asked: bool
    by_default: bool
    witnessed: bool
    everywhere: bool
    invariant: bool


class PropertyKind(StrEnum):
    """What a property claims."""

    ALWAYS = "always"
    LEMMA = "lemma"  # as ALWAYS; helps to prove others, and is looked at only for that, or when asked for by name
    SOMETIMES = "sometimes"
    FINAL = "final"  # states in which it is right that nothing can happen
    CONSTRAINT = "constraint"  # states beyond which nothing is looked at, where it is false
    STEP = "step"  # of a step that changes something: it speaks of the states before and after it
    IMPLEMENTS = "implements"  # every step is one of another program, or changes nothing there; so are initial states

    @property
    def traits(self) -> Traits:
        """What is so of every property of this kind."""
        match self:
            case PropertyKind.ALWAYS:
                return Traits(asked=True, by_default=True, witnessed=False, everywhere=True, invariant=True)
            case PropertyKind.LEMMA:
                return Traits(asked=True, by_default=False, witnessed=False, everywhere=False, invariant=True)
            case PropertyKind.SOMETIMES:
                return Traits(asked=True, by_default=True, witnessed=True, everywhere=True, invariant=False)
            case PropertyKind.FINAL | PropertyKind.CONSTRAINT:
                return Traits(asked=False, by_default=False, witnessed=False, everywhere=False, invariant=False)
            case PropertyKind.STEP | PropertyKind.IMPLEMENTS:
                return Traits(asked=True, by_default=True, witnessed=False, everywhere=False, invariant=False)
            case _:
                assert_never(self)
