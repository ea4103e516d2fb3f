"""`evacheck init`: what it writes works as it says, and nothing is overwritten."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.support import forked
from tests.support.commands import Run


@pytest.mark.parametrize("folder", ["", "my models"])
def test_what_it_prints_works(tmp_path: Path, folder: str) -> None:
    said = forked.command(tmp_path, ["init", *([folder] if folder else [])])
    assert said.returncode == 0
    ended = []
    for line in said.stdout.splitlines()[2:]:
        command, *words = shlex.split(line.strip().split("  ")[0])
        done = forked.tests(tmp_path, words) if command == "pytest" else forked.command(tmp_path, words)
        ended.append(done.returncode)
    assert ended == [12, 0, 0], said.stdout


def test_nothing_is_overwritten(run: Run, tmp_path: Path) -> None:
    (tmp_path / "test_counter.py").write_text("mine")
    ran = run("init", str(tmp_path))
    assert ran.status == 2 and ran.error.startswith(f"U010 {tmp_path}/test_counter.py is there already")
    assert [path.name for path in tmp_path.iterdir()] == ["test_counter.py"]


def test_where_nothing_can_be_written_that_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    ran = run("init", str(tmp_path / "file" / "below"))
    assert ran.status == 2 and ran.error.startswith(f"U010 {tmp_path}/file/below/counter.py was not written (Not a dir")
