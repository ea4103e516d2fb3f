"""Decide whether the alternating bit protocol delivers what was sent, over channels that lose messages.

After AlternatingBit.tla and MCAlternatingBit.tla of the TLA+ examples (Lamport, Specifying Systems, chapter 14). There
a constraint ends the search at queues that are too long. A constraint cuts behaviours off, so `AlternatingBit` sends
nothing into a full queue instead; `AlternatingBitConstrained` is as published.
"""

from checker.lang import (
    Model,
    Param,
    Range,
    Record,
    Seq,
    Var,
    action,
    always,
    choose,
    constraint,
    leads_to,
    require,
    sometimes,
)


class AlternatingBit(Model):
    """A sender repeats its message until the bit comes back; channels keep the order, and lose what they like."""

    values = Param(2, Range(1, 3))
    messages = Param(2, Range(1, 3))  # that the channel to the receiver holds
    acks = Param(2, Range(1, 3))

    Bit = Range(2)
    Data = Range(values)
    Message = Record(bit=Bit, data=Data)

    msgQ = Var(Seq(Message, messages))
    ackQ = Var(Seq(Bit, acks))
    sBit = Var(Bit)  # of the message sent last
    sAck = Var(Bit)  # received last by the sender
    rBit = Var(Bit)  # received last by the receiver
    sent = Var(Data)
    rcvd = Var(Data)

    def init(self):
        self.sBit = choose(self.Bit)
        self.sAck = self.sBit
        self.rBit = self.sBit
        self.sent = choose(self.Data)
        self.rcvd = choose(self.Data)

    def put_message(self):
        require(len(self.msgQ) < self.messages)
        self.msgQ.append(self.Message(bit=self.sBit, data=self.sent))

    @action
    def send_new(self, d: Data):
        """The last value has arrived: another may be sent, or not."""
        require(self.sAck == self.sBit)
        self.sent = d
        self.sBit = 1 - self.sBit
        self.put_message()

    @action(fair="weak")
    def send_again(self):
        require(self.sAck != self.sBit)
        self.put_message()

    @action(fair="strong")
    def receive_message(self):
        require(self.msgQ)
        message = self.msgQ.pop(0)
        self.rBit = message.bit
        self.rcvd = message.data

    @action(fair="weak")
    def send_ack(self):
        require(len(self.ackQ) < self.acks)
        self.ackQ.append(self.rBit)

    @action(fair="strong")
    def receive_ack(self):
        require(self.ackQ)
        self.sAck = self.ackQ.pop(0)

    @action
    def lose_message(self):
        gone = choose(range(self.messages))
        require(gone < len(self.msgQ))
        kept: Seq(self.Message, self.messages) = []
        for i in range(len(self.msgQ)):
            if i != gone:
                kept.append(self.msgQ[i])
        self.msgQ = kept

    @action
    def lose_ack(self):
        gone = choose(range(self.acks))
        require(gone < len(self.ackQ))
        kept: Seq(self.Bit, self.acks) = []
        for i in range(len(self.ackQ)):
            if i != gone:
                kept.append(self.ackQ[i])
        self.ackQ = kept

    @always
    def bits_agree_before_a_new_value(self):
        """When the sender has its bit back, so has the receiver: nothing is sent before the last value arrived."""
        return self.sAck != self.sBit or self.rBit == self.sBit

    @sometimes
    def a_message_is_doubled(self):
        """A message can be on its way twice."""
        return len(self.msgQ) == 2 and self.msgQ[0] == self.msgQ[1]

    @leads_to
    def what_is_sent_arrives(self, d: Data):
        """A value that was sent and not acknowledged is received, then or later."""
        return self.sent == d and self.sBit != self.sAck, self.rcvd == d


class AlternatingBitLossy(AlternatingBit):
    """A channel that is weakly fair may lose every message: only one that is there for ever is owed anything."""

    @action(fair="weak")
    def receive_message(self):
        super().receive_message()


class AlternatingBitConstrained(AlternatingBit):
    """As published: anything is sent, and the search ends where a queue is too long. Nothing can be said there of whole
    behaviours, so the property that speaks of them is left out."""

    msgQ = Var(Seq(AlternatingBit.Message, AlternatingBit.messages + 1))
    ackQ = Var(Seq(AlternatingBit.Bit, AlternatingBit.acks + 1))
    what_is_sent_arrives = None

    def put_message(self):
        self.msgQ.append(self.Message(bit=self.sBit, data=self.sent))

    @action(fair="weak")
    def send_ack(self):
        self.ackQ.append(self.rBit)

    @constraint
    def queues_are_short(self):
        """SeqConstraint."""
        return len(self.msgQ) <= self.messages and len(self.ackQ) <= self.acks
