"""A model whose property needs a lemma, and has a violation that is far."""

from __future__ import annotations

from checker.frontend.load import compile_model
from checker.lang import Model, Param, Range, Var, action, always, lemma, sometimes


class Pair(Model):
    """Two counters that go up together, or not."""

    apart = Param(0, Range(0, 1))

    a = Var(Range(30))
    b = Var(Range(30))

    @action
    def both(self):
        self.a = (self.a + 1) % 30
        self.b = (self.b + 1 + (self.apart if self.a == 5 else 0)) % 30

    @lemma
    def same(self):
        """What the proof needs."""
        return self.a == self.b

    @always
    def not_apart(self):
        """Not inductive by itself."""
        return not (self.a == 10 and self.b != 10)

    @sometimes
    def twenty(self):
        """Happens in 21 states."""
        return self.a == 20


PAIR = compile_model(Pair, {})
