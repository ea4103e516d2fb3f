"""The faults that are put into the checker: which there are, that none is hidden, and what is told of them."""

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from checker.engines.explicit.machine import library, llvm, lowering
from checker.mutation.faults import Fault, shuffled
from tests.mutation.__main__ import COMPILED, ROOT, _earlier, _fate, _keep, _try, concerned, equivalent
from tests.mutation.areas import AREAS, area_of, files_of, held_by, modules_below
from tests.mutation.faults import faults_of
from tests.mutation.ready import compile_by_meaning
from tests.mutation.running import FAILED, LATE, OPEN, SLOW, Known, Ran, ran_of
from tests.mutation.whole import CATALOGUE, all_files, others


def after(body: str, head: str = "def f(x, y):") -> list[str]:
    """The lines that faults make of a function."""
    source = f"{head}\n{textwrap.indent(textwrap.dedent(body).strip(), '    ')}\n"
    found = faults_of("m.py", source.encode())
    for fault in found:
        assert fault.put_into(source.encode()).count(b"\n") == source.count("\n")
    return [fault.after for fault in found]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("x(y < 1)", ["pass", "x((y <= 1))", "x(y < 2)", "x(y < 0)"]),
        (
            "return x and not y",
            ["return None", "return (x or not y)", "return (not y)", "return (x)", "return x and (y)"],
        ),
        ("if x:\n    raise E(1)", ["if True:", "if False:", "pass"]),
        ("for x in y:\n    continue", ["pass"]),
        ("while x:\n    break", ["while False:", "pass"]),
        ("x.y = g(x, y)", ["pass", "x.y = (g(y, x))"]),
        ("y = [x for x in y if x]", ["y = [x for x in y if True]"]),
        ("y = any(x - 1)", ["y = all(x - 1)", "y = any((x + 1))", "y = any(x - 2)", "y = any(x - 0)"]),
        ("assert x < 1, f'{y + 1}'", []),
        ("x: int = y", []),
        (
            "match x:\n    case 1 if y:\n        return\n    case _:\n        assert_never(x)",
            ["case 1 if False:", "case 1 if True:", "pass"],
        ),
    ],
)
def test_what_can_go_wrong_with_a_line(body: str, wanted: list[str]) -> None:
    assert after(body) == wanted


def test_a_predicate_answers_the_other_way() -> None:
    assert after("return True", "def f() -> bool:") == ["return False"]
    assert after("return x", "def f() -> bool:") == ["return True", "return False"]


def test_what_stands_outside_functions_is_left_alone() -> None:
    assert (
        faults_of("m.py", b"MOST = 3\n@mark(1 < 2)\ndef f(x: int = 3) -> int:\n    '''Text.'''\n    return x\n") != []
    )
    assert [each.after for each in faults_of("m.py", b"MOST = 3\ndef f(x=3):\n    return x\n")] == ["return None"]


def test_a_sample_stays_where_the_code_around_it_changes() -> None:
    source = (ROOT / "checker/contract/wording.py").read_bytes()
    before = faults_of("m.py", source)
    longer = faults_of("m.py", source + b"\n\ndef more(x):\n    return x < 1\n")
    assert len(longer) == len(before) + 4

    def drawn(faults: list[Fault]) -> list[tuple[str, ...]]:
        first = shuffled([(each, 1.0) for each in faults], 7)
        return [(*each.identity, str(each.number)) for each in first if each.function != "more"]

    assert drawn(longer) == drawn(before)


def test_every_module_that_the_score_speaks_of_is_in_the_table() -> None:
    promised = ("checker/lang", "checker/frontend", "checker/ir", "checker/semantics", "checker/engines")
    below = {str(path.relative_to(ROOT)) for path in (ROOT / "checker").rglob("[!_]*.py")}
    assert {path for path in below if path.startswith(promised) and "/common/" not in path} <= set(modules_below(ROOT))
    for name in (
        "contract/judge",
        "contract/replay",
        "contract/agreement",
        "certificates/recheck",
        "certificates/reachable_set",
    ):
        assert area_of(f"checker/{name}.py") is not None
    for area in AREAS:
        assert held_by(ROOT, area)
        for wanted in area.tests:
            file, _, name = wanted.partition("::")
            found = list(ROOT.glob(file))
            assert found, f"{wanted} is not there any more"
            assert not name or f"def {name}(" in found[0].read_text(), f"{wanted} is not there any more"


def test_compiled_code_of_another_fault_is_never_run() -> None:
    """What is compiled is found by the text of every module with compiled functions, and of those it imports from."""
    folder = ROOT / "checker/engines/explicit"
    taking_part = set()
    for path in folder.rglob("*.py"):
        nodes = ast.walk(ast.parse(path.read_text()))
        imported = {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        if "checker.engines.explicit.native.intrinsics" in imported:
            ours = {name for name in imported if name.startswith("checker.engines.explicit.")}
            places = {f"{name.removeprefix('checker.engines.explicit.').replace('.', '/')}.py" for name in ours}
            taking_part |= {str(path.relative_to(folder))} | {each for each in places if (folder / each).is_file()}
    assert {"native/kernels.py", "codegen/code.py"} <= taking_part
    compiling = {f"machine/{path.name}" for path in (folder / "machine").glob("*.py")}
    taking_part |= compiling - {f"machine/{name}.py" for name in ("__init__", "cache", "compiling", "library")}
    assert taking_part <= set(library._PARTS)


def test_a_fault_called_equivalent_is_there_and_has_a_reason() -> None:
    for (module, function, before, changed), why in equivalent().items():
        there = {fault.identity for fault in faults_of(module, (ROOT / module).read_bytes())}
        assert (module, function, before, changed) in there, f"{module}: {before} is not there any more"
        assert len(why) > 20


def test_the_quickest_tests_that_enter_the_function_are_run_first_and_up_to_the_limit() -> None:
    fault = Fault("checker/a.py", "f", 1, "", "", "", 0, 0, "")
    enters = frozenset({"checker/a.py:f"})
    known = {
        "tests/t.py::slow": Known(30.0, enters, False),
        "tests/t.py::quick": Known(1.0, enters, False),
        "tests/t.py::starts": Known(2.0, frozenset(), True),
        "tests/t.py::other": Known(0.1, frozenset(), False),
        "tests/u.py::elsewhere": Known(0.1, enters, False),
    }
    assert list(concerned(fault, known, ["tests/t.py"], 20)) == ["tests/t.py::quick", "tests/t.py::starts"]
    assert len(concerned(fault, known, ["tests/t.py"], 60)) == 3
    nowhere = Fault("checker/b.py", "g", 1, "", "", "", 0, 0, "")
    assert len(concerned(nowhere, known, ["tests/t.py"], 60)) == 4  # compiled, or run where nobody watched


def test_a_fault_in_what_becomes_machine_code_is_held_by_whoever_has_it_run() -> None:
    """One test runs a kernel as Python and is seen to enter it; those that run it as machine code are not."""
    kernel = Fault("checker/engines/explicit/native/rows.py", "same", 1, "", "", "", 0, 0, "")
    known = {
        "tests/t.py::plain": Known(1.0, frozenset({f"{kernel.module}:same"}), False),
        "tests/t.py::machine": Known(1.0, frozenset(COMPILED[:1]), False),
        "tests/t.py::neither": Known(1.0, frozenset({"checker/a.py:f"}), False),
    }
    assert list(concerned(kernel, known, ["tests/t.py"], 20)) == ["tests/t.py::plain", "tests/t.py::machine"]
    for name in COMPILED:
        module, _, function = name.partition(":")
        tree = ast.parse((ROOT / module).read_text())
        assert function in {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}


def test_what_survives_is_put_to_all_other_tests_and_the_nearest_come_first() -> None:
    """Two thirds of the time are theirs, the last third is the catalogue's; what does not fit is passed over."""
    module, enters = "checker/engines/explicit/search.py", frozenset({"checker/engines/explicit/search.py:f"})
    known = {
        "tests/commands/test_far.py::quick": Known(1.0, enters, False),
        "tests/engines/test_near.py::slow": Known(30.0, enters, False),
        "tests/engines/test_near.py::too_slow": Known(31.0, enters, False),
        "tests/engines/explicit/test_nearest.py::slow": Known(20.0, enters, False),
        "tests/engines/explicit/test_nearest.py::quick": Known(2.0, enters, False),
        "tests/engines/explicit/test_nearest.py::tried": Known(1.0, enters, False),
        "tests/engines/explicit/test_nearest.py::elsewhere": Known(1.0, frozenset({"checker/a.py:f"}), False),
        f"{CATALOGUE}::entry[large]": Known(25.0, enters, False),
        f"{CATALOGUE}::entry[small]": Known(10.0, enters, False),
    }
    tried = ["tests/engines/explicit/test_nearest.py::tried"]
    assert [name.rpartition("/")[2] for name in others(module, enters, known, tried, 81)] == [
        "test_nearest.py::quick",
        "test_nearest.py::slow",
        "test_near.py::slow",
        "test_far.py::quick",
        "catalogue.py::entry[small]",
    ]


def test_the_catalogue_is_among_all_tests() -> None:
    files = all_files(ROOT)
    assert CATALOGUE in files and (ROOT / CATALOGUE).is_file()
    assert {"tests/engines/test_conformance.py", "tests/models/test_gc.py"} <= set(files)
    held = {file for area in AREAS for test in held_by(ROOT, area) for file in files_of(ROOT, test)}
    assert {test.partition("::")[0] for test in held} <= set(files)


@pytest.mark.parametrize(
    ("module", "fail", "fail_anyway", "wanted", "runs"),
    [
        ("checker/engines/explicit/native/rows.py", ["a", "b"], ["a"], "b", 4),
        ("checker/engines/explicit/native/rows.py", ["a", "b"], ["a", "b"], None, 5),
        ("checker/engines/explicit/native/rows.py", ["b"], ["a"], "b", 2),
        ("checker/engines/explicit/native/rows.py", [], [], None, 1),
        ("checker/engines/explicit/search.py", ["a", "b"], ["a"], "a", 1),
    ],
)
def test_who_fails_without_the_fault_too_has_not_noticed_it(
    module: str, fail: list[str], fail_anyway: list[str], wanted: str | None, runs: int, tmp_path: Path
) -> None:
    """Where machine code is made anew a test of compiling itself failed, and a fault seemed to be noticed."""
    asked = []

    def run_with(_: Fault, text: bytes, __: Path, tests: dict[str, Known], ___: float) -> Ran:
        asked.append(list(tests))
        failing = fail if text == b"FAULT" else fail_anyway
        return Ran(next((name for name in tests if name in failing), None), False, 0.0, 1)

    @contextmanager
    def changed(*_: object) -> Iterator[Path]:
        yield tmp_path

    (tmp_path / module).parent.mkdir(parents=True)
    (tmp_path / module).write_bytes(b"PLAIN")
    tree: Any = SimpleNamespace(path=tmp_path, changed=changed)
    ready: Any = SimpleNamespace(run_with=run_with)
    fault = Fault(module, "f", 1, "", "", "", 0, 5, "FAULT")
    known = {name: Known(1.0, frozenset(), False) for name in ("a", "b", "c")}
    assert _try(tree, ready, fault, known).killed == wanted
    assert len(asked) == runs


QUICKLY, LATE_ONE, OPEN_ONE = Ran(None, False, 1.0, 5), Ran("tests/t.py::late", False, 9.0, 9), Ran(OPEN, True, 9.0, 3)


@pytest.mark.parametrize(
    ("quickly", "later", "known", "fate"),
    [
        (LATE_ONE, None, False, "noticed"),
        (LATE_ONE, None, True, "noticed"),
        (OPEN_ONE, None, False, "undecided"),
        (QUICKLY, None, False, "survive"),
        (QUICKLY, QUICKLY, False, "survive"),
        (QUICKLY, LATE_ONE, False, "by others"),
        (QUICKLY, OPEN_ONE, False, "undecided"),
        (QUICKLY, None, True, "equivalent"),
    ],
)
def test_what_becomes_of_a_fault(quickly: Ran, later: Ran | None, known: bool, fate: str) -> None:
    fault = Fault("checker/a.py", "f", 1, "", "before", "after", 0, 0, "")
    again = {} if later is None else {fault: later}
    assert _fate(fault, quickly, again, {fault.identity: "why"} if known else {}) == fate


def test_what_is_kept_of_both_rounds_is_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "found.jsonl"
    fault = Fault("checker/a.py", "f", 1, "", "before", "after", 0, 0, "", 2)
    _keep(file, fault, QUICKLY, "ran")
    assert _earlier(file, "others") == {}
    _keep(file, fault, LATE_ONE, "others")
    key = ("checker/a.py", "f", "before", "after", "2")
    assert (_earlier(file, "ran"), _earlier(file, "others")) == ({key: QUICKLY}, {key: LATE_ONE})


EMITTED = """
from checker.engines.explicit.native.intrinsics import number

def f(a: number) -> number:
    return a + {}
"""


def test_machine_code_that_a_fault_changes_is_made_anew_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    monkeypatch.setattr(library, "compiled", None)  # is put back at the end
    monkeypatch.setattr(llvm, "object_code", lambda text, thorough: made.append(text) or text.encode())
    compile_by_meaning(tmp_path / "compiled")
    one, two = (library.compiled(EMITTED.format(number), ["f"], "") for number in (1, 2))
    assert one != two
    assert library.compiled(EMITTED.format(1), ["f"], "") == one
    assert len(made) == 2
    monkeypatch.setitem(lowering._BINARY, ast.Add, "sub")
    assert b"= sub i64 %" in library.compiled(EMITTED.format(1), ["f"], "")
    assert len(made) == 3


def test_what_the_clock_on_the_wall_ended_was_noticed_by_nobody(tmp_path: Path) -> None:
    """On a busy machine a child that had hardly begun was ended, and counted as a test that failed."""
    told = tmp_path / "told.json"
    assert ran_of(LATE, told, 9.0) == Ran(OPEN, True, 9.0, 0)
    told.write_text('{"at": "tests/t.py::endless", "ran": 3}')
    assert ran_of(LATE, told, 9.0) == Ran(OPEN, True, 9.0, 3)
    assert ran_of(SLOW, told, 9.0) == Ran("tests/t.py::endless", True, 9.0, 3)
    told.write_text('{"failed": ["tests/t.py::slow"], "ran": 3}')
    assert ran_of(SLOW, told, 9.0) == Ran("tests/t.py::slow", True, 9.0, 3)
    assert ran_of(FAILED, tmp_path / "none.json", 1.0).killed == "the start"


TREE = {
    "checker/__init__.py": "",
    "checker/a.py": (
        "def f(x):\n    while x > 0:\n        x -= 1\n    return x\n\ndef g():\n    return 1\n\nONE = g()\n"
    ),
    "tests/__init__.py": "",
    "tests/test_a.py": (
        "from checker.a import f\n\ndef test_bad():\n    assert f(2)\n\n"
        "def test_none():\n    assert f(0) == 0\n\ndef test_two():\n    assert f(2) == 0\n"
    ),
    "tests/test_b.py": (
        "import time\nfrom checker.a import f\n\ndef test_that_works():\n    try:\n        while True:\n"
        "            f(1)\n    except Exception:\n        pass\n\n"
        "def test_that_waits():\n    time.sleep(60)\n\ndef test_four():\n    assert f(4) == 0\n\n"
        "def test_one():\n    from checker.a import ONE\n    assert ONE < 2\n"
    ),
}
TRIES = """
import sys
from pathlib import Path
from tests.mutation import ready, running
from tests.mutation.faults import faults_of
ready.CROWDED, running.STILL = 4, 3
tree = running.Tree(Path(sys.argv[1]), Path(sys.argv[2]))
known = {}
with ready.Ready(tree, ["tests/test_a.py", "tests/test_b.py"], 0.5) as standing:
    for wanted in ("tests/test_a.py", "tests/test_b.py"):
        learnt = standing.learn(wanted)
        known |= learnt.tests
        print(sorted((name, sorted(each.enters)) for name, each in learnt.tests.items()), learnt.failed)
    text = (tree.path / "checker/a.py").read_bytes()
    for fault in faults_of("checker/a.py", text):
        changed = fault.put_into(text)
        with tree.changed("checker/a.py", changed) as cache:
            quick = standing.run_with(fault, changed, cache, known, 1.5)
            ran = running.run_with(tree, cache, known, 1.5)
        print(fault.after, "|", quick and (quick.killed is not None, quick.slow), (ran.killed is not None, ran.slow))
assert (tree.path / "checker/a.py").read_bytes() == text
"""


@pytest.mark.slow
def test_faults_are_noticed_in_a_copy_of_the_tree(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name, text in TREE.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q"], cwd=root, check=True)
    command = [sys.executable, "-c", TRIES, str(root), str(tmp_path / "work")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "[('tests/test_a.py::test_none', ['checker/a.py:f']), ('tests/test_a.py::test_two', ['checker/a.py:f'])]"
        " ['tests/test_a.py::test_bad']",
        "[('tests/test_b.py::test_four', ['checker/a.py:f']), ('tests/test_b.py::test_one', [])]"
        " ['tests/test_b.py::test_that_works', 'tests/test_b.py::test_that_waits']",
        "while False: | (True, False) (True, False)",
        "while (x >= 0): | (True, False) (True, False)",
        "while x > 1: | (True, False) (True, False)",
        "pass | (True, True) (True, True)",
        "x -= 2 | (False, False) (False, False)",
        "x -= 0 | (True, True) (True, True)",
        "return None | (True, False) (True, False)",
        "return None | None (True, False)",  # seen in a new process only: it was entered while it was imported
    ]
    assert (root / "checker/a.py").read_text() == TREE["checker/a.py"]
