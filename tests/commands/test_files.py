"""Files are written whole or not at all, never through a link, and a model's `picture` cannot end or hold up a run."""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from checker import files
from checker.contract.wording import Status
from checker.errors import ModelError
from checker.frontend.load import compile_model, load
from checker.ir.nodes import Program
from counterexamples.draw import apart
from counterexamples.draw.pictures import state_picture
from tests.support import forked
from tests.support.counting import MODEL, PLAIN, model, run

OUT = Path("evacheck-out")
TRACE = OUT / "counting-small.itf.json"


def left_over(folder: Path) -> list[Path]:
    """Halves of files."""
    return list(folder.rglob("*.part"))


# -- pictures ----------------------------------------------------------------------------------------------------------

NASTY = {
    "exit": ("raise SystemExit(0)", "SystemExit"),
    "exit at once": ("import os; os._exit(0)", "ends the process with status 0"),
    "no exception": ("raise BaseException('no')", "BaseException: no"),
    "killed": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
    "text": ("class Bad:\n            def __repr__(self): raise SystemExit(0)\n        return Bad()", "SystemExit"),
    "error": (
        "class Bad(Exception):\n            def __str__(self): raise SystemExit(0)\n        raise Bad()",
        "an error that cannot say what it is",
    ),
    "recursion": ("return self.picture()", "RecursionError"),
    "memory": ("return [0] * (1 << 33)", "MemoryError"),
    "many": ("picture = Picture()\n        picture.cells('c', range(5000))\n        return picture", "4,000 parts"),
    "gap": ("picture = Picture(gap=float('nan')); picture.node(1); return picture", "only evacheck may"),
    "pipe": (
        "import os, sys\n        frame = sys._getframe()\n        while 'sender' not in frame.f_locals: "
        "frame = frame.f_back\n        os.write(frame.f_locals['sender'], b'{}\\n')\n        return Picture()",
        "only evacheck may",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", NASTY)
def test_no_picture_ends_the_run(tmp_path: Path, name: str) -> None:
    picture, words = NASTY[name]
    program = compiled(model(tmp_path, picture))
    with pytest.raises(ModelError) as caught:
        state_picture(program, (0,))
    (problem,) = caught.value.problems
    assert problem.code == "U019" and words in problem.problem


def compiled(path: Path) -> Program:
    """The program of a model in a file."""
    return compile_model(load(f"{path}:Counting"), {})


@pytest.mark.parametrize("body", ["while True: pass", "sum(range(10 ** 12))", "import time; time.sleep(1000)"])
def test_no_picture_holds_the_run_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    monkeypatch.setattr(apart, "EACH", 0.3)
    fork, children = os.fork, []

    def counted() -> int:
        children.append(fork())
        return children[-1]

    monkeypatch.setattr(os, "fork", counted)
    program = compiled(model(tmp_path, body))
    began = time.monotonic()
    with pytest.raises(ModelError, match=r"it takes more than 0\.3 s, the limit for one state"):
        state_picture(program, (0,))
    assert time.monotonic() - began < 60, "and not for ever"
    assert children
    for child in children:
        with pytest.raises(ChildProcessError):
            os.waitpid(child, os.WNOHANG)  # nothing of it is left


def test_all_pictures_together_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "ALL", 0.5)
    program = compiled(model(tmp_path, f"import time; time.sleep(0.2); {PLAIN}"))
    with pytest.raises(ModelError, match=r"state .*it takes more than 0\.5 s, the limit for a trace"):
        apart.pictures_of(program, [(0,)] * 20)


def test_a_picture_that_exits_does_not_hide_a_violated_property(tmp_path: Path) -> None:
    model(tmp_path, "raise SystemExit(0)")
    found = run(tmp_path, "verify", "counting.py")
    assert found.returncode == Status.SAFETY
    assert "VIOLATED in a trace of 3 states" in found.stdout and str(TRACE) in found.stdout
    assert "U019 the picture of Counting fails: SystemExit: 0" in found.stderr
    assert (tmp_path / TRACE.with_name("counting-small.svg")).is_file()  # a plain one


def test_the_verdict_is_printed_before_anything_is_drawn(tmp_path: Path) -> None:
    model(tmp_path, "print('now drawing', flush=True); import os; os.system('sleep 1'); raise SystemExit(0)")
    command = [sys.executable, "-m", "checker.cli", "verify", "counting.py"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as going:
        said = going.communicate(timeout=60)[0]
    assert said.index("VIOLATED") < said.index("now drawing")


def test_json_stays_json_whatever_a_picture_prints(tmp_path: Path) -> None:
    model(tmp_path, f"print('hello'); {PLAIN}")
    found = run(tmp_path, "verify", "counting.py", "--json")
    assert json.loads(found.stdout)["results"] and "hello" in found.stderr


def test_what_a_picture_prints_is_there_before_its_process_is_ended(tmp_path: Path) -> None:
    """It was lost where the process was ended, its last picture being there, before it came to write it."""

    def slow() -> None:
        write = os.write

        def written(file: int, data: bytes) -> int:
            size = write(file, data)
            time.sleep(0.1)
            return size

        os.write = written

    model(tmp_path, f"print('hello'); {PLAIN}")
    assert forked.command(tmp_path, ["verify", "counting.py", "--json"], prepare=slow).stderr.count("hello") >= 3


def test_show_says_that_a_picture_fails(tmp_path: Path) -> None:
    path = model(tmp_path)
    assert run(tmp_path, "verify", "counting.py").returncode == Status.SAFETY
    model(tmp_path, "raise SystemExit(0)")
    for form in ("--svg", "--html"):
        found = run(tmp_path, "show", str(TRACE), form)
        assert found.returncode == Status.MODEL and "U019" in found.stderr, (path, found)


# -- files -------------------------------------------------------------------------------------------------------------


def test_a_trace_is_not_written_through_a_link_out_of_its_folder(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine", encoding="utf-8")
    work = tmp_path / "work"
    (work / OUT).mkdir(parents=True)
    model(work)
    (work / TRACE).symlink_to(victim)
    found = run(work, "verify", "counting.py")
    assert victim.read_text(encoding="utf-8") == "mine" and (work / TRACE).is_symlink()
    assert found.returncode == Status.SAFETY and "is a symbolic link, which is not followed" in found.stderr


@pytest.mark.parametrize("named", [False, True])
def test_a_folder_that_is_a_link_is_followed_only_if_the_user_named_it(tmp_path: Path, named: bool) -> None:
    work, other = tmp_path / "work", tmp_path / "other"
    work.mkdir()
    other.mkdir()
    model(work)
    (work / OUT).symlink_to(other)
    found = run(work, "verify", "counting.py", *(["--out", str(OUT)] if named else []))
    assert found.returncode == Status.SAFETY
    assert bool(list(other.iterdir())) is named
    assert ("is a symbolic link, which is not followed" in found.stderr) is not named


def test_a_link_between_a_folder_and_its_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out/spec").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(files.Unwritten, match="symbolic link"):
        files.write(tmp_path / "out/spec/a.json", "x", tmp_path / "out")
    assert not list((tmp_path / "elsewhere").iterdir())


def test_a_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    files.write(path, "one")
    with pytest.raises(RuntimeError), files.writing(path) as file:
        file.write(b"two")
        raise RuntimeError
    assert path.read_text(encoding="utf-8") == "one" and not left_over(tmp_path)
    files.write(path, "three")
    assert path.read_text(encoding="utf-8") == "three" and not left_over(tmp_path)


def test_a_device_is_written_to_and_not_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    files.write(pipe, "through")
    assert os.read(reader, 100) == b"through"
    os.close(reader)
    files.write(Path("/dev/null"), "gone")
    assert not Path("/dev/null").is_file()


def limited(folder: Path, most: int, *words: str) -> subprocess.CompletedProcess[str]:
    """The command on a disk that takes no file of more than so many bytes."""

    def small() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    return forked.command(folder, words, prepare=small)


def test_a_full_disk_names_the_trace_that_is_whole_and_leaves_no_half_picture(tmp_path: Path) -> None:
    model(tmp_path)
    run(tmp_path, "verify", "counting.py")
    size = (tmp_path / TRACE).stat().st_size
    picture = tmp_path / TRACE.with_name("counting-small.svg")
    assert picture.stat().st_size > size
    picture.unlink()
    (tmp_path / TRACE).unlink()
    found = limited(tmp_path, size, "verify", "counting.py")
    assert found.returncode == Status.SAFETY
    assert f"Trace    {TRACE}" in found.stdout and "Picture" not in found.stdout
    assert "counting-small.svg was not written (File too large)" in found.stderr
    assert [path.name for path in (tmp_path / OUT).iterdir()] == [TRACE.name]


def test_a_full_disk_is_no_success(tmp_path: Path) -> None:
    source = MODEL.replace("@always", "@sometimes")
    (tmp_path / "counting.py").write_text(source.format(picture=PLAIN, bound=2), encoding="utf-8")
    assert run(tmp_path, "verify", "counting.py", "--out", "there").returncode == Status.AS_EXPECTED
    found = limited(tmp_path, 10, "verify", "counting.py", "--out", "full")
    assert found.returncode == Status.USAGE and not list((tmp_path / "full").iterdir())
    assert "was not written (File too large)" in found.stderr


def test_a_certificate_on_a_full_disk_is_none(tmp_path: Path) -> None:
    model(tmp_path, bound=4)
    found = limited(tmp_path, 10, "verify", "counting.py", "--certificate", "cert")
    assert found.returncode == Status.USAGE and "U010" in found.stderr and "is no certificate" in found.stderr
    assert not left_over(tmp_path) and not (tmp_path / "cert/manifest.json").exists()


@pytest.mark.parametrize("text", ["../../etc/passwd", "a/b", "..", "", "x" * 400, "é" * 300, "a\0b", "a\nb", "\ud800"])
def test_a_file_name_made_of_a_name_is_one_name_in_one_folder(tmp_path: Path, text: str) -> None:
    name = files.name_of(text, ".itf.json")
    assert Path(name).name == name and not name.startswith(".") and len(name.encode()) <= files.LONGEST
    files.write(tmp_path / name, "x", tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_long_names_that_differ_at_their_end_make_different_files() -> None:
    assert files.name_of("x" * 400 + "a", "") != files.name_of("x" * 400 + "b", "")


def test_what_was_not_written_says_why() -> None:
    error = files.Unwritten(Path("a"), OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert str(error) == "a was not written (No space left on device)"
