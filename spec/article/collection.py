"""Decide what the article says about old buckets and the collector: chapter 1 and section 3.3, over the real map.

The map and the collector are those of `spec.go_map.collected`. What its own properties already say is not said again.
"""

from checker.lang import always
from spec.go_map.collected import CollectedMap
from spec.go_map.memory import Phase


class ClaimsAboutCollection(CollectedMap):
    """The map of the article under the collector of the article's chapter 1, told by the runtime's own code."""

    @always
    def barrier_is_on_while_growing(self):
        """While a map grows, its writes to old buckets trigger the write barrier (S005): then marking must be on."""
        return not self.growing() or self.phase != Phase.OFF
