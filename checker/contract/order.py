"""Why a temporal property holds of every fair behaviour, as plain data. Judges nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from checker.contract.lasso import Thing
from checker.ir.types import Value

Path = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Order:
    """For one property and values of its parameters: `paths` of states, by their numbers from 1 on, and what each group
    `denies`: a group is named by the numbers that its paths begin with, and None denies nothing. What is to be so of it
    is said where it is checked (`checker.certificates.fair_orders`)."""

    name: str
    arguments: tuple[Value, ...]
    paths: Mapping[int, Path]
    denies: Mapping[Path, Thing | None]
