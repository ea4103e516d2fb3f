"""The reports of docs/findings: their programs do on a real Go what the pages say, and nothing of it with the mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker.cli import app
from checker.conform.findings.java import JAVA_FINDINGS
from checker.conform.findings.reported import FINDINGS, measured, program
from checker.conform.toolchain import Edit, built
from checker.errors import UsageError

PAGES = Path(__file__).parents[2] / "docs" / "findings"


def counted(said: str) -> tuple[int, int]:
    """So many of so many loops."""
    words = said.split()
    return int(words[0]), int(words[2])


def slots(said: str) -> dict[str, int]:
    """How many slots a map has, by the kind of its keys."""
    return {line.split()[0]: int(line.split()[1]) for line in said.splitlines()}


@pytest.mark.parametrize("name", [name for name, finding in FINDINGS.items() if finding.mend])
def test_each_page_shows_its_program_word_for_word(name: str) -> None:
    pages = [page.read_text(encoding="utf-8") for page in PAGES.glob("*.md")]
    assert sum(f"```go\n{program(name).read_text(encoding='utf-8')}```" in page for page in pages) == 1


def test_a_loop_over_a_real_map_yields_an_entry_twice(swiss: str) -> None:
    came = {arguments: counted(said) for arguments, said in measured("twice", swiss, mended=False)}
    assert came["./twice clear 100 300"] == came["./twice delete 100 300"] == (300, 300)
    assert all(times > 20 for times, _ in came.values()), "one entry put back suffices"


@pytest.mark.runtime
def test_with_the_mend_of_the_runtime_no_loop_does(swiss: str) -> None:
    assert {counted(said) for _, said in measured("twice", swiss, mended=True)} == {(0, 300)}


def test_a_real_map_prunes_tombstones_for_some_kinds_of_keys_only(swiss: str) -> None:
    few, _ = (slots(said) for _, said in measured("tombstones", swiss, mended=False))
    assert few["int"] == few["string"] == few["pointer"] == 128
    assert few["struct"] == few["interface"] == few["float64"] == 512


def test_a_loop_over_a_classic_map_reads_memory_that_was_freed(go: str, swiss: str) -> None:
    """Half of 300 loops on Go 1.23.9, none over a Swiss map. What was freed may lead anywhere: then it dies."""
    ((_, classic),) = measured("freed", go)
    assert "fault" in classic or "SIGSEGV" in classic or counted(classic)[0] > 0, classic
    ((_, later),) = measured("freed", swiss)
    assert counted(later) == (0, 300)


def test_an_edit_is_put_behind_the_last_of_its_places() -> None:
    edit = Edit("a.go", ("func b", "x++"), "; y++")
    assert edit.made("func a { x++ }\nfunc b { x++ }\n") == "func a { x++ }\nfunc b { x++; y++ }\n"


def test_an_edit_for_another_version_is_refused(swiss: str) -> None:
    edit = Edit("internal/runtime/maps/map.go", ("func (m *Map) Forget(",), "x")
    with pytest.raises(UsageError, match=r"U023 .*map.go of this Go does not have 'func \(m \*Map\) Forget\('"):
        built(swiss, [program("twice")], edits=[edit])


def test_a_finding_that_is_none_is_named_with_the_nearest() -> None:
    came = CliRunner().invoke(app, ["finding", "twise", "--go", "1.27.3"])
    assert str(came.exception) == "U008 twise is no finding\n    Did you mean `twice`?"


def test_a_mend_is_refused_where_it_was_not_written_for() -> None:
    with pytest.raises(UsageError, match=r"U023 the mend of tombstones is written for Go 1\.26 and later"):
        list(measured("tombstones", "1.24.11", mended=True))


def test_the_compiler_lists_barriers_and_a_trace_of_collections_has_none(go: str) -> None:
    """Claims S007 to S009, S105 and S106 of docs/claims.md."""
    (_, compiled), (_, traced) = measured("barriers", go, mended=False)
    source = program("barriers").read_text(encoding="utf-8").splitlines()
    places = [int(line.split(":")[1]) for line in compiled.splitlines() if "write barrier" in line]
    assert [source[place - 1].strip() for place in places] == ["m[i] = p", "held.p = p"]
    assert "gc 1 @" in traced and "MB stacks" in traced and "MB globals" in traced
    assert "wb=" not in traced and "map" not in traced


@pytest.mark.runtime
def test_a_runtime_without_the_deletion_half_of_bulk_barriers_misses_a_mark(swiss: str) -> None:
    ((_, broken),) = measured("deleted", swiss, broken=True)  # in ten seconds a busy machine did not always get there
    assert broken.startswith("runtime: checkmarks found unexpected unmarked object")
    ((_, plain),) = measured("deleted", swiss)
    assert plain.startswith("nothing amiss")


def test_a_mend_is_refused_where_there_is_none() -> None:
    with pytest.raises(UsageError, match="U008 barriers has no mend"):
        list(measured("barriers", "1.23.9", mended=True))
    with pytest.raises(UsageError, match="U008 twice breaks nothing of the runtime"):
        list(measured("twice", "1.27.3", broken=True))


def test_every_command_of_the_pages_names_a_finding() -> None:
    """What each prints is tested above."""
    pages = "\n".join(page.read_text(encoding="utf-8") for page in PAGES.parent.rglob("*.md"))
    named = set(re.findall(r"`evacheck finding ([a-z]+)", pages))
    assert named == {*FINDINGS, *JAVA_FINDINGS}
