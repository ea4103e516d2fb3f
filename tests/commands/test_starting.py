"""What a command imports before it does anything, and what its help says."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from checker.commands.starting import COMMANDS, Command

HEAVY = {"llvmlite", "networkx", "rich", "pydantic", "z3", "hypothesis", "gzip", "email", "http", "importlib.metadata"}
"""What takes long to import, and is needed by few."""


def imported_by(*arguments: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    code = f"import sys; sys.argv[1:] = {arguments!r}; from checker.start import main\n"
    code += "try: main()\nexcept SystemExit: print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(out.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",)])
def test_help_and_version_import_nothing_that_they_do_not_need(arguments: tuple[str, ...]) -> None:
    loaded = imported_by(*arguments)
    assert not loaded & HEAVY
    ours = {name for name in loaded if name.partition(".")[0] in ("checker", "counterexamples", "evacheck", "spec")}
    needed = {"checker", "checker.cli", "checker.commands", "checker.commands.starting", "checker.errors"}
    assert ours == needed | {"checker.signals", "checker.start"}


def test_a_verdict_on_a_tiny_model_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    loaded = imported_by("verify", "spec.classics.diehard:DieHard", "--out", str(tmp_path))
    assert not loaded & (HEAVY | {"multiprocessing", "concurrent"})
    folders = {"checker.certificates", "checker.mutation", "counterexamples.gallery"}
    folders |= {f"checker.engines.{name}" for name in ("explicit", "symbolic", "fuzz")}
    others = {f"checker.commands.{each.module}" for each in COMMANDS if each.module != "verify"}
    assert not loaded & (folders | others | {"counterexamples.draw.page"})
    assert list(tmp_path.glob("*.svg")), "there was something to draw"


def test_an_entry_of_the_catalogue_imports_nothing_again_in_a_process_of_its_own(tmp_path: Path) -> None:
    loaded = imported_by("verify", "spec.classics.diehard", "--out", str(tmp_path))
    assert not loaded & HEAVY
    if Path("/proc/self/task").is_dir():
        assert not loaded & {"multiprocessing.popen_spawn_posix", "multiprocessing.resource_tracker"}


@pytest.mark.parametrize("command", [each for each in COMMANDS if not each.hidden], ids=lambda each: each.name)
def test_help_says_of_a_command_what_it_says_itself(command: Command) -> None:
    module = import_module(f"checker.commands.{command.module}")
    said = inspect.getdoc(getattr(module, command.function))
    assert said is not None and said.split("\n\n")[0].replace("\n", " ") == command.words


def test_a_shell_is_told_what_could_come_next(tmp_path: Path) -> None:
    """Only a shell asks: else the options that set it up are not even there."""
    said = []
    for words, at in (("evacheck ver", "1"), ("evacheck verify --eng", "2")):
        asked = {"_EVACHECK_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": at}
        command = [sys.executable, "-m", "checker.start"]
        done = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True, check=False)
        said.append(done.stdout.split())
    assert said == [["verify"], ["--engine"]]
