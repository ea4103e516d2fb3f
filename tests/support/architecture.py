"""What docs/architecture.md says of the tree, made from the tree: the picture of the layers and a line for each file.

uv run python -m tests.support.architecture        # write both anew
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "architecture.md"
PICTURE = ROOT / "docs" / "images" / "layers.svg"
BEGIN, END = "<!-- files: made by tests.support.architecture -->", "<!-- end of files -->"

_LARGE = ("evacheck", "checker", "counterexamples")
_WIDTH, _HEIGHT, _GAP, _MARGIN = 760, 34, 10, 16


def layers() -> list[list[str]]:
    """The layers that `lint-imports` holds, from the top: the rooms and loose files of each."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    whole = next(each for each in contracts if each["name"] == "imports point one way")
    return [[name.strip() for name in layer.split("|")] for layer in whole["layers"]]


def rooms() -> Iterator[tuple[str, list[Path]]]:
    """Every folder of code with its files, in the order of the layers and then of names."""
    order = [name for layer in layers() for name in layer]
    folders = {path.parent for top in _LARGE for path in (ROOT / top).rglob("*.py")}

    def place(folder: Path) -> tuple[int, str]:
        name = ".".join(folder.relative_to(ROOT).parts)
        found = [number for number, each in enumerate(order) if name == each or name.startswith(f"{each}.")]
        return (found[0] if found else -1, name)

    for folder in sorted(folders, key=place):
        files = sorted(path for path in folder.glob("*.py") if path.name != "__init__.py")
        yield str(folder.relative_to(ROOT)), files


def sentence(path: Path) -> str:
    """The first sentence of a file: what it decides."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].split())
    return first.partition(". ")[0].rstrip(".")


def files_section() -> str:
    """A line for each file, by folder."""
    lines = [BEGIN]
    for folder, files in rooms():
        lines += ["", f"**`{folder}/`** {sentence(ROOT / folder / '__init__.py')}.", ""]
        lines += [f"- `{path.stem}`: {sentence(path)}." for path in files]
    return "\n".join([*lines, "", END])


def picture() -> str:
    """The layers as SVG: who may import whom is who stands above whom."""
    rows = layers()
    height = 2 * _MARGIN + len(rows) * (_HEIGHT + _GAP) - _GAP
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        'font-family="Roboto, Helvetica, Arial, sans-serif" font-size="13">',
        "<title>The layers: each may import what stands below it, nothing above or beside</title>",
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
    ]
    for number, row in enumerate(rows):
        top = _MARGIN + number * (_HEIGHT + _GAP)
        width = (_WIDTH - 2 * _MARGIN - _GAP * (len(row) - 1)) / len(row)
        for column, name in enumerate(row):
            left = _MARGIN + column * (width + _GAP)
            folder = (ROOT / name.replace(".", "/")).is_dir()
            fill, weight = ("#dbeafe", "600") if folder else ("#f1f5f9", "400")
            shown = name.removeprefix("checker.") + ("/" if folder else "")
            lines.append(
                f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{_HEIGHT}" rx="6" fill="{fill}" '
                'stroke="#94a3b8"/>'
                f'<text x="{left + width / 2:.1f}" y="{top + 22}" text-anchor="middle" font-weight="{weight}" '
                f'fill="#0f172a">{shown}</text>'
            )
    return "\n".join([*lines, "</svg>", ""])


def page() -> str:
    """The page with its list of files as they are now."""
    text = PAGE.read_text(encoding="utf-8")
    return text[: text.index(BEGIN)] + files_section() + text[text.index(END) + len(END) :]


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    PICTURE.write_text(picture(), encoding="utf-8")
