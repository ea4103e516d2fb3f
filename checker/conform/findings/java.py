"""Show on a real JDK what a model of java.util.concurrent found: the programs of reports, and their mends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from checker.conform import jdk
from checker.conform.toolchain import Edit
from checker.errors import UsageError

_PROGRAMS = Path(__file__).with_name("programs")
_MAP = "java/util/concurrent/ConcurrentHashMap.java"
_COMPUTES = ("public V computeIfAbsent(", "public V compute(")
"""The methods that put a ReservationNode into a bin and run the caller's function."""


@dataclass(frozen=True, slots=True)
class JavaFinding:
    """One report: what it says, and what mends the class."""

    says: str
    mend: tuple[Edit, ...] = ()


JAVA_FINDINGS = {
    "contended": JavaFinding("a map whose count was contended once grows late, by one thread alone"),
    "late": JavaFinding(
        "a thread that helps a resize late, and a map that never grows again",
        (
            Edit(
                _MAP,
                ("helpTransfer(Node<K,V>[] tab", "(sc = sizeCtl) < 0) {", "if ("),
                "(sc >>> RESIZE_STAMP_SHIFT) != resizeStamp(tab.length) || ",
            ),
        ),
    ),
    "recursive": JavaFinding(
        "a recursive update that is refused, and a map that never grows again",
        (
            Edit(_MAP, ("class ReservationNode<K,V> extends Node<K,V> {",), " Node<K,V>[] owed;"),
            Edit(
                _MAP,
                ("private final void transfer(", "f instanceof ReservationNode"),
                " && owes((ReservationNode<K,V>)f, nextTab)",
            ),
            Edit(
                _MAP,
                ("Table Initialization and Resizing -------------- */",),
                """
    private boolean owes(ReservationNode<K,V> r, Node<K,V>[] nextTab) {
        if (r.owed == null)
            r.owed = nextTab;
        else
            U.getAndAddInt(this, SIZECTL, -1);
        return true;
    }
    private void settle(Node<K,V>[] tab, Node<K,V> r) {
        Node<K,V>[] owed = ((ReservationNode<K,V>)r).owed;
        if (owed != null)
            transfer(tab, owed);
    }
""",
            ),
            *(Edit(_MAP, (method, "new ReservationNode<K,V>();"), " try {") for method in _COMPUTES),
            *(
                Edit(
                    _MAP,
                    (method, "new ReservationNode<K,V>();", "setTabAt(tab, i, node);", "}", "}", "}"),
                    " } finally { settle(tab, r); }",
                )
                for method in _COMPUTES
            ),
        ),
    ),
}
"""The findings by name; each has a program of that name. Those with a mend are reports."""


def java_program(name: str) -> Path:
    """The program of a finding."""
    return _PROGRAMS / f"{name}.java"


def measured_java(name: str, version: str, mended: bool = False) -> Iterator[tuple[str, str]]:
    """The command, and what it printed. Raises UsageError U022 or U023 without such a JDK."""
    edits = JAVA_FINDINGS[name].mend if mended else ()
    if mended and not edits:
        raise UsageError("U008", f"{name} has no mend", "Leave out --mended.")
    yield f"java {name}.java", jdk.run(version, java_program(name), edits)
