"""Pictures as PNG: letters, spaces and colours survive, and a long trace is no endless sheet."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from checker import cli
from checker.errors import UsageError
from checker.lang import Cell, Picture
from counterexamples.corpus.files import files
from counterexamples.draw import png
from counterexamples.draw.drawing.paint import PALETTE, paint
from counterexamples.draw.pictures import picture_svg
from tests.support.pictures import found


@pytest.mark.needs("resvg_py", "font_roboto")
def test_png_is_drawn_in_light_colours_with_text() -> None:
    picture = Picture()
    picture.cells("row", [Cell("text", "head", "black")], label="label")
    document = paint([picture]).document(0, "title", "words")
    drawing = png.picture_png(document)
    assert drawing.startswith(b"\x89PNG")
    assert len(drawing) > len(png.picture_png(document.replace("text</text>", "</text>")))


def test_no_custom_property_is_left_for_the_rasteriser() -> None:
    program, trace = found("spec.classics.diehard:DieHard", "big_is_not_4")
    resolved = png._resolved(picture_svg(program, trace, "big_is_not_4"))
    assert "var(" not in resolved and "prefers-color-scheme" not in resolved
    assert PALETTE["accent"][0] in resolved and PALETTE["accent"][1] not in resolved


def test_spaces_survive_the_rasteriser() -> None:
    """resvg drops runs of spaces, and those beside a `tspan`: `0 → 1` was `0→ 1`."""
    drawn = '<text x="1">a   b<tspan class="c d"> 1 </tspan>→ 2</text><title>a b</title>'
    assert png._resolved(drawn) == (
        '<text x="1">a\u00a0\u00a0\u00a0b<tspan class="c d">\u00a01\u00a0</tspan>→\u00a02</text><title>a b</title>'
    )


@pytest.mark.needs("resvg_py", "font_roboto")
def test_a_png_of_a_long_trace_shows_what_the_gallery_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """35 states of the map were 2,002 x 30,744 px: nobody could open that."""
    file = str(next(path for path in files() if path.name == "DoubleWrite-only_writes_change_values.itf.json"))

    def height(*more: str) -> int:
        out = tmp_path / "trace.png"
        monkeypatch.setattr(sys, "argv", ["evacheck", "show", file, "--png", "--out", str(out), *more])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        return int.from_bytes(out.read_bytes()[20:24], "big")

    some = height()
    assert " of 15 states; --all-states shows every one" in capsys.readouterr().out
    assert height("--all-states") > 2 * some


def test_png_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(png.importlib, "import_module", missing)
    with pytest.raises(UsageError) as caught:
        png.picture_png("<svg/>")
    assert str(caught.value) == (
        "U017 a PNG needs the extra `png` (resvg_py is not installed)\n"
        "    Install it with `pip install 'evacheck[png]'`, or take the SVG."
    )
