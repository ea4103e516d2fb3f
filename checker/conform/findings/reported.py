"""Show on a real Go what a model found: run the program of a report, with the runtime as it is or with the mend.

The mend is put into a copy of the runtime's own files by `go build -overlay`; the toolchain is left as it is.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.conform.toolchain import Edit, built, compiler_says
from checker.errors import UsageError

_PROGRAMS = Path(__file__).with_name("programs")
_SECONDS = 300
"""Seconds after which a program is taken for one that does not end."""
_MAPS = "internal/runtime/maps"


@dataclass(frozen=True, slots=True)
class Finding:
    """One report: what it says, with which arguments its program is run, what mends the runtime of which version on."""

    says: str
    cases: tuple[tuple[str, ...], ...]
    mend: tuple[Edit, ...] = ()
    mended_from: str = ""
    debug: str = ""
    """GODEBUG for a run: what Go then writes counts, not what the program prints."""
    flags: str = ""
    """Flags for the compiler: what it says comes first."""
    fault: tuple[Edit, ...] = ()
    """What breaks the runtime, to show what the part that is taken out is for."""
    until_it_breaks: tuple[str, ...] = ()
    """The arguments with that: the program ends as soon as something is amiss, and is given time for a busy machine."""
    may_die: bool = False
    """Whether the program may die of what it shows; then what Go writes counts."""


FINDINGS = {
    "twice": Finding(
        "a range loop over a Swiss map yields an entry twice",
        tuple((emptied, back, "300") for emptied in ("clear", "delete") for back in ("100", "10", "1")),
        (
            Edit(f"{_MAPS}/map.go", ("func (m *Map) Delete(", "m.seed = uintptr(rand())"), "; m.clearSeq++"),
            Edit(
                f"{_MAPS}/table.go",
                ("func (it *Iter) grownKeyElem(", "{"),
                " if it.clearSeq != it.m.clearSeq { return nil, nil, false }",
            ),
        ),
        "1.24",
    ),
    "tombstones": Finding(
        "a map of few entries, which come and go, takes more and more slots",
        (("56", "200000"), ("700", "3000000")),
        (
            Edit(
                f"{_MAPS}/runtime.go",
                ("func runtime_mapassign(", "t.growthLeft++", "i = match.first()", "}"),
                "; if t.growthLeft == 0 { t.pruneTombstones(typ, m) }",
            ),
        ),
        "1.26",
    ),
    "freed": Finding("a range loop over a classic map reads memory that was freed", ((),), may_die=True),
    "barriers": Finding(
        "where the compiler puts write barriers, and what a trace of collections says of them: nothing",
        ((),),
        debug="gctrace=1",
        flags="-d=wb",
    ),
    "deleted": Finding(
        "an object that a bulk barrier has to shade, since a deletion leaves it on a scanned stack alone",
        (("10",),),
        debug="gccheckmark=1",
        fault=(Edit("runtime/mbitmap.go", ("func bulkBarrierPreWrite(", "if src == 0 {"), "\n\t\treturn"),),
        until_it_breaks=("200",),
    ),
}
"""The findings by name; each has a program of that name. Those with a mend are reports."""

_LINES = 3
"""What is shown of what Go itself writes."""


def program(name: str) -> Path:
    """The program of a finding."""
    return _PROGRAMS / f"{name}.go"


def measured(name: str, version: str, mended: bool = False, broken: bool = False) -> Iterator[tuple[str, str]]:
    """Each command, and what it printed. Raises UsageError U022 or U023 without such a Go."""
    finding = FINDINGS[name]
    if mended and not finding.mend:
        raise UsageError("U008", f"{name} has no mend", "Leave out --mended.")
    if broken and not finding.fault:
        raise UsageError("U008", f"{name} breaks nothing of the runtime", "Leave out --broken.")
    if mended and tuple(map(int, version.split(".")[:2])) < tuple(map(int, finding.mended_from.split("."))):
        raise UsageError(
            "U023", f"the mend of {name} is written for Go {finding.mended_from} and later", "Leave out --mended."
        )
    made = built(
        version, [program(name)], edits=(*(finding.mend if mended else ()), *(finding.fault if broken else ()))
    )
    if finding.flags:
        yield f"go build -gcflags={finding.flags}", compiler_says(version, [program(name)], finding.flags).rstrip()
    environment = {"GODEBUG": finding.debug} if finding.debug else {}
    for case in (finding.until_it_breaks,) if broken else finding.cases:
        try:
            done = subprocess.run(
                [str(made), *case],
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=not (broken or finding.may_die),
                env=environment,
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise UsageError("U023", f"the program of {name} did not end well ({error})", "Try another Go.") from None
        debug = f"GODEBUG={finding.debug} " if finding.debug else ""
        yield " ".join((f"{debug}./{name}", *case)), _shown(done, finding)


def _shown(done: subprocess.CompletedProcess[str], finding: Finding) -> str:
    """What a program printed; of what Go itself writes the first lines."""
    if not finding.debug and not (finding.may_die and done.returncode):
        return done.stdout.rstrip()
    return "\n".join([line for line in done.stderr.splitlines() if line][:_LINES])
