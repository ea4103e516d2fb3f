"""The areas that have a score: their modules, and the tests that concern them. A table, and how it is read."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

_TRACES = (
    "tests/contract/test_check.py",
    "tests/contract/test_judge.py",
    "tests/contract/test_no_states.py",
    "tests/contract/test_refuted_proofs.py",
    "tests/contract/test_replay.py",
    "tests/contract/test_traces.py",
    "tests/contract/test_damaged_traces.py",
)
_PROOFS = (
    "tests/certificates/test_closure.py",
    "tests/certificates/test_obligations.py",
    "tests/certificates/test_certificate.py",
    "tests/certificates/test_recheck.py",
    "tests/certificates/test_recheck_command.py",
    "tests/certificates/test_recheck_obligations.py",
)
_ORDERS = tuple(f"tests/certificates/test_{each}.py" for each in ("fair_orders", "formula_orders", "untils"))
_LANGUAGE = (
    *(
        f"tests/frontend/test_{each}.py"
        for each in (
            "assumptions",
            "choices",
            "codes",
            "constructs",
            "declarations",
            "errors",
            "escape",
            "expressions_agree",
            "label_parameters",
            "limits",
            "load",
            "loops_within_loops",
            "methods",
            "places",
            "processes",
            "standing",
            "subsets",
            "traverse",
            "types",
            "worked_out_once",
        )
    ),
    "tests/ir/test_printer.py",
    "tests/ir/test_sizes.py",
    *(f"tests/semantics/test_{each}.py" for each in ("choices", "expressions", "interpreter", "statements")),
    "tests/agreement/test_agreement.py::test_the_interpreter_does_what_python_does",
)
_WRITTEN = (
    "tests/commands/test_catalogue.py",
    "tests/commands/test_verify.py::test_a_direct_run_ends_as_tlc_does",
    "tests/commands/test_verify.py::test_traces_are_written_replayed_and_shown",
    "tests/commands/test_verify.py::test_json_is_one_object_and_nothing_else",
)
_LIVENESS = (
    "tests/engines/test_reference_liveness.py",
    "tests/engines/test_temporal.py",
    "tests/engines/test_formulas.py",
    "tests/engines/test_with_temporal.py",
    "tests/agreement/test_fair_behaviours.py",
)
_NATIVE = tuple(
    f"tests/engines/explicit/test_{each}.py"
    for each in (
        "agreement",
        "layout",
        "plain_kernels",
        "plain_search",
        "search",
        "segments",
        "small",
        "symmetry",
        "table",
    )
)
_RANDOM = tuple(f"tests/agreement/test_{each}.py" for each in ("agreement", "crashes", "found"))
_FUZZ = tuple(f"tests/engines/fuzz/test_{each}.py" for each in ("drawing", "draws", "free", "fuzz", "known", "rules"))
_INDUCTION = (
    "tests/engines/symbolic/test_found_symbolic.py",
    "tests/engines/symbolic/test_hypotheses.py",
    "tests/engines/symbolic/test_induction.py",
    "tests/engines/symbolic/test_invariants.py",
    "tests/engines/symbolic/test_k_induction.py",
    "tests/engines/symbolic/test_symbolic.py",
)


@dataclass(frozen=True, slots=True)
class Area:
    """What has a score of its own: modules, and the tests that concern them."""

    name: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


AREAS = (
    Area(
        "judge",
        ("checker/contract/judge.py", "checker/contract/replay.py", "checker/contract/lasso.py"),
        (*_TRACES, *_LIVENESS),
    ),
    Area(
        "agreement and words",
        ("checker/contract/agreement.py", "checker/contract/wording.py"),
        (
            *_TRACES,
            "tests/contract/test_agreement.py",
            "tests/engines/test_portfolio.py",
            "tests/commands/test_sweep.py",
        ),
    ),
    Area(
        "closure and recheck",
        ("checker/certificates/*", "checker/engines/common/orders.py"),
        (
            *_PROOFS,
            *_ORDERS,
            "tests/certificates/test_every_size.py",
            "tests/engines/test_constraints.py",
            "tests/engines/test_implements.py",
            "tests/engines/test_steps.py",
            "tests/engines/test_symmetry.py",
        ),
    ),
    Area(
        "what is run, and shown",
        (
            "checker/alternatives.py",
            "checker/check.py",
            "checker/portfolio.py",
            "checker/engines/registered.py",
            "checker/contract/task.py",
            "checker/commands/run.py",
            "checker/commands/report_proofs.py",
        ),
        (
            *_TRACES,
            *_WRITTEN,
            "tests/commands/test_report_proofs.py",
            "tests/engines/test_alternatives.py",
            "tests/engines/test_auto.py",
            "tests/engines/test_budgets.py",
            "tests/engines/test_portfolio.py",
        ),
    ),
    Area(
        "interpreter",
        ("checker/semantics/*",),
        (*_LANGUAGE, *_TRACES, "tests/semantics/test_orbits.py", "tests/engines/test_symmetry.py"),
    ),
    Area(
        "pictures",
        ("checker/lang/picture.py", "checker/lang/view.py"),
        ("tests/lang/test_picture.py", "tests/lang/test_view.py", "tests/counterexamples/test_pictures.py"),
    ),
    Area("front end", ("checker/lang/*", "checker/frontend/*", "checker/ir/*"), _LANGUAGE),
    Area(
        "simplifier",
        ("checker/simplify/*",),
        (
            *(
                f"tests/simplify/test_{each}.py"
                for each in ("expressions", "possible", "rules", "simplify", "statements")
            ),
            "tests/engines/explicit/test_small.py",
            "tests/engines/symbolic/test_bmc.py",
            "tests/engines/symbolic/test_symbolic.py",
            "tests/engines/test_conformance.py",
            *_RANDOM,
        ),
    ),
    Area(
        "reduction",
        (
            "checker/reduction/*",
            "checker/engines/common/reduced.py",
            "checker/engines/explicit/native/waiting.py",
            "checker/engines/explicit/reducing.py",
        ),
        ("tests/reduction/test_command.py", "tests/reduction/test_reducing.py"),
    ),
    Area(
        "trace validation",
        ("checker/trace_validation/*",),
        tuple(f"tests/trace_validation/test_{each}.py" for each in ("command", "order", "reading", "search")),
    ),
    Area(
        "reference engine",
        ("checker/engines/reference.py", "checker/engines/common/ledger.py"),
        (
            "tests/engines/test_reference.py",
            "tests/engines/test_conformance.py",
            "tests/engines/test_ends.py",
            "tests/engines/test_ledger.py",
            "tests/engines/test_steps.py",
            "tests/engines/test_constraints.py",
            *_PROOFS,
        ),
    ),
    Area(
        "liveness, reference",
        (
            "checker/engines/reference_liveness.py",
            "checker/engines/fair_cycles.py",
            "checker/engines/fair_products.py",
            "checker/engines/common/fair_walks.py",
            "checker/engines/common/tableau.py",
            "checker/engines/common/temporal.py",
        ),
        (*_LIVENESS, "tests/counterexamples/test_lassos.py"),
    ),
    Area(
        "liveness, native",
        ("checker/engines/explicit/liveness/*", "checker/engines/explicit/codegen/temporal.py"),
        (
            *(f"tests/engines/explicit/test_{each}.py" for each in ("classes", "far_lassos", "liveness", "modes")),
            *(f"tests/engines/explicit/test_plain_{each}.py" for each in ("kernels", "nodes", "passes")),
            *(f"tests/engines/explicit/test_{each}.py" for each in ("products", "slices", "sweeps")),
            "tests/agreement/test_formulas.py",
            *_LIVENESS,
        ),
    ),
    Area(
        "walk and fuzzing",
        ("checker/engines/fuzz/*", "checker/engines/explicit/random_walk/*"),
        (
            *_FUZZ,
            "tests/commands/test_fuzz.py",
            "tests/engines/explicit/test_plain_kernels.py",
            *(f"tests/engines/explicit/test_walk{each}.py" for each in ("", "_implements", "er")),
            "tests/engines/test_conformance.py",
            "tests/engines/test_constraints.py",
            "tests/engines/test_found_engines.py",
            "tests/engines/test_steps.py",
        ),
    ),
    Area(
        "kept verdicts",
        ("checker/commands/kept.py", "checker/commands/kept_entries.py", "checker/ir/fingerprint.py"),
        ("tests/commands/test_kept.py", "tests/ir/test_fingerprint.py"),
    ),
    Area(
        "graphics card",
        ("checker/engines/explicit/gpu/*",),
        tuple(f"tests/engines/explicit/test_{each}.py" for each in ("gpu", "gpu_plan", "ptx")),
    ),
    Area(
        "explicit engine",
        ("checker/cache.py", "checker/engines/explicit/*"),
        (
            *_NATIVE,
            *(
                f"tests/engines/explicit/test_{each}.py"
                for each in ("cache", "checkpoint", "cluster", "emitted", "levels", "machine", "memory", "slices")
            ),
            "tests/engines/test_conformance.py",
            "tests/engines/test_constraints.py",
            "tests/engines/test_ends.py",
            "tests/engines/test_found_engines.py",
            "tests/engines/test_growth.py",
            "tests/engines/test_implements.py",
            "tests/engines/test_steps.py",
            "tests/engines/test_symmetry.py",
            "tests/engines/test_temporal.py",
            "tests/commands/test_view.py::test_views_are_counted_as_by_hand",
            *_RANDOM,
        ),
    ),
    Area(
        "induction",
        tuple(
            f"checker/engines/symbolic/{each}"
            for each in (
                "base_case.py",
                "every_size/*",
                "evidence.py",
                "hypotheses.py",
                "induction.py",
                "invariants.py",
                "k_induction.py",
                "step_claims.py",
                "step_proof.py",
                "stepping.py",
            )
        ),
        (
            *_INDUCTION,
            "tests/engines/symbolic/test_every_size.py",
            "tests/engines/symbolic/test_every_size_counts.py",
            "tests/engines/symbolic/test_every_size_terms.py",
            "tests/engines/symbolic/test_ranks.py",
            "tests/engines/symbolic/test_seeds.py",
            "tests/engines/test_conformance.py",
            "tests/engines/test_constraints.py",
            "tests/engines/test_implements.py",
            "tests/engines/test_steps.py",
            "tests/certificates/test_every_size.py",
            "tests/contract/test_refuted_proofs.py",
            *_PROOFS,
        ),
    ),
    Area(
        "bounded search",
        ("checker/engines/symbolic/*",),
        (
            *_INDUCTION,
            "tests/engines/symbolic/test_bmc.py",
            "tests/engines/symbolic/test_lassos.py",
            "tests/engines/symbolic/test_over_time.py",
            "tests/engines/symbolic/test_ranks.py",
            "tests/engines/symbolic/test_seeds.py",
            "tests/engines/symbolic/test_terms.py",
            "tests/engines/test_conformance.py",
            "tests/engines/test_constraints.py",
            "tests/engines/test_found_engines.py",
            "tests/engines/test_formulas.py",
            "tests/engines/test_implements.py",
            "tests/engines/test_steps.py",
            "tests/engines/test_temporal.py",
            "tests/agreement/test_agreement.py",
            "tests/agreement/test_found.py",
        ),
    ),
)
"""The first area that has a module is its own. What does not exist in a tree is passed over. Not in the table is what
makes no verdict wrong: `common/shorten`, whose traces are judged afterwards, `common/cost` and `common/growth`, which
say only what is worth trying and how much is to come, the clock, and what prints, draws and writes."""


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
