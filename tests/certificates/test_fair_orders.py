"""Orders of states show that temporal properties hold. Those that are damaged, or of what is violated, do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checker.certificates import certificate, manifest
from checker.certificates.fair_orders import Orders
from checker.certificates.reachable_set import NotClosed
from checker.certificates.recheck import Answer
from checker.check import check, engine
from checker.contract.order import Order
from checker.contract.task import NO_FAILURE, Task
from checker.contract.verdict import Exhausted, Violated
from checker.errors import EngineBug, UsageError
from tests.frontend.support import program
from tests.support import fair_models
from tests.support.certificates import certify, only_wrong, rechecked, rewrite
from tests.support.locks import TEST_AND_SET
from tests.support.orders import any_order, confirm, made_for, reached, reorder, values_for
from tests.support.plain_code import plain_code

LOCK = program(TEST_AND_SET.replace("FAIR", "'strong'"))
"""Where another thread has the lock, one that waits can do nothing: the groups of these states lie within others."""

ENDS = """
class Ends(Model):
    x = Var(Range(4))
    y = Var(Bool)
    @action(fair="weak")
    def up(self):
        require(self.x < 3)
        self.x = self.x + 1
    @action
    def idles(self):
        require(self.x < 3)
        self.y = not self.y
    @KIND
    def p(self):
        return WHAT
"""


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        ("eventually", "self.x == 3"),
        ("leads_to", "self.x == 1, self.x == 2"),
        ("always_eventually", "self.x >= 2"),
        ("eventually_always", "self.x == 3"),
    ],
)
def test_every_kind_of_property_has_an_order_if_it_holds_and_none_if_not(kind: str, what: str) -> None:
    holds = program(ENDS.replace("KIND", kind).replace("WHAT", what))
    confirm(holds, made_for(holds, "p"), ("p",))
    unfair = program(ENDS.replace("KIND", kind).replace("WHAT", what).replace('(fair="weak")', ""))
    with pytest.raises(EngineBug, match="a fair behaviour stays"):
        made_for(unfair, "p")
    with pytest.raises(NotClosed, match="what is denied is not fair"):
        confirm(unfair, made_for(holds, "p"), ("p",))


def test_a_lock_that_is_strongly_fair_has_groups_within_groups() -> None:
    made = made_for(LOCK, "served")
    confirm(LOCK, made, ("served",))
    assert any(len(path) > 1 for order in made for path in order.paths.values())


def _with_paths(order: Order, change: Callable[[dict[int, Any]], None]) -> Order:
    paths = dict(order.paths)
    change(paths)
    return replace(order, paths=paths)


def _damages(order: Order) -> Iterator[tuple[str, Order]]:
    first, *_ = order.paths
    inner = next(at for at, path in order.paths.items() if len(path) > 1)
    top = order.paths[inner][:1]
    yield "has no path", _with_paths(order, lambda paths: paths.pop(first))
    yield "has no path", _with_paths(order, lambda paths: paths.pop(inner))
    yield "which there is not", _with_paths(order, lambda paths: paths.update({99: top}))
    yield "which there is not", _with_paths(order, lambda paths: paths.update({0: top}))
    yield "is not possible", _with_paths(order, lambda paths: paths.update({inner: top}))
    yield "a group is missing", replace(order, denies={at: each for at, each in order.denies.items() if at != top})
    yield "a group is missing", _with_paths(order, lambda paths: paths.update({inner: ()}))
    yield "what is denied is not fair", replace(order, denies=dict.fromkeys(order.denies, ("nobody", ())))
    yield (
        "nothing is denied",
        replace(order, denies={at: each if at == top else None for at, each in order.denies.items()}),
    )
    yield "nothing is denied", replace(order, denies={**order.denies, top: None})
    other = {at: ("thread", (1 - thing[1][0],)) for at, thing in order.denies.items() if thing is not None}
    yield "takes what its group denies|is not possible", replace(order, denies=other)
    yield (
        "goes up",
        _with_paths(order, lambda paths: paths.update({at: (9 - path[0], *path[1:]) for at, path in paths.items()})),
    )


DAMAGES = [(words, bad) for words, bad in _damages(made_for(LOCK, "served")[0])]


@pytest.mark.parametrize("number", range(len(DAMAGES)))
def test_a_damaged_order_is_refused(number: int) -> None:
    words, bad = DAMAGES[number]
    if words == "goes up":
        bad = replace(bad, denies={(9 - at[0], *at[1:]): each for at, each in bad.denies.items()})
    with pytest.raises(NotClosed, match=words):
        confirm(LOCK, [bad, *made_for(LOCK, "served")[1:]], ("served",))


def test_what_a_step_within_a_group_takes_is_not_denied_there() -> None:
    """It goes to and fro, and does all that it owes."""
    source = """
class Flips(Model):
    x = Var(Range(2))
    @action(fair="weak")
    def flips(self):
        self.x = 1 - self.x
    @eventually_always
    def p(self):
        return self.x == 0
"""
    order = Order("p", (), {1: (0,), 2: (0,)}, {(0,): ("flips", ())})
    with pytest.raises(NotClosed, match="takes what its group denies"):
        confirm(program(source), [order], ("p",))


def test_what_no_group_denies_may_be_taken() -> None:
    """All states together are no group: what is written of the empty path says nothing."""
    one, other = made_for(LOCK, "served")
    for thing in {each for each in one.denies.values() if each is not None}:
        confirm(LOCK, [replace(one, denies={**one.denies, (): thing}), other], ("served",))


def test_an_order_too_few_or_too_many_is_refused() -> None:
    one, other = made_for(LOCK, "served")
    for given, words in (
        ([one], "there is no order of 'served' for"),
        ([one, other, other], "that is not asked for"),
        ([one, replace(other, arguments=(5,))], "that is not asked for"),
    ):
        with pytest.raises(NotClosed, match=words):
            confirm(LOCK, given, ("served",))


def test_a_weakly_fair_thread_that_can_do_nothing_now_and_then_is_denied_nothing() -> None:
    """The same order of a lock whose threads are weakly fair, which starves one."""
    weak = program(TEST_AND_SET.replace("FAIR", "True"))
    with pytest.raises(NotClosed, match="a path goes on where nothing strongly fair is denied"):
        confirm(weak, made_for(LOCK, "served"), ("served",))


def test_states_that_stand_for_others_bear_no_order() -> None:
    alike = program(TEST_AND_SET.replace("FAIR", "'strong'").replace("Range(2)", "Range(2, symmetric=True)"))
    with pytest.raises(NotClosed, match="states that stand for others"):
        Orders(alike, reached(alike), ("served",))


@pytest.mark.parametrize("seed", range(2))
def test_of_random_models_what_holds_has_an_order_and_no_order_shows_what_is_violated(seed: int) -> None:
    draw, held, violated = Random(f"orders {seed}"), 0, 0
    while held < 4 or violated < 4:
        made = program(fair_models.text(draw))
        for name, verdict in fair_models.said(made, "reference").verdicts.items():
            if isinstance(verdict, Exhausted):
                confirm(made, made_for(made, name), (name,))
                held += 1
            elif isinstance(verdict, Violated):
                for _ in range(5):
                    with pytest.raises(NotClosed):
                        confirm(made, [any_order(draw, made, name, each) for each in values_for(made, name)], (name,))
                violated += 1


# -- certificates ------------------------------------------------------------------------------------------------------

STRONG = "spec.classics.locks:TestAndSetStrong"


@pytest.fixture
def strong(tmp_path: Path) -> Path:
    certify(tmp_path, STRONG)
    return tmp_path


@pytest.mark.parametrize("by", ["reference", "explicit"])
def test_a_certificate_of_what_comes_in_the_end_is_decided_again(tmp_path: Path, by: str) -> None:
    with plain_code():
        written = certify(tmp_path, STRONG, by)
    assert "who_waits_comes_in" in written.properties
    assert manifest.read(tmp_path).ordered == ("who_waits_comes_in",)
    found, concluded = rechecked(tmp_path)
    assert (
        all(each.answer is Answer.CONFIRMED for each in found) and concluded["who_waits_comes_in"] is Answer.CONFIRMED
    )
    assert found[-1].words == "2 orders of states: no fair behaviour stays where it may not"


def test_a_file_of_orders_that_is_damaged_is_refuted(strong: Path) -> None:
    before = (strong / certificate.ORDERS).read_bytes()
    for damage, words in (
        (lambda lines: lines[:1], "there is no order of"),
        (lambda lines: [*lines, lines[0]], "that is not asked for"),
        (lambda lines: [{**lines[0], "property": "nothing"}, lines[1]], "is no temporal property"),
        (lambda lines: [{**lines[0], "paths": [[1, 0], [1, 1]]}, lines[1]], "has two paths"),
        (lambda lines: [{**lines[0], "denies": [*lines[0]["denies"], lines[0]["denies"][0]]}, lines[1]], "two things"),
        (lambda lines: [{**lines[0], "denies": [[[0], ["nobody", []]]]}, lines[1]], "it is no order"),
        (lambda lines: [{**lines[0], "paths": [["1", 0]]}, lines[1]], "is no number"),
        (lambda lines: [{"property": "who_waits_comes_in"}, lines[1]], "it is no order"),
        (lambda lines: [[], lines[1]], "it is no order"),
    ):
        (strong / certificate.ORDERS).write_bytes(before)
        reorder(strong, damage)
        wrong = only_wrong(strong)
        assert (wrong.part, wrong.answer) == (certificate.ORDERS, Answer.REFUTED) and words in wrong.words, wrong
    (strong / certificate.ORDERS).write_bytes(before[: len(before) // 2])
    assert "was changed" in only_wrong(strong).words
    rewrite(strong, lambda data: None)
    assert "cannot be read" in only_wrong(strong).words


def test_a_manifest_that_claims_a_temporal_property_without_orders_is_refuted(strong: Path) -> None:
    def rests(*kinds: str) -> Callable[[dict[str, Any]], None]:
        return lambda data: data["properties"]["who_waits_comes_in"].update(rests_on=list(kinds))

    def without(data: dict[str, Any]) -> None:
        rests("states")(data)
        del data["orders"]
        data["files"] = [each for each in data["files"] if each["file"] != certificate.ORDERS]

    rewrite(strong, rests("orders"))
    with pytest.raises(UsageError, match="rests on"):
        manifest.read(strong)
    rewrite(strong, rests("states"))
    with pytest.raises(UsageError, match="what its properties rest on is not what it holds"):
        manifest.read(strong)
    rewrite(strong, without)
    assert "a temporal property, rests on orders of states" in only_wrong(strong).words


def test_a_manifest_that_counts_other_orders_or_names_them_for_a_state_property_is_refuted(strong: Path) -> None:
    rewrite(strong, lambda data: data.update(orders=3))
    assert only_wrong(strong).words == "the manifest says 3 orders, and there are 2"
    rewrite(strong, lambda data: data["properties"][NO_FAILURE].update(rests_on=["states", "orders"]))
    assert "is no temporal property, and rests on no orders" in only_wrong(strong).words


def test_what_is_violated_and_what_has_too_many_states_gets_no_order(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = program(TEST_AND_SET.replace("FAIR", "True"))
    task = Task(weak, ("served", NO_FAILURE), keep_going=True, certify=True)
    evidence = check(task, engine("reference")).evidence
    assert evidence is not None and not evidence.ordered
    monkeypatch.setattr("checker.engines.common.orders.MOST", 1)
    evidence = check(replace(task, program=LOCK), engine("reference")).evidence
    assert evidence is not None and not evidence.ordered
