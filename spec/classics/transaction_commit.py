"""Decide what a transaction commit has to guarantee, whatever the protocol. Says nothing of messages or failures.

After TCommit.tla of the TLA+ examples (Gray and Lamport, Consensus on Transaction Commit).
"""

from enum import Enum

from checker.lang import Array, Model, Param, Range, Var, action, always, final, require, sometimes


class State(Enum):
    """How far a resource manager is."""

    WORKING = "working"
    PREPARED = "prepared"
    COMMITTED = "committed"
    ABORTED = "aborted"


class TransactionCommit(Model):
    """Resource managers agree to commit or to abort, seeing one another's states."""

    every_size = "spec.classics.any_number:TransactionCommitAnyNumber"

    managers = Param(3, Range(1, 12))

    Manager = Range(managers)

    state = Var(Array(Manager, State))

    def can_commit(self):
        """Every manager is prepared, or has committed already."""
        return all(self.state[m] in (State.PREPARED, State.COMMITTED) for m in self.Manager)

    def nobody_committed(self):
        return all(self.state[m] != State.COMMITTED for m in self.Manager)

    @action
    def prepare(self, m: Manager):
        require(self.state[m] == State.WORKING)
        self.state[m] = State.PREPARED

    @action
    def commit(self, m: Manager):
        require(self.state[m] == State.PREPARED and self.can_commit())
        self.state[m] = State.COMMITTED

    @action
    def abort(self, m: Manager):
        require(self.state[m] in (State.WORKING, State.PREPARED) and self.nobody_committed())
        self.state[m] = State.ABORTED

    @final
    def decided(self):
        """Every manager has committed or aborted."""
        return all(self.state[m] in (State.COMMITTED, State.ABORTED) for m in self.Manager)

    @always
    def consistent(self):
        """No manager has committed while another has aborted."""
        return self.nobody_committed() or all(self.state[m] != State.ABORTED for m in self.Manager)

    @sometimes
    def all_commit(self):
        """Every manager can commit."""
        return all(self.state[m] == State.COMMITTED for m in self.Manager)

    @sometimes
    def all_abort(self):
        """Every manager can abort."""
        return all(self.state[m] == State.ABORTED for m in self.Manager)
