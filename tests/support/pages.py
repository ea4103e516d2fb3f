"""Follow a page of docs/ in an empty folder: every block of it, in order.

A Python block begins with `# FILE`, and is the file, or with `# FILE: METHOD`, and takes the place of that method or
joins the class. In a console block `$` begins a command; below it stands what it prints, `...` for any lines.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.support import forked

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(python|console)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def write(folder: Path, block: str) -> None:
    """Put a Python block into the file that it names, or into the class there."""
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
    """What a command of a page prints, run in a folder. Of `sed` only `-i 's/OLD/NEW/'` and `-i '/TEXT/d'` are known."""
    words = shlex.split(command)
    if words[:2] == ["sed", "-i"]:
        _, _, edit, file = words
        (folder / file).write_text(edited((folder / file).read_text(), edit))
        return ""
    if words[:3] == ["python", "-m", "pytest"]:
        done = forked.tests(folder, words[3:])
    elif words[0] == "evacheck":
        done = forked.command(folder, words[1:])
    else:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        words[0] = sys.executable
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 3, 12, 13), done.stderr
    return done.stdout


def edited(text: str, edit: str) -> str:
    """A text after an edit, which changes it."""
    if edit.startswith("/"):
        changed = "".join(line for line in text.splitlines(keepends=True) if edit[1:-2] not in line)
    else:
        _, before, after, _ = edit.split("/")
        changed = text.replace(before, after)
    assert changed != text, f"{edit} changes nothing"
    return changed


def agree(shown: str, printed: str) -> None:
    """The lines of the page were printed, in order, without others between them but where `...` stands; a printed line
    may go on: `1 passed in 0.9 s`."""
    lines, at = printed.splitlines(), 0
    for stretch in re.split(r"^ *\.\.\.\n", shown, flags=re.MULTILINE):
        wanted = [line.removesuffix(" ...") for line in stretch.splitlines()]
        while not all(map(str.startswith, lines[at : at + len(wanted)], wanted)) or at + len(wanted) > len(lines):
            at += 1
            assert at < len(lines), f"the page shows:\n{stretch}\nbut this came:\n{printed}"
        at += len(wanted)


def follow(text: str, folder: Path) -> int:
    """Do what a page says, block by block, and hold it to what it shows; how many commands there were."""
    commands = 0
    for kind, block in BLOCK.findall(text):
        if kind == "python":
            write(folder, block)
            continue
        for command, shown in re.findall(r"^\$ (.*)\n((?:(?!\$ ).*\n)*)", block, re.MULTILINE):
            agree(shown, run(folder, command))
            commands += 1
    return commands
