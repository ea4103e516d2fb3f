"""What `choose` takes from, and what a helper that a process goes through gives back when it returns nothing."""

from __future__ import annotations

import pytest

from checker.engines.explicit.codegen.emit import emit_program
from tests.frontend.support import problems, program, reachable

KINDS = ["Bool", "Range(2, 5)", "Opt(Range(2))", "SetOf(Range(2))", "SetOf(Bool)", "Array(Range(2), Bool)", "Colour"]


@pytest.mark.parametrize("kind", KINDS)
def test_any_value_of_a_type_can_be_chosen(kind: str) -> None:
    made = program(f"""
class M(Model):
    T = {kind}
    v = Var(T)
    def init(self):
        self.v = choose(self.T)
    @action
    def stay(self):
        self.v = self.v
""")
    assert {state[0] for state in reachable(made)} == set(made.variables[0].type.values())
    assert emit_program(made).source, "a local has a name, by which more than the interpreter knows it"


def test_a_mistake_in_what_is_chosen_from_is_said_once() -> None:
    found = problems("""
class M(Model):
    x = Var(Range(3))
    @action
    def act(self):
        self.x = choose(self.missing)
""")
    assert len(found) == 1 and "missing" in found[0].problem


def test_a_return_without_a_value_gives_none_also_after_one_with_a_value() -> None:
    made = program("""
class M(Model):
    again = Var(Bool)
    out = Var(Opt(Range(5)))
    def ask(self):
        yield "asked"
        if self.again:
            return
        return 2
    @process
    def p(self):
        while True:
            got = yield from self.ask()
            self.out = got
            yield "told"
            self.again = True
""")
    names = [each.name for each in made.variables]
    found = {(state[names.index("again")], state[names.index("out")]) for state in reachable(made)}
    assert found == {(False, None), (False, 2), (True, 2), (True, None)}
