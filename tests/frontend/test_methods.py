"""What a message says of the methods of a value is so: those that it names can be called there, and no others can."""

from __future__ import annotations

import re

import pytest

from tests.frontend.support import body, problems

VARIABLES = """
R = Record(a=Range(3), b=Bool)
s = Var(SetOf(Range(3)))
q = Var(Seq(Range(3), 3))
r = Var(R)
a = Var(Array(Range(3), Range(3)))
n = Var(Range(3))
b = Var(Bool)
os = Var(Opt(SetOf(Range(3))))
e = Var(Array(Range(2), SetOf(Range(3))))
""".strip()
CONTAINERS = {
    "self.s": set,
    "self.os": set,
    "self.e[0]": set,
    "self.q": list,
    "self.r": tuple,
    "self.a": list,
    "self.n": int,
    "self.b": bool,
}
"""A place, and the type that Python has in its stead."""

ARGUMENTS = {
    **dict.fromkeys(("add", "discard", "remove", "append"), "1"),
    **dict.fromkeys(("clear", "copy", "sort", "reverse"), ""),
    "pop": "0",
    "_replace": "b=True",
}
"""What a method of Python's takes, if not a set."""


def call(place: str, name: str) -> str:
    return f"{place}.{name}({ARGUMENTS.get(name, '{1}')})"


def refusal(line: str) -> tuple[str, str] | None:
    """The code of what is said of a line, and the remedy; None if it compiles."""
    found = problems(body(line, VARIABLES))
    return (found[0].code, found[0].remedy) if found else None


def named(remedy: str) -> list[str]:
    """The methods that a remedy says there are."""
    listed = re.match(r"A (?:set|sequence|record) has ([\w, ]+?)(?:, each on a line of its own)?\.$", remedy)
    return re.split(r", | and ", listed[1]) if listed else []


ALONE = ", each on a line of its own."


@pytest.mark.parametrize("place", CONTAINERS)
def test_the_methods_that_a_message_names_are_those_that_can_be_called_there(place: str) -> None:
    python = {name for name in dir(CONTAINERS[place]) if not name.startswith("_")} | {"_replace", "push"}
    python |= {"add", "append", "union", "clear"}
    alone = {name: refusal(call(place, name)) for name in sorted(python)}
    inside = {name: refusal(f"x = {call(place, name)}") for name in sorted(python)}
    said = [found for found in (*alone.values(), *inside.values()) if found is not None]
    assert {code for code, _ in said} <= {"E213", "E201"}, said  # E201: a value that nobody uses
    callable_there = {ALONE: allowed(alone), ".": allowed(inside)}
    for _, remedy in said:
        if named(remedy):
            there = callable_there[ALONE if remedy.endswith(ALONE) else "."]
            assert set(named(remedy)) == there, remedy
    for found in (alone["push"], inside["push"]):
        assert found is not None and found[0] == "E213"
        assert bool(named(found[1])) == (place in ("self.s", "self.os", "self.e[0]", "self.q", "self.r")), found


def allowed(said: dict[str, tuple[str, str] | None]) -> set[str]:
    return {name for name, found in said.items() if found is None}
