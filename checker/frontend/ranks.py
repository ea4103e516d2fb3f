"""The ranks of a model: which property each is for, and that it is a rank. Reads no statement."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from checker.errors import Problem
from checker.ir import nodes as ir
from checker.ir.ranks import Rank, is_rank
from checker.lang.model import Method


def ranks(
    methods: Iterable[Method],
    temporal: Sequence[ir.Temporal],
    read: Callable[[Method], ir.Function],
    problems: list[Problem],
) -> list[Rank]:
    """Those of these methods; of one property there is one. What is wrong with them comes to `problems`."""
    found: dict[str, Rank] = {}
    for method in methods:
        assert method.mark is not None
        made = Rank(method.name, method.mark.of, read(method))
        problems.extend(_wrong(made, temporal))
        if made.of in found:
            problem = f"{made.name!r} and {found[made.of].name!r} are both ranks of {made.of!r}"
            problems.append(Problem("E206", made.function.span, problem, "Leave out one of them."))
        found.setdefault(made.of, made)
    return list(found.values())


def _wrong(rank: Rank, temporal: Sequence[ir.Temporal]) -> Iterable[Problem]:
    span, taken = rank.function.span, rank.function.parameters
    claimed = next((each for each in temporal if each.name == rank.of), None)
    if claimed is None:
        names = ", ".join(each.name for each in temporal) or "there is none"
        problem, remedy = f"there is no temporal property {rank.of!r}", f"Name one: {names}."
        yield Problem("E206", span, f"@rank({rank.of!r}): {problem}", remedy)
    elif [each.type for each in taken] != [each.type for each in claimed.function.parameters]:
        wanted = "".join(f", {each.name}: {each.type}" for each in claimed.function.parameters)
        problem = f"{rank.name!r} does not take what {rank.of!r} takes"
        yield Problem("E206", span, problem, f"Write `def {rank.name}(self{wanted})`.")
    if not is_rank(rank.function.returns):
        remedy = "Return a number, or a tuple of numbers and truth values; or None where nothing is owed."
        yield Problem("E210", span, f"{rank.name!r} returns {rank.function.returns}, which is no rank", remedy)
