"""The cache of compiled code is never believed blindly: every way in which a file can be another's, or wrong."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

import pytest

from checker import cache
from checker.contract.verdict import Exhausted, Violated
from checker.engines.explicit.machine import library
from tests.engines.explicit.support import run
from tests.frontend.support import program

COUNTER = """
class Counts(Model):
    x = Var(Range(8))

    @action
    def up(self):
        require(self.x < {most})
        self.x += 1

    @final
    def over(self):
        return self.x == {most}

    @always
    def p(self):
        return self.x < 6
"""
KEY = "0" * 64
CODE = b"\x90" * 40


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EVACHECK_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_told", set())
    return tmp_path / "native"


def test_a_file_under_anothers_name_does_not_run_as_that_model(folder: Path) -> None:
    """Found by putting one compiled model in another's place: "p holds (all 6 states)" of one violated in 7."""
    holding, violated = (program(COUNTER.format(most=most)) for most in (5, 7))
    assert run(holding).verdicts["p"] == Exhausted(6)
    first = set(folder.glob("*.bin"))
    assert isinstance(run(violated).verdicts["p"], Violated)
    second = set(folder.glob("*.bin")) - first
    assert second, "its steps are compiled apart"
    for theirs in second:
        for ours in first:
            shutil.copyfile(ours, theirs)
            assert isinstance(run(violated).verdicts["p"], Violated)


def test_what_was_written_is_read(folder: Path) -> None:
    cache.write(folder, KEY, CODE)
    assert cache.read(folder, KEY) == CODE
    assert cache.read(folder, "1" * 64) is None
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [file.stat().st_mode & 0o777 for file in folder.iterdir()] == [0o600]


def test_a_changed_byte_anywhere_is_noticed(folder: Path) -> None:
    cache.write(folder, KEY, CODE)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        assert cache.read(folder, KEY) is None, place


def _sealed(body: bytes) -> bytes:
    return hashlib.sha256(KEY.encode() + b"\0" + body).digest() + body


@pytest.mark.parametrize("content", [b"", b"short", CODE, _sealed(CODE)[:-1], _sealed(CODE) + b"\x00"])
def test_odd_content_is_compiled_anew(folder: Path, content: bytes) -> None:
    cache.write(folder, KEY, CODE)
    (file,) = folder.iterdir()
    file.write_bytes(content)
    assert cache.read(folder, KEY) is None


def test_a_file_as_it_should_be_is_read(folder: Path) -> None:
    """The cases above differ from this one in the fault alone."""
    cache.write(folder, KEY, b"")
    (file,) = folder.iterdir()
    file.write_bytes(_sealed(CODE))
    assert cache.read(folder, KEY) == CODE


def test_a_cache_that_grows_too_large_forgets_what_was_longest_not_used(folder: Path) -> None:
    keys = [str(digit) * 64 for digit in range(4)]
    for age, key in enumerate(keys[:3]):
        cache.write(folder, key, CODE)
        os.utime(folder / f"{key}.bin", (1000 + age, 1000 + age))
    assert cache.read(folder, keys[0]) == CODE, "and so it was used last"
    size = (folder / f"{KEY}.bin").stat().st_size
    cache.write(folder, keys[3], CODE, limit=3 * size)
    assert [cache.read(folder, key) is not None for key in keys] == [True, False, True, True]
    cache.write(folder, keys[1], CODE, limit=size)
    assert [path.stem for path in folder.iterdir()] == [keys[1]], "what was just written goes last"


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o777])
def test_a_folder_that_others_can_write_is_not_used(folder: Path, mode: int, caplog: pytest.LogCaptureFixture) -> None:
    cache.write(folder, KEY, CODE)
    folder.chmod(mode)
    assert cache.read(folder, KEY) is None
    cache.write(folder, "1" * 64, CODE)
    assert len(list(folder.iterdir())) == 1
    (said,) = caplog.messages
    assert said == (
        f"evacheck: a cache is not used: others can write {folder}.\n"
        "    `chmod go-w` it, or name a folder of your own in EVACHECK_CACHE."
    )


@pytest.mark.parametrize("mode", [0o620, 0o602])
def test_a_file_that_others_can_write_is_not_used(folder: Path, mode: int, caplog: pytest.LogCaptureFixture) -> None:
    cache.write(folder, KEY, CODE)
    (file,) = folder.iterdir()
    file.chmod(mode)
    assert cache.read(folder, KEY) is None
    assert len(caplog.messages) == 1


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_somebody_else_is_not_used(folder: Path) -> None:
    cache.write(folder, KEY, CODE)
    (file,) = folder.iterdir()
    os.chown(file, 12345, -1)
    assert cache.read(folder, KEY) is None


def test_a_link_or_a_folder_in_place_of_a_file_is_not_read(folder: Path, tmp_path: Path) -> None:
    cache.write(folder, KEY, CODE)
    (file,) = folder.iterdir()
    elsewhere = tmp_path / "elsewhere"
    file.replace(elsewhere)
    file.symlink_to(elsewhere)
    assert cache.read(folder, KEY) is None
    file.unlink()
    file.mkdir()
    assert cache.read(folder, KEY) is None
    cache.write(folder, KEY, CODE)
    assert [each.name for each in folder.iterdir()] == [file.name], "nothing half written is left"


def test_a_cache_that_cannot_be_written_is_only_slow(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache.write(tmp_path / "file" / "native", KEY, CODE)
    assert cache.read(tmp_path / "file" / "native", KEY) is None


def test_a_cache_is_looked_through_sixteen_times_while_it_is_filled(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At each of thousands of writes all that was kept was looked at: most of the time that small searches took."""
    looks = []
    monkeypatch.setattr(cache, "_forget", lambda place, limit: looks.append(place))
    sealed = len(_sealed(CODE))
    for number in range(34):
        cache.write(folder, f"{number:064}", CODE, limit=160 * sealed)
    assert looks == [folder] * 4, "at first, and after each eleventh"
    cache.write(folder.with_name("other"), KEY, CODE, limit=160 * sealed)
    assert looks[4:] == [folder.with_name("other")]


def test_code_is_made_anew_once_a_file_that_takes_part_in_it_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files are read once, and asked each time whether they are as they were."""
    part = tmp_path / "part.py"
    monkeypatch.setattr(library, "_FILES", (str(part),))
    keys = []
    for number, text in enumerate(("one", "one", "two")):
        part.write_text(text)
        os.utime(part, ns=(number, number))
        keys.append(library._key("source", ["f"], True))
    assert keys[0] == keys[1] != keys[2]
