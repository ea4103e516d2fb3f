"""A trace file that somebody has changed: every command reads it or says what is wrong with it, never a traceback."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker import cli

MODEL = """
from checker.lang import *


class Shop(Model):
    Who = Range(2)
    n = Var(Range(5))
    seen = Var(SetOf(Who))

    @process(Who)
    def buyer(self, w: Who):
        some = choose(Range(1, 2))
        yield "asked"
        self.n = some
        self.seen.add(w)

    @action
    def put(self, v: Range(5)):
        require(len(self.seen) == 2)
        self.n = v

    @always
    def small(self):
        return self.n < 4
"""
Run = tuple[int, str, str]


@pytest.fixture(scope="module")
def trace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trace of the shop, beside its model."""
    folder = tmp_path_factory.mktemp("shop")
    (folder / "shop.py").write_text(MODEL)
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["evacheck", "verify", "shop.py", "--out", "out", "--engine", "reference"])
        cli.main()
    assert ended.value.code == 12
    return folder / "out" / "shop-small.itf.json"


def run(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str) -> Run:
    """Status, output and errors of a command in a folder."""
    with pytest.MonkeyPatch.context() as patch, pytest.raises(SystemExit) as ended:
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["evacheck", *arguments])
        cli.main()
    out, error = capsys.readouterr()
    return int(ended.value.code or 0), out, error


def damaged(trace: Path, data: Any) -> Path:
    changed = trace.with_name("damaged.itf.json")
    changed.write_text(json.dumps(data))
    return changed


@pytest.mark.parametrize("form", ["--explain", "--html", "--pytest"])
@pytest.mark.parametrize("lost", ["arguments", "choices"])
def test_a_step_that_lost_its_arguments_is_not_explained(
    trace: Path, capsys: pytest.CaptureFixture[str], form: str, lost: str
) -> None:
    data = json.loads(trace.read_text())
    at = next(number for number, state in enumerate(data["states"]) if number and state["#meta"][lost])
    del data["states"][at]["#meta"][lost]
    status, out, error = run(capsys, trace.parent.parent, "show", str(damaged(trace, data)), form)
    (notice, problem, remedy) = error.strip().split("\n")
    assert (status, out) == (2, "")
    assert notice.startswith(f"{trace.with_name('damaged.itf.json')} names the model")
    assert problem.startswith(f"U020 the trace does not replay: step {at}: expected that '")
    assert remedy.strip() == "Check the model again for a trace that it has, or show this one as text or a picture."


@pytest.mark.parametrize("form", ["--explain", "--html", "--pytest"])
def test_a_property_that_the_model_has_not_is_not_explained(
    trace: Path, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    data = json.loads(trace.read_text())
    data["#meta"]["property"] = "smal"
    status, out, error = run(capsys, trace.parent.parent, "show", str(damaged(trace, data)), form)
    assert (status, out) == (2, "")
    assert error.endswith("U003 shop:Shop has no property 'smal'\n    Did you mean `small`?\n")


def _places(data: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The ways to every part of a JSON value."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, part in items:
        yield (*way, key)
        yield from _places(part, (*way, key))


LOST = "lost"
TEXTS = ["", "x", "asked", "buyer", "\ud800"]
INSTEAD = [LOST, None, True, -1, 3, 10**30, 1.5, *TEXTS, [], [0], {}, {"#bigint": "9"}, {"#set": []}]
FORMS = ["--text", "--explain", "--svg", "--html", "--pytest", "--itf", "replay"]


@given(st.data())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_damaged_trace_never_ends_in_a_traceback(
    trace: Path, capsys: pytest.CaptureFixture[str], data: st.DataObject
) -> None:
    whole = json.loads(trace.read_text())
    for _ in range(data.draw(st.integers(1, 2))):
        places = list(_places(whole))
        *way, last = data.draw(st.sampled_from(places))
        inside: Any = whole
        for key in way:
            inside = inside[key]
        new = data.draw(st.sampled_from(INSTEAD))
        if new is LOST:
            del inside[last]
        else:
            inside[last] = copy.deepcopy(new)
    form = data.draw(st.sampled_from(FORMS))
    asked = ["replay"] if form == "replay" else ["show", form]
    status, _, error = run(capsys, trace.parent.parent, *asked, str(damaged(trace, whole)), "--model", "shop.py:Shop")
    assert "Traceback" not in error and "bug of evacheck" not in error, error
    assert status in (0, 1, 2)
