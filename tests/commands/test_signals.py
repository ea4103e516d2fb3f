"""Ctrl-C and SIGTERM, sent to real processes at several moments: what was found is kept and said."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker import signals

ROOT = Path(__file__).parents[2]

WITHOUT_END = '''
from pathlib import Path

from checker.lang import Model, Range, Var, action, always, require


class Counts(Model):
    """Broken in its fourth state, and with no end."""

    x = Var(Range(40_000_000))

    @action
    def go(self):
        require(self.x < 39_000_000)
        self.x = self.x + 1

    @always
    def not_three(self):
        return self.x != 3

    @always
    def small(self):
        return self.x >= 0


Path(__file__).with_suffix(".loaded").touch()
'''


def begun(folder: Path, *arguments: str, text: str = WITHOUT_END) -> subprocess.Popen[str]:
    """A command in a folder of its own, with a process group of its own."""
    (folder / "counts.py").write_text(text)
    command = [sys.executable, "-m", "checker.start", *arguments]
    root = Path(__file__).parents[2]
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def appeared(path: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a file is there."""
    for _ in range(1200):
        if path.exists():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError(path)


def worked(process: subprocess.Popen[str], seconds: float) -> None:
    """Wait until a process has had that much more processor time, whoever else is at work."""
    spent = Path(f"/proc/{process.pid}/stat")
    if not spent.exists():  # not Linux
        time.sleep(seconds)
        return

    def ticks() -> int:
        user, system = spent.read_text().rpartition(")")[2].split()[11:13]
        return int(user) + int(system)

    wanted = ticks() + seconds * os.sysconf("SC_CLK_TCK")
    while ticks() < wanted:
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)


SEARCH = ("verify", "counts.py", "--engine", "reference", "--keep-going")


def told(module: str, owner: str, method: str, after: bool = True) -> str:
    """Text at the end of a model's file, so that a file `.told` is there as soon as the command has come to the end of
    a method, or to its beginning: how fast the machine is does not matter."""
    before, behind = ("pass", "_told()") if after else ("_told()", "pass")
    return f"""
from {module} import {owner} as _owner

_known = _owner.{method}


def _told():
    Path(__file__).with_suffix(".told").touch()


def _telling(*given, **named):
    {before}
    result = _known(*given, **named)
    {behind}
    return result


_owner.{method} = _telling
"""


FOUND = told("checker.engines.common.ledger", "Ledger", "close")
"""A property is decided."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("times", [1, 3])
def test_what_was_found_is_kept_when_a_signal_ends_a_search(tmp_path: Path, number: int, times: int) -> None:
    """SIGTERM lost everything, and so did three Ctrl-C within a tenth of a second."""
    process = begun(tmp_path, *SEARCH, text=WITHOUT_END + FOUND)
    appeared(tmp_path / "counts.told", process)
    for _ in range(times):
        process.send_signal(number)
        time.sleep(0.03)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 12, (out, errors)
    assert "not_three    VIOLATED in a trace of 4 states" in out
    assert "Stopped early: interrupted." in out
    assert (tmp_path / "evacheck-out" / "counts-not_three.itf.json").exists()
    assert "Traceback" not in out + errors


ONE_LONG_STEP = """
from pathlib import Path

from checker.lang import Model, Range, Var, action, always, choose, require


class Counts(Model):
    x = Var(Range(8))

    @action
    def go(self):
        k = 0
        for i in range(4000):
            for j in range(4000):
                for m in range(4000):
                    for n in range(4000):
                        k = (k * 3 + i * j + m + n) % 7
        self.x = k

    @always
    def small(self):
        return self.x < 8


Path(__file__).with_suffix(".loaded").touch()
"""


def test_a_step_of_compiled_code_without_end_does_not_hold_up_a_second_signal(tmp_path: Path) -> None:
    """Python hears of no signal while machine code runs: only SIGKILL ended the command."""
    expands = told("checker.engines.explicit.search", "Search", "expand", after=False)
    process = begun(tmp_path, "verify", "counts.py", "--engine", "explicit", text=ONE_LONG_STEP + expands)
    try:
        appeared(tmp_path / "counts.told", process)
        worked(process, 0.1)  # microseconds of which are Python's
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        said, end = "", time.monotonic() + 60
        while "loses what was found\n" not in said and time.monotonic() < end:
            if select.select([process.stderr], [], [], 1.0)[0]:
                said += os.read(process.stderr.fileno(), 4096).decode()
        assert said == "\none step of compiled code takes long, and ends by itself: again loses what was found\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
    finally:
        process.kill()


def test_a_second_signal_is_acknowledged_and_the_first_after_a_while_heeded(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(signals, "_state", signals._State())
    monkeypatch.setattr(signals.time, "monotonic", lambda: now[0])
    with signals.undisturbed():
        signals._heard(signal.SIGINT, None)
        assert capfd.readouterr().err.count("ending: what was found is being written") == 1
        now[0] += signals.PATIENCE
        with pytest.raises(KeyboardInterrupt):
            signals._heard(signal.SIGINT, None)
        now[0] += 0.1
        signals._heard(signal.SIGTERM, None)
        signals._heard(signal.SIGTERM, None)
        assert capfd.readouterr().err.count("ending: ") == 1
    now[0] += signals.PATIENCE
    with pytest.raises(signals.Terminated):
        signals._heard(signal.SIGTERM, None)


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_the_command_starts_is_one_line(tmp_path: Path, number: int, status: int) -> None:
    """Ctrl-C during the imports was a traceback."""
    (tmp_path / "slow").mkdir()
    hook = "import sys, time, pathlib\npathlib.Path('here').touch()\ntime.sleep(60)\n"
    (tmp_path / "slow" / "typer.py").write_text(hook)
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path / 'slow'}:{Path(__file__).parents[2]}"}
    command = [sys.executable, "-m", "checker.start", "list"]
    process = subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    appeared(tmp_path / "here", process)
    process.send_signal(number)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (status, "", "interrupted\n")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_while_a_models_file_is_loaded_is_no_mistake_of_the_model(tmp_path: Path, number: int) -> None:
    """It was E103, at the line of the file that was running."""
    process = begun(tmp_path, *SEARCH, text=f"{WITHOUT_END}import time\ntime.sleep(60)\n")
    appeared(tmp_path / "counts.loaded", process)
    process.send_signal(number)
    out, errors = process.communicate(timeout=60)
    assert (process.returncode, out, errors) == (3, "", "interrupted\n")


def test_sigterm_ends_a_sweep_with_the_rows_that_are_there(tmp_path: Path) -> None:
    """The whole group hears it, workers too: their rows were taken for want of memory."""
    text = WITHOUT_END.replace("x = Var(", "limit = Param(5, Range(1, 39_000_000))\n    x = Var(", 1)
    text = text.replace("self.x < 39_000_000", "self.x < self.limit").replace("import Model,", "import Model, Param,")
    process = begun(
        tmp_path,
        *("verify", "counts.py", "--engine", "reference", "--sweep", "limit=5,39000000"),
        text=text.replace("return self.x != 3", "return self.limit > 9 or self.x != 3")
        + told("checker.commands.report", "Screen", "arrived"),
    )
    appeared(tmp_path / "counts.told", process)  # the first row
    os.killpg(process.pid, signal.SIGTERM)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 12, (out, errors)
    assert "1 of 2 combinations" in out and "memory" not in out + errors
    assert "Traceback" not in out + errors


@pytest.mark.parametrize(("name", "raised"), [("SIGINT", "KeyboardInterrupt"), ("SIGTERM", "Terminated")])
def test_a_signal_while_an_object_is_taken_apart_is_not_lost(name: str, raised: str) -> None:
    """Python drops what is raised there: a bounded search went on for ever, for Z3 has thousands of objects."""
    script = f"""
import os, signal, time
from checker import signals

class Taken:
    def __del__(self):
        os.kill(os.getpid(), signal.{name})
        time.sleep(0.01)

signals.install()
try:
    Taken()
    time.sleep(20)
    print("lost")
except KeyboardInterrupt as event:
    print(type(event).__name__)
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == (f"{raised}\n", "")


def test_other_failures_of_taking_apart_are_still_told() -> None:
    script = """
from checker import signals

class Taken:
    def __del__(self):
        raise KeyError("mine")

signals.install()
signals.install()
Taken()
print("on")
"""
    ended = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.stdout == "on\n" and ended.stderr.count("KeyError: 'mine'") == 1
