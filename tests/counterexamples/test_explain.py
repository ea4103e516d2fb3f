"""Explanations: what decided, what mattered, and that leaving out the rest leaves the same violation."""

from __future__ import annotations

import textwrap
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from checker.check import check
from checker.commands.common import open_trace
from checker.contract.judge import claim
from checker.contract.replay import confirm
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.trace import Trace
from checker.contract.wording import trace_of
from checker.engines.common.shorten import shortened
from checker.engines.reference import ReferenceEngine
from checker.errors import ModelError
from checker.frontend.load import compile_model, load
from checker.ir import nodes as ir
from checker.ir.nodes import Program
from checker.ir.traverse import expressions, walk_expressions
from checker.semantics import Interpreter
from counterexamples.corpus.files import place
from counterexamples.explain.blame import Part, blame, decisive
from counterexamples.explain.conclusion import ending, slice_of
from counterexamples.explain.explanation import explain
from counterexamples.explain.explanation_text import render_explained
from counterexamples.explain.text import plain, render
from counterexamples.explain.watch import Watch
from tests.frontend.support import program as program_of
from tests.support.random_models import REFUSALS, RandomModel, models
from tests.support.slices import check_slice, shown, wandering


def found(model: str, name: str, **parameters: Any) -> tuple[Program, Trace]:
    program = compile_model(load(model), parameters)
    trace = trace_of(check(Task(program, (name,)), ReferenceEngine()).verdicts[name])
    assert trace is not None
    return program, trace


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(models())
def test_what_did_not_matter_can_be_left_out(model: RandomModel) -> None:
    try:
        program = model.program()
    except ModelError as error:
        assert {problem.code for problem in error.problems} <= REFUSALS
        return
    for trace in wandering(program, 1, 12):
        for name in shown(program, trace):
            check_slice(program, trace, name)
    try:
        outcome = check(Task(program, (NO_FAILURE,), Budget(max_states=300)), ReferenceEngine())
    except ModelError as error:
        assert [problem.code for problem in error.problems] == ["E104"]  # no initial state
        return
    failing = trace_of(outcome.verdicts[NO_FAILURE])
    if failing is not None and failing.states:
        check_slice(program, failing, NO_FAILURE)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("tests.support.workshop:Workshop", "benches_do_not_match"),
        ("tests.support.workshop:Uneven", NO_FAILURE),
        ("spec.classics.philosophers:Philosophers", NO_DEADLOCK),
        ("spec.article.double_write:DoubleWrite", "reads_are_current"),
    ],
)
def test_every_explanation_fits_into_80_columns_and_ends_with_why(model: str, name: str) -> None:
    program, trace = found(model, name)
    text = plain(render_explained(program, trace, name))
    assert max(map(len, text.splitlines())) <= 80
    assert f"Why {name} is violated" in text and len(explain(program, trace, name).sentences) > 0


def test_the_waiting_philosophers_say_for_what() -> None:
    program, trace = found("spec.classics.philosophers:Philosophers", NO_DEADLOCK)
    first = explain(program, trace, NO_DEADLOCK).sentences[0]
    assert first == "philosopher[0] waits until self.holder[fork] is None: now fork = 1, self.holder[fork] = 1."


def test_a_long_trace_is_made_as_short_as_the_shortest() -> None:
    program, shortest = found("tests.support.workshop:Workshop", "drawer_is_used")
    for seed in range(20):
        for trace in wandering(program, seed, 40):
            if "drawer_is_used" in shown(program, trace):
                small = shortened(program, "drawer_is_used", trace)
                assert len(small) == len(shortest)
                confirm(program, "drawer_is_used", claim(program, "drawer_is_used"), small)
                return
    raise AssertionError("no walk used the drawer")


def test_what_is_not_known_counts_as_all_that_mattered() -> None:
    """For an invariant that an engine found, every step was called beside the point."""
    program, trace = found("spec.article.double_write:DoubleWrite", "reads_are_current")
    assert all(slice_of(program, trace, "no property of the model").relevant)


def test_slices_do_leave_something_out() -> None:
    """Else the random models would show nothing."""
    program = compile_model(load("tests.support.workshop:Workshop"), {})
    gone = [
        check_slice(program, trace, name)
        for seed in range(5)
        for trace in wandering(program, seed, 30)
        for name in shown(program, trace)
    ]
    assert sum(gone) > 20


LEMMA = """
class Lemma(Model):
    s = Var(SetOf(Range(3)))

    @action
    def put(self):
        self.s = {2}

    @lemma
    def out(self, k: Range(3)):
        return k not in self.s and all(k > j for j in Range(3) if j > 5)
"""


def test_the_value_of_a_lemmas_parameter_is_no_reason_by_itself() -> None:
    """`cut is false` was said of a parameter; and of a domain of which nothing fitted, that there was nothing in it."""
    program = program_of(LEMMA)
    trace = trace_of(check(Task(program, ("out",)), ReferenceEngine()).verdicts["out"])
    assert trace is not None
    (sentence,) = explain(program, trace, "out").sentences
    assert sentence == "out is false: k not in self.s is false: k = 2; self.s = {2}."
    empty = program_of(LEMMA.replace("k not in self.s and all(", "not all("))
    trace = trace_of(check(Task(empty, ("out",)), ReferenceEngine()).verdicts["out"])
    assert trace is not None
    (sentence,) = explain(empty, trace, "out").sentences
    assert sentence.endswith("if j > 5) is true: nothing in Range(3) fits.")


def test_membership_in_a_set_of_what_may_be_none_is_quoted_whole() -> None:
    """Found by the gallery: the front end spells it out as `any`, and the call in front of `in` was quoted for it."""
    program, trace, name = open_trace(place("spec.go_map.collected:CollectedMap", "dropped_while_marking_survives"))
    (part,) = ending(Watch(program), trace, name).parts
    texts = set()

    def gather(part: Part) -> None:
        texts.add(part.text)
        for each in part.parts:
            gather(each)

    gather(part)
    assert "self.array(a) in self.marked" in texts and "self.array(a)" not in texts


# What an explanation quotes.

QUOTED = '''
class Quoted(Model):
    """Two."""

    T = Range(2)
    n = Var(Range(4))
    s = Var(SetOf(Range(4)))

    def seen(self):
        return {x for x in self.s if x > 0}

    def small(self, more: Bool):
        return self.n == 0 or not more

    @process(T)
    def p(self, t: T):
        kept = self.n
        self.n = min(3, self.n + 1)
        yield "did it"
        self.s = self.s | {self.n}
        yield "did more"
        self.n = kept

    @always
    def few(self):
        return len(self.seen()) < 2

    @always
    def nobody(self):
        return not self.p[0].at("did it")

    @always
    def somebody(self):
        return self.n == 0 or self.p[0].at("start", "did more")

    @always
    def negated(self):
        return not (self.n == 2)

    @always
    def either(self):
        return not (self.n == 0 or (self.n == 1 or self.n == 2))

    @always
    def chain(self):
        return 2 <= self.n <= 3 and self.n != 7

    @always
    def local(self):
        return self.n == 0 or self.p[1].kept < 1

    @always
    def named(self):
        return self.small(self.n > 1 and self.n != 7)

    @always
    def spread(self):
        """Over several lines."""
        if self.n == 3:
            return True
        return all(
            x < 3
            # a comment
            for x in self.s
        ) and (
            self.n < 2
        )
'''


def decided(name: str) -> tuple[str, ...]:
    """What decided that a property of `Quoted` is false, at the end of a shortest trace."""
    program = program_of(QUOTED)
    trace = trace_of(check(Task(program, (name,)), ReferenceEngine()).verdicts[name])
    assert trace is not None
    return ending(Watch(program), trace, name).sentences


def test_the_number_of_what_a_helper_returns_is_not_called_what_it_returns() -> None:
    """`len(self.seen()) < 2` was explained with `self.seen() = 2`."""
    assert decided("few") == (
        "few is false: len(self.seen()) < 2 is false: len(self.seen()) = 2; self.seen() = {1, 2}.",
    )


def test_a_len_stands_where_its_author_asks_for_it() -> None:
    """It had the place of its argument, and so everything that quotes by place took the argument for it."""
    judged = next(each for each in program_of(QUOTED).properties if each.name == "few")
    found = [
        inner
        for statement in judged.function.body
        for outer in expressions(statement)
        for inner in walk_expressions(outer)
        if isinstance(inner, ir.Unary) and inner.op == "len"
    ]
    line = "        return len(self.seen()) < 2"
    assert [each.span.column for each in found] == [line.index("len") + 1]


@pytest.mark.parametrize(("name", "said"), [
    ("nobody", 'not self.p[0].at("did it") is false: self.p[0] = did it'),
    ("somebody", 'self.n == 0 is false: self.n = 1; and self.p[0].at("start") is false: '
     'self.p[0] = did it; and self.p[0].at("did more") is false: self.p[0] = did it'),
])  # fmt: skip
def test_where_a_process_stands_is_asked_as_it_was_written(name: str, said: str) -> None:
    assert decided(name) == (f"{name} is false: {said}.",)


def test_a_comparison_that_was_negated_is_quoted_with_its_not() -> None:
    """`not (self.n == 2)` was said to be false as `self.n == 2`."""
    assert decided("negated") == ("negated is false: not (self.n == 2) is false: self.n = 2.",)


def test_of_several_alternatives_the_one_is_named_that_is_true() -> None:
    """`a or (b or c)` was quoted as `a`, whichever was true."""
    assert decided("either") == ("either is false: self.n == 0 is true: self.n = 0.",)
    program = program_of(QUOTED)
    start = next(iter(Interpreter(program).initial())).state
    assert start is not None
    parts = blame(Watch(program), "either", (2, *start[1:])).parts
    assert [part.text for _, part in decisive(parts)] == ["self.n == 2"]


def test_a_part_of_a_chain_of_comparisons_is_not_called_by_the_whole() -> None:
    assert decided("chain") == ("chain is false: 2 <= self.n is false: self.n = 0.",)


def test_a_local_of_a_process_is_not_called_where_the_process_stands() -> None:
    """`self.p[1].kept` was quoted as `self.p[1]`."""
    (sentence,) = decided("local")
    assert "self.p[1].kept < 1 is false: self.p[1].kept = 1" in sentence


def test_a_condition_that_a_helper_was_given_is_said_as_the_caller_wrote_it() -> None:
    """It stood there as `more is true`, which says nothing; the gallery left it out altogether."""
    assert decided("named") == (
        "named is false: self.n == 0 is false: self.n = 2; and self.n > 1 is true: self.n = 2; "
        "and self.n != 7 is true: self.n = 2.",
    )


def test_a_property_is_quoted_with_all_its_lines() -> None:
    program = program_of(QUOTED)
    trace = trace_of(check(Task(program, ("spread",)), ReferenceEngine()).verdicts["spread"])
    assert trace is not None
    shown = plain(render(program, trace, "spread"))
    code = QUOTED.partition('"""Over several lines."""\n')[2]
    assert textwrap.indent(textwrap.dedent(code), " " * 9) in shown


LONG = """
class Long(Model):
    x = Var(Range(2))

    @action
    def up(self):
        self.x = 1

    @always
    def small(self):
        n = 0
        while n < 50:
            n += 1
        return self.x < 1
"""


def test_a_property_that_goes_by_many_conditions_is_explained_by_the_last_of_them() -> None:
    """One that walks the heap of the map's collector was explained in 1,101 lines."""
    program = program_of(LONG)
    trace = trace_of(check(Task(program, ("small",)), ReferenceEngine()).verdicts["small"])
    assert trace is not None
    parts = ending(Watch(program), trace, "small").parts
    assert parts[0].text == "(39 conditions before these are not shown)" and len(parts) == 14
    shown = plain(render(program, trace, "small"))
    assert "n < 50 is false: n = 50" in shown and "n = 30" not in shown and "self.x < 1 is false: self.x = 1" in shown
