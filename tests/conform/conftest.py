"""A real Go for the tests that need one: fetched where it can be, and else they are skipped and say so."""

from __future__ import annotations

import os

import pytest

from checker.conform.classic_map.holding import sources
from checker.conform.toolchain import built
from checker.errors import UsageError

VERSION = "1.23.9"


@pytest.fixture(scope="session")
def go() -> str:
    """A version of Go that builds the program which drives a map. EVACHECK_GO=required makes its absence a failure."""
    try:
        built(VERSION, sources("int"))
    except UsageError as error:
        if os.environ.get("EVACHECK_GO") == "required":
            raise
        pytest.skip(str(error.problem))
    return VERSION
