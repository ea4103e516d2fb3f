"""What holds for every test: fixed seeds, a process a core for the whole suite, what is missing is named."""

from __future__ import annotations

import importlib.util

import hypothesis
import pytest

# The same examples on every machine and every day; `python -m tests.fresh` draws others.
hypothesis.settings.register_profile("fixed", derandomize=True, database=None, deadline=None)
hypothesis.settings.load_profile("fixed")

EXTRAS = {"cvc5": "recheck", "resvg_py": "png", "font_roboto": "png"}
"""Module that a test may need, and the extra that brings it."""


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "needs(module, ...): skipped, and says why, where an extra is missing")
    config.addinivalue_line("markers", "wheel: builds and installs a wheel; skipped unless EVACHECK_WHEEL=required")
    config.addinivalue_line("markers", "browser: steps through a page in Chromium; skipped, and says so, without one")


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """None (a worker a core) for the whole suite; 0 (no other process) where somebody names what to run."""
    return None if config.args == config.getini("testpaths") else 0


def pytest_runtest_setup(item: pytest.Item) -> None:
    wanted = [str(name) for mark in item.iter_markers("needs") for name in mark.args]
    missing = [name for name in wanted if importlib.util.find_spec(name) is None]
    if missing:
        extras = sorted({EXTRAS[name] for name in missing})
        pytest.skip(f"{', '.join(missing)} is not installed: `uv sync --extra {' --extra '.join(extras)}` brings it")
