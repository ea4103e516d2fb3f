"""`evacheck verify MODEL`, from its arguments to its output and exit status. Engines are tested elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from checker.commands.run import compiled
from checker.errors import EngineBug
from tests.support.commands import Run
from tests.support.locks import SPIN_FILE


@pytest.mark.parametrize(
    ("model", "ends", "said"),
    [
        ("Fine", 0, "no_deadlock    holds (all 4 states)"),
        ("Overflows", 12, "no_failure   VIOLATED in a trace of 4 states"),
        ("Stuck", 11, "no_deadlock  VIOLATED in a trace of 2 states"),
        ("Uneven", 75, "no_failure   VIOLATED in a trace of 3 states"),
        ("Workshop", 12, "benches_do_not_match  VIOLATED in a trace of 5 states"),
    ],
)
def test_a_direct_run_ends_as_tlc_does(run: Run, tmp_path: Path, model: str, ends: int, said: str) -> None:
    ran = run("verify", f"tests.support.workshop:{model}", "--out", str(tmp_path / "out"))
    assert ran.status == ends
    assert ran.error == ""
    assert said in ran.out


def test_traces_are_written_replayed_and_shown(run: Run, tmp_path: Path) -> None:
    run("verify", "tests.support.workshop:Stuck", "--out", str(tmp_path))
    trace = tmp_path / "Stuck-no_deadlock.itf.json"
    assert sorted(each.name for each in tmp_path.iterdir()) == [trace.name, "Stuck-no_deadlock.svg"]
    assert run("replay", str(trace)).out == "replayed: 2 states, violates no_deadlock\n"
    assert 'waits  at "waiting"' in run("show", str(trace)).out
    assert run("show", str(trace), "--dot").out.startswith("digraph")
    explained = run("show", str(trace), "--explain").out
    assert "Why no_deadlock is violated\n       waits waits until self.ready" in explained
    assert "<graphml" in run("show", str(trace), "--graphml").out
    assert run("show", str(trace), "--png").status == 2
    picture = tmp_path / "new" / "picture.svg"
    assert run("show", str(trace), "--svg", "--out", str(picture)).out == ""
    assert picture.read_text() == (tmp_path / "Stuck-no_deadlock.svg").read_text()


def test_a_loop_ends_the_command_as_it_ends_tlc(run: Run, tmp_path: Path) -> None:
    model = tmp_path / "spin.py"
    model.write_text(SPIN_FILE)
    ran = run("verify", str(model), "--out", str(tmp_path), "--json")
    served = json.loads(ran.out)["results"][0]
    assert (ran.status, served["property"], served["verdict"]) == (13, "served", "violated")
    trace = ("--trust", served["trace"])
    assert run("replay", *trace).out == "replayed: 5 states, violates served\n"
    assert "round from state 3 again, violate served" in run("show", *trace).out
    assert "but not in state 4, where it waits until" in " ".join(run("show", *trace, "--explain").out.split())
    ran = run("verify", str(model), "--engine", "reference", "--max-states", "3")
    assert ran.status == 3 and "state budget of 3 ended" in ran.out


@pytest.mark.needs("resvg_py", "font_roboto")
def test_a_trace_is_drawn_as_a_png(run: Run, tmp_path: Path) -> None:
    run("verify", "tests.support.workshop:Stuck", "--out", str(tmp_path))
    shown = run("show", str(tmp_path / "Stuck-no_deadlock.itf.json"), "--png", "--out", str(tmp_path / "p.png"))
    assert shown.status == 0
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_a_trace_is_called_as_the_model_was(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`verify` said `spin.py`, and `show` then `spin:Spin`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "spin.py").write_text(SPIN_FILE)
    assert run("verify", "spin.py").out.startswith("spin.py\n")
    assert run("show", "evacheck-out/spin-served.itf.json").out.startswith("spin.py, served\n")


def test_nothing_is_written_when_there_is_nothing_to_show(run: Run, tmp_path: Path) -> None:
    assert (
        run("verify", "tests.support.workshop:Fine", "--property", "no_deadlock", "--out", str(tmp_path / "out")).status
        == 0
    )
    assert list(tmp_path.iterdir()) == []


def test_an_untrue_trace_does_not_replay(run: Run, tmp_path: Path) -> None:
    run("verify", "tests.support.workshop:Stuck", "--out", str(tmp_path))
    trace = tmp_path / "Stuck-no_deadlock.itf.json"
    trace.write_text(trace.read_text().replace('"ready": false', '"ready": true'))
    ran = run("replay", str(trace))
    assert ran.status == 1
    assert ran.out == ""
    assert ran.error.splitlines()[-1].startswith("does not replay: the initial state: expected")


def test_json_is_one_object_and_nothing_else(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "tests.support.workshop:Stuck", "--property", "no_deadlock", "--json", "--out", str(tmp_path))
    assert ran.status == 11
    assert ran.error == ""
    result, _ = json.loads(ran.out)["results"]
    del result["seconds"]
    assert result == {
        "model": "tests.support.workshop:Stuck", "parameters": {}, "engine": "reference", "property": "no_deadlock",
        "verdict": "violated", "distinct": 2, "generated": 2, "depth": 2,
        "trace": str(tmp_path / "Stuck-no_deadlock.itf.json"),
    }  # fmt: skip


def test_a_budget_that_ends_is_inconclusive(run: Run, tmp_path: Path) -> None:
    arguments = ("--max-states", "2", "--engine", "reference", "--out", str(tmp_path))
    ran = run("verify", "tests.support.workshop:Fine", *arguments)
    assert ran.status == 3
    assert "unknown" in ran.out


def test_all_engines_stand_side_by_side(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "tests.support.workshop:Fine", "--engine", "all", "--out", str(tmp_path))
    assert (ran.status, ran.error) == (0, "")
    lines = ran.out.splitlines()
    assert lines[1:12] == [
        "  gets_to_three  happens (4 states)",
        "  no_deadlock    holds (proved, at any depth)",
        "  no_failure     holds (proved, at any depth)",
        "",
        "no_deadlock, no_failure: proved by induction over 1 step.",
        "",
        "engine all:",
        "                 reference      bmc            induction",
        "  gets_to_three  happens 4      happens 4      unknown",
        "  no_deadlock    holds          to depth 4     proved",
        "  no_failure     holds          to depth 4     proved",
    ]
    assert lines[13].startswith("  reference  4 distinct states, 5 generated, depth 4, 0.")
    assert lines[14].endswith(", depth budget of 4 ended")


def test_all_engines_have_a_cell_for_what_happens_sooner_or_later(run: Run, tmp_path: Path) -> None:
    """Rows of temporal properties were empty, and those of a rank had no proof."""
    ran = run("verify", "tests.support.workshop:Ends", "--engine", "all", "--out", str(tmp_path))
    assert (ran.status, ran.error) == (0, "")
    lines = ran.out.splitlines()
    assert lines[lines.index("engine all:") + 1 :][:5] == [
        "               reference      bmc            induction",
        "  comes        holds          unknown        proved",
        "  in_turn      holds          unknown",
        "  no_deadlock  holds          to depth 4     proved",
        "  no_failure   holds          to depth 4     proved",
    ]
    engines = json.loads(run("verify", "tests.support.workshop:Ends", "--engine", "all", "--json").out)["results"]
    assert list(next(each for each in engines if each["property"] == "in_turn")["engines"]) == ["reference", "bmc"]


def test_json_says_what_each_engine_gave(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "tests.support.workshop:Fine", "--engine", "all", "--json", "--out", str(tmp_path))
    result = json.loads(ran.out)["results"][1]
    assert result["property"] == "no_deadlock"
    assert result["verdict"] == "proved"
    assert result["proof"] == {"steps": 1, "lemmas": [], "unneeded": [], "found": []}
    assert {name: each["verdict"] for name, each in result["engines"].items()} == {
        "reference": "exhausted",
        "bmc": "bounded",
        "induction": "proved",
    }
    assert result["engines"]["bmc"]["bound"] == 4
    assert result["engines"]["bmc"]["stopped"] == "depth budget of 4 ended"


def test_bounded_search_ends_at_its_depth(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "tests.support.workshop:Fine", "--engine", "bmc", "--depth", "3", "--out", str(tmp_path))
    assert ran.status == 3
    assert "no_failure     no violation up to depth 3 (deeper: not checked)" in ran.out
    assert "Stopped early: depth budget of 3 ended." in ran.out


def test_a_random_walk_says_its_seed_and_is_inconclusive(run: Run, tmp_path: Path) -> None:
    arguments = ("verify", "spec.classics.peterson:Peterson", "--engine", "walk", "--runs", "70", "--steps", "30")
    ran = run(*arguments, "--seed", "5", "--property", "mutual_exclusion", "--out", str(tmp_path))
    assert ran.status == 3
    assert "mutual_exclusion  held in 70 random runs, which proves nothing: unknown" in ran.out
    assert "\n70 runs, 2,100 steps, seed 5, " in ran.out
    result, _ = json.loads(run(*arguments, "--property", "mutual_exclusion", "--json").out)["results"]
    assert (result["verdict"], result["runs"], result["steps"], result["seed"]) == ("sampled", 70, 2100, 0)


def test_parameters_are_set(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "tests.support.workshop:Workshop", "--set", "joiners=1", "--set", "tool=none", "--property",
              "benches_do_not_match", "--out", str(tmp_path))  # fmt: skip
    assert "joiners=1  tool=NONE" in ran.out
    assert ran.status == 0


def test_a_model_outside_the_language_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_text(
        "from checker.lang import *\nclass Bad(Model):\n    n = Var(Range(2))\n    @action\n    def go(self):\n"
        "        self.m = 1\n        print(self.n)\n"
    )
    ran = run("verify", str(tmp_path / "bad.py"))
    assert ran.status == 150
    assert ran.out == ""
    assert "bad.py:6:" in ran.error
    assert "bad.py:7:" in ran.error
    assert "Traceback" not in ran.error


def test_a_bug_of_an_engine_is_called_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise EngineBug("engine 'x', step 3")

    monkeypatch.setattr("checker.commands.verify.run", fails)
    ran = run("verify", "tests.support.workshop:Fine")
    assert ran.status == 70
    assert ran.error.startswith("This is a bug of evacheck, not of your model: engine 'x', step 3\n")


def test_several_counterexamples_are_shown_and_written(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "spec.classics.diehard:DieHard", "--all-traces", "2", "--out", str(tmp_path))
    assert ran.status == 12
    assert "2 counterexamples of big_is_not_4 that differ in more than the order of" in ran.out
    for number in (1, 2):
        assert run("replay", str(tmp_path / f"DieHard-big_is_not_4-{number}.itf.json")).status == 0
    assert run("verify", "spec.classics", "--all-traces", "2").status == 2


def test_a_model_is_read_once_whether_its_defaults_are_named_or_not() -> None:
    """Traces name every parameter, the catalogue some: tests that draw both read each model twice."""
    model = "spec.classics.diehard:DieHard"
    assert compiled(model, {"big_size": "5"}) is compiled(model, {}) is not compiled(model, {"big_size": "6"})
