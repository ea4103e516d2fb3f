"""The option of `evacheck verify` that spreads a search: --cluster. Prints nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any

import typer

from checker.commands.keeping import keeping
from checker.commands.options import cores
from checker.contract.task import Cluster
from checker.errors import UsageError

OnCluster = Annotated[
    str | None, typer.Option("--cluster", metavar="local:N|ADDRESS", help="Spread the search, by Ray: here, or there.")
]

ENGINE = "explicit"
"""The engine that spreads; `auto` leaves the choice to us."""

_MOST_PARTS = 1024
"""Parts on one machine: more than it has cores is for trying things out."""


def cluster_of(text: str | None, engine: str, one: bool, workers: int | None) -> tuple[Cluster | None, str]:
    """What --cluster says, and the engine that does it. Raises UsageError U008 for what cannot be read or does not go
    together; `one`: a single model is checked."""
    if text is None:
        return None, engine
    if not one:
        raise UsageError("U008", "--cluster goes with one model", f"Name one: evacheck verify MODEL --cluster {text}")
    if engine not in ("auto", ENGINE):
        remedy = f"Leave --engine out: the engine '{ENGINE}' spreads a search."
        raise UsageError("U008", f"--cluster does not go with --engine {engine}", remedy)
    here = re.fullmatch(r"(local|inside):([0-9]{1,6})", text)
    if here is None:
        if not re.fullmatch(r"auto|(ray://)?[A-Za-z0-9_.\-\[\]:]+:[0-9]{1,5}", text):
            remedy = "Write it like local:4, or like 10.0.0.1:6379, where `ray start --head` said it is."
            raise UsageError("U008", f"--cluster {text} is no cluster", remedy)
        return Cluster(address=text, threads=workers), ENGINE
    parts = int(here[2])
    if not 1 <= parts <= _MOST_PARTS:
        raise UsageError("U008", f"--cluster {text}: not 1 to {_MOST_PARTS:,} parts", "Write it like local:4.")
    inside = here[1] == "inside"
    return Cluster(parts, threads=workers or max(1, cores() // parts), inside=inside), ENGINE


def where_states_go(
    engine: str,
    one: bool,
    kept: tuple[Path | None, str | None, Path | None, Path | None],
    spread: str | None,
    workers: int | None,
) -> tuple[dict[str, Any], str]:
    """Where states go, and the engine that puts them there."""
    folders, engine = keeping(engine, one, *kept)
    cluster, engine = cluster_of(spread, engine, one, workers)
    return {"keeping": folders, "cluster": cluster}, engine
