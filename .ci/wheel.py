"""Build the wheel: evacheck's four packages below one name, `evacheck`, so that no other is taken.

In a clone the packages stand side by side: `checker`, `counterexamples`, `spec`, `evacheck`. Names like these a user's
project has too. So a wheel holds `evacheck/checker/...` and so on, and every import statement of ours names it there:
`from checker.errors import X` becomes `from evacheck.checker.errors import X`. Nothing else in a file changes.
docs/adr/0015-one-name-in-a-wheel.md says why.
"""

from __future__ import annotations

import ast
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGES = ("evacheck", "checker", "counterexamples", "spec")
PAGES = ("llms.txt", "docs/tutorial/*.md", "docs/how-to/*.md", "docs/reference/*.md")
HOME = "evacheck"


def packed(root: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the wheel's packages: its place there, and what it holds."""
    for package in PACKAGES:
        for path in sorted((root / package).rglob("*")):
            place = path.relative_to(root).as_posix()
            if path.is_dir() or "__pycache__" in path.parts or path.suffix == ".pyc":
                continue
            inside = place if package == HOME else f"{HOME}/{place}"
            yield inside, moved(path.read_text("utf-8"), place).encode() if path.suffix == ".py" else path.read_bytes()
    for pattern in PAGES:  # `evacheck skill` prints them
        for path in sorted(root.glob(pattern)):
            yield f"{HOME}/{path.relative_to(root).as_posix()}", path.read_bytes()


def moved(source: str, place: str) -> str:
    """A file's text with the imports of our packages below `evacheck`. Raises ValueError for one that cannot be."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import) and any(_is_moved(alias.name) for alias in node.names):
            raise ValueError(f"{place}:{node.lineno}: write `from package import module`, which can be moved")
        if isinstance(node, ast.ImportFrom) and node.level == 0 and _is_moved(node.module or ""):
            line, start = lines[node.lineno - 1], node.col_offset
            if not line[start:].startswith(f"from {node.module} import"):
                raise ValueError(f"{place}:{node.lineno}: this import is not written as one line begins")
            lines[node.lineno - 1] = f"{line[:start]}from {HOME}.{line[start + len('from ') :]}"
    return "".join(lines)


def _is_moved(module: str) -> bool:
    first = module.partition(".")[0]
    return first in PACKAGES and first != HOME


try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ImportError:  # the tests use `packed` without a build
    BuildHookInterface = None


if BuildHookInterface is not None:

    class WheelHook(BuildHookInterface):
        """Puts the moved files into the wheel. An installation for development gets the clone itself."""

        def initialize(self, version: str, build_data: dict[str, Any]) -> None:
            """Called by hatchling before it builds."""
            if version == "editable":
                return
            self.made = tempfile.TemporaryDirectory()
            for place, content in packed(Path(self.root)):
                path = Path(self.made.name, place)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
                build_data["force_include"][str(path)] = place

        def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
            """Called when it is built."""
            if version != "editable":
                self.made.cleanup()
