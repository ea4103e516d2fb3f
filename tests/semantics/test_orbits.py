"""When two states differ in the names of members only: the rule of closures and of the reference engine, against one
that renames the values themselves."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from checker.ir.nodes import Program
from checker.ir.types import SymType
from checker.semantics.orbits import MOST_RENAMINGS, TooManyRenamings, image, key_of, renamings
from checker.semantics.step import State
from tests.frontend.support import program
from tests.support.orbits import Group, explore

HOLDERS = {
    "array": ("held = Var(Array(Name, Opt(Name)))", "self.held[a] = b"),
    "set": ("held = Var(SetOf(Name))", "self.held.add(a)"),
    "sequence": ("held = Var(Seq(Name, 2))", "require(len(self.held) < 2)\n        self.held.append(b)"),
    "record": (
        "Pair = Record(one=Name, same=Bool)\n    held = Var(Opt(Pair))",
        "self.held = self.Pair(one=a, same=a == b)",
    ),
    "beside": ("n = Var(Range(3))\n    held = Var(Opt(Name))", "self.n = (self.n + 1) % 3\n        self.held = a"),
    "array of sets": ("held = Var(Array(Bool, SetOf(Name)))", "self.held[a == b].add(a)"),
}


def holder(name: str, members: int = 3) -> Program:
    """A model with a variable of a type that names members."""
    declared, changed = HOLDERS[name]
    return program(f"""
class M(Model):
    Name = Range({members}, symmetric=True)
    {declared}

    @action
    def change(self, a: Name, b: Name):
        {changed}
""")


PROCESSES = {
    "one process": """
class M(Model):
    Name = Range(3, symmetric=True)
    seen = Var(SetOf(Name))

    @process
    def picks(self):
        while True:
            x = choose(self.Name)
            yield "has"
            self.seen.add(x)
            yield "has not"
""",
    "a process of each": """
class M(Model):
    Name = Range(2, symmetric=True)
    seen = Var(SetOf(Name))

    @process(Name)
    def picks(self, p: Name):
        while True:
            x = choose(self.Name)
            yield "has"
            self.seen.add(x)
            yield "has not"
""",
    "two types": """
class M(Model):
    Name = Range(2, symmetric=True)
    Other = Range(3, symmetric=True)
    seen = Var(SetOf(Name))
    also = Var(Array(Name, Opt(Other)))

    @action
    def change(self, a: Name, b: Other):
        self.seen.add(a)
        self.also[a] = b
""",
}


def hold(made: Program) -> None:
    """Keys are equal within each orbit, and nowhere else."""
    group, key = Group.of(made), key_of(made)
    orbits: dict[Hashable, set[frozenset[State]]] = {}
    for state in explore(made).states:
        orbits.setdefault(key(state), set()).add(group.orbit(state))
    assert len(orbits) > 1
    assert all(len(each) == 1 for each in orbits.values())
    assert len({orbit for each in orbits.values() for orbit in each}) == len(orbits)


@pytest.mark.parametrize("name", HOLDERS)
def test_states_of_one_orbit_have_one_key_whatever_names_members(name: str) -> None:
    hold(holder(name))


@pytest.mark.parametrize("name", PROCESSES)
def test_a_local_that_is_forgotten_names_nobody(name: str) -> None:
    hold(program(PROCESSES[name]))


def test_without_interchangeable_members_a_state_is_its_own_key() -> None:
    made = program("class M(Model):\n    n = Var(Range(3))\n\n    @action\n    def stay(self):\n        self.n = 0\n")
    assert key_of(made)((2,)) == (2,)
    assert renamings(made) == 1


def test_more_renamings_than_are_tried_are_refused() -> None:
    assert renamings(holder("set", 7)) == MOST_RENAMINGS
    key_of(holder("set", 7))
    with pytest.raises(
        TooManyRenamings, match=r"^its interchangeable members have 40,320 renamings, .* limit is 5,040$"
    ):
        key_of(holder("set", 8))


@pytest.mark.parametrize("name", HOLDERS)
def test_different_values_have_different_images(name: str) -> None:
    made = holder(name, 2)
    named = made.actions[0].parameters[0].type
    assert isinstance(named, SymType)
    kind = made.variables[-1].type
    images = [image(kind, value, {named: (0, 1)}) for value in kind.values()]
    assert len(set(images)) == len(images) > 1
