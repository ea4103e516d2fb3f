"""Simpler programs that mean the same, for engines: what a test has shown is not asked again. See docs/adr/0014."""

from checker.simplify.program import simplified

__all__ = ["simplified"]
