"""Decide whether sync.Mutex starves a goroutine that waits (golang/go#13086): before Go 1.9, and since.

Before, it does. Since then neither of two goroutines is ever starved. Of three one still can be (goroutines=3): what is
woken in normal mode has to take the semaphore itself, and a third may take it first, each time.

After sync/mutex.go and runtime/sema.go of Go 1.23; the bits of `state` are variables of the runtime's names. What is
smaller than there:

- Unlock is one step, and so is Lock from each load to the sleep or the return that follows. What lies between takes
  nanoseconds; `MutexSlowToSleep` shows what comes of being overtaken there, each time anew.
- Nobody spins. It would set mutexWoken earlier, and try the same a little later.
- The time: a goroutine that was woken `losses` times in vain has waited longer than starvationThresholdNs; one that was
  woken less often may have.
- Goroutines that are outside want in again, and those inside come out.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Model,
    Opt,
    Param,
    Range,
    Seq,
    Var,
    always,
    choose,
    leads_to,
    process,
    require,
    sometimes,
)


class Wake(Enum):
    """What has become of a goroutine in the queue of the semaphore."""

    NO = "no"
    READY = "ready"  # it may run, and has to take the semaphore itself
    TICKET = "ticket"  # the semaphore is its own: handed over


class Mutex(Model):
    """Goroutines lock and unlock, for ever."""

    goroutines = Param(2, Range(2, 4))
    losses = Param(1, Range(1, 3))
    starves = Param(True)  # False: no starvation mode, as before Go 1.9

    G = Range(goroutines)
    Losses = Range(0, losses)

    # The bits of state.
    mutexLocked = Var(Bool)
    mutexWoken = Var(Bool)
    mutexStarving = Var(Bool)
    waiters = Var(Range(0, goroutines))  # state >> mutexWaiterShift

    # The semaphore: runtime/sema.go.
    sema = Var(Range(0, goroutines))
    queue = Var(Seq(G, goroutines))
    woken = Var(Array(G, Wake))

    # What the properties need.
    owner = Var(Opt(G))
    wants = Var(Array(G, Bool))

    def take(self, g: G):
        """Lock returns."""
        assert self.owner is None, "the mutex has two owners"
        self.owner = g
        self.wants[g] = False

    @process(G)
    def goroutine(self, g: G):
        while True:
            if not (self.mutexLocked or self.mutexWoken or self.mutexStarving or self.waiters > 0):
                self.mutexLocked = True
                self.take(g)
            else:
                self.wants[g] = True
                yield "in Lock"
                yield from self.lockSlow(g)
            yield "inside"
            self.owner = None
            self.mutexLocked = False
            if self.mutexStarving:
                self.semrelease(True)
            elif self.unlockSlow():
                self.semrelease(False)
            yield "outside"

    def lockSlow(self, g: G):
        """sync/mutex.go lockSlow, after the fast path has failed."""
        waited = False  # waitStartTime != 0
        starving = False
        awoke = False
        lost: self.Losses = 0
        while True:
            free = not self.mutexLocked and not self.mutexStarving
            if not self.mutexStarving:
                self.mutexLocked = True
            if not free:
                self.waiters += 1
                if starving:
                    self.mutexStarving = True
            if awoke:
                assert self.mutexWoken, "sync: inconsistent mutex state"
                self.mutexWoken = False
            if free:
                break
            yield from self.before_semacquire()
            while self.sema == 0:
                self.enqueue(g, waited)
                yield "asleep"
                require(self.woken[g] != Wake.NO)
                handed = self.woken[g] == Wake.TICKET
                self.woken[g] = Wake.NO
                if handed:
                    self.sema += 1  # and taken again below
            self.sema -= 1
            waited = True
            starving = starving or (self.starves and (lost == self.losses or choose(Bool)))
            if self.mutexStarving:
                self.own(starving)
                break
            awoke = True
            lost = min(lost + 1, self.losses)
            yield "awake"
        self.take(g)

    def before_semacquire(self):
        """Nothing happens between counting as a waiter and sleeping."""
        return
        yield  # never reached: it is a helper that may pause, and a variant's does

    def enqueue(self, g: G, lifo: Bool):
        """runtime/sema.go semacquire1, root.queue: at the end, or in front of all."""
        if not lifo:
            self.queue.append(g)
            return
        queue: Seq(self.G, self.goroutines) = [g]
        for each in self.queue:
            queue.append(each)
        self.queue = queue

    def semrelease(self, handoff: Bool):
        """runtime/sema.go semrelease1: one more; the first of the queue may run, with handoff without competing."""
        if not self.queue:
            self.sema += 1
            return
        first = self.queue.pop(0)
        if handoff:
            self.woken[first] = Wake.TICKET
        else:
            self.sema += 1
            self.woken[first] = Wake.READY

    def own(self, starving: Bool):
        """sync/mutex.go lockSlow, woken in starvation mode: the mutex was handed over. The last waiter ends the mode,
        and so does one that has not waited long."""
        assert not self.mutexLocked and not self.mutexWoken and self.waiters > 0, "sync: inconsistent mutex state"
        self.mutexLocked = True
        if not starving or self.waiters == 1:
            self.mutexStarving = False
        self.waiters -= 1

    def unlockSlow(self):
        """sync/mutex.go unlockSlow in normal mode: whether somebody is to be woken."""
        if self.waiters == 0 or self.mutexLocked or self.mutexWoken or self.mutexStarving:
            return False
        self.waiters -= 1
        self.mutexWoken = True
        return True

    # What must be so.

    @always
    def one_owner(self):
        """Who is inside owns the mutex, and nobody else is inside."""
        return all(self.goroutine[g].at("inside") == (self.owner == g) for g in self.G)

    @sometimes
    def one_waits_for_another(self):
        """A goroutine can sleep in Lock while another is inside."""
        return self.owner is not None and len(self.queue) > 0

    @leads_to
    def who_locks_gets_the_mutex(self, g: G):
        """A goroutine that has called Lock owns the mutex, then or later."""
        return self.wants[g], self.owner == g


class MutexSlowToSleep(Mutex):
    """A goroutine can be overtaken between counting as a waiter and sleeping: what is handed over has no taker
    then, and the next to come takes it, and ends starvation mode."""

    def before_semacquire(self):
        yield "in semacquire"


class MutexTickets(Mutex):
    """As if whoever is woken had the semaphore in hand: no third goroutine can take it first, and nobody starves."""

    goroutines = 3

    def semrelease(self, handoff: Bool):
        super().semrelease(True)


class MutexNormal(Mutex):
    """Before Go 1.9: who is running takes the mutex before the one that was woken for it, again and again."""

    starves = False
