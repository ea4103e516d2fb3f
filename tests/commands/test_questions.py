"""The questions that `evacheck verify` answers: the file, what is run for them, and what is said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from checker.commands import catalogue, questions
from checker.errors import UsageError
from tests.support.commands import CATALOGUE, Run

ASKED = """
[[question]]
name = "three"
asks = "Does it ever get to three?"
answer = "yes"
model = "tests.support.workshop:Fine"
property = "gets_to_three"

[[question]]
name = "stands"
asks = "Can it stand still for ever?"
answer = "yes"
model = "tests.support.workshop:Stuck"
property = "no_deadlock"

[[question]]
name = "fails"
asks = "Can a step of it fail?"
answer = "no"
model = "tests.support.workshop:Fine"
property = "no_failure"
"""


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A file of questions about a catalogue of two models."""
    (tmp_path / "expected.toml").write_text(CATALOGUE.replace('gets_there = "unreachable"\n', ""))
    monkeypatch.setattr(catalogue, "_find", lambda: [tmp_path / "expected.toml"])
    monkeypatch.setattr(questions, "CATALOGUE", tmp_path)
    path = tmp_path / "questions.toml"
    path.write_text(ASKED)
    return path


def test_the_projects_own_questions_are_about_entries_and_their_properties() -> None:
    listed = questions.questions()
    assert len({question.name for question in listed}) == len(listed) >= 9
    assert all(question.asks.endswith("?") and len(question.asks) <= 80 for question in listed)
    for question in listed:
        assert question.entry in catalogue.entries()
    small = {question.entry.size for question in listed}
    assert small == {"small"}, "the first command answers within a minute or two"


def test_questions_about_one_entry_are_one_run(asked: Path) -> None:
    first, second = questions.topics(questions.questions())
    assert [each.name for each in first.questions] == ["three", "fails"]
    assert first.properties == ("gets_to_three", "no_failure")
    assert first.entry.distinct == 4, "counts are held as well"
    assert second.entry.distinct is None, "a run that ends at its violation counts nothing"


def test_every_question_has_its_answer_and_the_way_to_it(run: Run, asked: Path, tmp_path: Path) -> None:
    ran = run("verify", "--out", str(tmp_path / "out"))
    assert ran.status == 0
    trace = tmp_path / "out" / "stands-no_deadlock.itf.json"
    said = re.sub(r"\d+\.\d+ s|\d+ ms", "1 s", ran.out)
    assert said == (
        "Does it ever get to three?\n"
        "  yes  gets_to_three happens (4 states), 1 s\n"
        "Can a step of it fail?\n"
        "  no   no_failure holds (all 4 states), 1 s\n"
        "Can it stand still for ever?\n"
        "  yes  no_deadlock VIOLATED in a trace of 2 states, 1 s\n"
        f"       {trace}\n"
        "\n"
        "3 answers, all as expected, 1 s\n"
        f"See how:      evacheck show {trace} --html\n"
        "All models:   evacheck verify --all\n"
    )
    assert trace.is_file()


def test_a_question_may_be_about_every_size(run: Run, asked: Path, tmp_path: Path) -> None:
    (tmp_path / "expected.toml").write_text(
        "[[entry]]\nmodel = 'spec.classics.any_number:Token'\nsize = 'small'\ndistinct = 4\ngenerated = 13\ndepth = 3\n"
        "source = 'spec'\n[entry.parameters]\nnodes = 4\n"
    )
    asked.write_text(
        "[[question]]\nname = 'token'\nasks = 'Is a token enough?'\nanswer = 'yes'\nproperty = 'exclusive'\n"
        "model = 'spec.classics.any_number:Token'\nparameters = { nodes = 4 }\nunbounded = 'nodes'\n"
    )
    ran = run("verify", "--out", str(tmp_path / "out"))
    said = re.sub(r"\d+\.\d+\s+s|\d+\s+ms", "1 s", ran.out)
    assert said.startswith(
        "Is a token enough?\n  yes  exclusive holds (proved, at any depth, for every number of nodes), 1 s\n"
    )
    assert ran.status == 0 and max(map(len, ran.out.splitlines())) <= 80


def test_an_answer_is_not_given_where_the_verdict_is_another(run: Run, asked: Path, tmp_path: Path) -> None:
    expected = tmp_path / "expected.toml"
    expected.write_text(expected.read_text().replace("{ violated = 2 }", "{ violated = 3 }").replace("= 4", "= 5"))
    ran = run("verify", "--out", str(tmp_path / "out"))
    assert ran.status == 1
    assert "  ?    no_deadlock VIOLATED in a trace of 2 states" in ran.out
    assert "NOT AS EXPECTED: it should be violated in 3 states, but the trace found has 2: it became" in ran.out
    assert "       NOT AS EXPECTED: distinct should be 5, but is 4.\n" in ran.out
    assert "yes" not in ran.out and "3 answers, 3 differences, " in ran.out


def test_a_question_that_cannot_be_decided_says_why(run: Run, asked: Path, tmp_path: Path) -> None:
    asked.write_text(ASKED.replace('"no_deadlock"', '"no_deadlocks"'))
    ran = run("verify", "--out", str(tmp_path / "out"))
    assert ran.status == 1
    assert "Can it stand still for ever?\n  not answered:\n" in ran.out
    assert "no_deadlocks" in ran.out


def test_answers_are_there_for_other_programs(run: Run, asked: Path, tmp_path: Path) -> None:
    rows = json.loads(run("verify", "--json", "--out", str(tmp_path / "out")).out)["results"]
    assert [(row["question"], row["answer"], row["property"]) for row in rows] == [
        ("Does it ever get to three?", "yes", "gets_to_three"),
        ("Can a step of it fail?", "no", "no_failure"),
        ("Can it stand still for ever?", "yes", "no_deadlock"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("[[question]]", "[[questions]]", "'question'"),
        ('answer = "no"', 'answer = "perhaps"', "fails is answered by yes or no, not 'perhaps'"),
        ("workshop:Fine", "workshop:Finer", "three asks about no entry of an expected.toml"),
        ('name = "three"', "", "'name'"),
        ("[[question]]", "[[question", "Expected ']]'"),
    ],
)
def test_a_malformed_file_of_questions_is_refused(asked: Path, before: str, after: str, problem: str) -> None:
    asked.write_text(ASKED.replace(before, after))
    with pytest.raises(UsageError) as refused:
        questions.questions()
    assert refused.value.problem.code == "U009"
    assert problem in refused.value.problem.problem
