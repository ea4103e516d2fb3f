"""Runs Quint, which npm brings: its simulator, its tests, and its reader of ITF.

    npm install --prefix DIR @informalsystems/quint antlr4ts@0.5.0-alpha.4
    PATH=DIR/node_modules/.bin:$PATH uv run pytest tests/counterexamples/test_quint.py

The second package is the one that Quint's own lock file has: a later one, which npm takes otherwise, does not start. The
evaluator in Rust and Apalache are downloaded from elsewhere when they are asked for; nothing here asks for them.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from checker.contract.trace import Trace

QUINT = shutil.which("quint")
NODE = shutil.which("node")
THERE = QUINT is not None and NODE is not None
WHY = "quint is not on the path: `npm install --prefix DIR @informalsystems/quint antlr4ts@0.5.0-alpha.4` brings it"
SPECS = Path(__file__).parents[1] / "data" / "quint"

_READ = """
const [folder, file] = process.argv.slice(1)
const { ofItf, toItf, ofItfNormalized } = require(folder + '/dist/src/itf.js')
const { printTrace } = require(folder + '/dist/src/graphics.js')
const trace = JSON.parse(require('fs').readFileSync(file, 'utf-8'))
let shown = ''
printTrace({ width: 80, out: text => { shown += text } }, ofItfNormalized(trace), [], [])
console.log(JSON.stringify({ shown, states: toItf(trace.vars, ofItf(trace)).value.states }))
"""
"""How `quint verify` reads and shows what Apalache writes. Then written again, as `quint run` does."""


def simulated(folder: Path, spec: str, invariant: str, *more: str) -> Any:
    """The trace that the simulator writes of a behaviour that violates an invariant."""
    file = folder / "out.itf.json"
    words = ["run", "--backend=typescript", f"--invariant={invariant}", f"--out-itf={file}", *more]
    done = _quint(folder, *words, str(SPECS / f"{spec}.qnt"))
    assert done.returncode == 1 and "Invariant violated" in done.stdout + done.stderr, done.stdout + done.stderr
    return json.loads(file.read_text())


def taken(folder: Path, spec: str, trace: Trace) -> Any:
    """The trace that Quint writes where it takes the steps of one of ours, one by one. Its actions have the names of
    ours, in its own spelling, and the same parameters."""
    steps = "".join(f".then({_call(step.name, step.arguments)})" for step in trace.steps)
    (folder / f"{spec}.qnt").write_text((SPECS / f"{spec}.qnt").read_text())
    text = f'module ours {{\n  import {spec}.* from "./{spec}"\n  run ours = init{steps}\n}}\n'
    (folder / "ours.qnt").write_text(text)
    done = _quint(folder, "test", "--backend=typescript", "--main=ours", "--match=ours", "--out-itf=t.json", "ours.qnt")
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "t.json").read_text())


def read(file: Path) -> tuple[str, list[Any]]:
    """What Quint shows of an ITF file, and the states that it writes again of what it has read."""
    assert QUINT is not None and NODE is not None
    package = Path(QUINT).resolve().parents[2]
    words = [NODE, "-e", _READ, str(package), str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"FORCE_COLOR": "0"})
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    return found["shown"], found["states"]


def _quint(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    assert QUINT is not None
    return subprocess.run([QUINT, *words], cwd=folder, capture_output=True, text=True, check=False)


def _call(name: str, arguments: Sequence[object]) -> str:
    first, *rest = name.split("_")
    called = first + "".join(map(str.capitalize, rest))
    return f"{called}({_listed(arguments)})" if arguments else called


def _listed(values: Iterable[object]) -> str:
    return ", ".join(map(str, values))
