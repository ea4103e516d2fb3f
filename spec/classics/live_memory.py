"""Decide whether a memory answers every request; with a property beside it that holds of nothing.

After LiveInternalMemory.tla of the TLA+ examples (Lamport, Specifying Systems, chapter 8). Its property began with
`ctl[p] = "req"`, which no state shows: it was checked for years, and held (tlaplus/Examples issue 101).
"""

from enum import Enum

from checker.lang import Array, Model, Param, Range, Record, Var, action, always, choose, leads_to, require, sometimes


class Control(Enum):
    """How far a processor's request is."""

    RDY = "rdy"
    BUSY = "busy"
    DONE = "done"
    REQ = "req"  # only the published property names it: here a name must exist, so the slip has to be made on purpose


class Kind(Enum):
    """What a processor and the memory say to each other."""

    NOTHING = "nothing"
    READ = "read"
    WRITE = "write"
    VALUE = "value"


class LiveMemory(Model):
    """Processors ask, the memory does what they ask, and answers."""

    processors = Param(2, Range(1, 3))
    addresses = Param(3, Range(1, 3))
    values = Param(2, Range(1, 3))

    Proc = Range(processors)
    Adr = Range(addresses)
    Val = Range(values)
    Said = Record(kind=Kind, adr=Adr, val=Val)

    mem = Var(Array(Adr, Val))
    ctl = Var(Array(Proc, Control))
    buf = Var(Array(Proc, Said))  # a request, and then the answer to it
    speaker = Var(Proc)  # whose request or answer the interface shows
    said = Var(Said)

    def init(self):
        """Anything may be in the memory."""
        for a in self.Adr:
            self.mem[a] = choose(self.Val)

    @action
    def ask(self, p: Proc):
        """Read or write."""
        require(self.ctl[p] == Control.RDY)
        asked = self.Said(kind=choose({Kind.READ, Kind.WRITE}), adr=choose(self.Adr), val=choose(self.Val))
        require(asked.kind == Kind.WRITE or asked.val == 0)
        self.buf[p] = asked
        self.ctl[p] = Control.BUSY
        self.show(p)

    @action(fair="weak")
    def serve(self, p: Proc):
        """The memory does what was asked, or answers."""
        require(self.ctl[p] in (Control.BUSY, Control.DONE))
        if self.ctl[p] == Control.BUSY:
            self.do(p)
            self.ctl[p] = Control.DONE
        else:
            self.ctl[p] = Control.RDY
            self.show(p)

    def do(self, p: Proc):
        """What was asked happens; the answer to a write is nothing."""
        asked = self.buf[p]
        if asked.kind == Kind.WRITE:
            self.mem[asked.adr] = asked.val
            self.buf[p] = self.Said(kind=Kind.NOTHING, adr=0, val=0)
        else:
            self.buf[p] = self.Said(kind=Kind.VALUE, adr=0, val=self.mem[asked.adr])

    def show(self, p: Proc):
        """The interface shows what `p` asked, or was answered."""
        self.speaker = p
        self.said = self.buf[p]

    @always
    def only_requests_are_busy(self):
        """While a request is open, the buffer holds it."""
        return all(self.ctl[p] != Control.BUSY or self.buf[p].kind in (Kind.READ, Kind.WRITE) for p in self.Proc)

    @sometimes
    def all_are_busy(self):
        """All processors can wait at once."""
        return all(self.ctl[p] == Control.BUSY for p in self.Proc)

    @leads_to
    def request_answered(self, p: Proc):
        """Who asks is answered, then or later."""
        return self.ctl[p] == Control.BUSY, self.ctl[p] == Control.RDY

    @leads_to
    def as_published(self, p: Proc):
        """The property as it stood there: it says nothing, for no state is as it begins."""
        return self.ctl[p] == Control.REQ, self.ctl[p] == Control.RDY


class LiveMemoryLazy(LiveMemory):
    """The memory may do nothing for ever. The published property does not notice."""

    @action
    def serve(self, p: LiveMemory.Proc):
        super().serve(p)
