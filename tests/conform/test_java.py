"""The reports on Java: their programs do on a real JDK what the pages say, and with the mend they do not.

Where there is no JDK these tests say so, and are skipped.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from checker.cli import app
from checker.conform import jdk
from checker.conform.findings.java import JAVA_FINDINGS, java_program, measured_java
from checker.conform.toolchain import Edit
from checker.errors import UsageError

PAGES = Path(__file__).parents[2] / "docs" / "findings"
STUCK = "table 32, nextTable 64, sizeCtl 801a0001, transferIndex 0"
GROWN = "table 65536, nextTable 0, sizeCtl 0000c000, transferIndex 0"


@pytest.fixture(scope="module")
def java() -> str:
    """A version of Java that is here."""
    for version in ("25", "21", "17"):
        try:
            jdk.jdk(version)
        except UsageError:
            continue
        return version
    pytest.skip("no JDK 17, 21 or 25 here")


@pytest.fixture(scope="module")
def sources(java: str) -> str:
    """A version of Java that is here with its sources."""
    if not (jdk.jdk(java) / "lib" / "src.zip").is_file():
        pytest.skip(f"JDK {java} has no sources here")
    return java


def lines(name: str, version: str, mended: bool = False) -> list[str]:
    """What the program of a finding prints."""
    ((_, said),) = measured_java(name, version, mended)
    return said.splitlines()


@pytest.mark.parametrize("name", [name for name, finding in JAVA_FINDINGS.items() if finding.mend])
def test_each_page_shows_its_program_word_for_word(name: str) -> None:
    pages = [page.read_text(encoding="utf-8") for page in PAGES.glob("*.md")]
    assert sum(f"```java\n{java_program(name).read_text(encoding='utf-8')}```" in page for page in pages) == 1


def test_a_recursive_update_that_is_refused_leaves_a_table_that_never_grows(java: str) -> None:
    page = (PAGES / "a-recursive-update-ends-all-resizing.md").read_text(encoding="utf-8")
    said = lines("recursive", java)
    assert "\n".join(said) in page
    assert said[-2] == "30012 entries: table 16, nextTable 32, sizeCtl 801b0002, transferIndex 0"
    assert said[-1] == "0 missing"


def test_a_map_that_was_contended_once_grows_late(java: str) -> None:
    said = lines("contended", java)
    if "no two threads met" in said:
        pytest.skip("no two threads met in the count: one processor?")
    grew = [tuple(map(int, re.findall(r"\d+", line))) for line in said if line.startswith("contended")]
    assert grew == [(64, 33), (256, 129)]
    assert "never contended: 32 bins from 12 entries on" in said


@pytest.mark.runtime
def test_a_thread_that_helps_late_leaves_a_table_that_never_grows(java: str) -> None:
    page = (PAGES / "a-late-helper-ends-all-resizing.md").read_text(encoding="utf-8")
    said = lines("late", java)
    assert "\n".join(said) in page
    assert said[-1] == f"30000 entries: {STUCK}"


@pytest.mark.runtime
def test_with_the_mends_the_tables_grow(sources: str) -> None:
    assert lines("late", sources, mended=True)[-1] == f"30000 entries: {GROWN}"
    assert lines("recursive", sources, mended=True)[-2:] == [f"30012 entries: {GROWN}", "0 missing"]


def test_an_edit_for_another_version_is_refused(sources: str, tmp_path: Path) -> None:
    edit = Edit("java/util/concurrent/ConcurrentHashMap.java", ("void forget(",), "x")
    with pytest.raises(UsageError, match=r"U023 .*ConcurrentHashMap.java of this JDK does not have 'void forget\('"):
        jdk.run(sources, tmp_path / "none.java", [edit])


def test_a_version_that_is_not_here_is_refused_and_so_is_one_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jdk, "_PLACES", ())
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(UsageError, match="U022 there is no JDK 17 here"):
        jdk.jdk("17")
    with pytest.raises(UsageError, match="U022 'seventeen' is no version of Java"):
        jdk.jdk("seventeen")


def test_a_jdk_is_known_by_its_release_and_its_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """17 is 17.0.15, and not 170 or 1.7; what cannot compile is none."""
    monkeypatch.setattr(jdk, "_PLACES", ())
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    (tmp_path / "release").write_text('IMPLEMENTOR="x"\nJAVA_VERSION="17.0.15"\n')
    with pytest.raises(UsageError, match="U022 there is no JDK 17 here"):
        jdk.jdk("17")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "javac").touch()
    assert jdk.jdk("17") == jdk.jdk("17.0") == jdk.jdk("17.0.15") == tmp_path
    for other in ("1", "17.0.1", "7"):
        with pytest.raises(UsageError, match="U022"):
            jdk.jdk(other)


def test_a_program_that_fails_is_an_error(java: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.java"
    broken.write_text("class Broken { public static void main(String[] a) { throw new IllegalStateException(); } }")
    with pytest.raises(UsageError, match="U023 the program did not end well with Java"):
        jdk.run(java, broken)


def test_options_that_do_not_fit_are_refused() -> None:
    def said(*arguments: str) -> str:
        return str(CliRunner().invoke(app, ["finding", *arguments]).exception).splitlines()[0]

    assert said("late", "--go", "1.27.3") == said("late") == "U008 late is shown on a JDK"
    assert said("twice", "--java", "25") == said("twice") == "U008 twice is shown on Go"
    both = ("--go", "1.27.3", "--java", "25")
    assert said("late", *both) == said("late")
    assert said("twice", *both) == said("twice")
    assert said("late", "--java", "25", "--broken") == "U008 late breaks nothing of the runtime"
    assert said("contended", "--java", "25", "--mended") == "U008 contended has no mend"
