"""Which constructs of the language a random model uses, read off its text."""

from __future__ import annotations

import re

CONSTRUCTS = {
    "parameters": r"= Param\(",
    "variants": r"^class Drawn\((?:Base|Middle)\)",
    "overriding with super()": r"super\(\)\.",
    "methods left out": r"^    (?:act|proc|prop)\d+ = None",
    "types or parameters declared anew": r"^class (?:Middle|Drawn)\((?:Base|Middle)\):\n    \w+ = (?!None)",
    "functions of the module": r"^def f\d",
    "defaults": r"def [fh]\d+\(.*=",
    "processes": r"^    @process",
    "yield from": r"yield from self",
    "yield from with a result": r"= yield from self",
    "nested yield from": r"def s\d+\(.*(?:\n        .*)*yield from self",
    "match": r"^ +match ",
    "match with capture": r"case c\d+",
    "Opt as index": r"Array\((?:Maybe|Opt)",
    "Opt(SetOf)": r"Opt\(SetOf",
    "SetOf(Array)": r"SetOf\(Array",
    "records with arrays": r"Record\(.*Array\(",
    "lemmas": r"@lemma",
    "lemmas with parameters": r"@lemma\n    def prop\d+\(self, ",
    "several @final": r"@final(?:.|\n)*@final",
    "control points in properties": r"\.at\(",
    "locals of processes in properties": r"self\.proc\d+(?:\[\w+\])?\.v\d+",
    "labels with numbers": r'yield "wait 2"',
    "symmetric types": r"^    Peer = ",
    "two symmetric types": r"^    Other = ",
    "symmetry by a parameter": r"symmetric=alike",
    "members in records": r"^    Pair = Record",
    "members in records in sequences": r"Seq\(Pair",
    "init": r"def init\(",
    "choose": r"choose\(",
    "require": r"require\(",
}
"""Their names, and patterns for lines that use them."""


def constructs(text: str) -> frozenset[str]:
    """The constructs that a model's text uses."""
    return frozenset(name for name, pattern in CONSTRUCTS.items() if re.search(pattern, text, re.MULTILINE))
