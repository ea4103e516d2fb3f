"""Decide what a `range` loop over Go's classic map yields while its body changes the map, in Go 1.21 to 1.24.

The map is that of classic.py, its iterators are in hiter.py. The loop's body runs between two steps of the loop and may
assign, delete and clear. A loop over an empty map does nothing, and is left out. The fatal errors of concurrent use do
not arise: there is one goroutine.
"""

from checker.lang import Bool, action, always, choose, require, sometimes
from spec.go_map.arithmetic import Top
from spec.go_map.hiter import Hiter, Place
from spec.go_map.hmap import Hmap


class IteratedMap(Hiter):
    """Loops over a map that their bodies change: what they must yield, and what they must not."""

    # Operations.

    def delete(self, k: Hmap.Key):
        super().delete(k)
        for n in self.It:
            self.due[n].discard(k)
            self.yielded[n].discard(k)

    def clear(self):
        if self.ranging():
            for k in self.Held:
                if k >= self.keys and self.contents[k] is not None:
                    self.spent.add(k)
        super().clear()
        for n in self.It:
            self.due[n] = set()
            self.yielded[n] = set()

    @action
    def assign_nan(self, v: Hmap.Value):
        """m[math.NaN()] = v"""
        self.begin()
        k = choose({k for k in self.Held if k >= self.keys and self.contents[k] is None and k not in self.spent})
        require(all(j >= k or j in self.spent or self.contents[j] is not None for j in self.Held if j >= self.keys))
        if self.count == 0 and self.draws_late():
            self.draw_seed()
        self.mapassign(k, choose(self.Hash), Top.LIVE_ODD if choose(Bool) else Top.LIVE, v)
        self.contents[k] = v

    @action
    def range_start(self, n: Hiter.It):
        """for k, v := range m, up to the first entry."""
        require(not self.it[n].active and self.count > 0)
        self.begin()
        self.due[n] = {k for k in self.Held if self.contents[k] is not None}
        self.mapiterinit(n)
        self.mapiternext(n)

    @action
    def range_next(self, n: Hiter.It):
        """The loop's body is done: on to the next entry, or to the end."""
        require(self.it[n].active)
        self.begin()
        self.mapiternext(n)

    # What must be so.

    @always
    def iterators_hold_the_flag(self):
        """While an iterator stands on the current array, the flag iterator is set; on the old one, oldIterator."""
        return all(
            not self.it[n].active
            or (
                (self.it[n].buckets != Place.CURRENT or self.iterator)
                and (self.it[n].buckets != Place.OLD or self.oldIterator)
            )
            for n in self.It
        )

    # What must be possible.

    @sometimes
    def started_in_mid_growth(self):
        """A loop can start while a growth is half done."""
        return self.growing() and any(self.it[n].active and self.it[n].buckets == Place.CURRENT for n in self.It)

    @sometimes
    def on_a_dropped_array(self):
        """A loop can go on over an array that the map has dropped."""
        return any(self.it[n].active and self.it[n].buckets == Place.KEPT for n in self.It)

    @sometimes
    def on_a_bucket_handed_back(self):
        """A loop can stand on an overflow bucket that clear has taken back."""
        return any(self.it[n].bptr == Place.SPARE for n in self.It)

    @sometimes
    def wrapped(self):
        """A loop can go on from the last bucket to the first."""
        return any(self.it[n].wrapped and self.it[n].bucket != self.it[n].startBucket for n in self.It)

    @sometimes
    def moved_entry_is_looked_up(self):
        """An iterator can have before it an entry that has moved and is in the map."""
        return any(self.moved_ahead(n, True) for n in self.It)

    @sometimes
    def moved_entry_is_skipped(self):
        """An iterator can have before it an entry that has moved and was removed since."""
        return any(self.moved_ahead(n, False) for n in self.It)

    def moved_ahead(self, n: Hiter.It, there: Bool):
        """Whether an iterator stands in a bucket with an evacuated entry that is, or is not, in the map."""
        chain = self.chain_of(n)
        return (
            self.it[n].active
            and self.it[n].bptr != Place.SPARE
            and any(
                chain[link].tophash[c] in (Top.EVACUATED_X, Top.EVACUATED_Y)
                and (link > self.it[n].link or (c - self.it[n].offset) % self.cells >= self.it[n].i)
                and (self.contents[chain[link].key[c]] is not None) == there
                for link in range(len(chain))
                if link >= self.it[n].link
                for c in self.Cell
            )
        )
