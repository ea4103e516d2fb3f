"""The pytest plugin: with `--evacheck`, models in test files are tests, one for each property. docs/how-to/pytest.md.

pytest imports this module wherever evacheck is installed, so it imports nothing that takes time; what it does is in
`pytest_models`, once somebody asks for it.
"""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """What can be said on the command line and in the configuration."""
    group = parser.getgroup("evacheck", "models of evacheck as tests")
    group.addoption("--evacheck", action="store_true", help="Decide the models in test files: a test for each property")
    group.addoption("--evacheck-fresh", action="store_true", help="Decide anew what is kept of earlier runs")
    parser.addini("evacheck", "Decide models in every run, as --evacheck does", type="bool")
    parser.addini("evacheck_models", "Folders or files with models to decide besides those of test files", type="paths")
    parser.addini("evacheck_time", "Time limit for each model, such as 60s; none by default")
    parser.addini("evacheck_out", "Folder for counterexamples, below that of the configuration", default="evacheck-out")
    parser.addini("evacheck_allow_unknown", "Skip, and do not fail, what could not be decided", type="bool")


def pytest_configure(config: pytest.Config) -> None:
    """Begin only where it is asked for."""
    config.addinivalue_line("markers", "evacheck(expect={...}, PARAMETER=value): how to decide a model, and what of it")
    if config.getoption("evacheck") or config.getini("evacheck"):
        from evacheck.pytest_models import Models  # noqa: PLC0415 - only who asks for it pays for it

        config.pluginmanager.register(Models(config), "evacheck-models")
