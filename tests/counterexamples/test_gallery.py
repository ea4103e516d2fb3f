"""The gallery is what the corpus gives now: every trace once, three sentences each, links that lead somewhere."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from checker import cli
from checker.commands.gallery import exhibit
from checker.lang import Picture
from checker.lang.picture import Row
from counterexamples.corpus.files import files
from counterexamples.corpus.files import place as place_of
from counterexamples.draw.drawing.paint import paint
from counterexamples.draw.drawing.places import SMALL, wide
from counterexamples.draw.pictures import state_picture
from counterexamples.gallery.caption import prose, sentences
from counterexamples.gallery.gallery import (
    FAMILIES,
    INDEX,
    Exhibit,
    Family,
    anchor,
    family_files,
    family_of,
    listed,
    opening,
)
from counterexamples.gallery.phases import join, number, turns
from tests.support.pictures import found as shortest

ROOT = Path(__file__).parents[2]
GALLERY = ROOT / "docs" / "gallery"
PAGES = sorted(GALLERY.glob("*.md"))
PICTURES = sorted(GALLERY.rglob("*.svg"))
LARGEST = 3_000_000  # bytes of the whole folder
WIDEST, HIGHEST = 1500, 1300  # px of a picture
SVG = "{http://www.w3.org/2000/svg}"
ANEW = "it is out of date: `evacheck gallery docs/gallery` makes it anew"


@cache
def exhibits(family: Family) -> list[Exhibit]:
    """What the corpus has of a family, in the order of its page."""
    there = [path for path in files() if family_of(path.parent.name) is family]
    return sorted(map(exhibit, there), key=lambda each: (each.module, each.title))


def sections(page: Path) -> Iterator[str]:
    """The sections on the counterexamples of a page, each with its heading."""
    for part in re.split(r"^(?=##)", page.read_text(), flags=re.MULTILINE):
        if part.startswith("### "):
            yield part


SECTIONS = [section for page in PAGES for section in sections(page)]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_it_is_what_the_command_gives_now(family: Family) -> None:
    made = dict(family_files(family, exhibits(family), GALLERY))
    old = [name for name, text in made.items() if not (GALLERY / name).exists() or (GALLERY / name).read_text() != text]
    assert not old, ANEW
    assert listed(family, exhibits(family)) in (GALLERY / INDEX).read_text(), ANEW


def test_the_first_page_begins_with_what_the_gallery_is_and_has_a_row_for_each_trace() -> None:
    text = (GALLERY / INDEX).read_text()
    assert text.startswith(opening(len(files()))), ANEW
    assert re.findall(r"^## \[(.+)\]", text, re.MULTILINE) == [family.title for family in FAMILIES]
    assert len(re.findall(r"^\|.*\| \d+ \|$", text, re.MULTILINE)) == len(files())


def test_every_trace_has_its_place_and_nothing_else_is_there() -> None:
    shown = [re.findall(r"\[the trace\]\(\.\./\.\./(\S+)\)", section) for section in SECTIONS]
    assert sorted(shown) == sorted([path.relative_to(ROOT).as_posix()] for path in files())
    drawn = {re.findall(r"^!\[.+\]\((\S+)\)$", section, re.MULTILINE)[0] for section in SECTIONS}
    there = {path.relative_to(GALLERY).as_posix() for path in GALLERY.rglob("*") if path.is_file()}
    assert there == drawn | {INDEX} | {f"{family.name}.md" for family in FAMILIES}
    assert len(drawn) == len(files())


def test_each_has_three_sentences() -> None:
    for section in SECTIONS:
        heading, picture, words, command = section.strip().split("\n\n")
        first, second, third = words.split("\n")
        model, _, shows = heading.removeprefix("### ").partition(": ")
        assert first.startswith(f"**{model}**") and first.endswith((".", "?"))
        assert re.match(r"(\S+ steps? suffices?: |No step is needed: )", second) and second.endswith(".")
        assert third.startswith(f"That violates `{shows}`") and third.endswith(".")
        for sentence in (first, second, third):
            assert "self." not in sentence and "  " not in sentence and sentence.count("`") % 2 == 0
            assert len(sentence) < 700, sentence  # three threads that take turns have many
        assert re.fullmatch(r"!\[States? .{20,}\]\(\S+\)|!\[The only state of .+\]\(\S+\)", picture)
        assert command.startswith("`evacheck show counterexamples/corpus/")


def test_it_is_small() -> None:
    assert sum(path.stat().st_size for path in GALLERY.rglob("*")) < LARGEST


@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.stem)
def test_a_picture_is_well_formed_and_can_be_looked_at(picture: Path) -> None:
    root = ElementTree.fromstring(picture.read_text())
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    assert root.findtext(f"{SVG}title") and root.findtext(f"{SVG}desc")
    assert float(root.get("width", 0)) <= WIDEST and float(root.get("height", 0)) <= HIGHEST
    used = set(re.findall(r"var\((--ev-[\w-]+)\)", picture.read_text()))
    assert used <= set(re.findall(r"(--ev-[\w-]+):", picture.read_text()))


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        text = page.read_text()
        links = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:href|src)="([^"]+)"', text)
        for link in links:
            if re.fullmatch(r"https://github\.com/[\w.-]+/[\w.-]+/issues/\d+", link):
                continue
            name, _, fragment = link.partition("#")
            target = page.parent / name
            assert target.exists(), f"{page.name}: {link}"
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE) if fragment else []
            assert not fragment or fragment in {anchor(heading) for heading in headings}, f"{page.name}: {link}"


def test_a_module_belongs_where_its_longest_name_does() -> None:
    modules = ("spec.gc.bugs", "spec.gc.buffers", "spec.go_map.mutants", "spec.classics2.own", "own")
    families = ["collector-bugs", "collector", "map-mutants", "others", "others"]
    assert [family_of(module).name for module in modules] == families


# How the sentences are made.


def test_numbers_and_lists_in_words() -> None:
    assert [number(each) for each in (0, 1, 10, 11, 12, 19, 20, 36, 99, 100)] == [
        "no", "one", "ten", "eleven", "twelve", "nineteen", "twenty", "thirty-six", "ninety-nine", "100"
    ]  # fmt: skip
    assert [join(list("abc")[:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]


def test_turns_end_where_another_begins_and_the_last_step_may_stand_alone() -> None:
    program, trace = shortest("spec.classics.peterson:PetersonGivesWayFirst", "mutual_exclusion")
    assert sum(len(each.steps) for each in turns(program, trace)) == len(trace) - 1
    actors = [{step.arguments for step in each.steps} for each in turns(program, trace)]
    assert all(len(each) == 1 for each in actors)
    assert all(one != other for one, other in pairwise(actors))
    assert len(turns(program, trace, alone=True)[-1].steps) == 1
    assert turns(program, trace)[-1].until == len(trace) - 1


def test_a_docstring_becomes_markdown() -> None:
    assert prose("`a_b` * c _d_ x_y <e>") == r"`a_b` \* c \_d\_ x_y \<e>"
    assert prose("see #12, golang/go#34") == (
        "see [#12](https://github.com/golang/go/issues/12), [#34](https://github.com/golang/go/issues/34)"
    )
    assert prose("(status-im/nim-eth#5)") == "([status-im/nim-eth#5](https://github.com/status-im/nim-eth/issues/5))"
    assert sentences('One of 3.5, e.g. x. "Two?" No:\nthree.\n\nFour.') == ["One of 3.5, e.g. x.", '"Two?" No: three.']


# What the pictures owe to the gallery.


def test_an_arrow_that_goes_with_its_end_leaves_nothing_behind() -> None:
    pictures = []
    for names in ("abc", "ab"):
        picture = Picture()
        for name in names:
            picture.node(name, name)
        if "c" in names:
            picture.edge("a", "b")
            picture.edge("a", "c")
        pictures.append(picture)
    assert paint(pictures).bodies[1].count('class="gone"') == 1


def test_the_label_of_an_arrow_keeps_clear_of_titles() -> None:
    heap = exhibit(place_of("spec.gc.tricolour:Tricolour", "strong_invariant"))
    document = paint([state_picture(heap.program, each) for each in heap.trace.states]).document(7, "title", "words")
    written = {each.text: each for each in ElementTree.fromstring(document).iter(f"{SVG}text")}
    title, label = written["heap"], written["to be stored"]
    left, right = float(title.get("x", 0)), float(title.get("x", 0)) + wide("heap", SMALL)
    half = wide("to be stored", SMALL) / 2
    apart = float(label.get("x", 0)) - half >= right or float(label.get("x", 0)) + half <= left
    assert apart or abs(float(title.get("y", 0)) - float(label.get("y", 0))) >= SMALL


def test_a_cell_that_was_cleared_shows_no_key() -> None:
    grown = exhibit(place_of("spec.article.claims:GrowthAfterGrowth", "one_growth_at_a_time"))
    rows = [leaf for leaf in state_picture(grown.program, grown.trace.states[-1]).leaves() if isinstance(leaf, Row)]
    moved = [cell.text for row in rows for cell in row.cells if cell.head in ("X", "Y")]
    assert moved == ["", ""]


# The command.


def test_the_command_writes_a_gallery_of_any_corpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    corpus, out = tmp_path / "corpus", tmp_path / "out"
    corpus.mkdir()
    kept = place_of("spec.classics.diehard:DieHard", "big_is_not_4")
    (corpus / kept.name).write_text(kept.read_text())
    (out / "pictures").mkdir(parents=True)
    (out / "pictures" / "old.svg").write_text("")
    monkeypatch.setattr(sys, "argv", ["evacheck", "gallery", str(out), "--corpus", str(corpus)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    said, warned = capsys.readouterr()
    assert ended.value.code in (None, 0) and said.startswith("1 trace shown")
    assert "old.svg belongs to no trace" in warned.replace("\n", " ")
    (section,) = sections(out / "classics.md")
    assert "Six steps suffice" in section and f"evacheck show {corpus / kept.name}" in section
    drawn = (out / "pictures" / "spec.classics.diehard.DieHard-big_is_not_4.svg").read_text()
    assert drawn == (GALLERY / "pictures" / "spec.classics.diehard.DieHard-big_is_not_4.svg").read_text()


def test_a_folder_without_traces_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["evacheck", "gallery", str(tmp_path), "--corpus", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "U008" in capsys.readouterr().err
