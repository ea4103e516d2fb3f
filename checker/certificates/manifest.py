"""Read what the manifest of a certificate claims. Decides none of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from checker.certificates.certificate import (
    BY_OBLIGATIONS,
    BY_ORDERS,
    BY_STATES,
    FORMAT,
    MANIFEST,
    ORDERS,
    PROGRAM,
    STATES,
    VERSION,
)
from checker.errors import UsageError

REMEDY = "Give the folder that `evacheck verify MODEL --certificate DIR` wrote."


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a manifest says. `rests_on` gives for each certified property the kinds of evidence that bear it, `verdicts`
    the word for its verdict; `others` are the properties that the certificate is not for, with theirs."""

    folder: Path
    model: str
    parameters: Mapping[str, str]
    program: str
    rests_on: Mapping[str, tuple[str, ...]]
    verdicts: Mapping[str, str]
    others: Mapping[str, str]
    states: int | None
    obligations: tuple[str, ...]
    named: tuple[str, ...]
    files: Mapping[str, str] = field(repr=False)
    every: tuple[str, ...] = ()
    orders: int | None = None

    @property
    def exhausted(self) -> tuple[str, ...]:
        """The properties that rest on what is so in each of the states."""
        return tuple(name for name, kinds in self.rests_on.items() if BY_STATES in kinds and name not in self.ordered)

    @property
    def ordered(self) -> tuple[str, ...]:
        """The temporal properties, which rest on orders of the states."""
        return tuple(name for name, kinds in self.rests_on.items() if BY_ORDERS in kinds)


def read(folder: Path) -> Certificate:
    """The certificate in a folder. Raises UsageError U014 if there is none, or none that can be understood."""
    path = folder / MANIFEST
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UsageError("U014", f"{folder} holds no certificate: there is no {MANIFEST}", REMEDY) from None
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError("U014", f"{path} cannot be read: {error}", REMEDY) from None
    try:
        return _certificate(folder, data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        problem = f"{path} is not a manifest of version {VERSION}: {type(error).__name__}: {error}"
        raise UsageError("U014", problem, REMEDY) from None


def _certificate(folder: Path, data: dict[str, Any]) -> Certificate:
    """The manifest's JSON, read. Raises what Python does where it has another form, and ValueError."""
    if data["format"] != FORMAT or data["version"] != VERSION:
        raise ValueError(f"it says {data['format']!r}, version {data['version']!r}")
    claims = {str(name): (str(each["verdict"]), tuple(each["rests_on"])) for name, each in data["properties"].items()}
    if not any(kinds for _, kinds in claims.values()):
        raise ValueError("it certifies nothing")
    for name, (_, kinds) in claims.items():
        if not set(kinds) <= {BY_STATES, BY_ORDERS, BY_OBLIGATIONS} or (BY_ORDERS in kinds and BY_STATES not in kinds):
            raise ValueError(f"{name!r} rests on {kinds}")
    files = {str(each["file"]): str(each["sha256"]) for each in data["files"]}
    obligations = tuple(str(each["file"]) for each in data["obligations"])
    states = data["states"]
    if not (states is None or isinstance(states, int)):
        raise ValueError(f"it says that there are {states!r} states")
    orders = data.get("orders")
    if not (orders is None or isinstance(orders, int)):
        raise ValueError(f"it says that there are {orders!r} orders")
    held = [name for name, there in ((STATES, states), (ORDERS, orders)) if there is not None]
    needed = {PROGRAM, *obligations, *held}
    for name in (*needed, *files):
        if name not in files or name not in needed:
            raise ValueError(f"{name!r} is in one of its lists and not in the other")
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ValueError(f"{name!r} lies outside the certificate")
    rests = {kind for _, kinds in claims.values() for kind in kinds}
    there = {BY_STATES: states is not None, BY_ORDERS: orders is not None, BY_OBLIGATIONS: bool(obligations)}
    if any((kind in rests) != held for kind, held in there.items()):
        raise ValueError("what its properties rest on is not what it holds")
    if states is not None and data.get("every"):
        raise ValueError("states are of one size, and it is for every size")
    return Certificate(
        folder,
        str(data["model"]),
        {str(name): str(text) for name, text in data["parameters"].items()},
        str(data["program"]),
        {name: kinds for name, (_, kinds) in claims.items() if kinds},
        {name: verdict for name, (verdict, kinds) in claims.items() if kinds},
        {name: verdict for name, (verdict, kinds) in claims.items() if not kinds},
        states,
        obligations,
        tuple(str(each["name"]) for each in data["obligations"]),
        files,
        tuple(str(each) for each in data.get("every", ())),
        orders,
    )
