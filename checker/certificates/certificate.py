"""Write what the verdicts of a run rest on into a folder, for `evacheck recheck` and for other tools to check again.

    manifest.json        what is claimed: model, parameters, those that were left open, each property with its verdict,
                         and every other file with its SHA-256
    program.txt          the program as text, with its parameters fixed: what the names in the obligations mean
    obligations/*.smt2   formulas in SMT-LIB 2 that all have to be unsatisfiable, for what is proved
    states.jsonl.gz      every reachable state, one on each line, for what is exhausted
    orders.jsonl.gz      why no fair behaviour violates a temporal property: an order of states for each, and for each
                         choice of values of its parameters

A state is a list of its variables' values, written as in ITF. Each is initial or follows from one before it. The same
verdicts give the same bytes. Decides nothing, and does not check what it writes beyond counting it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum
from pathlib import Path

from checker import files
from checker.contract.lasso import Thing
from checker.contract.order import Place
from checker.contract.task import Evidence, Obligation, Outcome
from checker.contract.verdict import Exhausted, Proved, Unreachable, Verdict
from checker.contract.wording import word
from checker.errors import EngineBug, UsageError
from checker.ir.nodes import Program
from checker.ir.printer import show_program
from checker.ir.types import Type, Value
from checker.semantics import State
from counterexamples.itf.encoding import encode

FORMAT = "evacheck certificate"
VERSION = 1
MANIFEST = "manifest.json"
PROGRAM = "program.txt"
STATES = "states.jsonl.gz"
ORDERS = "orders.jsonl.gz"
OBLIGATIONS = "obligations"
BETWEEN = ",\t"
"""What stands between two values of a state. No value holds a tab, so that a line can be cut without being parsed."""

BY_STATES = "states"
BY_ORDERS = "orders"
BY_OBLIGATIONS = "obligations"

_REMEMBERED = 4096
"""Texts of values kept for each variable: most states share most of their values."""

_REPORT_EVERY = 4096
"""States between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Written:
    """A certificate that now lies in `folder`: the properties it is for, and how much it holds."""

    folder: Path
    properties: tuple[str, ...]
    obligations: int
    states: int | None


def write(
    folder: Path,
    program: Program,
    model: str,
    outcome: Outcome,
    version: str,
    progress: Callable[[str], None] | None = None,
) -> Written | None:
    """Write a certificate; None, and nothing written, if the outcome has no evidence. `model` is what finds the model
    again. The manifest comes last, so that a folder without one is no certificate. Raises OSError, UsageError U010 if
    the folder holds something else, and EngineBug if the evidence does not fit the verdicts."""
    evidence = outcome.evidence
    if evidence is None or not (evidence.proved or evidence.exhausted):
        return None
    program = evidence.of or program
    expected = _confirm_fits(outcome, evidence)
    _make_empty(folder)
    files.write(folder / PROGRAM, show_program(program), folder)
    obligations = [_write_obligation(folder, at, each) for at, each in enumerate(evidence.obligations, start=1)]
    count = _write_states(folder / STATES, program, evidence, expected, progress) if evidence.exhausted else None
    ordered = _write_orders(folder / ORDERS, program, evidence) if evidence.ordered else None
    held = [*([] if count is None else [STATES]), *([] if ordered is None else [ORDERS])]
    names = [PROGRAM, *(str(item["file"]) for item in obligations), *held]
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "evacheck": version,
        "engine": outcome.engine,
        "model": model,
        "parameters": {
            name: program.parameter_types[name].show(value)
            for name, value in program.parameters.items()
            if name not in evidence.every
        },
        **({"every": list(evidence.every)} if evidence.every else {}),
        "program": fingerprint(program),
        "properties": {name: _claim(name, verdict, evidence) for name, verdict in outcome.verdicts.items()},
        "states": count,
        **({} if ordered is None else {"orders": ordered}),
        "obligations": obligations,
        "files": [describe(folder, name) for name in names],
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    files.write(folder / MANIFEST, text, folder)
    rests = (*evidence.proved, *evidence.exhausted, *evidence.ordered)
    certified = tuple(name for name in outcome.verdicts if name in rests)
    return Written(folder, certified, len(obligations), count)


def confirm_free(folder: Path) -> None:
    """Raises UsageError U010 if the folder holds anything but a certificate, or the beginning of one."""
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.name not in (MANIFEST, PROGRAM, STATES, ORDERS, OBLIGATIONS):
            remedy = "Name a new folder, or one that holds a certificate and nothing else: it is then replaced."
            raise UsageError("U010", f"{folder} holds {path.name}, which is no part of a certificate", remedy)


def fingerprint(program: Program) -> str:
    """A SHA-256 of everything that a program means, types included; places in the source and docstrings do not count.

    The printed text would not do: it leaves conversions out and names enums and records without what is in them."""
    digest = hashlib.sha256()
    for part in _parts(program):
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()


def describe(folder: Path, name: str) -> dict[str, object]:
    """What the manifest says of a file: its place below the folder, its size and its SHA-256."""
    with (folder / name).open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": name, "bytes": (folder / name).stat().st_size, "sha256": digest}


def _parts(node: object) -> Iterator[str]:
    """The tree below `node` as a flat row of texts that no other tree has."""
    if isinstance(node, Enum):
        yield f"{type(node).__name__}.{node.name}"
    elif is_dataclass(node):
        yield f"<{type(node).__name__}"
        for item in fields(node):
            if item.compare:
                yield from _parts(getattr(node, item.name))
        yield ">"
    elif isinstance(node, Mapping):
        yield from _parts(tuple(node.items()))
    elif isinstance(node, tuple):
        yield f"({len(node)}"
        for part in node:
            yield from _parts(part)
    elif isinstance(node, frozenset):
        yield from _parts(tuple(sorted("\0".join(_parts(part)) for part in node)))
    else:
        assert node is None or isinstance(node, (bool, int, str)), node
        yield f"{type(node).__name__} {node!r}"


def _confirm_fits(outcome: Outcome, evidence: Evidence) -> int | None:
    """How many states the verdicts speak of; None if none does. EngineBug if evidence and verdicts differ.

    Where several engines agreed, what one of them proved may rest on another's states, and the other way round."""

    def bug(problem: str) -> EngineBug:
        return EngineBug(f"engine '{outcome.engine}' gives evidence that does not fit its verdicts: {problem}")

    counts: set[int] = set()
    for name in (*evidence.exhausted, *evidence.proved, *evidence.ordered):
        match outcome.verdicts.get(name):
            case Exhausted(distinct) | Unreachable(int(distinct)):
                counts.add(distinct)
            case Proved() | Unreachable():
                pass
            case verdict:
                raise bug(f"it has some for '{name}', whose verdict is {verdict!r}")
    if evidence.proved and not evidence.obligations:
        raise bug("properties are proved without an obligation")
    if (evidence.exhausted or evidence.ordered) and evidence.states is None:
        raise bug("all states were visited, and there are none to write")
    if len(counts) > 1:
        raise bug(f"there are {' and '.join(str(count) for count in sorted(counts))} states")
    return next(iter(counts), None)


def _make_empty(folder: Path) -> None:
    """Have the folder, without the certificate that it may hold. Nothing else is removed."""
    confirm_free(folder)
    for name in (MANIFEST, PROGRAM, STATES, ORDERS):
        (folder / name).unlink(missing_ok=True)
    if (folder / OBLIGATIONS).is_symlink():
        (folder / OBLIGATIONS).unlink()
    if (folder / OBLIGATIONS).is_dir():
        shutil.rmtree(folder / OBLIGATIONS)
    folder.mkdir(parents=True, exist_ok=True)


def _claim(name: str, verdict: Verdict, evidence: Evidence) -> dict[str, object]:
    """What the manifest says of a property: the verdict in a word, and which parts of the certificate bear it."""
    rests = [BY_STATES] * (name in (*evidence.exhausted, *evidence.ordered)) + [BY_ORDERS] * (name in evidence.ordered)
    rests += [BY_OBLIGATIONS] * (name in evidence.proved)
    return {"verdict": word(verdict), "rests_on": rests}


def _write_obligation(folder: Path, number: int, obligation: Obligation) -> dict[str, object]:
    """Write one formula, with what it means above it, and return what the manifest says of it."""
    letters = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in obligation.name)
    path = folder / OBLIGATIONS / f"{number:03}-{letters[:60].strip('-')}.smt2"
    said = [f"{number:03} {obligation.name}", *obligation.meaning.splitlines(), "Expected: unsat."]
    header = "".join(f"; {line}\n" for line in said)
    files.write(path, f"{header}{obligation.formula.rstrip()}\n", folder)
    return {
        "file": path.relative_to(folder).as_posix(),
        "name": obligation.name,
        "meaning": obligation.meaning,
    }


def _write_states(
    path: Path, program: Program, evidence: Evidence, expected: int | None, progress: Callable[[str], None] | None
) -> int:
    """Write all states, one on each line; how many there are. EngineBug if the verdicts say otherwise."""
    assert evidence.states is not None
    number = 0
    # No name and no time in the file: the same states give the same bytes.
    with files.writing(path, path.parent) as raw, gzip.GzipFile("", "wb", 4, raw, mtime=0) as packed:
        for line in _lines(program, evidence.states()):
            packed.write(line)
            number += 1
            if progress is not None and number % _REPORT_EVERY == 0:
                progress(f"  certificate: {number:,} states written")
    if expected not in (None, number):
        path.unlink()
        raise EngineBug(f"the evidence holds {number:,} states, and the verdicts say {expected:,}")
    return number


def _write_orders(path: Path, program: Program, evidence: Evidence) -> int:
    """Write all orders, one on each line; how many there are."""
    assert evidence.orders is not None
    number = 0
    with files.writing(path, path.parent) as raw, gzip.GzipFile("", "wb", 4, raw, mtime=0) as packed:
        for order in evidence.orders():
            temporal = next(each for each in program.temporal if each.name == order.name)
            kinds = [each.type for each in temporal.function.parameters]
            data = {
                "property": order.name,
                "arguments": _encoded(kinds, order.arguments),
                "denies": [[list(at), _thing(program, thing)] for at, thing in order.denies.items()],
                "paths": sorted([*_numbers(place), *path] for place, path in order.paths.items()),
            }
            packed.write((json.dumps(data, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
            number += 1
    return number


def _numbers(place: Place) -> tuple[int, ...]:
    return place if isinstance(place, tuple) else (place,)


def _thing(program: Program, thing: Thing | int | None) -> list[object] | int | None:
    """What is denied, as the orders name it: a process or an action, with its arguments; an `until` by its number."""
    if not isinstance(thing, tuple):
        return thing
    name, arguments = thing
    action = next((each for each in program.actions if each.name == name), None)
    if action is not None:
        return [name, _encoded([each.type for each in action.parameters], arguments)]
    index = next(each.index for each in program.processes if each.name == name)
    return [name, _encoded([] if index is None else [index.type], arguments)]


def _encoded(kinds: Sequence[Type], values: Sequence[Value]) -> list[object]:
    return [encode(kind, value) for kind, value in zip(kinds, values, strict=True)]


def _lines(program: Program, states: Iterator[State]) -> Iterator[bytes]:
    texts = [_texts(declared.type) for declared in program.variables]
    for state in states:
        row = BETWEEN.join([text(value) for text, value in zip(texts, state, strict=True)])
        yield f"[{row}]\n".encode()


def _texts(kind: Type) -> Callable[[Value], str]:
    """How values of a type are written; texts made before are remembered. True and 1, equal in Python, never share a
    type."""
    known: dict[Value, str] = {}

    def text(value: Value) -> str:
        found = known.get(value)
        if found is None:
            found = json.dumps(encode(kind, value), ensure_ascii=False, separators=(",", ":"))
            if len(known) == _REMEMBERED:
                known.clear()
            known[value] = found
        return found

    return text
