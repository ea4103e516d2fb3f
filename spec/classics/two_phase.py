"""Decide whether two-phase commit keeps the resource managers consistent. Says nothing of progress.

After TwoPhase.tla of the TLA+ examples (Gray and Lamport, Consensus on Transaction Commit): messages are never removed,
so a lost message and one that nobody receives are the same, and the managers' own wish to abort needs no message.
"""

from enum import Enum

from checker.lang import Array, Model, Param, Range, SetOf, Var, action, always, require, sometimes
from spec.classics.transaction_commit import State


class Coordinator(Enum):
    """How far the transaction manager is."""

    INIT = "init"
    COMMITTED = "committed"
    ABORTED = "aborted"


class Order(Enum):
    """What the transaction manager can broadcast."""

    COMMIT = "commit"
    ABORT = "abort"


class TwoPhase(Model):
    """A transaction manager collects the resource managers' votes and tells them to commit or to abort."""

    every_size = "spec.classics.any_number:TwoPhaseAnyNumber"

    managers = Param(3, Range(1, 12))

    Manager = Range(managers)

    state = Var(Array(Manager, State))
    coordinator = Var(Coordinator)
    heard = Var(SetOf(Manager))  # whose "prepared" the coordinator has received
    prepared = Var(SetOf(Manager))  # the "prepared" messages sent
    orders = Var(SetOf(Order))  # the broadcasts sent

    @action
    def receive_prepared(self, m: Manager):
        require(self.coordinator == Coordinator.INIT and m in self.prepared)
        self.heard.add(m)

    @action
    def order_commit(self):
        require(self.coordinator == Coordinator.INIT and all(m in self.heard for m in self.Manager))
        self.coordinator = Coordinator.COMMITTED
        self.orders.add(Order.COMMIT)

    @action
    def order_abort(self):
        require(self.coordinator == Coordinator.INIT)
        self.coordinator = Coordinator.ABORTED
        self.orders.add(Order.ABORT)

    @action
    def prepare(self, m: Manager):
        require(self.state[m] == State.WORKING)
        self.state[m] = State.PREPARED
        self.prepared.add(m)

    @action
    def choose_to_abort(self, m: Manager):
        require(self.state[m] == State.WORKING)
        self.state[m] = State.ABORTED

    @action
    def obey_commit(self, m: Manager):
        require(Order.COMMIT in self.orders)
        self.state[m] = State.COMMITTED

    @action
    def obey_abort(self, m: Manager):
        require(Order.ABORT in self.orders)
        self.state[m] = State.ABORTED

    @always
    def consistent(self):
        """No manager has committed while another has aborted."""
        return not (
            any(self.state[m] == State.COMMITTED for m in self.Manager)
            and any(self.state[m] == State.ABORTED for m in self.Manager)
        )

    @always
    def orders_are_the_coordinators_decision(self):
        """What was ordered is what the transaction manager has decided, and nothing else."""
        committed, aborted = self.coordinator == Coordinator.COMMITTED, self.coordinator == Coordinator.ABORTED
        return (Order.COMMIT in self.orders) == committed and (Order.ABORT in self.orders) == aborted

    @sometimes
    def all_commit(self):
        """Every manager can commit."""
        return all(self.state[m] == State.COMMITTED for m in self.Manager)

    @sometimes
    def one_aborts_after_another_prepared(self):
        """A manager can abort while another waits, prepared, for an order."""
        return any(self.state[m] == State.ABORTED for m in self.Manager) and any(
            self.state[m] == State.PREPARED for m in self.Manager
        )

    @sometimes
    def one_aborts_of_its_own_accord(self):
        """A manager can abort although nobody has ordered it."""
        return Order.ABORT not in self.orders and any(self.state[m] == State.ABORTED for m in self.Manager)

    @sometimes
    def a_prepared_one_is_told_to_abort(self):
        """A manager that was prepared to commit can come to abort."""
        return any(m in self.prepared and self.state[m] == State.ABORTED for m in self.Manager)


class TwoPhaseSymmetric(TwoPhase):
    """Two-phase commit again, its managers declared interchangeable: states that differ in names only are one."""

    Manager = Range(TwoPhase.managers, symmetric=True)

    state = Var(Array(Manager, State))
    heard = Var(SetOf(Manager))
    prepared = Var(SetOf(Manager))
