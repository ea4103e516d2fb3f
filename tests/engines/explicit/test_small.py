"""Models with next to nothing in them: every engine says the same of them, and none falls over.

What a parameter switches off, or a variant leaves out, is where a list is empty that never was before.
"""

from __future__ import annotations

import pytest

from checker.contract.task import Budget, Sampling, Task
from checker.contract.verdict import Exhausted
from checker.engines.explicit import ExplicitEngine, WalkEngine
from checker.engines.reference import ReferenceEngine
from tests.engines.explicit.support import counts, gist, judged
from tests.frontend.support import program

ENDS_WHERE_IT_STARTS = """
class Off(Model):
    collects = Param(False)
    x = Var(Range(4))

    @process
    def collector(self):
        while self.collects:
            yield "before"
            self.x = 1
"""
STEP = """
    @action
    def up(self):
        require(self.x < 3)
        self.x += 1

    @final
    def over(self):
        return self.x == 3

    @always
    def small(self):
        return self.x < 4
"""
SMALL = {
    "a process that ends where it starts": ENDS_WHERE_IT_STARTS + STEP,
    "nothing but a process that ends where it starts": ENDS_WHERE_IT_STARTS,
    "a process that ends at once": "class M(Model):\n    @process\n    def p(self):\n        return\n",
    "an empty process": "class M(Model):\n    x = Var(Bool)\n    @process\n    def p(self):\n        pass\n",
    "a process without yield": """
class M(Model):
    x = Var(Bool)
    @process
    def p(self):
        self.x = True
""",
    "several that end where they start": """
class M(Model):
    off = Param(False)
    T = Range(3)
    x = Var(Bool)
    @process(T)
    def p(self, t: T):
        while self.off:
            yield "in"
            self.x = True
    @process
    def q(self):
        while self.off:
            yield "in"
    @action
    def flip(self):
        require(not self.x)
        self.x = True
    @final
    def over(self):
        return self.x
""",
    "a type of one member": """
class M(Model):
    One = Range(1)
    x = Var(One)
    y = Var(Array(One, One))
    z = Var(SetOf(One))
    @action
    def put(self, o: One):
        require(o not in self.z)
        self.z |= {o}
        self.y[o] = self.x
    @final
    def full(self):
        return len(self.z) == 1
""",
    "no bits at all": """
class M(Model):
    x = Var(Range(1))
    @action
    def stay(self):
        self.x = 0
""",
    "the widest integers": """
class M(Model):
    x = Var(Range(-1152921504606846976, 1152921504606846976))
    def init(self):
        self.x = 1152921504606846974
    @action
    def up(self):
        require(self.x < 1152921504606846976)
        self.x += 1
    @final
    def top(self):
        return self.x == 1152921504606846976
""",
    "a helper that returns what another gives that gives nothing": """
class M(Model):
    x = Var(Range(4))
    def up(self):
        require(self.x < 3)
        self.x += 1
    def go(self):
        return self.up()
    @action
    def act(self):
        self.go()
    @final
    def top(self):
        return self.x == 3
""",
    "sets of many slots that become others": """
class M(Model):
    small = Var(SetOf(Range(100)))
    large = Var(SetOf(Range(200)))
    some = Var(SetOf(Opt(Range(100))))
    @action
    def put(self, i: Range(2)):
        self.small = {choose({0, 61, 62, 99}), 98 + i}
    @action
    def widen(self):
        self.large = self.small
    @action
    def narrow(self):
        self.small = self.large
    @action
    def beyond(self):
        self.large = {150, 3}
    @action
    def lift(self):
        self.some = self.small
""",
    "shifts by more than the bits of a word": """
class M(Model):
    far = Var(Range(100))
    many = Var(Range(0, 1152921504606846976))
    got = Var(Range(0, 1152921504606846976))
    def init(self):
        self.many = 1152921504606846976
    @action
    def right(self):
        self.far = choose({0, 1, 59, 60, 61, 62, 63, 64, 65, 99})
        self.got = self.many >> self.far
    @action
    def flip(self):
        self.many = 1152921504606846976 - self.many
""",
    "only what happens initially": """
class M(Model):
    x = Var(Range(3))
    def init(self):
        self.x = choose(range(3))
    @action
    def never(self):
        require(False)
        self.x = 0
    @final
    def any(self):
        return True
""",
}


@pytest.mark.parametrize("name", SMALL)
def test_it_is_decided_by_every_exhaustive_engine_alike(name: str) -> None:
    made = program(SMALL[name])
    asked = Task(made, judged(made), Budget())
    plain, native = ReferenceEngine().run(asked), ExplicitEngine().run(asked)
    assert counts(native) == counts(plain)
    assert {n: gist(v) for n, v in native.verdicts.items()} == {n: gist(v) for n, v in plain.verdicts.items()}
    walked = WalkEngine().run(Task(made, judged(made), Budget(), sampling=Sampling(runs=20, steps=10)))
    assert set(walked.verdicts) == set(native.verdicts)


def test_a_process_that_ends_where_it_starts_does_nothing() -> None:
    """Found by a map whose collector was switched off: IndexError in the explicit engine and in the walk."""
    made = program(ENDS_WHERE_IT_STARTS + STEP)
    outcome = ExplicitEngine().run(Task(made, judged(made), Budget()))
    assert outcome.verdicts == dict.fromkeys(judged(made), Exhausted(4))
