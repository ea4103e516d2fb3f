"""The few operations that emitted code and kernels need and Python's syntax does not have: what they mean, in Python.

Emitted code and kernels are Python that uses two types only, whole numbers of 64 bits and addresses of such, so they
run as they stand; `machine` makes machine code of the same text, where each operation here is an instruction or two.
"""

from __future__ import annotations

import ctypes
from collections.abc import MutableSequence
from typing import TypeAlias

number: TypeAlias = int
"""A signed 64-bit integer. Only `mixed` and what is stored in words may exceed it: there it wraps round."""

words: TypeAlias = MutableSequence[int]
"""Words in memory, from an address on."""

_WORD = ctypes.c_int64
_HALF_WORD = ctypes.c_uint32

HALF = 0xFFFFFFFF
FIRST_FACTOR = 0x1E3779B97F4A7C15
SECOND_FACTOR = 0x56E8FEB86659FD93


def popcount(mask: number) -> number:
    """How many bits are set."""
    return (mask & (1 << 64) - 1).bit_count()


def lowest(mask: number) -> number:
    """The number of the lowest bit set; the mask is not 0."""
    assert mask != 0, "an empty mask has no lowest bit"
    return (mask & -mask).bit_length() - 1


def pointer(address: number) -> words:
    """The words at an address."""
    return ctypes.cast(address, ctypes.POINTER(_WORD))  # type: ignore[return-value]  # items are read and written


def prefetch(address: number) -> number:
    """Ask for the cache line at an address."""
    return 0


def seen(address: number) -> number:
    """The word at an address, and after it everything that was written before that word was put there."""
    return pointer(address)[0]


def exchange(address: number, expected: number, word: number) -> number:
    """Put `word` at an address if `expected` is there, in one indivisible operation; what was there."""
    cell = pointer(address)
    found = cell[0]
    if found == expected:
        cell[0] = word
    return found


def seen_half(address: number) -> number:
    """The half word at an address, from 0 to HALF."""
    return int(_HALF_WORD.from_address(address).value)


def exchange_half(address: number, expected: number, half: number) -> number:
    """Put `half` at an address if `expected` is there, in one indivisible operation; what was there."""
    cell = _HALF_WORD.from_address(address)
    found = int(cell.value)
    if found == expected:
        cell.value = half
    return found


def put_half(address: number, half: number) -> number:
    """Put `half` at an address that nobody else looks at meanwhile."""
    _HALF_WORD.from_address(address).value = half
    return 0


# Of what is `relaxed` each is indivisible, and says nothing of when other memory is written.


def relaxed_seen(address: number) -> number:
    """The word at an address."""
    return pointer(address)[0]


def relaxed_seen_half(address: number) -> number:
    """The half word at an address, from 0 to HALF."""
    return seen_half(address)


def relaxed_exchange(address: number, expected: number, word: number) -> number:
    """Put `word` at an address if `expected` is there; what was there."""
    return exchange(address, expected, word)


def relaxed_exchange_half(address: number, expected: number, half: number) -> number:
    """Put `half` at an address if `expected` is there; what was there."""
    return exchange_half(address, expected, half)


def relaxed_add(address: number, more: number) -> number:
    """Add to the word at an address; what was there."""
    cell = pointer(address)
    found = cell[0]
    cell[0] = found + more
    return found


def relaxed_min(address: number, word: number) -> number:
    """Put `word` at an address if it is less than what is there; what was there."""
    cell = pointer(address)
    found = cell[0]
    cell[0] = min(found, word)
    return found


def call1(function: number, a: number) -> number:
    """Call the function at an address."""
    return _called(function, a)


def call2(function: number, a: number, b: number) -> number:
    """Call the function at an address."""
    return _called(function, a, b)


def call4(function: number, a: number, b: number, c: number, d: number) -> number:
    """Call the function at an address."""
    return _called(function, a, b, c, d)


def call5(function: number, a: number, b: number, c: number, d: number, e: number) -> number:
    """Call the function at an address."""
    return _called(function, a, b, c, d, e)


def _called(function: number, *arguments: number) -> number:
    kind = ctypes.CFUNCTYPE(_WORD, *[_WORD] * len(arguments))
    result: int = kind(function)(*arguments)
    return result


def copy(s: words, target: number, source: number, count: number) -> number:
    """Copy slots; the two places may overlap."""
    for at, word in enumerate([s[source + at] for at in range(count)]):
        s[target + at] = word
    return 0


def mixed(word: number) -> number:
    """A hash of one word. Speed hangs on it, exactness does not."""
    word = _signed(word * FIRST_FACTOR)
    word = _signed((word ^ ((word >> 32) & HALF)) * SECOND_FACTOR)
    return word ^ ((word >> 29) & 0x7FFFFFFFF)


def _signed(word: int) -> int:
    return ((word + (1 << 63)) & ((1 << 64) - 1)) - (1 << 63)
