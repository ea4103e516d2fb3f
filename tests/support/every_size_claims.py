"""What is proved of a random model for every size, held against the interpreter at sizes 1 to 4.

Two roads. The states that are reached, the first so many of each size: every claim that is proved is true in them, and
where nothing can fail, nothing does. And states that need not be reached: where all that is proved is true, it is true
after every step. The second is what a proof by induction says, and finds wrong proofs that no behaviour comes to.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from random import Random
from unittest.mock import patch

from checker.check import check
from checker.contract.task import NO_FAILURE, Outcome, Task, select
from checker.contract.verdict import Proved
from checker.engines.symbolic.every_size import obligations
from checker.engines.symbolic.every_size.proof import EverySizeEngine
from checker.errors import ModelError
from checker.frontend.open_sizes import OpenSizes, left_open
from checker.ir.nodes import Program
from checker.semantics import Interpreter, State, Transition
from tests.frontend.support import model
from tests.support.every_size import VARIABLES, Draw, is_true
from tests.support.every_size_counting import counting, counts
from tests.support.random_models import SYMMETRIC_REFUSALS, may_be_refused

REFUSALS = SYMMETRIC_REFUSALS | {"E104", "E601", "E602"}
"""What the language may refuse, a model without an initial state, and what is not looked at for every size."""

MOST_REACHED = 25
"""States of each size that are reached and looked at."""

MOST_STEPS = 8
"""Steps of each state that are looked at."""

AMONG = 60
"""They are drawn from so many of its first."""

TRIES = 12
"""States of each size that are drawn, of which those count in which all that is proved is true."""


LITTLE = 500_000
"""Z3's steps for one obligation of a model that counts: half a second, where proofs have four."""


class Wrong(AssertionError):
    """What is proved for every size is not so at one."""


def hold_random_model(random: Random) -> Counter[str]:
    """Draw a model, prove what can be proved of it for every size, and hold that against sizes 1 to 4. Raises Wrong."""
    others = [name for name in VARIABLES if name not in ("o", "s")]
    variables = ("o", "s", *random.sample(others, random.randint(0, 3)))
    counted = random.choice(("", "anywhere"))
    return hold_text(Draw(random, variables, random.choice((1, 1, 1, 2)), counted).model(), random)


def hold_counting_model(random: Random) -> Counter[str]:
    """The same of a model that counts. What takes Z3 longer than most does is not proved here."""
    with patch.object(obligations, "EFFORT", LITTLE):
        return hold_text(counting(random), random)


def hold_text(text: str, random: Random) -> Counter[str]:
    """Prove what can be proved of a model for every size, and hold that against sizes 1 to 4. Raises Wrong."""
    try:
        open_sizes = left_open(model(text), {}, "all")
        outcome = proved(open_sizes)
    except ModelError as error:
        if not all(may_be_refused(problem, REFUSALS) for problem in error.problems):
            raise Wrong(f"it is refused: {error}\n{text}") from None
        return Counter({"refused": 1})
    try:
        return Counter({"models": 1}) + held(open_sizes, outcome, random)
    except Wrong as wrong:
        raise Wrong(f"{wrong}\n{text}") from None


def proved(open_sizes: OpenSizes, seed: int = 0) -> Outcome:
    """What is proved of all claims, lemmas too, for every size."""
    program = open_sizes.programs[1]
    claims = [each.name for each in program.properties if each.kind.traits.invariant]
    return check(Task(program, select(program, claims)), EverySizeEngine(open_sizes, seed))


def held(open_sizes: OpenSizes, outcome: Outcome, random: Random) -> Counter[str]:
    """Hold what is proved against each size; what was looked at, counted."""
    names = {name for name, verdict in outcome.verdicts.items() if isinstance(verdict, Proved)}
    safe = NO_FAILURE in names
    claims = sorted(names - {NO_FAILURE})
    counted = _that_count(open_sizes.programs[1])
    open_still, false = counted - names, set[str]()
    seen = Counter({"claims proved": len(claims), "safe": int(safe)})
    seen += Counter({"counting claims proved": len(counted & names), "counting claims not proved": len(open_still)})
    if not claims and not safe:
        return seen
    for size, program in open_sizes.programs.items():
        interpreter = Interpreter(program)
        reached = 0
        for state in _reached(interpreter, safe, size, random):
            _confirm(interpreter, claims, state, f"reached at size {size}")
            reached += 1
            false |= {name for name in open_still - false if not is_true(interpreter, name, state)}
        begun = [state for state in _any_states(program, random) if _all_true(interpreter, claims, state)]
        for state in begun:
            for each in _some_steps(interpreter, state, random):
                seen["steps"] += 1
                _confirm_step(interpreter, claims, safe, state, each, size)
        seen += Counter({"states reached": reached, "states drawn": len(begun)})
    return seen + Counter({"counting claims not proved, false in what is reached": len(false)})


def _that_count(program: Program) -> set[str]:
    """The claims that count."""
    claims = (each for each in program.properties if each.kind.traits.invariant)
    return {each.name for each in claims if counts(program, each.function)}


def _reached(interpreter: Interpreter, safe: bool, size: int, random: Random) -> Iterator[State]:
    seen: set[State] = set()
    waiting: list[State] = []

    def note(found: Iterable[Transition]) -> None:
        for each in found:
            if each.state is None:
                if safe:
                    raise Wrong(f"{each} fails at size {size}, and nothing fails at any")
            elif each.state not in seen and len(seen) < MOST_REACHED:
                seen.add(each.state)
                waiting.append(each.state)

    note(islice(interpreter.initial(), MOST_STEPS))
    while waiting:
        state = waiting.pop(0)
        yield state
        note(_some_steps(interpreter, state, random))


def _some_steps(interpreter: Interpreter, state: State, random: Random) -> list[Transition]:
    first = list(islice(interpreter.successors(state), AMONG))
    return random.sample(first, min(MOST_STEPS, len(first)))


def _any_states(program: Program, random: Random) -> Iterator[State]:
    """States that need not be reached: every variable has any value of its type."""
    kinds = [declared.type for declared in program.variables]
    for _ in range(TRIES):
        yield tuple(kind.unrank(random.randrange(kind.size)) for kind in kinds)


def _all_true(interpreter: Interpreter, claims: Sequence[str], state: State) -> bool:
    return all(is_true(interpreter, name, state) for name in claims)


def _confirm(interpreter: Interpreter, claims: Sequence[str], state: State, where: str) -> None:
    wrong = [name for name in claims if not is_true(interpreter, name, state)]
    if wrong:
        raise Wrong(f"{wrong[0]} is proved for every size, and false in {state}, {where}")


def _confirm_step(
    interpreter: Interpreter, claims: Sequence[str], safe: bool, state: State, each: Transition, size: int
) -> None:
    where = f"after {each.step} from {state} at size {size}, where all that is proved is true"
    if each.state is not None:
        _confirm(interpreter, claims, each.state, where)
    elif safe:
        raise Wrong(f"{each} fails, {where}")
