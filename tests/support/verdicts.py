"""What tests read off a verdict."""

from __future__ import annotations

from checker.contract.trace import Lasso, Trace
from checker.contract.verdict import Verdict, Violated


def lasso_of(found: Verdict) -> tuple[Trace, int]:
    """The trace of a violation, and where its loop begins."""
    assert isinstance(found, Violated) and isinstance(found.trace.end, Lasso)
    return found.trace, found.trace.end.back_to
