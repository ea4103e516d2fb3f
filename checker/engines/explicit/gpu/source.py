"""The one source of a model's emitted code and a card's kernels, and what it becomes: PTX, for a card. A processor can
run the same source, as Python or compiled, a thread after the other or beside it."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Sequence

from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.gpu import kernels
from checker.engines.explicit.machine import llvm, operations
from checker.engines.explicit.machine.lowering import lowered
from checker.engines.explicit.machine.reading import SourceReader
from checker.garbage import uncollected

KERNELS = ("prepare", "enter_rows", "judge_rows", "expand_rows")

ENTRIES = {kernel: f"card_{kernel}" for kernel in KERNELS}
"""The names by which a card knows them."""

_SPECIAL = ("tid", "ntid", "ctaid", "nctaid")
"""Registers in which a card's thread finds its number in its block, threads in a block, its block, blocks."""


def source(emitted: Emitted) -> str:
    """Kernels first, so that the model's own functions replace those that stand for them."""
    own, _ = emitted.modules[0]
    text = inspect.getsource(kernels)
    both = _functions(text) & _functions(own)
    assert not both, f"kernels and emitted code have functions of one name: {both}"
    return f"{text}\n\n{own}"


def ptx(emitted: Emitted) -> str:
    """The source as PTX, with an entry for each kernel."""
    with uncollected():
        functions = SourceReader().functions(source(emitted), "", KERNELS)
        text = _spelled(lowered(functions, (), _on_card))
    return llvm.card_code("\n".join([text, *_entries()]))


def _functions(text: str) -> set[str]:
    return {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def _spelled(text: str) -> str:
    """The text with functions' names as PTX can spell them: no name in Python has a `$`."""
    return re.sub(r'@"([^"]*)"', lambda name: f'@"{re.sub(r"[^A-Za-z0-9_]", _numbered, name[1])}"', text)


def _numbered(mark: re.Match[str]) -> str:
    return f"${ord(mark[0]):x}$"


def _on_card(name: str, arguments: Sequence[str], result: str) -> list[str]:
    """How an operation is written for a card, which has nobody to ask whether a long step is to go on: nobody is asked
    where no address is given, and if one were, the answer would be no."""
    if name == "call1":
        return [f"{result} = add i64 0, 0"]
    return operations.lines(name, arguments, result)


def _entries() -> list[str]:
    """The entries: they tell kernels their thread's number, and how many there are."""
    declared = [f"declare i32 @llvm.nvvm.read.ptx.sreg.{name}.x()" for name in _SPECIAL]
    read = [f"  %{name} = call i32 @llvm.nvvm.read.ptx.sreg.{name}.x()" for name in _SPECIAL]
    wide = [f"  %{name}.w = zext i32 %{name} to i64" for name in _SPECIAL]
    numbered = [
        "  %before = mul i64 %ctaid.w, %ntid.w",
        "  %thread = add i64 %before, %tid.w",
        "  %threads = mul i64 %nctaid.w, %ntid.w",
    ]
    defined = []
    for kernel, entry in ENTRIES.items():
        call = f'  %done = call i64 @"{kernel}"(ptr %k, i64 %thread, i64 %threads)'
        head = f"define ptx_kernel void @{entry}(ptr noalias %k) {{"
        defined += [head, *read, *wide, *numbered, call, "  ret void", "}"]
    return [*declared, *defined]
