"""Have Hypothesis draw alike wherever it runs. Draws nothing itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hypothesis.internal.conjecture import providers


@contextmanager
def alike() -> Iterator[None]:
    """Within this, what Hypothesis draws follows from its seed. Now and then it tries a number that stands in a module
    of the user's, if that was imported: the same seed gave other runs in another folder, and after any change of a
    text. Versions of Hypothesis that do not do so are left as they are."""
    found = getattr(providers, "_get_local_constants", None)
    if found is None:
        yield
        return
    none = vars(providers)["Constants"]()
    providers._get_local_constants = lambda: none
    providers.CONSTANTS_CACHE.cache.clear()  # which holds what is possible of them
    try:
        yield
    finally:
        providers._get_local_constants = found
        providers.CONSTANTS_CACHE.cache.clear()
