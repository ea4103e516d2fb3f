"""Decide what one entry of a table may show its readers, whatever the table is. Contains no algorithm of its own.

The models of this folder that move an entry from one bucket to another build on this. What their users are promised is
little: an entry that can be read and written behaves as if each operation happened at once, at some moment while it
ran. Each write has a value of its own, its number; 0 is the value from before. Three properties follow from the
promise, and none needs to know which of two writes that ran at the same time came first. Breaking one of them therefore
breaks the promise under every reading. A lost write shows in a later read, for readers read for ever.

Keys do not touch each other in these algorithms, so one entry is all there is.
"""

from checker.lang import Array, Bool, Model, Opt, Param, Range, SetOf, Var, always, require, sometimes


class Register(Model):
    """What writers and readers of one entry do, as they see it."""

    writers = Param(1, Range(1, 3))
    readers = Param(1, Range(1, 3))

    Writer = Range(1, writers)  # writes the value of its number, once
    Reader = Range(readers)
    Value = Range(0, writers)

    running = Var(SetOf(Writer))  # writers within their write
    ended = Var(SetOf(Writer))  # writers that have ended
    replaced = Var(SetOf(Value))  # a write that began after these had been written has ended
    before = Var(Array(Writer, SetOf(Value)))  # what had been written when this write began
    removals = Var(SetOf(Writer))  # writes that remove the entry
    open = Var(Array(Reader, SetOf(Value)))  # what a running read may return; empty while none runs
    last = Var(Array(Reader, Opt(Value)))  # what this reader saw last, 0 at first
    past = Var(Array(Reader, SetOf(Value)))  # what it saw before that
    calm = Var(Array(Reader, Bool))  # no write has run since its read began
    steady = Var(Array(Reader, Bool))  # no write has run since its last read, now over, began

    misread = Var(Bool)
    missed = Var(Bool)
    returned = Var(Bool)
    drifted = Var(Bool)

    def init(self):
        for r in self.Reader:
            self.last[r] = 0
            self.steady[r] = True

    def current(self):
        """The values that a read may return if it runs now."""
        return {v for v in self.Value if v not in self.replaced and (v == 0 or v in self.running or v in self.ended)}

    def begin_write(self, w: Writer, removal: Bool = False):
        """`w` begins to write its number, or to remove the entry. Writers are alike: they may begin in order."""
        require(w == 1 or w - 1 in self.running or w - 1 in self.ended)
        self.running.add(w)
        if removal:
            self.removals.add(w)
        self.before[w] = {v for v in self.Value if v == 0 or v in self.ended}
        self.open = [self.open[r] | {w} if len(self.open[r]) > 0 else self.open[r] for r in self.Reader]
        self.calm = [False for _ in self.Reader]
        self.steady = [False for _ in self.Reader]

    def end_write(self, w: Writer):
        """`w` comes back: what had been written before it began is the past."""
        self.running.remove(w)
        self.ended.add(w)
        self.replaced |= self.before[w]
        self.before[w] = set()

    def begin_read(self, r: Reader):
        """`r` begins to read."""
        self.open[r] = self.current()
        self.calm[r] = len(self.running) == 0

    def end_read(self, r: Reader, found: Opt(Value)):
        """`r` comes back with a value, or with nothing."""
        if found is None:
            self.missed = self.missed or not any(w in self.open[r] for w in self.removals)
        else:
            self.misread = self.misread or found not in self.open[r] or found in self.removals
            self.returned = self.returned or found in self.past[r]
        if found != self.last[r]:
            self.drifted = self.drifted or self.steady[r]
            if self.last[r] is not None:
                self.past[r].add(self.last[r])
            self.last[r] = found
        self.steady[r] = self.calm[r]
        self.calm[r] = False
        self.open[r] = set()

    @always
    def reads_are_current(self):
        """A read returns a value that was the current one at some moment while it ran."""
        return not self.misread

    @always
    def data_stay_reachable(self):
        """A read finds the entry unless someone removes it."""
        return not self.missed

    @always
    def values_do_not_return(self):
        """A reader that has seen a value replaced by another does not see it again."""
        return not self.returned

    @always
    def only_writes_change_values(self):
        """Two reads of one reader, with no write while they run or between them, return the same."""
        return not self.drifted

    @sometimes
    def all_is_written_and_read(self):
        """Each write can end, and every reader see a value that was written."""
        return len(self.ended) == self.writers and all(self.last[r] != 0 for r in self.Reader)
