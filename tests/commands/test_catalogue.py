"""The catalogue: what its file may say, what is selected, and how a run is held against it. And codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.codes import CODES, explain
from checker.commands import catalogue
from checker.commands.catalogue import Entry, Expectation
from checker.contract.task import Outcome, Stats
from checker.contract.trace import Trace
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
from checker.errors import UsageError
from checker.semantics import Step
from tests.support.commands import entry

GOOD = """
[[entry]]
model = "spec.classics.diehard:DieHard"
size = "small"
distinct = 16
generated = 97
depth = 8
source = "TLC"
[entry.parameters]
big_size = 5
fast = true
[entry.properties]
big_is_not_4 = { violated = 7 }
full = "witnessed"

[[entry]]
model = "spec.gc.marking:Marking"
size = "thorough"
distinct = 3
generated = 4
depth = 2
source = "by hand"
"""
STEP = Step("go", (), None, ())
TWO = Trace(((0,), (1,)), (STEP,))
THREE = Trace(((0,), (1,), (2,)), (STEP, STEP))


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "expected.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_entries_are_read(tmp_path: Path) -> None:
    first, second = catalogue.entries(written(tmp_path, GOOD))
    properties = {"big_is_not_4": Expectation("violated", 7), "full": Expectation("witnessed")}
    parameters = {"big_size": 5, "fast": True}
    assert first == Entry("spec.classics.diehard:DieHard", parameters, "small", properties, 16, 97, 8, "TLC")
    assert first.label == "DieHard big_size=5 fast=true"
    assert second.size == "thorough"


@pytest.mark.parametrize(
    ("prefixes", "thorough", "classes"),
    [
        ([], False, ["DieHard"]),
        ([], True, ["DieHard", "Marking"]),
        (["spec.gc"], True, ["Marking"]),
        (["spec.gc"], False, []),
        (["spec.g"], True, []),
        (["spec.gc.marking:Marking", "spec.classics"], True, ["DieHard", "Marking"]),
    ],
)
def test_prefixes_select(tmp_path: Path, prefixes: list[str], thorough: bool, classes: list[str]) -> None:
    chosen = catalogue.select(prefixes, thorough, written(tmp_path, GOOD))
    assert [each.model.rpartition(":")[2] for each in chosen] == classes


def test_only_files_that_name_what_is_asked_for_are_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsing the whole catalogue, twice, took longer than checking a small model."""
    (tmp_path / "other").mkdir()
    files = [written(tmp_path, GOOD), written(tmp_path / "other", '[[entry]]\nmodel = "spec.go_map')]
    monkeypatch.setattr(catalogue, "_find", lambda: files)
    assert [each.label for each in catalogue.select(["spec.classics"])] == ["DieHard big_size=5 fast=true"]
    with pytest.raises(UsageError, match="U009"):
        catalogue.select(["spec.go_map"])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[", "expected.toml is not TOML"),
        ("x = 1", "expected.toml is a list of [[entry]] and nothing else"),
        ("[[entry]]\nmodel = 'm'", "expected.toml: entry 1 needs model"),
        ("[[entry]]\nmodel = 'm:M'", "expected.toml: entry 1 needs size"),
        ("[[entry]]\nmodel = 'm:M'\nsize = 'small'", "expected.toml: entry 1 needs distinct, generated and depth"),
        (GOOD.replace("depth", "deep"), "expected.toml: entry 1 has an unknown key 'deep'"),
        (GOOD.replace("16", "true"), "expected.toml: entry 1, distinct must be a whole number from 1, not True"),
        (GOOD.replace("16", "0"), "expected.toml: entry 1, distinct must be a whole number from 1, not 0"),
        (
            GOOD.replace('"witnessed"', '"seen"'),
            "expected.toml: entry 1, full must be one of holds, vacuous,",
        ),
        (GOOD.replace("violated = 7", "violated = 7, x = 1"), "expected.toml: entry 1, big_is_not_4 must be one of"),
        (GOOD.replace('source = "TLC"', ""), "expected.toml: entry 1 needs source"),
    ],
)
def test_a_malformed_catalogue_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(UsageError) as caught:
        catalogue.entries(written(tmp_path, text))
    assert caught.value.problem.code == "U009"
    assert caught.value.problem.problem.startswith(problem)


@pytest.mark.parametrize(
    ("expected", "verdict", "difference"),
    [
        (Expectation("holds"), Exhausted(3), None),
        (Expectation("holds"), Proved(), None),
        (Expectation("holds"), Bounded(4), "should hold, but is known to hold only to depth 4."),
        (Expectation("holds"), Sampled(9), "should hold, but is known only from 9 random runs."),
        (Expectation("holds"), Unknown("no time"), "should hold, but is unknown: no time."),
        (Expectation("holds"), Violated(TWO), "should hold, but is violated in 2 states."),
        (Expectation("violated", 2), Violated(TWO), None),
        (
            Expectation("violated", 2),
            Violated(THREE),
            "should be violated in 2 states, but the trace found has 3: it became longer.",
        ),
        (Expectation("violated"), Violated(THREE), None),
        (Expectation("violated", 2), Exhausted(3), "should be violated in 2 states, but holds."),
        (Expectation("witnessed"), Witnessed(TWO), None),
        (
            Expectation("witnessed", 3),
            Witnessed(TWO),
            "should be witnessed in 3 states, but the trace found has 2: it became shorter.",
        ),
        (Expectation("witnessed"), Unreachable(3), "should be witnessed, but is unreachable."),
        (Expectation("unreachable"), Unreachable(3), None),
        (Expectation("vacuous"), Exhausted(3, vacuous=True), None),
        (Expectation("vacuous"), Exhausted(3), "should be vacuous, but holds."),
        (Expectation("holds"), Exhausted(3, vacuous=True), "should hold, but is vacuous."),
    ],
)
def test_verdicts_are_compared(expected: Expectation, verdict: Verdict, difference: str | None) -> None:
    assert catalogue.difference(entry({"p": expected}), "p", verdict, False) == difference


def test_what_an_entry_does_not_name_must_hold_or_happen() -> None:
    assert catalogue.difference(entry(), "p", Exhausted(3), False) is None
    assert catalogue.difference(entry(), "p", Witnessed(TWO), True) is None
    assert catalogue.difference(entry(), "p", Unreachable(3), True) is not None
    assert catalogue.difference(entry(), "p", Bounded(3), False) is not None


def test_an_entry_without_counts_need_not_decide_what_it_does_not_name() -> None:
    loose = entry({"q": Expectation("violated", 2)}, distinct=None)
    assert catalogue.difference(loose, "p", Bounded(3), False) is None
    assert catalogue.difference(loose, "p", Unknown("stopped"), True) is None
    assert catalogue.difference(loose, "p", Unreachable(None), True) is None
    assert catalogue.difference(loose, "p", Unreachable(3), True) is not None
    assert catalogue.difference(loose, "p", Violated(TWO), False) is not None
    assert catalogue.difference(loose, "q", Bounded(3), False) is not None


def test_all_differences_are_sentences() -> None:
    outcome = Outcome(("e",), {"p": Violated(TWO), "s": Unreachable(4)}, Stats(distinct=4, generated=9, depth=2))
    assert catalogue.compare(entry({"q": Expectation("holds")}), outcome, ["s"]) == [
        "p should hold, but is violated in 2 states.",
        "s should be witnessed, but is unreachable.",
        "q is expected, but the model has no such property.",
        "distinct should be 3, but is 4.",
    ]


@pytest.mark.parametrize(
    ("outcome", "compared"),
    [
        (Outcome(("explicit",), {"p": Exhausted(4)}, Stats(4)), True),
        (Outcome(("explicit",), {"p": Violated(TWO)}, Stats(4)), True),
        (Outcome(("explicit",), {"p": Bounded(1)}, Stats(4), "state budget of 4 ended"), False),
        (Outcome(("induction",), {"p": Proved()}, Stats()), False),
        (Outcome(("all",), {"p": Proved()}, Stats(4), parts=(Outcome(("e",), {"p": Exhausted(4)}, Stats(4)),)), True),
        (Outcome(("all",), {"p": Proved()}, Stats(4), parts=(Outcome(("e",), {"p": Unreachable(4)}, Stats(4)),)), True),
        (
            Outcome(("all",), {"p": Proved()}, Stats(4), parts=(Outcome(("e",), {"p": Unreachable(None)}, Stats(4)),)),
            False,
        ),
        (
            Outcome(("all",), {"p": Proved()}, Stats(4), parts=(Outcome(("e",), {"p": Witnessed(TWO)}, Stats(4)),)),
            False,
        ),
    ],
)
def test_counts_are_compared_where_all_was_counted(outcome: Outcome, compared: bool) -> None:
    assert catalogue.unexpected(entry(), outcome) == (["distinct should be 3, but is 4."] if compared else [])


def test_codes_are_explained() -> None:
    for code in CODES:
        name, entry = explain(code.lower())
        assert name == code
        assert entry.title
        assert entry.explanation.rstrip(")").endswith(".")


def test_an_unknown_code_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="U006 there is no code 'U01'\n    Did you mean `U0"):
        explain("U01")
