"""What verdicts rest on, as it is printed: proofs, steps that refute one, and tables of several engines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from checker.check import check, engine, select
from checker.commands import report_proofs
from checker.commands.report_catalogue import examined_lines
from checker.commands.run import Examined, PropertyRow
from checker.contract.task import NO_DEADLOCK, Outcome, Stats, Task
from checker.contract.trace import Trace
from checker.contract.verdict import Bounded, Exhausted, NotInductive, Proved, Unknown, Unreachable, Verdict, Violated
from checker.frontend.load import compile_model
from checker.lang import Model, Range, Var, action, always
from checker.semantics import Step
from counterexamples.explain.text import plain, source_line
from tests.support.commands import entry
from tests.support.pair import Pair

PAIR = compile_model(Pair, {})
STEPS = Trace(((9, 4), (10, 5)), (Step("both", (), None, ()),))
CTI = NotInductive("not_apart", ("same",), STEPS)
OPEN = Unknown("not inductive: 'both' breaks it", CTI)


def outcome(verdicts: dict[str, Verdict], *parts: Outcome) -> Outcome:
    return Outcome(("e",), verdicts, Stats(), parts=parts)


def proofs(**verdicts: Verdict) -> str:
    return plain(report_proofs.proof_lines(outcome(verdicts)))


def test_a_proof_is_a_sentence() -> None:
    assert proofs(p=Exhausted(3)) == ""
    assert proofs(p=Proved(), q=Proved()) == "\np, q: proved by induction over 1 step.\n"
    assert proofs(p=Proved(2, ("a",), ("c",))) == (
        "\np: proved by induction over 2 steps with the lemma a; c was not needed.\n"
    )
    assert proofs(p=Proved(1, ("a", "b"), ("c", "d"))) == (
        "\np: proved by induction over 1 step with the lemmas a, b; c, d were not needed.\n"
    )
    assert proofs(p=Proved(0)) == "\np: proved, for no behaviour is longer than those looked at.\n"
    assert proofs(p=Unreachable(None), q=Unreachable(3)) == "\np: proved never to happen, at any depth.\n"


def test_what_was_found_is_listed() -> None:
    assert proofs(p=Proved(1, (), (), ("a >= 0", "b in s"))) == (
        "\np: proved by induction over 1 step.\n"
        "Invariants that were found and proved on the way:\n    a >= 0\n    b in s\n"
    )
    assert proofs(p=Proved(1, (), (), ("a >= 0",)), q=Proved(1, (), (), ("a >= 0", "b in s"))) == (
        "\np, q: proved by induction over 1 step.\n"
        "Invariants that were found and proved on the way:\n    a >= 0\n    b in s\n"
    )


def test_a_lemma_that_was_not_proved_is_named() -> None:
    def shown(**verdicts: Verdict) -> str:
        return plain(report_proofs.unproved_lines(PAIR, outcome(verdicts)))

    assert shown(twenty=Proved()) == (
        "\nsame: not proved, and no proof rests on it. `--engine induction --property same`\n  shows why.\n"
    )
    assert shown(twenty=Proved(1, ("same",))) == shown(twenty=Proved(1, (), ("same",))) == "", "it was proved"
    assert shown(twenty=Proved(), same=Unknown("")) == "", "it has a line of its own"
    broken = replace(OPEN, not_inductive=replace(CTI, broken="same"))
    assert shown(twenty=Proved(), not_apart=broken) == "", "its steps are shown"
    assert shown(twenty=Proved(0)) == shown(twenty=Exhausted(3)) == "", "nobody tried"


def test_the_steps_that_refute_a_proof_are_shown_once() -> None:
    shown = plain(report_proofs.refuted_lines(PAIR, outcome({"not_apart": OPEN, NO_DEADLOCK: OPEN})))
    place = next(each.function.body[0].span for each in PAIR.properties if each.name == "not_apart")
    ran = PAIR.actions[0].body[0].span
    assert shown == (
        "\n"
        "No proof of not_apart, no_deadlock: not inductive: 'both' breaks it.\n"
        "In its first state these hold: same.\n"
        "The first state may be unreachable: this refutes the proof, not the property.\n"
        "\n"
        "  1  a state that the claims allow\n"
        "       a  9\n"
        "       b  4\n"
        "\n"
        "  2  both\n"
        "       a  9 -> 10\n"
        "       b  4 -> 5\n"
        "\n"
        "  State 2 violates not_apart\n"
        "       Not inductive by itself.\n"
        f"       {place.file}:{place.line}\n"
        f"         {source_line(place)}\n"
        "       self.a == 10 is true: self.a = 10\n"
        "       self.b != 10 is true: self.b = 5\n"
        "  The step that breaks it went through\n"
        f"       {ran.file}:{ran.line}  {source_line(ran)[:50]}\n"
        f"       {ran.file}:{ran.line + 1}  {source_line(replace(ran, line=ran.line + 1))[:50].rstrip()}\n"
    )


def test_what_others_decided_gets_a_sentence() -> None:
    merged = outcome({"not_apart": Exhausted(3)}, outcome({"not_apart": OPEN}))
    assert plain(report_proofs.refuted_lines(PAIR, merged)) == (
        "\nnot_apart: no proof, not inductive: 'both' breaks it. `--engine induction` shows\n  the step.\n"
    )
    broken = {"not_apart": OPEN, "twenty": Violated(STEPS)}
    assert plain(report_proofs.refuted_lines(PAIR, outcome(broken))).startswith("\nnot_apart: no proof, ")
    assert (
        report_proofs.refuted_lines(PAIR, outcome({"not_apart": Violated(STEPS)}, outcome({"not_apart": OPEN}))) == []
    )


def test_a_table_of_three_engines_fits() -> None:
    long = "a_property_whose_name_is_longer_than_a_column"
    part = Outcome(("induction",), {long: Bounded(1_234)}, Stats(depth=3, seconds=60.0), "time budget of 60 s ended")
    lines = plain(report_proofs.engine_lines(outcome({long: Bounded(1)}, part, part, part))).splitlines()
    assert lines[1] == f"  {long}"
    assert lines[2].split("  ")[-1].strip() == "to depth 1234"
    assert max(map(len, lines)) <= 80
    assert lines[4] == "  induction  depth 3, 60.0 s, time budget of 60 s ended"
    assert report_proofs.engine_lines(outcome({"p": Bounded(1)})) == []
    shared = replace(part, stopped="one engine's share of the time budget of 60 s ended")
    lines = plain(report_proofs.engine_lines(outcome({long: Bounded(1)}, shared))).splitlines()
    assert lines[-2:] == [
        "  induction  depth 3, 60.0 s, one engine's share of the time budget of 60 s",
        "    ended",
    ]


def test_a_row_of_the_catalogue_beside_three_engines_fits() -> None:
    given = tuple((name, "VIOLATED 1234") for name in ("explicit", "bmc", "induction"))
    rows = tuple(PropertyRow(name, "violated", "VIOLATED", None, None, given) for name in ("p", "p" * 40))
    lines = plain(examined_lines(Examined(entry(), rows))).splitlines()
    assert lines[3] == "  ok  " + "p" * 40
    assert max(map(len, lines)) <= 80


def test_json_has_what_is_printed() -> None:
    found = report_proofs.record(PAIR, "tests.support.pair:Pair", outcome({"p": OPEN}), "p", "1")
    shown = found["not_inductive"]
    assert isinstance(shown, dict)
    assert found["reason"] == "not inductive: 'both' breaks it"
    assert (shown["broken"], shown["held"]) == ("not_apart", ["same"])
    meta = shown["steps"]["#meta"]
    assert (meta["model"], meta["property"], meta["engine"]) == ("tests.support.pair:Pair", "not_apart", "e")
    assert [state["a"] for state in shown["steps"]["states"]] == [{"#bigint": "9"}, {"#bigint": "10"}]
    assert report_proofs.record(PAIR, "m", outcome({"p": Unknown("no", unseen=3)}), "p", "1") == {
        "reason": "no",
        "not_seen_to": 3,
    }


def test_an_induction_that_fails_shows_its_steps() -> None:
    program = compile_model(Pair, {"apart": 1})
    ran = check(Task(program, select(program)), engine("induction"))
    shown = plain(report_proofs.refuted_lines(program, ran))
    assert "No proof of not_apart: the lemma 'same' is not inductive: 'both' breaks it." in shown
    assert report_proofs.WARNING in shown
    assert "State 2 violates same" in shown


class Forks(Model):
    """A step that goes one of two ways."""

    n = Var(Range(9))

    @action
    def turn(self):
        if self.n == 2:
            self.n = 7
        else:
            self.n = 2

    @always
    def not_seven(self):
        return self.n != 7


def test_the_lines_gone_through_are_those_of_the_step_from_the_state_before() -> None:
    made = compile_model(Forks, {})
    cti = NotInductive("not_seven", (), Trace(((2,), (7,)), (Step("turn", (), None, ()),)))
    shown = plain(report_proofs.refuted_lines(made, outcome({"not_seven": Unknown("not inductive", cti)})))
    gone = shown.partition("went through\n")[2]
    assert "self.n = 7" in gone
    assert "self.n = 2" not in gone


def test_what_an_engine_took() -> None:
    def took(**stats: Any) -> str:
        return report_proofs.took(Outcome(("e",), {}, Stats(**stats)))

    assert (
        took(distinct=16, generated=1097, depth=8, seconds=1.2) == "16 distinct states, 1,097 generated, depth 8, 1.2 s"
    )
    assert took(distinct=1, generated=2, depth=1, seconds=0.25, compile_seconds=0.05) == (
        "1 distinct state, 2 generated, depth 1, 0.25 s (0.1 s compiling)"
    )
    assert took(depth=8, seconds=1.2, compile_seconds=0.4) == "depth 8, 1.2 s (0.4 s encoding)"
    assert took(depth=8, seconds=1.2, compile_seconds=0.04) == "depth 8, 1.2 s"
    assert took(seed=0, runs=100, steps=1000, depth=3, seconds=1.2) == "100 runs, 1,000 steps, seed 0, depth 3, 1.2 s"
    assert took(seed=0, runs=1, steps=1, seconds=0.999) == "1 run, 1 step, seed 0, 1.00 s"
