"""A run that ends at any moment goes on to the same counts, verdicts and traces; what cannot be trusted is refused."""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import random
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from checker import files
from checker.check import check, select
from checker.contract.task import NO_FAILURE, Budget, Keeping, Outcome, Task
from checker.contract.verdict import Bounded, Exhausted, Unknown, Violated
from checker.engines.explicit import ExplicitEngine, checkpoint, keeping
from checker.engines.explicit.native import disk
from checker.errors import UsageError
from checker.ir.nodes import Program
from tests.engines.explicit.support import counts, program_of
from tests.frontend.support import program as of_text
from tests.support.implementing import GRID

KINDS = {
    "one word": ("spec.gc.marking:Marking", {"objects": 1}),
    "violated, several at a time": ("spec.gc.marking:ArticleMarking", {"objects": 2}),
    "wide": ("zoo:Shapes", {}),
    "orbits": ("spec.classics.two_phase:TwoPhaseSymmetric", {"managers": 4}),
    "a cycle": ("spec.go_sync.mutex:MutexNormal", {}),
    "a constraint": ("spec.classics.alternating_bit:AlternatingBitConstrained", {}),
    "implements another": ("spec.classics.implementing:AlternatingBitHandsOver", {}),
    "does not implement another": ("spec.classics.implementing:TwoPhaseCommitsEarly", {}),
}
"""Programs whose rows and notes are of different kinds."""


def _task(program: Program, **options: Any) -> Task:
    return Task(program, select(program), keep_going=True, **options)


def _run(program: Program, folder: Path, resume: bool = False, **options: Any) -> Outcome:
    return check(_task(program, keeping=Keeping(folder, 0.0, resume), **options), ExplicitEngine())


def _same(found: Outcome, wanted: Outcome) -> None:
    assert counts(found) == counts(wanted)
    assert found.verdicts == wanted.verdicts


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_was_stopped_goes_on_to_the_same_end(kind: str, tmp_path: Path) -> None:
    name, parameters = KINDS[kind]
    program = program_of(name, **parameters)
    wanted = check(_task(program), ExplicitEngine())
    distinct = wanted.stats.distinct
    for number, share in enumerate((0.1, 0.5, 0.9)):
        folder = tmp_path / str(number)
        stopped = _run(program, folder, budget=Budget(max_states=max(1, int(distinct * share))))
        assert stopped.stopped is not None
        assert f"`--resume {folder}` goes on from there" in stopped.notes[-1]
        again = _run(program, folder, resume=True)
        assert again.notes[0].startswith(f"went on from what {folder} kept, after ")
        _same(again, wanted)


@pytest.mark.parametrize("top", [5, 39])
@pytest.mark.parametrize(("states", "depth"), [(1, 0), (5, 2), (20, 5)])
def test_what_a_model_implements_is_compared_on_from_where_it_was(
    top: int, states: int, depth: int, tmp_path: Path
) -> None:
    """A step that is none of the other model's may come in state 7. Stopped before: at once, once more, by two."""
    compiled = of_text(GRID.format(top=top))
    whole = Task(compiled, ("same", NO_FAILURE), Budget(max_depth=20))

    def kept(most: Budget, resume: bool, workers: int = 1) -> Outcome:
        keeping = Keeping(tmp_path, 0.0, resume)
        return check(replace(whole, budget=most, keeping=keeping, workers=workers), ExplicitEngine())

    for resume in (False, True):
        stopped = kept(Budget(max_states=states), resume).verdicts["same"]
        assert stopped == Bounded(depth) if depth else isinstance(stopped, Unknown)
    kept(Budget(max_states=states + 5), resume=True)
    _same(kept(whole.budget, resume=True, workers=2), check(whole, ExplicitEngine()))


def test_a_changed_model_that_another_implements_is_not_gone_on_with(tmp_path: Path) -> None:
    """No code is made of it, and its places play no part."""
    text = GRID.format(top=5)
    run = partial(_run, folder=tmp_path)
    run(of_text(text), budget=Budget(max_depth=3))
    moved = text.replace("    x = Var", "    # a number\n    x = Var", 1)
    run(of_text(moved), resume=True, budget=Budget(max_depth=4))
    assert "of a model that implements another, which has been changed since" in _refused(
        tmp_path, of_text(GRID.format(top=6))
    )
    assert isinstance(run(of_text(text), resume=True).verdicts["same"], Violated)


@pytest.mark.parametrize("waits", [True, False])
def test_a_run_that_was_killed_goes_on_to_the_same_end(waits: bool, tmp_path: Path) -> None:
    """kill -9 at lines that write checkpoints, chosen by chance: however fast the machine is. Where the search waits
    for each checkpoint, how many lines there are hangs on nothing; where it does not, it may skip most of them."""
    program = program_of("spec.gc.marking:Marking", objects=1)
    wanted = check(_task(program), ExplicitEngine())
    lines, _ = _killed(program, tmp_path / "whole", None, waits)
    killed = taken_up = 0
    for moment in random.Random(1).sample(range(lines), 14):
        folder = tmp_path / str(moment)
        killed += _killed(program, folder, moment, waits)[1]
        if (folder / "checkpoint.json").exists():
            taken_up += 1
            _same(_run(program, folder, resume=True), wanted)
    if waits:
        assert killed == 14 and taken_up > 10


def _killed(program: Program, folder: Path, after: int | None, waits: bool) -> tuple[int, bool]:
    """Run in a process that is killed after so many lines of what writes checkpoints, in whichever thread, or ends by
    itself: about how many were run, and whether it was killed. `waits`: the search waits for what is written."""
    seen, end = os.pipe()
    child = os.fork()
    if child == 0:
        lines = itertools.count()

        def traced(frame: FrameType, event: str, _: object) -> Callable[..., Any] | None:
            if frame.f_code.co_filename not in (checkpoint.__file__, files.__file__):
                return None
            if event == "line":
                if next(lines) == after:
                    os.kill(os.getpid(), signal.SIGKILL)
                os.write(end, b".")
            return traced

        def kept(self: checkpoint.Checkpoints, *what: Any) -> None:
            beside(self, *what)
            self.finish()

        beside = checkpoint.Checkpoints.keep
        if waits:
            checkpoint.Checkpoints.keep = kept  # type: ignore[method-assign]  # of this process, which ends here
        sys.settrace(traced)
        threading.settrace(traced)
        try:
            _run(program, folder)
        finally:
            os._exit(0)
    os.close(end)
    with os.fdopen(seen, "rb") as pipe:
        lines_run = len(pipe.read())
    _, status = os.waitpid(child, 0)
    return lines_run, os.WIFSIGNALED(status)


def test_what_is_written_behind_the_last_checkpoint_does_not_count(tmp_path: Path) -> None:
    """As it is left by a run that ends while rows are written."""
    program = program_of("spec.gc.marking:Marking", objects=1)
    wanted = check(_task(program), ExplicitEngine())
    _run(program, tmp_path, budget=Budget(max_states=wanted.stats.distinct // 2))
    with (tmp_path / "rows").open("ab") as rows:
        rows.write(os.urandom(12_345))
    _same(_run(program, tmp_path, resume=True), wanted)


@pytest.fixture(name="half")
def half_of_a_run(tmp_path: Path) -> Path:
    """A folder with a checkpoint of half of all states."""
    _run(program_of("spec.gc.marking:Marking", objects=1), tmp_path / "half", budget=Budget(max_states=200))
    return tmp_path / "half"


def _refused(folder: Path, program: Program | None = None, **options: Any) -> str:
    program = program or program_of("spec.gc.marking:Marking", objects=1)
    with pytest.raises(UsageError) as raised:
        check(
            replace(_task(program, keeping=Keeping(folder, 0.0, resume=True)), **options),
            ExplicitEngine(),
        )
    assert "U028" in str(raised.value)
    return str(raised.value)


def test_no_damaged_byte_is_believed(half: Path, tmp_path: Path) -> None:
    """Any byte of either file may be another."""
    of = json.loads(json.loads((half / "checkpoint.json").read_text())["said"])["of"]
    chance = random.Random(1)
    for name in ("rows", "checkpoint.json"):
        whole = (half / name).read_bytes()
        for _ in range(200):
            folder = tmp_path / "copy"
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(half, folder)
            at = chance.randrange(len(whole))
            changed = bytes([whole[at] ^ 1 << chance.randrange(8)])
            (folder / name).write_bytes(whole[:at] + changed + whole[at + 1 :])
            kept = checkpoint.Checkpoints(folder, 0.0, of, 8)
            with pytest.raises(UsageError, match=f"{name} is damaged"):
                kept.resume()
                list(kept.rows())
            kept.close()


def test_rows_that_are_missing_are_missed(half: Path) -> None:
    rows = half / "rows"
    rows.write_bytes(rows.read_bytes()[:-8])
    assert "rows ends too early" in _refused(half)


def test_a_manifest_with_a_false_sum_is_refused_however_its_checksum_fits(half: Path) -> None:
    """Levels that do not come to what was written."""
    manifest = half / "checkpoint.json"
    said = json.loads(json.loads(manifest.read_text())["said"])
    said["levels"][-1] += 1
    text = json.dumps(said)
    manifest.write_text(json.dumps({"sum": checkpoint._sum(text), "said": text}))
    assert "checkpoint.json is damaged" in _refused(half)


def test_another_run_is_refused_and_what_differs_is_said(half: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "of another model" in _refused(half, program_of("spec.gc.marking:ArticleMarking", objects=1))
    assert "of other parameters" in _refused(half, program_of("spec.gc.marking:Marking", objects=1, goroutines=1))
    assert "of other properties" in _refused(half, properties=("no_missed_mark", "no_failure"))
    assert "of another choice of --keep-going" in _refused(half, keep_going=False)
    other = program_of("spec.gc.marking:Marking", objects=1, goroutines=1)
    ours = program_of("spec.gc.marking:Marking", objects=1)
    assert "of a model that has been changed since" in _refused(half, replace(other, parameters=ours.parameters))
    monkeypatch.setattr(keeping, "__version__", "0.0.0")
    assert "of another version of evacheck" in _refused(half)


def test_a_folder_that_others_can_write_is_refused(half: Path) -> None:
    (half / "rows").chmod(0o666)
    assert "others can write" in _refused(half)
    (half / "rows").chmod(0o600)
    half.chmod(0o777)
    assert "others can write" in _refused(half)


def test_a_folder_without_a_checkpoint_is_refused(tmp_path: Path) -> None:
    assert "there is no checkpoint" in _refused(tmp_path / "misspelt")
    assert not (tmp_path / "misspelt").exists(), "and it is not made"


def test_a_new_run_does_not_take_another_s_folder(half: Path) -> None:
    program = program_of("spec.gc.marking:Marking", objects=1)
    with pytest.raises(UsageError, match="there is a checkpoint"):
        _run(program, half)


def test_two_runs_do_not_keep_their_states_in_one_folder(half: Path) -> None:
    held = checkpoint.Checkpoints(half, 0.0, {}, 8)
    held._take()
    assert "another run keeps its states there" in _refused(half)


def test_a_full_disk_ends_no_run_and_the_last_checkpoint_stays(
    half: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = program_of("spec.gc.marking:Marking", objects=1)
    wanted = check(_task(program), ExplicitEngine())
    before = (half / "checkpoint.json").read_bytes()

    def full(path: Path, at: int) -> Any:
        with path.open("r+b") as rows:
            rows.seek(at)
            rows.write(b"half a row")
        raise files.Unwritten(path, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))

    with monkeypatch.context() as patched:
        patched.setattr(files, "appending", full)
        found = _run(program, half, resume=True)
    _same(found, wanted)
    assert "No space left on device" in found.notes[-1]
    assert (half / "checkpoint.json").read_bytes() == before
    _same(_run(program, half, resume=True), wanted)


@pytest.mark.parametrize("kind", ["one word", "wide"])
def test_rows_on_a_disk_give_the_same(kind: str, tmp_path: Path) -> None:
    name, parameters = KINDS[kind]
    program = program_of(name, **parameters)
    found = check(_task(program, keeping=Keeping(disk=tmp_path), workers=2), ExplicitEngine())
    _same(found, check(_task(program), ExplicitEngine()))
    assert not list(tmp_path.iterdir()), "nothing is left behind"


def test_a_disk_without_room_ends_a_run_as_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk, "_reserve", full)
    found = check(
        _task(program_of("spec.gc.marking:Marking", objects=1), keeping=Keeping(disk=tmp_path)), ExplicitEngine()
    )
    assert found.stopped == f"states cannot be kept in {tmp_path} (No space left on device)"
    assert not any(isinstance(each, Exhausted) for each in found.verdicts.values())


@pytest.mark.parametrize("row_bytes", [8, 24, 40])
def test_rows_are_read_whole_whatever_their_size(
    row_bytes: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A piece with half a row in it would be taken for other states."""
    monkeypatch.setattr(checkpoint, "_READ_ROWS", 4)
    kept, segments = checkpoint.Checkpoints(tmp_path, 0.0, {}, row_bytes), (9, 4, 1)
    whole = b"".join(bytes([at]) * row_bytes for at in range(sum(segments)))
    (tmp_path / checkpoint._ROWS).write_bytes(whole)
    begin = 0
    for count in segments:
        end = begin + count * row_bytes
        kept._segments.append((end - begin, hashlib.sha256(whole[begin:end]).hexdigest()))
        begin = end
    pieces = list(kept.rows())
    assert b"".join(pieces) == whole
    assert [len(piece) // row_bytes for piece in pieces] == [4, 4, 1, 4, 1]
    assert all(len(piece) % row_bytes == 0 for piece in pieces)
