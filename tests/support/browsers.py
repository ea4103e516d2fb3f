"""The browser in which pages are tested, and how it is started without a network."""

from __future__ import annotations

import shutil

BROWSER = shutil.which("chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
