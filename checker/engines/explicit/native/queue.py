"""Rows that wait for being worked on, and are handed out to the workers of a search."""

from __future__ import annotations

import threading

from checker.engines.explicit.native.store import RowSpan

_LEAST_SLICE = 64
"""Rows below which handing out takes longer than they do."""


class Queue:
    """Spans of rows, handed out in pieces to whichever worker asks."""

    def __init__(self, spans: list[RowSpan]) -> None:
        self._spans = list(reversed(spans))
        self._left = sum(span.end - span.begin for span in spans)
        self._lock = threading.Lock()

    def take(self, rows: int, shares: int = 1) -> RowSpan | None:
        """The next piece of at most so many rows, and of at most one of so many shares of what is left, unless that is
        very little; None if there is none."""
        with self._lock:
            if not self._spans:
                return None
            rows = min(rows, max(_LEAST_SLICE, self._left // shares))
            span = self._spans.pop()
            end = min(span.end, span.begin + rows)
            if end < span.end:
                self._spans.append(RowSpan(span.chunk, end, span.end))
            self._left -= end - span.begin
            return RowSpan(span.chunk, span.begin, end)
