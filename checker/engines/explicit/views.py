"""How many values some variables have together in the states that a search has found. Decides nothing by that.

Each state is entered once more into a table of its own, with no other bits than those of the variables, by the code
that entered it into the first: so the count is exact, too.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence

from checker.engines.explicit.codegen.layout import signed, width
from checker.engines.explicit.machine.library import Library
from checker.engines.explicit.native.memory import words
from checker.engines.explicit.native.store import slices
from checker.engines.explicit.search import Search

_ROWS = 4096
"""States that are entered at once; there is room for as many."""


def count_views(search: Search, kernels: Library, names: Sequence[str]) -> int:
    """How many values the variables of these names have together. Stopped if a budget ends that."""
    layout = search.emitted.layout
    bits = [0] * layout.words
    for name in names:
        first = layout.offsets[name]
        for field in layout.fields[first : first + width(layout.kinds[name])]:
            bits[field.word] |= field.mask
    key = words(layout.words)
    key[:] = [signed(word) for word in bits]
    counting = Search(
        search.emitted, kernels, search.model, 1, search.store.limit - search.store.occupied(), search.clock
    )
    for level in search.levels:
        for span in slices(level, _ROWS):
            first = search.store.address(span.chunk) + span.begin * search.store.row_bytes
            counting.keep_projected(first, span.end - span.begin, ctypes.addressof(key))
    return counting.distinct
