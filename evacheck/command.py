"""Where the command `evacheck` is installed from. Does nothing of its own."""

from __future__ import annotations

from checker.start import main

__all__ = ["main"]
