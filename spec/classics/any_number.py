"""Decide what small protocols keep whatever the number of who takes part: proved for all numbers at once.

`evacheck verify spec.classics.any_number:TwoPhaseAnyNumber --engine induction --unbounded all` leaves the number open.
The members are interchangeable, and the lemmas say of them what holds of each.
"""

from checker.lang import (
    Array,
    Model,
    Opt,
    Param,
    Range,
    SetOf,
    Var,
    action,
    always,
    choose,
    final,
    lemma,
    process,
    require,
    sometimes,
)
from spec.classics.transaction_commit import State, TransactionCommit
from spec.classics.two_phase import Coordinator, Order, TwoPhaseSymmetric


class TransactionCommitAnyNumber(TransactionCommit):
    """Resource managers agree to commit or to abort; nothing tells them apart. `consistent` needs no lemma."""

    Manager = Range(TransactionCommit.managers, symmetric=True)

    state = Var(Array(Manager, State))


class TwoPhaseAnyNumber(TwoPhaseSymmetric):
    """Two-phase commit, with the lemmas that prove it consistent for every number of managers."""

    @lemma
    def a_commit_has_heard_all(self, m: TwoPhaseSymmetric.Manager):
        """The transaction manager commits only when it has heard from every manager."""
        return self.coordinator != Coordinator.COMMITTED or m in self.heard

    @lemma
    def who_is_heard_has_spoken(self, m: TwoPhaseSymmetric.Manager):
        """What was received was sent."""
        return m not in self.heard or m in self.prepared

    @lemma
    def who_has_spoken_works_no_more(self, m: TwoPhaseSymmetric.Manager):
        """A manager that is prepared does not go back, and cannot choose to abort any more."""
        return m not in self.prepared or self.state[m] != State.WORKING

    @lemma
    def who_has_spoken_aborts_on_order_only(self, m: TwoPhaseSymmetric.Manager):
        """A manager that has said that it is prepared aborts only when it is told to."""
        return m not in self.prepared or self.state[m] != State.ABORTED or Order.ABORT in self.orders

    @lemma
    def commits_are_ordered(self, m: TwoPhaseSymmetric.Manager):
        """A manager commits only when it is told to."""
        return self.state[m] != State.COMMITTED or Order.COMMIT in self.orders


class Token(Model):
    """A token is passed around, by messages; who has it may be in the critical section."""

    nodes = Param(3, Range(1, 12))

    Node = Range(nodes, symmetric=True)

    holder = Var(Opt(Node))
    under_way = Var(Opt(Node))  # the one that the token has been sent to
    critical = Var(SetOf(Node))

    @action
    def begin(self, n: Node):
        """Somebody is given the one token there is, once."""
        require(self.holder is None and self.under_way is None)
        self.holder = n

    @action
    def enter(self, n: Node):
        require(self.holder == n)
        self.critical.add(n)

    @action
    def leave(self, n: Node):
        require(n in self.critical)
        self.critical.remove(n)

    @action
    def send(self, n: Node, to: Node):
        require(self.holder == n and n not in self.critical)
        self.holder = None
        self.under_way = to

    @action
    def receive(self, n: Node):
        require(self.under_way == n)
        self.under_way = None
        self.holder = n

    @always
    def exclusive(self):
        """At most one node is in the critical section."""
        return len(self.critical) <= 1

    @sometimes
    def is_passed_on(self):
        """The token can be under way."""
        return self.under_way is not None

    @lemma
    def who_is_critical_holds_the_token(self, n: Node):
        return n not in self.critical or self.holder == n

    @lemma
    def the_token_is_in_one_place(self):
        return self.holder is None or self.under_way is None


class ReadersAndWriters(Model):
    """Threads read side by side, or one of them writes."""

    threads = Param(3, Range(1, 12))

    Thread = Range(threads, symmetric=True)

    readers = Var(SetOf(Thread))
    writer = Var(Opt(Thread))

    @process(Thread)
    def reader(self, t: Thread):
        while True:
            require(self.writer is None)
            self.readers.add(t)
            yield "reads"
            self.readers.remove(t)
            yield "rests"

    @process(Thread)
    def writes(self, t: Thread):
        while True:
            require(self.writer is None and not self.readers)
            self.writer = t
            yield "writes"
            self.writer = None
            yield "rests"

    @always
    def nobody_reads_what_is_written(self):
        """While one writes, nobody reads."""
        return not any(self.writes[t].at("writes") for t in self.Thread) or not any(
            self.reader[t].at("reads") for t in self.Thread
        )

    @always
    def one_writes(self):
        """No two write at once."""
        return all(
            t == u or not (self.writes[t].at("writes") and self.writes[u].at("writes"))
            for t in self.Thread
            for u in self.Thread
        )

    @sometimes
    def many_read(self):
        """Two can read at once."""
        return len(self.readers) > 1

    @lemma
    def readers_are_known(self, t: Thread):
        return (t in self.readers) == self.reader[t].at("reads")

    @lemma
    def the_writer_is_known(self, t: Thread):
        return (self.writer == t) == self.writes[t].at("writes")

    @lemma
    def a_writer_is_alone(self):
        return self.writer is None or not self.readers


class Semaphore(Model):
    """As many threads are inside as there are permits, at most: each holds one that no other has.

    To count would take a number for each number of threads. That each thread inside has a permit of its own says the
    same: no more things than places, if each has its place.
    """

    threads = Param(3, Range(1, 12))
    permits = Param(2, Range(1, 12))

    Thread = Range(threads, symmetric=True)
    Permit = Range(permits, symmetric=True)

    free = Var(SetOf(Permit))

    def init(self):
        self.free = set(self.Permit)

    @process(Thread)
    def thread(self, t: Thread):
        while True:
            permit = choose(self.free)
            self.free.remove(permit)
            yield "inside"
            self.free.add(permit)
            yield "outside"

    @always
    def no_more_inside_than_permits(self):
        """Each thread inside holds a permit of its own."""
        return all(
            t == u
            or not (self.thread[t].at("inside") and self.thread[u].at("inside"))
            or self.thread[t].permit != self.thread[u].permit
            for t in self.Thread
            for u in self.Thread
        )

    @sometimes
    def none_is_free(self):
        """All permits can be taken at once."""
        return not self.free

    @lemma
    def what_is_held_is_not_free(self, t: Thread):
        return not self.thread[t].at("inside") or self.thread[t].permit not in self.free


class TicketLock(Model):
    """Threads draw numbers, and are served in turn. Numbers do not go round: `tickets` is how many there are in all."""

    threads = Param(3, Range(1, 12))
    tickets = Param(4, Range(1, 2**40))

    Thread = Range(threads, symmetric=True)
    Number = Range(0, tickets)

    next = Var(Number)
    serving = Var(Number)

    @process(Thread)
    def thread(self, t: Thread):
        while True:
            require(self.next < self.tickets)
            mine = self.next
            self.next += 1
            yield "waits"
            require(self.serving == mine)
            yield "inside"
            self.serving = mine + 1
            yield "outside"

    @always
    def one_at_a_time(self):
        """No two threads are inside."""
        return all(
            t == u or not (self.thread[t].at("inside") and self.thread[u].at("inside"))
            for t in self.Thread
            for u in self.Thread
        )

    @final
    def tickets_are_used_up(self):
        """Nothing more happens once all numbers were drawn, and served."""
        return self.serving == self.tickets and not any(self.has_number(t) for t in self.Thread)

    @sometimes
    def one_is_inside_and_another_waits(self):
        """One thread can be inside while another waits."""
        return any(self.thread[t].at("inside") for t in self.Thread) and any(
            self.thread[t].at("waits") for t in self.Thread
        )

    def has_number(self, t: Thread):
        """Whether a thread has a number that was not given back."""
        return self.thread[t].at("waits", "inside")

    @lemma
    def nobody_is_served_who_has_not_drawn(self):
        return self.serving <= self.next

    @lemma
    def numbers_lie_between(self, t: Thread):
        """A number that somebody has was drawn, and has not been passed over."""
        return not self.has_number(t) or self.serving <= self.thread[t].mine < self.next

    @lemma
    def no_two_have_one_number(self, t: Thread, u: Thread):
        return t == u or not (self.has_number(t) and self.has_number(u)) or self.thread[t].mine != self.thread[u].mine

    @lemma
    def who_is_inside_is_served(self, t: Thread):
        return not self.thread[t].at("inside") or self.serving == self.thread[t].mine
