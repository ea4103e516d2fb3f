"""What a `range` loop over a map must yield whatever its body does to the map: the same for both maps of Go.

The language's specification says the first two, and that what is there all along comes; that a value is the latest is
rule 3 under "Iteration" at the head of internal/runtime/maps/map.go, which numbers the others 1 and 4.
"""

from enum import Enum

from checker.lang import Bool, Model, Var, always


class Fault(Enum):
    """What is wrong with the last step of a loop."""

    NONE = 0
    TWICE = 1
    REMOVED = 2
    OLD_VALUE = 3
    MISSED = 4


class RangeRules(Model):
    """What the last step of a loop did wrong, and that it did nothing wrong."""

    fault = Var(Fault)

    def judge_yield(self, removed: Bool, again: Bool, old: Bool):
        """Note what is wrong with an entry that is yielded: it is no longer there, or was yielded, or has changed."""
        if removed:
            self.fault = Fault.REMOVED
        elif again:
            self.fault = Fault.TWICE
        elif old:
            self.fault = Fault.OLD_VALUE

    @always
    def IterOnce(self):
        """No entry is yielded twice by one loop. A key that is deleted and put back is a new entry."""
        return self.fault != Fault.TWICE

    @always
    def IterNoRemoved(self):
        """An entry that was removed is not yielded afterwards."""
        return self.fault != Fault.REMOVED

    @always
    def IterComplete(self):
        """An entry that is there from the start of a loop to its end is yielded."""
        return self.fault != Fault.MISSED

    @always
    def IterFresh(self):
        """An entry is yielded with its latest value."""
        return self.fault != Fault.OLD_VALUE
