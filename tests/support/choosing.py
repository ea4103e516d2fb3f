"""What `choose` answers when Python itself runs a model: what a script says, or each member in turn."""

from __future__ import annotations

from checker.ir.types import Value


class Impossible(Exception):
    """The step cannot happen."""


class Chooser:
    """Answers `choose`: first from a script, then the members in turn, one run after another."""

    def __init__(self) -> None:
        self.script: list[Value] = []
        self.wheels: list[tuple[list[Value], int]] = []
        self.taken: list[Value] = []
        self.turning = False

    def take(self, members: list[Value]) -> Value:
        """One of the members, which are in rank order."""
        if not members:
            raise Impossible
        if not self.turning:
            value = self.script.pop(0)
            assert value in members
            return value
        at = len(self.taken)
        if at == len(self.wheels):
            self.wheels.append((members, 0))
        self.taken.append(self.wheels[at][0][self.wheels[at][1]])
        return self.taken[-1]

    def advance(self) -> bool:
        """Turn to the next vector of choices."""
        self.taken.clear()
        while self.wheels:
            members, place = self.wheels.pop()
            if place + 1 < len(members):
                self.wheels.append((members, place + 1))
                return True
        return False
