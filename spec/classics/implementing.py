"""Decide whether three protocols do no more than a simpler model allows, which says what they are for.

After ABCorrectness.tla, TCommit.tla and Barrier.tla of the TLA+ examples, and the mappings there: AlternatingBit.tla
implements the first (Lamport, Specifying Systems, chapter 14), TwoPhase.tla the second (Gray and Lamport), Barriers.tla
the third (Differdange). What must happen sooner or later is not compared.
"""

from checker.lang import Array, Bool, Model, Param, Range, Var, action, always, choose, implements, require, sometimes
from spec.classics.alternating_bit import AlternatingBit
from spec.classics.barriers import Barriers
from spec.classics.transaction_commit import TransactionCommit
from spec.classics.two_phase import Coordinator, Order, TwoPhase


class Handover(Model):
    """One value after another is handed over: the next is sent when the last has arrived, and that is known."""

    values = Param(2, Range(1, 3))

    Bit = Range(2)
    Data = Range(values)

    sBit = Var(Bit)  # of the value sent last
    sAck = Var(Bit)  # of the value that the sender knows to have arrived
    rBit = Var(Bit)  # of the value received last
    sent = Var(Data)
    rcvd = Var(Data)

    def init(self):
        self.sBit = choose(self.Bit)
        self.sAck = self.sBit
        self.rBit = self.sBit
        self.sent = choose(self.Data)
        self.rcvd = choose(self.Data)

    @action
    def send(self, d: Data):
        require(self.sAck == self.sBit)
        self.sent = d
        self.sBit = 1 - self.sBit

    @action(fair="weak")
    def receive(self):
        require(self.rBit != self.sBit)
        self.rBit = self.sBit
        self.rcvd = self.sent

    @action(fair="weak")
    def acknowledge(self):
        require(self.rBit != self.sAck)
        self.sAck = self.rBit

    @always
    def what_arrived_was_sent(self):
        """When the sender knows that a value has arrived, it is the one that the receiver has, after the first."""
        return self.sAck != self.sBit or self.rBit == self.sBit

    @sometimes
    def another_value_arrives(self):
        """A value can be received that is not the first."""
        return self.rcvd == self.values - 1 and self.rBit != self.sAck


class AlternatingBitHandsOver(AlternatingBit):
    """The alternating bit protocol, and that seen from its two ends it hands over one value after another."""

    @implements(Handover)
    def hands_over(self):
        """One value after another is handed over: channels, and what is sent again, are not seen."""
        return {"sBit": self.sBit, "sAck": self.sAck, "rBit": self.rBit, "sent": self.sent, "rcvd": self.rcvd}


class AlternatingBitSendsOn(AlternatingBitHandsOver):
    """The sender sends another value before it knows that the last has arrived."""

    bits_agree_before_a_new_value = None
    what_is_sent_arrives = None

    @action
    def send_new(self, d: AlternatingBit.Data):
        self.sent = d
        self.sBit = 1 - self.sBit
        self.put_message()


class TwoPhaseCommits(TwoPhase):
    """Two-phase commit, and that it is a transaction commit."""

    @implements(TransactionCommit)
    def commits(self):
        """It is a transaction commit: messages and the coordinator are not seen."""
        return {"state": self.state}


class TwoPhaseCommitsEarly(TwoPhaseCommits):
    """The coordinator orders to commit when one manager is prepared."""

    consistent = None

    @action
    def order_commit(self):
        require(self.coordinator == Coordinator.INIT and any(m in self.heard for m in self.Manager))
        self.coordinator = Coordinator.COMMITTED
        self.orders.add(Order.COMMIT)


class Barrier(Model):
    """Whoever comes waits, until all have come; then all go on at once."""

    processes = Param(6, Range(1, 8))

    Process = Range(processes)

    waits = Var(Array(Process, Bool))

    @action
    def come(self, p: Process):
        require(not self.waits[p])
        self.waits[p] = True

    @action
    def go_on(self):
        require(all(self.waits))
        self.waits = [False for p in self.Process]

    @sometimes
    def all_wait(self):
        """All can wait at once."""
        return all(self.waits)


class BarriersMeet(Barriers):
    """The reusable barrier, and that it is one: the last to go through its second gate lets everybody go on."""

    def waits(self, p: Barriers.Process):
        """A process waits from when it comes to the first gate until the second opens."""
        if self.proc[p].at("start", "a0"):
            return False
        return not self.proc[p].at("a11", "a12") or self.gate_2 == 0

    @implements(Barrier)
    def meets(self):
        """It is a barrier: gates, lock and count are not seen."""
        return {"waits": [self.waits(p) for p in self.Process]}
