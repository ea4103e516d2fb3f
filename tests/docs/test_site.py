"""The site: built strictly, where a dead link ends the build, and it loads nothing from elsewhere."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pages import ROOT


@pytest.mark.needs("material")
def test_it_is_built_with_search_and_glossary_and_no_dead_link(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    environment = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
        "http_proxy": "http://127.0.0.1:9",
        "https_proxy": "http://127.0.0.1:9",
    }
    done = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((tmp_path / "search" / "search_index.json").read_text("utf-8"))["docs"]
    places = {each["location"] for each in found}
    pages = {page.relative_to(ROOT / "docs").with_suffix(".html").as_posix() for page in (ROOT / "docs").rglob("*.md")}
    pages = {re.sub(r"README\.html$", "index.html", page) for page in pages} | {"index.html", "models.html"}
    assert pages <= places, "what is searched"
    assert any(each["location"].startswith("reference/glossary.html") and "Lasso" in each["text"] for each in found)
    front = (tmp_path / "index.html").read_text("utf-8")
    assert 'href="reference/glossary.html"' in front and "Three states of a trace" in front
    assert re.findall(r'<(?:script|link|img)[^>]*(?:src|href)="(?:https?:)?//[^"]*"', front) == []
    assert (tmp_path / "source" / "spec" / "go_map" / "classic.py.txt").is_file(), "to which the tutorial links"
