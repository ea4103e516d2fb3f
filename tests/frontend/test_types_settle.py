"""A function is read again as long as a type that it was told of a local is not the one that the local ends with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from checker.frontend import compile as compiling
from checker.frontend.scope import Scope
from checker.ir import nodes as ir
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.ir.types import NONE, Type
from tests.frontend.support import body, program

AT_ONCE = {
    "no local": "self.x = 1",
    "one type": "seen = self.x\nself.x = seen",
    "a type that is declared": "seen: Opt(Range(10)) = None\nseen = self.x\nself.x = 0 if seen is None else seen",
    "a loop that leaves its local as it is": "for n in Range(3):\n    self.x = n",
}
LATER = {
    "a number, then another": "seen = 0\nself.x = seen\nseen = 5\nself.x = seen",
    "None, then a number": "seen = None\nif self.x > 3:\n    seen = self.x\nself.x = 0 if seen is None else seen",
    "a set that grows": "seen = set()\nseen.add(self.x)\nself.x = len(seen)",
    "a number that grows in a loop": "seen = 0\nfor n in Range(3):\n    self.x = seen\n    seen = seen + 1",
}
HELPERS = {
    "None where nothing is returned, before a value": "if self.x > 3:\n    return\nreturn self.x",
    "None where nothing is returned, after a value": "if self.x > 3:\n    return self.x\nreturn",
    "two numbers": "if self.x > 3:\n    return 1\nreturn 2",
}


def types_of_locals(function: ir.Function) -> Iterator[tuple[str, Type, Type]]:
    """Of each mention of a local: its name, the type that stands there, and the local's own."""
    for statement in walk(function.body):
        for outer in expressions(statement):
            for inner in walk_expressions(outer):
                if isinstance(inner, ir.Local) and inner.name in function.locals:
                    yield inner.name, inner.type, function.locals[inner.name]


@pytest.mark.parametrize("text", [*AT_ONCE.values(), *LATER.values()], ids=[*AT_ONCE, *LATER])
def test_a_local_has_one_type_wherever_it_stands(text: str) -> None:
    (action,) = program(body(text)).actions
    assert [name for name, here, own in types_of_locals(action) if here != own] == []
    assigned = [each for each in walk(action.body) if isinstance(each, ir.Assign)]
    assert [each for each in assigned if each.value.type != each.target.type] == []


@pytest.mark.parametrize("text", HELPERS.values(), ids=HELPERS)
def test_a_helper_returns_one_type_wherever_it_ends(text: str) -> None:
    indented = text.replace("\n", "\n    ")
    made = program(
        body("got = self.help()\nself.x = 0 if got is None else got", extra=f"def help(self):\n    {indented}")
    )
    helper = made.functions["help"]
    assert helper.returns != NONE
    returned = [each.value for each in walk(helper.body) if isinstance(each, ir.Return)]
    assert [None if value is None else value.type for value in returned] == [helper.returns] * 2


@pytest.mark.parametrize(("text", "times"), [*((each, 1) for each in AT_ONCE.values()), (LATER["a set that grows"], 2)])
def test_a_function_is_read_once_where_nothing_that_it_was_told_changes(
    text: str, times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each was read twice: half of the time that a large model took to be read."""
    made: list[Scope] = []

    class Noted(Scope):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            made.append(self)

    monkeypatch.setattr(compiling, "Scope", Noted)
    program(body(text))
    assert len(made) == times
