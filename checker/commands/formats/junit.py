"""Verdicts as JUnit's XML: a test for each property. What is not decided is an error, and never a test that passed."""

from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

from checker.commands.formats.told import Mood, Reported, text_of, title, told
from checker.commands.run import Checked, Files
from checker.contract.wording import word

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(run: Checked, written: Files) -> str:
    """One suite: the model with its parameters."""
    properties = told(run, written)
    counts = {
        "tests": str(len(properties)),
        "failures": str(sum(each.mood is Mood.BAD for each in properties)),
        "errors": str(sum(each.mood is Mood.OPEN for each in properties)),
        "skipped": "0",
    }
    seconds = f"{run.outcome.stats.seconds:.3f}"
    return document(title(run), counts, seconds, [_case(run, each) for each in properties])


def document(name: str, counts: dict[str, str], seconds: str, cases: list[Xml.Element]) -> str:
    """One suite of tests."""
    top = Xml.Element("testsuites", {"name": "evacheck", **counts, "time": seconds})
    suite = Xml.SubElement(top, "testsuite", {"name": name, **counts, "time": seconds})
    suite.extend(cases)
    for each in top.iter():
        each.attrib = {key: _plain(value) for key, value in each.attrib.items()}
        each.text = None if each.text is None else _plain(each.text)
    Xml.indent(top)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + Xml.tostring(top, encoding="unicode") + "\n"


def _case(run: Checked, each: Reported) -> Xml.Element:
    place = {} if each.place is None else {"file": each.place.file, "line": str(each.place.line)}
    case = Xml.Element("testcase", {"name": each.name, "classname": title(run), **place, "time": "0"})
    if each.mood is not Mood.GOOD:
        kind = "failure" if each.mood is Mood.BAD else "error"
        problem = Xml.SubElement(case, kind, {"message": each.sentence, "type": word(each.verdict)})
        shown = each.sentence if each.trace is None else text_of(run, each)
        problem.text = shown if each.file is None else f"{shown}\nTrace    {each.file}\n"
    return case


def _plain(text: str) -> str:
    """A text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\ufffd", text)
