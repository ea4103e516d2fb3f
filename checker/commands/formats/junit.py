"""Verdicts as JUnit's XML: a test for each property. What is not decided is an error, and never a test that passed."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from checker.commands.formats.told import Mood, Told, text_of, title, told
from checker.commands.run import Files, Run
from checker.contract.wording import word

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(run: Run, written: Files) -> str:
    """One suite: the model with its parameters."""
    properties = told(run, written)
    counts = {
        "tests": str(len(properties)),
        "failures": str(sum(each.mood is Mood.BAD for each in properties)),
        "errors": str(sum(each.mood is Mood.OPEN for each in properties)),
        "skipped": "0",
    }
    seconds = f"{run.outcome.stats.seconds:.3f}"
    top = Xml.Element("testsuites", {"name": "evacheck", **counts, "time": seconds})
    suite = Xml.SubElement(top, "testsuite", {"name": _plain(title(run)), **counts, "time": seconds})
    for each in properties:
        _case(run, suite, each)
    Xml.indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(top, encoding="unicode") + "\n"


def _case(run: Run, suite: Xml.Element, each: Told) -> None:
    place = {} if each.place is None else {"file": _plain(each.place.file), "line": str(each.place.line)}
    said = {"name": each.name, "classname": _plain(title(run)), **place, "time": "0"}
    case = Xml.SubElement(suite, "testcase", said)
    if each.mood is Mood.GOOD:
        return
    kind = "failure" if each.mood is Mood.BAD else "error"
    problem = Xml.SubElement(case, kind, {"message": _plain(each.sentence), "type": word(each.verdict)})
    shown = each.sentence if each.trace is None else text_of(run, each)
    problem.text = _plain(shown if each.file is None else f"{shown}\nTrace    {each.file}\n")


def _plain(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
