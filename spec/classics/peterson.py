"""Decide whether Peterson's lock keeps two threads apart, and lets both in. Takes memory to be sequentially consistent.

Every step reads or writes one shared variable, once. `inside` belongs to the property, not to the lock.
"""

from checker.lang import (
    Array,
    Bool,
    Model,
    Range,
    SetOf,
    Var,
    always,
    choose,
    implies,
    leads_to,
    process,
    sometimes,
    temporal,
    weak_until,
)


class Peterson(Model):
    """A thread says that it wants in, gives way to the other, and waits until the other does not want or gives way."""

    Thread = Range(2)

    wants = Var(Array(Thread, Bool))
    turn = Var(Thread)
    inside = Var(SetOf(Thread))

    def init(self):
        self.turn = choose(self.Thread)

    def announce(self, t: Thread):
        """Say that `t` wants in; then give way."""
        self.wants[t] = True
        yield "gives_way"
        self.turn = 1 - t

    @process(Thread)
    def thread(self, t: Thread):
        while True:
            yield from self.announce(t)
            yield "waits"
            while self.wants[1 - t]:
                yield "looks_at_turn"
                if self.turn == t:
                    break
                yield "waits"
            self.inside.add(t)
            yield "inside"
            self.inside.remove(t)
            self.wants[t] = False
            yield "outside"

    @always
    def mutual_exclusion(self):
        """The threads are never both inside."""
        return len(self.inside) < 2

    @sometimes
    def one_waits_for_the_other(self):
        """A thread can be inside while the other wants in."""
        return any(t in self.inside and self.wants[1 - t] for t in self.Thread)

    @sometimes
    def the_later_one_enters_first(self):
        """The thread that gave way last is not the one that is let in."""
        return any(t in self.inside and self.wants[1 - t] and self.turn == t for t in self.Thread)


class PetersonServes(Peterson):
    """The same lock, asked whether everybody comes in: as slow as a thread may be, it goes on."""

    @leads_to
    def who_wants_in_comes_in(self, t: Peterson.Thread):
        """A thread that wants in is inside, then or later."""
        return self.wants[t], t in self.inside


class PetersonStopping(PetersonServes):
    """A thread may stop for ever: while it wants in, or is inside, the other waits for it."""

    @process(Peterson.Thread, fair=False)
    def thread(self, t: Peterson.Thread):
        yield from super().thread(t)


class PetersonOvertaken(Peterson):
    """The same lock, asked how often the other comes in before one that waits. At most once, as Manna and Pnueli prove
    of program MUX-PET1 ("Temporal Verification of Reactive Systems: Safety", 1995, chapter 3)."""

    def waits(self, t: Peterson.Thread):
        return self.thread[t].at("waits") or self.thread[t].at("looks_at_turn")

    @temporal
    def who_waits_is_overtaken_once(self, t: Peterson.Thread):
        """Once a thread waits, the other is out for a while, in for a while, out for a while; then the first is in."""
        return always(
            implies(
                self.waits(t),
                weak_until(
                    1 - t not in self.inside,
                    weak_until(1 - t in self.inside, weak_until(1 - t not in self.inside, t in self.inside)),
                ),
            )
        )

    @temporal
    def who_wants_in_is_overtaken_once(self, t: Peterson.Thread):
        """Once a thread wants in, it is overtaken once. No: before it gives way it may be passed again and again."""
        return always(
            implies(
                self.wants[t],
                weak_until(
                    1 - t not in self.inside,
                    weak_until(1 - t in self.inside, weak_until(1 - t not in self.inside, t in self.inside)),
                ),
            )
        )


class PetersonGivesWayFirst(Peterson):
    """The first two writes exchanged, as a compiler or a processor might: both threads get in."""

    def announce(self, t: Peterson.Thread):
        self.turn = 1 - t
        yield "says_so"
        self.wants[t] = True
