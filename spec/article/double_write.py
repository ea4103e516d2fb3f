"""Decide whether the "write barrier" of section 3.3 of the article keeps an entry current. It is not Go's barrier.

The section's write_barrier(hash, key, val): as long as the migration bitmap says that the slot has not been migrated,
store the entry in the old bucket and in the new one, each by an atomic store; else in the new one only. A migrator
copies the old entry to the new bucket and sets the slot's bit. A read looks where the bit says. With it, the section
claims, a read "always returns the latest valid value", and an interrupted migration is "idempotent and recoverable".

Both break at the second of the two stores, for nothing makes the pair one: the migrator has read the old entry before
the first store and stores its copy after the second, over the newer value; two writers that interleave leave the
buckets different, and the value changes when the bit is set, though nobody writes; and readers see a value in the old
bucket that the new one loses, or that a repeated write brings back. The section says that entries bear a version but
not what it is for: `versioned` lets every store, the migrator's too, yield to a newer entry, which the shown code does
not do. Then it works if the new bucket is written first; the shown code writes the old one first.

Go writes once: it evacuates the old bucket first, then only the new array has the entry (`one_live_copy_per_key` in
spec.go_map.classic). The collector's write barrier has no part in what a map's user reads.
"""

from enum import Enum

from checker.lang import Bool, Cell, Param, Picture, Var, choose, process, sometimes
from spec.article.register import Register


class First(Enum):
    """Which of the two stores comes first; the section's code: the old bucket's."""

    OLD = "old"
    NEW = "new"


class DoubleWrite(Register):
    """One entry, its old and new place, and one bit of the migration bitmap. The reader reads for ever."""

    writers = 2
    first = Param(First.OLD)
    versioned = Param(False)  # a store has no effect where something newer is; versions are given as writes begin
    interruptions = Param(False)  # writers and migrator may be interrupted before their last store, and begin again

    old = Var(Register.Value)
    new = Var(Register.Value)
    migrated = Var(Bool)

    @process(Register.Writer)
    def writer(self, w: Register.Writer):
        """write_barrier of section 3.3."""
        self.begin_write(w)
        yield "begun"
        while True:
            both = not self.migrated
            yield "looked"
            if both:
                self.store(w, self.first == First.OLD)
                yield "stored_once"
            if not self.interruptions or not both or choose(Bool):
                break
        self.store(w, both and self.first == First.NEW)
        yield "done"
        self.end_write(w)

    def store(self, v: Register.Value, in_old: Bool):
        """atomic_store of an entry in one of the buckets."""
        if in_old:
            self.old = max(v, self.old) if self.versioned else v
        else:
            self.new = max(v, self.new) if self.versioned else v

    @process
    def migrator(self):
        """Copies the entry, then sets its bit."""
        while True:
            entry = self.old
            yield "read_old"
            self.store(entry, False)
            yield "copied"
            if not self.interruptions or choose(Bool):
                break
        self.migrated = True

    @process(Register.Reader)
    def reader(self, r: Register.Reader):
        """Looks where the bitmap says, again and again."""
        while True:
            self.begin_read(r)
            yield "begun"
            if self.migrated:
                yield "migrated"
                self.end_read(r, self.new)
            else:
                yield "not_migrated"
                self.end_read(r, self.old)
            yield "idle"

    @sometimes
    def the_copy_meets_a_write(self):
        """The slot can become migrated while a write runs."""
        return self.migrated and len(self.running) > 0

    def picture(self):
        """Those who store on the left, the two places of the entry in the middle, those who read on the right. A value
        is red once a later one has been written for good."""
        picture = Picture(gap=26)
        body = picture.group("body", arrange="row", align="middle", gap=56)
        storing = body.group("storing", arrange="column", align="middle", gap=22)
        for w in self.Writer:
            _actor(storing, ("writer", w), f"writer {w}", self.writer[w])
        if getattr(self, "migrator", None) is not None:
            held = f", {self.migrator.entry}" if self.migrator.point == "read_old" else ""
            _actor(storing, "migrator", "migrator", self.migrator, held)
        places = body.group("places", arrange="column", gap=20)
        for name, value in (("old", self.old), ("new", self.new)):
            stale = value in self.replaced
            places.cells(name, [Cell(str(value), "replaced" if stale else "", "red" if stale else "green")], label=name)
        places.node(
            "bit", "migrated" if self.migrated else "not migrated", colour="amber" if self.migrated else "plain"
        )
        reading = body.group("reading", arrange="column", align="middle", gap=22)
        for r in self.Reader:
            allowed = ", ".join(map(str, sorted(self.open[r])))
            wants = f"\nmay return {allowed}" if allowed else ""
            _actor(reading, ("reader", r), f"reader {r}", self.reader[r], f"\nsaw {self.last[r]} last{wants}")
            for point, name in (("not_migrated", "old"), ("migrated", "new")):
                if self.reader[r].at(point):
                    picture.edge((name, 0), ("reader", r))
        wrong = {
            "not current": self.misread,
            "seen replaced before": self.returned,
            "another than the last\nwith no write between": self.drifted,
        }
        said = "\n".join(name for name, happened in wrong.items() if happened)
        if said:
            picture.node("wrong", f"the value read was\n{said}", colour="red")
        return picture


def _actor(group, id, name, process, more=""):
    """A process, grey at its end, with the point at which it stands."""
    point = process.point.rstrip(" 0123456789").replace("_", " ")
    note = "finished" if process.finished else point + more
    group.node(id, name, shape="pill", colour="quiet" if process.finished else "blue", note=note)


class InterruptedWrites(DoubleWrite):
    """No entry is migrated yet, and a write that was interrupted is repeated, as section 3.3 recommends."""

    interruptions = True
    migrator = None
    the_copy_meets_a_write = None


class CopiesAtOnce(DoubleWrite):
    """The migrator reads and stores in one step, which nothing in the section provides for."""

    def migrator(self):
        self.store(self.old, False)
        yield "copied"
        self.migrated = True
