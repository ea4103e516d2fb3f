"""How deep types are nested, and which properties speak of steps."""

from __future__ import annotations

import pytest

from checker.ir.sizes import nested
from checker.ir.types import BOOL, ArrayType, IntType, OptType, RecordType, SeqType, SetType, TupleType, Type
from tests.frontend.support import program

FEW = IntType(0, 2)


@pytest.mark.parametrize(
    ("kind", "depth"),
    [
        (BOOL, 1),
        (SetType(FEW), 2),
        (OptType(SeqType(FEW, 2)), 3),
        (ArrayType(FEW, BOOL), 2),
        (ArrayType(FEW, OptType(BOOL)), 3),
        (ArrayType(OptType(FEW), BOOL), 3),
        (RecordType("R", (("a", BOOL), ("b", SetType(OptType(FEW))))), 4),
        (TupleType((SetType(FEW), BOOL)), 3),
        (TupleType(()), 1),
    ],
)
def test_a_type_is_as_deep_as_the_deepest_of_its_parts_and_one_more(kind: Type, depth: int) -> None:
    assert nested(kind) == depth


def test_what_is_said_of_steps_is_told_from_what_is_said_of_states() -> None:
    made = program("""
class M(Model):
    x = Var(Range(3))
    @action
    def up(self):
        self.x = 2
    @always
    def small(self):
        return self.x < 3
    @step
    def grows(self, before):
        return self.x >= before.x
""")
    assert made.speaks_of_steps("grows") and not made.speaks_of_steps("small")
