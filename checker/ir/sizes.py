"""How large types may be, judged without computing numbers of millions of digits. Reports nothing itself."""

from __future__ import annotations

from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, TupleType, Type

LARGEST_SET = 4096
"""Values that the item type of a set may have."""

LARGEST_LISTED = 4096
"""Subsets that a loop may go over. Z3 gets every round written out: of 4,096, 2 to 4 s for one property and 3 steps."""

LARGEST_INDEX = 1 << 16
"""Values that the index type of an array or process may have."""

DEEPEST = 40
"""Types within types: what writes and compares values goes into each, and Python allows no more than some hundreds."""

MOST_STATEMENTS = 5_000
"""Statements of all methods of a model, as written. The front end takes about 0.5 ms for each in a pass, of which there
are two or more; the largest model of the catalogue has 631 after its helpers are inlined."""

MOST_BLOCKS = 4_000
"""Blocks that a process is cut into, with all that it inlines: helpers that each `yield from` the one before twice come
to millions. The largest process of the catalogue has 108; cutting 4,000 takes some 2 s."""

MOST_HELPERS = 1_000
"""Helpers, counted once for each combination of types of their arguments: that can double with every call. Reading one
takes a millisecond or more."""

MOST_PARTS = 5_000
"""Types and numbers that one type is made of: records that each hold the one before twice come to millions."""

MOST_ARGUMENTS = 1 << 24
"""Combinations of arguments that an action may have."""

MOST_CONDITIONS = 8
MOST_PROMISES = 8
"""Different conditions, and operators of time, that a formula may have. A state is looked at once for each way in which
the latter can turn out, 2 to their number."""

MOST_INSTANCES = 64
"""Formulas that a quantifier around operators of time may stand for."""

LARGEST_STATE = 1 << 17
"""Values, truth values and numbers, that a state is made of. An array of 65,536 is verified; every engine copies what a
step changes, and the symbolic ones make terms of each part for each step."""


def parts(kind: Type, limit: int) -> int:
    """Of how many values a value of this type is made: one for each possible member of a set, and each place of a
    sequence. Above `limit` just more than that."""
    match kind:
        case SetType(item=item):
            return item.size if fits(item, limit) else limit + 1
        case OptType(item=item):
            return 1 + parts(item, limit)
        case SeqType(item=item, capacity=capacity):
            return 1 + capacity * parts(item, limit)
        case ArrayType(index=index, item=item):
            return index.size * parts(item, limit) if fits(index, limit) else limit + 1
        case RecordType() | TupleType():
            known: dict[Type, int] = {}
            total = 0
            for item in kind.items():
                if item not in known:
                    known[item] = parts(item, limit)
                total += known[item]
            return total
    return 1


def nested(kind: Type) -> int:
    """How deep types are nested in this one."""
    match kind:
        case SetType(item=item) | OptType(item=item) | SeqType(item=item):
            return 1 + nested(item)
        case ArrayType(index=index, item=item):
            return 1 + max(nested(index), nested(item))
        case RecordType() | TupleType():
            return 1 + max((nested(item) for item in kind.items()), default=0)
    return 1


def fits(kind: Type, limit: int) -> bool:
    """Whether the type has at most `limit` values."""
    match kind:
        case SetType(item=item):
            return limit > 0 and fits(item, limit.bit_length() - 1)
        case OptType(item=item):
            return fits(item, limit - 1)
        case SeqType(item=item, capacity=capacity):
            return _together(item, range(capacity + 1), limit)
        case ArrayType(index=index, item=item):
            return _together(item, range(index.size, index.size + 1), limit)
        case RecordType() | TupleType():
            total = 1
            for item in kind.items():
                total = total * item.size if fits(item, limit) else limit + 1
                if total > limit:
                    return False
            return total <= limit
    return kind.size <= limit


def _together(item: Type, lengths: range, limit: int) -> bool:
    """Whether the rows of these lengths are at most `limit` in all."""
    if not fits(item, limit):
        return False
    if item.size <= 1:
        return len(lengths) <= limit
    if lengths[-1] >= limit.bit_length():
        return False  # two items already are too many
    total: int = sum(item.size**length for length in lengths)
    return total <= limit
