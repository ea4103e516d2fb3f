"""The tutorial, followed in an empty folder: every block of it, in order.

A Python block begins with `# FILE`, and is the file, or with `# FILE: METHOD`, and takes the place of that method or
joins the class. In a console block `$` begins a command; below it stands what it prints, `...` for any lines.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tutorial" / "first-bug.md").read_text()
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def write(folder: Path, block: str) -> None:
    head, _, body = block.partition("\n")
    file, _, method = head.removeprefix("# ").partition(": ")
    path = folder / file
    if not method:
        path.write_text(body)
        return
    lines = path.read_text().splitlines(keepends=True)
    (model,) = [each for each in ast.parse("".join(lines)).body if isinstance(each, ast.ClassDef)]
    old = [each for each in model.body if isinstance(each, ast.FunctionDef) and each.name == method]
    assert model.end_lineno is not None
    start, end = model.end_lineno, model.end_lineno
    for each in old:
        assert each.end_lineno is not None
        start, end = min(each.lineno, *(decorator.lineno for decorator in each.decorator_list)) - 1, each.end_lineno
    lines[start:end] = [body if old else f"\n{body}"]
    text = "".join(lines)
    if method == "picture":  # as the page asks
        text = text.replace("import Bool, Model,", "import Bool, Cell, Model, Picture,")
    path.write_text(text)


def run(folder: Path, command: str) -> str:
    if command.startswith("sed -i "):
        before, after, file = re.fullmatch(r"sed -i s/(.*?)/(.*?)/ (\S+)", command).groups()  # type: ignore[union-attr]
        (folder / file).write_text((folder / file).read_text().replace(before, after))
        return ""
    words = command.split()
    words[:1] = [sys.executable, "-m", "checker.cli"] if words[0] == "evacheck" else [sys.executable]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 12), done.stderr
    return done.stdout


def agree(shown: str, printed: str) -> None:
    """The lines of the page were printed, in order, without others between them but where `...` stands; a printed line
    may go on: `1 passed in 0.9 s`."""
    lines, at = printed.splitlines(), 0
    for stretch in re.split(r"^ *\.\.\.\n", shown, flags=re.MULTILINE):
        wanted = stretch.splitlines()
        while not all(map(str.startswith, lines[at : at + len(wanted)], wanted)) or at + len(wanted) > len(lines):
            at += 1
            assert at < len(lines), f"the page shows:\n{stretch}\nbut this came:\n{printed}"
        at += len(wanted)


def test_every_block_in_order(tmp_path: Path) -> None:
    commands = 0
    for kind, block in BLOCK.findall(TEXT):
        if kind == "python":
            write(tmp_path, block)
            continue
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            agree(shown, run(tmp_path, command))
            commands += 1
    assert commands == 10
    picture = ROOT / "docs" / "images" / "move.svg"
    assert (tmp_path / "move.svg").read_text() == picture.read_text(), "the tutorial's picture is another"
    assert (tmp_path / "evacheck-out" / "move-nothing_is_missed.html").exists()
