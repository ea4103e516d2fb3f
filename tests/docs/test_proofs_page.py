"""docs/explanation/proofs.md: its models give the output that the page shows."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "explanation" / "proofs.md").read_text()


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    models = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    outputs = re.findall(r"^```text\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert len(models) == len(outputs) == 2
    head = "from checker.lang import Model, Range, Var, action, always, lemma, require\n\n"
    (tmp_path / "tank.py").write_text(head + "\n\n".join(models))
    for name, shown in zip(("Tank", "EvenTank"), outputs, strict=True):
        command = [sys.executable, "-m", "checker.cli", "verify", f"tank.py:{name}", "--engine", "induction"]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=tmp_path, env={"PYTHONPATH": str(ROOT)}, check=False
        )
        assert shown.strip() in done.stdout, done.stdout + done.stderr
