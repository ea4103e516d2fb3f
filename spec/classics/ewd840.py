"""Decide whether Dijkstra's probe finds out that all nodes of a ring are passive, and never says so too early.

After EWD840.tla of the TLA+ examples (Dijkstra, Feijen and van Gasteren, Derivation of a termination detection
algorithm for distributed computations). Messages arrive at once. The probe, all of its steps taken together, is weakly
fair; what the nodes do is their own affair.
"""

from enum import Enum

from checker.lang import (
    Array,
    Bool,
    Model,
    Param,
    Range,
    Var,
    action,
    always,
    choose,
    final,
    leads_to,
    rank,
    require,
    sometimes,
)


class Colour(Enum):
    """Of a node and of the token: black if a message may have woken somebody behind the token."""

    WHITE = "white"
    BLACK = "black"


class Termination(Model):
    """A token goes round from the last node to node 0, which begins again until a round came back white."""

    nodes = Param(3, Range(2, 6))

    Node = Range(nodes)

    active = Var(Array(Node, Bool))
    colour = Var(Array(Node, Colour))
    token_at = Var(Node)
    token = Var(Colour)

    def init(self):
        """Anybody may be active, of any colour; the token is anywhere, and black: its first round proves nothing."""
        for n in self.Node:
            self.active[n] = choose(Bool)
            self.colour[n] = choose(Colour)
        self.token_at = choose(self.Node)
        self.token = Colour.BLACK

    @action(fair="weak")
    def probe(self):
        """Node 0 begins a round, or the token goes on."""
        if self.token_at == 0:
            self.begin_round()
        else:
            self.pass_on(self.token_at)

    def begin_round(self):
        """Node 0 sends a white token, unless it knows already."""
        require(self.token == Colour.BLACK or self.colour[0] == Colour.BLACK)
        self.token_at = self.nodes - 1
        self.token = Colour.WHITE
        self.colour[0] = Colour.WHITE

    def pass_on(self, n: Node):
        """A passive node lets the token go on, and so does one that makes the round worthless anyhow."""
        require(not self.active[n] or self.colour[n] == Colour.BLACK or self.token == Colour.BLACK)
        self.token_at = n - 1
        if self.colour[n] == Colour.BLACK:
            self.token = Colour.BLACK
        self.colour[n] = Colour.WHITE

    @action
    def send(self, n: Node, m: Node):
        """An active node wakes another; upwards, it becomes black."""
        require(self.active[n] and m != n)
        self.active[m] = True
        if m > n:
            self.colour[n] = Colour.BLACK

    @action
    def become_passive(self, n: Node):
        require(self.active[n])
        self.active[n] = False

    def detected(self):
        """What node 0 can see: a white token is back, and it is white and passive itself."""
        return (
            self.token_at == 0 and self.token == Colour.WHITE and self.colour[0] == Colour.WHITE and not self.active[0]
        )

    def quiet(self):
        """All are passive: nothing can happen any more but the probe."""
        return not any(self.active[n] for n in self.Node)

    @always
    def nothing_is_claimed_too_early(self):
        """When node 0 sees the end, all are passive."""
        return not self.detected() or self.quiet()

    @sometimes
    def the_end_is_seen(self):
        """The end can be seen."""
        return self.detected()

    @final
    def over(self):
        return self.detected()

    @leads_to
    def the_end_is_found(self):
        """Once all are passive, node 0 sees it, then or later."""
        return self.quiet(), self.detected()

    @rank("the_end_is_found")
    def rounds_to_come(self):
        """How many rounds have to be begun yet, and how far this one has to go. A node that the token left is white."""
        ahead = any(self.colour[n] == Colour.BLACK for n in self.Node if n <= self.token_at)
        behind = any(self.colour[n] == Colour.BLACK for n in self.Node if n > self.token_at)
        if self.token == Colour.WHITE and not ahead:
            return 0, self.token_at
        return (2 if behind else 1), self.token_at


class TerminationLazy(Termination):
    """The token may lie about for ever: nobody owes it a step."""

    @action
    def probe(self):
        super().probe()
