"""The reference interpreter: what a program means. Short, slow, and the definition of truth; searches nothing.

`Interpreter` enumerates the initial states and the steps of a state, runs one named step, and judges a property in one
state. Every engine is held to it, and no engine takes part in it. It does not decide whether a program is well formed:
it trusts the types that stand in the IR, except that every `Convert` is checked, whether or not it says it can fail.
"""

from checker.semantics.interpreter import Interpreter, vectors
from checker.semantics.step import LOOP_LIMIT, Failure, State, Step, StepFailed, Transition

__all__ = ["LOOP_LIMIT", "Failure", "Interpreter", "State", "Step", "StepFailed", "Transition", "vectors"]
