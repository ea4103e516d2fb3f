"""How large types may be, judged without computing numbers of millions of digits. Reports nothing itself."""

from __future__ import annotations

from checker.ir.types import ArrayType, OptType, RecordType, SeqType, SetType, TupleType, Type

LARGEST_SET = 4096
"""Values that the item type of a set may have."""

LARGEST_INDEX = 1 << 16
"""Values that the index type of an array or process may have."""

DEEPEST = 40
"""Types within types: what writes and compares values goes into each, and Python allows no more than some hundreds."""

MOST_ARGUMENTS = 1 << 24
"""Combinations of arguments that an action may have."""


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
