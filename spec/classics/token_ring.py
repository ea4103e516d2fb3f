"""Decide whether Dijkstra's ring comes to rest with one token, whatever state it is thrown into.

After TokenRing.tla of the TLA+ examples (EWD 426, Self-stabilizing systems in spite of distributed control). Every node
has a counter and may read that of the one before it. A node that may move holds a token.
"""

from checker.lang import (
    Array,
    Model,
    Param,
    Range,
    Var,
    action,
    always,
    choose,
    eventually_always,
    leads_to,
    rank,
    require,
)


class TokenRing(Model):
    """Node 0 counts on when the last one has caught up; any other copies the one before it."""

    nodes = Param(6, Range(2, 8))
    values = Param(6, Range(2, 8))

    Node = Range(nodes)
    Value = Range(values)

    counter = Var(Array(Node, Value))

    def init(self):
        """Any state: memory may have been damaged."""
        self.counter = choose(Array(self.Node, self.Value))

    def holds_token(self, n: Node):
        """Whether node `n` may move."""
        if n == 0:
            return self.counter[0] == self.counter[self.nodes - 1]
        return self.counter[n] != self.counter[n - 1]

    @action(fair="weak")
    def move(self, n: Node):
        require(self.holds_token(n))
        self.counter[n] = (self.counter[self.nodes - 1] + 1) % self.values if n == 0 else self.counter[n - 1]

    def tokens(self):
        """How many nodes may move."""
        return sum(1 for n in self.Node if self.holds_token(n))

    @always
    def somebody_may_move(self):
        """There is always a token."""
        return self.tokens() > 0

    @eventually_always
    def stabilises(self):
        """From some time on there is exactly one token."""
        return self.tokens() == 1

    @leads_to
    def the_token_comes_round(self, n: Node):
        """Once there is one token, every node has it, then or later."""
        return self.tokens() == 1, self.holds_token(n)

    @rank("the_token_comes_round")
    def way_to(self, n: Node):
        """How far the token is from node `n`; None where there are several."""
        return sum((n - m) % self.nodes for m in self.Node if self.holds_token(m)) if self.tokens() == 1 else None


class TokenRingLazy(TokenRing):
    """Nodes may stop for ever."""

    @action
    def move(self, n: TokenRing.Node):
        super().move(n)
