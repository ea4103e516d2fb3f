"""Decide whether producers can take more entries of a ring than it has (iree-org/iree#23707, an MPSC queue on Arm).

A producer loads how far the ring is reserved, relaxed, and then how far it has been read, with acquire. On Arm the
first load may happen after the second; what is reserved then comes from producers that saw more being read. There is
less than nothing free, which as an unsigned number is very much, and the entry of another producer is overwritten
before it is read. The mend takes less than nothing for nothing (and swaps the loads, which by itself is not enough: see
`RingLoadsSwapped`).

Release and acquire show it without any reordering: the first load is relaxed, so it tells nothing of what was read.
Thread 0 reserves two entries, thread 1 one, thread 2 reads one; the ring has room for one.
"""

from enum import Enum

from checker.lang import Range, process, sometimes
from checker.lang.idioms import ReleaseAcquire

ROOM = 1


class Counter(Enum):
    """How far the ring is reserved by producers, and read by the consumer."""

    RESERVE = "reserve_pos"
    READ = "read_pos"


class Ring(ReleaseAcquire):
    """Two producers and a consumer."""

    threads = 3
    stores = 3

    Place = Counter
    Word = Range(4)

    def free_space(self, reserved: Word, read: Word):
        """Whether there is room, where the difference has no sign."""
        return reserved - read != ROOM

    def positions(self, t: ReleaseAcquire.Thread):
        """Load how far the ring is reserved, and how far it is read."""
        reserved: self.Word = self.load_relaxed(t, Counter.RESERVE)
        yield "loaded reserve_pos"
        read: self.Word = self.load(t, Counter.READ)
        return reserved * 4 + read

    def reserve(self, t: ReleaseAcquire.Thread):
        """iree_mpsc_queue_reserve: False if the ring is full, or another producer was faster."""
        found: Range(16) = yield from self.positions(t)
        if self.free_space(found // 4, found % 4):
            yield "there is room"
            if self.compare_and_swap(t, Counter.RESERVE, found // 4, found // 4 + 1):
                assert found // 4 + 1 <= self.newest(Counter.READ) + ROOM, (
                    "an entry is overwritten that nobody has read"
                )

    @process(ReleaseAcquire.Thread)
    def thread(self, t: ReleaseAcquire.Thread):
        if t == 2:
            if self.load(t, Counter.RESERVE) > 0:
                yield "reads an entry"
                self.store(t, Counter.READ, 1)
        else:
            yield from self.reserve(t)
            if t == 0:
                yield "reserves another"
                yield from self.reserve(t)

    @sometimes
    def an_entry_is_used_again(self):
        """An entry can be reserved that was read before."""
        return self.newest(Counter.RESERVE) == 2 and self.newest(Counter.READ) == 1


class RingLoadsSwapped(Ring):
    """The loads swapped, and nothing else: what is read is old, and what is reserved is not, all the same."""

    def positions(self, t: ReleaseAcquire.Thread):
        read: self.Word = self.load(t, Counter.READ)
        yield "loaded read_pos"
        reserved: self.Word = self.load_relaxed(t, Counter.RESERVE)
        return reserved * 4 + read


class RingGuarded(RingLoadsSwapped):
    """Mended: where more is reserved than there is room for, nothing is free."""

    def free_space(self, reserved: ReleaseAcquire.Word, read: ReleaseAcquire.Word):
        return reserved - read < ROOM
