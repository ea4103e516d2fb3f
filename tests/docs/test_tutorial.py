"""The tutorial, followed in an empty folder."""

from __future__ import annotations

from pathlib import Path

from tests.support.pages import ROOT, follow

TEXT = (ROOT / "docs" / "tutorial" / "first-bug.md").read_text()


def test_every_block_in_order(tmp_path: Path) -> None:
    assert follow(TEXT, tmp_path) == 10
    picture = ROOT / "docs" / "images" / "move.svg"
    assert (tmp_path / "move.svg").read_text() == picture.read_text(), "the tutorial's picture is another"
    assert (tmp_path / "evacheck-out" / "move-nothing_is_missed.html").exists()


def test_the_second_chapter_starves_a_thread_and_mends_its_lock(tmp_path: Path) -> None:
    assert follow((ROOT / "docs" / "tutorial" / "will-it-ever.md").read_text(), tmp_path) == 8
    assert (tmp_path / "evacheck-out" / "lock-who_waits_comes_in.html").exists()
