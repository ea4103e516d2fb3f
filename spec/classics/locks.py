"""Decide which locks starve a thread that waits, under which fairness. Threads want in again and again.

A weakly fair thread goes on if, from some time on, it always can. One that waits for a lock which others take and give
back cannot: again and again the lock is held. Spinning changes nothing, so a thread that spins waits.
"""

from checker.lang import (
    Array,
    Bool,
    Model,
    Opt,
    Param,
    Range,
    Var,
    always,
    leads_to,
    lemma,
    process,
    rank,
    require,
    sometimes,
)


class TestAndSet(Model):
    """Whoever finds the lock free takes it: one thread can be overtaken for ever."""

    threads = Param(2, Range(2, 4))

    Thread = Range(threads)

    held = Var(Opt(Thread))

    @process(Thread)
    def thread(self, t: Thread):
        while True:
            yield "waits"
            require(self.held is None)
            self.held = t
            yield "inside"
            self.held = None
            yield "outside"

    @sometimes
    def one_waits_for_another(self):
        """A thread can wait while another is inside."""
        return any(self.held is not None and self.held != t and self.thread[t].at("waits") for t in self.Thread)

    @leads_to
    def who_waits_comes_in(self, t: Thread):
        """A thread that waits is inside, then or later."""
        return self.thread[t].at("waits"), self.held == t


class TestAndSetStrong(TestAndSet):
    """A scheduler that lets a thread run in one of the moments in which the lock is free, if they keep coming."""

    @process(TestAndSet.Thread, fair="strong")
    def thread(self, t: TestAndSet.Thread):
        while True:
            yield "waits"
            require(self.held is None)
            self.held = t
            yield "inside"
            self.held = None
            yield "outside"


class TicketLock(Model):
    """Threads draw numbers, and are served in turn."""

    threads = Param(3, Range(2, 4))

    Thread = Range(threads)
    Ticket = Range(threads)  # numbers go round: no more are waiting than there are threads

    next = Var(Ticket)
    serving = Var(Ticket)
    mine = Var(Array(Thread, Ticket))
    inside = Var(Array(Thread, Bool))

    def draw(self, t: Thread):
        """The next number: read and counted on in one step."""
        self.mine[t] = self.next
        self.next = (self.next + 1) % self.threads
        return
        yield  # never reached: it is a helper that may pause, and TicketLockTorn's does

    @process(Thread)
    def thread(self, t: Thread):
        while True:
            yield from self.draw(t)
            yield "waits"
            require(self.serving == self.mine[t])
            self.inside[t] = True
            yield "inside"
            self.inside[t] = False
            self.mine[t] = 0
            self.serving = (self.serving + 1) % self.threads
            yield "outside"

    @always
    def one_at_a_time(self):
        """No two threads are inside."""
        return sum(self.inside) < 2

    @sometimes
    def all_but_one_wait(self):
        """One thread can be inside while all others wait."""
        return any(self.inside) and all(self.inside[t] or self.thread[t].at("waits") for t in self.Thread)

    @leads_to
    def who_waits_comes_in(self, t: Thread):
        """A thread that waits is inside, then or later."""
        return self.thread[t].at("waits"), self.inside[t]

    def has_drawn(self, t: Thread):
        """Whether a thread has a number, and has not come out yet."""
        return self.thread[t].at("waits") or self.thread[t].at("inside")

    def in_line(self):
        """How many have."""
        return sum(1 for t in self.Thread if self.has_drawn(t))

    @lemma
    def who_is_inside_is_served(self, t: Thread):
        return self.inside[t] == self.thread[t].at("inside") and (not self.inside[t] or self.mine[t] == self.serving)

    @lemma
    def numbers_differ(self, t: Thread, u: Thread):
        return t == u or not (self.has_drawn(t) and self.has_drawn(u)) or self.mine[t] != self.mine[u]

    @lemma
    def numbers_are_those_from_the_one_served_to_the_next(self, t: Thread):
        return not self.has_drawn(t) or (self.mine[t] - self.serving) % self.threads < self.in_line()

    @lemma
    def the_next_number_comes_after_all_in_line(self):
        return (self.next - self.serving - self.in_line()) % self.threads == 0

    @rank("who_waits_comes_in")
    def turns_to_come(self, t: Thread):
        """How many are served before, and whether the one who is served has to come in yet."""
        return (self.mine[t] - self.serving) % self.threads, not any(self.inside)


class TicketLockStopping(TicketLock):
    """A thread may stop for ever, wherever it is: whoever has drawn after it waits for it."""

    @process(TicketLock.Thread, fair=False)
    def thread(self, t: TicketLock.Thread):
        yield from super().thread(t)


class TicketLockTorn(TicketLock):
    """The number is read in one step and counted on in another: two threads draw the same one."""

    def draw(self, t: TicketLock.Thread):
        self.mine[t] = self.next
        yield "counts_on"
        self.next = (self.mine[t] + 1) % self.threads
