"""The wheel takes one name, `evacheck`: folders `spec`, `checker` and `counterexamples` of a project stay its own."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from checker.commands.skill import pages

ROOT = Path(__file__).parents[2]
NAMES = ("spec", "checker", "counterexamples")
MODEL = """
from checker.sizes import SIZE
from counterexamples import WORD
from evacheck import Array, Bool, Model, Param, Range, Var, always, process
from spec.sizes import SIZE as AGAIN


"""
TEST = """
import evacheck, pytest, checker, counterexamples, spec
from counter import Counter


def test_the_folders_are_mine_and_a_model_is_checked():
    assert [each.WORD for each in (spec, checker, counterexamples)] == ["my spec", "my checker", "my counterexamples"]
    with pytest.raises(evacheck.CheckFailed, match="State 5 violates nothing_is_lost"):
        evacheck.verify(Counter(threads=2)).check()
    assert evacheck.verify("spec.classics.diehard:DieHard", properties=["big_is_not_4"]).traces
"""


def hook() -> ModuleType:
    """The build hook, which is no module of a package."""
    spec = importlib.util.spec_from_file_location("wheel_hook", ROOT / ".ci" / "wheel.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def files() -> dict[str, bytes]:
    """The wheel's files."""
    return dict(hook().packed(ROOT))


def test_no_import_of_a_wheel_takes_another_name() -> None:
    assert all(place.startswith("evacheck/") for place in files())
    assert {"evacheck/checker/start.py", "evacheck/spec/questions.toml"} <= files().keys()
    assert {f"evacheck/{page.relative_to(ROOT)}" for page in pages().values()} <= files().keys(), "of `evacheck skill`"
    for place, content in files().items():
        for node in ast.walk(ast.parse(content)) if place.endswith(".py") else ():
            imported = [node.module] if isinstance(node, ast.ImportFrom) else []
            imported += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not [name for name in imported if name and name.partition(".")[0] in NAMES], place


def test_a_module_that_is_named_in_a_string_is_looked_for_at_home() -> None:
    """A table of engines named `checker.portfolio`, which a wheel does not have."""
    named = re.compile(r"(checker|counterexamples)(\.\w+)+(:\w+)?")
    found = {
        place
        for place, content in files().items()
        if place.endswith(".py") and "import_module(" in content.decode() and "HOME" not in content.decode()
        for node in ast.walk(ast.parse(content))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and named.fullmatch(node.value)
    }
    assert found == set()


def test_an_import_that_cannot_be_moved_ends_the_build() -> None:
    moved = hook().moved
    assert moved("if x:\n    from checker.lang import Model  # as is\n", "a.py") == (
        "if x:\n    from evacheck.checker.lang import Model  # as is\n"
    )
    with pytest.raises(ValueError, match=r"a\.py:2: write `from package import module`"):
        moved("import sys\nimport checker.lang\n", "a.py")


def project(folder: Path) -> None:
    """A project with folders of our packages' names, which its model and its test use."""
    for name in NAMES:
        (folder / name).mkdir(parents=True)
        (folder / name / "__init__.py").write_text(f"WORD = 'my {name}'\n")
        (folder / name / "sizes.py").write_text("SIZE = 2\n")
    source = (ROOT / "tests" / "evacheck" / "test_public.py").read_text()
    (node,) = [each for each in ast.parse(source).body if isinstance(each, ast.ClassDef) and each.name == "Counter"]
    code = ast.get_source_segment(source, node)
    assert code is not None
    code = code.replace("Param(2)", "Param(SIZE)").split("    @sometimes")[0]
    (folder / "counter.py").write_text(f"{MODEL}{code}")
    (folder / "test_counter.py").write_text(TEST)


def use(python: str, folder: Path, **more: str) -> None:
    """What a user does in such a project: check, replay, show; a model of the catalogue; pytest."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), **more}

    def run(*words: str, status: int = 0) -> str:
        done = subprocess.run(
            [python, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    command = ("-m", "evacheck.checker.start")
    assert "nothing_is_lost  VIOLATED in a trace of 5 states" in run(*command, "verify", "counter.py", status=12)
    marking = ("spec.gc.marking:Marking", "--set", "objects=1", "--set", "goroutines=1", "--engine", "explicit")
    assert "no_missed_mark               holds" in run(*command, "verify", *marking)
    run(*command, "verify", "spec.classics.diehard:DieHard", status=12)
    said = run(*command, "replay", "evacheck-out/DieHard-big_is_not_4.itf.json")
    assert said == "replayed: 7 states, violates big_is_not_4\n"
    assert "Page     " in run(*command, "show", "evacheck-out/counter-nothing_is_lost.itf.json", "--html")
    tests = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--evacheck", "test_counter.py", "counter.py")
    said = run(*tests, status=1)
    assert "FAILED counter.py::Counter::nothing_is_lost" in said and "1 failed, 3 passed" in said


def test_a_project_keeps_its_own_spec_checker_and_counterexamples(tmp_path: Path) -> None:
    """The wheel's files, put where a folder is looked for before this clone is."""
    for place, content in files().items():
        path = tmp_path / "site" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    project(tmp_path / "mine")
    use(sys.executable, tmp_path / "mine", PYTHONPATH=str(tmp_path / "site"))


@pytest.mark.wheel
def test_a_wheel_in_an_empty_environment(tmp_path: Path) -> None:
    if os.environ.get("EVACHECK_WHEEL") != "required":
        pytest.skip("builds a wheel and an environment: EVACHECK_WHEEL=required asks for it")
    uv = shutil.which("uv")
    assert uv is not None
    python = tmp_path / "env" / "bin" / "python"
    subprocess.run([uv, "build", "-q", "--wheel", "-o", tmp_path / "dist", ROOT], check=True)
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, tmp_path / "env"], check=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    subprocess.run([uv, "pip", "install", "-q", "--python", python, wheel, "pytest"], check=True)
    installed = [each.name for each in (tmp_path / "env").glob("lib/python*/site-packages/*")]
    assert "evacheck" in installed and not set(NAMES) & set(installed)
    assert subprocess.run([python.parent / "evacheck", "--version"], check=False).returncode == 0
    project(tmp_path / "mine")
    use(str(python), tmp_path / "mine")
    begin(python.parent, tmp_path / "empty")


def begin(scripts: Path, folder: Path) -> None:
    """What a user does first, in an empty folder: .ci/show, and what lies there then."""
    folder.mkdir()
    environment = {**os.environ, "PATH": f"{scripts}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(folder / "cache")}
    done = subprocess.run(
        [ROOT / ".ci" / "show"], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for said in ("VIOLATED in a trace of 5 states", "Example 2: ", "FAILED counter.py::Counter::nothing_is_lost"):
        assert said in done.stdout, said
    (found,) = json.loads((folder / "counter.sarif").read_text())["runs"][0]["results"]
    assert found["codeFlows"] and found["ruleId"] == "nothing_is_lost"
    assert "<iframe sandbox=" in (folder / "notebook.html").read_text()
    assert (folder / "evacheck-out" / "counter-nothing_is_lost.html").stat().st_size > 10_000
    done = subprocess.run([scripts / "evacheck", "skill"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("---\nname: evacheck\n")
