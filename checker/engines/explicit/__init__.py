"""Compiled code: every state, exactly, or random behaviours. LLVM lives in this package and nowhere else."""

from checker.engines.explicit.engine import ExplicitEngine
from checker.engines.explicit.random_walk.engine import WalkEngine

__all__ = ["ExplicitEngine", "WalkEngine"]
