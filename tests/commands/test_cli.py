"""The command, from its arguments to its output and exit status, with tiny models. Engines are tested elsewhere."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module, metadata
from pathlib import Path

import pytest

from checker import cli
from checker.commands import catalogue, options
from checker.commands.starting import COMMANDS, Command
from checker.contract.task import NO_DEADLOCK, NO_FAILURE, Outcome, Stats
from checker.contract.trace import Failing, Lasso, Trace
from checker.contract.verdict import (
    Bounded,
    Exhausted,
    Proved,
    Sampled,
    Unknown,
    Unreachable,
    Verdict,
    Violated,
    Witnessed,
)
from checker.contract.wording import Status, overall, status, wording
from checker.errors import EngineBug, Span
from checker.ir.nodes import Kind
from checker.semantics import Failure

ONE = Trace(((0,),), ())


def failing(kind: Kind) -> Violated:
    return Violated(Trace((), (), (), Failing(None, Failure(kind, "text", Span("f", 1, 1)))))


class Ran:
    """What one command gave."""

    def __init__(self, status: int, out: str, error: str) -> None:
        self.status = status
        self.out = out
        self.error = error


Run = Callable[..., Ran]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Runs a command in this process, in the repository's folder."""

    def runs(*arguments: str) -> Ran:
        monkeypatch.setattr(sys, "argv", ["evacheck", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        out, error = capsys.readouterr()
        return Ran(int(ended.value.code or 0), out, error)

    return runs


@pytest.mark.parametrize(
    ("name", "verdict", "ends", "said", "shorter", "shortest"),
    [
        ("p", Proved(), 0, "holds (proved, at any depth)", "holds", "proved"),
        ("p", Exhausted(16), 0, "holds (all 16 states)", "holds", "holds"),
        ("p", Bounded(4), 3, "no violation up to depth 4 (deeper: not checked)", "holds to depth 4", "to depth 4"),
        ("p", Sampled(9), 3, "held in 9 random runs, which proves nothing: unknown", "unknown (sampled)", "unknown"),
        ("p", Violated(ONE), 12, "VIOLATED in a trace of 1 state", "VIOLATED in 1 state", "VIOLATED 1"),
        (NO_DEADLOCK, Violated(ONE), 11, "VIOLATED in a trace of 1 state", "VIOLATED in 1 state", "VIOLATED 1"),
        (NO_FAILURE, failing(Kind.STORE), 12, "VIOLATED by init", "VIOLATED by init", "VIOLATED init"),
        (NO_FAILURE, failing(Kind.ASSERT), 12, "VIOLATED by init", "VIOLATED by init", "VIOLATED init"),
        (NO_FAILURE, failing(Kind.EVALUATION), 75, "VIOLATED by init", "VIOLATED by init", "VIOLATED init"),
        ("p", Witnessed(ONE), 0, "happens (1 state)", "happens in 1 state", "happens 1"),
        ("p", Unreachable(None), 12, "NEVER HAPPENS (proved, at any depth)", "NEVER HAPPENS", "NEVER"),
        ("p", Unreachable(1234), 12, "NEVER HAPPENS (all 1,234 states)", "NEVER HAPPENS", "NEVER"),
        ("p", Unknown("no time"), 3, "unknown: no time", "unknown", "unknown"),
    ],
)
def test_every_verdict_has_words_and_a_status(
    name: str, verdict: Verdict, ends: int, said: str, shorter: str, shortest: str
) -> None:
    assert status(name, verdict) == ends
    assert (wording(verdict).sentence, wording(verdict).brief) == (said, shorter)
    assert wording(verdict).short == shortest


@pytest.mark.parametrize(
    ("verdicts", "ends"),
    [
        ({"p": Exhausted(1)}, Status.AS_EXPECTED),
        ({"p": Exhausted(1), "q": Unknown("")}, Status.INCONCLUSIVE),
        ({"p": Unknown(""), "q": Unreachable(1)}, Status.SAFETY),
        ({"p": Bounded(1), NO_DEADLOCK: Violated(ONE)}, Status.DEADLOCK),
        ({"p": Violated(replace(ONE, end=Lasso(0))), "q": Exhausted(1)}, Status.LIVENESS),
        ({NO_DEADLOCK: Violated(ONE), NO_FAILURE: failing(Kind.EVALUATION)}, Status.EVALUATION),
    ],
)
def test_the_status_of_a_run_is_that_of_what_it_shows(verdicts: dict[str, Verdict], ends: Status) -> None:
    assert overall(Outcome("e", verdicts, Stats())) == ends


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


SPIN = """
from evacheck import Bool, Model, Range, Var, leads_to, process, require

class Spin(Model):
    Thread = Range(2)
    held = Var(Bool)

    @process(Thread)
    def thread(self, t):
        while True:
            yield "waits"
            require(not self.held)
            self.held = True
            yield "critical"
            self.held = False

    @leads_to
    def served(self, t: Thread):
        return self.thread[t].at("waits"), self.thread[t].at("critical")
"""


def test_a_loop_ends_the_command_as_it_ends_tlc(run: Run, tmp_path: Path) -> None:
    model = tmp_path / "spin.py"
    model.write_text(SPIN)
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
         "There are: auto, all, explicit, bmc, induction, reference, walk."),
        ("show x --svg --dot", "U008 --svg and --dot exclude each other", "Give one of them."),
        ("explain-code E", "U006 there is no code 'E'", "Codes are a letter and three digits, such as U001."),
    ],
)  # fmt: skip
def test_mistakes_are_named_with_a_remedy(run: Run, line: str, problem: str, remedy: str) -> None:
    ran = run(*line.replace("FINE", "tests.support.workshop:Fine").split())
    assert (ran.status, ran.out, ran.error) == (2, "", f"{problem}\n    {remedy}\n")


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


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("60s", 60.0), ("60", 60.0), ("1.5m", 90.0), ("1h", 3600.0)]
)
def test_durations(text: str, seconds: float) -> None:
    assert options.duration(text) == seconds


@pytest.mark.parametrize(("text", "amount"), [("1000", 1000), ("2K", 2048), ("8G", 8 << 30), ("1.5m", 3 << 19)])
def test_amounts_of_memory(text: str, amount: int) -> None:
    assert options.amount(text) == amount


CATALOGUE = """
[[entry]]
model = "tests.support.workshop:Fine"
size = "small"
distinct = 4
generated = 5
depth = 4
source = "by hand"
[entry.properties]
gets_to_three = { witnessed = 4 }

[[entry]]
model = "tests.support.workshop:Stuck"
size = "small"
source = "by hand"
[entry.properties]
no_deadlock = { violated = 2 }
gets_there = "unreachable"
"""


@pytest.fixture
def expected(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    path = tmp_path / "expected.toml"
    path.write_text(CATALOGUE.replace('gets_there = "unreachable"\n', ""))
    monkeypatch.setattr(catalogue, "_find", lambda: [path])
    return path


def test_a_catalogue_run_that_is_as_expected(run: Run, expected: Path, tmp_path: Path) -> None:
    ran = run("verify", "tests", "--out", str(tmp_path / "out"))
    assert ran.status == 0
    assert "6 results, all as expected, " in ran.out.splitlines()[-1]
    trace = tmp_path / "out" / "tests.support.workshop" / "Stuck-no_deadlock.itf.json"
    assert trace.is_file()
    assert str(trace) in ran.out


def test_a_catalogue_run_links_the_trace_below_its_row(
    run: Run, expected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2]))
    lines = run("verify", "tests", "--out", "out").out.splitlines()
    row = next(number for number, line in enumerate(lines) if "VIOLATED" in line)
    assert lines[row + 1] == "      trace out/tests.support.workshop/Stuck-no_deadlock.itf.json"
    assert max(map(len, lines)) <= 80


def test_a_catalogue_run_of_all_engines(run: Run, expected: Path, tmp_path: Path) -> None:
    ran = run("verify", "tests", "--engine", "all", "--out", str(tmp_path / "out"))
    assert ran.status == 0, ran.out
    lines = ran.out.splitlines()
    assert lines[1:5] == [
        "                                     reference      bmc            induction",
        "  ok  gets_to_three                  happens 4      happens 4      unknown",
        "  ok  no_deadlock                    holds          to depth 4     proved",
        "  ok  no_failure                     holds          to depth 4     proved",
    ]
    assert max(len(line) for line in lines if str(tmp_path) not in line) <= 80


def test_a_catalogue_run_that_is_not(run: Run, expected: Path, tmp_path: Path) -> None:
    expected.write_text(
        CATALOGUE.replace("distinct = 4", "distinct = 5").replace(
            "tests.support.workshop:Stuck", "tests.support.workshop:Stick"
        )
    )
    ran = run("verify", "--all", "--out", str(tmp_path / "out"))
    assert ran.status == 1
    assert "    distinct should be 5, but is 4.\n" in ran.out
    assert "U001 tests.support.workshop has no model 'Stick'\n" in ran.out
    assert "4 results, 2 differences, " in ran.out.splitlines()[-1]


def test_a_run_of_the_whole_catalogue_is_a_line_a_model(run: Run, expected: Path, tmp_path: Path) -> None:
    ran = run("verify", "--all", "--out", str(tmp_path / "out"))
    assert ran.status == 0
    first, second, last = ran.out.splitlines()
    assert re.fullmatch(r"  ok  Fine {38}          4 states +\d+\.\d s", first)
    assert second.startswith("  ok  Stuck") and max(len(first), len(second)) <= 80
    assert last.startswith("6 results, all as expected, ")


def test_the_whole_catalogue_takes_no_model(run: Run, expected: Path) -> None:
    ran = run("verify", "--all", "tests")
    assert ran.status == 2
    assert ran.error == "U008 --all takes no model\n    Leave it out, or name models without --all.\n"


def test_the_version_is_shown_without_a_command(run: Run) -> None:
    assert run("--version").out == f"evacheck {metadata.version('evacheck')}\n"


def test_commands_of_maintainers_are_not_in_the_help_and_work(run: Run) -> None:
    shown = run("--help").out
    assert " verify " in shown and "corpus" not in shown and "gallery" not in shown
    assert "DIR" in run("gallery", "--help").out


def test_a_catalogue_run_takes_no_parameters(run: Run, expected: Path) -> None:
    ran = run("verify", "--set", "a=1")
    assert ran.status == 2
    assert ran.error.startswith("U008 --set, --property and --keep-going go with one model\n")


def test_models_are_listed(run: Run, expected: Path) -> None:
    assert run("list").out == (
        "tests.support.workshop:Fine\n    Has nothing wrong with it.\n"
        "tests.support.workshop:Stuck\n    Waits for ever for what never comes.\n"
    )


def test_list_compiles_no_model(run: Run, expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The catalogue took a quarter of a minute."""
    monkeypatch.setattr("checker.commands.run.compile_model", None)
    assert run("list").out.count("tests.support.workshop:") == 2


def test_a_code_is_explained(run: Run) -> None:
    assert run("explain-code", "u001").out.startswith("U001  model not found\n\nA model is named by")


def test_a_graph_is_drawn(run: Run) -> None:
    ran = run("graph", "tests.support.workshop:Fine", "--dot", "--max-states", "2")
    assert ran.error == "Only the first 2 states are drawn; --max-states draws more.\n"
    assert ran.out.startswith('digraph "Fine: its reachable states"')


HEAVY = {"llvmlite", "networkx", "rich", "pydantic", "z3", "hypothesis", "gzip", "email", "http", "importlib.metadata"}
"""What takes long to import, and is needed by few."""


def imported_by(*arguments: str) -> set[str]:
    """The modules that a command has imported when it ends."""
    code = f"import sys; sys.argv[1:] = {arguments!r}; from checker.start import main\n"
    code += "try: main()\nexcept SystemExit: print(*sys.modules)"
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    return set(out.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("arguments", [(), ("--help",), ("--version",)])
def test_help_and_version_import_nothing_that_they_do_not_need(arguments: tuple[str, ...]) -> None:
    loaded = imported_by(*arguments)
    assert not loaded & HEAVY
    ours = {name for name in loaded if name.partition(".")[0] in ("checker", "counterexamples", "evacheck", "spec")}
    needed = {"checker", "checker.cli", "checker.commands", "checker.commands.starting", "checker.errors"}
    assert ours == needed | {"checker.signals", "checker.start"}


def test_a_verdict_on_a_tiny_model_imports_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    loaded = imported_by("verify", "spec.classics.diehard:DieHard", "--out", str(tmp_path))
    assert not loaded & (HEAVY | {"multiprocessing", "concurrent"})
    folders = {"checker.certificates", "checker.mutation", "counterexamples.gallery"}
    folders |= {f"checker.engines.{name}" for name in ("explicit", "symbolic", "fuzz")}
    others = {f"checker.commands.{each.module}" for each in COMMANDS if each.module != "verify"}
    assert not loaded & (folders | others | {"counterexamples.draw.page"})
    assert list(tmp_path.glob("*.svg")), "there was something to draw"


def test_an_entry_of_the_catalogue_imports_nothing_again_in_a_process_of_its_own(tmp_path: Path) -> None:
    loaded = imported_by("verify", "spec.classics.diehard", "--out", str(tmp_path))
    assert not loaded & HEAVY
    if Path("/proc/self/task").is_dir():
        assert not loaded & {"multiprocessing.popen_spawn_posix", "multiprocessing.resource_tracker"}


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="this system does not tell its threads")
def test_a_process_with_threads_is_not_forked() -> None:
    code = "import threading; from checker.pool import is_alone\n"
    code += "alone = is_alone(); done = threading.Event(); threading.Thread(target=done.wait).start()\n"
    code += "print(alone, is_alone()); done.set()"
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    out = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert out.stdout == "True False\n"


@pytest.mark.parametrize("command", [each for each in COMMANDS if not each.hidden], ids=lambda each: each.name)
def test_help_says_of_a_command_what_it_says_itself(command: Command) -> None:
    module = import_module(f"checker.commands.{command.module}")
    said = inspect.getdoc(getattr(module, command.function))
    assert said is not None and said.split("\n\n")[0].replace("\n", " ") == command.words


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


def test_a_fuzz_run_says_what_it_found_and_what_it_covered(run: Run, tmp_path: Path) -> None:
    arguments = (
        "fuzz",
        "tests.support.workshop:Workshop",
        "--runs",
        "40",
        "--steps",
        "20",
        "--seed",
        "3",
        "--out",
        str(tmp_path),
    )
    ran = run(*arguments)
    assert ran.status == 12
    assert "VIOLATED in a trace of 5 states" in ran.out and ", seed 3\n" in ran.out
    assert "  step " in ran.out and "Branches covered: " in ran.out
    assert max(map(len, ran.out.replace(str(tmp_path), "").splitlines())) <= 80
    (trace,) = tmp_path.glob("*.itf.json")
    assert run("replay", str(trace)).status == 0
    again = run(*arguments)
    assert re.sub(r"[0-9.]+ s", "T", again.out) == re.sub(r"[0-9.]+ s", "T", ran.out), "the same seed, the same runs"


def test_a_fuzz_run_that_finds_nothing_is_inconclusive(run: Run) -> None:
    ran = run("fuzz", "tests.support.workshop:Fine", "--runs", "5", "--property", "no_deadlock")
    assert ran.status == 3
    assert "random run, which proves nothing: unknown" in ran.out  # the model leaves no choice: one run is all there is


@pytest.mark.parametrize(("asked", "said"), [(("--of-states", "1"), True), ((), False)])
def test_a_fuzz_run_says_why_it_knows_no_share_to_whoever_asked_for_one(
    run: Run, monkeypatch: pytest.MonkeyPatch, asked: tuple[str, ...], said: bool
) -> None:
    monkeypatch.setattr("checker.engines.fuzz.engine.whole", lambda program, limit: None)
    ran = run("fuzz", "tests.support.workshop:Fine", "--runs", "5", *asked)
    assert ("which share was seen is not known" in ran.out) is said


def test_several_counterexamples_are_shown_and_written(run: Run, tmp_path: Path) -> None:
    ran = run("verify", "spec.classics.diehard:DieHard", "--all-traces", "2", "--out", str(tmp_path))
    assert ran.status == 12
    assert "2 counterexamples of big_is_not_4 that differ in more than the order of" in ran.out
    for number in (1, 2):
        assert run("replay", str(tmp_path / f"DieHard-big_is_not_4-{number}.itf.json")).status == 0
    assert run("verify", "spec.classics", "--all-traces", "2").status == 2
