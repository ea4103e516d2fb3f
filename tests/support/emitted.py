"""What the explicit engine emits, run as the Python that it is, over checked lists of words. Here every access to memory must be inside it, and
every word that a step computes must fit into 64 bits, which compiled code would not notice. Cannot find what only the
compiler does wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from checker.engines.explicit.codegen import code as codes
from checker.engines.explicit.codegen import layout
from checker.engines.explicit.codegen.emit import Emitted, emit_program
from checker.engines.explicit.codegen.packing import TOO_MANY_CHOICES, TOO_SMALL
from checker.ir.nodes import Program
from checker.semantics import State


class Words(list[int]):
    """Memory. `wraps`: a word too large loses its upper bits, as in hashes and packed words; else it is an error."""

    def __init__(self, count: int, wraps: bool) -> None:
        super().__init__([0] * count)
        self.wraps = wraps

    def __getitem__(self, at: Any) -> Any:
        assert isinstance(at, slice) or 0 <= at < len(self), f"reads cell {at} of {len(self)}"
        return super().__getitem__(at)

    def __setitem__(self, at: Any, word: Any) -> None:
        if not isinstance(at, slice):
            assert 0 <= at < len(self), f"writes cell {at} of {len(self)}"
            if self.wraps:
                word = layout.signed(int(word))
            assert -(1 << 63) <= word < 1 << 63, f"{word} does not fit into a word"
        super().__setitem__(at, word)


@dataclass(frozen=True)
class Expanded:
    """What `expand` says of a state: its successors in order, the first failing site, and whether it is a deadlock: 0, 1,
    or 2 if that cannot be told."""

    states: list[State]
    failed: codes.Site | None
    stuck: int


class PlainModel:
    """An emitted model as Python; without lemmas that have parameters, which the engine leaves to others."""

    def __init__(self, program: Program) -> None:
        simple = tuple(each for each in program.properties if not each.function.parameters)
        self.program = program = replace(program, properties=simple)
        self.emitted: Emitted = emit_program(program)
        self.layout = self.emitted.layout
        self.entries: dict[str, Any] = {}
        exec(compile(self.emitted.source, "<emitted>", "exec"), self.entries)

    def _scratch(self) -> Words:
        memory = Words(max(1, self.emitted.scratch), wraps=self.emitted.permutations > 1)
        for at, row in self.emitted.constants:
            memory[at : at + len(row)] = list(row)
        return memory

    def _states(self, out: Sequence[int], count: int) -> list[State]:
        words = self.layout.words
        return [self.layout.decode(out[at * words : (at + 1) * words]) for at in range(count)]

    def _site(self, status: int) -> codes.Site | None:
        return self.emitted.sites[status - codes.FIRST_SITE] if status else None

    def _packed(self, state: State) -> Words:
        words = Words(self.layout.words, wraps=True)
        words[:] = list(self.layout.encode(state))
        return words

    def initial(self) -> Expanded:
        """The outcomes of `init`, a few at a time."""
        scratch, control = self._scratch(), Words(codes.CONTROL_CELLS, wraps=False)
        found: list[State] = []
        while not control[codes.DONE]:
            out = Words(3 * self.layout.words, wraps=True)
            count = self.entries["initial"](scratch, control, out, 3)
            assert count >= 0
            found += self._states(out, count)
        return Expanded(found, self._site(control[codes.FAILED]), 0)

    def expand(self, state: State) -> Expanded:
        """The steps of a state."""
        capacity = 4
        while True:
            scratch, control = self._scratch(), Words(codes.CONTROL_CELLS, wraps=False)
            out = Words(capacity * self.layout.words, wraps=True)
            count = self.entries["expand"](self._packed(state), scratch, control, out, capacity)
            assert count != TOO_MANY_CHOICES
            if count != TOO_SMALL:
                break
            capacity *= 4
        assert tuple(scratch[: len(self.layout.slots)]) == self._codes(state), "scratch memory is not put back"
        return Expanded(self._states(out, count), self._site(control[codes.FAILED]), control[codes.STUCK])

    def _codes(self, state: State) -> tuple[int, ...]:
        row: list[int] = []
        for kind, value in zip(self.layout.kinds.values(), state, strict=True):
            row.extend(layout.codes(kind, value))
        return tuple(row)

    def judge(self, state: State) -> dict[str, int]:
        """For each property but `@final` ones and lemmas with parameters, which the engine leaves to others: 0 if nothing is
        to be said, 1 if it is a culprit, 2 if it fails."""
        judged = self.emitted.judged
        marks = Words(2 * len(judged), wraps=False)
        for at in range(len(judged)):
            marks[2 * at] = 1
        control = Words(codes.CONTROL_CELLS, wraps=False)
        count = self.entries["check"](self._packed(state), self._scratch(), control, marks)
        assert count == sum(marks[2 * at + 1] != 0 for at in range(len(judged)))
        return {name: marks[2 * at + 1] for at, name in enumerate(judged)}

    def canonical(self, state: State) -> tuple[State, int]:
        """The state that stands for the orbit, and how many permutations lead there."""
        words = self._packed(state)
        fixing = self.entries["canonical"](words, self._scratch())
        return self.layout.decode(words), fixing


def reachable(initial: Iterator[State], successors: Any, most: int) -> Iterator[State]:
    """States in breadth-first order, at most so many."""
    seen: dict[State, None] = dict.fromkeys(initial)
    queue = list(seen)[:most]
    for state in queue:
        yield state
        for following in successors(state):
            if following not in seen and len(queue) < most:
                seen[following] = None
                queue.append(following)


__all__ = ["Expanded", "PlainModel", "Words", "reachable"]
