"""Simpler programs that mean the same, for bounded search: what a test has shown is not asked again (ADR 14)."""

from checker.simplify.program import simplified

__all__ = ["simplified"]
