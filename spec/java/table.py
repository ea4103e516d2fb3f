"""What java.util.concurrent.ConcurrentHashMap has in memory, and how it looks at it. Has no steps of its own.

After ConcurrentHashMap.java of OpenJDK 25. Fields and methods have Java's names. What is smaller than there:

- A table has 2, 4 or 8 bins, and `stride` of them are claimed at once: 16 at least in Java.
- sizeCtl is one number here as there, but the half that counts resizers goes to `MAX_RESIZERS`, 65535 in Java, and
  the stamp above it is the same small negative number for the same length of a table.
- Bins are lists. Trees are lists to whoever moves them, and removal is left out.
- A node is made for a key and a table at most once: node `t * keys + k` is that of key k in table t.
"""

from checker.lang import Array, Bool, Opt, Param, Range, Record, Seq, Var
from spec.java.table_picture import TablePicture


class Table(TablePicture):
    """Tables, bins, nodes, counters."""

    threads = Param(2, Range(1, 4))
    keys = Param(3, Range(1, 4))
    tables = Param(2, Range(2, 3))  # that are ever allocated
    capacity = Param(2, Range(1, 4))  # of the first
    MAXIMUM_CAPACITY = Param(4, Range(2, 8))
    MAX_RESIZERS = Param(3, Range(2, 7))  # what the low half of sizeCtl can hold
    stride = Param(1, Range(1, 4))
    reservations = Param(0, Range(0, 2))

    Thread = Range(threads)
    Key = Range(keys)
    Value = Range(0, threads)  # 0: none; thread t puts t + 1
    Tab = Range(tables)
    Length = Range(0, MAXIMUM_CAPACITY)
    Slot = Range(MAXIMUM_CAPACITY)
    Node = Range(tables * keys)
    First = Range(tables * keys + reservations)  # the last ones are ReservationNodes
    Bin = Record(first=Opt(First), to=Opt(Tab))  # `to`: a ForwardingNode, and its nextTable

    Count = Range(0, 2 * keys)
    SHIFT = MAX_RESIZERS + 1  # a stamp is so many times one
    SizeCtl = Range(-4 * SHIFT - 1, 15)

    table = Var(Opt(Tab))
    nextTable = Var(Opt(Tab))
    sizeCtl = Var(SizeCtl)
    transferIndex = Var(Length)
    baseCount = Var(Count)
    counterCells = Var(Bool)  # whether there are any
    cellCount = Var(Count)  # what they hold together

    length = Var(Array(Tab, Length))  # 0: not allocated
    bins = Var(Array(Tab, Array(Slot, Bin)))
    val = Var(Array(Node, Value))
    next = Var(Array(Node, Opt(Node)))
    monitor = Var(Array(First, Opt(Thread)))  # who is inside `synchronized` on this node

    def init(self):
        """An empty table."""
        self.length[0] = self.capacity
        self.table = 0
        self.sizeCtl = self.capacity - self.capacity // 4

    def spread(self, k: Key):
        """The hash of a key: keys 0 and 1 share a bin of two, and not of four; keys 0 and 3 share one of four, too."""
        hashes: Seq(Range(0, 7), 4) = (0, 2, 1, 4)
        return hashes[k]

    def index(self, k: Key, n: Length):
        """The bin of a key in a table of so many."""
        return self.spread(k) % n

    def resizeStamp(self, n: Length):
        """What stands above the count of resizers while a table of n bins is moved: one less for each doubling."""
        return -1 - sum(n >= 2 << i for i in range(3))

    def stamped(self, n: Length):
        """resizeStamp(n) << RESIZE_STAMP_SHIFT: rs."""
        return self.resizeStamp(n) * self.SHIFT

    def sumCount(self):
        """baseCount and the cells."""
        return self.baseCount + self.cellCount

    def key_of(self, e: Node):
        """The key of a node."""
        return e % self.keys

    def new_node(self, tab: Tab, k: Key, v: Value, after: Opt(Node) = None):
        """A node of this key for this table."""
        node = tab * self.keys + k
        self.val[node] = v
        self.next[node] = after
        return node

    def new_table(self, n: Length):
        """An array of n bins, all empty."""
        tab = min(t for t in self.Tab if self.length[t] == 0)
        self.length[tab] = n
        return tab

    def goes_up(self, e: Node, n: Length):
        """Whether a node goes to the upper half of a table of twice n bins: hash & n."""
        return (self.spread(self.key_of(e)) // n) % 2 == 1

    def split(self, tab: Tab, i: Slot, nextTab: Tab, first: Node):
        """transfer, X5: the nodes of a bin go to two bins: the last run of those that go the same way as they are, the
        others as copies."""
        n = self.length[tab]
        lastRun = first
        e = self.next[first]
        while e is not None:
            if self.goes_up(e, n) != self.goes_up(lastRun, n):
                lastRun = e
            e = self.next[e]
        low: Opt(self.Node) = None if self.goes_up(lastRun, n) else lastRun
        high: Opt(self.Node) = lastRun if self.goes_up(lastRun, n) else None
        p = first
        while p != lastRun:
            if self.goes_up(p, n):
                high = self.new_node(nextTab, self.key_of(p), self.val[p], high)
            else:
                low = self.new_node(nextTab, self.key_of(p), self.val[p], low)
            p = self.next[p]
        self.bins[nextTab][i].first = low
        self.bins[nextTab][i + n].first = high

    def is_list(self, b: Bin):
        """Whether a bin starts with a node."""
        return b.first is not None and b.first < self.tables * self.keys

    def is_reserved(self, b: Bin):
        """Whether a bin is held by a ReservationNode."""
        return b.first is not None and b.first >= self.tables * self.keys

    def find(self, k: Key):
        """What a reader finds who is alone: the value of a key, or 0."""
        tab = self.table
        while tab is not None:
            b = self.bins[tab][self.index(k, self.length[tab])]
            if b.to is None:
                return self.find_in(b, k)
            tab = b.to
        return 0

    def find_in(self, b: Bin, k: Key):
        """The value of a key in a bin, or 0."""
        if not self.is_list(b):
            return 0
        e = b.first
        while e is not None:
            if self.key_of(e) == k:
                return self.val[e]
            e = self.next[e]
        return 0

    def times(self, k: Key):
        """How many nodes of a key hang on the bins of the table. More than one would shadow another."""
        return sum(self.times_in(self.bins[self.table][i], k) for i in self.Slot)

    def times_in(self, b: Bin, k: Key):
        """How many nodes of a key hang on a bin."""
        found = 0
        if self.is_list(b):
            e = b.first
            while e is not None:
                found += int(self.key_of(e) == k)
                e = self.next[e]
        return found
