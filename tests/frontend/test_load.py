"""Finding a model by name or file: whatever the folder around holds, and whatever the file does while it is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from checker.errors import ModelError, UsageError
from checker.frontend.load import compile_model, load

START = "from checker.lang import *\n"
LAMP = """
class Lamp(Model):
    lit = Var(Bool)

    @action
    def press(self):
        self.lit = not self.lit
"""


def write(folder: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def command(folder: Path, *arguments: str, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What `evacheck` does in a folder; `path` is looked in first for whatever is imported."""
    start = "import sys; sys.path.pop(0); from checker.cli import main; main()"  # as a script does: no current folder
    around = os.environ if path is None else {**os.environ, "PYTHONPATH": str(path)}
    asked = [sys.executable, "-c", start, *arguments]
    return subprocess.run(asked, cwd=folder, env=around, capture_output=True, text=True, timeout=120, check=False)


def refused(folder: Path, text: str, name: str = "model.py") -> str:
    """What is said of a file."""
    write(folder, {name: text})
    with pytest.raises(ModelError) as caught:
        load(f"{folder / name}:Lamp")
    return str(caught.value).replace(f"{folder}/", "")


def test_a_folder_called_spec_checker_or_counterexamples_hides_nothing(tmp_path: Path) -> None:
    own = START + LAMP
    write(tmp_path, {f"{name}/__init__.py": "" for name in ("spec", "checker", "counterexamples")})
    write(tmp_path, {f"{name}/mine.py": own for name in ("spec", "checker", "counterexamples")})
    ran = command(tmp_path, "verify", "spec.classics.diehard")
    assert (ran.returncode, ran.stderr) == (0, "")
    for name in ("spec", "checker", "counterexamples"):
        ran = command(tmp_path, "verify", f"./{name}/mine.py")
        assert (ran.returncode, ran.stderr) == (0, ""), name
        assert "no_deadlock  holds (all 2 states)" in ran.stdout
    ran = command(tmp_path, "verify", "spec.mine:Lamp")
    assert ran.returncode == 2
    assert (
        ran.stderr.split("\n")[1].strip() == "spec is a package of evacheck. Name your own by its file: ./spec/mine.py"
    )


def test_a_folder_called_spec_hides_nothing_even_where_python_looks_first(tmp_path: Path) -> None:
    write(tmp_path, {"spec/__init__.py": "", "spec/mine.py": START + LAMP})
    ran = command(tmp_path, "verify", "spec.classics.diehard", path=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = command(tmp_path, "verify", "spec/mine.py", path=tmp_path)
    assert (ran.returncode, ran.stderr) == (0, "")
    ran = command(tmp_path, "list", path=tmp_path)
    assert ran.returncode == 0
    assert "DieHard" in ran.stdout and "cannot be loaded" not in ran.stdout + ran.stderr


def test_a_package_of_the_name_of_ours_may_import_its_neighbours_with_a_dot(tmp_path: Path) -> None:
    write(tmp_path, {"spec/__init__.py": "", "spec/base.py": START + LAMP})
    write(tmp_path, {"spec/more.py": "from .base import Lamp\nclass More(Lamp):\n    pass\n"})
    assert load(str(tmp_path / "spec" / "more.py")).__name__ == "More"
    said = refused(tmp_path, "from spec.base import Lamp\n", "spec/wrong.py")
    assert said.startswith("spec/wrong.py:1:1: E103 there is no module 'spec.base'")


def test_a_file_imports_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path, {"far/other.py": START + LAMP, "far/model.py": "import other\nclass M(other.Lamp):\n    pass\n"})
    ran = command(tmp_path, "verify", "far/model.py")
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "holds (all 2 states)" in ran.stdout


def test_two_files_of_one_name_in_different_folders_are_two(tmp_path: Path) -> None:
    for size in (2, 3):
        files = {"other.py": f"SIZE = {size}\n", "model.py": f"{START}import other\nRANGE = Range(other.SIZE)\n{LAMP}"}
        write(tmp_path / f"folder{size}", files)
    first, second = (load(str(tmp_path / f"folder{size}" / "model.py")) for size in (2, 3))
    assert first.__module__ != second.__module__
    sizes = [vars(sys.modules[each.__module__])["other"].SIZE for each in (first, second)]
    assert sizes == [2, 3]
    again = load(str(tmp_path / "folder2" / "model.py"))
    assert again.__module__ == first.__module__
    assert vars(sys.modules[again.__module__])["other"].SIZE == 2


def test_a_package_imports_with_and_without_a_dot(tmp_path: Path) -> None:
    more = "class M(Lamp):\n    pass\n"
    write(tmp_path, {"lamps/__init__.py": "", "lamps/deep/__init__.py": "", "lamps/base.py": START + LAMP})
    write(tmp_path, {"lamps/deep/one.py": f"from ..base import Lamp\n{more}"})
    write(tmp_path, {"lamps/deep/two.py": f"from lamps.base import Lamp\n{more}"})
    write(tmp_path, {"lamps/three.py": f"from base import Lamp\n{more}"})
    for name in ("deep/one", "deep/two", "three"):
        assert compile_model(load(str(tmp_path / "lamps" / f"{name}.py")), {}).actions, name


def test_two_packages_of_one_name_are_two(tmp_path: Path) -> None:
    for size in (2, 3):
        write(tmp_path / f"f{size}", {"pairs/__init__.py": "", "pairs/other.py": f"SIZE = {size}\n"})
        write(tmp_path / f"f{size}", {"pairs/model.py": f"{START}from .other import SIZE\n{LAMP}    size = SIZE\n"})
    models = [load(str(tmp_path / f"f{size}" / "pairs" / "model.py")) for size in (2, 3)]
    assert [vars(model)["size"] for model in models] == [2, 3]


@pytest.mark.parametrize("name", ["queue", "types", "llvmlite", "typer", "spec"])
def test_a_file_may_be_called_as_a_module_of_python(tmp_path: Path, name: str) -> None:
    write(tmp_path, {f"{name}.py": START + LAMP})
    ran = command(tmp_path, "verify", f"{name}.py", "--engine", "explicit")
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_neighbour_hidden_by_a_module_of_python_is_said(tmp_path: Path) -> None:
    write(tmp_path, {"queue.py": "LENGTH = 3\n"})
    said = refused(tmp_path, START + "import queue\n" + LAMP)
    assert said == (
        "model.py:2:1: E103 `import queue` gives Python's, not the queue.py beside this file\n"
        "    Give queue.py another name."
    )
    assert "`import queue` gives Python's" in refused(tmp_path, "from queue import LENGTH\n", "other.py")


def test_a_module_of_python_named_as_a_model_says_how_to_name_the_file(tmp_path: Path) -> None:
    write(tmp_path, {"queue.py": START + LAMP})
    ran = command(tmp_path, "verify", "queue")
    assert ran.returncode == 2
    assert "queue is a module of Python. Name your own by its file: ./queue.py" in ran.stderr


@pytest.mark.parametrize(
    ("name", "said", "remedy"),
    [
        ("models/lamp", "there is no file models/lamp", "Did you mean `models/lamp.py`?"),
        ("models/lam", "there is no file models/lam", "Did you mean `models/lamp.py`?"),
        ("models/readme.txt", "models/readme.txt is not a Python file", "The name of a model's file ends in .py."),
        ("models/", "models/ is a folder", "Name one of its files, such as models/lamp.py."),
        ("/", "/ is a folder", "Name a file."),
        ("nowhere/", "there is no file nowhere/", "Check the path."),
        ("./" + "x" * 300, f"'./{'x' * 58}...{'x' * 30}' cannot be opened (File name too long)", "Check the path."),
        ("x" * 300 + ".py", f"'{'x' * 60}...{'x' * 27}.py' cannot be opened (File name too long)", "Check the path."),
        ("x" * 300, f"there is no module '{'x' * 60}...{'x' * 30}'", "`evacheck list` names the models that come "),
        ("", "'' is not the name of a module", "Write package.module, or file.py."),
        (".lamp", "'.lamp' is not the name of a module", "Write package.module, or file.py."),
        ("a..b", "'a..b' is not the name of a module", "Write package.module, or file.py."),
        (":Lamp", "'' is not the name of a module", "Write package.module, or file.py."),
        ("bare", "bare holds no model", "A model is a class that inherits from Model."),
    ],
)
def test_a_name_that_is_no_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, said: str, remedy: str
) -> None:
    write(tmp_path, {"models/lamp.py": START + LAMP, "models/readme.txt": "", "bare.py": ""})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as caught:
        load(name)
    problem = caught.value.problem
    assert (problem.code, problem.problem) == ("U001", said)
    assert problem.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("import sys; sys.exit()", "model.py:1:13: E103 importing model.py ended Python: SystemExit"),
        ("raise SystemExit(0)", "model.py:1:1: E103 importing model.py ended Python: SystemExit: 0"),
        ("raise KeyboardInterrupt", "model.py:1:1: E103 importing model.py ended Python: KeyboardInterrupt"),
        ("raise GeneratorExit", "model.py:1:1: E103 importing model.py failed: GeneratorExit"),
        (
            "def f(): return f()\nf()",
            "model.py:1:17: E103 importing model.py goes too deep: a function calls itself ",
        ),
        (
            "import sys\nfrom checker.lang import *\nclass Lamp(Model):\n    n = Param(sys.exit())",
            "model.py:4:15: E103 importing model.py ended Python: SystemExit",
        ),
        ("raise ValueError('a\\nb')", "model.py:1:1: E103 importing model.py failed: ValueError: a b"),
        ("raise ValueError('a' * 300)", f"model.py:1:1: E103 importing model.py failed: ValueError: {'a' * 300}\n"),
        ("raise ValueError('a' * 301)", f"model.py:1:1: E103 importing model.py failed: ValueError: {'a' * 300}...\n"),
        ("x = 1 +", "model.py:1:8: E103 Python cannot read this: invalid syntax"),
        ("import nothing_such", "model.py:1:1: E103 there is no module 'nothing_such'"),
        ("from . import other", "model.py:1:1: E103 importing model.py failed: ImportError: attempted relative import"),
    ],
)
def test_what_a_file_does_as_it_is_loaded_is_a_mistake_of_the_model(tmp_path: Path, line: str, said: str) -> None:
    assert refused(tmp_path, line + "\n").startswith(said)


def test_a_file_that_ends_python_has_the_status_of_a_model_error(tmp_path: Path) -> None:
    write(tmp_path, {"model.py": "raise SystemExit(0)\n"})
    ran = command(tmp_path, "verify", "model.py")
    assert (ran.returncode, ran.stdout) == (150, "")
    assert "model.py:1:1" in ran.stderr


def test_what_a_file_prints_is_not_among_the_json(tmp_path: Path) -> None:
    write(tmp_path, {"model.py": f"print('hello')\n{START}{LAMP}"})
    ran = command(tmp_path, "verify", "model.py", "--json")
    assert ran.returncode == 0
    assert ran.stdout.startswith("{")
    assert ran.stderr == "hello\n"


@pytest.mark.parametrize(
    ("line", "said", "remedy"),
    [
        ("q = Var(Seq(Bool))", "Seq() missing 1 required positional argument: 'capacity'", "Write Seq(T, max): "),
        ("a = Var(Array(Bool))", "Array() missing 1 required positional argument: 'item'", "Write Array(Index, T): "),
        ("a = Var(Opt(Bool, Bool))", "Opt() takes 1 positional argument but 2 were given", "Write Opt(T): "),
        ("a = Var(Range())", "Range() missing 1 required positional argument: 'low'", "Write Range(n) for 0 .. n - 1"),
        ("a = Var()", "Var() missing 1 required positional argument: 'form'", "Write Var(T)."),
        (
            "a = Record(Bool)",
            "Record() takes 0 positional arguments but 1 was given",
            "Write Record(key=K, value=V): each field by its name.",
        ),
        ("n = Param()", "Param() missing 1 required positional argument: 'default'", "Write Param(default), or "),
        ("assert 1 > 2", "an `assert` in the class body or module failed", "Assert within a step, or limit a "),
        (
            "x = globally(1)",
            "the language has no 'globally'",
            "Use @always, or `always(...)` in ",
        ),
        ("x = Alwys(1)", "there is no 'Alwys'", "Did you mean `always`?"),
        ("x = Rang(3)", "there is no 'Rang'", "Did you mean `Range`?"),
    ],
)
def test_a_class_body_that_fails_says_what_to_write(tmp_path: Path, line: str, said: str, remedy: str) -> None:
    first, second = refused(tmp_path, f"{START}class Lamp(Model):\n    {line}\n").splitlines()[:2]
    place, _, problem = first.partition(" E103 ")
    assert place.startswith(f"model.py:{3 + line.count(chr(10))}:")
    assert problem.startswith(said)
    assert second.strip().startswith(remedy)


def test_a_parameter_has_no_value_in_the_class_body(tmp_path: Path) -> None:
    said = refused(tmp_path, f"{START}class Lamp(Model):\n    n = Param(2)\n    assert n > 0\n").splitlines()
    problem = "while the class is read it is not known whether a parameter is less or more than something"
    assert said[0] == f"model.py:4:1: E311 {problem}"
    assert said[1].strip().startswith("Ask in a method: there it has its value.")


def test_a_forgotten_import_is_named(tmp_path: Path) -> None:
    text = "from checker.lang import Model, Var, Bool\nclass Lamp(Model):\n    q = Var(Seq(Bool, 2))\n"
    assert refused(tmp_path, text) == (
        "model.py:3:13: E103 'Seq' is not imported\n    Write `from evacheck import Seq` at the top of the file."
    )
    assert "'globally'" in refused(tmp_path, "from checker.lang import Model, globally\n")


def test_types_in_parentheses_are_a_record(tmp_path: Path) -> None:
    write(tmp_path, {"model.py": START + LAMP.replace("Var(Bool)", "Var(SetOf((Bool, Range(2))))")})
    with pytest.raises(ModelError) as caught:
        compile_model(load(str(tmp_path / "model.py")), {})
    assert [(each.code, each.problem, each.remedy) for each in caught.value.problems] == [
        (
            "E310",
            "several types in parentheses are not a type",
            "Write Record(first=A, second=B), with a name for each.",
        ),
    ]


def _body_with(text: str) -> str:
    return f"{START}{LAMP}\n    {text}\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "def __init__(self):\n        self.y = 1",
            "model.py:10:1: E206 Lamp has __init__, which has no meaning in a model",
        ),
        (
            "def __new__(cls):\n        return 3",
            "model.py:10:1: E206 Lamp has __new__, which has no meaning in a model",
        ),
    ],
)
def test_a_special_method_in_a_model_is_refused(tmp_path: Path, text: str, said: str) -> None:
    assert refused(tmp_path, _body_with(text)).splitlines()[0] == said


def test_a_dataclass_is_no_model(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"model.py": "from dataclasses import dataclass\n" + START + LAMP.replace("class", "@dataclass\nclass")},
    )
    with pytest.raises(ModelError) as caught:
        compile_model(load(str(tmp_path / "model.py")), {})
    assert "Leave @dataclass and its like out." in {each.remedy for each in caught.value.problems}


def compiling(folder: Path, text: str) -> list[tuple[str, str]]:
    write(folder, {"model.py": text})
    with pytest.raises(ModelError) as caught:
        compile_model(load(f"{folder / 'model.py'}:Lamp"), {})
    return [(each.code, each.problem) for each in caught.value.problems]


def test_half_a_character_in_a_text_is_refused(tmp_path: Path) -> None:
    found = compiling(
        tmp_path, _body_with("@process\n    def run(self):\n        yield '\\ud800'\n        self.lit = True")
    )
    assert found == [("E203", "'\\ud800' is a text that cannot be written")]


def test_half_a_character_in_a_member_that_a_parameter_takes_is_refused(tmp_path: Path) -> None:
    odd = 'from enum import Enum\nOdd = Enum("Odd", ["A", "\\ud800"])\n'
    found = compiling(tmp_path, f"{START}{odd}{LAMP}    odd = Param(Odd.A)\n")
    assert found == [("E310", "the member '\\ud800' of Odd cannot be written")]


@pytest.mark.parametrize("name", ["\ud800", "a b", "", "1st"])
def test_a_field_of_a_record_has_a_name_that_can_be_written(tmp_path: Path, name: str) -> None:
    found = compiling(tmp_path, f"{START}{LAMP}    cell = Var(Record(**{{{name!a}: Bool}}))\n")
    assert found == [("E310", f"{name!a} cannot be the name of a record's field")]


def test_a_record_has_fields(tmp_path: Path) -> None:
    assert compiling(tmp_path, f"{START}{LAMP}    cell = Var(Record())\n") == [("E310", "a record has no fields")]


@pytest.mark.parametrize(
    "nest", ["Record(a=T)", "Opt(T)", "Array(Range(1), T)", "Seq(T, 1)", "Record(a=Opt(T))", "SetOf(T)"]
)
@pytest.mark.parametrize("times", [100, 400, 3000])
def test_types_nested_without_end_are_refused(tmp_path: Path, nest: str, times: int) -> None:
    text = f"{START}T = Bool\nfor _ in range({times}): T = {nest}\n{LAMP}    deep = Var(T)\n"
    if (nest, times) == ("Opt(T)", 100):
        compile_model(load(f"{_written(tmp_path, text)}:Lamp"), {})  # an Opt of an Opt is the same Opt
    else:
        assert {code for code, _ in compiling(tmp_path, text)} <= {"E310", "E313"}


def _written(folder: Path, text: str) -> Path:
    write(folder, {"model.py": text})
    return folder / "model.py"


def test_helpers_that_call_one_another_too_deep_are_refused(tmp_path: Path) -> None:
    helpers = "".join(f"    def f{n}(self):\n        return self.f{n + 1}()\n" for n in range(400))
    text = f"{START}{LAMP}{helpers}    def f400(self):\n        return True\n"
    found = compiling(tmp_path, text.replace("not self.lit", "self.f0()"))
    assert found == [("E204", "Lamp nests expressions, types or helpers too deeply")]


@pytest.mark.parametrize("name", ["#meta", "a b", "class", "\ud800"])
@pytest.mark.parametrize(
    "way", ["type('Lamp', (Base,), {{{0}: Var(Bool), '__module__': __name__}})", "setattr(Lamp, {0}, Var(Bool))"]
)
def test_a_variable_called_meta_is_no_variable(tmp_path: Path, name: str, way: str) -> None:
    made = way.format(ascii(name))
    text = f"{START}{LAMP}Base = Lamp\n" + (f"Lamp = {made}\n" if made.startswith("type") else f"{made}\n")
    assert compiling(tmp_path, text) == [("E301", f"{name!a} is no name of a variable or parameter")]


def test_a_full_output_is_said_and_a_closed_one_is_not(tmp_path: Path) -> None:
    write(tmp_path, {"lamp.py": START + LAMP})
    start = f"{sys.executable} -c 'from checker.cli import main; main()'"
    for words in ("verify lamp.py", "explain-code E101", "--help"):
        full = subprocess.run(f"{start} {words} > /dev/full", shell=True, cwd=tmp_path, capture_output=True, text=True)
        assert full.returncode == 2, words
        assert full.stderr == "the output cannot be written (No space left on device)\n"
        closed = ["bash", "-c", f"{start} {words} | true; echo ${{PIPESTATUS[0]}}"]
        done = subprocess.run(closed, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert done.stdout.strip() in ("141", "1", "0"), words  # 0: all was written before `true` ended
