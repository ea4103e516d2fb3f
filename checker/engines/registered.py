"""Which engines there are, what each heeds, and where it is: a new engine is its folder and a line here.

An engine is imported when it is asked for: only who needs native code pays for LLVM, only who asks for proofs for Z3.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from checker import HOME
from checker.contract.task import Engine
from checker.errors import UsageError


@dataclass(frozen=True, slots=True)
class Registered:
    """One engine: `place` is its module, as a clone has it, and its class. `samples`: it makes random behaviours, keeps
    no states and decides nothing. `needs` is what may not be installed: a module, how it is called, and its package."""

    name: str
    place: str
    samples: bool = False
    needs: tuple[str, str, str] | None = None

    def load(self) -> Engine:
        """The engine itself. Raises UsageError U016 if what it needs is not installed."""
        module, _, kind = self.place.partition(":")
        try:
            made: Engine = getattr(import_module(f"{HOME}{module}"), kind)()
        except ModuleNotFoundError as error:
            if self.needs is None or error.name != self.needs[0]:
                raise
            _, called, package = self.needs
            problem = f"the engine '{self.name}' needs {called}, which is not installed"
            raise UsageError("U016", problem, f"Install it: pip install {package}") from None
        return made


_Z3 = ("z3", "Z3", "z3-solver")

REGISTERED = (
    Registered("auto", "checker.portfolio:AutoEngine"),
    Registered("all", "checker.portfolio:AllEngine"),
    Registered("explicit", "checker.engines.explicit:ExplicitEngine"),
    Registered("bmc", "checker.engines.symbolic:BmcEngine", needs=_Z3),
    Registered("induction", "checker.engines.symbolic:InductionEngine", needs=_Z3),
    Registered("reference", "checker.engines.reference:ReferenceEngine"),
    Registered("walk", "checker.engines.explicit:WalkEngine", samples=True),
    Registered("gpu", "checker.engines.explicit.gpu.engine:GpuEngine"),
)
"""All that a user can name, in the order in which they are listed."""
