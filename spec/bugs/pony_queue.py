"""Decide whether a scheduler can find its own run queue empty while actors wait in it (ponylang/ponyc#5820).

`mpmcq_pop` reads the tail and then the `next` of that node. In between another scheduler may take the item, and give
the node back; once it is allocated again its `next` is null, and the queue looks empty. The scheduler goes idle, and
the program ends with actors that could run. The mend asks head and tail, which are never freed.

The queue holds two items at first. Thread 0 is its owner and pops one; thread 1 steals one and allocates a node for a
queue of its own. The counter with which the tail is swapped against ABA is the runtime's.
"""

from enum import Enum

from checker.lang import Array, Opt, Range, Record, Seq, Var, process, sometimes
from checker.lang.idioms import Heap, Life, Linearizable, Threads


class Op(Enum):
    """What is asked of the queue here."""

    POP = "pop"


class RunQueue(Linearizable, Heap):
    """A linked queue whose tail is a node that has been taken already."""

    nodes = 3

    Item = Range(1, 2)
    Object = Seq(Item, 2)
    Call = Record(op=Op)
    Result = Opt(Item)

    head = Var(Heap.Node)
    tail = Var(Heap.Node)
    aba = Var(Range(3))
    next = Var(Array(Heap.Node, Opt(Heap.Node)))
    item = Var(Array(Heap.Node, Opt(Item)))

    def begins(self):
        self.object = [1, 2]

    def perform(self, call: Call):
        first = None
        if len(self.object) > 0:
            first = self.object[0]
            self.object.pop(0)
        return first

    def init(self):
        self.life = [Life.LIVE for _ in self.Node]
        self.tail = 0
        self.head = 2
        self.next = (1, 2, None)
        self.item = (None, 1, 2)

    def is_empty(self, tail: Heap.Node):
        """Whether the queue is said to be empty: the node at the tail has no next one."""
        return self.next[tail] is None

    def pop(self, t: Threads.Thread):
        """ponyint_mpmcq_pop."""
        self.invoke(t, self.Call(op=Op.POP))
        while True:
            tail = self.tail
            aba = self.aba
            yield "read the tail"
            if self.is_empty(tail):
                self.returns(t, None)
                return
            following = self.next[tail]
            yield "read next"
            if self.tail == tail and self.aba == aba and following is not None:  # the compare-and-swap
                self.tail = following
                self.aba += 1
                self.returns(t, self.item[following])
                self.free(tail)
                return
            yield "tries again"

    @process(Threads.Thread)
    def scheduler(self, t: Threads.Thread):
        yield from self.pop(t)
        if t == 1:
            yield "has stolen"
            mine = self.allocate()
            self.next[mine] = None
            self.item[mine] = None

    @sometimes
    def both_get_an_item(self):
        """Owner and thief can both get an item."""
        return self.aba == 2


class RunQueueAsksHeadAndTail(RunQueue):
    """Mended: the queue is empty where its head is its tail."""

    def is_empty(self, tail: Heap.Node):
        return self.head == self.tail
