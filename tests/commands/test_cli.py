"""The command as a whole: its help, its version, and mistakes that are named with a remedy."""

from __future__ import annotations

from importlib import metadata

import pytest

from checker.commands.starting import COMMANDS
from tests.support.commands import Run


@pytest.mark.parametrize(
    ("line", "problem", "remedy"),
    [
        (
            "verify tests.support.workshop:Fin",
            "U001 tests.support.workshop has no model 'Fin'",
            "Did you mean `tests.support.workshop:Fine`?",
        ),
        ("verify FINE --set a=1", "U002 Fine has no parameter 'a'", "It has: none."),
        ("verify FINE --set a", "U008 --set a has no value", "Write it like --set objects=2."),
        ("verify FINE --set a=1 --set a=2", "U008 --set a stands twice", "Give it once."),
        ("verify FINE --time soon", "U008 --time soon is no duration", "Write it like 500ms, 60s, 5m or 1h."),
        ("verify FINE --memory x", "U008 --memory x is no amount of memory", "Write it like 500M or 8G."),
        ("verify FINE --engine explicitt", "U007 there is no engine 'explicitt'", "Did you mean `explicit`?"),
        ("verify FINE --seed 3", "U008 --runs, --steps and --seed do not go with --engine auto",
         "Give --engine walk, or try `evacheck fuzz`."),
        ("verify FINE --engine walk --max-states 9", "U008 --max-states and --memory do not go with --engine walk",
         "It keeps no states: bound it by --runs, --steps and --time."),
        ("verify spec.classics --engine walk",
         "U008 --engine walk goes with one model: the catalogue says what is so of all states",
         "Name one: evacheck verify MODEL --engine walk"),
        ("verify FINE --property deadlock", "U003 tests.support.workshop:Fine has no property 'deadlock'",
         "Did you mean `no_deadlock`?"),
        ("replay no/such.json", "U005 no/such.json: there is no such file",
         "`evacheck verify MODEL` writes traces and says where."),
        ("verify FINE --again explicit", "U008 --again goes with the catalogue",
         "Add --all, or name models of the catalogue."),
        ("verify --again explicit", "U008 --again goes with the catalogue",
         "Add --all, or name models of the catalogue."),
        ("verify spec.classics.diehard --again fast", "U007 there is no engine 'fast'",
         "There are: auto, all, explicit, bmc, induction, reference, walk, gpu."),
        ("show x --svg --dot", "U008 --svg and --dot exclude each other", "Give one of them."),
        ("explain-code E", "U006 there is no code 'E'", "Codes are a letter and three digits, such as U001."),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_a_remedy(run: Run, line: str, problem: str, remedy: str) -> None:
    ran = run(*line.replace("FINE", "tests.support.workshop:Fine").split())
    assert (ran.status, ran.out, ran.error) == (2, "", f"{problem}\n    {remedy}\n")


def test_the_version_is_shown_without_a_command(run: Run) -> None:
    assert run("--version").out == f"evacheck {metadata.version('evacheck')}\n"


def test_commands_of_maintainers_are_not_in_the_help_and_work(run: Run) -> None:
    shown = run("--help").out
    assert " verify " in shown and "corpus" not in shown and "gallery" not in shown
    assert "DIR" in run("gallery", "--help").out


def test_a_code_is_explained(run: Run) -> None:
    assert run("explain-code", "u001").out.startswith("U001  model not found\n\nA model is named by")


def test_a_graph_is_drawn(run: Run) -> None:
    ran = run("graph", "tests.support.workshop:Fine", "--dot", "--max-states", "2")
    assert ran.error == "Only the first 2 states are drawn; --max-states draws more.\n"
    assert ran.out.startswith('digraph "Fine: its reachable states"')


def test_help_is_read_in_80_columns(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for command in COMMANDS:
        lines = run(command.name, "--help").out.splitlines()
        assert lines[0].startswith(f"Usage: evacheck {command.name} [OPTIONS]") and max(map(len, lines)) <= 80


def test_a_command_that_is_not_there_is_said_with_what_was_meant(run: Run) -> None:
    ran = run("verfy", "spec.classics.diehard")
    assert ran.status == 2 and "No such command 'verfy'. Did you mean 'verify'?" in ran.error


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--max-states", "x"), "Invalid value for '--max-states'"),
        (("--max-states", "0"), "Invalid value for '--max-states'"),
        (("--max-states", "1.5"), "Invalid value for '--max-states'"),
        (("--seed", ""), "Invalid value for '--seed'"),
        (("--seed",), "Option '--seed' requires an argument."),
        (("--sed", "1"), "No such option: --sed (Possible options: --seed, --set, --sweep)"),
    ],
)
def test_what_an_option_cannot_be_is_said(run: Run, given: tuple[str, ...], said: str) -> None:
    ran = run("verify", "tests.support.workshop:Fine", *given)
    assert ran.status == 2 and said in ran.error and "Traceback" not in ran.error
