"""The questions that `evacheck verify` answers: spec/questions.toml, each with its entry of the catalogue.

A question is decided by one property of an entry. Questions about the same entry are decided by one run. Prints
nothing.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from checker.commands import catalogue
from checker.commands.catalogue import Entry
from checker.commands.kept_entries import examine, known
from checker.commands.run import Examined, PropertyRow, Request, examined_results
from checker.errors import UsageError
from checker.frontend.model_files import CATALOGUE

_TEXTS = ("name", "asks", "answer", "model", "property")
_ANSWERS = ("yes", "no")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked in plain words; `answer` is "yes" or "no", which is right if the entry's property comes out as the
    catalogue expects. `name` names files. `unbounded` are the entry's parameters to be left open, if it is to be proved
    for every size and not explored at one."""

    name: str
    asks: str
    answer: str
    entry: Entry
    property: str
    unbounded: str | None = None


@dataclass(frozen=True, slots=True)
class Topic:
    """Questions that one run decides, and what is to be run: the entry with their properties only."""

    questions: tuple[Question, ...]
    entry: Entry

    @property
    def unbounded(self) -> str | None:
        """The parameters that are left open."""
        return self.questions[0].unbounded

    @property
    def properties(self) -> tuple[str, ...]:
        """What is asked of the model."""
        return tuple(question.property for question in self.questions)


@dataclass(frozen=True, slots=True)
class Answered:
    """A question, and what came out: its row, or what kept it from being decided."""

    question: Question
    examined: Examined
    row: PropertyRow | None

    @property
    def as_expected(self) -> bool:
        """Whether the answer is the one that is known."""
        return self.row is not None and self.row.difference is None and not self.examined.unexpected


def questions() -> tuple[Question, ...]:
    """All questions, in their order. Raises UsageError U009 if the file cannot be read or names no entry."""
    path = CATALOGUE / "questions.toml"
    known = catalogue.entries()
    try:
        listed = tomllib.loads(path.read_text(encoding="utf-8"))["question"]
        return tuple(_question(each, known) for each in listed)
    except (OSError, ValueError, KeyError, TypeError) as error:
        problem = f"spec/questions.toml cannot be read: {error}"
        raise UsageError("U009", problem, "`evacheck verify --all` does without it.") from None


def _question(raw: Mapping[str, object], known: Sequence[Entry]) -> Question:
    name, asks, answer, model, judged = (str(raw[key]) for key in _TEXTS)
    given = raw.get("parameters", {})
    if answer not in _ANSWERS:
        raise ValueError(f"{name} is answered by yes or no, not {answer!r}")
    open_ = raw.get("unbounded")
    for entry in known:
        if entry.model == model and entry.parameters == given:
            return Question(name, asks, answer, entry, judged, None if open_ is None else str(open_))
    raise ValueError(f"{name} asks about no entry of an expected.toml")


def topics(asked: Sequence[Question]) -> tuple[Topic, ...]:
    """What has to be run, in the order of the questions."""
    grouped: dict[str, list[Question]] = {}
    for question in asked:
        run = f"{question.entry.model} {question.entry.label} {question.unbounded}"
        grouped.setdefault(run, []).append(question)
    return tuple(Topic(tuple(group), _part(group)) for group in grouped.values())


def _part(group: Sequence[Question]) -> Entry:
    """What an entry says of the properties that are asked for. Where one is violated the run ends there, and counts
    nothing."""
    entry = group[0].entry
    asked = {question.property for question in group}
    expected = {name: each for name, each in entry.properties.items() if name in asked}
    if any(each.word == "violated" for each in expected.values()):
        return replace(entry, properties=expected, distinct=None, generated=None, depth=None)
    return replace(entry, properties=expected)


def answered(topic: Topic, examined: Examined) -> list[Answered]:
    """The answers that a run gives."""
    rows = {row.property: row for row in examined.rows}
    return [Answered(question, examined, rows.get(question.property)) for question in topic.questions]


def answer(topic: Topic, request: Request) -> list[Answered]:
    """Have a topic's questions decided. `request` gives the options."""
    return answered(topic, examine(topic.entry, _asked(topic, request)))


def known_answer(topic: Topic, request: Request) -> list[Answered] | None:
    """What a topic's questions came to before, if that is kept."""
    examined = known(topic.entry, _asked(topic, request))
    return None if examined is None else answered(topic, examined)


def _asked(topic: Topic, request: Request) -> Request:
    title, open_ = topic.questions[0].name, topic.unbounded
    return replace(request, properties=topic.properties, title=title, unbounded=open_)


def answer_results(given: Answered) -> list[dict[str, object]]:
    """The object of `--json` for a question: that of its property, with what was asked and answered."""
    asked = given.question
    said = {"question": asked.asks, "answer": asked.answer if given.as_expected else None}
    rows = examined_results(given.examined)
    return [{**row, **said} for row in rows if row.get("property", asked.property) == asked.property]
