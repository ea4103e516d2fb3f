"""Decide whether a queue of many producers and one consumer can look empty while it is not (aeron-io/agrona#216).

`ManyToOneConcurrentLinkedQueue.offer` swaps the tail for its node and then links the node that was the tail to it. In
between, nodes that were offered behind it cannot be reached: `poll` finds no next node, and returns null to a thread
whose own offer is over. Lincheck found it, with two offers and a poll. The mend: where the tail is not the head
something is there, and `poll` waits until it is linked.

Smaller than there: nodes are not used again, and each thread offers one value.
"""

from enum import Enum

from checker.lang import Array, Opt, Range, Record, Seq, Var, process, sometimes
from checker.lang.idioms import Linearizable, Threads


class Op(Enum):
    """What can be done with a queue."""

    OFFER = "offer"
    POLL = "poll"


class Queue(Linearizable):
    """What a queue does, one operation after the other."""

    Value = Range(1, Threads.threads)
    Object = Seq(Value, Threads.threads)
    Call = Record(op=Op, value=Opt(Value))
    Result = Opt(Value)

    def perform(self, call: Call):
        first = None
        if call.op == Op.OFFER:
            self.object.append(call.value)
        elif len(self.object) > 0:
            first = self.object[0]
            self.object.pop(0)
        return first


class ManyToOneConcurrentLinkedQueue(Queue):
    """Every thread offers its value; the last one then polls. Node 0 is empty, and node v holds the value v."""

    Node = Range(0, Threads.threads)

    head = Var(Node)
    tail = Var(Node)
    next = Var(Array(Node, Opt(Node)))

    def offer(self, t: Threads.Thread):
        self.invoke(t, self.Call(op=Op.OFFER, value=t + 1))
        previous = self.tail  # swapTail
        self.tail = t + 1
        yield "swapped the tail"
        self.next[previous] = t + 1
        self.returns(t, None)

    def poll(self, t: Threads.Thread):
        self.invoke(t, self.Call(op=Op.POLL, value=None))
        yield "polls"
        first = self.next[self.head]
        if first is not None:
            self.head = first
        self.returns(t, first)

    @process(Threads.Thread)
    def thread(self, t: Threads.Thread):
        yield from self.offer(t)
        if t == self.threads - 1:
            yield "has offered"
            yield from self.poll(t)

    @sometimes
    def another_value_is_polled(self):
        """The value that comes back can be another thread's."""
        return self.head != 0 and self.head != self.threads


class ManyToOneConcurrentLinkedQueueWaits(ManyToOneConcurrentLinkedQueue):
    """Mended: as long as the tail is not the head, poll waits for the link."""

    def poll(self, t: Threads.Thread):
        self.invoke(t, self.Call(op=Op.POLL, value=None))
        yield "polls"
        while self.next[self.head] is None and self.head != self.tail:
            yield "waits for the link"
        first = self.next[self.head]
        if first is not None:
            self.head = first
        self.returns(t, first)
