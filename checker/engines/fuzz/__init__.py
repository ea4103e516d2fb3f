"""Random behaviours drawn by Hypothesis: as a state machine for pytest, and as an engine. Proves nothing.

Hypothesis is an optional extra and is imported nowhere else.
"""

from __future__ import annotations

from checker.errors import UsageError

try:
    from checker.engines.fuzz.engine import FuzzEngine, FuzzOutcome, fuzz
    from checker.engines.fuzz.machine import ModelMachine, machine
    from checker.engines.fuzz.walk import ViolationFound
except ModuleNotFoundError as error:
    if error.name != "hypothesis":
        raise
    raise UsageError(
        "U018", "fuzzing needs Hypothesis, which is not installed", "Install it: pip install 'evacheck[fuzz]'"
    ) from None

__all__ = ["FuzzEngine", "FuzzOutcome", "ModelMachine", "ViolationFound", "fuzz", "machine"]
