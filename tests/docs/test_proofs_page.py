"""docs/explanation/proofs.md: its models give the output that the page shows."""

from __future__ import annotations

import re
from pathlib import Path

from tests.support import forked

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "explanation" / "proofs.md").read_text()


def test_the_page_shows_what_is_printed(tmp_path: Path) -> None:
    models = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    outputs = re.findall(r"^```text\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    assert len(models) == len(outputs) == 2
    head = "from checker.lang import Model, Range, Var, action, always, lemma, require\n\n"
    (tmp_path / "tank.py").write_text(head + "\n\n".join(models))
    for name, shown in zip(("Tank", "EvenTank"), outputs, strict=True):
        done = forked.command(tmp_path, ["verify", f"tank.py:{name}", "--engine", "induction"])
        assert shown.strip() in done.stdout, done.stdout + done.stderr
