"""Decide whether .NET's ConcurrentQueue can look empty while an enqueued item is in it (dotnet/runtime#132736).

A segment of the queue is frozen in two steps: a flag is set, and the tail is moved on by an offset. TryDequeue, which
has found no item at the head yet, reads the flag and then the tail; between the two steps it takes the offset away from
a tail that it was not added to, and says that the segment is empty. The mend of dotnet/runtime#132737 is to move the
tail first. QuestDB's port had the same (questdb/questdb#7557).

After ConcurrentQueueSegment.cs, with one segment: what is enqueued after it is frozen goes to another one, and is not
followed. Thread 0 enqueues; thread 1 enqueues and then dequeues; thread 2 freezes the segment, as ToArray does.
"""

from enum import Enum

from checker.lang import Array, Bool, Opt, Range, Record, Seq, Var, process, sometimes
from checker.lang.idioms import Linearizable, Threads

SLOTS = 2
FREEZE_OFFSET = 4


class Op(Enum):
    """What can be done with a queue."""

    ENQUEUE = "enqueue"
    DEQUEUE = "dequeue"


class ConcurrentQueueSegment(Linearizable):
    """One segment, and an item for each of the threads that enqueue."""

    threads = 3

    Value = Range(1, 2)
    Object = Seq(Value, 2)
    Call = Record(op=Op, value=Opt(Value))
    Result = Opt(Value)

    Place = Range(SLOTS)

    Head = Var(Range(0, SLOTS))
    Tail = Var(Range(0, SLOTS + FREEZE_OFFSET))
    item = Var(Array(Place, Opt(Value)))  # and with it the slot's sequence number: it is there
    frozenForEnqueues = Var(Bool)

    def perform(self, call: Call):
        first = None
        if call.op == Op.ENQUEUE:
            self.object.append(call.value)
        elif len(self.object) > 0:
            first = self.object[0]
            self.object.pop(0)
        return first

    def enqueue(self, t: Threads.Thread):
        self.invoke(t, self.Call(op=Op.ENQUEUE, value=t + 1))
        place = self.Tail
        if place >= SLOTS:
            return False  # frozen: it goes to another segment
        self.Tail += 1  # the compare-and-swap that takes the slot
        yield "has a slot"
        self.item[place] = t + 1
        self.returns(t, None)
        return True

    def dequeue(self, t: Threads.Thread):
        self.invoke(t, self.Call(op=Op.DEQUEUE, value=None))
        while True:
            yield "looks at the head"
            head = self.Head
            if head < SLOTS and self.item[head] is not None:
                self.Head += 1
                self.returns(t, self.item[head])
                return
            yield "found no item"
            frozen = self.frozenForEnqueues
            yield "read the flag"
            if self.Tail <= head or (frozen and self.Tail - FREEZE_OFFSET <= head):
                self.returns(t, None)
                return

    def freeze(self):
        """EnsureFrozenForEnqueues."""
        self.frozenForEnqueues = True
        yield "set the flag"
        self.Tail += FREEZE_OFFSET

    @process(Threads.Thread)
    def thread(self, t: Threads.Thread):
        if t < 2:
            here = yield from self.enqueue(t)
            if t == 1 and here:
                yield "has enqueued"
                yield from self.dequeue(t)
        else:
            yield from self.freeze()

    @sometimes
    def it_freezes_while_items_are_in_it(self):
        """The segment can be frozen with an item that is not dequeued yet."""
        return self.frozenForEnqueues and self.item[1] is not None and self.Head < 2


class ConcurrentQueueSegmentTailFirst(ConcurrentQueueSegment):
    """Mended: the tail is moved on before the flag is set."""

    def freeze(self):
        self.Tail += FREEZE_OFFSET
        yield "moved the tail"
        self.frozenForEnqueues = True
