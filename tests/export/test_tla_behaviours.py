"""What TLC makes of exported properties of steps and behaviours, and of fairness: what the reference engine says."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import pytest

from checker.check import check, engine
from checker.contract.task import Task
from checker.contract.verdict import Exhausted, Violated
from checker.errors import UsageError
from checker.export.commands import Exported, exported
from checker.export.tla import configuration, tla
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from checker.ir.temporal import Until, parts
from checker.lang import (
    Model,
    Range,
    Var,
    action,
    always,
    always_eventually,
    constraint,
    eventually,
    eventually_always,
    leads_to,
    process,
    require,
    sometimes,
    step,
    temporal,
)
from tests.export.support import Dim, Rounds
from tests.frontend.support import program
from tests.support import fair_models, formulas
from tests.support.tlc import SOME, THERE, WHY, tlc

BARE = "SPECIFICATION Spec\n"
LIVE: list[tuple[str, dict[str, Any]]] = [
    ("alternating_bit:AlternatingBit", {}),
    ("alternating_bit:AlternatingBitLossy", {}),
    ("barriers:Barriers", {"processes": 3}),
    ("barriers:BarriersStopping", {}),
    ("chandy_misra:ChandyMisra", {}),
    ("chandy_misra:ChandyMisraKeepsForks", {}),
    ("ewd840:Termination", {}),
    ("ewd840:TerminationLazy", {}),
    ("live_memory:LiveMemory", {"addresses": 1}),
    ("live_memory:LiveMemoryLazy", {"addresses": 1}),
    ("locks:TestAndSet", {}),
    ("locks:TestAndSetStrong", {}),
    ("locks:TicketLock", {}),
    ("locks:TicketLockStopping", {}),
    ("locks:TicketLockTorn", {"threads": 2}),
    ("peterson:PetersonServes", {}),
    ("peterson:PetersonStopping", {}),
    ("readers_writers:ReadersWriters", {"actors": 2}),
    ("readers_writers:ReadersWritersStay", {}),
    ("token_ring:TokenRing", {"nodes": 4, "values": 2}),
    ("token_ring:TokenRingLazy", {"nodes": 3, "values": 3}),
]
"""Classics that say something of behaviours, and no `until`: of one size each."""


class Dark(Rounds):
    @constraint
    def low(self):
        return self.n < 2


class Known(Model):
    """What is asked is known before."""

    x = Var(Range(2))

    @action(fair="weak")
    def go(self):
        require(self.x == 0)
        self.x = 1

    @eventually
    def small(self):
        return self.x < 2

    @always_eventually
    def never_large(self):
        return self.x < 2

    @leads_to
    def from_nothing(self):
        return self.x > 1, self.x == 0

    @temporal
    def either(self):
        return eventually(self.x == 1) or not eventually(self.x == 1)

    @eventually_always
    def large(self):
        return self.x > 1

    @leads_to
    def to_nothing(self):
        return self.x < 2, self.x > 1

    @step
    def moves(self, before):
        return self.x < 2


def wanted(compiled: Program) -> dict[str, bool]:
    """Of each property of steps or behaviours, whether the reference engine says that it is violated."""
    names = tuple(each.name for each in (*compiled.steps, *compiled.temporal) if each.kind != "implements")
    verdicts = check(Task(compiled, names, keep_going=True), engine("reference")).verdicts
    assert all(isinstance(each, Violated | Exhausted) for each in verdicts.values()), verdicts
    return {name: isinstance(each, Violated) for name, each in verdicts.items()}


def asked(found: Exported) -> dict[str, list[str]]:
    """The lines of the configuration that ask for each property, with all its arguments."""
    lines = [line for line in configuration(found).splitlines(keepends=True) if line.startswith("PROPERTY")]
    said = [each.name for each in found.of_steps]
    said += [
        each.name.partition("(")[0]
        for each in found.promises
        if not any(isinstance(part, Until) for part in parts(each.formula))
    ]
    by_name: dict[str, list[str]] = {}
    for name, line in zip(said, lines, strict=True):
        assert line.startswith(f"PROPERTY {name}")
        by_name.setdefault(name, []).append(line)
    return by_name


def held(folder: Path, compiled: Program) -> dict[str, bool]:
    """Hold TLC to the reference engine: all that holds in one run, what is violated in one each."""
    found, theirs = exported(compiled), wanted(compiled)
    text, ours = tla(found, "M", "M"), asked(found)
    holding = [line for name, lines in ours.items() if not theirs[name] for line in lines]
    said = tlc(folder, "M", text, BARE + "".join(holding))
    assert said.violated is None, (said, holding, text)
    for name, lines in ours.items():
        if theirs[name]:
            said = tlc(folder, "M", text, BARE + "".join(lines))
            assert said.violated in (SOME, *(line.split()[1] for line in lines)), (name, said, text)
    return {name: theirs[name] for name in ours}


@pytest.mark.skipif(not THERE, reason=WHY)
def test_tlc_says_of_behaviours_what_the_reference_engine_says(tmp_path: Path) -> None:
    assert held(tmp_path, compile_model(Rounds, {})) == {
        "never_back": False,
        "only_up": True,
        "first_done": False,
        "goes_on": False,
        "is_up": False,
        "stays_up": True,
        "mixed": False,
    }


def test_the_text_says_what_the_model_says_of_behaviours() -> None:
    found = exported(compile_model(Rounds, {}))
    text = tla(found, "Rounds")
    assert (
        "\nup == ~failed /\\ (Step1)\n\\* worker(0)\nworker_0 == ~failed /\\ (Step3)\n\\* worker(1)\n"
        "worker_1 == ~failed /\\ (Step4)\nFairness ==\n  /\\ SF_vars(up)\n  /\\ WF_vars(worker_0)\n"
        "  /\\ WF_vars(worker_1)\nSpec == Init /\\ [][Next]_vars /\\ Fairness\n"
    ) in text
    assert (
        "\nnever_back == [][failed' \\/ (~(at'[0] < at[0]) /\\ ~(at'[1] < at[1]))]_vars"
        "\nonly_up == [][failed' \\/ ~(n' < n)]_vars"
        "\nfirst_done == <>(at[0] = 2)"
        "\ngoes_on_0 == ((at[0] = 0) ~> (0 < at[0]))"
        "\ngoes_on_1 == ((at[1] = 0) ~> (0 < at[1]))"
        "\nis_up == []<>(0 < n)"
        "\nstays_up == <>[](0 < n)"
        "\nmixed == ([]<>(n = 0) => ([]<>~(n = 0) /\\ <>(at[1] = 1)))\n===="
    ) in text
    assert re.findall("Not here.*", text) == ["Not here: what says `until`, which TLA+ does not: not_first."]
    assert "  /\\ \\/ at = [n_ \\in 0..1 |-> 0] /\\ n = 0\n" in text, "a variable has the name of the index"
    lines = configuration(found).splitlines()
    assert lines[2:4] == ["INVARIANT never_stuck", "PROPERTY never_back"]
    assert lines[-2:] == ["PROPERTY stays_up", "PROPERTY mixed"]


def test_the_text_asks_whether_there_is_a_value() -> None:
    found = exported(compile_model(Dim, {}))
    text, lines = tla(found, "Dim"), configuration(found).splitlines()
    assert "\nhas_value_divides == [][failed' \\/ ~(n' = 0)]_vars\n" in text
    assert "\nhas_value_half == ~(n = 0)\n" in text
    assert {"PROPERTY has_value_divides", "INVARIANT has_value_half"} <= set(lines)


def test_a_constraint_leaves_behaviours_out_and_steps_in() -> None:
    found = exported(compile_model(Dark, {}))
    text, lines = tla(found, "Dark"), configuration(found).splitlines()
    assert "\\* Not here: what happens sooner or later: first_done, goes_on," in text
    assert "\n\\* Not here: fairness.\n" in text and "WF_" not in text and "\nSpec == Init /\\ [][Next]_vars\n" in text
    assert lines[3:] == ["PROPERTY never_back", "PROPERTY only_up", "CONSTRAINT low"]


def test_what_is_known_is_said_of_a_variable() -> None:
    """Of `<>TRUE` and `FALSE ~> P` the TLC of 2020 says that they are violated."""
    text = tla(exported(compile_model(Known, {})), "Known")
    assert "\nsmall == <>(failed = failed)\n" in text and "\nfrom_nothing == ((failed # failed) ~> (x = 0))\n" in text
    assert "\nmoves == [][TRUE]_vars\n" in text, "no step fails"


class Both(Model):
    """Two actions of one step, of which one is fair: it is owed the step, whoever takes it."""

    x = Var(Range(2))

    @action
    def maybe(self):
        require(self.x == 0)
        self.x = 1

    @action(fair="weak")
    def surely(self):
        require(self.x == 0)
        self.x = 1

    @eventually
    def moves(self):
        return self.x == 1


def test_a_step_of_two_actions_is_owed_to_the_one_that_is_fair() -> None:
    text = tla(exported(compile_model(Both, {})), "Both")
    assert "\nNext == ~failed /\\ (Step1)\nsurely == ~failed /\\ (Step1)\nFairness ==\n  /\\ WF_vars(surely)\n" in text


class Clashing(Model):
    """Names that stand for something else in a module, or will."""

    Fairness = Var(Range(2))
    a = Var(Range(2))
    worker = Var(Range(2))

    @action(fair="weak")
    def never_a(self):
        self.a = 1

    @process(Range(2))
    def work(self, w):
        self.worker = w

    @sometimes
    def work_0(self):
        return self.a == 1

    @always
    def never_work_0(self):
        return self.a + self.Fairness < 2


def test_no_name_is_defined_twice() -> None:
    """A `@sometimes` x and an `@always` never_x were."""
    text = tla(exported(compile_model(Clashing, {})), "Clashing")
    names = re.findall(r"(?m)^(\w+) ==", text) + re.findall("(?m)^VARIABLES (.*)", text)[0].split(", ")
    assert len(names) == len({*names}), names
    assert {"work_0", "never_work_0", "never_work_0_", "work_0_", "work_1"} <= {*names}


FAULTS = {
    "weak for strong": ("TestAndSetStrong", r"SF_vars\(thread_1", "WF_vars(thread_1"),
    "not fair to one": ("TestAndSetStrong", r"  /. SF_vars.thread_1.\n", ""),
    "fair to another": ("TestAndSetStrong", r"SF_vars\(thread_1", "SF_vars(thread_0"),
    "fair to a part": ("TestAndSetStrong", r"(?m)^(thread_1 == .*) \\/ Step5", r"\1"),
    "fair to none": ("TestAndSetStrong", r" /. Fairness\n", "\n"),
    "the other way round": ("TestAndSet", r"\((\(.*\)) ~> (\(.*\))\)", r"(\2 ~> \1)"),
    "then, not later": ("TestAndSet", " ~> ", " => "),
}
"""What could be wrong in a text: of which lock, what stands there, and what the fault makes of it."""


@pytest.mark.slow
@pytest.mark.skipif(not THERE, reason=WHY)
@pytest.mark.parametrize("fault", FAULTS)
def test_a_text_that_says_something_else_is_told_apart(fault: str, tmp_path: Path) -> None:
    name, right, wrong = FAULTS[fault]
    found = exported(compile_model(load(f"spec.classics.locks:{name}"), {}))
    text = tla(found, "M", "M")
    (lines,) = asked(found).values()
    configured = BARE + "".join(lines)
    other = re.sub(right, wrong, text)
    assert other != text
    said = [tlc(tmp_path, "M", each, configured).violated is None for each in (text, other)]
    assert said == [name == "TestAndSetStrong", name != "TestAndSetStrong"]


@pytest.mark.slow
@pytest.mark.skipif(not THERE, reason=WHY)
def test_what_is_known_before_is_no_puzzle_for_tlc(tmp_path: Path) -> None:
    said = held(tmp_path, compile_model(Known, {}))
    assert len(said) == 7 and {name for name, bad in said.items() if bad} == {"to_nothing", "large"}


@pytest.mark.slow
@pytest.mark.skipif(not THERE, reason=WHY)
def test_what_has_no_value_is_told(tmp_path: Path) -> None:
    """evacheck knows nothing then; nor does TLC, which is asked for that first."""
    text = tla(exported(compile_model(Dim, {})), "M", "M")
    for line in ("INVARIANT nothing_fails", "INVARIANT has_value_half", "PROPERTY has_value_divides"):
        assert tlc(tmp_path, "M", text, f"{BARE}{line}\n").violated == line.split()[1]
    assert tlc(tmp_path, "M", text, f"{BARE}PROPERTY never_back\n").violated is None, "a step that fails is none"


def sourced(draw: Random) -> str:
    """A random fair model with formulas, and with properties of its steps."""
    source = fair_models.text(draw, draw.randint(2, 4))
    if draw.random() < 0.5:
        source = formulas.timed(source, draw, 2, 2)
    size = int(source.partition("V = Range(")[2].partition(")")[0])
    one, two = (fair_models.condition(draw, size, False) for _ in range(2))
    return f"{source}    @step\n    def goes(self, before):\n        return {one} or {two.replace('self', 'before')}\n"


@pytest.mark.slow
@pytest.mark.skipif(not THERE, reason=WHY)
@pytest.mark.parametrize("seed", range(6))
def test_tlc_and_the_reference_engine_agree_on_random_fair_models(seed: int, tmp_path: Path) -> None:
    draw, seen, models = Random(f"TLC {seed}"), Counter[str](), 0
    while models < 5:
        source = sourced(draw)
        compiled = fair_models.otherwise_fair(program(source), draw)
        try:
            exported(compiled)
        except UsageError as error:
            assert "more than 30 bits" in str(error)
            continue
        models += 1
        seen.update(f"{name.removesuffix('_p')} {bad}" for name, bad in held(tmp_path, compiled).items())
    assert sum(seen.values()) >= 20 and len(seen) >= 6, seen


@pytest.mark.slow
@pytest.mark.skipif(not THERE, reason=WHY)
@pytest.mark.parametrize(("name", "parameters"), LIVE)
def test_tlc_and_the_reference_engine_agree_on_classics(name: str, parameters: dict[str, Any], tmp_path: Path) -> None:
    assert held(tmp_path, compile_model(load(f"spec.classics.{name}"), parameters))
