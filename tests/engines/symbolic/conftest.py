"""What several tests of the solvers need."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator

import pytest

from checker import signals


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Signals are heard as the command hears them, which loses none."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(signals, "_state", signals._State())
    signals.install()
    yield
    for number, handler in before.items():
        signal.signal(number, handler)
