"""Verdicts that are kept: what was decided is not decided again, and nothing old is ever shown for something new."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from checker import cache
from checker.check import check, engine, select
from checker.commands import catalogue, kept, kept_entries
from checker.commands import run as running
from checker.commands.kept import is_settled
from checker.commands.run import Request, compiled
from checker.contract.task import Budget, Outcome, Stats, Task
from checker.contract.trace import Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    NotInductive,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Violated,
    Witnessed,
)
from tests.support import forked
from tests.support.commands import Run

MODEL = """
from evacheck import Model, Param, Range, Var, action, always, final, require, sometimes

class Counts(Model):
    most = Param(3)
    x = Var(Range(9))

    @action
    def up(self):
        require(self.x < self.most)
        self.x += 1

    @final
    def over(self):
        return self.x == self.most

    @always
    def small(self):
        return self.x < LIMIT

    @sometimes
    def two(self):
        return self.x == 2
"""


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, which is used, for however little time."""
    monkeypatch.delenv("EVACHECK_FRESH")
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(kept, "WORTH_SECONDS", 0.0)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "cache" / "verdicts"


@pytest.fixture
def decided(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that engines were asked to decide, in order."""
    found: list[str] = []

    def counted(task: Task, chosen: Any) -> Outcome:
        found.append(task.program.model)
        return check(task, chosen)

    monkeypatch.setattr(kept, "check", counted)
    return found


def write(limit: int) -> None:
    Path("counts.py").write_text(MODEL.replace("LIMIT", str(limit)))


def timeless(said: str) -> str:
    return re.sub(r"\d+\.\d+ s", "T s", said)


def test_the_second_time_the_same_is_said_and_nothing_is_decided(run: Run, store: Path, decided: list[str]) -> None:
    write(3)
    first, second = run("verify", "counts.py"), run("verify", "counts.py")
    assert (first.status, second.status, len(decided)) == (12, 12, 1)
    cached = "(cached: decided before, in T s; --fresh decides it anew)\n"
    assert cached in timeless(second.out) and "cached" not in first.out
    assert timeless(second.out).replace(cached, "") == timeless(first.out)
    results = json.loads(run("verify", "counts.py", "--json").out)["results"]
    assert all(each["cached"] for each in results) and len(decided) == 1


def test_a_model_that_changed_is_decided_anew(store: Path, tmp_path: Path) -> None:
    """Each in a process of its own, as a user does it; the last but one is what was decided first."""
    for limit, ends, cached in ((4, 0, False), (3, 12, False), (4, 0, True), (2, 12, False)):
        write(limit)
        ran = forked.command(tmp_path, ["verify", "counts.py"])
        assert (ran.returncode, "cached" in ran.stdout) == (ends, cached)


@pytest.mark.parametrize(
    "more",
    [
        ("--set", "most=2"),
        ("--engine", "reference"),
        ("--property", "two"),
        ("--keep-going",),
        ("--no-reduce",),
        ("--fresh",),
        ("--depth", "9"),
        ("--max-states", "100"),
        ("--view", "x"),
        ("--certificate", "evidence"),
        ("--all-traces", "2"),
        ("--checkpoint", "kept"),
    ],
)
def test_another_question_is_decided_anew(run: Run, store: Path, decided: list[str], more: tuple[str, ...]) -> None:
    write(3)
    run("verify", "counts.py")
    assert "cached" not in run("verify", "counts.py", *more).out
    assert len(decided) == 2


def test_another_release_decides_anew(
    run: Run, store: Path, decided: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(3)
    run("verify", "counts.py")
    monkeypatch.setattr(kept, "release", lambda: "another")
    run("verify", "counts.py")
    assert len(decided) == 2


def test_every_file_that_decides_counts_for_the_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "checker" / "engines" / "search.py"
    file.parent.mkdir(parents=True)
    sums = set()
    monkeypatch.setattr(kept, "_start", str(tmp_path / "checker" / "__init__.py"))
    for text in ("x = 1", "x = 2"):
        file.write_text(text)
        sums.add(kept.release.__wrapped__())
    monkeypatch.setattr(kept, "_version", lambda module, package: "other" if module == "z3" else "")
    assert len({*sums, kept.release.__wrapped__()}) == 3


def test_versions_are_those_that_are_installed() -> None:
    for module, package in kept._OTHERS:
        assert kept._version(module, package) == f"{package}-{metadata.version(package)}.dist-info"
    assert kept._version("no_such_module", "no_such_package") == "none"


def test_where_it_is_forbidden_nothing_is_kept_nor_believed(
    run: Run, store: Path, decided: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(3)
    monkeypatch.setenv("EVACHECK_FRESH", "1")
    run("verify", "counts.py")
    assert not store.exists()
    run("verify", "counts.py")
    assert len(decided) == 2


def test_what_is_decided_in_a_moment_is_not_kept(run: Run, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "WORTH_SECONDS", 60.0)
    write(3)
    run("verify", "counts.py")
    assert not store.exists()


def test_a_folder_that_others_can_write_is_not_believed(run: Run, store: Path, decided: list[str]) -> None:
    write(3)
    run("verify", "counts.py")
    store.chmod(0o777)
    run("verify", "counts.py")
    assert len(decided) == 2


def _swapped(data: dict[str, Any]) -> None:
    trace = data["verdicts"]["small"]["trace"]
    trace["states"][1], trace["states"][2] = trace["states"][2], trace["states"][1]


def _of_another(data: dict[str, Any]) -> None:
    data["verdicts"]["small"]["trace"]["states"].pop()


def _missing(data: dict[str, Any]) -> None:
    del data["verdicts"]["two"]


def _of_another_kind(data: dict[str, Any]) -> None:
    data["verdicts"]["two"] = {"kind": "Proved"}


@pytest.mark.parametrize("change", [_swapped, _of_another, _missing, _of_another_kind])
def test_what_does_not_hold_up_is_decided_anew(
    run: Run,
    store: Path,
    decided: list[str],
    caplog: pytest.LogCaptureFixture,
    change: Callable[[dict[str, Any]], None],
) -> None:
    """The file is whole and ours, and what it says is not true: the judge sees it."""
    write(3)
    first = run("verify", "counts.py")
    (file,) = store.iterdir()
    body = cache.read(store, file.stem)
    assert body is not None
    data = json.loads(body)
    change(data)
    cache.write(store, file.stem, json.dumps(data).encode())
    second = run("verify", "counts.py")
    assert timeless(second.out) == timeless(first.out) and len(decided) == 2
    assert "a verdict that was kept does not hold up, and is decided anew" in caplog.text


TRACE = Trace(((0,),), ())
UNPROVED = Unknown("a step fails", NotInductive("p", (), TRACE))


@pytest.mark.parametrize(
    ("verdicts", "keep_going", "settled"),
    [
        ([Proved(), Exhausted(3), Violated(TRACE), Witnessed(TRACE), Unreachable(3)], True, True),
        ([Exhausted(3), Bounded(3)], False, False),
        ([Exhausted(3), Unknown("time")], False, False),
        ([Violated(TRACE), Bounded(3), Unknown("not seen")], False, True),
        ([Violated(TRACE), Bounded(3)], True, False),
        ([Violated(TRACE), Sampled(3)], False, False),
        ([Violated(TRACE), UNPROVED], False, False),
    ],
)
def test_what_is_kept(verdicts: list[Any], keep_going: bool, settled: bool) -> None:
    outcome = Outcome(("auto",), {f"p{number}": each for number, each in enumerate(verdicts)}, Stats())
    assert is_settled(outcome, keep_going) is settled
    assert not is_settled(replace(outcome, stopped="time budget ended"), keep_going)
    assert not is_settled(replace(outcome, parts=(replace(outcome, verdicts={"p": UNPROVED}),)), keep_going)


@pytest.mark.parametrize(
    ("model", "asked"),
    [
        ("spec.classics.diehard:DieHard", "auto"),
        ("spec.classics.peterson:PetersonStopping", "auto"),
        ("tests.support.workshop:Uneven", "reference"),
        ("tests.support.workshop:Overflows", "reference"),
        ("tests.support.workshop:Workshop", "reference"),
    ],
)
def test_what_was_kept_reads_as_it_was(model: str, asked: str) -> None:
    program = compiled(model, {})
    task = Task(program, select(program), Budget(), keep_going=True)
    outcome = check(task, engine(asked))
    assert kept._outcome(program, json.loads(kept._text(program, outcome))) == outcome


def test_what_rests_on_no_trace_reads_as_it_was() -> None:
    every = (
        Proved(2, ("a",), ("b", "c"), ("x is 1",), True, ("threads",), "falls"),
        Exhausted(3, vacuous=True, constrained=True),
        Bounded(7, constrained=True),
        Unreachable(None, constrained=True),
        Unknown("ended at a violation", unseen=4),
    )
    outcome = Outcome(("auto",), dict(zip("abcde", every, strict=True)), Stats(3, 4, 5, seconds=0.25), notes=("so",))
    outcome = replace(outcome, parts=(outcome, replace(outcome, engines=("bmc",), stopped="depth")))
    program = compiled("spec.classics.diehard:DieHard", {})
    assert kept._outcome(program, json.loads(kept._text(program, outcome))) == outcome


def entry_and_request(folder: Path) -> tuple[catalogue.Entry, Request]:
    (entry,) = (each for each in catalogue.select(["spec.classics.diehard:DieHard"]) if not each.parameters)
    return entry, Request("", out=folder, fresh=False)


def test_an_entry_of_the_catalogue_is_not_even_compiled_again(
    store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry, request = entry_and_request(tmp_path / "out")
    assert kept_entries.known(entry, request) is None
    first = kept_entries.examine(entry, request)
    monkeypatch.setattr(running, "examine", None)
    again = kept_entries.known(entry, request)
    assert again == replace(first, kept=True) and again.rows[0].trace is not None
    assert kept_entries.known(entry, replace(request, fresh=True)) is None
    assert kept_entries.known(entry, replace(request, again="explicit")) is None
    assert kept_entries.known(entry, replace(request, engine="bmc")) is None
    assert kept_entries.known(entry, replace(request, budget=Budget(max_states=9))) is None
    assert kept_entries.known(replace(entry, distinct=17), request) is None
    monkeypatch.setattr(kept_entries, "_catalogue", lambda: "another")
    assert kept_entries.known(entry, request) is None


@pytest.mark.parametrize("ending", [".itf.json", ".svg"])
def test_an_entry_whose_counterexample_is_gone_or_changed_is_examined_again(
    store: Path, tmp_path: Path, ending: str
) -> None:
    entry, request = entry_and_request(tmp_path / "out")
    kept_entries.examine(entry, request)
    (file,) = (tmp_path / "out").rglob(f"*{ending}")
    file.write_text(file.read_text().replace("3", "4"))
    assert kept_entries.known(entry, request) is None
    kept_entries.examine(entry, request)
    assert kept_entries.known(entry, request) is not None
    file.unlink()
    assert kept_entries.known(entry, request) is None


def test_an_entry_that_is_not_as_expected_is_not_kept(store: Path, tmp_path: Path) -> None:
    entry, request = entry_and_request(tmp_path / "out")
    wrong = replace(entry, distinct=17)
    assert not kept_entries.examine(wrong, request).as_expected
    assert kept_entries.known(wrong, request) is None


def test_a_run_of_the_catalogue_says_what_was_cached(run: Run, store: Path) -> None:
    run("verify", "spec.classics.diehard")
    lines = run("verify", "spec.classics.diehard").out.splitlines()
    assert lines[0].endswith("16 states  depth   8  cached")
    assert re.fullmatch(r"\d+ results, all as expected, \d\.\d+ s; 1 of 1 model cached \(--fresh: anew\)", lines[-1])
    assert "cached" not in run("verify", "spec.classics.diehard", "--fresh").out


def test_another_engine_is_asked_again_and_so_is_the_first(run: Run, store: Path) -> None:
    """What is kept of either would say that they agree."""
    words = ("verify", "spec.classics.diehard", "--again", "explicit")
    for _ in range(2):
        assert "cached" not in run(*words).out
