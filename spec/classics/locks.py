"""Decide which locks starve a thread that waits, under which fairness. Threads want in again and again.

A weakly fair thread goes on if, from some time on, it always can. One that waits for a lock which others take and give
back cannot: again and again the lock is held. Spinning changes nothing, so a thread that spins waits.
"""

from checker.lang import Array, Bool, Model, Opt, Param, Range, Var, always, leads_to, process, require, sometimes


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
