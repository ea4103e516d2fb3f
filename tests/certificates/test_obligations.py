"""Which obligations a proof of a program must have, and what may stand in the file of one."""

from __future__ import annotations

from collections import Counter

import pytest

from checker.certificates.obligations import is_plainly_false, not_denied, wrong_form, wrong_names
from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.frontend.load import compile_model
from checker.lang import Model, Range, Var, action, process, step
from tests.support.certificates import STEPS

POINTS = {"once from start": 1, "once from middle": 1, "twice from again": 2, "twice from between": 2}
EACH = {"plain": 1, "some": 6, "most": 64, "too_many": 1, **POINTS}


def names(steps: dict[str, int], **more: int) -> list[str]:
    """The names that every proof has, and more."""
    wanted = Counter({"initial": 1, "initial-loops": 1, **steps, **{f"{step}-loops": n for step, n in steps.items()}})
    return list((wanted + Counter({name.replace("_", "-"): n for name, n in more.items()})).elements())


def test_every_step_has_its_obligations_as_often_as_it_has_arguments_or_members() -> None:
    assert wrong_names(STEPS, ["small"], [], names(EACH)) == ""
    for name in set(names(EACH)):
        less = names(EACH)
        less.remove(name)
        assert wrong_names(STEPS, ["small"], [], less) == f"'{name}' is missing"
        number = EACH.get(name.removesuffix("-loops"), 1)
        said = f"'{name}' stands {number + 1} times, not {number}"
        assert wrong_names(STEPS, ["small"], [], [*less, name, name]) == said


def test_a_process_may_be_proved_for_all_its_points_at_once() -> None:
    at_once = {name: number for name, number in EACH.items() if not name.startswith("twice")} | {"twice": 2}
    assert wrong_names(STEPS, ["small"], [], names(at_once)) == ""
    assert wrong_names(STEPS, ["small"], [], names({**at_once, "twice": 1})) == (
        "'twice' is missing; 'twice-loops' is missing"
    )
    said = wrong_names(STEPS, ["small"], [], names({**EACH, "twice": 2}))
    assert said == "'twice' stands 2 times, not at all; 'twice-loops' stands 2 times, not at all"


def test_that_nothing_fails_needs_more_obligations() -> None:
    failures = {f"{name}-failure": number for name, number in {"initial": 1, **EACH}.items()}
    judged = {"small-failure": 1, "large-failure": 1, "over-failure": 1, "final-loops": 1}
    whole = [*names(EACH), *Counter({**failures, **judged}).elements()]
    assert wrong_names(STEPS, ["small", NO_FAILURE], [], whole) == ""
    for name in {**failures, **judged}:
        less = list(whole)
        less.remove(name)
        assert wrong_names(STEPS, ["small", NO_FAILURE], [], less) == f"'{name}' is missing"
    said = wrong_names(STEPS, ["small"], [], whole)
    assert said.endswith(f"; and {len(failures) + len(judged) - 3} more")
    assert wrong_names(STEPS, [NO_FAILURE], [], [*whole, "helps-failure"]).startswith("'helps-failure' stands 1 times")


def test_that_nothing_is_stuck_needs_its_own() -> None:
    stuck = [*names(EACH), "deadlock", "final-loops"]
    assert wrong_names(STEPS, [NO_DEADLOCK], [], stuck) == ""
    assert wrong_names(STEPS, [NO_DEADLOCK], [], stuck[:-1]) == "'final-loops' is missing"
    assert wrong_names(STEPS, [NO_DEADLOCK], [], [*stuck[:-2], "final-loops"]) == "'deadlock' is missing"
    assert wrong_names(STEPS, ["small"], [], stuck) == (  # and not what is missing if points are proved at once
        "'deadlock' stands 1 times, not at all; 'final-loops' stands 1 times, not at all"
    )


def test_what_never_happens_does_not_happen_at_the_start_nor_by_any_step() -> None:
    never = Counter({f"large-{name}": number for name, number in {"initial": 1, **EACH}.items()})
    whole = [*names(EACH), *never.elements()]
    assert wrong_names(STEPS, [], ["large"], whole) == ""
    for name in never:
        less = list(whole)
        less.remove(name)
        assert wrong_names(STEPS, [], ["large"], less) == f"'{name}' is missing"


class Onward(Model):
    """Two claims about steps."""

    x = Var(Range(9))

    @action
    def up(self, by: Range(2)):
        self.x = min(self.x + by, 8)

    @process
    def away(self):
        self.x = 8

    @step
    def grows(self, before):
        return self.x >= before.x

    @step
    def stays(self, before):
        return self.x <= before.x + 8


def test_what_is_said_of_steps_is_shown_for_each_step_if_it_is_proved_and_only_then() -> None:
    program = compile_model(Onward, {})
    steps = {"up": 2, "away from start": 1}
    for proved in ([], ["grows"], ["stays"], ["grows", "stays"]):
        own = Counter({f"{name}-{each}": number for name in proved for each, number in steps.items()})
        whole = [*names(steps), *own.elements()]
        assert wrong_names(program, proved, [], whole) == ""
        for name in own:
            less = list(whole)
            less.remove(name)
            assert wrong_names(program, proved, [], less) == f"'{name}' is missing"
    assert wrong_names(program, ["grows"], [], whole) == (
        "'stays-up' stands 2 times, not at all; 'stays-away from start' stands 1 times, not at all"
    )


def test_three_differences_are_named_and_the_others_counted() -> None:
    gone = [name for name in names(EACH) if not name.startswith(("plain", "initial"))]
    assert wrong_names(STEPS, ["small"], [], gone) == (
        "'initial' is missing; 'initial-loops' is missing; 'plain' is missing; and 1 more"
    )
    assert wrong_names(STEPS, ["small"], [], [*gone, "plain-loops"]) == (
        "'initial' is missing; 'initial-loops' is missing; 'plain' is missing"
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("(set-logic QF_BV)\n(check-sat)\n", ""),
        ("; ( not a command\n(check-sat) ; nor ) this", ""),
        ("(assert ; ) in between\n true)(check-sat)", ""),
        ('(set-info :source "a ) and ( a |")(check-sat)', ""),
        ('(declare-fun |a ) " ( b| () Bool)(check-sat)', ""),
        ("()(check-sat)", ""),
        ("(check-sat)(exit)", ""),
        ("(exit)(check-sat)", "text stands behind its exit"),
        ("(check-sat)(exit)(exit)", "text stands behind its exit"),
        ("(check-sat)(assert true)", "'assert' stands after its check-sat"),
        ("(check-sat)(assert true)(exit)", "'assert' stands after its check-sat"),
        ("", ""),
        ("(assert true)", ""),
        ("(check-sat) x", "text stands outside of its commands"),
        ("x (check-sat)", "text stands outside of its commands"),
        ("(check-sat))", "text stands outside of its commands"),
        ("  (assert (not true)", "the command at letter 3 has no end"),
        ("(a)(b (c)", "the command at letter 4 has no end"),
        ('(set-info :source "a)(check-sat)', "a text in it has no end"),
        ("|a (check-sat)", "a text in it has no end"),
    ],
)
def test_what_stands_where_in_an_obligation(text: str, problem: str) -> None:
    assert wrong_form(text) == problem


@pytest.mark.parametrize(
    ("text", "false"),
    [
        ("(assert false)", True),
        ("(assert true)(assert\n  false ; indeed\n)(check-sat)", True),
        ("(assert (not false))", False),
        ("(assert |false|)", False),
        ('(set-info :source "(assert false)")', False),
        ("; (assert false)\n(assert true)", False),
        ("(assert false", False),
    ],
)
def test_an_assertion_that_is_the_word_false(text: str, false: bool) -> None:
    assert is_plainly_false(text) is false


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("(a)(assert x)(assert (not y))(check-sat)(exit)", "(a)\n(assert x)\n(check-sat)\n(exit)"),
        ("(assert x) ; (assert y)\n(check-sat)", "(check-sat)"),
        ("(assertion x)(assert y)(assertion z)", "(assertion x)\n(assertion z)"),
        ("(check-sat)", None),
        ("(assertion x)", None),
        ("", None),
    ],
)
def test_without_its_last_assertion_a_formula_denies_nothing(text: str, left: str | None) -> None:
    if left is None:
        with pytest.raises(ValueError, match="it asserts nothing"):
            not_denied(text)
    else:
        assert not_denied(text) == left
