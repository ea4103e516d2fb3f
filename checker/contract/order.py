"""Why a temporal property holds of every fair behaviour, as plain data. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.contract.lasso import Thing
from checker.ir.types import Value

Path = tuple[int, ...]

Place = int | tuple[int, int]
"""A state, by its number from 1 on; of a formula, with what is true in it of the time to come: a bit for each `until`
of the formula, the first is the least."""


@dataclass(frozen=True, slots=True)
class Order:
    """For one property and values of its parameters: `paths` of places, and what each group `denies`: a group is named
    by the numbers that its paths begin with. It denies something fair; or, of a formula, what one of its `until`s waits
    for, by its number; None denies nothing. What is to be so of it is said where it is checked
    (`checker.certificates.fair_orders`)."""

    name: str
    arguments: tuple[Value, ...]
    paths: Mapping[Place, Path]
    denies: Mapping[Path, Thing | int | None]
