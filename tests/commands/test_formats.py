"""`verify --format`: what other programs read. What is not decided is never said to be good."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest

from checker.commands.formats import every, mermaid
from checker.commands.formats.sarif import SCHEMA
from checker.commands.options import FORMS
from tests.support.commands import Run
from tests.support.locks import SPIN_FILE

MODEL = """
from evacheck import Bool, Model, Range, Var, action, always, final, require, sometimes

class Counts(Model):
    x = Var(Range(9))

    @action
    def up(self):
        require(self.x < 3)
        self.x += 1

    @final
    def over(self):
        return self.x == 3

    @always
    def small(self):
        \"\"\"It | stays <b>small</b> & nice.\"\"\"
        return self.x < 2

    @sometimes
    def nine(self):
        return self.x == 8
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    (tmp_path / "my models").mkdir()
    (tmp_path / "my models" / "counts.py").write_text(MODEL)
    return tmp_path


COUNTS = ("verify", "my models/counts.py")


def test_every_format_is_offered_and_no_other() -> None:
    assert tuple(every.FORMATS) == FORMS


def test_sarif_has_a_result_for_what_does_not_hold_and_its_steps_as_a_code_flow(run: Run, folder: Path) -> None:
    """The log is as the published schema wants it: seen once with jsonschema; here what readers need of it."""
    ran = run(*COUNTS, "--format", "sarif")
    log = json.loads(ran.out)
    assert (ran.status, log["$schema"], log["version"]) == (12, SCHEMA, "2.1.0")
    (found,) = log["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert rules == ["small", "nine", "no_deadlock", "no_failure"]
    small, nine = found["results"]
    assert all(rules[each["ruleIndex"]] == each["ruleId"] for each in (small, nine))
    assert (small["kind"], small["level"], nine["ruleId"], "codeFlows" in nine) == ("fail", "error", "nine", False)
    assert "State 3 violates small" in small["message"]["text"]
    assert "NEVER HAPPENS" in nine["message"]["text"]
    place = small["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "my%20models/counts.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"]["startLine"] == MODEL.splitlines().index("    def small(self):") + 1
    (flow,) = small["codeFlows"]
    steps = flow["threadFlows"][0]["locations"]
    assert [step["location"]["message"]["text"] for step in steps] == [
        "1  initially: x 0", "2  up: x 0 -> 1", "3  up: x 1 -> 2"
    ]  # fmt: skip
    ran_at = MODEL.splitlines().index("        require(self.x < 3)") + 1
    assert steps[1]["location"]["physicalLocation"]["region"]["startLine"] == ran_at
    assert steps[2]["state"] == {"x": {"text": "1 -> 2"}}


def test_sarif_calls_open_what_is_not_decided(run: Run, folder: Path) -> None:
    ran = run(*COUNTS, "--max-states", "2", "--engine", "reference", "--format", "sarif")
    results = json.loads(ran.out)["runs"][0]["results"]
    assert ran.status == 3 and len(results) == 4
    assert {(each["kind"], each["level"]) for each in results} == {("open", "none")}


def test_junit_never_lets_pass_what_is_not_decided(run: Run, folder: Path) -> None:
    suites = Xml.fromstring(run(*COUNTS, "--format", "junit").out)
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("4", "2", "0")
    small, nine, *good = suites.iter("testcase")
    (failure,) = small
    assert failure.get("message") == "VIOLATED in a trace of 3 states"
    assert "  3  up\n       x  1 -> 2\n" in str(failure.text) and "Trace    evacheck-out/" in str(failure.text)
    assert nine[0].tag == "failure" and [len(each) for each in good] == [0, 0]
    limited = Xml.fromstring(run(*COUNTS, "--max-states", "2", "--engine", "reference", "--format", "junit").out)
    assert (limited.get("failures"), limited.get("errors")) == ("0", "4")
    assert [[child.tag for child in each] for each in limited.iter("testcase")] == [["error"]] * 4


def test_junit_leaves_out_what_xml_cannot_hold(run: Run, folder: Path) -> None:
    odd = MODEL.replace("self.x += 1", r"assert self.x < 1, 'bell \x07, null \x00, half \x1b'; self.x += 1")
    (folder / "odd.py").write_text(odd)
    suites = Xml.fromstring(run("verify", "odd.py", "--format", "junit").out)
    assert "bell \ufffd" in "".join(suites.itertext())


def test_github_reads_an_error_a_line_and_a_summary(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    summary = folder / "summary.md"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    small, nine, last = run(*COUNTS, "--format", "github").out.splitlines()
    line = MODEL.splitlines().index("    def small(self):") + 1
    assert small.startswith(f"::error file=my models/counts.py,line={line},col=5,title=small is violated::")
    assert "%0AState 3 violates small%0A" in small and "evacheck show evacheck-out/counts-small.itf.json" in small
    assert "title=nine is violated::my models/counts.py: nine NEVER HAPPENS (all 4 states)" in nine
    assert last == "my models/counts.py: 2 of 4 properties hold, or happen"
    assert summary.read_text().startswith("before\n### my models/counts.py\n")
    limited = run(*COUNTS, "--max-states", "2", "--engine", "reference", "--format", "github").out
    assert limited.count("::error ") == 4 and limited.count(" is undecided::") == 4
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(folder))
    ran = run(*COUNTS, "--format", "github")
    assert ran.status == 2 and ran.error.startswith(f"U010 GITHUB_STEP_SUMMARY names {folder}, which cannot be")


def test_markdown_has_a_table_and_the_counterexample(run: Run, folder: Path) -> None:
    text = run(*COUNTS, "--format", "markdown").out
    assert "| ❌ | small | VIOLATED in a trace of 3 states |\n" in text
    assert "| ✅ | no\\_failure | holds (all 4 states) |\n" in text
    assert "\n  3  up\n       x  1 -> 2\n" in text and "\n```mermaid\nsequenceDiagram\n" in text
    assert text.count("```") == 4 and text.count("<details>") == text.count("</details>") == 1


def test_mermaid_draws_the_shortest_counterexample_in_lanes(run: Run, folder: Path) -> None:
    (folder / "spin.py").write_text(SPIN_FILE)
    assert run("verify", "spin.py", "--format", "mermaid").out.splitlines() == [
        "sequenceDiagram",
        "    participant a0 as thread[0]",
        "    participant a1 as thread[1]",
        "    Note over a0,a1: initially<br/>held False<br/>thread[0] at \"start\"<br/>thread[1] at \"start\"",
        '    a0->>a0: 2  from "start"',
        '    Note over a0: thread[0] at "waits"',
        '    a1->>a1: 3  from "start"',
        '    Note over a1: thread[1] at "waits"',
        '    a1->>a1: 4  from "waits"',
        '    Note over a1: held False -#62; True<br/>thread[1] at "critical"',
        '    a1->>a1: 5  from "critical"',
        '    Note over a1: held True -#62; False<br/>thread[1] at "waits"',
        "    Note over a0,a1: back to state 3, and round for ever",
        "    Note over a0,a1: States 1 to 5, and then round from state<br/>3 again, violate served",
    ]  # fmt: skip
    assert mermaid._text("a;b#c\n%% <x>") == "a#59;b#35;c #37;#37; #60;x#62;"


def test_where_nothing_is_violated_every_format_says_so(run: Run, folder: Path) -> None:
    good = re.sub(r"    @sometimes.*", "", MODEL.replace("self.x < 2", "self.x < 4"), flags=re.DOTALL)
    (folder / "good.py").write_text(good)
    said = {form: run("verify", "good.py", "--format", form) for form in FORMS}
    assert {each.status for each in said.values()} == {0}
    assert json.loads(said["sarif"].out)["runs"][0]["results"] == []
    assert "no counterexample" in said["mermaid"].out and "::error" not in said["github"].out
    assert said["json"].out.count('"verdict": "exhausted"') == 3


def test_mistakes_of_a_model_reach_who_reads_a_format(run: Run, folder: Path) -> None:
    """An empty log would be read as one without faults."""
    (folder / "wrong.py").write_text(MODEL.replace("self.x += 1", "self.y += 1").replace("self.x < 2", "self.z < 2"))
    said = {form: run("verify", "wrong.py", "--format", form) for form in ("sarif", "junit", "github")}
    assert {each.status for each in said.values()} == {150}
    assert all(each.error.startswith("wrong.py:") for each in said.values())
    (log,) = json.loads(said["sarif"].out)["runs"]
    first, second = log["results"]
    (rule,) = log["tool"]["driver"]["rules"]
    assert (first["ruleId"], first["level"], log["invocations"][0]["exitCode"]) == (rule["id"], "error", 150)
    line = MODEL.splitlines().index("        self.x += 1") + 1
    assert first["locations"][0]["physicalLocation"]["region"]["startLine"] == line
    assert "'y'" in first["message"]["text"] and "'z'" in second["message"]["text"]
    (case,) = Xml.fromstring(said["junit"].out).iter("testcase")
    assert [child.tag for child in case] == ["error"] and "wrong.py:" in str(case[0].text)
    one, _, last = said["github"].out.splitlines()
    assert one.startswith(f"::error file=wrong.py,line={line},col=9,title={rule['id']}::wrong.py: ")
    assert last == "wrong.py: cannot be checked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*COUNTS, "--format", "sarf"), "U008 --format sarf is no format\n    Did you mean `sarif`?"),
        ((*COUNTS, "--format", "sarif", "--json"), "U008 --json and --format exclude each other"),
        (("verify", "spec.classics", "--format", "sarif"), "U008 --format sarif goes with one model"),
        ((*COUNTS, "--format", "junit", "--sweep", "x=1"), "U008 --format junit goes with one model"),
        ((*COUNTS, "--format", "junit", "--all-traces", "2"), "U008 --all-traces goes with one model, in words"),
    ],
)
def test_a_format_that_cannot_be_given_is_refused(run: Run, folder: Path, words: tuple[str, ...], said: str) -> None:
    ran = run(*words)
    assert ran.status == 2 and ran.error.startswith(said)


def test_what_the_page_on_ci_runs_is_what_there_is(run: Run, folder: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "ci.md").read_text()
    (folder / "models").mkdir()
    (folder / "models" / "counter.py").write_text(MODEL)
    commands = set(re.findall(r"evacheck (verify models/[^`>|\n]*)", page))
    assert len(commands) == 9
    assert {run(*each.split()).status for each in commands} == {12}
