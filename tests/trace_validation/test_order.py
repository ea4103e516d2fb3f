"""Logs whose lines may have happened in several orders: vector clocks, and spans of OpenTelemetry."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from checker.errors import UsageError
from checker.lang import Model, Range, Seq, Var, action
from checker.trace_validation.wording import verdict
from tests.trace_validation.support import held, program


class Letters(Model):
    """Says letters one after the other: what the model allows is one order only."""

    said = Var(Seq(Range(4), 4))

    @action
    def say(self, n: Range(4)):
        self.said.append(n)


def say(n: int, **more: Any) -> dict[str, Any]:
    return {"action": "say", "args": {"n": n}, **more}


LAST = {"said": [0, 1, 2, 3]}


def test_logs_without_clocks_go_in_any_order(tmp_path: Path) -> None:
    model = program(Letters)
    found = held(model, tmp_path, [say(0), say(2)], [say(1), say(3, vars=LAST)])
    assert verdict(found) == "4 lines fit"
    assert found.followed.states == (((0, 1, 2, 3),),)
    assert held(model, tmp_path, [say(2), say(0)], [say(1), say(3, vars=LAST)]).misfits


def test_a_vector_clock_says_which_lines_come_first(tmp_path: Path) -> None:
    """Node b has heard of a's second line before it says 1: so 0, 2, 1, 3 and nothing else."""
    a = [say(0, clock={"a": 1}), say(2, clock={"a": 2})]
    b = [say(1, clock={"a": 2, "b": 1}), say(3, vars=LAST, clock={"a": 2, "b": 2})]
    found = held(program(Letters), tmp_path, a, b)
    assert verdict(found).endswith("log1.jsonl fits nothing; 3 lines fit before it")
    assert found.misfits[0].nearest[0].problem == "gives said = [0, 2, 1, 3], the log says [0, 1, 2, 3]"
    b[0]["clock"], a[1]["clock"] = {"a": 1, "b": 1}, {"a": 2, "b": 1}
    assert held(program(Letters), tmp_path, a, b).fits
    joined = [{**line, "node": node} for node, lines in (("b", b), ("a", a)) for line in lines]
    assert held(program(Letters), tmp_path, joined).fits, "one file with two nodes in it"


def test_of_lines_that_might_come_next_each_is_told(tmp_path: Path) -> None:
    a = [say(0, clock={"a": 1}), say(1, vars={"said": [1]}, clock={"a": 2})]
    b = [say(2, vars={"said": [2]}, clock={"a": 1, "b": 1})]
    found = held(program(Letters), tmp_path, a, b)
    assert verdict(found) == "after 1 line that fits none of the next lines fits, in any order"
    assert [each.stuck.entry.at.number for each in found.misfits] == [2, 1]


@pytest.mark.parametrize(
    ("clocks", "said"),
    [
        (([{"a": 2}, {"a": 1}], [{"b": 1}]), r"U030 .*log0.jsonl:2: its clock \{'a': 1\} is not after \{'a': 2\}"),
        (([{"a": 1}, {"a": 1}], [{"b": 1}]), r"U030 .*log0.jsonl:2: its clock .* is not after"),
        (([{"a": 1}, {"a": 2}], [{"a": 2}]), r"U030 .*: its clock \{'a': 2\} is also that of .*log"),
        (([{"a": 1}, {"a": "2"}], [{"a": 3}]), r"U030 .*log0.jsonl:2: the clock of 'a' is '2', no count"),
        (([{"a": 1}, None], []), None),
    ],
)
def test_clocks_that_cannot_be(tmp_path: Path, clocks: Any, said: str | None) -> None:
    logs = [[say(0, clock=clock) for clock in each] for each in clocks if each]
    if said is None:
        assert held(program(Letters), tmp_path, *logs).followed.fit == 2
        return
    with pytest.raises(UsageError, match=said):
        held(program(Letters), tmp_path, *logs)


def test_a_clock_that_begins_late_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"U030 .*log0.jsonl:2: it has a clock, and the first line has none"):
        held(program(Letters), tmp_path, [say(0), say(1, clock={"a": 1})])


def span(
    n: int, begins: int, ends: int, service: str = "shop", parent: str | None = None, **more: Any
) -> dict[str, Any]:
    """A span as OpenTelemetry's Python SDK writes it."""

    def at(seconds: int) -> str:
        return f"2026-01-02T03:04:{seconds:02}.000000Z"

    return {
        "name": "say",
        "context": {"trace_id": "0x1", "span_id": f"0x{n}", "trace_state": "[]"},
        "kind": "SpanKind.INTERNAL",
        "parent_id": parent,
        "start_time": at(begins),
        "end_time": at(ends),
        "attributes": {"n": n, **more},
        "resource": {"attributes": {"service.name": service}},
    }


def test_spans_that_overlap_go_in_any_order_and_others_in_that_of_their_times(tmp_path: Path) -> None:
    model = program(Letters)
    overlapping = [span(1, 1, 9), span(0, 2, 3), span(2, 4, 5), span(3, 10, 11, said=[0, 1, 2, 3])]
    assert verdict(held(model, tmp_path, overlapping)) == "4 lines fit"
    after = [span(1, 4, 9), span(0, 2, 3), span(2, 3, 4), span(3, 10, 11, said=[0, 1, 2, 3])]
    assert held(model, tmp_path, after).misfits, "2 had ended before 1 began"


def test_a_span_comes_after_what_had_ended_before_one_around_it_began(tmp_path: Path) -> None:
    """The clocks of two services are not compared, but a call begins before what it calls."""
    model = program(Letters)
    call = {**span(9, 5, 8), "name": "call"}
    within = [span(0, 1, 2), call, span(1, 0, 1, "bank", parent="0x9", said=[0, 1])]
    assert held(model, tmp_path, within, ignored=("call",)).fits
    within[2]["attributes"]["said"] = [1]
    assert held(model, tmp_path, within, ignored=("call",)).misfits
    within[2]["parent_id"] = None
    assert held(model, tmp_path, within, ignored=("call",)).fits, "nothing says which came first"
