"""Decide what rule of `range` a real loop has broken, from what the map's user did and saw. Knows no memory, no model.

The rules are those of the language, as internal/runtime/maps/map.go states them: an entry is yielded once, with its
latest value, not after it was removed; one that is there from the start of a loop to its end is yielded. A key that is
deleted and put back is a new entry.
"""

from __future__ import annotations

from dataclasses import dataclass

from checker.conform.maps.operations import Op, Operation

RULES = {"IterOnce": "TWICE", "IterNoRemoved": "REMOVED", "IterFresh": "OLD_VALUE", "IterComplete": "MISSED"}
"""The properties of spec.go_map.iterators that say these rules, and what the model calls a breach of each."""


@dataclass(frozen=True, slots=True)
class Reproduced:
    """In how many of how many trials a real map broke the rule that a trace is about."""

    times: int
    trials: int


class Rules:
    """What a map's user has done and seen. `contents` are the entries: values by the numbers of keys."""

    def __init__(self) -> None:
        self.contents: dict[int, int] = {}
        self._due: dict[int, set[int]] = {}
        self._yielded: dict[int, set[int]] = {}

    def broken(self, operation: Operation, answer: tuple[int, int]) -> str | None:
        """Take one operation and its answer; what was broken by it, in the model's word, or None."""
        key = operation.key
        match operation.op:
            case Op.ASSIGN:
                self.contents[key] = operation.value
            case Op.DELETE:
                self.contents.pop(key, None)
                self._forget({key})
            case Op.CLEAR:
                self._forget(set(self.contents))
                self.contents.clear()
            case Op.START if key not in self._due and self.contents:
                self._due[key], self._yielded[key] = set(self.contents), set()
                return self._stepped(key, answer)
            case Op.NEXT if key in self._due:
                return self._stepped(key, answer)
        return None

    def _forget(self, keys: set[int]) -> None:
        for loop in self._due:
            self._due[loop] -= keys
            self._yielded[loop] -= keys

    def _stepped(self, loop: int, answer: tuple[int, int]) -> str | None:
        """What a loop yields, or that it has ended."""
        key, value = answer
        if key < 0:
            self._yielded.pop(loop)
            return "MISSED" if self._due.pop(loop) else None
        twice = key in self._yielded[loop]
        self._due[loop].discard(key)
        if key not in self.contents:
            return "REMOVED"
        self._yielded[loop].add(key)
        if twice:
            return "TWICE"
        return None if self.contents[key] == value else "OLD_VALUE"
