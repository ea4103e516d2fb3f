"""The catalogue as tests, an entry each: what `evacheck verify --all --again explicit` holds to the expected.toml.

Not collected with the tests, since that command runs in .ci/run anyway: `python -m tests.mutation --all-tests` puts
faults to it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.commands.catalogue import Entry, select
from checker.commands.run import Request, examine


@pytest.mark.parametrize("entry", select([]), ids=lambda entry: entry.label.replace(" ", "-"))
def test_an_entry_comes_to_what_is_expected(entry: Entry, tmp_path: Path) -> None:
    found = examine(entry, Request(entry.model, out=tmp_path, again="explicit"))
    assert found.as_expected, found
