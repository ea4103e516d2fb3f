"""The explicit engine: compiled, exhaustive, exact. Numba lives in this package and nowhere else."""

from checker.engines.explicit.engine import ExplicitEngine

__all__ = ["ExplicitEngine"]
