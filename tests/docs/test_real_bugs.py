"""The table of bugs of other projects says what the catalogue says, and every report that it names is in a model."""

from __future__ import annotations

import re
from pathlib import Path

from checker.commands.catalogue import Entry, select

ROOT = Path(__file__).parents[2]
ROW = re.compile(
    r"^\| [^|]+ \| \[([^\]]+)\]\(([^)]+)\) \| [^|]+ \| [^|]+ \| (\d+) \| (\d+), (\d+) \| [\d.]+ \|$", re.MULTILINE
)


def models(report: str) -> list[Entry]:
    """The entries of the module that says at its head which report it is of, without variants of the mend."""
    (module,) = [
        file for file in (ROOT / "spec" / "bugs").glob("*.py") if f"{report}" in file.read_text().split("\n\n")[0]
    ]
    return [entry for entry in select(["spec.bugs"]) if entry.model.startswith(f"spec.bugs.{module.stem}:")]


def test_the_table_says_what_the_catalogue_says() -> None:
    rows = ROW.findall((ROOT / "docs" / "explanation" / "real-bugs.md").read_text())
    assert len(rows) == len({report.partition("#")[0] for report, *_ in rows}) == 10, "ten bugs of ten projects"
    for report, link, trace, broken, mended in rows:
        project, _, number = report.partition("#")
        assert re.fullmatch(rf"https://github.com/{project}/(issues|pull)/{number}", link)
        first, *others = models(report)
        lengths = [each.states for each in first.properties.values() if each.word == "violated"]
        assert lengths == [int(trace)], report
        assert (first.distinct, others[-1].distinct) == (int(broken), int(mended)), report
        assert all(each.word != "violated" for each in others[-1].properties.values()), f"{report}: the mend holds"
