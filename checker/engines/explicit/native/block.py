"""The parameter block through which Python and the compiled kernels talk: one array of 64-bit integers per worker.

Just names for its cells and for the answers of kernels; addresses are plain integers. Imports nothing.
"""

from __future__ import annotations

EXPAND = 0
"""Address of the model's `expand`."""
CANONICAL = 1
"""Address of the model's `canonical`; 0 without symmetry."""
CHECK = 2
"""Address of the model's `check`."""
WORDS = 3
"""Words of a state."""
SCRATCH = 4
"""Address of this worker's scratch memory `s`."""
CONTROL = 5
"""Address of this worker's control array `c`."""
WANTED = 6
"""Address of the pairs (wanted, mark) that `check` takes as `h`."""
OUT = 7
"""Address of the buffer for successors."""
OUT_ROWS = 8
"""How many states that buffer holds."""
PENDING = 9
"""How many states in it wait for being looked up."""
FLUSHED = 10
"""How many of these have been looked up."""
ROWS = 11
"""Address of the rows to work on."""
BEGIN = 12
"""The first row not yet worked on."""
END = 13
"""One past the last row to work on."""
TABLE = 14
"""Address of the visited table."""
TABLE_SIZE = 15
"""How many entries it has; at most 2**31."""
CHUNKS = 16
"""Address of the addresses of all chunks of rows."""
CHUNK = 17
"""The chunk that this worker appends to."""
USED = 18
"""How many rows of it are in use."""
QUOTA = 19
"""How many more states may be inserted."""
GENERATED = 20
"""Adds up the successors generated."""
BEST = 21
"""Address of the culprits: for each kind a flag and the words of the least state found."""
PROPERTIES = 22
"""How many properties `check` knows."""
TARGETS = 23
"""Address of the states that `find_parents` looks for."""
TARGET_COUNT = 24
"""How many these are."""
SIEVE = 25
"""A bit for each of them, by hash: most states fail this test."""
PATH = 26
"""Address of the states of the run that a random walk is making."""
AT = 27
"""The number of the last of them; -1 before a run begins."""
MOST = 28
"""How many steps a run takes at most."""
ROW_COUNT = 29
"""How many rows there are to begin a run with."""
SEED = 30
"""What all runs have in common."""
RANDOM = 31
"""The state of the generator of the present run."""
STEPS = 32
"""Adds up the steps taken."""
LEFT = 33
"""How many more steps may be taken before the walk pauses."""
WANT_FAILURE = 34
"""Whether the walk stops where a step fails."""
WANT_STUCK = 35
"""Which answers of the model's `stuck` it stops at: 1 for a deadlock, 2 for one that cannot be judged, or both."""
CHECK_STEP = 36
"""Address of the model's `check_step`; 0 while no `@step` property is wanted."""
PAIR = 37
"""Address of a pair of states: the one after a step, then the one before it."""
STEP_SCRATCH = 38
"""Address of the scratch memory of `check_step`."""
STEP_WANTED = 39
"""Address of its pairs (wanted, mark)."""
STEP_PROPERTIES = 40
"""How many properties it knows."""
MARKS = 41
"""Address of the pairs that `expand` leaves for each fair thing: its first successor, and one past its last."""
THINGS = 42
"""How many fair things there are."""
MASK_WORDS = 43
"""Words of a mask with a bit for each of them."""
WEAK = 44
"""Address of the mask of those that are weakly fair."""
STRONG = 45
"""Address of the mask of those that are strongly fair."""
POSSIBLE = 46
"""Address of the mask of those that are possible in the state looked at."""
TAKEN = 47
"""Address of the mask of those that are taken within its component."""
SLOTS = 48
"""Address of the table's entries of its successors, by number; -1 for the state itself."""
CELL = 49
"""Address of a word, for a state that the table itself holds."""
CONDITIONS = 50
"""Address of the model's `conditions`."""
FORM = 51
"""Address of what that takes as `h`: the number of a temporal property and the ranks of its arguments."""
STAY_WHEN = 52
"""Bit i says whether a violation's loop may be where the conditions are i, one bit for each."""
OTHER_WHEN = 53
"""The same of the states where it begins, or of those that it visits."""
SET = 54
"""Address of the set of states at work: a bit for each entry of the table."""
OTHER = 55
"""Address of the states where a violation begins, or of those that it visits."""
AFTER = 56
"""Address of the states that are left for the next round."""
FAIR = 57
"""Address of the states of fair components; or of the states that a way has been to."""
HAPPENS = 58
"""Whether the first condition is true anywhere."""
FAILS = 59
"""Whether the conditions cannot be evaluated somewhere."""
CHANGED = 60
"""Adds up the states that left the set, or that it holds."""
BEFORE = 61
"""Address of how many states of the set come before each word of it."""
NUMBERS = 62
"""Address of a number of 32 bits for each state of the set: when it was met, then its component."""
STACK = 63
"""Address of the frames of the depth-first search, with what is still to be visited from each."""
STACK_ROOM = 64
"""How many words that has."""
TOP = 65
"""How many of them are in use."""
FRAME = 66
"""Where the last frame begins; -1 if there is none."""
OPEN = 67
"""Address of the states that were left and belong to no component yet."""
OPENED = 68
"""How many these are."""
INDEX = 69
"""The number of the next state that is met."""
COMPONENT = 70
"""The number of the next component; they count down from FIRST_COMPONENT."""
NEXT = 71
"""The state to be met next, by its entry; -1 if there is none."""
PARTS = 72
"""Address of what is known of each component: what is possible somewhere, what is impossible somewhere, what is taken
within, three masks; and which kinds of states to visit it has, later its fate."""
VISITS = 73
"""Which kinds of such states a component needs: a bit for each, 1 or 0 where there is no automaton."""
LIST = 74
"""Address of rows to which more are added."""
LIST_ROOM = 75
"""How many rows that holds."""
LISTED = 76
"""How many there are."""
WITHIN = 77
"""Address of the model's `within`; 0 without a `@constraint`."""
KEY = 78
"""Address of a state's mask: the bits in which states of one class agree."""
CLASSES = 79
"""Address of a table of classes: for each whether it is there, its key, what is known of it as of a component."""
CLASS_ROOM = 80
"""How many entries that has."""
CLASSED = 81
"""How many classes this worker added."""
CLASS_LIMIT = 82
"""How many it may add."""
PAIRS = 83
"""Address of a table of pairs of classes, as (one << 32) + other + 1: a step leads from the one to the other."""
PAIR_ROOM = 84
"""How many entries that has."""
PAIRED = 85
"""How many pairs this worker added."""
PAIR_LIMIT = 86
"""How many it may add."""
LATELY = 87
"""Address of pairs of a class and a key that this worker has noted, each where its hash says."""
WITNESS = 88
"""Address of `witness`, which the search tells of every state that it expands; 0 if nobody asks."""
SELF = 89
"""Address of this block."""
NOTED = 90
"""Adds up the states that `witness` was told of."""
SKIPS = 91
"""Whether states are not judged of which it is known by their class that no fair cycle comes by."""
LATEST = 92
"""The class that was noted last."""
STATE_BITS = 93
"""How many bits a state has, 32 at least, where the table is compact; 0 where it is not."""
SIZE_BITS = 94
"""The logarithm of the table's size, rounded down."""
REST_BITS = 95
"""How many bits of a state its place in a compact table does not say."""
MAPPING = 96
"""Address of the model's `mapping`; 0 if it implements nothing that is asked for."""
MAPPED = 97
"""Address of two states of the program implemented: what the state before a step stands for, then that after it."""
MAPPED_WORDS = 98
"""Words of such a state."""
WHICH = 99
"""The number of the `@implements` property."""
LINKS = 100
"""Address of the table of links: the number of each + 1, where its hash says."""
LINK_ROOM = 101
"""How many entries that has."""
LINK_LIST = 102
"""Address of the links: two states of the program implemented, and a state of this one."""
LINKED = 103
"""How many there are."""
LINK_LIMIT = 104
"""How many there may be."""
MODE_LOG = 105
"""Sets hold nodes, each a state with one of 1 << MODE_LOG modes of an automaton: the entry << MODE_LOG, plus the mode.
0 where there is none: then a node is the entry itself."""
MODES = 106
"""The mask of all modes: as many bits as there are."""
TRUTHS = 107
"""Address of what the conditions of a formula are in each state, by its entry, in 1 << LETTER_LOG bits each."""
LETTER_LOG = 108
"""The logarithm of how many bits that is."""
LETTERS = 109
"""Address of a word for each such letter: at first whether it occurs, later the address of what the automaton makes of
it; 0 where there is no automaton."""
LASTING = 110
"""The modes that a cycle can be in, a bit for each, over and over for all states of a word of a set."""
GOALS = 111
"""Address of what a walk still has to do: two masks, and a word for the sets to come by."""
REDUCTION = 112
"""Address of the tables by which steps wait (`native.waiting`); 0 where none does."""
WORK = 113
"""Address of the memory that this takes."""
PUT_OFF = 114
"""Adds up the states in which steps wait that a shortest path may need."""
LEFT_OUT = 115
"""Adds up the successors that were left out."""
SEND = 116
"""Address of the states that belong to other parts of a cluster, so much room for each part; 0 where there is one."""
SEND_ROWS = 117
"""How many there is room for, for each part."""
SENT = 118
"""Address of how many there are, for each part."""
MOST_SENT = 119
"""The greatest of these numbers."""
SHARES = 120
"""How many parts of a cluster there are."""
SHARE = 121
"""The number of this one."""
SPARED = 122
"""Adds up the states that belong to other parts and were met lately, and so not sent again."""
COMPARING = 123
"""Address of the block of the first of the `@implements` properties that runs are held against, with links of its own;
in that block, of the next one. 0 if there is none."""
COMPARED = 124
"""Whether the steps from the last state of the run have been noted for all of them."""
UNMAPPED = 125
"""Whether a run begins in a state that stands for none."""
SHARE_MASK = 126
"""Address of the bits that say to which part of a cluster a state belongs, a word for each of its own."""
MIXES = 127
"""Address of what says where in the table the states at OUT are: see `table.fetch`."""
FOUND = 128
"""Address of the states that this worker has found lately (`native.lately`)."""
FOUND_ROWS = 129
"""How many of them there is room for: a power of two."""
ALONE = 130
"""Whether nobody else enters anything into the table."""
SAMPLE_MASK = 131
"""Of a sample: a state belongs to it if none of these bits of its hash is set (`native.sampling`)."""
SAMPLED = 132
"""Adds up the successors of the states of a sample."""
SAMPLED_KEPT = 133
"""Adds up those of them that may not wait."""
FORMER = 134
"""Address of a block that says where the entries of a table were that has become larger where it is."""
CELLS = 135

NOBODY = (1 << 32) - 1
"""The number of a state that no behaviour stays in: alone, and something is owed there."""
FIRST_COMPONENT = NOBODY - 1

DROPPED, REFINED, FAIR_ITSELF = 0, 1, 2
"""The fate of a component: no fair cycle is in it; there may be one that keeps away from some of its states; it is
one."""

FRAME_WORDS = 4
"""Words of a frame before its list: entry, number in the set, flags, where the frame before begins."""

CHUNK_BITS = 18
CHUNK_ROWS = 1 << CHUNK_BITS
"""Rows in a chunk."""

ROW_BITS = 40
"""Bits of a wide table's entry that hold the row number + 1; the rest are bits of the hash."""

BATCH = 256
"""Successors after which the table is visited."""

FINISHED, NEED_QUOTA, NEED_CHUNK, NEED_OUT, CHOSE_TOO_MUCH, NEED_TABLE = 0, 1, 2, 3, 4, 14
"""Answers of `explore`. All but CHOSE_TOO_MUCH can be met; then it goes on where it was."""

MARKED, HALTED, PAUSED, STEP_MARKED, BEYOND_MARKED = 5, 6, 7, 8, 12
"""Further answers of `stroll`: a property has a mark in the last state of the run; something fails there, or nothing is
possible; LEFT is 0; a `@step` property has a mark of a step from there;
a property has one in a next state that is beyond the constraint. It goes on where it was."""

NEED_STACK, NEED_LIST, LOST, TOO_FINE = 9, 10, 11, 13
"""Answers of the kernels of liveness: more room is needed; a successor is not in the table, which cannot be; there are
too many classes."""

FAILURE, DEADLOCK, UNJUDGED, FIRST_PROPERTY = 0, 1, 2, 3
"""Kinds of culprits: a step fails; nothing is possible; nothing is possible and a `@final` cannot be evaluated.
Property i has two from FIRST_PROPERTY + 2 * i on: the mark, and that it could not be evaluated. After those of all
PROPERTIES come the `@step` ones, whose culprit is the state before the step; then once more the others, whose culprit
is one before a state beyond the constraint."""

NEED_LINKS = 15
"""Answer of the kernels of `@implements`: more room is needed for links."""

NEED_SEND = 16
"""A further answer of `explore`: what waits to be sent must be taken."""

NEED_JUDGE = 17
"""A further answer of `stroll`: it has noted links that are new, or has no room for them, or a state stands for none.
It goes on where it was."""
