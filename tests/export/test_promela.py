"""What Spin makes of exported models: the states that the interpreter has, and the same verdicts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from checker.check import check, engine, select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Task
from checker.contract.wording import Status, status
from checker.errors import UsageError
from checker.export.commands import exported
from checker.export.promela import promela
from checker.frontend.load import compile_model, load
from checker.lang import Model, Range, Var, action, choose, require
from tests.export.support import CutOff, Everything, stated
from tests.support.spin import THERE, WHY, Said, spin


@pytest.mark.skipif(not THERE, reason=WHY)
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("spec.classics.two_phase:TwoPhaseSymmetric", {"managers": 3}),
        ("spec.classics.alternating_bit:AlternatingBit", {}),
        ("spec.gc.marking:Marking", {"objects": 1, "goroutines": 1}),
    ],
)
def test_spin_has_the_states_that_the_interpreter_has(name: str, parameters: dict[str, int], tmp_path: Path) -> None:
    program = compile_model(load(name), parameters)
    assert spin(tmp_path, promela(exported(program), name), count=True).states == stated(program) + 1


@pytest.mark.skipif(not THERE, reason=WHY)
def test_spin_judges_a_state_beyond_a_constraint_and_goes_no_further(tmp_path: Path) -> None:
    text = promela(exported(compile_model(CutOff, {})), "CutOff")
    assert "   Where the @constraint small is false nothing goes on; Spin counts such states, evacheck not\n" in text
    assert spin(tmp_path, text, count=True).states == 1 + 4 + 1, "one before the initial one, and one beyond"
    assert spin(tmp_path, text, "PROPERTY=at_most_three").violated
    within = spin(tmp_path, text, "PROPERTY=at_most_four")
    assert not within.violated and not within.stuck


def asked(found: Said, name: str) -> bool:
    """Whether Spin has something to say against a property."""
    return found.stuck if name == NO_DEADLOCK else found.violated


@pytest.mark.skipif(not THERE, reason=WHY)
@pytest.mark.parametrize(
    ("model", "names"),
    [
        (Everything, ()),
        ("spec.classics.peterson:PetersonGivesWayFirst", ("mutual_exclusion",)),
        ("spec.classics.philosophers:Philosophers", (NO_DEADLOCK,)),
    ],
)
def test_spin_has_the_same_verdicts(model: type[Model] | str, names: tuple[str, ...], tmp_path: Path) -> None:
    program = compile_model(load(model) if isinstance(model, str) else model, {})
    found = exported(program)
    text = promela(found, program.model)
    task = Task(program, select(program, names), Budget(), keep_going=True)
    outcome = check(task, engine("reference"))
    happens = {claim.name: claim.happens for claim in found.claims}
    for name in names or outcome.verdicts:
        verdict = outcome.verdicts[name]
        bad = status(name, verdict) is not Status.AS_EXPECTED
        if name == NO_FAILURE:
            said = spin(tmp_path, text, "FAILURES")
        elif name == NO_DEADLOCK:
            said = spin(tmp_path, text)
        else:
            said = spin(tmp_path, text, f"PROPERTY={'!' if happens[name] else ''}{name.replace('full', 'full_')}")
        assert asked(said, name) is (bad != happens.get(name, False)), name
    assert spin(tmp_path, text, count=True).states == stated(program) + 1


class Small(Model):
    n = Var(Range(0, 3))
    wide = Var(Range(0, 1 << 31))

    @action
    def up(self):
        require(self.n < 3)
        self.n += 1


class Choosy(Model):
    n = Var(Range(0, 40_000))

    @action
    def pick(self):
        self.n = choose(Range(0, 40_000))


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (Small, "a number takes more than 30 bits\n    Give smaller bounds"),
        (Choosy, "pick has 40,001 combinations of arguments and choices\n    .*give smaller parameters"),
    ],
)
def test_what_has_no_form_is_refused_with_a_remedy(model: type[Model], said: str) -> None:
    with pytest.raises(UsageError, match=f"U034 .*{said}"):
        exported(compile_model(model, {}))


def test_the_text_reads_like_the_model() -> None:
    text = promela(exported(compile_model(load("spec.classics.diehard:DieHard"), {})), "diehard.py:DieHard")
    assert "\n#define big_is_not_4 !(big == 4)\n" in text
    assert "  /* big_to_small */\n  :: d_step { " in text
    assert "\nbyte small;\nbyte big;\n" in text
    text = promela(exported(compile_model(Everything, {})), "Everything")
    assert "bool active_[2];" in text and "bool chan_[3];" in text and "short turn;" in text
    assert "   Not here: fairness.\n" in text


def test_what_happens_may_begin_with_a_not() -> None:
    """`-DPROPERTY='!is_passed_on'` became `!!...`, which is another operator of Spin's: a syntax error."""
    text = promela(exported(compile_model(load("spec.classics.any_number:Token"), {"nodes": 3})), "Token")
    assert re.search(r"(?m)^#define is_passed_on \(!.*\)$", text)
