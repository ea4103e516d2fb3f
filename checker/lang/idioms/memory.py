"""Shared memory that is weaker than one store after the other: total store order, and release and acquire.

`StoreBuffers` is the memory of x86 and SPARC: a store waits in a buffer of its thread's own, in order, and reaches
memory some time later; the thread itself reads its own buffer first (Owens, Sarkar and Sewell, 2009). A buffer has
room for `stores`; a thread whose buffer is full waits, so what needs longer buffers is not seen.

`ReleaseAcquire` is the fragment of C11 with release stores, acquire loads, relaxed ones and fences, as a machine of
messages and views (Lahav, Giannarakis and Vafeiadis, 2016; Kang and others, 2017, without promises). The stores to one
place stand in an order; a load takes any that its thread has not seen replaced; a store goes anywhere behind what its
thread has seen, and a read-modify-write right behind what it reads. Who acquires what was released sees all that the
storing thread had seen.

What is not covered: a load that takes its value from a store later in its own thread's code or from one that depends
on it (load buffering, values out of thin air), non-atomic accesses and their races, consume, and seq_cst accesses;
fences are seq_cst. Release sequences are those of C++20.

Both tell of each load and store in the trace, and name a load that is stale: a newer value was there to be seen.
"""

from checker.lang import Array, Bool, Param, Range, Record, Seq, Var, action, choose, event, require
from checker.lang.idioms.threads import Threads


class StoreBuffers(Threads):
    """Total store order. Give `Place` and `Word` anew: what is shared, and what each holds."""

    stores = Param(2, Range(1, 8))  # room in each buffer

    Place = Range(1)
    Word = Range(2)

    Store = Record(place=Place, value=Word)

    memory = Var(Array(Place, Word))
    buffer = Var(Array(Threads.Thread, Seq(Store, stores)))  # oldest first

    @event("stores {x} = {value}, into its buffer")
    def store(self, t: Threads.Thread, x: Place, value: Word):
        """Thread `t` stores; the others see it later. It waits while its buffer is full."""
        require(len(self.buffer[t]) < self.stores)
        self.buffer[t].append(self.Store(place=x, value=value))

    @event("loads {x}: {result}")
    def load(self, t: Threads.Thread, x: Place):
        """What thread `t` sees at `x`: its own newest store, or what is in memory."""
        own = False
        found = self.memory[x]
        for each in self.buffer[t]:
            if each.place == x:
                own = True
                found = each.value
        for u in self.Thread:
            if u != t and not own:
                for each in self.buffer[u]:
                    if each.place == x and each.value != found:
                        self._stale(x, found, u, each.value)
        return found

    @event("{x} is stale: thread {u} has stored {newer}, which waits in its buffer")
    def _stale(self, x: Place, found: Word, u: Threads.Thread, newer: Word):
        """A load did not see what another thread has stored."""

    @event("fence")
    def fence(self, t: Threads.Thread):
        """Thread `t` waits until all that it has stored is in memory: mfence."""
        require(len(self.buffer[t]) == 0)

    @event("exchanges {x} for {value}: it was {result}")
    def exchange(self, t: Threads.Thread, x: Place, value: Word):
        """Replace what is at `x`, and return it, in one: a locked instruction, which empties the buffer first."""
        require(len(self.buffer[t]) == 0)
        found = self.memory[x]
        self.memory[x] = value
        return found

    @event("compares {x} with {expected}, to store {value}: {result}")
    def compare_and_swap(self, t: Threads.Thread, x: Place, expected: Word, value: Word):
        """Replace what is at `x` if it is what was `expected`, in one; whether it was."""
        require(len(self.buffer[t]) == 0)
        if self.memory[x] != expected:
            return False
        self.memory[x] = value
        return True

    def settled(self):
        """Whether every store has reached memory."""
        return all(len(self.buffer[t]) == 0 for t in self.Thread)

    def newest(self, x: Place):
        """What is at `x` in the end, for properties."""
        return self.memory[x]

    @action(fair="weak")
    def reaches_memory(self, t: Threads.Thread):
        """The oldest store in a buffer reaches memory."""
        require(len(self.buffer[t]) > 0)
        oldest = self.buffer[t].pop(0)
        self.memory[oldest.place] = oldest.value


class ReleaseAcquire(Threads):
    """Release and acquire. Give `Place` and `Word` anew: what is shared, and what each holds."""

    stores = Param(3, Range(1, 8))  # to one place, that some thread has not seen

    Place = Range(1)
    Word = Range(2)

    Position = Range(0, stores)
    View = Array(Place, Position)  # how far a thread has come in the order of stores to each place
    Message = Record(value=Word, view=View, joined=Bool)  # joined: nothing comes between it and the one before

    _oldest = Var(Array(Place, Message))  # the oldest store that anyone can still see: position 0
    _order = Var(Array(Place, Seq(Message, stores)))  # those after it: positions 1, 2, ...
    _seen = Var(Array(Threads.Thread, View))
    _fences = Var(View)
    _released = Var(Array(Threads.Thread, View))  # what its last fence releases with each relaxed store
    _to_acquire = Var(Array(Threads.Thread, View))  # what its relaxed loads let its next fence acquire

    def starts(self, x: Place, value: Word):
        """For `init`: what stands at `x` before anyone stores there."""
        self._oldest[x].value = value

    @event("stores {x} = {value}")
    def store(self, t: Threads.Thread, x: Place, value: Word, release: Bool = True):
        """Thread `t` stores: with release, or relaxed."""
        at = choose({p for p in range(1, len(self._order[x]) + 2) if p > self._seen[t][x] and self._free(x, p)})
        self._put(t, x, at, value, release, False)

    def store_relaxed(self, t: Threads.Thread, x: Place, value: Word):
        """Thread `t` stores; who reads it learns nothing else."""
        self.store(t, x, value, False)

    @event("loads {x}: {result}")
    def load(self, t: Threads.Thread, x: Place, acquire: Bool = True):
        """What thread `t` sees at `x`, with acquire, or relaxed: any store that it has not seen replaced."""
        at = choose({p for p in range(len(self._order[x]) + 1) if p >= self._seen[t][x]})
        return self._take(t, x, at, acquire)

    def load_relaxed(self, t: Threads.Thread, x: Place):
        """What thread `t` sees at `x`, and nothing besides."""
        return self.load(t, x, False)

    @event("exchanges {x} for {value}: it was {result}")
    def exchange(self, t: Threads.Thread, x: Place, value: Word):
        """Replace what is at `x`, and return it, in one, with acquire and release."""
        at = choose({p for p in range(len(self._order[x]) + 1) if p >= self._seen[t][x] and self._free(x, p + 1)})
        found = self._take(t, x, at, True)
        self._put(t, x, self._seen[t][x] + 1, value, True, True)
        return found

    @event("compares {x} with {expected}, to store {value}: {result}")
    def compare_and_swap(self, t: Threads.Thread, x: Place, expected: Word, value: Word):
        """Replace what is at `x` if it is what was `expected`, in one, with acquire and release; whether it was."""
        at = choose({p for p in range(len(self._order[x]) + 1) if p >= self._seen[t][x]})
        found = self._take(t, x, at, True)
        if found != expected:
            return False
        require(self._free(x, self._seen[t][x] + 1))
        self._put(t, x, self._seen[t][x] + 1, value, True, True)
        return True

    @event("fence")
    def fence(self, t: Threads.Thread):
        """A seq_cst fence: `t` sees what every fence before it had seen, and every fence after it what `t` has. What is
        loaded before it counts as acquired, and what is stored after it as released."""
        self._seen[t] = self._later(self._later(self._seen[t], self._fences), self._to_acquire[t])
        self._fences = self._seen[t]
        self._released[t] = self._seen[t]
        self._forget_all()

    def settled(self):
        """Whether every store is in its place: here each is at once."""
        return True

    def newest(self, x: Place):
        """The last store to `x` in the order of its stores, for properties."""
        return self._message(x, len(self._order[x])).value

    @event("{x} is stale: the newest value is {newest}")
    def _stale(self, x: Place, newest: Word):
        """A load did not take the newest store."""

    def _message(self, x: Place, at: Position):
        return self._oldest[x] if at == 0 else self._order[x][at - 1]

    def _free(self, x: Place, at: Position):
        """Whether a store may go to position `at`: not between a read-modify-write and what it read."""
        return at > len(self._order[x]) or not self._order[x][at - 1].joined

    def _later(self, a: View, b: View):
        return [max(a[x], b[x]) for x in self.Place]

    def _take(self, t: Threads.Thread, x: Place, at: Position, acquire: Bool):
        """Thread `t` reads the store at a position of the order."""
        taken = self._message(x, at)
        newest = self._message(x, len(self._order[x])).value
        if taken.value != newest:
            self._stale(x, newest)
        self._seen[t][x] = at
        self._to_acquire[t] = self._later(self._to_acquire[t], taken.view)
        if acquire:
            self._seen[t] = self._later(self._seen[t], taken.view)
        self._forget_all()
        return taken.value

    def _put(self, t: Threads.Thread, x: Place, at: Position, value: Word, release: Bool, joined: Bool):
        """A store of thread `t` takes a position in the order; what stood there and behind moves on by one."""
        assert len(self._order[x]) < self.stores, "some thread has not seen that many stores: raise `stores`"
        for y in self.Place:
            self._oldest[y].view = self._moved(self._oldest[y].view, x, at)
            for p in range(len(self._order[y])):
                self._order[y][p].view = self._moved(self._order[y][p].view, x, at)
        self._seen = [self._moved(self._seen[u], x, at) for u in self.Thread]
        self._fences = self._moved(self._fences, x, at)
        self._released = [self._moved(self._released[u], x, at) for u in self.Thread]
        self._to_acquire = [self._moved(self._to_acquire[u], x, at) for u in self.Thread]
        self._seen[t][x] = at
        view = [self._seen[t][y] if release or y == x else self._released[t][y] for y in self.Place]
        order: Seq(self.Message, self.stores) = []
        for p in range(1, len(self._order[x]) + 2):
            if p == at:
                order.append(self.Message(value=value, view=view, joined=joined))
            else:
                order.append(self._order[x][p - 1 if p < at else p - 2])
        self._order[x] = order
        self._forget_all()

    def _moved(self, view: View, x: Place, at: Position):
        return [view[y] + 1 if y == x and view[y] >= at else view[y] for y in self.Place]

    def _forget_all(self):
        """What every thread has seen replaced is nobody's any more, and what it has seen it need not acquire."""
        for x in self.Place:
            while all(self._seen[t][x] > 0 for t in self.Thread):
                self._forget(x)
        for t in self.Thread:
            self._to_acquire[t] = [
                self._to_acquire[t][y] if self._to_acquire[t][y] > self._seen[t][y] else 0 for y in self.Place
            ]

    def _forget(self, x: Place):
        """The oldest store to `x` is gone, and the next one has its place."""
        self._oldest[x] = self._order[x].pop(0)
        self._oldest[x].joined = False
        for y in self.Place:
            self._oldest[y].view[x] = max(self._oldest[y].view[x] - 1, 0)
            for p in range(len(self._order[y])):
                self._order[y][p].view[x] = max(self._order[y][p].view[x] - 1, 0)
        for t in self.Thread:
            self._seen[t][x] -= 1
            self._released[t][x] = max(self._released[t][x] - 1, 0)
            self._to_acquire[t][x] = max(self._to_acquire[t][x] - 1, 0)
        self._fences[x] = max(self._fences[x] - 1, 0)
