"""Commands in this process: what they print and how they end; and a catalogue of two tiny models."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from checker import cli
from checker.commands import catalogue
from checker.commands.catalogue import Entry, Expectation


class Ran:
    """What one command gave."""

    def __init__(self, status: int, out: str, error: str) -> None:
        self.status = status
        self.out = out
        self.error = error


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in this process, in the repository's folder."""

    def runs(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["evacheck", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, error = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, error)

    return runs


CATALOGUE = """
[[entry]]
model = "tests.support.workshop:Fine"
size = "small"
distinct = 4
generated = 5
depth = 4
source = "by hand"
[entry.properties]
gets_to_three = { witnessed = 4 }

[[entry]]
model = "tests.support.workshop:Stuck"
size = "small"
source = "by hand"
[entry.properties]
no_deadlock = { violated = 2 }
gets_there = "unreachable"
"""


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "expected.toml"
    path.write_text(CATALOGUE.replace('gets_there = "unreachable"\n', ""))
    monkeypatch.setattr(catalogue, "_find", lambda: [path])
    return path


def entry(properties: dict[str, Expectation] | None = None, distinct: int | None = 3) -> Entry:
    return Entry("m:M", {}, "small", properties or {}, distinct, None, None, "")
