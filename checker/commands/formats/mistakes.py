"""The mistakes of a model that cannot be checked, for those formats whose readers would else see nothing: SARIF, JUnit,
GitHub's annotations. Nothing was decided then.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from xml.etree import ElementTree as Xml

from checker.codes import CODES
from checker.commands.formats.github import annotation
from checker.commands.formats.junit import document
from checker.commands.formats.sarif import log, place_of
from checker.contract.wording import Status
from checker.errors import Problem


def sarif(model: str, problems: Sequence[Problem]) -> str:
    """A log whose rules are the codes, with a result for each mistake."""
    codes = list(dict.fromkeys(each.code for each in problems))
    rules = [_rule(code) for code in codes]
    results = [
        {
            "ruleId": each.code,
            "ruleIndex": codes.index(each.code),
            "kind": "fail",
            "level": "error",
            "message": {"text": f"{model}: {each.problem}\n{each.remedy}"},
            "locations": [place_of(each.span)],
        }
        for each in problems
    ]
    return log(rules, results, Status.MODEL)


def _rule(code: str) -> dict[str, Any]:
    known = CODES.get(code)
    texts = (code, code) if known is None else (known.title, known.explanation)
    return {"id": code, "shortDescription": {"text": texts[0]}, "fullDescription": {"text": texts[1]}}


def junit(model: str, problems: Sequence[Problem]) -> str:
    """A suite of one test, that the model can be read, which is an error."""
    counts = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    case = Xml.Element("testcase", {"name": "the model can be read", "classname": model, "time": "0"})
    error = Xml.SubElement(case, "error", {"message": problems[0].problem, "type": problems[0].code})
    error.text = "\n".join(map(str, problems))
    return document(model, counts, "0", [case])


def github(model: str, problems: Sequence[Problem]) -> str:
    """A line for each mistake."""
    lines = [annotation(each.span, each.code, f"{model}: {each.problem}\n{each.remedy}") for each in problems]
    return "\n".join([*lines, f"{model}: cannot be checked"]) + "\n"


MISTAKES: Mapping[str, Callable[[str, Sequence[Problem]], str]] = {"sarif": sarif, "junit": junit, "github": github}
"""What makes a text of mistakes, by format."""
