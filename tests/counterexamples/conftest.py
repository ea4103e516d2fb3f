"""A browser for every test here that steps through a page."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browsers import BROWSER, FLAGS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    missing = pytest.fail if os.environ.get("EVACHECK_BROWSER") == "required" else pytest.skip
    if BROWSER is None:
        missing("there is no browser: install Debian's chromium to test the page")
    from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - needed only where there is a browser

    with sync_playwright() as playwright:
        try:
            opened = playwright.chromium.launch(executable_path=BROWSER, args=FLAGS)
        except Error as error:
            missing(f"the browser does not start: {error.message.splitlines()[0]}")
        yield opened
        opened.close()
