"""Memory that is given back by hand: to use what has been freed is a failure, where it is used.

`Heap` allocates, frees and uses. `HazardPointers` frees what was retired only where no thread says that it may use it
(Michael, 2004). `GracePeriods` frees it when every reader that was inside then has left (read-copy-update). A freed
node can be allocated again, as another one: who still holds it from before then takes the one for the other, and that
is no failure. With more `nodes` than are ever allocated there are runs without that, and every use after free is seen.

A scan of hazard pointers is one step here; whether a store to one is seen in time is a matter of weak memory.
"""

from enum import Enum

from checker.lang import Array, Param, Range, SetOf, Var, action, choose, event, require
from checker.lang.idioms.threads import Threads


class Life(Enum):
    """What has become of a node."""

    FREE = "free"
    LIVE = "live"
    RETIRED = "retired"  # out of the structure; to be freed when nobody can use it


class Heap(Threads):
    """Nodes that are allocated, used and freed."""

    nodes = Param(3, Range(1, 64))

    Node = Range(nodes)

    life = Var(Array(Node, Life))

    @event("allocates {result}")
    def allocate(self):
        """A node that was free, any of them; the step waits while there is none."""
        n = choose({n for n in self.Node if self.life[n] == Life.FREE})
        self.life[n] = Life.LIVE
        return n

    @event("frees {n}")
    def free(self, n: Node):
        """The node is given back."""
        assert self.life[n] != Life.FREE, "freed twice"
        self.life[n] = Life.FREE

    @event("retires {n}")
    def retire(self, n: Node):
        """The node is out of the structure, and to be freed when nobody can use it."""
        assert self.life[n] == Life.LIVE, "retired twice, or after it was freed"
        self.life[n] = Life.RETIRED

    def use(self, n: Node):
        """Whoever reads or writes what is in a node says so."""
        assert self.life[n] != Life.FREE, "use after free"


class HazardPointers(Heap):
    """A retired node is freed by a scan that finds it in no hazard pointer."""

    hazard = Var(Array(Threads.Thread, SetOf(Heap.Node)))

    @event("protects {n}")
    def protect(self, t: Threads.Thread, n: Heap.Node):
        """Thread `t` says that it may use a node. Only if it is still in the structure afterwards has that come in
        time."""
        self.hazard[t].add(n)

    @event("protects {n} no longer")
    def unprotect(self, t: Threads.Thread, n: Heap.Node):
        """Thread `t` will not use the node any more."""
        self.hazard[t].discard(n)

    @action(fair="weak")
    def scan(self, n: Heap.Node):
        """A retired node that no hazard pointer names is freed."""
        require(self.life[n] == Life.RETIRED and not any(n in self.hazard[t] for t in self.Thread))
        self.free(n)


class GracePeriods(Heap):
    """A retired node is freed when every reader has left that was inside when it was retired."""

    inside = Var(SetOf(Threads.Thread))
    readers = Var(Array(Heap.Node, SetOf(Threads.Thread)))  # that were inside, and have not left since
    waits_for = Var(Array(Threads.Thread, SetOf(Threads.Thread)))

    def read_lock(self, t: Threads.Thread):
        """Thread `t` begins to read: what it finds is there until it leaves."""
        self.inside.add(t)

    def read_unlock(self, t: Threads.Thread):
        """Thread `t` has read, and keeps nothing."""
        self.inside.discard(t)
        for n in self.Node:
            self.readers[n].discard(t)
        for u in self.Thread:
            self.waits_for[u].discard(t)

    def retire(self, n: Heap.Node):
        """The node is out of the structure: call_rcu. Only readers that are inside now may have found it."""
        super().retire(n)
        self.readers[n] = set(self.inside)

    def synchronize(self, t: Threads.Thread):
        """Wait until all have left who are inside now: synchronize_rcu."""
        self.waits_for[t] = self.inside - {t}
        yield "waits for readers"
        require(len(self.waits_for[t]) == 0)

    @action(fair="weak")
    def grace_period_ends(self, n: Heap.Node):
        """A retired node is freed when the readers have left that may have found it."""
        require(self.life[n] == Life.RETIRED and len(self.readers[n]) == 0)
        self.free(n)
