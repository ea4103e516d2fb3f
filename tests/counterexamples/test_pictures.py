"""Pictures: where things stand, what stands out, and what each model draws."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import networkx
import pytest

from checker.commands.catalogue import entries
from checker.commands.run import compiled, parameter_text
from checker.contract.task import NO_FAILURE
from checker.contract.trace import Failing, Trace
from checker.frontend.load import compile_model, load
from checker.lang import Picture
from checker.lang.picture import Table
from checker.lang.view import view
from checker.semantics import Interpreter
from counterexamples.draw.drawing.paint import paint
from counterexamples.draw.drawing.places import Box, arrange, value_lines
from counterexamples.draw.drawing.routes import Router
from counterexamples.draw.graph import picture_graph, state_graph, to_graphml, written_graphml
from counterexamples.draw.pictures import frames, has_picture, picture_svg, state_picture
from tests.support.pictures import SVG, changed, found, walk

MODELS = list(dict.fromkeys(entry.model for entry in entries()))


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
    entry = next(each for each in entries() if each.model == name)
    program = compiled(name, {key: parameter_text(value) for key, value in entry.parameters.items()})
    trace = walk(program, 4)
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


def test_graphml_is_read_back_by_networkx() -> None:
    program, trace = found("spec.classics.diehard:DieHard", "big_is_not_4")
    graph = state_graph(program, 100, trace)
    back = networkx.parse_graphml(to_graphml(graph))
    assert (len(back), back.number_of_edges()) == (len(graph), graph.number_of_edges())
    assert sum(data["path"] for _, data in back.nodes(data=True)) == len(set(trace.states))
    picture = networkx.parse_graphml(written_graphml(picture_graph(program, trace.states[-1])))
    assert picture.nodes["big.water.0"]["colour"] == "plain" and picture.nodes["big.water.4"]["colour"] == "blue"
