"""The few operations that emitted code and kernels need and Python's syntax does not have. Imports Numba.

Everything that is compiled gets one signature, of words and pointers to words: Numba would otherwise compile a function
anew for every constant that it is called with.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

# mypy: disable-error-code="misc,no-untyped-def,no-untyped-call,call-overload"

_WORD = ir.IntType(64)

HALF = 0xFFFFFFFF
FIRST_FACTOR = 0x1E3779B97F4A7C15
SECOND_FACTOR = 0x56E8FEB86659FD93

number = types.int64
words = types.CPointer(number)


def compiled(signature: Any) -> Any:
    """Decorate a function that other compiled code calls."""
    return njit(signature, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True)


@intrinsic
def popcount(typing: Any, mask: Any) -> Any:
    """How many bits are set."""
    return types.int64(types.int64), lambda context, builder, signature, arguments: builder.ctpop(arguments[0])


@intrinsic
def lowest(typing: Any, mask: Any) -> Any:
    """The number of the lowest bit set; the mask is not 0."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.int64(types.int64), generate


@intrinsic
def pointer(typing: Any, address: Any) -> Any:
    """The words at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return words(types.int64), generate


@intrinsic
def prefetch(typing: Any, address: Any) -> Any:
    """Ask for the cache line at an address."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(8).as_pointer()] + [ir.IntType(32)] * 3)
        function = builder.module.declare_intrinsic("llvm.prefetch", [ir.IntType(8).as_pointer()], kind)
        hints = [ir.Constant(ir.IntType(32), hint) for hint in (0, 3, 1)]  # read, keep close, data
        builder.call(function, [builder.inttoptr(arguments[0], ir.IntType(8).as_pointer()), *hints])
        return context.get_dummy_value()

    return types.void(types.int64), generate


@intrinsic
def exchange(typing: Any, address: Any, expected: Any, word: Any) -> Any:
    """Put `word` at an address if `expected` is there, in one indivisible operation; what was there."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        target = builder.inttoptr(arguments[0], _WORD.as_pointer())
        result = builder.cmpxchg(target, arguments[1], arguments[2], "seq_cst", "seq_cst")
        return builder.extract_value(result, 0)

    return types.int64(types.int64, types.int64, types.int64), generate


def _calling(count: int) -> Any:
    """An operation that calls the function at an address with `count` words and returns a word."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = ir.FunctionType(_WORD, [_WORD] * count)
        return builder.call(builder.inttoptr(arguments[0], kind.as_pointer()), list(arguments[1:]))

    return types.int64(*[types.int64] * (count + 1)), generate


@intrinsic
def call2(typing: Any, function: Any, a: Any, b: Any) -> Any:
    """Call the compiled function at an address."""
    return _calling(2)


@intrinsic
def call4(typing: Any, function: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """Call the compiled function at an address."""
    return _calling(4)


@intrinsic
def call5(typing: Any, function: Any, a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
    """Call the compiled function at an address."""
    return _calling(5)


@intrinsic
def copy(typing: Any, s: Any, target: Any, source: Any, count: Any) -> Any:
    """Copy slots."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        base, target, source, count = arguments
        to, of = builder.gep(base, [target]), builder.gep(base, [source])
        cgutils.raw_memmove(builder, to, of, count, ir.Constant(_WORD, 8))
        return ir.Constant(_WORD, 0)

    return number(words, number, number, number), generate


@compiled(number(number))
def mixed(word):
    """A hash of one word. Speed hangs on it, exactness does not."""
    word *= FIRST_FACTOR
    word ^= (word >> 32) & HALF
    word *= SECOND_FACTOR
    return word ^ ((word >> 29) & 0x7FFFFFFFF)
