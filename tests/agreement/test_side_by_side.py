"""What Python and the interpreter are compared in, far along a behaviour: the program of another model is seen."""

from __future__ import annotations

import pytest

from tests.support.fresh_checks import examined
from tests.support.random_models import HEAD, RandomModel

COUNTS = RandomModel(
    HEAD
    + """
class Drawn(Model):
    n = Var(Range(0, 40))
    seen = Var(Range(0, 40))

    @process
    def work(self):
        while self.n < 30:
            last: Range(0, 40) = self.n
            yield "counted"
            if self.n == 25:
                yield
                self.seen = 0
                yield "late"
            self.n = last + 1
        yield "over"
        require(False)

    @always
    def low(self):
        return self.n < 28

    @final
    def done(self):
        return self.n == 30
"""
)


def test_a_model_is_what_it_is() -> None:
    assert examined("python", COUNTS, COUNTS.program()).came == "agreed"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("last + 1", "last + (2 if self.n == 20 else 1)", "the other says"),
        ('yield "late"', 'yield "later"', "Python says late"),
        ("                yield\n", "                pass\n                yield\n", "Python says line"),
        ("= self.n\n", "= self.n if self.n < 24 else 0\n", "last: the interpreter says 0, Python [24]"),
        ("self.n < 28", "self.n < 27", "'low')"),
        ("self.n == 30", "self.n == 29", "'done')"),
        ("@final", "@sometimes", "the interpreter says True"),
    ],
)
def test_a_difference_after_twenty_steps_is_seen(before: str, after: str, said: str) -> None:
    assert before in COUNTS.text
    other = RandomModel(COUNTS.text.replace(before, after, 1))
    found = examined("python", COUNTS, other.program())
    assert found.came == "disagreed" and said in found.reason
