"""The how-tos that are walks: each is followed in an empty folder, and prints what it shows."""

from __future__ import annotations

from pathlib import Path

from tests.support.pages import ROOT, follow

HOW_TO = ROOT / "docs" / "how-to"


def test_a_model_gets_smaller_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "make-a-model-smaller.md").read_text(), tmp_path) == 9


def test_a_counterexample_reads_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "read-a-counterexample.md").read_text(), tmp_path) == 4
    drawn = tmp_path / "evacheck-out" / "counter-nothing_is_lost.svg"
    assert drawn.read_text() == (ROOT / "docs" / "images" / "counter.svg").read_text(), "the page's picture is another"


def test_what_must_happen_is_said_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "safety-and-liveness.md").read_text(), tmp_path) == 3


def test_idioms_are_used_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "use-an-idiom.md").read_text(), tmp_path) == 7


def test_a_simpler_model_is_implemented_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "implement-a-simpler-model.md").read_text(), tmp_path) == 2


def test_a_run_is_stopped_and_goes_on_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "run-for-hours.md").read_text(), tmp_path) == 2


def test_a_log_of_a_real_program_is_checked_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "check-a-log-of-a-real-program.md").read_text(), tmp_path) == 5


def test_a_program_is_tested_with_its_model_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "test-a-program-with-its-model.md").read_text(), tmp_path) == 2


def test_a_model_is_exported_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "export-a-model.md").read_text(), tmp_path) == 5


def test_models_are_tests_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "pytest.md").read_text(), tmp_path) == 2


def test_an_assistant_is_told_as_the_page_says(tmp_path: Path) -> None:
    assert follow((HOW_TO / "agents.md").read_text(), tmp_path) == 2
