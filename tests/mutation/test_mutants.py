"""`evacheck mutate`: which small faults of a model its properties notice, and what is said of the others."""

from __future__ import annotations

import json
import linecache
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from checker import cli
from checker.commands.catalogue import select
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Budget, Outcome, Stats, Task
from checker.contract.verdict import Unknown
from checker.engines.common.clock import INTERRUPTED
from checker.engines.reference import ReferenceEngine
from checker.frontend.load import compile_model, load
from checker.lang import Model
from checker.mutation.mutants import Fate, Mutant, NoMutant, Trial, Tried, mutants_of, score
from tests.frontend.support import model

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/how-to/what-a-model-does-not-say.md"
ROW = re.compile(r"^\| `([\w.:]+)` \| (\d+) \| (\d+) \| (\d+) \| (\d+) % \| .+ \|$", re.MULTILINE)
LONG = ("spec.classics.two_phase", "spec.go_map")
"""Rows that take more than a moment, and are not held against the tool here."""

COUNTS = """\
class M(Model):
    n = Var(Range(0, 9))
    most = Var(Range(0, 9))
    @action
    def up(self):
        require(self.n < 3)
        self.n += 1
        self.most = max(self.most, self.n)
    @action
    def down(self):
        require(self.n > 0)
        require(self.most >= 0)
        self.n -= 1
    @always
    def small(self):
        return self.n <= 3
    @sometimes
    def gets_to_three(self):
        return self.n == 3
"""


def tried(of: type[Model], **parameters: object) -> list[Tried]:
    """What became of every mutant, by the interpreter."""
    trial = Trial(compile_model(of, parameters), ReferenceEngine(), Budget())
    return [trial.of(each) for each in mutants_of(of, parameters) if isinstance(each, Mutant)]


def refused(of: type[Model]) -> set[str]:
    return {each.why for each in mutants_of(of, {}) if isinstance(each, NoMutant)}


def test_what_each_property_notices() -> None:
    assert [(each.mutant.line, each.mutant.after, each.by) for each in tried(model(COUNTS)) if each.by] == [
        (6, "pass", "small"),
        (6, "require((3 < self.n))", NO_DEADLOCK),
        (6, "require((self.n <= 3))", "small"),
        (6, "require(self.n < 4)", "small"),
        (6, "require(self.n < 2)", "gets_to_three"),
        (7, "pass", "gets_to_three"),
        (7, "self.n += 2", "small"),
        (7, "self.n += 0", "gets_to_three"),
        (11, "pass", NO_FAILURE),
        (11, "require((0 > self.n))", NO_DEADLOCK),
        (11, "require((self.n >= 0))", NO_FAILURE),
        (12, "require((0 >= self.most))", NO_DEADLOCK),
        (13, "self.n -= 2", NO_FAILURE),
        (5, "left out", NO_DEADLOCK),
        (10, "left out", NO_DEADLOCK),
    ]


def test_what_no_property_notices() -> None:
    left = [each for each in tried(model(COUNTS)) if each.fate is Fate.UNNOTICED]
    assert [(each.mutant.line, each.mutant.before, each.mutant.after) for each in left] == [
        (8, "self.most = max(self.most, self.n)", "pass"),
        (8, "self.most = max(self.most, self.n)", "self.most = min(self.most, self.n)"),
        (11, "require(self.n > 0)", "require(self.n > 1)"),
        (13, "self.n -= 1", "pass"),
        (13, "self.n -= 1", "self.n -= 0"),
    ]


def test_a_mutant_with_the_models_states_and_steps_is_equivalent() -> None:
    same = [each.mutant.after for each in tried(model(COUNTS)) if each.fate is Fate.EQUIVALENT]
    assert same == ["pass", "require((self.most > 0))", "require(self.most >= 1)"]  # where n > 0, most is, too


def test_the_same_states_by_other_steps_are_not_equivalent() -> None:
    source = """
        class M(Model):
            n = Var(Range(2))
            @action
            def turn(self):
                self.n = 1 - self.n
            @action
            def rest(self):
                require(self.n == 0)
        """
    fate = {each.mutant.after: each.fate for each in tried(model(source))}
    assert fate["require((self.n != 0))"] is Fate.UNNOTICED


def test_what_starts_elsewhere_is_not_equivalent() -> None:
    source = """
        class M(Model):
            n = Var(Range(2))
            def init(self):
                self.n = 1
            @action
            def turn(self):
                self.n = 1 - self.n
        """
    fate = {each.mutant.after: each.fate for each in tried(model(source)) if each.mutant.owner == "init"}
    assert fate == {"pass": Fate.UNNOTICED, "self.n = 0": Fate.UNNOTICED, "self.n = 2": Fate.KILLED}


def test_a_mutant_without_an_initial_state_is_noticed() -> None:
    source = """
        class M(Model):
            n = Var(Range(3))
            def init(self):
                require(self.n == 0)
            @action
            def stay(self):
                self.n = self.n
        """
    noticed = {each.mutant.after: (each.fate, each.by) for each in tried(model(source)) if each.mutant.owner == "init"}
    assert noticed["require((self.n != 0))"] == (Fate.KILLED, "E104")


def test_a_change_that_a_property_would_share_is_no_mutant() -> None:
    source = """
        class M(Model):
            n = Var(Range(0, 3))
            def full(self):
                return self.n == 3
            @action
            def up(self):
                require(not self.full())
                self.n += 1
            @final
            def over(self):
                return self.full()
        """
    assert refused(model(source)) == {"a property would change"}
    assert all(each.mutant.owner == "up" for each in tried(model(source)))


def test_a_yield_less_is_a_mutant_although_a_property_names_another_point() -> None:
    source = """
        class M(Model):
            x = Var(Bool)
            @process
            def p(self):
                self.x = True
                yield "between"
                self.x = False
                yield "over"
            @always
            def clear(self):
                return not (self.p.at("over") and self.x)
            @sometimes
            def set(self):
                return self.x
        """
    of = model(source)
    assert {each.mutant.line: each.by for each in tried(of) if each.mutant.kind == "yield dropped"} == {6: "set"}
    assert refused(of) == {"E212"}, "there is no point 'over' any more"


def test_what_was_violated_before_is_no_news() -> None:
    source = """
        class M(Model):
            n = Var(Range(0, 3))
            @action
            def up(self):
                require(self.n < 3)
                self.n += 1
            @action
            def again(self):
                self.n = 0
            @always
            def small(self):
                return self.n < 2
            @sometimes
            def gets_to_three(self):
                return self.n == 3
        """
    by = {(each.mutant.line, each.mutant.after): each.by for each in tried(model(source))}
    assert by[5, "require(self.n < 2)"] == "gets_to_three"  # found behind the violation that was there before
    assert by[5, "require((3 < self.n))"] == "small"  # holds now


class Undecided:
    """An engine that decides the model and no mutant."""

    name = "undecided"

    def __init__(self, stopped: str = "time budget of 1 s ended") -> None:
        self.stopped, self.asked = stopped, 0

    def run(self, task: Task) -> Outcome:
        self.asked += 1
        if self.asked == 1:
            return ReferenceEngine().run(task)
        return Outcome((self.name,), {name: Unknown("") for name in task.properties}, Stats(), self.stopped)


def test_an_open_verdict_kills_nothing_and_passes_nothing() -> None:
    of = model(COUNTS)
    trial = Trial(compile_model(of, {}), Undecided(), Budget())
    made = [each for each in mutants_of(of, {}) if isinstance(each, Mutant)]
    found = [trial.of(each) for each in made]
    assert {(each.fate, each.by) for each in found} == {(Fate.UNDECIDED, "small")}
    assert score(found).counted == 0


def test_an_interrupted_engine_ends_it() -> None:
    of = model(COUNTS)
    trial = Trial(compile_model(of, {}), Undecided(INTERRUPTED), Budget())
    with pytest.raises(KeyboardInterrupt):
        trial.of(next(each for each in mutants_of(of, {}) if isinstance(each, Mutant)))


def test_a_verdict_open_in_the_model_is_held_against_no_mutant() -> None:
    of = model(COUNTS)
    trial = Trial(compile_model(of, {}), ReferenceEngine(), Budget(max_states=2))
    assert trial.open == ["small", "gets_to_three", NO_DEADLOCK, NO_FAILURE]


def test_the_models_text_is_as_before() -> None:
    of = load("spec.classics.peterson:Peterson")
    before = compile_model(of, {})
    for made in mutants_of(of, {}):
        if isinstance(made, Mutant):
            assert made.program != before
            break
    assert compile_model(of, {}) == before
    linecache.checkcache()
    assert compile_model(of, {}) == before


def test_a_fault_over_several_lines_moves_no_other_line() -> None:
    source = """
        class M(Model):
            n = Var(Range(0, 3))
            @action
            def up(self):
                require(
                    self.n
                    < 3
                )
                self.n += 1
            @action
            def down(self):
                require(self.n > 0)
                self.n -= 1
        """
    lines = [made.line for made in mutants_of(model(source), {}) if isinstance(made, Mutant)]
    assert sorted(set(lines)) == [4, 5, 6, 7, 9, 11, 12, 13]


# the command and its page


def mutate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", ["evacheck", "mutate", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return int(ended.value.code or 0), capsys.readouterr().out


def test_petersons_lock_is_the_example_of_the_page(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = mutate(monkeypatch, capsys, "spec.classics.peterson:Peterson")
    assert status == 1
    blocks = re.findall(r"^```text\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert blocks[0] in said
    assert blocks[1] in said


def rows() -> Sequence[tuple[str, ...]]:
    return [found.groups() for found in ROW.finditer(PAGE.read_text())]


ROWS = [row for row in rows() if not row[0].startswith(LONG)]


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row[0], marks=[pytest.mark.slow] * (at >= 4)) for at, row in enumerate(ROWS)]
)
def test_the_score_of_a_model_is_as_the_table_says(row: tuple[str, ...]) -> None:
    found = score(tried(load(row[0])))
    share = round(100 * found.killed / found.counted)
    assert (found.killed, found.counted, found.equivalent, share) == tuple(int(each) for each in row[1:])
    assert found.undecided == 0


def test_the_page_has_every_specification_of_the_classics() -> None:
    classics = {entry.model.partition(":")[0] for entry in select(["spec.classics"])}
    assert {each for each in classics if f"`{each}" not in PAGE.read_text()} == set()


WHOLE = """\
from checker.lang import Model, Range, Var, action, always


class Whole(Model):
    n = Var(Range(0, 1))

    @action
    def turn(self):
        self.n = 1

    @always
    def no_turn(self):
        return self.n in (0, 1)
"""


def test_the_command_ends_as_its_page_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "whole.py"
    file.write_text(WHOLE)
    status, said = mutate(monkeypatch, capsys, str(file), "--json")
    found = json.loads(said)
    assert status == 1
    assert (found["noticed"], found["unnoticed"], found["equivalent"], found["undecided"]) == (1, 2, 0, 0)
    file = tmp_path / "seen.py"
    file.write_text(WHOLE.replace("no_turn", "turned").replace("always", "sometimes").replace("in (0, 1)", "== 1"))
    status, said = mutate(monkeypatch, capsys, str(file), "--all")
    assert status == 0
    assert "killed by turned (NEVER HAPPENS)" in said
    assert "noticed: 3 of 3 mutants (100%)" in said
    status, said = mutate(monkeypatch, capsys, str(file), "--most", "1")
    assert status == 0
    assert "There may be more mutants: --most ended it." in said
