"""The parameter block through which the processor tells a card what to do: one array of 64-bit integers, which kernels
only read. Just names for its cells and for the counters that kernels add to. Imports nothing."""

from __future__ import annotations

ROWS = 0
"""Address of all states found, level after level, a word each."""
ROOM = 1
"""How many states may be there."""
BEGIN = 2
"""The first state to work on."""
END = 3
"""One past the last."""
TABLE = 4
"""Address of the visited table."""
TABLE_SIZE = 5
"""How many entries it has; at most 2**31."""
STATE_BITS = 6
"""How many bits a state has, 32 at least, where the table is compact; 0 where it is not."""
SIZE_BITS = 7
"""The logarithm of the table's size, rounded down."""
REST_BITS = 8
"""How many bits of a state its place in a compact table does not say."""
COUNTERS = 9
"""Address of the counters."""
CULPRITS = 10
"""Address of two words for each kind of culprit, as `native.block` numbers them: how many states were noted, and the
least of them."""
SLICES = 11
"""Address of the threads' own memory, a slice each."""
SLICE_WORDS = 12
"""Words of a slice."""
TEMPLATE = 13
"""Address of what a slice holds at the start."""
CONTROL_AT = 14
"""Where in a slice the control array begins; scratch memory begins at 0."""
WANTED_AT = 15
"""Where the pairs (wanted, mark) begin that `check` takes."""
OUT_AT = 16
"""Where the successors of a state begin, up to the end of the slice."""
OUT_ROWS = 17
"""How many states that holds."""
PROPERTIES = 18
"""How many properties `check` knows."""
CELLS = 19

APPENDED = 0
"""How many states there are; more than ROOM where one found no place."""
GENERATED = 1
"""Adds up the successors generated in a level."""
FULL = 2
"""Not 0: a state found no place, in the table or behind the others. What a level has done then is of no use."""
SHORT = 3
"""Not 0: a state has more successors than OUT_ROWS."""
ENDED = 4
"""Not 0: a step made more choices than there may be."""
COUNTED = 5
"""How many counters there are."""

NOTHING = (1 << 63) - 1
"""No state of one word, which has 63 bits, is greater."""
