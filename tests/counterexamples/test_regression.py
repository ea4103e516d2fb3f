"""A counterexample that is kept as a test: it runs, notices the fix, and notices when the bug comes back."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support import forked

MODEL = """
from checker.lang import Array, Bool, Model, Range, Var, always, process


class Counter(Model):
    Thread = Range(2)
    counter = Var(Range(0, 2))
    finished = Var(Array(Thread, Bool))

    @process(Thread)
    def thread(self, t: Thread):
        seen = self.counter
        yield "read"
        self.counter = seen + 1
        self.finished[t] = True

    @always
    def nothing_is_lost(self):
        return not all(self.finished) or self.counter == 2
"""
AT_ONCE = MODEL.replace('        yield "read"\n', "")
COUNTS_WELL = MODEL.replace("self.counter = seen + 1", "self.counter += 1")
RENAMED = MODEL.replace("nothing_is_lost", "nothing_goes_missing")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the model and, in a folder below, the test that keeps its counterexample."""
    folder = tmp_path_factory.mktemp("made")
    (folder / "counter.py").write_text(MODEL)
    (folder / "tests").mkdir()
    assert forked.command(folder, ["verify", "counter.py"]).returncode == 12
    trace = "evacheck-out/counter-nothing_is_lost.itf.json"
    made = forked.command(folder, ["show", trace, "--pytest", "--out", "tests/test_kept.py"])
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture
def kept(made: Path, tmp_path: Path) -> Path:
    """A copy of that folder, to change."""
    return shutil.copytree(made, tmp_path / "kept")


def outcome_of(folder: Path) -> tuple[int, str]:
    done = forked.tests(folder / "tests", ["-q", "test_kept.py"])
    return done.returncode, done.stdout


def fix(folder: Path, model: str) -> None:
    (folder / "counter.py").write_text(model)
    test = folder / "tests" / "test_kept.py"
    test.write_text(test.read_text().replace("FIXED = False", "FIXED = True"))


def test_it_runs_and_reads_like_a_test(kept: Path) -> None:
    assert outcome_of(kept)[0] == 0
    text = (kept / "tests" / "test_kept.py").read_text()
    assert '  1. thread[0] from "start"'.replace('"', "'") in text
    assert "def test_counter_nothing_is_lost() -> None:" in text


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (AT_ONCE, "The steps are impossible now: state 4 is not reached any more"),
        (COUNTS_WELL, "The steps are harmless now: "),
        (RENAMED, "U003"),
    ],
)
def test_it_notices_that_the_model_is_another(kept: Path, model: str, words: str) -> None:
    (kept / "counter.py").write_text(model)
    status, said = outcome_of(kept)
    assert status == 1 and words in said


@pytest.mark.parametrize("model", [AT_ONCE, COUNTS_WELL])
def test_once_fixed_it_notices_when_the_bug_comes_back(kept: Path, model: str) -> None:
    fix(kept, model)
    assert outcome_of(kept)[0] == 0
    (kept / "counter.py").write_text(MODEL)
    status, said = outcome_of(kept)
    assert status == 1 and "The bug is back: nothing_is_lost is violated in state 5." in said
