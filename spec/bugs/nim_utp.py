"""Decide whether a sender of uTP gets its acknowledgement if packets are lost (status-im/nim-eth#462).

The receiver acknowledges a packet, and the acknowledgement is lost. The sender sends the packet again; the receiver has
it already, throws it away, and says nothing. So the sender sends it for ever. It came out when testing with a tenth of
the packets lost. The mend acknowledges what has been received before, too.

One packet. Each side is strongly fair: it does not overlook for ever what comes again and again.
"""

from enum import Enum

from checker.lang import Bool, Range, Var, eventually, final, process, sometimes
from checker.lang.idioms import Channels


class Way(Enum):
    """The two channels between the ends."""

    DATA = "data"
    STATE = "state"


class Transport(Channels):
    """A sends, and B acknowledges, through channels that lose."""

    room = 1
    loses = True

    Link = Way
    Message = Range(1)

    received = Var(Bool)
    acknowledged = Var(Bool)

    @process
    def resends(self):
        while not self.acknowledged:
            self.send(Way.DATA, 0)
            yield "waits for its time to run out"

    @process(fair="strong")
    def sender(self):
        self.receive(Way.STATE)
        self.acknowledged = True

    @process(fair="strong")
    def receiver(self):
        while True:
            self.receive(Way.DATA)
            if self.answers():
                self.send(Way.STATE, 0)
            self.received = True
            yield "waits for packets"

    def answers(self):
        """Whether a packet is acknowledged: not if it has been received before."""
        return not self.received

    @eventually
    def is_acknowledged(self):
        """The sender hears, sooner or later, that its packet has arrived."""
        return self.acknowledged

    @final
    def over(self):
        """The receiver waits for packets, and there are no more."""
        return self.acknowledged

    @sometimes
    def it_can_be_acknowledged(self):
        """The sender can hear that its packet has arrived."""
        return self.acknowledged


class TransportAnswersAlways(Transport):
    """Mended: what has been received before is acknowledged as well."""

    def answers(self):
        return True
