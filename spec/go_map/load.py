"""Decide at which entry Go's classic map doubles, with the runtime's own sizes. Knows counts only, no keys.

Entries with new keys are put in one after the other, which makes a state space that is a line. The arithmetic is that
of overLoadFactor in runtime/map.go, with its integer division. Left out is growth to the same size, which depends on
how the hashes fall; it changes neither the count nor B. While a map grows it does not look at its load; every growth
takes as long as a growth can (spec.go_map.classic: n - 1 operations for n buckets), so that this could show if it
mattered.
"""

from enum import Enum

from checker.lang import Bool, Model, Param, Range, Var, action, always, final, require, sometimes
from spec.go_map.arithmetic import over_load

CELLS = 8  # entries in a bucket, abi.MapBucketCount

# The entries at which a growth was seen to start, by running programs of Go 1.23.9 and 1.21.13.
DOUBLES_1_23 = frozenset({9, 14, 27, 53, 105, 209, 417, 833, 1665})
DOUBLES_1_21 = frozenset({9, 13, 25, 49, 97, 193, 385, 769, 1537})


class Version(Enum):
    """Which constants of runtime/map.go count."""

    GO_1_21 = "1.21"  # loadFactorNum = (8 * 13 / 16) * 2 = 12: the division comes first and loses the half
    GO_1_23 = "1.23"  # loadFactorNum = 2 * 8 * 13 / 16 = 13


class Load(Model):
    """A map into which one entry after the other is put."""

    entries = Param(1700, Range(1, 3000))
    version = Param(Version.GO_1_23)

    Operations = Range(0, 2048)

    count = Var(Range(0, entries))
    B = Var(Range(0, 16))
    started = Var(Bool)  # the last entry started a growth
    left = Var(Operations)  # how many more operations that growth takes, at the slowest

    @action
    def insert(self):
        """m[k] = v for a key that is not there: runtime/map.go mapassign, from its test of the load on."""
        require(self.count < self.entries)
        self.started = self.left == 0 and self.overLoadFactor(self.count + 1, self.B)
        if self.started:
            self.left = max(1, (1 << self.B) - 1)  # this operation is the first of them
            self.B += 1
        self.left = max(0, self.left - 1)
        self.count += 1

    def overLoadFactor(self, count: Range(0, entries), b: Range(0, 16)):
        """runtime/map.go overLoadFactor."""
        load_num = 12 if self.version == Version.GO_1_21 else 13
        return over_load(count, b, CELLS, load_num, 2)

    @final
    def filled(self):
        """All entries are in."""
        return self.count == self.entries

    @always
    def doubles_where_go_does(self):
        """A growth starts at exactly the entries at which the real runtime was seen to start one."""
        if self.version == Version.GO_1_21:
            return self.started == (self.count in DOUBLES_1_21)
        return self.started == (self.count in DOUBLES_1_23)

    @always
    def never_over_the_load(self):
        """Without growth to the same size, no entry finds the map over its load while an earlier growth goes on."""
        return self.left == 0 or not self.overLoadFactor(self.count, self.B)

    @sometimes
    def a_growth_takes_many_operations(self):
        """A growth can still go on when a hundred more entries have come in."""
        return self.left > 100

    @sometimes
    def eight_doublings(self):
        """The map can double eight times: 1665 entries in Go 1.23, 1537 in Go 1.21, do it nine times."""
        return self.B >= 8
