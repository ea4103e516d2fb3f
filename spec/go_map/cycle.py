"""A concurrent mark-sweep cycle over the memory of a map: runtime/mgc.go, mgcmark.go, mgcsweep.go (Go 1.23).

What is merged, and why nothing is lost by it:

- The worker takes an object and reads its first slot in one step: taking is seen by nobody else.
- Root marking greys the hmap when marking begins, and the hmap may then wait for its scan as long as it likes.
- Sweeping frees everything at once, when marking has ended: as early as can be, so that a later use is found.
- One worker. More could only read the slots of several objects in turn; each slot is still read once, at any time.
"""

from checker.lang import action, choose, require
from spec.go_map.arithmetic import Top
from spec.go_map.memory import HMAP, Life, MapMemory, Phase, Where


class Cycle(MapMemory):
    """A collector that may begin a cycle whenever the goroutine stands at a safe point."""

    # Where the goroutine can be between two stores.

    def stopped(self, at: str):
        """Inside an operation, at an allocation or a return: a safe point, at which a mark phase may begin and end."""
        self.where = Where.STOPPED
        yield at
        require(self.phase != Phase.SWEEP)

    def racing(self, at: str):
        """Between two stores: a worker reads what stands there, if one is at work; otherwise nobody looks."""
        if self.phase == Phase.MARK:
            self.where = Where.RUNNING
            yield at

    # The collector.

    @action
    def start(self):
        """Marking begins, the goroutine stopped at a safe point: runtime/mgc.go gcStart."""
        require(self.phase == Phase.OFF and self.where != Where.RUNNING)
        self.phase = Phase.MARK
        self.marked = {HMAP}
        self.grey = {HMAP}
        self.grey_stack = True

    @action
    def scan(self):
        """A worker reads one slot of a grey object: runtime/mgcmark.go scanobject."""
        require(self.phase == Phase.MARK)
        if self.scanning is None:
            o = choose(self.grey)
            self.grey.remove(o)
            s = self.pointer_from(o, 0)
        else:
            o = self.scanning
            s = self.slot
        self.shade(self.seen(o, s))
        s = self.pointer_from(o, s + 1)
        ended = s == self.slots(o)
        self.scanning = None if ended else o
        self.slot = 0 if ended else s

    @action
    def scan_stack(self):
        """The goroutine's stack is scanned, once, at a safe point: runtime/mgcmark.go scanstack."""
        require(self.phase == Phase.MARK and self.grey_stack and self.where != Where.RUNNING)
        self.grey_stack = False
        for o in self.scanned_stack():
            self.shade(o)

    @action
    def finish(self):
        """Marking ends, the goroutine stopped at a safe point: runtime/mgc.go gcMarkTermination."""
        require(self.phase == Phase.MARK and self.where != Where.RUNNING)
        require(not self.grey and not self.grey_stack and self.scanning is None)
        self.phase = Phase.SWEEP

    @action
    def sweep(self):
        """What is not marked is freed: runtime/mgcsweep.go."""
        require(self.phase == Phase.SWEEP)
        for o in self.Obj:
            if o not in self.marked and o not in self.free:
                self.release(o)
        for a in self.Arr:
            if self.life[a] != Life.USED:
                self.life[a] = Life.DROPPED if self.is_held(a) else Life.GARBAGE
        self.phase = Phase.OFF
        self.marked = set()

    def release(self, o: MapMemory.Obj):
        """Free an object, and zero it."""
        self.free.add(o)
        zero = self.Bucket(
            tophash=[Top.EMPTY_REST for _ in self.Cell],
            key=[None for _ in self.Cell],
            elem=[None for _ in self.Cell],
            overflow=None,
        )
        for p in self.Place:
            if self.owner(p) == o:
                self.bucket[p] = zero
        for a in self.Arr:
            if self.array(a) == o:
                self.size[a] = 0
                self.life[a] = Life.USED
        for n in self.List:
            if self.list_object(n) == o:
                self.listed[n] = set()

    def is_held(self, a: MapMemory.Arr):
        """Whether the iterator stands on an array."""
        return self.it == a or (self.bptr is not None and self.owner(self.bptr) == self.array(a))
