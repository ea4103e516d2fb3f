"""Compiled code: every state, exactly, or random behaviours. Numba lives in this package and nowhere else."""

from checker.engines.explicit.engine import ExplicitEngine
from checker.engines.explicit.walk import WalkEngine

__all__ = ["ExplicitEngine", "WalkEngine"]
