"""The forms of logs, and what is said of a line that cannot be read."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from checker.errors import UsageError
from checker.lang import Array, Model, Opt, Range, Record, Seq, SetOf, Var, action, process
from checker.trace_validation.wording import verdict
from tests.trace_validation.support import Cache, Counter, held, program


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Shelf(Model):
    """Every type that a line can speak of."""

    Place = Range(2, 3)
    Cell = Record(key=Opt(Range(5)), colour=Colour)
    cells = Var(Array(Place, Cell))
    queue = Var(Seq(Range(9), 3))
    marked = Var(SetOf(Colour))

    @action
    def put(self, p: Place, n: Range(5), c: Colour):
        self.cells[p] = self.Cell(key=n, colour=c)
        self.queue.append(n)
        self.marked.add(c)

    @process
    def clear(self):
        yield "marks"
        self.marked.clear()


def test_values_are_plain_json_and_parts_of_variables_have_names(tmp_path: Path) -> None:
    values = {
        "cells": [{"key": 4, "colour": "GREEN"}, {"key": None, "colour": "RED"}],
        "cells[2]": {"key": 4, "colour": "green"},
        "cells[2].key": 4,
        "cells[3].key": None,
        "queue": [4],
        "queue[0]": 4,
        "marked": ["GREEN"],
    }
    put = {"action": "put", "args": {"p": 2, "n": 4, "c": "GREEN"}, "vars": values, "time": "10:00", "note": {}}
    steps = [put, {"process": "clear", "point": "marks"}, {"process": "clear", "vars": {"marked": []}}]
    assert verdict(held(program(Shelf), tmp_path, steps)) == "3 lines fit"
    (misfit,) = held(program(Shelf), tmp_path, [{**put, "vars": {"queue[1]": 4}}]).misfits
    assert misfit.nearest[0].problem == "gives queue[1] = nothing there, the log says 4"
    (misfit,) = held(program(Shelf), tmp_path, [{**put, "vars": {"cells[3].key": 1, "cells[2].key": 3}}]).misfits
    problem = "gives cells[3].key = None, the log says 1; cells[2].key = 4, the log says 3"
    assert misfit.nearest[0].problem == problem


FLAT: dict[str, dict[str, Any]] = {
    "structlog": {"event": "put", "level": "info", "timestamp": "2026-01-02T03:04:05Z"},
    "python-json-logger": {"message": "put", "asctime": "2026-01-02 03:04:05", "taskName": None},
}


@pytest.mark.parametrize("form", FLAT)
def test_the_fields_of_an_event_are_arguments_variables_or_neither(tmp_path: Path, form: str) -> None:
    line = {**FLAT[form], "k": 1, "w": "pool-1", "held": [1], "request": "a7"}
    found = held(program(Cache), tmp_path, [line, {**line, "k": 2, "held": [1, 2]}])
    assert (verdict(found), dict(found.loose)) == ("2 lines fit", {"request": 2})
    assert [dict(names) for names in found.members.values()] == [{"pool-1": 0}]
    assert held(program(Cache), tmp_path, [{**line, "held": [2]}]).misfits


def test_a_process_in_structlog(tmp_path: Path) -> None:
    lines = [{"event": "thread", "t": 0, "point": "read"}, {"event": "thread", "index": 0, "counter": 1}]
    assert verdict(held(program(Counter), tmp_path, lines)) == "2 lines fit"


def test_spans_as_otlp_exports_them(tmp_path: Path) -> None:
    def attribute(key: str, kind: str, value: Any) -> dict[str, Any]:
        return {"key": key, "value": {kind: value}}

    attributes = [
        attribute("k", "intValue", "1"),
        attribute("held", "arrayValue", {"values": [{"intValue": "1"}]}),
        attribute("http.route", "stringValue", "/put"),
    ]
    times = {"startTimeUnixNano": "1767323045000000000", "endTimeUnixNano": "1767323046000000000"}
    span = {"traceId": "1", "spanId": "2", "parentSpanId": "", "name": "put", "attributes": attributes, **times}
    resource = {"attributes": [attribute("service.name", "stringValue", "shop")]}
    export = {"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}
    found = held(program(Cache), tmp_path, [export])
    assert (verdict(found), dict(found.loose)) == ("1 line fits", {"http.route": 1})
    with pytest.raises(UsageError, match=r"U030 .*:1: this is no span \(KeyError: 'endTimeUnixNano'\)"):
        del span["endTimeUnixNano"]
        held(program(Cache), tmp_path, [export])


def test_lines_of_other_steps_are_passed_over_only_if_asked(tmp_path: Path) -> None:
    lines = [{"action": "tick"}, {"action": "put", "args": [0, 1]}]
    with pytest.raises(UsageError, match=r":1: the model has no action or process 'tick'\n.*--ignore tick"):
        held(program(Cache), tmp_path, lines)
    for options in ({"ignored": ("tick",)}, {"others": True}):
        found = held(program(Cache), tmp_path, lines, **options)
        assert (verdict(found), dict(found.passed)) == ("1 line fits", {"tick": 1})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "2: this is no JSON (Expecting property name enclosed in double quotes): '{'"),
        ("[1]", "2: [1] stands where an object is needed"),
        ({"action": "put", "arg": {}}, "2: a line has no 'arg'\n    Did you mean `args`?"),
        ({"action": "put", "args": 3}, '2: "args" is 3\n    Write an object, such as'),
        ({"action": "put", "args": {"q": 1}}, "2: 'put' has no parameter 'q'\n    It takes: w, k."),
        ({"action": "put", "args": [0, 1, 2]}, "2: 'put' is given 3 arguments\n    It takes: w, k."),
        ({"action": "put", "args": {"k": 7}}, "2: k: 7 is not in Range(3)"),
        ({"action": "put", "vars": {"helt": []}}, "2: the model has no variable 'helt'\n    Did you mean `held`?"),
        ({"action": "put", "vars": {"held": 3}}, "2: held: 3 is not"),
        ({"action": "put", "vars": 3}, "2: 'vars' is 3, no object"),
        ({"action": "putt"}, "2: the model has no action or process 'putt'\n    Did you mean `put`?"),
        ({"action": 3}, "2: 'action' is 3, no text"),
        ({"action": "put", "process": "put"}, '2: it says "action" and "process"'),
        ({"action": "put", "index": 1}, '2: it says "index" of an action'),
        ({"action": "put", "point": "read"}, "2: 'put' is an action, and has no point"),
        ({"process": "put"}, "2: the model has no process 'put'"),
        ({"note": "begins"}, "2: it says neither a step nor a variable"),
    ],
)
def test_a_line_that_cannot_be_read_is_told_with_its_place_and_a_remedy(tmp_path: Path, line: Any, said: str) -> None:
    first = {"action": "put", "args": {"k": 1}}
    with pytest.raises(UsageError) as caught:
        held(program(Cache), tmp_path, [first, line])
    text = str(caught.value)
    assert text.startswith("U030 ") and f"log0.jsonl:{said}" in text, text
    assert "\n    " in text, "no remedy"


def test_more_names_than_members_are_refused(tmp_path: Path) -> None:
    lines = [{"action": "put", "args": {"w": name, "k": at}} for at, name in enumerate("abc")]
    with pytest.raises(UsageError, match=r":3: w: 'c' would be member 3 of Worker, which has 2\n.*a, b.*--set"):
        held(program(Cache), tmp_path, lines, unlogged=("evict",))


def test_points_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r":1: process 'thread' never stops at 'reed'\n    Did you mean `read`"):
        held(program(Counter), tmp_path, [{"process": "thread", "point": "reed"}])


@pytest.mark.parametrize("name", ["evicted", "put@end", "thread@x"])
def test_steps_that_are_not_there(tmp_path: Path, name: str) -> None:
    model = program(Counter if name.startswith("thread") else Cache)
    with pytest.raises(UsageError, match=f"U008 --unlogged {name}: "):
        held(model, tmp_path, [{"vars": {}, "action": "x"}], unlogged=(name,))


def test_a_log_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"U030 .*nothing here says who wrote it"):
        held(program(Counter), tmp_path, [{"msg": "put"}])
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\n")
