"""What holds for every test: fixed seeds, a process a core for the whole suite, what is left out is named."""

from __future__ import annotations

import gc
import importlib.util
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import hypothesis
import pytest

# The same examples on every machine and every day; `python -m tests.fresh` draws others.
hypothesis.settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("fixed")

# Nothing is taken from what earlier runs decided: a test that does not decide sees no fault.
os.environ["EVACHECK_FRESH"] = "1"

# What `assert` compares is shown where it fails, in helpers as in tests.
pytest.register_assert_rewrite("tests.support", "tests.frontend.support")

TESTS = Path(__file__).parent
EXTRAS = {
    "cvc5": "recheck",
    "resvg_py": "png",
    "font_roboto": "png",
    "pygls": "lsp",
    "mcp": "mcp",
    "nbclient": "notebook",
    "ipykernel": "notebook",
    "material": "docs",
    "ray": "cluster",
    "cuda": "gpu",
    "nvidia": "ptxas",
}
"""Module that a test may need, and the extra that brings it."""

QUICK = (
    "certificates/test_closure.py",
    "contract/test_check.py",
    "contract/test_judge.py",
    "contract/test_no_states.py",
    "contract/test_replay.py",
    "counterexamples/test_regression.py",
    "docs/test_quick.py",
    "docs/test_reference.py",
    "engines/explicit/test_small.py",
    "engines/test_conformance.py",
    "engines/test_ledger.py",
    "engines/test_reference.py",
    "evacheck/test_public.py",
    "frontend/test_types.py",
    "ir/test_printer.py",
    "models/test_names.py",
    "semantics/test_choices.py",
    "semantics/test_expressions.py",
    "semantics/test_interpreter.py",
    "semantics/test_statements.py",
)
"""The fast lane, `pytest -m quick`: files below tests/ that touch every room and every engine, and cost little."""


FOR_OTHERS = ("conftest.py", "__init__.py")
"""Files that hold no tests."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "quick: the fast lane, the files of QUICK in tests/conftest.py")
    config.addinivalue_line("markers", "slow: deep, and rarely broken; skipped unless asked for, by -m slow or by name")
    config.addinivalue_line("markers", "runtime: builds a runtime of Go, a minute; skipped unless EVACHECK_GO=required")
    config.addinivalue_line("markers", "needs(module, ...): skipped, and says why, where an extra is missing")
    config.addinivalue_line("markers", "wheel: builds and installs a wheel; skipped unless EVACHECK_WHEEL=required")
    config.addinivalue_line("markers", "browser: steps through a page in Chromium; skipped, and says so, without one")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """None (a worker a core) for the whole suite; 0 (no other process) where somebody names what to run."""
    return None if config.args == config.getini("testpaths") else 0


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Where tests of one mark are run, files in which it is not written are not read: that takes longer than these."""
    wanted = config.option.markexpr
    if not wanted.isidentifier() or collection_path.suffix != ".py" or collection_path.name in FOR_OTHERS:
        return None
    if wanted == "quick":
        return not _is_quick(collection_path)
    return f"mark.{wanted}" not in collection_path.read_text(encoding="utf-8")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _is_quick(item.path):
            item.add_marker(pytest.mark.quick)


def pytest_collection_finish() -> None:
    """What has been imported and collected stays until the end: garbage is not looked for in it again and again, nor as
    often as Python does by itself: tests that read many models took a sixth longer."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _is_quick(path: Path) -> bool:
    return path.is_relative_to(TESTS) and path.relative_to(TESTS).as_posix() in QUICK


@pytest.fixture(scope="session", autouse=True)
def _forks() -> Iterator[None]:
    """Work for other processes is forked: a worker of pytest-xdist has threads, which hold no lock of ours, and a
    process that is spawned instead imports everything anew, a second each. `test_pool` spawns."""
    from checker import pool  # noqa: PLC0415 - for a run of all tests with a fault in the checker: see tests/mutation

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool, "is_alone", lambda: True)
        yield


@pytest.fixture(scope="session", autouse=True)
def _programs() -> Iterator[None]:
    """The whole catalogue's programs are kept, not the last hundred: several files of tests go through all of it."""
    from checker.commands import run  # noqa: PLC0415 - likewise

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "_program", lru_cache(maxsize=500)(run._program.__wrapped__))
        yield


def asks_for_slow(config: pytest.Config) -> bool:
    """Whether slow tests run: those of the mark are, or somebody names a test."""
    return "slow" in config.option.markexpr or any("::" in argument for argument in config.args)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("slow") is not None and not asks_for_slow(item.config):
        pytest.skip("deep, and rarely broken: `uv run pytest -m slow`")
    if item.get_closest_marker("runtime") is not None and os.environ.get("EVACHECK_GO") != "required":
        pytest.skip("builds a runtime of Go: EVACHECK_GO=required")
    wanted = [str(name) for mark in item.iter_markers("needs") for name in mark.args]
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        extras = sorted({EXTRAS[name] for name in missing})
        pytest.skip(f"{', '.join(missing)} is not installed: `uv sync --extra {' --extra '.join(extras)}` brings it")
