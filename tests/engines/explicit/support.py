"""How tests run the explicit engine, and what they compare of an outcome."""

from __future__ import annotations

from random import Random
from typing import Any

from checker.check import check, select
from checker.contract.task import BUILT_IN, Budget, Engine, Outcome, Task
from checker.contract.verdict import Verdict
from checker.engines.explicit import ExplicitEngine
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.ir.property_kind import PropertyKind


def program_of(name: str, **parameters: Any) -> Program:
    """The program of a model: `zoo:Shapes`, or a dotted name."""
    return compile_model(load(f"tests.engines.explicit.{name}" if name.startswith("zoo:") else name), parameters)


def judged(program: Program) -> tuple[str, ...]:
    """Everything that compiled code can be asked of a program: lemmas with parameters are left to other engines."""
    asked = (p.name for p in program.properties if p.kind is not PropertyKind.FINAL and not p.function.parameters)
    return (*asked, *BUILT_IN)


def run(program: Program, engine: Engine | None = None, **options: Any) -> Outcome:
    """What an engine, the explicit one by default, says of all properties."""
    options.setdefault("budget", Budget())
    return (engine or ExplicitEngine()).run(Task(program, judged(program), **options))


def everything(compiled: Program, budget: Budget | None = None, **options: Any) -> Outcome:
    """What the explicit engine says of all properties, temporal ones too, judged."""
    return check(Task(compiled, select(compiled), budget or Budget(), keep_going=True, **options), ExplicitEngine())


def counts(outcome: Outcome) -> tuple[int, int, int]:
    """Distinct states, generated states, depth."""
    return outcome.stats.distinct, outcome.stats.generated, outcome.stats.depth


def gist(verdict: Verdict) -> str:
    """A verdict without its trace's particulars: of the shortest behaviours engines may show different ones."""
    trace = getattr(verdict, "trace", None)
    if trace is None:
        return str(verdict)
    return f"{type(verdict).__name__} in {len(trace)}, {getattr(trace.end, 'failure', None)}"


def random_key(found: Any, states_: Any) -> Any:
    """Some bits, none of them chosen for a reason."""
    return tuple(Random(found.set_words).getrandbits(62) for _ in range(found.width))


def some_key(layout: Any, sample: Any, steps: Any) -> Any:
    """The same for what is noted while exploring."""
    return tuple(Random(len(sample)).getrandbits(62) for _ in range(layout.words))
