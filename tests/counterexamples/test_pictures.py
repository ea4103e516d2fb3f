"""Pictures: what a model's `picture` sees and may say, where things stand, what stands out, and what goes wrong."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import networkx
import pytest

from checker import cli
from checker.check import check
from checker.commands.catalogue import entries
from checker.contract.task import NO_FAILURE, Task
from checker.contract.trace import Failing, Trace
from checker.contract.wording import trace_of
from checker.engines.reference import ReferenceEngine
from checker.errors import ModelError, UsageError
from checker.frontend.compile import compile_program
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.ir.types import BOOL, IntType, RecordType, SeqType, SetType, TupleType, Type, opt
from checker.lang import Cell, Picture
from checker.lang.model import parse_parameter
from checker.lang.picture import Table
from checker.lang.view import unwrapped, view, wrapped
from checker.semantics import Interpreter, State
from counterexamples.corpus.files import files
from counterexamples.draw import png
from counterexamples.draw.drawing.paint import PALETTE, paint
from counterexamples.draw.drawing.places import Box, arrange, value_lines
from counterexamples.draw.drawing.routes import Router
from counterexamples.draw.graph import picture_graph, state_graph, to_graphml, written_graphml
from counterexamples.draw.pictures import frames, has_picture, picture_svg, state_picture
from tests.frontend.support import model as made_from

MODELS = list(dict.fromkeys(entry.model for entry in entries()))
SVG = "{http://www.w3.org/2000/svg}"


def found(name: str, shows: str, **parameters: str) -> tuple[Program, Trace]:
    """The program and a shortest trace for a property."""
    cls = load(name)
    program = compile_model(cls, {key: parse_parameter(cls, key, text) for key, text in parameters.items()})
    trace = trace_of(check(Task(program, (shows,)), ReferenceEngine()).verdicts[shows])
    assert trace is not None
    return program, trace


def walk(program: Program, steps: int) -> Trace:
    """A behaviour that takes, at each state, the step in the middle of those that are possible."""
    run = Interpreter(program)
    states: list[State] = [next(each.state for each in run.initial() if each.state is not None)]
    taken = []
    for _ in range(steps):
        possible = [
            each for each, _ in zip(run.successors(states[-1]), range(60), strict=False) if each.state is not None
        ]
        if not possible:
            break
        chosen = possible[len(possible) // 2]
        assert chosen.state is not None
        states.append(chosen.state)
        taken.append(chosen.step)
    return Trace(tuple(states), tuple(taken))


def changed(document: str) -> str:
    """All that is said within groups of class="changed"."""
    groups = (each for each in ElementTree.fromstring(document).iter(f"{SVG}g") if each.get("class") == "changed")
    return " ".join("".join(each.itertext()) for each in groups)


# What `picture` sees.

THINGS = """
class Things(Model):
    size = Param(2)

    Place = Range(3, 4)
    Pair = Record(left=Place, right=Bool)
    width = 2 ** size

    row = Var(Array(Place, Opt(Pair)))
    colours = Var(SetOf(Colour))
    queue = Var(Seq(Place, 2))

    def init(self):
        self.row[4] = self.Pair(left=3, right=True)
        self.colours = {Colour.GREEN}
        self.queue.append(4)

    @process(Place)
    def worker(self, p):
        seen = self.row[p]
        yield "looked"
        self.row[p] = None
        yield "done"
        if seen is not None:
            self.colours.add(Colour.RED)

    def both(self):
        return {p for p in self.Place if self.row[p] is not None}
"""


def test_a_view_holds_plain_values() -> None:
    model = made_from(THINGS)
    program = compile_program(model(size=3))
    first = next(each.state for each in Interpreter(program).initial())
    assert first is not None
    seen = view(model, program, first)
    assert list(seen.Place) == [3, 4] and 2 not in seen.Place
    assert (seen.size, seen.width) == (3, 8)
    assert seen.row[3] is None and (seen.row[4].left, seen.row[4].right) == (3, True)
    assert seen.row[4] == seen.Pair(left=3, right=True) != seen.Pair(left=4, right=True)
    assert [member.name for member in seen.colours] == ["GREEN"] and seen.queue == (4,)
    assert seen.both() == {4}
    with pytest.raises(IndexError, match="5 is no index"):
        seen.row[5]
    with pytest.raises(AttributeError, match="middle"):
        seen.row[4].middle  # noqa: B018


@pytest.mark.parametrize(
    ("kind", "value", "read"),
    [
        (opt(IntType(0, 2)), None, None),
        (opt(SetType(BOOL)), None, None),
        (opt(SetType(BOOL)), frozenset({True}), {True}),
        (opt(RecordType("R", (("a", BOOL),))), None, None),
        (SeqType(opt(TupleType((BOOL, BOOL))), 2), (None, (True, False)), (None, (True, False))),
    ],
)
def test_a_view_holds_none_where_there_may_be_a_set_or_a_record(kind: Type, value: Any, read: Any) -> None:
    assert wrapped(kind, value) == read
    assert unwrapped(read) == value


def test_a_view_shows_where_processes_stand() -> None:
    model = made_from(THINGS)
    program = compile_program(model())
    trace = walk(program, 1)
    worker = view(model, program, trace.states[1]).worker
    at = {name: worker[place].point for name, place in (("three", 3), ("four", 4))}
    assert sorted(at.values()) == ["looked", "start"]
    moved = worker[3 if at["three"] == "looked" else 4]
    assert moved.at("looked") and not moved.at("start") and not moved.finished
    assert moved.locals.keys() == {"seen"} and moved.locals["seen"] == moved.seen
    with pytest.raises(ValueError, match="stops at no 'lookd'; there are start, looked, done"):
        moved.at("lookd")
    with pytest.raises(AttributeError, match="'worker' keeps no local 'sen'"):
        moved.sen  # noqa: B018


def test_a_variable_in_the_place_of_an_inherited_parameter_is_seen_in_a_picture() -> None:
    source = (
        "class A(Model):\n    size = Param(3, Range(1, 9))\n    x = Var(Bool)\n"
        "    @action\n    def go(self):\n        self.x = True\n"
        "class B(A):\n    size = Var(Range(5))\n"
        "    def picture(self):\n        p = Picture()\n        p.node('x', self.size)\n        return p\n"
    )
    picture = state_picture(compile_program(made_from(source)()), (False, 4))
    assert [getattr(leaf, "label", None) for leaf in picture.leaves()] == ["4"]


def test_super_works_in_a_picture() -> None:
    model = made_from(
        "class A(Model):\n    x = Var(Range(3))\n    @action\n    def step(self):\n        self.x = 1\n"
        "    def picture(self):\n        p = Picture()\n        p.node('x', self.x)\n        return p\n"
        "class B(A):\n    def picture(self):\n        p = super().picture()\n"
        "        p.node('y', 'why')\n        return p\n"
    )
    program = compile_program(model())
    picture = state_picture(program, (2,))
    assert [getattr(leaf, "label", None) for leaf in picture.leaves()] == ["2", "why"]


# What is no part of the model, and what fails.


def drawn(body: str) -> Program:
    """The program of a model whose `picture` has this body."""
    head = "class Drawn(Model):\n    x = Var(Range(3))\n    @action\n    def step(self):\n        self.x = 1\n"
    return compile_program(_kept(head + f"    def picture(self):\n        {body}\n")())


_alive = []


def _kept(source: str) -> type:
    """A model whose class stays alive: a Program does not hold its class."""
    _alive.append(made_from(source))
    return _alive[-1]


def test_a_picture_and_what_only_it_calls_are_not_compiled() -> None:
    program = drawn("import math; return self.twice(math.pi)")
    assert has_picture(program)
    assert "twice" not in program.functions and "picture" not in program.functions


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ("return self.x", "TypeError: it returns 0, not a Picture"),
        ("return 1 // self.x", "ZeroDivisionError: integer division or modulo by zero"),
        (
            "p = Picture(); p.edge(1, 2); return p",
            "ValueError: arrows lead to or from 1, 2, which is not in the picture",
        ),
        ("p = Picture(); p.node(1); p.node(1); return p", "ValueError: the picture has two things with the id 1: give"),
        (
            "p = Picture(); p.node(1, colour='pink'); return p",
            "ValueError: 'pink' is no colour: there are plain, quiet",
        ),
        ("p = Picture(); p.node(1, shape='star'); return p", "ValueError: 'star' is no shape: there are box, circle"),
    ],
)
def test_a_picture_that_fails_is_an_error_with_its_line(body: str, problem: str) -> None:
    program = drawn(body)
    with pytest.raises(ModelError) as caught:
        frames(program, Trace(((0,),), ()))
    (said,) = caught.value.problems
    assert said.code == "U019"
    assert said.problem.startswith(f"the picture of Drawn fails: {problem}")
    assert said.span is not None and said.span.file.startswith("<model")
    within = "two things" in problem or "is no " in problem or "Zero" in problem
    assert said.span.line == (7 if within else 6)  # what is found in the end is said of the method


def test_a_method_with_more_parameters_is_no_picture() -> None:
    model = _kept(
        "class A(Model):\n    x = Var(Range(3))\n    def picture(self, y: Range(3)):\n        return y\n"
        "    @action\n    def step(self):\n        self.x = self.picture(1)\n"
    )
    program = compile_program(model())
    assert not has_picture(program) and "picture" in program.functions
    assert len(frames(program, Trace(((0,),), ()))) == 1


# Where things stand.


def test_everything_stays_where_it_is() -> None:
    first, second = Picture(), Picture()
    for picture, labels in (
        (first, {"a": "short", "c": "last"}),
        (second, {"a": "a long label", "b": "new", "c": "x"}),
    ):
        row = picture.group("row")
        for name, label in labels.items():
            row.node(name, label)
        picture.cells("cells", range(len(labels)), label="cells")
    places = arrange([first, second])
    assert [places.boxes[name].x for name in "abc"] == sorted(places.boxes[name].x for name in "abc")
    alone = arrange([first])
    assert places.boxes["a"].width > alone.boxes["a"].width  # room for the longest label of all
    assert ("cells", 2) in places.boxes and ("cells", 2) not in alone.boxes


def _boxes(document: str) -> list[tuple[str, ...]]:
    """Where the outlines of things stand, halos left out."""
    root = ElementTree.fromstring(document)
    shown = (
        each for each in root.iter() if each.tag in (f"{SVG}rect", f"{SVG}circle") and each.get("stroke") != "none"
    )
    names = ("x", "y", "width", "height", "cx", "cy", "r")
    return sorted(tuple(each.get(name, "") for name in names) for each in shown)


def test_nothing_moves_in_a_trace() -> None:
    program, trace = found("spec.classics.diehard:DieHard", "big_is_not_4")
    documents = frames(program, trace)
    assert len(documents) == len(trace) == 7
    assert len({tuple(_boxes(document)) for document in documents}) == 1
    assert len({ElementTree.fromstring(document).get("viewBox") for document in documents}) == 1


def test_what_is_drawn_keeps_its_place_when_its_neighbours_grow() -> None:
    pictures = []
    for label in ("a label that takes much room", ""):
        picture = Picture(arrange="row")
        picture.node("grows", label)
        picture.node("stays", "here")
        pictures.append(picture)
    bodies = paint(pictures).bodies
    first, second = (re.findall(r'x="([\d.]+)"[^>]*>here<', body) for body in bodies)
    assert first == second and len(first) == 1


def test_drawing_is_deterministic() -> None:
    program, trace = found("spec.classics.philosophers:Philosophers", "no_deadlock")
    assert frames(program, trace) == frames(program, trace)
    assert picture_svg(program, trace, "no_deadlock") == picture_svg(program, trace, "no_deadlock")


@pytest.mark.parametrize("name", MODELS)
def test_every_model_can_be_drawn(name: str) -> None:
    cls = load(name)
    entry = next(each for each in entries() if each.model == name)
    program = compile_model(
        cls, {key: parse_parameter(cls, key, str(value)) for key, value in entry.parameters.items()}
    )
    trace = walk(program, 12)
    for document in frames(program, trace):
        _check(document)


def _check(document: str) -> None:
    """Well formed, named for screen readers, without ids, and nothing leaves the paper."""
    root = ElementTree.fromstring(document)
    assert root.get("role") == "img" and root[0].tag == f"{SVG}title" and root[1].tag == f"{SVG}desc" and root[1].text
    assert not [each for each in root.iter() if each.get("id")]
    wide, tall = (float(part) for part in root.attrib["viewBox"].split()[2:])
    shift = next(each for each in root.iter(f"{SVG}g") if each.get("transform"))
    right, down = map(float, re.findall(r"[-\d.]+", shift.attrib["transform"]))
    for each in shift.iter(f"{SVG}rect"):
        x, y = float(each.attrib["x"]) + right, float(each.attrib["y"]) + down
        assert x >= 0 and y >= 0
        assert x + float(each.attrib["width"]) <= wide and y + float(each.attrib["height"]) <= tall


def test_an_arrow_goes_round_what_is_in_its_way() -> None:
    left, middle, right = Box(0, 0, 40, 40), Box(100, 0, 40, 40), Box(200, 0, 40, 40)
    straight = Router([left, right]).route(left, right)
    assert all(abs(straight.at(step / 20)[1] - 20) < 0.01 for step in range(21))
    round_it = Router([left, middle, right]).route(left, right)
    assert not any(middle.holds(*round_it.at(step / 60)) for step in range(61))
    assert not left.holds(*round_it.start) and not right.holds(*round_it.end)


def test_an_arrow_and_its_opposite_do_not_lie_on_one_another() -> None:
    left, right = Box(0, 0, 40, 40, True), Box(200, 0, 40, 40, True)
    router = Router([left, right])
    there, back = router.route(left, right, both_ways=True), router.route(right, left, both_ways=True)
    assert there.at(0.5)[1] < 14 and back.at(0.5)[1] > 26  # each leans out, to its own left
    loop = router.route(left, left)
    assert max(left.middle[1] - loop.at(step / 20)[1] for step in range(21)) > 24 or loop.at(0.5)[1] > 44


def test_long_values_are_broken_and_whole() -> None:
    value = ", ".join(f"Bucket(tophash=[{n}])" for n in range(9))
    lines = value_lines(value)
    assert all(len(line) <= 58 for line in lines)
    assert "".join(line.strip() for line in lines).replace(" ", "") == value.replace(" ", "")


# What stands out.


def test_what_a_step_changed_stands_out_and_nothing_else() -> None:
    program, trace = found("spec.classics.diehard:DieHard", "big_is_not_4")
    documents = frames(program, trace)
    assert changed(documents[0]) == ""
    assert "5 of 5" in changed(documents[1]) and "of 3" not in changed(documents[1])
    heavier = re.findall(r'stroke-width="([\d.]+)"', documents[1])
    assert {"1.4", "2.8"} <= set(heavier)  # not by colour alone


def test_an_arrow_that_goes_is_shown_once_more() -> None:
    pictures = []
    for targets in (("b",), ("c",), ("c",)):
        picture = Picture()
        for name in "abc":
            picture.node(name, name)
        for target in targets:
            picture.edge("a", target, bold=True)
        pictures.append(picture)
    bodies = paint(pictures).bodies
    assert [body.count('class="gone"') for body in bodies] == [0, 1, 0]
    assert [body.count('class="changed"') for body in bodies] == [0, 1, 0]


def test_text_from_a_model_cannot_break_the_drawing() -> None:
    picture = Picture()
    picture.node(1, '<b>&"\x00', note="</svg>")
    document = paint([picture]).document(0, "<t>", "&")
    assert "".join(ElementTree.fromstring(document).itertext()).count("<b>&") == 1


# The models' own pictures.


def test_the_collector_is_drawn_as_a_heap() -> None:
    program, trace = found("spec.gc.marking:Marking", "no_missed_mark", barrier="none", objects="1", goroutines="1")
    run = Interpreter(program)
    level = [each.state for each in run.initial() if each.state is not None]
    level = [each.state for state in level for each in run.successors(state) if each.state is not None]
    edges = [edge for state in level for edge in state_picture(program, state).edges]
    assert any(edge.bold and edge.label == "to be stored" and (edge.source, edge.target) == (0, 1) for edge in edges)
    last = {leaf.id: leaf for leaf in state_picture(program, trace.states[-1]).leaves()}
    assert last[1].colour == "white" and last[1].note == "in use, not marked"  # type: ignore[union-attr]
    assert last[0].colour == "black" and ("stack", 0) in last  # type: ignore[union-attr]


def test_the_map_is_drawn_as_bucket_arrays_old_above_new() -> None:
    cls = load("spec.go_map.mutants:WritesAhead")
    program = compile_model(cls, {"keys": 3})
    run = Interpreter(program)
    seen = None
    level = [each.state for each in run.initial() if each.state is not None]
    for _ in range(4):
        level = [each.state for state in level[:40] for each in run.successors(state) if each.state is not None]
        seen = next((state for state in level if view(cls, program, state).growing()), None)
        if seen is not None:
            break
    assert seen is not None
    picture = state_picture(program, seen)
    places = arrange([picture])
    old = [box for id, box in places.boxes.items() if isinstance(id, tuple) and id[0] == "old"]
    new = [box for id, box in places.boxes.items() if isinstance(id, tuple) and id[0] == "new"]
    assert old and new and max(box.y + box.height for box in old) < min(box.y for box in new)


def test_any_other_model_gets_its_variables_and_processes() -> None:
    program, trace = found("tests.support.workshop:Workshop", "benches_do_not_match")
    picture = state_picture(program, trace.states[-1])
    assert not has_picture(program)
    names = {name for leaf in picture.leaves() if isinstance(leaf, Table) for name, _ in leaf.rows}
    assert {"job", "drawer", "open"} <= names
    assert {"bench", "joiner[0]", "joiner[1]"} <= {leaf.id for leaf in picture.leaves()}


# The sheet, and other forms.


def test_a_sheet_has_every_step_in_words_and_what_it_shows() -> None:
    program, trace = found("spec.classics.diehard:DieHard", "big_is_not_4")
    words = " ".join(ElementTree.fromstring(picture_svg(program, trace, "big_is_not_4")).itertext())
    assert [step.name for step in trace.steps if step.name not in words] == []
    assert "State 7 violates big_is_not_4" in words
    assert "violates" not in picture_svg(program, trace)


def test_a_sheet_of_a_step_that_fails() -> None:
    program, trace = found("tests.support.workshop:Overflows", NO_FAILURE)
    assert isinstance(trace.end, Failing)
    words = " ".join(ElementTree.fromstring(picture_svg(program, trace, NO_FAILURE)).itertext())
    assert "up fails" in words and "4 does not fit in 'n'" in words
    assert frames(program, Trace((), (), end=Failing(None, trace.end.failure))) == ()


@pytest.mark.needs("resvg_py", "font_roboto")
def test_png_is_drawn_in_light_colours_with_text() -> None:
    picture = Picture()
    picture.cells("row", [Cell("text", "head", "black")], label="label")
    document = paint([picture]).document(0, "title", "words")
    drawing = png.picture_png(document)
    assert drawing.startswith(b"\x89PNG")
    assert len(drawing) > len(png.picture_png(document.replace("text</text>", "</text>")))


def test_no_custom_property_is_left_for_the_rasteriser() -> None:
    program, trace = found("spec.classics.diehard:DieHard", "big_is_not_4")
    resolved = png._resolved(picture_svg(program, trace, "big_is_not_4"))
    assert "var(" not in resolved and "prefers-color-scheme" not in resolved
    assert PALETTE["accent"][0] in resolved and PALETTE["accent"][1] not in resolved


def test_spaces_survive_the_rasteriser() -> None:
    """resvg drops runs of spaces, and those beside a `tspan`: `0 → 1` was `0→ 1`."""
    drawn = '<text x="1">a   b<tspan class="c d"> 1 </tspan>→ 2</text><title>a b</title>'
    assert png._resolved(drawn) == (
        '<text x="1">a\u00a0\u00a0\u00a0b<tspan class="c d">\u00a01\u00a0</tspan>→\u00a02</text><title>a b</title>'
    )


@pytest.mark.needs("resvg_py", "font_roboto")
def test_a_png_of_a_long_trace_shows_what_the_gallery_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """35 states of the map were 2,002 x 30,744 px: nobody could open that."""
    file = str(next(path for path in files() if path.name == "DoubleWrite-only_writes_change_values.itf.json"))

    def height(*more: str) -> int:
        out = tmp_path / "trace.png"
        monkeypatch.setattr(sys, "argv", ["evacheck", "show", file, "--png", "--out", str(out), *more])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        return int.from_bytes(out.read_bytes()[20:24], "big")

    some = height()
    assert " of 15 states; --all-states shows every one" in capsys.readouterr().out
    assert height("--all-states") > 2 * some


def test_png_without_its_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ImportError(name)

    monkeypatch.setattr(png.importlib, "import_module", missing)
    with pytest.raises(UsageError) as caught:
        png.picture_png("<svg/>")
    assert str(caught.value) == (
        "U017 a PNG needs the extra `png` (resvg_py is not installed)\n"
        "    Install it with `pip install 'evacheck[png]'`, or take the SVG."
    )


def test_graphml_is_read_back_by_networkx() -> None:
    program, trace = found("spec.classics.diehard:DieHard", "big_is_not_4")
    graph = state_graph(program, 100, trace)
    back = networkx.parse_graphml(to_graphml(graph))
    assert (len(back), back.number_of_edges()) == (len(graph), graph.number_of_edges())
    assert sum(data["path"] for _, data in back.nodes(data=True)) == len(set(trace.states))
    picture = networkx.parse_graphml(written_graphml(picture_graph(program, trace.states[-1])))
    assert picture.nodes["big.water.0"]["colour"] == "plain" and picture.nodes["big.water.4"]["colour"] == "blue"
