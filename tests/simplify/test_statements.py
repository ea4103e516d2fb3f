"""Each rule of statements by itself, node for node: what is left of a body, and what is known after it."""

from __future__ import annotations

import pytest

from checker.errors import Span
from checker.ir import nodes as ir
from checker.ir.nodes import Expr, Stmt
from checker.ir.types import BoolType, IntType, SeqType, SetType, Type, Value
from checker.simplify.facts import Facts, Looks
from checker.simplify.statements import Statements

HERE = Span("rules.py", 1, 1)
BOOL, N = BoolType(), IntType(0, 3)
Body = tuple[Stmt, ...]


def local(name: str, kind: Type = N) -> ir.Local:
    return ir.Local(HERE, kind, name)


def const(value: Value, kind: Type = N) -> ir.Const:
    return ir.Const(HERE, kind, value)


def let(name: str, value: Expr | int) -> ir.Assign:
    return ir.Assign(HERE, local(name), const(value) if isinstance(value, int) else value)


def if_(condition: Expr, then: Body = (), otherwise: Body = ()) -> ir.If:
    return ir.If(HERE, condition, then, otherwise)


def is_(name: str, value: int) -> ir.Compare:
    return ir.Compare(HERE, BOOL, "==", local(name), const(value))


def while_(condition: Expr, *body: Stmt) -> ir.While:
    return ir.While(HERE, condition, body)


def for_(domain: Expr, *body: Stmt) -> ir.For:
    return ir.For(HERE, ir.Generator("v", N, domain, None), body)


P, Q = local("p", BOOL), local("q", BOOL)
YES, NO = const(True, BOOL), const(False, BOOL)
FAILS = ir.Compare(HERE, BOOL, "==", ir.Index(HERE, N, local("s", SeqType(N, 2)), const(0)), local("a"))
TURN, LOOK = (ir.Call(HERE, N, name, ()) for name in ("turn", "look"))
ONE, SOME = const(frozenset({2}), SetType(N)), local("some", SetType(N))
BREAK, CONTINUE, RETURN = ir.Break(HERE), ir.Continue(HERE), ir.Return(HERE, None)
S, T = let("s", 1), let("t", 2)
DENIED = ir.Unary(HERE, BOOL, "not", P)


def rules() -> Statements:
    """With nothing known. `turn` changes x."""
    return Statements(Facts(Looks({"turn": frozenset({"x"}), "look": frozenset()}, {})), {})


CASES: dict[str, tuple[Body, Body]] = {
    "what was assigned is known": ((let("a", 1), if_(is_("a", 1), (S,), (T,))), (let("a", 1), S)),
    "until it is assigned anew": (
        (let("a", 1), let("a", LOOK), if_(is_("a", 1), (S,))),
        (let("a", 1), let("a", LOOK), if_(is_("a", 1), (S,))),
    ),
    "a decided condition leaves one branch": ((if_(YES, (S,), (T,)), if_(NO, (S,), (T,))), (S, T)),
    "of two empty branches nothing is left": ((if_(P),), ()),
    "nothing to do if it is so": ((if_(P, (), (S,)),), (if_(P, (), (S,)),)),
    "nothing to do if it is not so": ((if_(P, (S,), ()),), (if_(P, (S,), ()),)),
    "what can fail is asked": ((if_(FAILS),), (if_(FAILS),)),
    "each branch knows how it came out": (
        (if_(P, (if_(P, (S,), (T,)),), (if_(P, (S,), (T,)),)),),
        (if_(P, (S,), (T,)),),
    ),
    "either branch may have been taken": (
        (if_(P, (let("a", 1),), (let("a", 2),)), if_(is_("a", 3), (S,)), if_(is_("a", 2), (T,))),
        (if_(P, (let("a", 1),), (let("a", 2),)), if_(is_("a", 2), (T,))),
    ),
    "what a branch that returns has shown": ((if_(P, (RETURN,)), if_(P, (S,), (T,))), (if_(P, (RETURN,)), T)),
    "what the other has, that returns": (
        (if_(P, (), (RETURN,)), if_(P, (S,), (T,))),
        (if_(P, (), (RETURN,)), S),
    ),
    "what a branch that leaves the loop has shown": (
        (while_(Q, if_(P, (BREAK,)), if_(P, (S,), (T,))),),
        (while_(Q, if_(P, (BREAK,)), T),),
    ),
    "what a branch that goes on has shown": (
        (while_(Q, if_(P, (S, CONTINUE)), if_(P, (S,), (T,))),),
        (while_(Q, if_(P, (S, CONTINUE)), T),),
    ),
    "nothing follows": (
        (while_(Q, BREAK, S), while_(P, CONTINUE, S), RETURN, S),
        (while_(Q, BREAK), while_(P, CONTINUE), RETURN),
    ),
    "what is required is known": (
        (ir.Require(HERE, P), if_(P, (S,), (T,)), ir.Require(HERE, P), ir.Require(HERE, YES)),
        (ir.Require(HERE, P), S),
    ),
    "and what is asserted": (
        (ir.Assert(HERE, P, ""), ir.Assert(HERE, P, "words"), if_(P, (S,), (T,))),
        (ir.Assert(HERE, P, ""), S),
    ),
    "what nobody uses is not evaluated": (
        (ir.Evaluate(HERE, local("a")), ir.Evaluate(HERE, LOOK), ir.Evaluate(HERE, FAILS)),
        (ir.Evaluate(HERE, LOOK), ir.Evaluate(HERE, FAILS)),
    ),
    "a loop of one round is its body": ((for_(ONE, let("a", local("v"))),), (let("v", 2), let("a", 2))),
    "unless it is left": ((for_(ONE, if_(P, (BREAK,)), S),), (for_(ONE, if_(P, (BREAK,)), S),)),
    "or goes on early": ((for_(ONE, if_(P, (CONTINUE,)), S),), (for_(ONE, if_(P, (CONTINUE,)), S),)),
    "a loop within it may be": (
        (for_(ONE, while_(Q, if_(P, (BREAK,)), S)),),
        (let("v", 2), while_(Q, if_(P, (BREAK,)), S)),
    ),
    "what a loop changes is not known in it, nor after it": (
        (
            let("a", 1),
            let("b", 1),
            for_(SOME, if_(is_("a", 1), (S,)), if_(is_("b", 1), (T,)), let("a", 2)),
            if_(is_("a", 1), (S,)),
        ),
        (let("a", 1), let("b", 1), for_(SOME, if_(is_("a", 1), (S,)), T, let("a", 2)), if_(is_("a", 1), (S,))),
    ),
    "a loop that is never entered is none": ((while_(NO, S), T), (T,)),
    "what a loop goes on by is known in it and denied after it": (
        (while_(P, if_(P, (S,), (T,)), ir.Assign(HERE, P, Q)), if_(P, (S,), (T,))),
        (while_(P, S, ir.Assign(HERE, P, Q)), T),
    ),
    "but not where it is left otherwise": (
        (while_(P, ir.Assign(HERE, P, Q), if_(Q, (BREAK,))), if_(P, (S,), (T,))),
        (while_(P, ir.Assign(HERE, P, Q), if_(Q, (BREAK,))), if_(P, (S,), (T,))),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_body_becomes_simpler(name: str) -> None:
    before, after = CASES[name]
    assert rules().body(before) == after


@pytest.mark.parametrize(
    ("body", "returned"),
    [
        ((if_(P, (ir.Return(HERE, const(1)),)), ir.Return(HERE, const(3))), {1, 3}),
        ((if_(is_("a", 1), (ir.Return(HERE, local("a")),)), ir.Return(HERE, const(3))), {1, 3}),
        ((if_(P, (RETURN,)), ir.Return(HERE, const(3))), None),
        ((if_(P, (ir.Return(HERE, const(3)),)), RETURN), None),
        ((if_(P, (ir.Return(HERE, local("some", SetType(N))),)), ir.Return(HERE, const(3))), None),
        ((S,), set()),
    ],
)
def test_what_a_helper_may_return_is_known_if_all_of_it_is(body: Body, returned: set[int] | None) -> None:
    one = rules()
    one.body(body)
    assert one.returned == returned
    assert one.facts.dead is (body[-1] is not S)


def process(*blocks: ir.Block) -> ir.Process:
    """One that starts in its first block."""
    points = (ir.Point("start", ("start",), 0, frozenset()), ir.Point("end", ("end",), None, frozenset()))
    return ir.Process("walk", None, {"p": BOOL}, blocks, points, "point", {}, HERE)


ASKS = (if_(P, (S,), (T,)),)
END = ir.Yield(1)


@pytest.mark.parametrize(
    ("first", "then", "otherwise"),
    [
        (ir.Branch(P, 1, 2), (S,), (T,)),
        (ir.Branch(P, 2, 1), (T,), (S,)),
        (ir.Branch(P, 1, 1), ASKS, ASKS),
        (ir.Branch(Q, 1, 2), ASKS, ASKS),
        (ir.Jump(1), ASKS, ASKS),
        (ir.Branch(P, 0, 1), (T,), ASKS),
        (ir.Branch(YES, 1, 2), ASKS, ASKS),
        (END, ASKS, ASKS),
    ],
    ids=str,
)
def test_a_block_knows_what_led_to_it_if_only_one_way_did(first: ir.Terminator, then: Body, otherwise: Body) -> None:
    """A branch that goes on in the same block either way shows nothing there."""
    blocks = rules().blocks(process(ir.Block((), first), ir.Block(ASKS, END), ir.Block(ASKS, END)))
    assert [each.body for each in blocks[1:]] == [then, otherwise]
    assert blocks[0].end == (ir.Jump(1) if first == ir.Branch(YES, 1, 2) else first)
