"""Decide whether "copy-on-read" migration, section 2.3 of the article, loses anything. Go does nothing of the kind.

The section gives a flow: look at the old entry's flags; if ENTRY_MOVED is set, go to the new bucket; else copy the
entry to the new bucket, set the flag by compare-and-swap, and then go to the new bucket. A write goes straight to the
new bucket and marks the old entry. This, it says, "ensures concurrency safety". Every access to memory is a step here.

The section leaves open whether the entry is copied or marked first, whether a copy may replace what it finds in the new
bucket, and whether a request looks into the old or into the new bucket first. Each is a parameter, so that no reading
of it is missed. Its flow taken word for word (the defaults) loses writes at "copy-on-read": between reading the old
entry and storing the copy, a write may reach the new bucket, and the copy replaces it. Marking first instead lets a
second reader go to a new bucket in which nothing is yet. What works, as long as nothing is removed, is to copy first
and only into an empty place, by a compare-and-swap that the section does not have.

In Go a read never writes: see mapaccess in spec.go_map.classic.
"""

from enum import Enum

from checker.lang import Bool, Opt, Param, Range, Var, always, choose, process, require, sometimes
from spec.article.register import Register


class Order(Enum):
    """In which order the new bucket is filled and the old entry marked."""

    COPY_FIRST = "copy_first"
    MARK_FIRST = "mark_first"


class Copy(Enum):
    """What a copy does when the new bucket has the key already."""

    REPLACES = "replaces"
    YIELDS = "yields"


class Route(Enum):
    """Where a read looks."""

    OLD_FIRST = "old_first"  # the flow of section 2.3
    NEW_FIRST = "new_first"  # in the new bucket, and if the key is not there, as above
    NEW_ONLY = "new_only"  # "new requests are routed to the new bucket", and no more


class CopyOnRead(Register):
    """One entry, in the old bucket at first. Readers read for ever, each writer writes once."""

    readers = 2
    read_order = Param(Order.COPY_FIRST)
    write_order = Param(Order.COPY_FIRST)
    copy = Param(Copy.REPLACES)
    route = Param(Route.OLD_FIRST)
    removes = Param(False)  # a writer may remove the entry instead

    Entry = Opt(Register.Value)

    old = Var(Entry)
    new = Var(Entry)
    moved = Var(Bool)  # ENTRY_MOVED among the old entry's flags
    copies = Var(Range(0, 2))  # how often it was copied; 2 is several times

    def init(self):
        super().init()
        self.old = 0

    # Readers and writers.

    @process(Register.Reader)
    def reader(self, r: Register.Reader):
        """Reads again and again."""
        while True:
            self.begin_read(r)
            yield "begun"
            found: Opt(self.Value) = None
            if self.route != Route.OLD_FIRST:
                found = self.new
            if self.route != Route.NEW_ONLY and found is None:
                yield from self.access_old()
                found = self.new
            self.end_read(r, found)
            yield "idle"

    def access_old(self):
        """The flow of section 2.3: look at the flags, copy if need be; the caller then goes to the new bucket."""
        self.touch_old()
        if not self.moved:
            yield "not_moved"
            if self.read_order == Order.COPY_FIRST:
                yield from self.migrate()
                self.mark_moved()
            elif self.mark_moved():
                yield "marked"
                yield from self.migrate()
        yield "redirected"

    def migrate(self):
        """Read the old entry, then store it in the new bucket."""
        self.touch_old()
        entry = self.old
        yield "read_old"
        if self.copy == Copy.REPLACES or self.new is None:
            self.new = entry
            self.copies = min(2, self.copies + 1)
        yield "copied"

    def mark_moved(self):
        """mark_moved of section 2.3, a compare-and-swap: whether it was this one that set the flag."""
        self.touch_old()
        if self.moved:
            return False
        self.moved = True
        return True

    @process(Register.Writer)
    def writer(self, w: Register.Writer):
        """Goes straight to the new bucket and marks the old entry."""
        removal = self.removes and choose(Bool)
        self.begin_write(w, removal)
        yield "begun"
        if self.write_order == Order.MARK_FIRST:
            self.mark_moved()
            yield "marked"
        self.new = None if removal else w
        if self.write_order == Order.COPY_FIRST:
            yield "stored"
            self.mark_moved()
        yield "done"
        self.end_write(w)

    def touch_old(self):
        """The old bucket is looked at or changed."""
        return

    @always
    def migrated_once(self):
        """ "Later accesses skip the redundant check": the entry is copied once at most."""
        return self.copies < 2

    @sometimes
    def a_read_migrates(self):
        """The entry can be copied by a read."""
        return self.copies > 0

    @sometimes
    def a_read_meets_a_write(self):
        """A read can run while a write does."""
        return len(self.running) > 0 and any(len(self.open[r]) > 1 for r in self.Reader)


class ReleasedBucket(CopyOnRead):
    """The old bucket with its ref_count: 2 while it is migrated, for the collector's root and the migrator.

    The migrator lets go when the entry has been marked, the root after it; then the bucket is released. A reader that
    has the bucket's address in hand is not counted in the section's table. `counted` lets it count itself, which takes
    two steps, for it cannot count itself before it has the address. Neither is enough. In Go there is no such count:
    the pointer in the reader's hand is itself what keeps the array alive.
    """

    readers = 1
    counted = Param(False)
    copy = Copy.YIELDS

    ref_count = Var(Range(0, 2 + CopyOnRead.readers))
    released = Var(Bool)
    touched = Var(Bool)  # someone has used the old bucket after its release

    def init(self):
        super().init()
        self.ref_count = 2

    @process
    def release(self):
        """The migrator's reference goes, then the root's; whoever takes away the last one releases the bucket."""
        require(self.moved)
        self.drop()
        yield "migrator_gone"
        self.drop()

    def drop(self):
        """One reference less, atomically, and release after the last."""
        self.ref_count -= 1
        if self.ref_count == 0:
            self.released = True

    def access_old(self):
        """Get the address of the old bucket; then use it."""
        if not self.released:
            yield "has_address"
            if self.counted:
                self.touch_old()
                self.ref_count += 1
                yield "counted"
            yield from super().access_old()
            if self.counted:
                self.drop()

    def touch_old(self):
        self.touched = self.touched or self.released

    @always
    def not_used_after_release(self):
        """Nobody looks into the old bucket once it has been released."""
        return not self.touched

    @always
    def referenced_while_in_use(self):
        """The table: an old bucket that is not released has a reference, and two of them until the entry has moved."""
        return self.released or self.ref_count >= (1 if self.moved else 2)

    @sometimes
    def is_released(self):
        """The old bucket can be released."""
        return self.released
