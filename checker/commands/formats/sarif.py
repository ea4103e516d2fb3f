"""Verdicts as SARIF 2.1.0 (OASIS, 2020), which GitHub and editors read: a result for each property that is violated or
open, and the steps of its counterexample as a code flow, with the lines that ran.

A property that holds is a rule without a result: GitHub shows every result as a fault.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from checker import __version__
from checker.commands.formats.told import Mood, Passage, Reported, conclusion, passages, title, told
from checker.commands.run import Checked, Files, shown_parameters, to_json
from checker.contract.wording import Status, overall, word
from checker.errors import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
ROOT = "%SRCROOT%"
"""What relative paths are relative to: the folder that the command ran in, which has to be that of the repository."""


def sarif(run: Checked, written: Files) -> str:
    """One log with one run."""
    properties = told(run, written)
    results = [_result(run, number, each) for number, each in enumerate(properties) if each.mood is not Mood.GOOD]
    return log([_rule(each) for each in properties], results, overall(run.outcome))


def log(rules: list[dict[str, Any]], results: list[dict[str, Any]], status: Status) -> str:
    """A log of one run that ended with a status."""
    driver = {"name": "evacheck", "version": __version__, "semanticVersion": __version__, "rules": rules}
    found = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": status != Status.MODEL, "exitCode": int(status)}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    return to_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [found]})


def _rule(each: Reported) -> dict[str, Any]:
    said = each.doc or each.name
    return {"id": each.name, "name": each.name, "shortDescription": {"text": said}, "fullDescription": {"text": said}}


def _result(run: Checked, number: int, each: Reported) -> dict[str, Any]:
    open_ = each.mood is Mood.OPEN
    model = title(run)
    said = f"{model}: {each.name} {each.sentence}"
    if each.trace is not None:
        said += f"\n{conclusion(run, each)}"
    about = {"fullyQualifiedName": f"{run.request.model}.{each.name}", "kind": "function"}
    print_ = hashlib.sha256(f"{model} {each.name}".encode()).hexdigest()
    found: dict[str, Any] = {
        "ruleId": each.name,
        "ruleIndex": number,
        "kind": "open" if open_ else "fail",
        "level": "none" if open_ else "error",
        "message": {"text": said},
        "locations": [{**place_of(each.place), "logicalLocations": [about]}],
        "partialFingerprints": {"modelAndProperty/v1": print_},
        "properties": {"verdict": word(each.verdict), "parameters": shown_parameters(run.program)},
    }
    if each.trace is not None:
        flow = list(_steps(passages(run.program, each.trace, each.name)))
        found["codeFlows"] = [{"message": {"text": each.sentence}, "threadFlows": [{"locations": flow}]}]
    return found


def _steps(passed: list[Passage]) -> Iterator[dict[str, Any]]:
    """Each state of a trace as a place in the code: the first line that ran."""
    for number, each in enumerate(passed, 1):
        changes = "; ".join(f"{subject} {text}" for subject, text in each.changes)
        said = f"{number}  {each.title}" + (f": {changes}" if changes else "")
        place = {**place_of(each.lines[0] if each.lines else None), "message": {"text": said}}
        state = {"state": {name: {"text": text} for name, text in each.changes}} if each.changes else {}
        yield {"location": place, "executionOrder": number, "importance": "essential", **state}


def place_of(span: Span | None) -> dict[str, Any]:
    """A place in a file, as a location has it."""
    if span is None:
        return {}
    path = Path(span.file)
    where = {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(path.as_posix()), "uriBaseId": ROOT}
    region = {"startLine": span.line, "startColumn": span.column}
    return {"physicalLocation": {"artifactLocation": where, "region": region}}
