"""Verdicts that are kept between runs: an unchanged program with unchanged options is not decided again.

A key is a sum over the whole program, the options that decide what comes out, and every file of this evacheck that
takes part; so a changed model, option or evacheck has another key. Kept is what was decided; what a limit left open is
not. A trace is kept too, and the judge runs it again before anyone sees it. docs/reference/security.md says who can
write there. Decides nothing itself.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from checker import __file__ as _start
from checker import __version__, cache
from checker.check import check
from checker.contract.judge import judge
from checker.contract.task import Engine, Keeping, Outcome, Stats, Task
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.contract.wording import trace_of, word
from checker.errors import EngineBug, UsageError
from checker.ir.fingerprint import Unfit, fingerprint
from checker.ir.nodes import Program
from checker.signals import undisturbed
from counterexamples.itf import traces

WORTH_SECONDS = 0.1
"""What was decided sooner is not kept: it is decided again as fast as it is looked up."""

_KEPT_ENGINES = ("auto", "explicit", "bmc", "induction", "reference")
"""Of the others, `all` compares engines and `walk` decides nothing."""

_OTHERS = (("llvmlite", "llvmlite"), ("z3", "z3_solver"), ("networkx", "networkx"))
"""Modules that take part in deciding, and their packages."""

_LOG = logging.getLogger("evacheck")
_KINDS: Mapping[str, type[Verdict]] = {
    kind.__name__: kind for kind in (Proved, Exhausted, Bounded, Violated, Witnessed, Unreachable, Unknown)
}


def forbidden() -> bool:
    """Whether EVACHECK_FRESH says that nothing kept is believed, and nothing kept: for tests of evacheck itself."""
    return bool(os.environ.get("EVACHECK_FRESH"))


def decide(task: Task, engine: Engine, fresh: bool) -> Outcome:
    """What `check` gives; or what it gave before, with `kept_seconds` set, unless it is to be decided anew, or the task
    asks for more than verdicts."""
    can_be_kept = not forbidden() and _can_be_kept(task, engine)
    if can_be_kept and not fresh:
        known = _read(task, _key(task, engine))
        if known is not None:
            return known
    outcome = check(task, engine)
    if can_be_kept and outcome.stats.seconds >= WORTH_SECONDS and is_settled(outcome, task.keep_going):
        key = _key(task, engine)
        if key is not None:
            cache.write(cache.place("verdicts"), key, _text(task.program, outcome).encode())
    return outcome


def is_settled(outcome: Outcome, keep_going: bool) -> bool:
    """Whether an outcome is the same whenever it is asked for: no limit ended it, and all is decided, or was left open
    because something is violated and nobody asked to go on."""
    every = [verdict for part in (outcome, *outcome.parts) for verdict in part.verdicts.values()]
    if outcome.stopped is not None or any(isinstance(each, Sampled) for each in every):
        return False
    if any(isinstance(each, Unknown) and each.not_inductive is not None for each in every):
        return False
    verdicts = outcome.verdicts.values()
    ends = not keep_going and any(isinstance(each, Violated) for each in verdicts)
    return ends or not any(isinstance(each, (Bounded, Unknown)) for each in verdicts)


@lru_cache(maxsize=1)
def release() -> str:
    """A sum over all that decides, besides program and options: this evacheck's files, Python, LLVM, Z3."""
    total = hashlib.sha256()
    home = Path(_start).parent.parent
    for folder in ("checker", "counterexamples"):
        for path in sorted((home / folder).rglob("*.py")):
            content = path.read_bytes()
            total.update(f"{path.relative_to(home)}\0{len(content)}\0".encode() + content)
    others = [_version(*each) for each in _OTHERS]
    total.update("\0".join((__version__, sys.version, *others)).encode())
    return total.hexdigest()


def _version(module: str, package: str) -> str:
    """The version of an installed package, as its folder says it: asking Python for it takes longer than a model."""
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        return "none"
    said = sorted(path.name for path in Path(spec.origin).parent.parent.glob(f"{package}-*.dist-info"))
    return " ".join(said) or hashlib.sha256(Path(spec.origin).read_bytes()).hexdigest()


def _can_be_kept(task: Task, engine: Engine) -> bool:
    """Whether the task asks for verdicts alone, of all states."""
    limits = task.budget.max_states is not None or task.budget.max_depth is not None
    elsewhere = task.keeping != Keeping() or task.cluster is not None
    return engine.name in _KEPT_ENGINES and not (limits or task.certify or task.view or elsewhere)


def _key(task: Task, engine: Engine) -> str | None:
    try:
        program = fingerprint(task.program)
    except Unfit:
        return None
    how = (task.keep_going, task.first_only, task.reduce, task.reduce_late)
    asked = (program, engine.name, task.properties, how, release())
    return hashlib.sha256(repr(asked).encode()).hexdigest()


def _read(task: Task, key: str | None) -> Outcome | None:
    """What is kept under a key, judged; None if there is nothing, or it does not hold up."""
    began = time.monotonic()
    body = None if key is None else cache.read(cache.place("verdicts"), key)
    if body is None:
        return None
    try:
        outcome = _outcome(task.program, json.loads(body))
        with undisturbed():
            for part in outcome.parts:
                judge(replace(task, properties=tuple(part.verdicts)), part)
            judge(task, outcome)
    except (EngineBug, UsageError) as error:
        _LOG.warning("evacheck: a verdict that was kept does not hold up, and is decided anew: %s", error)
        return None
    took = time.monotonic() - (began if task.budget.since is None else task.budget.since)
    stats = replace(outcome.stats, seconds=took, compile_seconds=0.0)  # nothing was compiled this time
    return replace(outcome, kept_seconds=outcome.stats.seconds, stats=stats)


def _text(program: Program, outcome: Outcome) -> str:
    return json.dumps(_data(program, outcome), ensure_ascii=False)


def _data(program: Program, outcome: Outcome) -> dict[str, Any]:
    return {
        "engines": list(outcome.engines),
        "verdicts": {name: _of_verdict(program, name, verdict) for name, verdict in outcome.verdicts.items()},
        "stats": {each.name: getattr(outcome.stats, each.name) for each in fields(Stats)},
        "stopped": outcome.stopped,
        "parts": [_data(program, part) for part in outcome.parts],
        "notes": list(outcome.notes),
    }


def _of_verdict(program: Program, name: str, verdict: Verdict) -> dict[str, Any]:
    trace = trace_of(verdict)
    kind = {"kind": type(verdict).__name__}
    if trace is not None:
        meta = traces.Meta(program.model, name, word(verdict), "", __version__)
        return {**kind, "trace": traces.dump(program, trace, meta)}
    return {**kind, **{each.name: getattr(verdict, each.name) for each in fields(verdict)}}


def _outcome(program: Program, data: dict[str, Any]) -> Outcome:
    return Outcome(
        tuple(data["engines"]),
        {name: _verdict(program, each) for name, each in data["verdicts"].items()},
        Stats(**data["stats"]),
        data["stopped"],
        parts=tuple(_outcome(program, part) for part in data["parts"]),
        notes=tuple(data["notes"]),
    )


def _verdict(program: Program, data: dict[str, Any]) -> Verdict:
    kind: Any = _KINDS[data["kind"]]
    made: Verdict
    if "trace" in data:
        made = kind(traces.parse(program, data["trace"], "a verdict that was kept"))
        return made
    given = {name: tuple(each) if isinstance(each, list) else each for name, each in data.items() if name != "kind"}
    made = kind(**given)
    return made
