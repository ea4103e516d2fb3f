"""Traces as files, text and pictures: nothing is lost on the way, and what is no trace is refused with its place."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from checker.check import check
from checker.contract.replay import ReplayError, replay
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Task
from checker.contract.trace import AtState, Failing, Trace
from checker.contract.wording import trace_of
from checker.engines.reference import ReferenceEngine
from checker.errors import Span, UsageError
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Kind, Program
from checker.semantics import Failure, Interpreter, Step
from counterexamples.draw.chain import trace_svg
from counterexamples.draw.graph import state_graph, to_dot, to_svg, trace_graph
from counterexamples.draw.pictures import picture_svg
from counterexamples.explain.changes import changes, facts, show_value
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import plain, render
from counterexamples.itf import traces
from counterexamples.itf.encoding import Place, decode, encode
from tests.frontend.support import program as compile_text
from tests.support.workshop import Tool, Wood

META = traces.Meta("tests.support.workshop:Workshop", "benches_do_not_match", "violated", "reference", "0")


def found(model: str, name: str, **parameters: Any) -> tuple[Program, Trace]:
    """The program and a shortest trace for a property."""
    program = compile_model(load(f"tests.support.workshop:{model}"), parameters)
    trace = trace_of(check(Task(program, (name,)), ReferenceEngine()).verdicts[name])
    assert trace is not None
    return program, trace


@pytest.fixture(scope="module")
def workshop() -> tuple[Program, Trace]:
    return found("Workshop", "benches_do_not_match")


EVERY = [
    ("Workshop", "benches_do_not_match"),
    ("Workshop", "drawer_is_used"),
    ("Overflows", NO_FAILURE),
    ("Stuck", NO_DEADLOCK),
    ("Uneven", NO_FAILURE),
]


@pytest.mark.parametrize(("model", "name"), EVERY)
def test_a_trace_survives_its_file(model: str, name: str) -> None:
    program, trace = found(model, name)
    written = traces.text(traces.dump(program, trace, META))
    again = traces.parse(program, json.loads(written))
    assert again == trace
    replay(program, again)


def test_the_file_is_itf(workshop: tuple[Program, Trace]) -> None:
    data = traces.dump(*workshop, META)
    assert list(data) == ["#meta", "params", "vars", "states"]
    assert data["#meta"]["parameters"] == {"joiners": {"#bigint": "2"}, "tool": "SAW"}
    first = data["states"][0]
    assert first["#meta"] == {"index": 0, "step": None, "choices": ["NONE"]}
    nothing = {"tag": "None", "value": {"#tup": []}}
    assert first["bench"] == {"#map": [[{"#bigint": "0"}, nothing], [{"#bigint": "1"}, nothing]]}
    assert first["job"] == {"wood": "NONE", "size": {"#bigint": "1"}}
    assert first["queue"] == []
    assert first["drawer"] == {"#set": []}
    assert data["states"][1]["#meta"] == {
        "index": 1, "step": "joiner", "arguments": [{"#bigint": "0"}], "point": "start", "choices": ["OAK"],
    }  # fmt: skip


def test_the_header_gives_what_set_takes(workshop: tuple[Program, Trace]) -> None:
    head = traces.header(traces.dump(*workshop, META))
    assert head == traces.Header(META.model, {"joiners": "2", "tool": "SAW"}, META.property, META.verdict)


def test_every_value_of_every_type_survives(workshop: tuple[Program, Trace]) -> None:
    for declared in workshop[0].variables:
        for rank in {0, 1, declared.type.size // 2, declared.type.size - 1}:
            value = declared.type.unrank(rank)
            data = json.loads(json.dumps(encode(declared.type, value)))
            assert decode(declared.type, data, Place("f")) == value


def _set(data: Any, path: list[Any], value: Any) -> None:
    for key in path[:-1]:
        data = data[key]
    if value is ...:
        del data[path[-1]]
    else:
        data[path[-1]] = value


INT = {"#bigint": "7"}
WRONG: list[tuple[list[Any], Any, str]] = [
    (["#meta"], ..., "f: #meta: there is nothing where an object is needed"),
    (["states"], 3, "f: states: 3 stands where a list is needed"),
    (["states"], [], "f: it has no states"),
    (["states", 1, "job"], ..., "f: states[1]: variable 'job' is missing"),
    (["states", 1, "jib"], INT, "f: states[1]: the model has no variable 'jib'"),
    (["states", 0, "open"], INT, "f: states[0].open: {'#bigint': '7'} is not a truth value"),
    (["states", 0, "open"], 1, "f: states[0].open: 1 is not a truth value"),
    (["states", 0, "queue"], [INT], "f: states[0].queue[0]: 7 is not in Range(1, 3)"),
    (["states", 0, "queue"], [{"#bigint": "1_0"}], "f: states[0].queue[0]: {'#bigint': '1_0'} is not an integer"),
    (["states", 0, "queue"], [2.5], "f: states[0].queue[0]: 2.5 is not an integer"),
    (["states", 0, "queue"], [{"#bigint": "1"}] * 4, "f: states[0].queue: [1, 1, 1, 1] is not in Seq(Range(1, 3), 3)"),
    (["states", 0, "job", "wood"], "ELM", "f: states[0].job.wood: 'ELM' is not in Wood"),
    (["states", 0, "job", "size"], ..., "f: states[0].job: field 'size' is missing"),
    (["states", 0, "job", "length"], INT, "f: states[0].job: Job has no field 'length'"),
    (["states", 0, "bench", "#map", 1], ..., "f: states[0].bench: index 1 is missing"),
    (["states", 0, "bench", "#map", 1, 0], {"#bigint": "0"}, "f: states[0].bench: index 0 stands twice"),
    (["states", 0, "bench", "#map", 1], [], "f: states[0].bench: [] is not a pair of index and item"),
    (["states", 0, "drawer"], "SAW", "f: states[0].drawer: 'SAW' is not a set"),
    (["states", 1, "#meta", "step"], ..., "f: states[1].step: there is nothing where a text is needed"),
    (["states", 1, "#meta", "choices"], [{}], "f: states[1].choices[0]: {} is not a value"),
    (["#meta", "failure"], {"kind": "x"}, "f: #meta.failure.kind: 'x' is no kind of failure"),
    (["#meta", "failing"], {"step": "x"}, "f: #meta.failing: a failing step needs a failure and a state to fail in"),
]


@pytest.mark.parametrize(("path", "value", "problem"), WRONG, ids=[problem for _, _, problem in WRONG])
def test_what_is_no_trace_is_refused_with_its_place(
    workshop: tuple[Program, Trace], path: list[Any], value: Any, problem: str
) -> None:
    program, trace = workshop
    data = copy.deepcopy(traces.dump(program, trace, META))
    _set(data, path, value)
    with pytest.raises(UsageError) as caught:
        traces.parse(program, data, "f")
    assert caught.value.problem.code == "U005"
    assert caught.value.problem.problem == problem
    assert caught.value.problem.remedy


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (None, "there is no such file"),
        (b"{", "it is not JSON: Expecting property name enclosed in double quotes at line 1, column 2"),
        (b"\xff", "it cannot be read"),
        (b"[" * 100_000, "it is not"),
    ],
)
def test_what_is_no_file_of_json_is_refused(tmp_path: Path, content: bytes | None, problem: str) -> None:
    path = tmp_path / "trace.itf.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match="U005") as caught:
        traces.read(path)
    assert caught.value.problem.problem.startswith(f"{path}: {problem}")


def test_a_step_that_the_model_does_not_have_is_for_the_judge(workshop: tuple[Program, Trace]) -> None:
    program, trace = workshop
    data = copy.deepcopy(traces.dump(program, trace, META))
    data["states"][1]["#meta"]["choices"] = ["ELM"]
    with pytest.raises(ReplayError):
        replay(program, traces.parse(program, data))


def test_a_name_that_two_enums_have_is_read_as_the_step_needs_it() -> None:
    program, trace = found("Workshop", "drawer_is_used")
    first = trace.states[0]
    taken = next(
        each
        for each in Interpreter(program).successors(first)
        if each.step.name == "tidy" and each.step.choices == (Tool.NONE,)
    )
    assert taken.state is not None
    # `init` chose Wood.NONE, this step Tool.NONE: both are written "NONE".
    other = Trace((first, taken.state), (taken.step,), (Wood.NONE,))
    assert traces.parse(program, traces.dump(program, other, META)) == other


def test_text_says_what_changed(workshop: tuple[Program, Trace]) -> None:
    told = plain(render(*workshop, "benches_do_not_match"))
    assert re.sub(r"py:[0-9]+", "py:PLACE", told) == EXPECTED
    assert all(len(line) <= 80 for line in told.splitlines())


EXPECTED = """\
  1  initially, choosing NONE
       bench      [None, None]
       job        Job(wood=NONE, size=1)
       drawer     {}
       queue      []
       grid       [[-2, -2], [-2, -2]]
       open       False
       joiner[0]  at "start"
       joiner[1]  at "start"

  2  joiner[0] from "start", choosing OAK
       joiner[0]  at "measured"  wood = OAK

  3  joiner[0] from "measured"
       bench[0]   None -> OAK
       joiner[0]  at "sawn"

  4  joiner[1] from "start", choosing OAK
       joiner[1]  at "measured"  wood = OAK

  5  joiner[1] from "measured"
       bench[1]   None -> OAK
       joiner[1]  at "sawn"

  State 5 violates benches_do_not_match
       No two joiners saw oak at once.
       tests/support/workshop.py:PLACE
         return sum(1 for j in self.Joiner if self.bench[j] == Wood.OAK) < 2
       sum(1 for j in self.Joiner if self.bench[j] == Wood.OAK) < 2 is false:
         sum(1 for j in self.Joiner if self.bench[j] == Wood.OAK) = 2
"""


@pytest.mark.parametrize(("model", "name"), EVERY)
def test_no_line_is_longer_than_a_terminal(model: str, name: str) -> None:
    program, trace = found(model, name)
    lines = plain(render(program, trace, name)).splitlines()
    assert all(len(line) <= 80 for line in lines)


def test_text_ends_with_the_line_that_failed() -> None:
    told = plain(render(*found("Overflows", NO_FAILURE), NO_FAILURE))
    assert "up, fails" in told
    assert told.splitlines()[-1].strip() == "self.n += 1"


def test_text_ends_with_who_waits_in_a_deadlock() -> None:
    told = plain(render(*found("Stuck", NO_DEADLOCK), NO_DEADLOCK))
    assert told.splitlines()[-1].split() == ["waits", "at", '"waiting"']


def test_values_are_shown_as_a_person_writes_them() -> None:
    assert show_value((Tool.SAW, None, frozenset({3, 1}), True)) == "(SAW, None, {1, 3}, True)"


def test_nothing_changes_between_equal_states(workshop: tuple[Program, Trace]) -> None:
    program, trace = workshop
    assert changes(program, trace.states[0], trace.states[0]) == ()
    assert [fact.subject for fact in facts(program, trace.states[0])][-2:] == ["joiner[0]", "joiner[1]"]


@pytest.mark.parametrize(("model", "name"), EVERY)
def test_pictures_are_xml_with_words_for_screen_readers(model: str, name: str) -> None:
    program, trace = found(model, name)
    for picture in (trace_svg(program, trace, name), to_svg(trace_graph(program, trace))):
        root = ElementTree.fromstring(picture)
        assert root.find("{*}title") is not None
        assert root.find("{*}desc") is not None
        assert _overflowing(root) == []


def _overflowing(root: ElementTree.Element) -> list[str]:
    """Texts that begin in a card and are wider than it."""
    cards = [
        tuple(float(each.attrib[key]) for key in ("x", "y", "width", "height"))
        for each in root.iter("{http://www.w3.org/2000/svg}rect")
        if "x" in each.attrib
    ]
    wide = []
    for text in root.iter("{http://www.w3.org/2000/svg}text"):
        x, y = float(text.attrib["x"]), float(text.attrib["y"])
        words = "".join(text.itertext())
        for left, top, width, height in cards:
            inside = left < x < left + width and top < y < top + height
            if inside and "small" not in text.attrib.get("class", "") and x + 7.3 * len(words) > left + width:
                wide.append(words)
    return wide


def test_the_state_graph_holds_all_states_and_marks_the_path() -> None:
    program, trace = found("Fine", "gets_to_three")
    graph = state_graph(program, 300, trace)
    assert len(graph) == 4
    assert sorted(graph.edges) == [(0, 1), (1, 2), (2, 3), (3, 0)]
    assert [data["path"] for _, data in graph.nodes(data=True)] == [True] * 4
    assert [data["path"] for *_, data in graph.edges(data=True)] == [True, True, True, False]
    assert not graph.graph["cut"]
    assert _overflowing(ElementTree.fromstring(to_svg(graph))) == []


def test_a_state_graph_that_is_cut_says_so() -> None:
    program, _ = found("Fine", "gets_to_three")
    graph = state_graph(program, 2)
    assert len(graph) == 2
    assert graph.graph["cut"]
    assert "the first 2 states of more" in to_svg(graph)


def test_dot_quotes_what_it_must() -> None:
    dot = to_dot(trace_graph(*found("Stuck", NO_DEADLOCK)))
    assert dot.startswith('digraph "Stuck: a trace of 2 states" {')
    assert 'waits  at \\"waiting\\"' in dot


def test_pictures_do_not_depend_on_the_run(workshop: tuple[Program, Trace]) -> None:
    again = found("Workshop", "benches_do_not_match")
    assert trace_svg(*workshop, "benches_do_not_match") == trace_svg(*again, "benches_do_not_match")


MERGED = """
class Merged(Model):
    n = Var(Range(3))

    @process
    def eager(self):
        while True:
            require(self.n == 0)
            yield "saw nothing"

    @process
    def patient(self):
        while True:
            require(self.n == 2)
            yield "saw two"

    @action
    def go(self):
        require(self.n == 0)
        self.n = 1
"""


def test_a_process_that_has_not_moved_stands_at_its_start_and_not_where_it_has_never_been() -> None:
    """From both points the code goes on as from the start: they are one state, and the trace knows who has begun."""
    program = compile_text(MERGED)
    trace = trace_of(check(Task(program, (NO_DEADLOCK,)), ReferenceEngine()).verdicts[NO_DEADLOCK])
    assert trace is not None and len(trace) == 2
    text = plain(render(program, trace, NO_DEADLOCK)).splitlines()
    assert [line.split("  at ")[1] for line in text if "  at " in line] == ['"start"'] * 4
    for shown in (
        trace_svg(program, trace, NO_DEADLOCK),
        picture_svg(program, trace),
        to_dot(trace_graph(program, trace)),
    ):
        assert "saw" not in shown
    explained = plain(render_explained(program, trace, NO_DEADLOCK))
    assert "saw" not in explained


def test_a_first_step_from_a_start_that_is_also_a_later_point_is_seen_to_lead_there() -> None:
    program = compile_text(MERGED)
    (start,) = [step.state for step in Interpreter(program).initial()]
    assert start is not None
    trace = Trace((start, start), (Step("eager", (), "saw nothing", ()),))
    replay(program, trace)
    text = plain(render(program, trace, NO_FAILURE))
    assert '  2  eager from "start"\n       eager  at "saw nothing"\n' in text


def test_a_graph_of_all_states_says_of_a_start_that_is_also_a_later_point_that_it_is_both() -> None:
    graph = state_graph(compile_text(MERGED), 10)
    assert graph.nodes[0]["rows"][1:] == ('eager  at "start/saw nothing"', 'patient  at "start/saw two"')


def test_a_trace_without_states_says_how_init_fails() -> None:
    failing = Failing(None, Failure(Kind.ASSERT, "not so", Span("m.py", 1, 1)))
    assert len(Trace((), (), (), failing)) == 0
    step = Step("up", (), None, ())
    for wrong in (AtState(), Failing(step, failing.failure)):
        with pytest.raises(AssertionError):
            Trace((), (), (), wrong)
    with pytest.raises(AssertionError):
        Trace((), (step,), (), failing)
