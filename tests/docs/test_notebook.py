"""The tutorial notebook: a kernel runs it from its first cell to its last, and shows what the text beside it says."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from tests.support.pages import ROOT

SAVES = """
try:
    result.save("evacheck-out")
except evacheck.UsageError as error:
    print(error)
"""
"""It was an OSError, with a traceback: a model of a cell is in no file that a trace could name."""
NOTEBOOK = ROOT / "docs" / "tutorial" / "notebook.ipynb"


def test_it_is_kept_without_what_a_run_leaves_in_it() -> None:
    """Pages of a megabyte, and numbers that change whenever somebody looks."""
    cells = json.loads(NOTEBOOK.read_text("utf-8"))["cells"]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
    assert [cell["id"] for cell in cells] == [f"cell-{number}" for number in range(1, len(cells) + 1)]


@pytest.mark.needs("nbclient", "ipykernel")
def test_a_kernel_runs_it_to_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat  # noqa: PLC0415 - the extra `notebook`
    from nbclient import NotebookClient  # noqa: PLC0415 - likewise

    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    read = nbformat.read(NOTEBOOK, 4)
    read.cells.append(nbformat.v4.new_code_cell(SAVES))
    NotebookClient(read, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = [_shown(cell) for cell in read.cells if cell.cell_type == "code"]
    _, result, explained, length, drawn, mended, states, refused = shown
    assert "VIOLATED in a trace of 5 states" in result["text/plain"]
    page = unescape(result["text/html"])
    assert "<iframe sandbox=" in page and "<td>✗</td><td><code>nothing_is_lost</code></td>" in page
    assert "Why nothing_is_lost is violated" in explained["stdout"]
    assert length["text/plain"] == "5"
    assert drawn["text/plain"] == "Counter(threads=2): 12 states, all; 14 steps between them"
    assert drawn["text/html"].startswith("<iframe sandbox title=") and "&lt;svg " in drawn["text/html"]
    assert "<td>✓</td><td><code>nothing_is_lost</code></td>" in mended["text/html"]
    assert states["text/plain"] == str({threads: 2**threads for threads in range(1, 6)}), "as the text says"
    assert refused["stdout"].startswith("U010 a trace names its model, and Counter is in no file\n")


def _shown(cell: Any) -> dict[str, str]:
    """What a cell shows: by kind, or what it prints."""
    found: dict[str, str] = {}
    for output in cell.outputs:
        assert output.output_type != "error", output
        found |= output.data if output.output_type == "execute_result" else {"stdout": output.text}
    return found
