"""Decide whether readers and writers that stand in one queue all come to their turn.

After ReadersWriters.tla of the TLA+ examples. An actor may wait for both at once. Asking, letting the first of the
queue in, and stopping are fair: the last two as a whole, asking for each actor.
"""

from enum import Enum

from checker.lang import (
    Model,
    Opt,
    Param,
    Range,
    Record,
    Seq,
    SetOf,
    Var,
    action,
    always,
    always_eventually,
    choose,
    require,
    sometimes,
)


class Wish(Enum):
    """What somebody in the queue waits for."""

    READ = "read"
    WRITE = "write"


class ReadersWriters(Model):
    """Who comes first is let in first: readers beside one another, a writer alone."""

    actors = Param(3, Range(1, 4))

    Actor = Range(actors)
    Request = Record(wish=Wish, actor=Actor)

    readers = Var(SetOf(Actor))
    writers = Var(SetOf(Actor))
    waiting = Var(Seq(Request, 2 * actors))

    def waits(self, a: Actor, wish: Wish):
        """Whether `a` stands in the queue with this wish."""
        return any(r.actor == a and r.wish == wish for r in self.waiting)

    @action(fair="weak")
    def ask_to_read(self, a: Actor):
        require(not self.waits(a, Wish.READ))
        self.waiting.append(self.Request(wish=Wish.READ, actor=a))

    @action(fair="weak")
    def ask_to_write(self, a: Actor):
        require(not self.waits(a, Wish.WRITE))
        self.waiting.append(self.Request(wish=Wish.WRITE, actor=a))

    @action(fair="weak")
    def let_in(self):
        """The first of the queue comes in, if it can."""
        require(self.waiting and not self.writers)
        first = self.waiting.pop(0)
        if first.wish == Wish.READ:
            self.readers.add(first.actor)
        else:
            require(not self.readers)
            self.writers.add(first.actor)

    @action(fair="weak")
    def stop(self):
        """Somebody inside has finished."""
        a = choose(self.readers | self.writers)
        if a in self.readers:
            self.readers.remove(a)
        else:
            self.writers.remove(a)

    @always
    def writers_are_alone(self):
        """While somebody writes, nobody reads, and no other writes."""
        return len(self.writers) == 0 or (len(self.writers) == 1 and not self.readers)

    @sometimes
    def all_read_at_once(self):
        """All can read at once."""
        return len(self.readers) == self.actors

    @always_eventually
    def everybody_reads(self, a: Actor):
        """Again and again each actor reads."""
        return a in self.readers

    @always_eventually
    def everybody_writes(self, a: Actor):
        """Again and again each actor writes."""
        return a in self.writers

    @always_eventually
    def everybody_stops(self, a: Actor):
        """Nobody reads or writes for ever."""
        return a not in self.readers and a not in self.writers


class ReadersFirst(ReadersWriters):
    """Readers overtake the writers in the queue: as long as readers keep coming, no writer is let in."""

    actors = 2

    def let_in(self):
        require(self.waiting and not self.writers)
        found: Opt(self.Request) = None
        rest: Seq(self.Request, 2 * self.actors) = []
        for r in self.waiting:
            if found is None and (r.wish == Wish.READ or not any(s.wish == Wish.READ for s in self.waiting)):
                found = r
            else:
                rest.append(r)
        require(found is not None)
        self.waiting = rest
        if found.wish == Wish.READ:
            self.readers.add(found.actor)
        else:
            require(not self.readers)
            self.writers.add(found.actor)


class ReadersWritersStay(ReadersWriters):
    """Who is inside may stay for ever."""

    actors = 2

    @action
    def stop(self):
        super().stop()
