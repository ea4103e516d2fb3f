"""A picture that a notebook shows: in a frame of its own that runs nothing, reaches nothing around it, and needs
nothing else. Draws nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from checker import files

_TALLEST = 640  # px of a frame


@dataclass(frozen=True)
class Drawing:
    """A picture as SVG, which a notebook shows. `title` says what it is of."""

    title: str
    svg: str

    def save(self, path: str | Path) -> None:
        """Write the SVG into a file. Raises Unwritten if that fails."""
        files.write(Path(path), self.svg)

    def __repr__(self) -> str:
        return self.title

    def _repr_html_(self) -> str:
        found = re.search(r'<svg [^>]*\bheight="([0-9.]+)"', self.svg)
        tall = min(_TALLEST, int(float(found[1])) + 20 if found else _TALLEST)
        looks = f"width:100%;height:{tall}px;border:1px solid #8888;border-radius:6px"
        page = f'<!doctype html><meta charset="utf-8"><style>body {{ margin: 0 }}</style>{self.svg}'
        return f'<iframe sandbox title="{escape(self.title)}" style="{looks}" srcdoc="{escape(page)}"></iframe>'
