"""Decide whether Treiber's stack is linearizable and safe when its nodes are given back, by four ways to do so.

Treiber (1986) pops by swapping the head for the next node, if the head is still what it was. Who gives the node back at
once may have it used by another that is about to pop it, and if it has been pushed again meanwhile, the other swaps in
a head that is not in the stack any more (ABA). Hazard pointers (Michael, 2004) prevent both; but a pointer that is
protected after the node was given back protects nothing, so the head must be looked at again.

The stack holds two nodes at first, with the values 1 and 0 from the top. Both threads pop twice; thread 1 then pushes.
"""

from enum import Enum

from checker.lang import Array, Opt, Range, Record, Seq, Var, process, sometimes
from checker.lang.idioms import HazardPointers, Life, Linearizable, Threads


class Op(Enum):
    """What can be done with a stack."""

    PUSH = "push"
    POP = "pop"


class Stack(Linearizable):
    """What a stack does, one operation after the other."""

    Value = Range(3)
    Object = Seq(Value, 3)
    Call = Record(op=Op, value=Opt(Value))
    Result = Opt(Value)

    def begins(self):
        self.object = [0, 1]

    def perform(self, call: Call):
        top = None
        if call.op == Op.PUSH:
            self.object.append(call.value)
        elif len(self.object) > 0:
            top = self.object.pop()
        return top


class TreiberStack(Stack, HazardPointers):
    """With hazard pointers."""

    nodes = 3

    head = Var(Opt(HazardPointers.Node))
    next = Var(Array(HazardPointers.Node, Opt(HazardPointers.Node)))
    value = Var(Array(HazardPointers.Node, Opt(Stack.Value)))

    def init(self):
        self.life = (Life.LIVE, Life.LIVE, Life.FREE)
        self.head = 1
        self.next = (None, 0, None)
        self.value = (0, 1, None)

    def guard(self, t: Threads.Thread, n: HazardPointers.Node):
        """Protect a node that is about to be used; whether it is still the head."""
        self.protect(t, n)
        yield "protected"
        return self.head == n

    def give_back(self, t: Threads.Thread, n: HazardPointers.Node):
        """A node has been popped."""
        self.unprotect(t, n)
        self.retire(n)

    def push(self, t: Threads.Thread, v: Stack.Value):
        self.invoke(t, self.Call(op=Op.PUSH, value=v))
        yield "pushes"
        n = self.allocate()
        self.value[n] = v
        while True:
            top = self.head
            self.next[n] = top
            yield "read the head to push"
            if self.head == top:  # compare-and-swap
                self.head = n
                self.returns(t, None)
                return

    def pop(self, t: Threads.Thread):
        self.invoke(t, self.Call(op=Op.POP, value=None))
        while True:
            yield "pops"
            n = self.head
            if n is None:
                self.returns(t, None)
                return
            yield "read the head"
            still = yield from self.guard(t, n)
            if still:
                self.use(n)
                following = self.next[n]
                yield "read the next"
                if self.head == n:  # compare-and-swap
                    self.head = following
                    self.returns(t, self.value[n])
                    self.give_back(t, n)
                    return
            self.unprotect(t, n)

    @process(Threads.Thread)
    def thread(self, t: Threads.Thread):
        yield from self.pop(t)
        yield "has popped"
        yield from self.pop(t)
        if t == 1:
            yield "has popped twice"
            yield from self.push(t, 2)

    @sometimes
    def both_finish(self):
        """All can be done, with the new value on the stack."""
        return all(self.thread[t].finished for t in self.Thread) and self.head is not None


class TreiberStackUnguarded(TreiberStack):
    """Nodes are freed as soon as they are popped."""

    def guard(self, t: Threads.Thread, n: HazardPointers.Node):
        return True

    def give_back(self, t: Threads.Thread, n: HazardPointers.Node):
        self.free(n)


class TreiberStackABA(TreiberStackUnguarded):
    """The same where nobody notices that memory is used or freed once more: until the stack is wrong."""

    def use(self, n: HazardPointers.Node):
        pass

    def give_back(self, t: Threads.Thread, n: HazardPointers.Node):
        self.life[n] = Life.FREE


class TreiberStackTrusts(TreiberStack):
    """Who has protected the head does not look whether it still is."""

    def guard(self, t: Threads.Thread, n: HazardPointers.Node):
        self.protect(t, n)
        yield "protected"
        return True
