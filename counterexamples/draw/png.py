"""SVG to PNG, by resvg: no browser, no system packages. Draws nothing itself.

resvg and a typeface come with the extra `png`. The typeface is used where the system has none of those that a picture
asks for. Custom properties, which resvg does not know, are put in before: the light ones. Spaces
become such as it keeps.
"""

from __future__ import annotations

import importlib
import re
from typing import Any

from checker.errors import UsageError

_PROPERTY = re.compile(r"(--[\w-]+):\s*([^;}]+);")
_VAR = re.compile(r"var\((--[\w-]+)(?:,\s*([^()]*))?\)")
_TEXT = re.compile(r"(<text\b[^>]*>)(.*?)(</text>)", re.DOTALL)
_WORDS = re.compile(r"(?:^|(?<=>))[^<]+")
_DARK = re.compile(r"@media \(prefers-color-scheme: dark\)\s*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}")


def picture_png(svg: str, zoom: float = 2.0) -> bytes:
    """An SVG document as a PNG file, `zoom` times as large. Raises UsageError U017 if the extra `png` is missing."""
    resvg, typeface = _extra("resvg_py"), _extra("font_roboto")
    faces = [typeface.Roboto, typeface.RobotoBold]
    drawn = resvg.svg_to_bytes(
        svg_string=_resolved(svg), zoom=zoom, font_files=faces, font_family="Roboto", sans_serif_family="Roboto"
    )
    return bytes(drawn)


def _resolved(svg: str) -> str:
    """The document with every `var(--name, fallback)` replaced by what it comes to on light paper."""
    light = _DARK.sub("", svg)
    known = dict(_PROPERTY.findall(light))

    def value(found: re.Match[str]) -> str:
        return str(known.get(found[1], found[2] or "black")).strip()

    return _TEXT.sub(lambda found: found[1] + _WORDS.sub(_kept, found[2]) + found[3], _VAR.sub(value, light))


def _kept(words: re.Match[str]) -> str:
    """Words whose spaces cannot be broken: resvg drops runs of the others, and those beside a `tspan`."""
    return words[0].replace(" ", "\u00a0")


def _extra(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        remedy = "Install it with `pip install 'evacheck[png]'`, or take the SVG."
        raise UsageError("U017", f"a PNG needs the extra `png` ({name} is not installed)", remedy) from None
