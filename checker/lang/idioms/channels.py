"""Messages on their way: a channel has room for some, and may lose, double or reorder them.

Each is a parameter, so one model shows which of them a protocol can bear. A message may be lost as long as it is on its
way, by a step that is owed nothing; a receiver that is strongly fair therefore gets a message that is sent again and
again. A doubled message stays on its way when it is received, any number of times.
"""

from checker.lang import Array, Bool, Model, Param, Range, Seq, Var, action, choose, event, require


class Channels(Model):
    """Channels with room for a few messages. Give `Link` and `Message` anew: which there are, and what goes through."""

    room = Param(2, Range(1, 16))  # messages that can be on their way in one channel
    loses = Param(False)
    doubles = Param(False)
    reorders = Param(False)

    Link = Range(1)
    Message = Range(1)

    on_way = Var(Array(Link, Seq(Message, room)))

    @event("sends {m} through {link}")
    def send(self, link: Link, m: Message):
        """Send a message. Where there is no room the step waits; a channel that loses messages loses this one."""
        if len(self.on_way[link]) < self.room:
            self.on_way[link].append(m)
        else:
            require(self.loses)
            self._no_room(link, m)

    @event("{m} is lost: {link} is full")
    def _no_room(self, link: Link, m: Message):
        """What is sent through a full channel is lost."""

    @event("receives {result} from {link}")
    def receive(self, link: Link):
        """The next message, or any of them if the channel reorders. The step waits while there is none."""
        require(len(self.on_way[link]) > 0)
        at = choose(range(len(self.on_way[link]))) if self.reorders else 0
        m = self.on_way[link][at]
        if not (self.doubles and choose(Bool)):
            self.on_way[link].pop(at)
        else:
            self._doubled(link, m)
        return m

    @event("{m} stays in {link}, and will be received again")
    def _doubled(self, link: Link, m: Message):
        """A message is received, and still on its way."""

    @action
    def lose(self, link: Link):
        """A message on its way is lost."""
        require(self.loses and len(self.on_way[link]) > 0)
        at = choose(range(len(self.on_way[link])))
        m = self.on_way[link].pop(at)
        self._lost(link, m)

    @event("{m} is lost on its way through {link}")
    def _lost(self, link: Link, m: Message):
        """A message is gone."""
