"""docs/claims.md and the pages beside it are held to the models: a command must print what stands after its arrow.

What the catalogue says of the same model and parameters is asked of the catalogue, and no second time of an engine:
`.ci/run` has the native engine decide all of it. Of the rest, commands that differ in their property only share one
exploration, by the interpreter if it is small, which needs no compiling, else by the native engine.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from checker.commands import catalogue
from checker.commands.run import Request, parameter_text, run
from checker.contract.task import BUILT_IN, Budget
from checker.contract.wording import word
from checker.frontend.load import load
from checker.lang.declare import MarkKind
from checker.lang.model import bind, outline, parse_parameter

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
TEXT = (DOCS / "claims.md").read_text()
PAGES = "\n".join(page.read_text() for page in sorted(DOCS.rglob("*.md")))
COMMAND = re.compile(r"`evacheck (verify [^`]*)`(?: -> ([a-z]+(?: happens)?))?")
ROW = re.compile(r"^\| S(\d{3}) \| (.+?) \| (.+?) \| (.+?) \| (.*) \|$", re.MULTILINE)
VERDICTS = ("true", "false", "partly", "about another system", "not checkable")
WORDS = {"violated": "violated", "holds": "exhausted", "happens": "witnessed", "never happens": "unreachable"}
STATES = 300
"""What the interpreter may visit before the native engine takes over, which compiles a model in a second or two."""


class Command(NamedTuple):
    """What a command of the page asks, and what it is said to print."""

    model: str
    parameters: tuple[tuple[str, str], ...]
    property: str
    word: str


def parsed(arguments: str, word: str) -> Command:
    verb, model, *rest = shlex.split(arguments)
    assert verb == "verify"
    options = list(zip(rest[::2], rest[1::2], strict=True))
    assert {name for name, _ in options} <= {"--set", "--property"}, "the tests run no other options"
    settings = tuple(tuple(value.split("=", 1)) for name, value in options if name == "--set")
    (judged,) = (value for name, value in options if name == "--property")
    return Command(model, settings, judged, word)


COMMANDS = sorted({parsed(*found.groups()) for found in COMMAND.finditer(PAGES) if found[2]})
EXPLORATIONS = sorted({command[:2] for command in COMMANDS})


def label(exploration: tuple[str, tuple[tuple[str, str], ...]]) -> str:
    model, parameters = exploration
    return "-".join((model.rpartition(":")[2], *("=".join(each) for each in parameters)))


def test_every_claim_stands_there_once() -> None:
    numbers = [int(row[1]) for row in ROW.finditer(TEXT)]
    assert numbers == list(range(1, 151))
    assert {row[3] for row in ROW.finditer(TEXT)} == set(VERDICTS)
    assert TEXT.count("| S151 and on |") == 1


def test_the_score_is_what_the_rows_say() -> None:
    count = {verdict: sum(row[3] == verdict for row in ROW.finditer(TEXT)) for verdict in VERDICTS}
    assert (
        f"of 150 claims {count['true']} are true, {count['partly']} partly true, {count['false']} false; "
        f"{count['about another system']} are about another system, {count['not checkable']} cannot be checked."
    ) in TEXT


def test_every_command_says_what_it_prints() -> None:
    assert all(found[2] in WORDS for found in COMMAND.finditer(TEXT))
    assert TEXT.count("evacheck verify") == len(COMMAND.findall(TEXT))
    assert len({(*command[:2], command.property) for command in COMMANDS}) == len(COMMANDS), "two words for one command"


Instance = tuple[str, tuple[tuple[str, object], ...]]
"""A model and the value of each of its parameters."""


def instance(model: str, texts: Iterable[tuple[str, str]]) -> Instance:
    """A model with these parameters, and the others as it sets them."""
    declared = load(model)
    values = bind(declared, {name: parse_parameter(declared, name, text) for name, text in texts})
    return model, tuple(sorted(values.items()))


@cache
def entries(model: str) -> dict[Instance, catalogue.Entry]:
    """What the catalogue says of a model: what `verify --all` decides."""
    return {
        instance(model, [(name, parameter_text(value)) for name, value in entry.parameters.items()]): entry
        for entry in catalogue.select([model])
        if entry.model == model
    }


def catalogued(exploration: tuple[str, tuple[tuple[str, str], ...]], names: Iterable[str]) -> dict[str, str]:
    """What the catalogue says of properties, in the words of `wording`; only of those that are decided in its runs."""
    model, parameters = exploration
    entry = entries(model).get(instance(model, parameters))
    if entry is None:
        return {}
    kinds = {name: each.mark.kind for name, each in outline(load(model)).methods.items() if each.mark is not None}
    found = {}
    for name in names:
        if name in entry.properties:
            said = entry.properties[name].word
        elif entry.distinct is not None and (name in kinds or name in BUILT_IN):
            said = "witnessed" if kinds.get(name) is MarkKind.SOMETIMES else "holds"
        else:
            continue  # the run of the catalogue may end before
        found[name] = "exhausted" if said == "holds" else said
    return found


def test_what_the_catalogue_says_is_decided_by_the_native_engine() -> None:
    assert "evacheck verify --all --again explicit" in (ROOT / ".ci" / "run").read_text()


@pytest.mark.parametrize("exploration", EXPLORATIONS, ids=label)
def test_the_commands_print_what_the_page_says(exploration: tuple[str, tuple[tuple[str, str], ...]]) -> None:
    model, parameters = exploration
    said = {command.property: WORDS[command.word] for command in COMMANDS if command[:2] == exploration}
    known = catalogued(exploration, said)
    assert known == {name: said[name] for name in known}
    said = {name: word for name, word in said.items() if name not in known}
    if not said:
        return
    request = Request(
        model,
        dict(parameters),
        tuple(said),
        engine="reference",
        budget=Budget(max_states=STATES, seconds=20),
        keep_going=len(said) > 1,
    )
    outcome = run(request).outcome
    if outcome.stopped is not None:
        outcome = run(replace(request, engine="explicit", budget=Budget(seconds=600))).outcome
    assert {name: word(outcome.verdicts[name]) for name in said} == said
