"""Which modules are held by which tests, and how much a fault in each weighs. A table, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

_TRACES = (
    "tests/contract/test_*.py",
    "tests/engines/test_portfolio.py",
    "tests/counterexamples/test_corpus.py",
)
_PROOFS = (
    "tests/certificates/test_certificate.py",
    "tests/commands/test_report_proofs.py",
    "tests/engines/symbolic/test_induction.py",
    "tests/certificates/test_obligations.py",
    "tests/certificates/test_closure.py",
)
_LANGUAGE = (
    "tests/frontend",
    "tests/semantics/test_semantics.py",
    "tests/agreement/test_agreement.py::test_the_interpreter_does_what_python_does",
)
_STATUS = (
    "tests/commands/test_cli.py::test_every_verdict_has_words_and_a_status",
    "tests/commands/test_cli.py::test_the_status_of_a_run_is_that_of_what_it_shows",
    "tests/commands/test_cli.py::test_a_direct_run_ends_as_tlc_does",
)
_FUZZ = ("tests/engines/fuzz/test_fuzz.py", "tests/engines/fuzz/test_known.py", "tests/engines/fuzz/test_free.py")
_ORBITS = ("tests/semantics/test_orbits.py", "tests/engines/test_symmetry.py")
_WRITTEN = (
    "tests/commands/test_catalogue.py",
    "tests/commands/test_cli.py::test_traces_are_written_replayed_and_shown",
    "tests/commands/test_cli.py::test_json_is_one_object_and_nothing_else",
)
_CHOICE = ("tests/engines/test_auto.py", "tests/engines/test_budgets.py")


@dataclass(frozen=True, slots=True)
class Area:
    """Modules, the tests that concern them, and the weight of a fault in them when a sample is drawn."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]
    weight: float


AREAS = (
    Area(("checker/contract/judge.py", "checker/contract/replay.py"), (*_TRACES, *_PROOFS, "tests/engines", *_FUZZ), 6),
    Area(
        ("checker/contract/agreement.py", "checker/contract/wording.py"),
        (*_TRACES, *_STATUS, "tests/commands/test_sweep.py"),
        6,
    ),
    Area(
        ("checker/certificates/reachable_set.py", "checker/certificates/recheck.py"),
        (*_PROOFS, "tests/certificates"),
        5,
    ),
    Area(
        (
            "checker/certificates/certificate.py",
            "checker/certificates/obligations.py",
            "checker/commands/report_proofs.py",
        ),
        (*_PROOFS, "tests/certificates"),
        3,
    ),
    Area(("checker/alternatives.py",), (*_TRACES, "tests/engines/test_alternatives.py"), 2),
    Area(
        (
            "checker/check.py",
            "checker/portfolio.py",
            "checker/engines/registered.py",
            "checker/contract/task.py",
            "checker/commands/run.py",
        ),
        (*_TRACES, *_CHOICE, *_STATUS, *_WRITTEN),
        2,
    ),
    Area(("checker/semantics/*",), (*_LANGUAGE, *_TRACES, *_FUZZ, *_ORBITS), 3),
    Area(("checker/lang/picture.py", "checker/lang/view.py"), ("tests/counterexamples/test_pictures.py",), 1),
    Area(("checker/lang/*", "checker/frontend/*", "checker/ir/*"), (*_LANGUAGE, "tests/contract/test_replay.py"), 1),
    Area(
        (
            "checker/engines/reference.py",
            "checker/engines/reference_liveness.py",
            "checker/engines/fair_cycles.py",
            "checker/engines/common/fair_walks.py",
            "checker/engines/common/ledger.py",
        ),
        (*_TRACES, "tests/semantics/test_semantics.py", "tests/certificates/test_certificate.py", "tests/engines"),
        4,
    ),
    Area(
        ("checker/engines/explicit/*",),
        (
            "tests/engines/explicit",
            "tests/engines",
            "tests/agreement/test_agreement.py",
            "tests/engines/test_symmetry.py",
        ),
        0.7,
    ),
    Area(("checker/engines/symbolic/*",), ("tests/engines/symbolic/test_*.py", "tests/engines", *_PROOFS), 0.7),
    Area(("checker/engines/fuzz/*",), _FUZZ, 0.7),
)
"""The first area that has a module is its own. What does not exist in a tree is passed over. Not in the table is what
makes no verdict wrong: `common/shorten`, whose traces are judged afterwards, `common/cost`, which says only what is
worth trying, the clock, and what prints, draws and writes."""


def area_of(module: str) -> Area | None:
    """The area that a module, a path below the root, belongs to."""
    return next((area for area in AREAS if any(fnmatch(module, each) for each in area.modules)), None)


def modules_below(root: Path) -> list[str]:
    """Every module of the table that a tree has."""
    found = (str(path.relative_to(root)) for path in sorted((root / "checker").rglob("*.py")))
    return [module for module in found if area_of(module) is not None]


def files_of(root: Path, held: str) -> list[str]:
    """The files of tests in a folder of tests; what is no folder is as it is."""
    inside = sorted(str(path.relative_to(root)) for path in (root / held).glob("**/test_*.py"))
    return inside or [held]


def held_by(root: Path, area: Area) -> list[str]:
    """The files and folders of tests of an area that a tree has, and single tests."""
    found = set()
    for wanted in area.tests:
        pattern, colons, name = wanted.partition("::")
        found |= {f"{path.relative_to(root)}{colons}{name}" for path in root.glob(pattern)}
    return sorted(found)
