"""Orders show that formulas hold. Those that are damaged, that another automaton has made, or that are of what is
violated, do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

import pytest

from checker.certificates import certificate, manifest
from checker.certificates.reachable_set import NotClosed
from checker.certificates.recheck import Answer
from checker.check import check, engine
from checker.contract.order import Order
from checker.contract.task import NO_FAILURE, Task
from checker.contract.verdict import Exhausted, Violated
from checker.engines import fair_products
from checker.engines.common import orders as making
from checker.engines.common.tableau import Place, Tableau
from checker.errors import EngineBug
from tests.frontend.support import program
from tests.support import fair_models
from tests.support.certificates import certify, forget, only_wrong, rechecked
from tests.support.formulas import formulas_of, refuted, timed
from tests.support.locks import TEST_AND_SET
from tests.support.orders import any_order, confirm, made_for, reorder, values_for
from tests.support.plain_code import plain_code

SERVED = """
    @temporal
    def comes_in(self, t: Thread):
        return always(implies(self.thread[t].at("waits"), until(self.thread[t].at("waits"), self.held == t)))
"""
LOCK = program(TEST_AND_SET.replace("FAIR", "'strong'") + SERVED)
WEAK = program(TEST_AND_SET.replace("FAIR", "True") + SERVED)


def test_a_formula_that_holds_has_an_order() -> None:
    made = made_for(LOCK, "comes_in")
    confirm(LOCK, made, ("comes_in",))
    places = [place for order in made for place in order.paths]
    assert all(isinstance(place, tuple) for place in places)
    denied = [each for order in made for each in order.denies.values()]
    assert {type(each) for each in denied} == {int, tuple}  # promises, and threads
    assert any(len(path) > 1 for order in made for path in order.paths.values())


def test_one_that_does_not_hold_has_none() -> None:
    with pytest.raises(EngineBug, match="a fair behaviour stays"):
        made_for(WEAK, "comes_in")
    with pytest.raises(NotClosed, match="nothing strongly fair is denied"):
        confirm(WEAK, made_for(LOCK, "comes_in"), ("comes_in",))


def _with_paths(order: Order, change: Callable[[dict[Any, Any]], object]) -> Order:
    paths = dict(order.paths)
    change(paths)
    return replace(order, paths=paths)


def _damages(order: Order) -> Iterator[tuple[str, Order]]:
    inner = next(at for at, path in order.paths.items() if len(path) > 1)
    top = order.paths[inner][:1]
    waiting = next(at for at, path in order.paths.items() if isinstance(order.denies[path], int))
    taken = next(at for at, path in order.paths.items() if len(path) == 1 and isinstance(order.denies[path], tuple))
    until = order.denies[order.paths[waiting]]
    assert isinstance(until, int) and isinstance(inner, tuple)

    def denying(place: Any, what: Any) -> Order:
        return replace(order, denies={**order.denies, order.paths[place]: what})

    for place in order.paths:
        yield "has no path", _with_paths(order, lambda paths, place=place: paths.pop(place))
    for place in ((99, 0), (0, 0), (inner[0], 99), (inner[0], -1), inner[0], 99):
        yield "which there is not", _with_paths(order, lambda paths, place=place: paths.update({place: top}))
    yield "is not possible", _with_paths(order, lambda paths: paths.update({inner: top}))
    yield "a group is missing", _with_paths(order, lambda paths: paths.update({inner: ()}))
    yield "a group is missing", replace(order, denies={at: each for at, each in order.denies.items() if at != top})
    yield "until 0 does not wait", denying(taken, 0)
    yield "until 1 does not wait", denying(taken, 1)
    yield f"until {1 - until} does not wait", denying(waiting, 1 - until)
    yield "until 2 does not wait", denying(waiting, 2)
    yield "until -1 does not wait", denying(waiting, -1)
    yield "nothing is denied", denying(waiting, None)
    yield "nothing is denied", denying(taken, None)
    yield "what is denied is not fair", denying(taken, ("nobody", ()))
    yield "does not wait", replace(order, denies={**order.denies, top: until})
    deeper = (*order.paths[waiting], 0)
    within = _with_paths(order, lambda paths: paths.update({waiting: deeper}))
    yield "nothing strongly fair is denied", replace(within, denies={**order.denies, deeper: until})
    other = {at: ("thread", (1 - thing[1][0],)) for at, thing in order.denies.items() if isinstance(thing, tuple)}
    yield "takes what its group denies|is not possible", replace(order, denies={**order.denies, **other})
    upward = _with_paths(order, lambda paths: paths.update({at: (99 - it[0], *it[1:]) for at, it in paths.items()}))
    yield "goes up", replace(upward, denies={(99 - at[0], *at[1:]): each for at, each in order.denies.items()})


DAMAGES = list(_damages(made_for(LOCK, "comes_in")[0]))


@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_a_damaged_order_is_refused(number: int) -> None:
    words, bad = DAMAGES[number]
    with pytest.raises(NotClosed, match=words):
        confirm(LOCK, [bad, *made_for(LOCK, "comes_in")[1:]], ("comes_in",))


@pytest.mark.parametrize("seed", range(2))
def test_of_random_formulas_what_holds_has_an_order_and_no_order_shows_what_is_violated(seed: int) -> None:
    """What holds is what no short behaviour among all that there are denies."""
    draw, held, violated = Random(f"formula orders {seed}"), 0, 0
    while held < 5 or violated < 5:
        made = program(timed(fair_models.text(draw, 3), draw, depth=2))
        graph = fair_models.whole(made)
        for name, verdict in formulas_of(made, "reference").items():
            if isinstance(verdict, Exhausted):
                confirm(made, made_for(made, name), (name,))
                assert len(graph.states) > 3 or not refuted(made, name, graph, 6)
                held += 1
            elif isinstance(verdict, Violated) and len(verdict.trace) <= 6:
                assert refuted(made, name, graph, len(verdict.trace))
                for _ in range(5):
                    with pytest.raises(NotClosed):
                        confirm(made, [any_order(draw, made, name, each) for each in values_for(made, name)], (name,))
                violated += 1


# -- an automaton that is wrong ----------------------------------------------------------------------------------------

place = Tableau._place


def _settles_nothing(self: Tableau, conditions: int, given: int) -> Place | None:
    found = place(self, conditions, given)
    return None if found is None else Place(found.carried, 0, found.begins)


def _begins_nowhere(self: Tableau, conditions: int, given: int) -> Place | None:
    found = place(self, conditions, given)
    return None if found is None else Place(found.carried, found.settled, begins=False)


def _carries_all(self: Tableau, conditions: int, given: int) -> Place | None:
    found = place(self, conditions, given)
    return None if found is None else Place((1 << self.promises) - 1, found.settled, found.begins)


def _promises_nothing(self: Tableau, conditions: int, given: int) -> Place | None:
    return None if given else place(self, conditions, given)


FAULTS = {
    "no promise is ever settled": (_settles_nothing, "does not wait"),
    "a behaviour begins nowhere": (_begins_nowhere, "has no path"),
    "nothing is promised": (_promises_nothing, "has no path"),
}
"""What loses violations, and how that is noticed."""


@pytest.mark.parametrize("wrong", [*(wrong for wrong, _ in FAULTS.values()), _carries_all])
def test_an_order_by_a_wrong_automaton_is_refused_of_a_formula_that_holds_too(wrong: Any) -> None:
    with patch.object(Tableau, "_place", wrong):
        made = made_for(LOCK, "comes_in")
    with pytest.raises(NotClosed, match=r"does not wait|has no path"):
        confirm(LOCK, made, ("comes_in",))


@pytest.fixture
def weak(tmp_path: Path) -> str:
    """A model with a formula that is violated."""
    forget()
    path = tmp_path / "crossing.py"
    names = "Model, Opt, Range, Var, always, implies, leads_to, process, require, temporal, until"
    path.write_text(f"from evacheck import {names}\n\n{TEST_AND_SET.replace('FAIR', 'True')}{SERVED}")
    return f"{path}:Lock"


@pytest.mark.parametrize("fault", FAULTS)
def test_what_an_engine_says_to_hold_by_a_wrong_automaton_is_refuted(tmp_path: Path, weak: str, fault: str) -> None:
    wrong, words = FAULTS[fault]
    with patch.object(Tableau, "_place", wrong):
        written = certify(tmp_path / "certificate", weak)
    assert "comes_in" in written.properties
    found = only_wrong(tmp_path / "certificate")
    assert found.part == certificate.ORDERS and found.answer is Answer.REFUTED and words in found.words


def test_what_an_engine_says_to_hold_because_it_looks_for_nothing_gets_no_certificate(
    tmp_path: Path, weak: str
) -> None:
    with patch.object(fair_products, "fair_parts", lambda *_: []), pytest.raises(EngineBug, match="is said to hold"):
        certify(tmp_path / "certificate", weak)
    assert not (tmp_path / "certificate" / certificate.MANIFEST).exists()


# -- certificates ------------------------------------------------------------------------------------------------------


@pytest.fixture
def strong(tmp_path: Path, weak: str) -> str:
    path = Path(weak.rpartition(":")[0])
    path.write_text(path.read_text().replace("fair=True", "fair='strong'"))
    return weak


@pytest.mark.parametrize("by", ["reference", "explicit"])
def test_a_certificate_of_a_formula_is_decided_again(tmp_path: Path, strong: str, by: str) -> None:
    folder = tmp_path / "certificate"
    with plain_code():
        written = certify(folder, strong, by)
    assert {"comes_in", "served"} <= set(written.properties)
    assert manifest.read(folder).ordered == ("served", "comes_in")
    found, concluded = rechecked(folder)
    assert all(each.answer is Answer.CONFIRMED for each in found), found
    assert concluded["comes_in"] is Answer.CONFIRMED
    assert found[-1].words == "4 orders of states: no fair behaviour stays where it may not"


def test_a_file_of_orders_of_a_formula_that_is_damaged_is_refuted(tmp_path: Path, strong: str) -> None:
    folder = tmp_path / "certificate"
    certify(folder, strong)
    before = (folder / certificate.ORDERS).read_bytes()

    def last(**changed: Any) -> Callable[[list[Any]], list[Any]]:
        return lambda lines: [*lines[:-1], {**lines[-1], **changed}]

    def in_last(name: str, change: Callable[[list[Any]], list[Any]]) -> Callable[[list[Any]], list[Any]]:
        return lambda lines: [*lines[:-1], {**lines[-1], name: change(lines[-1][name])}]

    def other_until(denies: list[Any], number: object) -> list[Any]:
        return [[at, number if isinstance(it, int) else it] for at, it in denies]

    for damage, words in (
        (lambda lines: lines[:-1], "there is no order of 'comes_in'"),
        (last(arguments=[7]), "7"),
        (in_last("paths", lambda paths: [*paths, paths[0]]), "has two paths"),
        (in_last("paths", lambda paths: [paths[0][:1]]), "it is no order"),
        (in_last("paths", lambda paths: [[1, "0", 0]]), "is no number"),
        (in_last("paths", lambda paths: [[1, True, 0]]), "is no number"),
        (in_last("paths", lambda paths: [[one, 7, *rest] for one, _, *rest in paths[:1]]), "has no path"),
        (in_last("denies", lambda denies: other_until(denies, "0")), "is no order"),
        (in_last("denies", lambda denies: other_until(denies, True)), "is no number"),
        (in_last("denies", lambda denies: other_until(denies, 5)), "until 5 does not wait"),
    ):
        (folder / certificate.ORDERS).write_bytes(before)
        reorder(folder, damage)
        wrong = only_wrong(folder)
        assert (wrong.part, wrong.answer) == (certificate.ORDERS, Answer.REFUTED), wrong
        assert any(each in wrong.words for each in words.split("|")), wrong


def test_a_formula_with_too_many_places_gets_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the other kinds get theirs."""
    states = fair_models.whole(LOCK).states
    monkeypatch.setattr(making, "MOST_PLACES", 4 * len(states) - 1)
    task = Task(LOCK, ("served", "comes_in", NO_FAILURE), keep_going=True, certify=True)
    evidence = check(task, engine("reference")).evidence
    assert evidence is not None and evidence.ordered == ("served",)
    monkeypatch.setattr(making, "MOST_PLACES", 4 * len(states))
    evidence = check(task, engine("reference")).evidence
    assert evidence is not None and evidence.ordered == ("served", "comes_in")
