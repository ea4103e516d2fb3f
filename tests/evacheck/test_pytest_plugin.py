"""`pytest --evacheck`: models as tests. Each test runs pytest in a folder of its own, in a copy of this process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from checker.check import select
from checker.frontend.load import compile_model, load
from evacheck.expectations import Asked
from tests.support import forked

MODEL = '''
from evacheck import Array, Bool, Model, Param, Range, Var, always, process, sometimes


class Counter(Model):
    """Threads add one to a counter. Reading and writing are two steps."""

    threads = Param(2)
    atomic = Param(False)
    Thread = Range(threads)
    counter = Var(Range(0, threads))
    finished = Var(Array(Thread, Bool))

    @process(Thread)
    def thread(self, t: Thread):
        seen = self.counter
        if not self.atomic:
            yield "read"
        self.counter = seen + 1
        self.finished[t] = True

    @always
    def nothing_is_lost(self):
        """When all have finished, every addition is there."""
        return not all(self.finished) or self.counter == self.threads

    @sometimes
    def all_finish(self):
        return all(self.finished)
'''


def marked(*marks: str) -> str:
    """The model with marks of pytest."""
    lines = "".join(f"@pytest.mark.evacheck({mark})\n" for mark in marks)
    return "import pytest\n" + MODEL.replace("class Counter", f"{lines}class Counter")


def pytest_of(folder: Path, *words: str, **written: str) -> str:
    """What `pytest --evacheck WORDS` says in a folder of these files: `test_x` is test_x.py."""
    for name, text in written.items():
        (folder / f"{name}.py").write_text(text)
    done = forked.tests(folder, ["--evacheck", *words])
    return done.stdout + done.stderr


def test_a_property_is_a_test_and_a_failure_is_the_trace(tmp_path: Path) -> None:
    said = pytest_of(tmp_path, test_counter=MODEL)
    assert "1 failed, 3 passed" in said
    assert "FAILED test_counter.py::Counter::nothing_is_lost" in said
    assert "Counter(threads=2, atomic=False): 12 states, depth 5" in said
    assert "  nothing_is_lost  VIOLATED in a trace of 5 states\n" in said
    assert "nothing_is_lost should hold, but is violated in 5 states.\n" in said
    assert '\n  4  thread[0] from "read"\n       counter      0 -> 1\n' in said
    assert "\n       self.counter == self.threads is false: self.counter = 1" in said
    assert "Traceback" not in said and "pytest_models.py" not in said


def test_the_command_that_a_failure_names_shows_the_page(tmp_path: Path) -> None:
    said = pytest_of(tmp_path, test_counter=MODEL)
    (line,) = {line for line in said.splitlines() if line.startswith("Page ")}  # with CI set, the summary says it again
    words = line.removeprefix("Page     evacheck ").split()
    assert words == ["show", "evacheck-out/test_counter-Counter-nothing_is_lost.itf.json", "--html"]
    shown = forked.command(tmp_path, words)
    assert (shown.returncode, shown.stdout) == (0, f"Page     {words[1].removesuffix('.itf.json')}.html\n")


def test_a_mark_fixes_parameters_and_says_what_is_expected(tmp_path: Path) -> None:
    two = marked("threads=3, expect={'nothing_is_lost': 'violated'}", "atomic=True")
    said = pytest_of(tmp_path, "-v", test_counter=two)
    assert "8 passed" in said
    assert "test_counter.py::Counter[threads=3]::nothing_is_lost PASSED" in said
    assert "test_counter.py::Counter[atomic=True]::nothing_is_lost PASSED" in said


def test_what_is_expected_and_does_not_come_fails(tmp_path: Path) -> None:
    wrong = marked("atomic=True, expect={'nothing_is_lost': 'violated', 'all_finish': {'witnessed': 4}}")
    said = pytest_of(tmp_path, test_counter=wrong)
    assert "nothing_is_lost should be violated, but holds." in said
    assert "all_finish should be witnessed in 4 states, but the trace found has 3: it became shorter." in said
    assert "2 failed, 2 passed" in said


def test_what_could_not_be_decided_fails_unless_that_is_allowed(tmp_path: Path) -> None:
    limit = "states=3, engine='reference', threads=3"
    said = pytest_of(tmp_path, test_counter=marked(limit))
    assert "4 failed" in said and "passed" not in said
    assert "Stopped early: state budget of 3 ended" in said
    allowed = pytest_of(tmp_path, "-rs", test_counter=marked(f"{limit}, allow_unknown=True"))
    assert "4 skipped" in allowed and "passed" not in allowed and "undecided: " in allowed


def test_a_model_is_decided_once_for_all_its_tests(tmp_path: Path) -> None:
    counting = """
import evacheck.expectations as expectations
decide = expectations.Asked.decide
def counted(asked):
    with open("decided", "a") as file:
        file.write(f"{asked.model}\\n")
    return decide(asked)
expectations.Asked.decide = counted
"""
    pytest_of(tmp_path, conftest=counting, test_counter=marked("threads=1", "threads=2"))
    assert (tmp_path / "decided").read_text() == "Counter(threads=1, atomic=False)\nCounter(threads=2, atomic=False)\n"


def test_a_mark_of_a_class_is_not_one_of_its_subclass(tmp_path: Path) -> None:
    """A model that mends another is not expected to be broken as that is."""
    mended = "\n\nclass Mended(Counter):\n    atomic = True\n\n\nclass Base(Counter):\n    __test__ = False\n"
    said = pytest_of(tmp_path, "-v", test_counter=marked("expect={'nothing_is_lost': 'violated'}") + mended)
    assert "8 passed" in said
    assert "::Mended::nothing_is_lost PASSED" in said and "Base" not in said


def test_other_marks_hold_for_a_model_and_what_is_imported_is_no_test_here(tmp_path: Path) -> None:
    skipped = MODEL.replace("class Counter", "import pytest\n\n\n@pytest.mark.skip(reason='later')\nclass Counter")
    other = "from test_counter import Counter as Again, Counter\nCopy = Counter\n\n\ndef test_it():\n    pass\n"
    said = pytest_of(tmp_path, "-rs", test_counter=skipped, test_other=other)
    assert "1 passed, 4 skipped" in said and "later" in said


REFUSED = {
    "thread=3": "U002 Counter has no parameter 'thread'\n    Did you mean `threads`?",
    "threads=-1": "U004 threads = -1 is outside its type",
    "expect={'nothing_lost': 'violated'}": "U003 @pytest.mark.evacheck of Counter: there is no property",
    "expect={'all_finish': 'maybe'}": "U008 @pytest.mark.evacheck of Counter, all_finish must be one of holds,",
    "expect='violated'": "U008 @pytest.mark.evacheck of Counter: expect='violated' is no table",
    "properties='all_finish'": "U008 @pytest.mark.evacheck of Counter: properties='all_finish' is no list",
    "properties=['all_finish'], expect={'nothing_is_lost': 'holds'}": "and is not among the properties to decide",
    "parameters={'threads': 2}, threads=3": "U008 @pytest.mark.evacheck of Counter: parameters={'threads': 2}",
    "3, threads=2": "U008 @pytest.mark.evacheck has (3,) without a name",
}
"""What a mark says, and how it is refused."""


def test_a_mark_that_cannot_be_meant_is_refused(tmp_path: Path) -> None:
    found = pytest_of(tmp_path, **{f"test_{number}": marked(mark) for number, mark in enumerate(REFUSED)})
    assert [said for said in REFUSED.values() if said not in found] == []
    assert f"{len(REFUSED)} errors" in found and "passed" not in found and "failed" not in found


def test_a_parameter_called_as_an_option_is_asked_about(tmp_path: Path) -> None:
    renamed = MODEL.replace("threads", "time")
    with_mark = renamed.replace("class Counter", "import pytest\n\n\n@pytest.mark.evacheck({})\nclass Counter")
    said = pytest_of(tmp_path, test_counter=with_mark.format("time=1"))
    assert "time=1 may be its parameter or an option" in said
    said = pytest_of(tmp_path, "-v", test_counter=with_mark.format("time=60, parameters={'time': 1}"))
    assert "::Counter[time=1]::nothing_is_lost PASSED" in said


def test_a_mistake_in_a_model_fails_each_of_its_tests_with_its_place(tmp_path: Path) -> None:
    said = pytest_of(tmp_path, test_counter=MODEL.replace("seen + 1", "sen + 1"))
    assert "4 failed" in said and "Traceback" not in said
    assert "test_counter.py:19:24: E203" in said


def test_models_in_folders_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "models" / "counter.py").write_text(MODEL + "\n\nclass Mended(Counter):\n    atomic = True\n")
    (tmp_path / "models" / "expected.toml").write_text(
        '[[entry]]\nmodel = "counter.py:Counter"\nparameters = { threads = 3 }\n'
        "distinct = 59\ngenerated = 101\ndepth = 7\n"
        "[entry.properties]\nnothing_is_lost = { violated = 7 }\n"
    )
    (tmp_path / "tests" / "test_it.py").write_text("def test_it():\n    pass\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\nevacheck = true\nevacheck_models = models\ntestpaths = tests\n")
    said = forked.tests(tmp_path, ["-v"]).stdout
    assert "models/counter.py::Mended::nothing_is_lost PASSED" in said
    assert "models/expected.toml::Counter[threads=3]::nothing_is_lost PASSED" in said
    assert "models/counter.py::Counter:" not in said
    assert "models/expected.toml::Counter[threads=3]::counts FAILED" in said
    assert "\ngenerated should be 101, but is 100.\n" in said
    assert "1 passed" in forked.tests(tmp_path, ["tests"]).stdout


def test_an_expected_toml_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "expected.toml").write_text('[[entry]]\nmodel = "counter.py:Counter"\nsise = 3\n')
    said = pytest_of(tmp_path, "expected.toml", counter=MODEL)
    assert "U009 expected.toml: entry 1 has an unknown key 'sise'" in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("evacheck_models = modles", "modles, and there is no such folder or file"),
        ("evacheck_time = soon", "evacheck_time = soon is no duration. Write it like 500ms, 60s, 5m or 1h."),
    ],
)
def test_a_configuration_that_cannot_be_meant_ends_the_run(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nevacheck = true\n{line}\n")
    done = forked.tests(tmp_path, [])
    assert said in done.stderr and done.returncode == 4


def test_without_being_asked_the_plugin_collects_nothing_and_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_counter.py").write_text(MODEL)
    assert "no tests ran" in forked.tests(tmp_path, []).stdout
    (tmp_path / "test_it.py").write_text(
        "import sys\n\n\ndef test_it():\n"
        "    assert 'evacheck.pytest_plugin' in sys.modules\n"
        "    assert [name for name in sys.modules if name.partition('.')[0] in ('checker', 'z3', 'llvmlite')] == []\n"
        "    assert 'evacheck.pytest_models' not in sys.modules\n"
    )
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "1 passed" in done.stdout, done.stdout


def test_tests_of_a_model_stay_on_one_worker(tmp_path: Path) -> None:
    told = """
import os, pytest
@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item):
    with open(os.environ["PYTEST_XDIST_WORKER"], "a") as file:
        file.write(f"{item.parent.name}\\n")
"""
    (tmp_path / "conftest.py").write_text(told)
    (tmp_path / "test_counter.py").write_text(marked("threads=1", "atomic=True", "threads=1, atomic=True"))
    words = [sys.executable, "-m", "pytest", "-q", "--evacheck", "-n", "2", "--dist", "loadscope"]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "12 passed" in done.stdout, done.stdout
    runs = [set(path.read_text().split("\n")[:-1]) for path in tmp_path.glob("gw*")]
    assert sum(map(len, runs)) == 3, runs


def test_names_are_those_of_the_verdicts() -> None:
    """They are read without compiling, so that collecting costs nothing."""
    for name in ("spec.classics.implementing:BarriersMeet", "spec.classics.token_ring:TokenRing"):
        model = load(name)
        assert Asked(model()).names == select(compile_model(model, {}))
