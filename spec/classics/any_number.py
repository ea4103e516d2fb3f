"""Decide what small protocols keep whatever the number of who takes part: proved for all numbers at once.

`evacheck verify spec.classics.any_number:TwoPhaseAnyNumber --engine induction --unbounded all` leaves the number open.
The members are interchangeable, and the lemmas say of them what holds of each.
"""

from checker.lang import Array, Model, Opt, Param, Range, SetOf, Var, action, always, lemma, process, require, sometimes
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
