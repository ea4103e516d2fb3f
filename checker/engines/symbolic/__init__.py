"""Decide with Z3: bounded search and induction, over the same programs as every engine. Z3 is imported here only."""

from checker.engines.symbolic.bmc import BmcEngine
from checker.engines.symbolic.induction import InductionEngine

__all__ = ["BmcEngine", "InductionEngine"]
