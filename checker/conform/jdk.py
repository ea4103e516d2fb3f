"""Find a JDK of a given version, and run a program of ours with it, with its own classes as they are or edited.

A JDK is looked for in JAVA_HOME, beside the `java` on the PATH, and where systems put theirs. Nothing is fetched, and
the JDK is left as it is: an edited class is compiled from the sources that come with it, and put before its own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from checker.conform.toolchain import Edit
from checker.errors import UsageError

_VERSION = re.compile(r"[0-9]{1,2}(\.[0-9]{1,3}){0,3}")
_PLACES = ("/usr/lib/jvm/*", "/Library/Java/JavaVirtualMachines/*/Contents/Home", "/opt/java/*")
_SECONDS = 300
_SAID = 3
"""Lines that are quoted of what Java says."""


def jdk(version: str) -> Path:
    """The home of a JDK of this version: 17, or 17.0.15. Raises UsageError U022 where there is none."""
    if not _VERSION.fullmatch(version):
        raise UsageError("U022", f"{version!r} is no version of Java", "Write it like --java 25, or --java 17.0.15.")
    for home in _candidates():
        has = _version_of(home)
        if has is not None and f"{has}.".startswith(f"{version}."):
            return home
    raise UsageError(
        "U022", f"there is no JDK {version} here", "Install one, put its `java` on the PATH, or name it in JAVA_HOME."
    )


def _candidates() -> Iterator[Path]:
    """Where a JDK may be, in the order in which they are tried."""
    named = os.environ.get("JAVA_HOME")
    if named:
        yield Path(named)
    found = shutil.which("java")
    if found is not None:
        yield Path(found).resolve().parent.parent
    for pattern in _PLACES:
        root = Path(pattern.partition("*")[0])
        yield from sorted(root.glob(pattern[len(str(root)) + 1 :]))


def _version_of(home: Path) -> str | None:
    """The version of the JDK with this home, from its file `release`; None if there is none that can compile."""
    try:
        said = re.search(r'^JAVA_VERSION="([^"]+)"', (home / "release").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        return None
    return said[1] if said is not None and (home / "bin" / "javac").is_file() else None


def run(version: str, program: Path, edits: Sequence[Edit] = ()) -> str:
    """What our program prints, run from its source. Raises UsageError U022, or U023 where this JDK does not run it."""
    home = jdk(version)
    with tempfile.TemporaryDirectory() as apart:
        options = ["--add-opens", "java.base/java.util.concurrent=ALL-UNNAMED"]
        environment = {
            name: value for name, value in os.environ.items() if name not in ("JAVA_TOOL_OPTIONS", "CLASSPATH")
        }
        if edits:
            _compile(home, edits, Path(apart))
            # So that a virtual machine which the program starts has the edited classes, too.
            environment["JDK_JAVA_OPTIONS"] = f"--patch-module java.base={apart}/classes"
        words = [str(home / "bin" / "java"), *options, program.name]
        return _said(words, version, program.parent, environment)


def _compile(home: Path, edits: Sequence[Edit], apart: Path) -> None:
    """Compile edited copies of classes of java.base into the folder `classes`. Raises UsageError U023."""
    texts: dict[str, str] = {}
    for edit in edits:
        try:
            texts[edit.file] = edit.made(texts.get(edit.file) or _source(home, edit.file))
        except ValueError:
            remedy = "The edit is for another version of Java."
            raise UsageError("U023", f"{edit.file} of this JDK does not have {edit.places[-1]!r}", remedy) from None
    for name, text in texts.items():
        path = apart / "sources" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    files = [str(apart / "sources" / name) for name in texts]
    options = ["-nowarn", "--patch-module", f"java.base={apart}/sources", "-d", f"{apart}/classes"]
    _said([str(home / "bin" / "javac"), *options, *files], home.name, apart, dict(os.environ))


def _source(home: Path, name: str) -> str:
    """The text of a class of java.base, from the sources that come with a JDK."""
    try:
        with zipfile.ZipFile(home / "lib" / "src.zip") as sources:
            return sources.read(f"java.base/{name}").decode()
    except (OSError, KeyError, zipfile.BadZipFile):
        remedy = "Use a JDK that comes with its sources, or leave out --mended."
        raise UsageError("U023", f"there is no {name} in {home / 'lib' / 'src.zip'}", remedy) from None


def _said(words: Sequence[str], version: str, folder: Path, environment: dict[str, str]) -> str:
    """What a command of a JDK prints. Raises UsageError U023 if it fails, takes too long or is not there."""
    remedy = "Try another JDK."
    try:
        done = subprocess.run(
            words, cwd=folder, capture_output=True, text=True, timeout=_SECONDS, check=False, env=environment
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError("U023", f"Java {version} cannot be run ({error})", remedy) from None
    if done.returncode:
        said = " / ".join((done.stderr or done.stdout).strip().splitlines()[:_SAID])
        raise UsageError("U023", f"the program did not end well with Java {version}: {said}", remedy)
    return done.stdout.rstrip()
