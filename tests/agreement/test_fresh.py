"""Random models draw what the language has, the same in every test; a fresh run keeps what it finds, and ends."""

from __future__ import annotations

import os
import re
import runpy
import signal
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import settings

from checker.codes import CODES
from checker.frontend import compile as front_end
from checker.frontend import control_points
from checker.ir import nodes as ir
from checker.ir.liveness import live_at_blocks
from checker.ir.nodes import Program
from tests import fresh
from tests.support.constructs import CONSTRUCTS, constructs
from tests.support.forked import command
from tests.support.fresh_checks import CANNOT_HOLD, CHECKS, Said, compiled, examined, hold_to
from tests.support.random_models import HEAD, RandomModel, drawn

DRAWN = 100
"""Each construct is drawn three times and more in them; 250 took 12 s."""


def models(most: int = DRAWN) -> list[RandomModel]:
    """Some models, half of them with interchangeable members."""
    return [drawn(Random(seed), [None, 3][seed % 2]) for seed in range(most)]


def test_every_construct_is_drawn_in_models_that_compile() -> None:
    found: Counter[str] = Counter()
    for model in models():
        if isinstance(compiled(model), Program):
            found.update(constructs(model.text))
    assert {name: found[name] for name in CONSTRUCTS if found[name] < 2} == {}


def test_a_seed_says_all_of_a_model() -> None:
    assert [model.text for model in models(20)] == [model.text for model in models(20)]
    assert fresh.model_of("7", 3)[0].text == fresh.model_of("7", 3)[0].text != fresh.model_of("8", 3)[0].text


def test_tests_draw_the_same_examples_every_time() -> None:
    assert settings.default is not None
    assert settings.default.derandomize and settings.default.database is None


@pytest.mark.parametrize("code", CANNOT_HOLD)
def test_what_an_engine_may_not_hold_is_a_refusal_that_is_explained(code: str) -> None:
    assert code in CODES


SMALL = """
class Drawn(Model):
    T = Range(2)
    x = Var(Range(3))

    @action
    def on(self, t: T):
        require(self.x < 2)
        self.x += 1 + t if self.x == 0 else 1

    @always
    def low(self):
        return self.x <= 2

    @sometimes
    def two(self):
        return self.x == 2
"""


@pytest.mark.parametrize("check", CHECKS)
def test_every_comparison_can_be_made(check: str) -> None:
    """That of traces named what had been moved, and every fresh run ended at its first model with an AttributeError."""
    model = RandomModel(HEAD + SMALL)
    program = compiled(model)
    assert isinstance(program, Program)
    assert examined(check, model, program).came == "agreed"


# -- broken front ends are seen ----------------------------------------------------------------------------------------


def disagreement(check: str, seeds: Sequence[int]) -> str | None:
    """What a comparison says against the first model that it holds against, while something is broken."""
    for seed in seeds:
        model = drawn(Random(seed))
        program = compiled(model)
        if isinstance(program, Program) and (said := examined(check, model, program)).came == "disagreed":
            return said.reason
    return None


def test_python_sees_where_a_process_stands() -> None:
    whole = control_points.at

    def wrong(*arguments: Any) -> ir.Expr:
        test = whole(*arguments)
        return ir.Unary(test.span, test.type, "not", test)

    with patch.object(control_points, "at", wrong):
        assert disagreement("python", range(40))


def test_python_sees_which_method_is_above() -> None:
    """Every `super()` of a variant of a variant reaches one class too far."""
    model = RandomModel(
        HEAD
        + """
class Base(Model):
    x = Var(Range(4))

    @action
    def act(self):
        self.x = 1

class Middle(Base):
    def act(self):
        super().act()
        self.x += 1

class Drawn(Middle):
    def act(self):
        super().act()
        self.x += 1
"""
    )
    program = model.program()
    assert examined("python", model, program).came == "agreed"
    other = RandomModel(model.text.replace("self.x += 1", "self.x += 0", 1))
    assert "state=(3,)" in examined("python", model, other.program()).reason


def test_python_hands_a_label_on_to_the_method_above() -> None:
    """Model 9 of seed 822498175: `super().wait(at)` took `str` for a type, and the comparison ended with E310."""
    text = """
class Base(Model):
    x = Var(Bool)

    def wait(self, at: str):
        yield at
        self.x = True

    @process
    def p(self):
        yield from self.wait("waits")

class Drawn(Base):
    def wait(self, at: str):
        yield from super().wait(at)
"""
    model = RandomModel(HEAD + text)
    assert examined("python", model, model.program()).came == "agreed"


def test_a_local_that_is_forgotten_too_early_is_seen() -> None:
    def lives(*arguments: Any) -> list[frozenset[str]]:
        return [frozenset(sorted(live)[1:]) for live in live_at_blocks(*arguments)]

    with patch.object(front_end, "live_at_blocks", lives):
        assert disagreement("liveness", (20, *range(60))), "20 is where it was seen last"


# -- the command -------------------------------------------------------------------------------------------------------

REFUSED = (
    HEAD + "\n\nclass Drawn(Model):\n    x = Var(Bool)\n\n    @action\n    def act(self):\n        self.y = True\n"
)


def test_a_finding_is_kept_as_a_test_that_fails(tmp_path: Path) -> None:
    finding = fresh.Finding("5", 17, "refused", "E212 of it\n    all", REFUSED)
    file = fresh.keep(finding, REFUSED, tmp_path / "found")
    text = file.read_text(encoding="utf-8")
    assert "--seed 5`, model 17" in text and "# E212 of it\n#     all\n" in text and REFUSED in text
    with pytest.raises(AssertionError, match="E212"):
        runpy.run_path(str(file))["test_refused_has_nothing_to_say_against_it"]()
    hold_to("python", drawn(Random(1)).text)


def sleeps(pipe: Connection, seed: str, names: Sequence[str]) -> None:
    """A worker whose comparison never ends."""
    pipe.recv()
    pipe.send(("begun", "refused", REFUSED))
    pipe.send(("begun", "python", None))
    time.sleep(600)


def works(pipe: Connection, seed: str, names: Sequence[str]) -> None:
    """A worker that is busy for ever."""
    pipe.recv()
    pipe.send(("begun", "refused", REFUSED))
    while True:
        pass


def dies(pipe: Connection, seed: str, names: Sequence[str]) -> None:
    """A worker that is no more."""
    pipe.recv()
    pipe.send(("begun", "bmc", REFUSED))
    raise SystemExit(7)


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        (sleeps, "no end within 1 s: it waits for something"),
        (works, "no end within 1 s"),
        (dies, "the process ended with status 7"),
    ],
)
def test_what_hangs_or_dies_is_a_finding(tmp_path: Path, target: Any, reason: str) -> None:
    """On a busy machine a comparison that waited for its turn was a finding: the wall's clock counted."""
    with patch.object(fresh, "FOUND", tmp_path), patch.object(fresh, "ASLEEP", 1.0):
        report = fresh.Run("1", time.monotonic() + 100, ["python"], 1.0, 2, target).run(1)
    assert [each.reason for each in report.findings] == [reason, reason]
    assert {each.text for each in report.findings} == {REFUSED}
    assert report.unfinished == 0
    assert len(list(tmp_path.iterdir())) == 1


def test_a_run_ends_in_time_whatever_is_in_work() -> None:
    began = time.monotonic()
    report = fresh.Run("1", began + 2, ["python"], 500.0, target=sleeps).run(2)
    assert time.monotonic() - began < 60, "and not the 500 seconds of its patience"
    assert report.findings == []


def interrupts(pipe: Connection, seed: str, names: Sequence[str], number: int) -> None:
    """A worker that begins with a model; what waits for it gets a signal again and again, until after its end."""
    pipe.recv()
    pipe.send(("begun", "refused", REFUSED))
    pipe.send(("said", Said("python", "agreed"), None))
    waits = os.getppid()
    if os.fork():
        time.sleep(600)
    with suppress(ProcessLookupError):
        for pause in (0.2, *[0.0003] * 2000):
            time.sleep(pause)
            os.kill(waits, number)
    os._exit(0)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_says_what_it_drew(tmp_path: Path, number: int) -> None:
    """A second Ctrl-C, which `uv run` sends beside the terminal, gave a traceback and no report."""

    def main() -> None:
        with patch.object(fresh, "Run", partial(fresh.Run, target=partial(interrupts, number=number))):
            raise SystemExit(fresh.main(["--minutes", "9", "--seed", "3", "--engines", "python"]))

    ended = command(tmp_path, [], main)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert re.match(r"seed 3\n\n1 models in \d+ s, 1 worker, seed 3\n", ended.stdout)
    assert "refused as the language may, 1 in work when the time ended\n" in ended.stdout
    assert re.search(r"\n  python +1 +0", ended.stdout) and ended.stdout.endswith("\n0 findings\n")


def test_a_run_says_what_it_drew(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with patch.object(fresh, "FOUND", tmp_path):
        assert fresh.main(["--minutes", "4", "--models", "6", "--seed", "3", "--engines", "emitted,reference"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("seed 3\n\n6 models in ") and out.endswith("\n0 findings\n")
    assert re.search(r"  control points in properties +\d+\n", out)
    assert "\n  emitted " in out and re.search(r"\n  reference +\d+ \w+", out)


def test_a_comparison_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        fresh.main(["--engines", "emitted,spin"])
    assert "there is no comparison 'spin'; there are python, " in capsys.readouterr().err
