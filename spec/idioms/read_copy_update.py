"""Decide whether a reader uses what was replaced and freed: with a grace period, and without.

The updater publishes a copy and frees the old one when every reader has left that may have it (McKenney and Slingwine,
1998): waiting for them, or leaving it to be freed later.
"""

from checker.lang import Opt, Var, process, sometimes
from checker.lang.idioms import GracePeriods, Life


class Updated(GracePeriods):
    """The last thread updates once; the others read twice."""

    nodes = 2
    threads = 3

    pointer = Var(Opt(GracePeriods.Node))

    def init(self):
        self.life[0] = Life.LIVE
        self.pointer = 0

    def give_back(self, t: GracePeriods.Thread, n: GracePeriods.Node):
        """Free it after a grace period."""
        yield from self.synchronize(t)
        self.free(n)

    @process(GracePeriods.Thread)
    def thread(self, t: GracePeriods.Thread):
        if t < self.threads - 1:
            for _i in range(2):
                self.read_lock(t)
                n = self.pointer
                yield "reads"
                if n is not None:
                    self.use(n)
                self.read_unlock(t)
                yield "has left"
        else:
            old = self.pointer
            self.pointer = self.allocate()
            yield "published"
            if old is not None:
                yield from self.give_back(t, old)

    @sometimes
    def one_is_freed_while_somebody_reads(self):
        """The old one can be freed while a reader is inside that came later."""
        return len(self.inside) > 0 and self.pointer == 1 and self.life[0] == Life.FREE


class UpdatedLater(Updated):
    """It is left to be freed: call_rcu."""

    def give_back(self, t: GracePeriods.Thread, n: GracePeriods.Node):
        self.retire(n)


class UpdatedAtOnce(Updated):
    """It is freed at once."""

    def give_back(self, t: GracePeriods.Thread, n: GracePeriods.Node):
        self.free(n)
