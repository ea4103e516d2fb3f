"""Decide whether Java's ConcurrentHashMap loses or hides an entry while threads move its table, and whether they end.

After ConcurrentHashMap.java of OpenJDK 25: putVal, get, initTable, addCount, helpTransfer, transfer. Each access to
memory that another thread could change is one step, with these exceptions, none of which hides an interleaving:

- A compare-and-swap that is tried again until it succeeds is one step with the read before it: what was read is what is
  there when it succeeds. So it is with X4, X6, an empty bin, and a bin whose lock is free.
- Nobody sees a new bin before the old one forwards to it, so both are stored when the lock is taken. What a thread
  does under a lock that ends with one store is one step: others see the store, or wait.
- Memory is sequentially consistent: the fields are volatile, bins are read with acquire and written with release.

N1 and N2 are the parts of addCount, X1 to X7 those of transfer.

One resize ends. Of two, one after the other, the second need not: spec.java.late says why.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Opt,
    Param,
    Range,
    SetOf,
    Var,
    always,
    choose,
    leads_to,
    process,
    require,
    sometimes,
)
from spec.java.table import Table


class Test(Enum):
    """What addCount and helpTransfer ask of a resize before they join it."""

    NONE = "none"
    FULL = "full"  # sc == rs + MAX_RESIZERS
    LAST = "last"  # sc == rs + 1
    INDEX = "index"  # transferIndex <= 0
    NEXT = "next"  # nextTable == null, in addCount


class Transfer(Table):
    """Threads put, one may read, and the table grows under them."""

    puts = Param(2, Range(1, 4))  # of each thread
    reads = Param(False)
    contended = Param(False)  # whether a compare-and-swap of baseCount can fail
    born = Param(True)  # False: the table is not there yet
    without = Param(Test.NONE)
    and_without = Param(Test.NONE)
    stamp = Param(False)  # True: the stamp of sizeCtl is compared, as it was before JDK-8214427

    # What the properties need.
    contents = Var(Array(Table.Key, Table.Value))  # what the map holds, put by put
    answered = Var(Bool)  # wrongly: a put returned what it did not replace, or a get what was never there meanwhile
    asked = Var(Opt(Table.Key))  # by the running get
    could = Var(SetOf(Table.Value))  # what it may return
    inside = Var(Array(Table.Thread, Opt(Table.Tab)))  # for which table a thread counts as a resizer
    sweeping = Var(SetOf(Table.Thread))  # who was last to leave, and looks through all bins
    commits = Var(Array(Table.Tab, Range(0, 2)))  # how often a table became `table`
    astray = Var(Bool)  # somebody moved a table to one that is not twice as long
    thrown = Var(SetOf(Table.Thread))  # an exception is on its way out of what a thread has called

    def init(self):
        self.sizeCtl = 0
        if self.born:
            super().init()

    def key(self, t: Table.Thread, n: Range(0, 3)):
        """The key of a thread's n-th put."""
        return (t + n) % self.keys

    @process(Table.Thread)
    def thread(self, t: Table.Thread):
        for n in range(self.puts):
            yield from self.putVal(t, self.key(t, n))

    # putVal, initTable

    def putVal(self, t: Table.Thread, k: Table.Key):
        check: Range(-1, 2 * self.keys) = -1
        tab: Opt(self.Tab) = self.table
        while True:
            if tab is None:
                tab = yield from self.initTable()
            yield "at the bin"
            i = self.index(k, self.length[tab])
            b = self.bins[tab][i]
            if b.to is not None:
                tab = yield from self.helpTransfer(t, tab, b.to)
                if t in self.thrown:
                    break
            elif b.first is None:
                self.bins[tab][i].first = self.new_node(tab, k, t + 1)  # casTabAt
                self.lands(k, t + 1, 0)
                check = 0
                break
            else:
                require(self.monitor[b.first] is None)
                check = self.update(tab, b, k, t + 1)
                break
        if check >= 0:
            yield "put"
            yield from self.addCount(t, check)

    def update(self, tab: Table.Tab, b: Table.Bin, k: Table.Key, v: Table.Value):
        """putVal under the lock of the first node: writes over the value, or appends a node. Returns binCount, or -1 if
        there is nothing to count."""
        binCount = 1
        e: self.Node = b.first
        while self.key_of(e) != k and self.next[e] is not None:
            e = self.next[e]
            binCount += 1
        if self.key_of(e) == k:
            self.lands(k, v, self.val[e])
            self.val[e] = v
            return -1
        self.next[e] = self.new_node(tab, k, v)
        self.lands(k, v, 0)
        return binCount

    def lands(self, k: Table.Key, v: Table.Value, replaced: Table.Value):
        """A put takes effect: if it were atomic it would be here."""
        if replaced != self.contents[k]:
            self.answered = True
        self.contents[k] = v
        if self.reads and self.asked == k:
            self.could.add(v)

    def initTable(self):
        while True:
            yield "has no table"
            if self.table is not None:
                break
            yield "is to make one"
            require(self.sizeCtl >= 0)  # or it spins
            self.sizeCtl = -1
            yield "makes it"
            made = self.table is None
            if made:
                self.table = self.new_table(self.capacity)
            yield "has made it"
            self.sizeCtl = self.capacity - self.capacity // 4 if made else 0
            break
        return self.table

    # addCount, helpTransfer

    def addCount(self, t: Table.Thread, check: Table.Count):
        s: Range(-1, 4 * self.keys) = -1
        s = yield from self.count_one(check)
        while s >= 0:
            yield "counted"
            sc = self.sizeCtl
            if s < sc:
                break
            yield "read sizeCtl"
            tab: self.Tab = self.table
            rs = self.stamped(self.length[tab])
            if self.length[tab] >= self.MAXIMUM_CAPACITY:
                break
            nt: Opt(self.Tab) = None
            if sc < 0:
                yield "read table"
                nt = self.nextTable
                if self.closed(sc, rs) or (nt is None and self.tests(Test.NEXT)):
                    break
                yield "read nextTable"
                if self.transferIndex <= 0 and self.tests(Test.INDEX):
                    break
            yield "may join"
            if self.sizeCtl == sc:
                self.sizeCtl = sc + 1 if sc < 0 else rs + 2
                self.inside[t] = tab
                yield from self.transfer(t, tab, nt)
                if t in self.thrown:
                    break
            yield "counts again"
            s = self.sumCount()

    def count_one(self, check: Table.Count):
        """N1: what addCount does before its loop. Returns the sum, or -1 if it does not look for a resize."""
        if not self.contended:
            self.baseCount += 1
            return self.baseCount
        if not self.counterCells:
            b = self.baseCount
            yield "read baseCount"
            if self.baseCount == b and not self.counterCells:
                self.baseCount = b + 1
                return b + 1
        used = self.counterCells
        self.counterCells = True
        self.cellCount += 1
        return self.sumCount() if used and check > 1 else -1  # -1 also after fullAddCount, which makes the cells

    def tests(self, test: Test):
        """Whether this test is made."""
        return self.without != test and self.and_without != test

    def closed(self, sc: Table.SizeCtl, rs: Table.SizeCtl):
        """Whether sizeCtl alone says that nobody can join."""
        if self.stamp and not (rs <= sc and sc < rs + self.SHIFT):
            return True
        return (sc == rs + self.MAX_RESIZERS and self.tests(Test.FULL)) or (sc == rs + 1 and self.tests(Test.LAST))

    def helpTransfer(self, t: Table.Thread, tab: Table.Tab, nextTab: Table.Tab):
        """A put has met a ForwardingNode. Returns the table to go on in."""
        rs = self.stamped(self.length[tab])
        while True:
            yield "met a forward"
            if nextTab != self.nextTable:
                break
            yield "same nextTable"
            if tab != self.table:
                break
            yield "same table"
            sc = self.sizeCtl
            if sc >= 0 or self.closed(sc, rs):
                break
            yield "is resizing"
            if self.transferIndex <= 0 and self.tests(Test.INDEX):
                break
            yield "has work"
            if self.sizeCtl == sc:
                self.sizeCtl = sc + 1
                self.inside[t] = tab
                yield from self.transfer(t, tab, nextTab)
                break
        return nextTab

    # transfer

    def transfer(self, t: Table.Thread, tab: Table.Tab, given: Opt(Table.Tab)):
        n = self.length[tab]
        nextTab: self.Tab = 0
        if given is None:
            yield "initiates"  # X2
            nextTab = self.new_table(2 * n)
            self.nextTable = nextTab
            yield "has a nextTable"
            self.transferIndex = n
        else:
            nextTab = given
        if self.length[nextTab] != 2 * n:
            self.astray = True
        i: Range(-1, self.MAXIMUM_CAPACITY) = 0
        bound: self.Length = 0
        finishing = False
        while True:
            i -= 1
            if i < bound and not finishing:
                yield "claims"  # X4
                i = self.transferIndex - 1
                bound = max(0, self.transferIndex - self.stride)
                self.transferIndex = bound
            if i >= 0 and i < n:
                yield "looks at a bin"  # X5
                yield from self.move(t, tab, i, nextTab)
                if t in self.thrown:
                    return
            elif finishing:
                break
            else:
                yield "leaves"  # X6
                if not self.leaves(t, n):
                    return
                finishing = True
                i = n if self.sweeps() else 0
        yield from self.commit(t, n, nextTab)

    def move(self, t: Table.Thread, tab: Table.Tab, i: Table.Slot, nextTab: Table.Tab):
        """X5: one bin."""
        b = self.bins[tab][i]
        if b.to is not None:
            return
        if b.first is None:
            self.bins[tab][i].to = nextTab  # casTabAt
            return
        yield from self.move_nodes(t, tab, i, nextTab)

    def move_nodes(self, t: Table.Thread, tab: Table.Tab, i: Table.Slot, nextTab: Table.Tab):
        """X5 of a bin that is not empty: takes its lock and copies; stores the ForwardingNode and leaves the lock."""
        first: self.First = self.bins[tab][i].first
        require(self.monitor[first] is None)
        self.monitor[first] = t
        self.split(tab, i, nextTab, first)
        yield "has copied"
        self.monitor[first] = None
        self.bins[tab][i] = self.Bin(first=None, to=nextTab)

    def leaves(self, t: Table.Thread, n: Table.Length):
        """X6: one resizer less. Returns whether it was the last, who is to finish."""
        last = self.sizeCtl - 2 == self.stamped(n)
        self.sizeCtl -= 1
        if last:
            self.sweeping.add(t)
        else:
            self.inside[t] = None
        return last

    def sweeps(self):
        """X6: whether the last one looks through all bins once more."""
        return True

    def commit(self, t: Table.Thread, n: Table.Length, nextTab: Table.Tab):
        """X7."""
        yield "commits"
        self.nextTable = None
        yield "has no nextTable"
        self.replace(nextTab)
        yield "has a new table"
        self.sizeCtl = 2 * n - n // 2
        self.inside[t] = None
        self.sweeping.discard(t)

    def replace(self, nextTab: Table.Tab):
        """table = nextTab."""
        self.table = nextTab
        self.commits[nextTab] = min(2, self.commits[nextTab] + 1)

    # get

    @process
    def reader(self):
        """get, once: it may begin anywhere, and writes nothing, so that more of them would show no more."""
        if not self.reads:
            return
        k = choose(self.Key)
        self.asked = k
        self.could = {self.contents[k]}
        tab = self.table
        e: Opt(self.First) = None
        while tab is not None:
            yield "reads a bin"
            b = self.bins[tab][self.index(k, self.length[tab])]
            if self.is_list(b):
                e = b.first
            tab = b.to
        while e is not None and self.key_of(e) != k:
            yield "walks"
            e = self.next[e]
        if e is not None:
            yield "found"
        if (self.val[e] if e is not None else 0) not in self.could:
            self.answered = True
        self.asked = None
        self.could.clear()

    # What must be so.

    def resizing(self):
        """Whether a resize has begun and is not over."""
        return self.sizeCtl < -1

    def movers(self):
        """How many threads count as resizers, but for one that was the last to leave."""
        return sum(self.inside[t] is not None and t not in self.sweeping for t in self.Thread)

    @always
    def C1_nothing_is_lost(self):
        """Whatever was put is found, and where nobody moves the table there is one node for it."""
        return all(self.find(k) == self.contents[k] for k in self.Key) and (
            self.nextTable is not None or self.table is None or all(self.times(k) <= 1 for k in self.Key)
        )

    @always
    def C1_all_bins_are_moved(self):
        """Where a table has been replaced, each of its bins forwards."""
        return all(
            self.commits[to] == 0 or 2 * self.length[tab] != self.length[to] or self.bins[tab][i].to is not None
            for to in self.Tab
            for tab in self.Tab
            for i in self.Slot
            if i < self.length[tab]
        )

    @always
    def C2_one_commit(self):
        """A table becomes `table` once."""
        return all(self.commits[tab] <= 1 for tab in self.Tab)

    @always
    def C3_resizers_are_counted(self):
        """While a table is moved, the low half of sizeCtl is one more than there are threads that may move bins."""
        return not self.resizing() or self.sizeCtl % self.SHIFT == 1 + self.movers()

    @always
    def C4_doubles(self):
        """Each table is longer than those before it."""
        return self.table is None or all(
            tab == self.table or self.commits[tab] == 0 or self.length[tab] < self.length[self.table]
            for tab in self.Tab
        )

    @always
    def C5_linearizable(self):
        """Each put returns what it replaced, and a get a value that its key had at some moment while it ran."""
        return not self.answered

    @always
    def C6_nobody_moves_an_old_table(self):
        """Nobody is inside `transfer` of a table that has been replaced, but for the one who replaces it."""
        return all(self.inside[t] is None or self.inside[t] == self.table or t in self.sweeping for t in self.Thread)

    @always
    def C8_nextTable_only_while_resizing(self):
        """nextTable is there only while sizeCtl is negative."""
        return self.nextTable is None or self.sizeCtl < 0

    @always
    def C9_twice_as_long(self):
        """Nobody moves a table to one that is not twice as long."""
        return not self.astray

    @leads_to
    def L1_a_resize_ends(self):
        """A resize that has begun ends."""
        return self.resizing(), not self.resizing()

    @sometimes
    def two_move_it(self):
        """A second thread can help."""
        return sum(self.inside[t] is not None for t in self.Thread) == 2

    @sometimes
    def it_grows_to_the_end(self):
        """All can put what they have, and the table be as long as it may."""
        return (
            all(self.thread[t].finished for t in self.Thread)
            and self.table is not None
            and self.length[self.table] == self.MAXIMUM_CAPACITY
        )
