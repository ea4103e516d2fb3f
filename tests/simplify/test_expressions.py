"""Each rule by itself, node for node: what printed text does not show, such as conversions, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Kind
from checker.ir.traverse import children
from checker.ir.types import ArrayType, BoolType, IntType, NoneType, OptType, RecordType, SeqType, SetType, Type, Value
from checker.simplify.expressions import Expressions, Inline, _always_once, _is_closed, _mapped, uses_of
from checker.simplify.facts import Facts, Looks

HERE = Span("rules.py", 1, 1)
BOOL, N, WIDE, FEW = BoolType(), IntType(0, 3), IntType(0, 9), IntType(0, 1)
SET, SEQ, ARRAY, RECORD = SetType(N), SeqType(N, 2), ArrayType(FEW, N), RecordType("R", (("a", N), ("b", BOOL)))


def local(name: str, kind: Type = N) -> ir.Local:
    return ir.Local(HERE, kind, name)


def const(value: Value, kind: Type = N) -> ir.Const:
    return ir.Const(HERE, kind, value)


def converted(operand: Expr, kind: Type, checked: bool = False) -> ir.Convert:
    return ir.Convert(HERE, kind, operand, Kind.STORE, checked)


def either(condition: Expr, then: Expr, otherwise: Expr) -> ir.IfElse:
    return ir.IfElse(HERE, then.type, condition, then, otherwise)


def junction(op: str, *operands: Expr) -> ir.BoolOp:
    return ir.BoolOp(HERE, BOOL, op, operands)


def denied(operand: Expr) -> ir.Unary:
    return ir.Unary(HERE, BOOL, "not", operand)


def plus(left: Expr, right: Expr) -> ir.Binary:
    return ir.Binary(HERE, IntType(0, 99), "+", left, right)


def made(kind: Type, *items: Expr) -> ir.Make:
    return ir.Make(HERE, kind, items)


def rounds(op: str, kind: Type, body: Expr, *generators: ir.Generator) -> ir.Comprehension:
    return ir.Comprehension(HERE, kind, op, body, generators)


def over(domain: Expr, condition: Expr | None = None, name: str = "v", kind: Type = N) -> ir.Generator:
    return ir.Generator(name, kind, domain, condition)


def call(name: str, *arguments: Expr, kind: Type = N) -> ir.Call:
    return ir.Call(HERE, kind, name, arguments)


A, B, C, P, Q, R = local("a"), local("b"), local("c"), local("p", BOOL), local("q", BOOL), local("r", BOOL)
V, YES, NO = local("v"), const(True, BOOL), const(False, BOOL)
X = ir.Variable(HERE, N, "x")
FAILS = ir.Compare(HERE, BOOL, "==", ir.Index(HERE, N, local("s", SEQ), const(0)), A)
"""An item of a sequence, which may not be there."""
SMALL = Inline(("y",), ir.Binary(HERE, IntType(0, 99), "*", local("y"), const(2)))
TWICE = Inline(("y",), plus(local("y"), local("y")))
BOTH = Inline(("y", "z"), plus(local("y"), local("z")))
PICKS = Inline(("y",), either(P, local("y"), const(0)))
INLINES = {"small": SMALL, "twice": TWICE, "both": BOTH, "picks": PICKS}
CHANGES = dict.fromkeys([*INLINES, "other"], frozenset[str]()) | {"turn": frozenset({"x"})}


def rules() -> Expressions:
    """With nothing known."""
    return Expressions(Facts(Looks(CHANGES, {})), INLINES)


def simple(expr: Expr) -> Expr:
    return rules().rewrite(expr)


OPT, OPT_SET = OptType(N), OptType(SET)
WIDER = converted(A, WIDE)
CHECKED = converted(local("w", WIDE), N, checked=True)
OTHER = replace(CHECKED, operand=local("u", WIDE))
CONVERSIONS: list[tuple[Expr, Expr]] = [
    (converted(A, N), A),
    (converted(A, WIDE, checked=True), WIDER),
    (CHECKED, CHECKED),
    (converted(WIDER, N), A),
    (converted(WIDER, IntType(0, 5)), converted(A, IntType(0, 5))),
    (converted(CHECKED, WIDE), converted(CHECKED, WIDE)),
    (converted(const(2), WIDE), const(2, WIDE)),
    (converted(either(YES, OTHER.operand, local("w", WIDE)), N), converted(OTHER.operand, N)),
    (converted(either(P, A, const(1)), OPT), either(P, converted(A, OPT), const(1, OPT))),
    (converted(either(P, WIDER, converted(B, WIDE)), N), either(P, A, B)),
    (converted(made(SEQ, A, B), ARRAY), made(ARRAY, A, B)),
    (converted(made(SEQ, A), SeqType(OPT, 2)), converted(made(SEQ, A), SeqType(OPT, 2))),
    (converted(made(ARRAY, A, B), ArrayType(FEW, WIDE)), converted(made(ARRAY, A, B), ArrayType(FEW, WIDE))),
    (converted(local("s", SEQ), ARRAY), converted(local("s", SEQ), ARRAY)),
    (
        converted(converted(local("o", OPT_SET), SET), OPT_SET),
        converted(converted(local("o", OPT_SET), SET), OPT_SET),
    ),
    (converted(converted(call("other", kind=OPT_SET), NoneType()), OPT),) * 2,
    (
        converted(converted(local("o", OPT_SET), NoneType()), OPT),
        const(None, OPT),
    ),
]


@pytest.mark.parametrize(("expr", "wanted"), CONVERSIONS)
def test_a_conversion_goes_as_far_in_as_it_can(expr: Expr, wanted: Expr) -> None:
    assert simple(expr) == wanted


JUNCTIONS: list[tuple[Expr, Expr]] = [
    (junction("and", P, junction("and", Q, R)), junction("and", P, Q, R)),
    (junction("and", P, junction("or", Q, R)), junction("and", P, junction("or", Q, R))),
    (junction("and", P, YES, Q), junction("and", P, Q)),
    (junction("or", P, NO, Q), junction("or", P, Q)),
    (junction("and", YES, P), P),
    (junction("or", NO, P), P),
    (junction("and", P, NO, Q), NO),
    (junction("or", P, YES, Q), YES),
    (junction("or", FAILS, YES, Q), junction("or", FAILS, YES)),
    (junction("and", P, FAILS, NO, Q), junction("and", P, FAILS, NO)),
    (junction("and", YES, YES), YES),
    (junction("and", P, P), P),
    (denied(denied(P)), P),
    (denied(P), denied(P)),
    (ir.Unary(HERE, IntType(-3, 0), "-", ir.Unary(HERE, IntType(-3, 0), "-", A)),) * 2,
    (either(YES, A, B), A),
    (either(NO, A, B), B),
    (either(P, A, B), either(P, A, B)),
    (either(P, either(P, A, B), either(P, A, B)), either(P, A, B)),
]


@pytest.mark.parametrize(("expr", "wanted"), JUNCTIONS)
def test_what_does_not_matter_is_left_out_and_what_can_fail_is_not(expr: Expr, wanted: Expr) -> None:
    assert simple(expr) == wanted


ONE = made(SET, A)
LONG = plus(plus(A, B), plus(B, C))
IN_SOME = ir.Compare(HERE, BOOL, "in", V, local("some", SET))
A_IN_SOME = replace(IN_SOME, left=A)
ONCE: list[tuple[Expr, Expr]] = [
    (rounds("any", BOOL, IN_SOME, over(ONE)), A_IN_SOME),
    (rounds("all", BOOL, IN_SOME, over(ONE)), A_IN_SOME),
    (rounds("any", BOOL, IN_SOME, over(ONE, P)), junction("and", P, A_IN_SOME)),
    (rounds("all", BOOL, IN_SOME, over(ONE, P)), junction("or", denied(P), A_IN_SOME)),
    (rounds("all", BOOL, IN_SOME, over(ONE, denied(P))), junction("or", P, A_IN_SOME)),
    (rounds("set", SET, V, over(ONE)), ONE),
    (rounds("array", ArrayType(IntType(0, 0), N), C, over(ONE)), made(ArrayType(IntType(0, 0), N), C)),
    *(
        (each, each)
        for each in (
            rounds("set", SET, V, over(ONE, P)),
            rounds("sum", N, V, over(ONE)),
            rounds("min", N, V, over(ONE)),
            rounds("max", N, V, over(ONE)),
            rounds("any", BOOL, IN_SOME, over(ONE), over(ONE, name="u")),
            rounds("any", BOOL, IN_SOME, over(made(SET, A, B))),
            rounds("any", BOOL, IN_SOME, over(made(SET, CHECKED))),
            rounds("any", BOOL, IN_SOME, over(made(SET, A), kind=WIDE)),
            rounds("any", BOOL, FAILS, over(ONE)),
            rounds("any", BOOL, IN_SOME, over(ONE, FAILS)),
        )
    ),
]


@pytest.mark.parametrize(("expr", "wanted"), ONCE)
def test_a_loop_of_one_round_is_its_body_if_that_may_be(expr: Expr, wanted: Expr) -> None:
    assert simple(expr) == wanted


def test_a_member_of_more_than_three_nodes_is_written_once_only() -> None:
    domain = made(SetType(LONG.type), LONG)
    member = local("v", LONG.type)
    twice = ir.Compare(HERE, BOOL, "<", member, ir.Binary(HERE, IntType(0, 198), "+", member, A))
    assert simple(rounds("any", BOOL, twice, over(domain, kind=LONG.type))).__class__ is ir.Comprehension
    once = ir.Compare(HERE, BOOL, "<", member, A)
    assert simple(rounds("any", BOOL, once, over(domain, kind=LONG.type))) == replace(once, left=LONG)
    short = plus(A, B)
    domain = made(SetType(short.type), short)
    assert uses_of(simple(rounds("any", BOOL, twice, over(domain, kind=LONG.type))), "b") == 2


def test_a_filter_is_known_in_the_rounds_that_it_lets_through_and_nowhere_else() -> None:
    asks, some = junction("and", P, IN_SOME), local("t", SET)
    assert simple(rounds("any", BOOL, asks, over(some, P))) == rounds("any", BOOL, IN_SOME, over(some, P))
    assert simple(rounds("any", BOOL, asks, over(some, denied(P)))) == rounds("any", BOOL, NO, over(some, denied(P)))
    inner = over(local("u", SET), name="u")
    later = rounds("any", BOOL, asks, over(some, P), inner)
    assert simple(later) == replace(later, body=IN_SOME)
    one = rules()
    one.rewrite(rounds("any", BOOL, asks, over(some, P)))
    assert one.rewrite(P) == P


def test_what_one_round_changes_is_not_known_in_another() -> None:
    one = rules()
    one.facts.restrict(X, frozenset({1}))
    one.facts.restrict(A, frozenset({1}))
    asked = ir.Compare(HERE, BOOL, "==", call("turn"), plus(X, A))
    found = one.rewrite(rounds("any", BOOL, asked, over(local("t", SET))))
    assert found == rounds("any", BOOL, replace(asked, right=plus(X, const(1))), over(local("t", SET)))
    assert (one.rewrite(X), one.rewrite(A)) == (X, const(1))


@pytest.mark.parametrize(
    ("domain", "kind", "wanted"),
    [
        (ir.Every(HERE, SetType(IntType(4, 4))), IntType(4, 4), const(4, IntType(4, 4))),
        (ir.Every(HERE, SET), N, None),
        (const((2,), SEQ), N, const(2)),
        (const((2, 3), SEQ), N, None),
        (const((), SEQ), N, None),
        (const(frozenset({3}), SET), N, const(3)),
        (const(frozenset({1, 3}), SET), N, None),
        (const(frozenset(), SET), N, None),
        (ONE, N, A),
        (ONE, WIDE, None),
        (made(SET, A, B), N, None),
        (made(SET), N, None),
        (made(SET, CHECKED), N, None),
        (local("s", SET), N, None),
    ],
)
def test_the_only_member_of_a_domain(domain: Expr, kind: Type, wanted: Expr | None) -> None:
    assert rules().only(over(domain, kind=kind)) == wanted


def _twice_two(expr: Expr) -> Expr:
    return replace(SMALL.result, left=expr)  # type: ignore[type-var]


CALLS: list[tuple[Expr, Expr]] = [
    (call("small", A), _twice_two(A)),
    (call("small", CHECKED), _twice_two(CHECKED)),
    (call("small", call("other")), call("small", call("other"))),
    (call("small", ir.Choose(HERE, N, ONE)), call("small", ir.Choose(HERE, N, ONE))),
    (call("twice", A), plus(A, A)),
    (call("twice", CHECKED), call("twice", CHECKED)),
    (call("twice", plus(A, B)), plus(plus(A, B), plus(A, B))),
    (call("twice", LONG), call("twice", LONG)),
    (call("small", LONG), _twice_two(LONG)),
    (call("both", A, CHECKED), plus(A, CHECKED)),
    (call("both", CHECKED, B), plus(CHECKED, B)),
    (call("both", CHECKED, OTHER), call("both", CHECKED, OTHER)),
    (call("both", CHECKED, CHECKED), plus(CHECKED, replace(CHECKED, checked=False))),
    (call("picks", A), either(P, A, const(0))),
    (call("picks", CHECKED), call("picks", CHECKED)),
    (call("other", A), call("other", A)),
]


@pytest.mark.parametrize(("expr", "wanted"), CALLS)
def test_a_small_helper_takes_the_place_of_a_call_where_arguments_are_evaluated_as_before(
    expr: Expr, wanted: Expr
) -> None:
    assert simple(expr) == wanted
    words = rules().rewrite(expr, verbatim=True)
    assert words.__class__ is ir.Call, "where its text must stay it is a call"


def test_what_a_call_may_change_is_not_known_after_it_and_what_a_check_has_shown_is() -> None:
    one = rules()
    one.facts.restrict(X, frozenset({1}))
    one.facts.restrict(A, frozenset({1}))
    assert one.rewrite(call("other", X)) == call("other", const(1))
    assert one.rewrite(X) == const(1)
    one.rewrite(call("turn"))
    assert (one.rewrite(X), one.rewrite(A)) == (X, const(1))
    one.rewrite(CHECKED)
    assert one.facts.possible(local("w", WIDE)) == {0, 1, 2, 3}
    assert one.rewrite(CHECKED) == replace(CHECKED, checked=False)


def test_an_argument_that_was_checked_in_a_call_is_checked_where_the_helper_stands() -> None:
    """What arguments have shown is forgotten: they are evaluated there and not before."""
    assert simple(plus(call("small", CHECKED), CHECKED)) == plus(_twice_two(CHECKED), replace(CHECKED, checked=False))


SAMPLES: list[tuple[Expr, int]] = [
    (ir.Index(HERE, N, local("s", ARRAY), local("i", FEW)), 0),
    (ir.Index(HERE, N, local("s", SEQ), local("i", FEW)), 1),
    (ir.Attribute(HERE, N, local("d", RECORD), "a"), 0),
    (ir.Unary(HERE, N, "len", local("s", SEQ)), 0),
    (plus(A, B), 0),
    (ir.Binary(HERE, N, "//", A, B), 2),
    (ir.Compare(HERE, BOOL, "<", A, B), 0),
    (junction("and", P, Q, R), 0),
    (either(P, A, B), 0),
    (converted(A, WIDE), 0),
    (CHECKED, 1),
    (made(SEQ, A, B), 0),
    (ir.Replace(HERE, RECORD, local("d", RECORD), "a", A), 0),
    (ir.Append(HERE, SEQ, local("s", SEQ), A), 1),
    (ir.Without(HERE, SEQ, local("s", SEQ), local("i", FEW)), 1),
    (rounds("sum", N, V, over(ir.Steps(HERE, SetType(N), A, B, 1))), 0),
    (ir.Steps(HERE, SetType(N), A, B, 1), 0),
    (rounds("any", BOOL, IN_SOME, over(local("t", SET), P), over(local("u", SET), name="u")), 0),
    (ir.Choose(HERE, N, local("t", SET)), 0),
    (call("other", A, B), 0),
]


@pytest.mark.parametrize(("expr", "quoted"), SAMPLES)
def test_all_that_stands_inside_becomes_simpler_but_what_a_message_quotes(expr: Expr, quoted: int) -> None:
    """Each part is put as one of two that are alike, by a condition that is known. `quoted` is the number, from 1, of
    the part whose text stays."""
    parts = list(children(expr))
    for number, part in enumerate(parts, 1):
        count = iter(range(1, len(parts) + 1))
        harder = _mapped(expr, lambda each, n=number, c=count: either(YES, each, each) if next(c) == n else each)  # type: ignore[misc]
        assert [*children(harder)] == [either(YES, each, each) if each is part else each for each in parts]
        assert simple(harder) == (harder if number == quoted else expr), number
        assert rules().rewrite(harder, verbatim=True) == harder


@pytest.mark.parametrize("expr", [A, X, const(1), ir.Every(HERE, SET)])
def test_what_has_no_parts_stays(expr: Expr) -> None:
    assert _mapped(expr, lambda _: B) is expr and simple(expr) == expr


def test_what_is_quoted_keeps_its_text_and_loses_only_checks() -> None:
    harder = plus(either(YES, A, B), converted(B, WIDE, checked=True))
    assert rules().quoted(harder) == replace(harder, right=converted(B, WIDE))
    assert rules().quoted(harder.right) == converted(B, WIDE)
    assert rules().quoted(plus(A, B)) == plus(A, B)


def test_what_is_quoted_after_all_keeps_the_checks_that_it_had() -> None:
    """What its simpler form would have shown is not known: it is evaluated as it was written."""
    for checks in (plus(either(YES, A, B), CHECKED), plus(either(YES, A, B), plus(CHECKED, OTHER))):
        assert rules().quoted(checks) == checks
        whole = converted(checks, N, checked=True)
        assert simple(whole) == whole
    one = rules()
    one.quoted(plus(either(YES, A, B), CHECKED))
    assert one.rewrite(CHECKED) == replace(CHECKED, checked=False), "and after it they have been made"


def test_what_mentions_constants_only_and_is_quick_is_worked_out() -> None:
    every = rounds("sum", WIDE, V, over(ir.Every(HERE, SET)))
    assert _is_closed(every) and simple(every) == const(6, WIDE)
    assert not _is_closed(plus(A, const(1))) and not _is_closed(X) and not _is_closed(rounds("sum", N, V, over(ONE)))
    sets = SetType(SetType(IntType(0, 9)))
    assert _is_closed(ir.Compare(HERE, BOOL, "in", const(frozenset(), sets.item), ir.Every(HERE, sets)))
    more = SetType(SetType(IntType(0, 10)))
    assert not _is_closed(ir.Compare(HERE, BOOL, "in", const(frozenset(), more.item), ir.Every(HERE, more)))
    assert simple(ir.Every(HERE, SET)) == ir.Every(HERE, SET)


@pytest.mark.parametrize(
    ("expr", "once"),
    [
        (A, True),
        (plus(A, B), True),
        (plus(B, plus(B, A)), True),
        (plus(A, A), False),
        (B, False),
        (either(ir.Compare(HERE, BOOL, "<", A, B), B, C), True),
        (either(P, A, B), False),
        (either(P, B, A), False),
        (junction("or", ir.Compare(HERE, BOOL, "<", A, B), P), True),
        (junction("or", P, ir.Compare(HERE, BOOL, "<", A, B)), False),
        (rounds("any", BOOL, IN_SOME, over(ONE)), False),
    ],
)
def test_a_local_is_evaluated_once_whatever_happens(expr: Expr, once: bool) -> None:
    assert _always_once(expr, "a") is once
