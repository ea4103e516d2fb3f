"""Toolchains: the version that is asked for or none, and a message that says what to do."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from checker.conform import toolchain as room
from checker.errors import UsageError


@pytest.mark.parametrize("text", ["1.23.9; rm", "go1.23.9", "2.0", "", "1.23.9.1", "--help"])
def test_what_is_no_version_is_not_looked_for(text: str) -> None:
    with pytest.raises(UsageError, match=r"U022 .*is no version of Go"):
        room.toolchain(text)


def test_a_go_of_another_version_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho go1.20.1\n")
    go.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("checker.conform.toolchain.sysconfig.get_path", lambda _: str(tmp_path))
    assert room.toolchain("1.20.1") == go
    with pytest.raises(UsageError, match=r"U022 there is no Go 1\.20\.2 here"):
        room.toolchain("1.20.2")


def test_a_program_that_does_not_build_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\necho './harness.go:1: no such thing' >&2\nexit 1\n")
    go.chmod(0o755)
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(room, "toolchain", lambda _: go)
    source = tmp_path / "harness.go"
    source.write_text("package main\n")
    with pytest.raises(
        UsageError, match=r"U023 Go 1\.20\.1 does not build the program: \./harness\.go:1: no such thing"
    ):
        room.built("1.20.1", [source])
    assert not list((tmp_path / "cache" / "go").iterdir()), "nothing half built is kept"


def test_a_program_that_others_can_write_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go = tmp_path / "go"
    go.write_text("#!/bin/sh\ncp $0 $3\n")
    go.chmod(0o755)
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(room, "toolchain", lambda _: go)
    source = tmp_path / "harness.go"
    source.write_text("package main\n")
    made = room.built("1.20.1", [source])
    assert room.built("1.20.1", [source]) == made
    for path, good in ((made, 0o700), (made.parent, 0o700)):
        path.chmod(0o777)
        with pytest.raises(UsageError, match="U023 others can write"):
            room.built("1.20.1", [source])
        path.chmod(good)


def test_nothing_of_the_environment_makes_go_fetch_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []

    def ran(*_: object, env: dict[str, str], **__: object) -> subprocess.CompletedProcess[str]:
        seen.append(env)
        return subprocess.CompletedProcess([], 1, "", "")

    monkeypatch.setenv("GOTOOLCHAIN", "auto")
    monkeypatch.setenv("GODEBUG", "x=1")
    monkeypatch.setattr("checker.conform.toolchain.subprocess.run", ran)
    with pytest.raises(UsageError):
        room.toolchain("1.19.99")
    assert seen and all(env["GOTOOLCHAIN"] == "local" and env["GOPROXY"] == "off" for env in seen)
    assert not any("GODEBUG" in env for env in seen)
