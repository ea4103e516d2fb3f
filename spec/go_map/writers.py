"""Decide whether Go's map notices that two goroutines write to it at once. Says nothing of growth or of readers.

The runtime keeps one bit for this, hashWriting in hmap.flags. It is an ordinary variable: no lock, no atomic access.
mapassign (runtime/map.go) tests it, toggles it, does its work, tests it again and clears it. Here each access to memory
is one step, in the order of the program: a machine with a weaker memory detects less, never more.

The work is the least there is: read `count`, write it back one larger. Each goroutine puts in keys of its own, so that
nothing is overwritten on purpose. Hashing and the search for a cell touch nothing that another writer would notice.
"""

from checker.lang import Bool, Model, Param, Range, Var, always, final, process, require, sometimes


class ConcurrentWriters(Model):
    """Goroutines assign to one map without a lock, each access to memory a step."""

    writers = Param(2, Range(1, 3))
    assigns = Param(1, Range(1, 3))  # assignments of each goroutine

    Goroutine = Range(writers)
    Count = Range(0, writers * assigns)

    hashWriting = Var(Bool)  # the bit of hmap.flags
    count = Var(Count)  # hmap.count
    returned = Var(Count)  # assignments that have come back to their callers
    died = Var(Bool)  # fatal("concurrent map writes"): the whole process has ended

    @process(Goroutine)
    def goroutine(self, g: Goroutine):
        """Assigns, again and again, and never asks the others."""
        for _ in range(self.assigns):
            yield from self.mapassign()
            yield "returned"

    def mapassign(self):
        """runtime/map.go mapassign: what it does with flags, and the read and write of its count."""
        self.alive()
        self.died = self.hashWriting
        yield "tested"
        self.alive()
        flag = self.hashWriting
        yield "read_flags"
        self.alive()
        self.hashWriting = not flag  # flags ^= hashWriting is a read and a write
        yield "toggled"
        self.alive()
        seen = self.count
        yield "read_count"
        self.alive()
        self.count = seen + 1
        yield "stored"
        self.alive()
        self.died = not self.hashWriting
        yield "tested_again"
        self.alive()
        self.hashWriting = False  # flags &^= hashWriting: whatever it reads of this bit, it writes 0
        self.returned += 1

    def alive(self):
        """A fatal error ends all goroutines at once."""
        require(not self.died)

    @final
    def process_ended(self):
        """A fatal error cannot be recovered from."""
        return self.died

    @always
    def lost_updates_are_detected(self):
        """Every assignment that has come back to its caller is in the map, or a fatal error has ended the process."""
        return self.died or self.count >= self.returned

    @always
    def a_lone_writer_never_dies(self):
        """One goroutine that has the map for itself meets no fatal error."""
        return self.writers > 1 or not self.died

    @sometimes
    def the_fatal_error_happens(self):
        """The runtime can notice."""
        return self.died

    @sometimes
    def all_return(self):
        """Every assignment can come back, with every entry in the map."""
        return not self.died and self.count == self.writers * self.assigns
