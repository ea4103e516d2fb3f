"""A file that names a model does not choose what runs."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from checker import cli
from checker.commands import trust
from checker.contract.wording import Status
from checker.errors import UsageError
from tests.support.counting import model, run

TRACE = Path("evacheck-out/counting-small.itf.json")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A current folder that holds a model, with another model beside it."""
    folder = tmp_path / "here"
    folder.mkdir()
    model(folder)
    model(tmp_path)
    monkeypatch.delitem(sys.modules, "counting", raising=False)  # of another test
    monkeypatch.chdir(folder)
    return folder


def refused(name: str) -> bool:
    """Whether a file that names this model is refused."""
    try:
        trust.confirm_trusted(name, "file")
    except UsageError as error:
        assert error.problem.code == "U021"
        return True
    return False


@pytest.mark.parametrize("name", ["counting.py:Counting", "./counting.py", "counting:Counting", "../here/counting.py"])
def test_a_model_below_the_current_folder_is_taken_and_said(here: Path, name: str) -> None:
    said = trust.confirm_trusted(name, "file")
    assert said == f"file names the model {name}: importing {here / 'counting.py'}"


def test_a_model_of_the_catalogue_is_taken_without_a_word(here: Path) -> None:
    assert trust.confirm_trusted("spec.classics.diehard:DieHard", "file") is None


@pytest.mark.parametrize(
    "name", ["../counting.py", "/etc/passwd.py", "antigravity", "os:x", "pytest:x", "nothing", "checker.cli:x", "", "."]
)
def test_any_other_model_is_refused(here: Path, name: str) -> None:
    assert refused(name)


def test_links_are_followed_before_a_model_is_trusted(here: Path) -> None:
    (here / "inside.py").symlink_to(here.parent / "counting.py")
    assert refused("inside.py:Counting") and refused("inside:Counting")


def test_a_package_of_the_environment_below_the_folder_is_refused(here: Path) -> None:
    (here / "venv/site-packages").mkdir(parents=True)
    model(here / "venv/site-packages")
    assert refused("venv/site-packages/counting.py")


def test_finding_a_model_runs_nothing(here: Path) -> None:
    (here / "package").mkdir()
    (here / "package/__init__.py").write_text("raise SystemExit('ran')")
    model(here / "package")
    assert trust.source_of("package.counting") == here / "package/counting.py"


def test_a_catalogue_of_that_name_elsewhere_is_not_ours(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = here.parent / "outside"
    (outside / "other").mkdir(parents=True)
    (outside / "other/__init__.py").touch()
    model(outside / "other")
    monkeypatch.syspath_prepend(outside)
    assert refused("other.counting:Counting")


def renamed(folder: Path, name: str) -> None:
    """The trace with another model's name in it."""
    data = json.loads((folder / TRACE).read_text(encoding="utf-8"))
    data["#meta"]["model"] = name
    (folder / TRACE).write_text(json.dumps(data), encoding="utf-8")


@pytest.mark.parametrize("command", ["show", "replay"])
def test_a_trace_does_not_choose_what_runs(here: Path, command: str) -> None:
    run(here, "verify", "counting.py")
    assert "names the model counting.py: importing" in run(here, command, str(TRACE)).stderr
    evil = here.parent / "evil.py"
    evil.write_text(f"open({str(here / 'ran')!r}, 'w')\n" + (here / "counting.py").read_text())
    renamed(here, "../evil.py:Counting")
    found = run(here, command, str(TRACE))
    assert found.returncode == Status.USAGE and found.stderr.startswith("U021 ") and not (here / "ran").exists()
    assert run(here, command, str(TRACE), "--model", "counting.py").returncode == 0
    assert not (here / "ran").exists()
    assert run(here, command, str(TRACE), "--trust").returncode == 0 and (here / "ran").exists()


def test_a_certificate_does_not_choose_what_runs(here: Path) -> None:
    model(here, bound=4)
    assert run(here, "verify", "counting.py", "--certificate", "c").returncode == 0
    path = here / "c/manifest.json"
    model(here.parent, bound=4)
    path.write_text(path.read_text().replace('"counting.py"', '"../counting.py"'))
    found = run(here, "recheck", "c")
    assert found.returncode == Status.USAGE and found.stderr.startswith("U021 ")
    for words in (("--trust",), ("--model", "counting.py")):
        assert run(here, "recheck", "c", *words).returncode == 0


def test_the_gallery_does_not_run_what_a_trace_names(here: Path) -> None:
    run(here, "verify", "counting.py")
    renamed(here, "../counting.py:Counting")
    found = run(here, "gallery", "pages", "--corpus", "evacheck-out")
    assert found.returncode == Status.USAGE and found.stderr.startswith("U021 ")


HOSTILE = {
    "deep": "[" * 200_000,
    "deep value": '{"#meta": {"model": "counting.py:Counting", "property": "small"}, "states": ['
    + '{"n": ' + '{"a": ' * 500 + "1" + "}" * 500 + "}]}",
    "digits": '{"#meta": {"model": "counting.py:Counting", "property": "small", "parameters": {"n": '
    + "9" * 5000 + "}}}",
    "bigint": '{"#meta": {"model": "counting.py:Counting", "property": "small"}, "states": [{"n": {"#bigint": "'
    + "9" * 5000 + '"}}]}',
    "nan": '{"#meta": {"model": "counting.py:Counting", "property": "small"}, "states": [{"n": NaN}]}',
    "float": '{"#meta": {"model": "counting.py:Counting", "property": "small"}, "states": [{"n": 1e400}]}',
    "nul": '{"#meta": {"model": "a\\u0000b.py", "property": "small"}, "states": []}',
    "long": '{"#meta": {"model": "' + "x" * 100_000 + '.py", "property": "small"}, "states": []}',
    "surrogate": '{"#meta": {"model": "\\ud800.py", "property": "small"}, "states": []}',
    "list": '{"#meta": {"model": ["a"], "property": "small"}, "states": []}',
    "states": '{"#meta": {"model": "counting.py:Counting", "property": "small"}, "states": 7}',
    "state": '{"#meta": {"model": "counting.py:Counting", "property": "small"}, "states": [[]]}',
    "none": "null",
    "empty": "",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_trace_is_refused_in_words(
    here: Path, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In this process: what could hurt it would fail the test, and to start 28 others takes half a minute."""
    (here / "bad.itf.json").write_text(HOSTILE[name], encoding="utf-8")
    for command in ("show", "replay"):
        monkeypatch.setattr(sys, "argv", ["evacheck", command, "bad.itf.json"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capfd.readouterr().err
        assert ended.value.code in (Status.USAGE, Status.MODEL, Status.NOT_AS_EXPECTED), said
        assert said and "Traceback" not in said and "bug of evacheck" not in said, said
