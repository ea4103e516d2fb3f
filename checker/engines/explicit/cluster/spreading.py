"""A task whose search is spread over parts: what it may ask for, and where the parts are."""

from __future__ import annotations

from checker.contract.task import Cluster, Task
from checker.engines.common.temporal import temporal_names
from checker.engines.explicit.clock import Clock
from checker.engines.explicit.cluster.coordinator import ClusterSearch
from checker.engines.explicit.cluster.locality import key_bits
from checker.engines.explicit.cluster.partition import Setup
from checker.engines.explicit.cluster.ray_actors import begin_ray
from checker.engines.explicit.cluster.transport import Inside, Transport
from checker.engines.explicit.codegen.emit import Emitted
from checker.engines.explicit.machine import library
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.search import Search
from checker.errors import UsageError
from checker.memory import allowance


def confirm_spreadable(task: Task) -> None:
    """Raises UsageError U035 for what a task asks for that is not decided by parts."""
    without = "Leave --cluster out"
    others = f"{without}, or name other properties by --property."
    refused = (
        (temporal_names(task), "does not decide what happens sooner or later ({})", others),
        (
            tuple(name for name in task.properties if name in task.program.abstract),
            "does not decide whether a model implements another ({})",
            others,
        ),
        (("--checkpoint",) if task.keeping.folder else (), "keeps states in memory", f"{without}, or {{}}."),
        (("--disk",) if task.keeping.disk else (), "keeps states in memory", f"{without}, or {{}}."),
        (("--certificate",) if task.certify else (), "brings no states to one place", f"{without}, or {{}}."),
        (("--view",) if task.view else (), "counts no views", f"{without}, or {{}}."),
        (("--reduce",) if task.reduce else (), "has no steps wait", f"{without}, or {{}}."),
    )
    for names, problem, remedy in refused:
        if names:
            said = ", ".join(names)
            raise UsageError("U035", f"--cluster {problem.format(said)}", remedy.format(said))


def spread(task: Task, cluster: Cluster, emitted: Emitted, model: Library, clock: Clock) -> ClusterSearch:
    """A search over parts, which have begun. Whoever asks for it ends it, by `close`. Raises UsageError U016 and
    U036."""

    def divided(parts: int) -> Setup:
        search = Search(emitted, library.load_kernels(), model, 1, allowance(), clock)
        return Setup(emitted.program, parts, cluster.threads or 1, _memory(task, cluster), key_bits(search, parts))

    transport: Transport = Inside(divided(cluster.parts)) if cluster.inside else begin_ray(divided, cluster)
    try:
        return ClusterSearch(emitted, model, transport, clock)
    except BaseException:
        transport.close()
        raise


def _memory(task: Task, cluster: Cluster) -> int | None:
    """Bytes for each part: its share of this machine, or what is said for each node."""
    given = task.budget.memory
    return given if cluster.address else (allowance() if given is None else given) // cluster.parts
