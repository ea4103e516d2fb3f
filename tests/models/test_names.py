"""Names in the models of Go's runtime and of Java: what is in camelCase is theirs, what is ours is in snake_case."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SPEC = Path(__file__).parents[2] / "spec"
RUNTIME = frozenset(
    {
        "advanceEvacuationMark",
        "bucketEvacuated",
        "bucketMask",
        "cacheSpan",
        "createOverflow",
        "deleteSmall",
        "directoryIndex",
        "emptyRest",
        "ensureSwept",
        "freeSpan",
        "gcMarkDone",
        "gcMarkTermination",
        "gcMarkWorkAvailable",
        "gcStart",
        "gcSweep",
        "getWithKey",
        "getWithKeySmall",
        "growToTable",
        "growWork",
        "grownKeyElem",
        "hashGrow",
        "installTableSplit",
        "isEmpty",
        "isSweepDone",
        "lockSlow",
        "makeBucketArray",
        "makeStrongFromWeak",
        "matchEmpty",
        "maxGrowthLeft",
        "newTable",
        "nextDirIdx",
        "overLoadFactor",
        "prepareForSweep",
        "pruneTombstones",
        "putSlotSmall",
        "replaceTable",
        "tooManyOverflowBuckets",
        "tryAcquire",
        "uncacheSpan",
        "uncheckedPutSlot",
        "unlockSlow",
        "wbBufFlush",
        "wbBufFlush1",
    }
)
"""What runtime/map.go, the files of the collector beside it, and sync/mutex.go of Go 1.23 and internal/runtime/maps of
Go 1.27 define by these names. Those in lower case, such as `evacuate`, need no rule."""
JAVA = frozenset({"addCount", "helpTransfer", "initTable", "putVal", "resizeStamp", "sumCount"})
"""What ConcurrentHashMap.java of OpenJDK 25 defines by these names."""


@pytest.mark.parametrize("file", sorted(SPEC.glob("*/*.py")), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_a_function_in_camel_case_is_the_runtimes_own(file: Path) -> None:
    """115 names were in camelCase and 67 not, and a reader could not tell `drawSeed`, which Go does not have."""
    tree = ast.parse(file.read_text())
    defined = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    named = JAVA if file.parent.name == "java" else RUNTIME
    assert {name for name in defined if name[0].islower() and name != name.lower()} <= named
