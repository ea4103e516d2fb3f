"""How the operations of `native.intrinsics` are written in LLVM's language."""

from __future__ import annotations

from collections.abc import Sequence

from checker.engines.explicit.native.intrinsics import FIRST_FACTOR, HALF, SECOND_FACTOR

PRELUDE = f"""
declare i64 @llvm.ctpop.i64(i64)
declare i64 @llvm.cttz.i64(i64, i1)
declare i64 @llvm.abs.i64(i64, i1)
declare i64 @llvm.smin.i64(i64, i64)
declare i64 @llvm.smax.i64(i64, i64)
declare void @llvm.prefetch.p0(ptr, i32, i32, i32)
declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)

define internal i64 @mixed(i64 %word) alwaysinline {{
  %a = mul i64 %word, {FIRST_FACTOR}
  %b = ashr i64 %a, 32
  %c = and i64 %b, {HALF}
  %d = xor i64 %a, %c
  %e = mul i64 %d, {SECOND_FACTOR}
  %f = ashr i64 %e, 29
  %g = and i64 %f, {0x7FFFFFFFF}
  %h = xor i64 %e, %g
  ret i64 %h
}}

define internal i64 @"//"(i64 %a, i64 %b) alwaysinline {{
  %q = sdiv i64 %a, %b
  %m = mul i64 %q, %b
  %r = sub i64 %a, %m
  %inexact = icmp ne i64 %r, 0
  %x = xor i64 %r, %b
  %apart = icmp slt i64 %x, 0
  %down = and i1 %inexact, %apart
  %one = zext i1 %down to i64
  %f = sub i64 %q, %one
  ret i64 %f
}}

define internal i64 @"%"(i64 %a, i64 %b) alwaysinline {{
  %r = srem i64 %a, %b
  %inexact = icmp ne i64 %r, 0
  %x = xor i64 %r, %b
  %apart = icmp slt i64 %x, 0
  %up = and i1 %inexact, %apart
  %more = select i1 %up, i64 %b, i64 0
  %f = add i64 %r, %more
  ret i64 %f
}}
"""
"""What every module begins with. `//` and `%` round towards minus infinity, as Python's do."""

_RELAXED = 'syncscope("device") monotonic'
"""Seen by all threads of a card, in no order. A processor has no such scope: there it is seen by all."""


def lines(name: str, arguments: Sequence[str], result: str) -> list[str]:
    """The instructions of an operation on its arguments, words and addresses as `number` and `words` say; `result` is
    the name they give to what comes out. No other name is used but those that begin with it."""
    match name, *arguments:
        case "popcount", mask:
            return [f"{result} = call i64 @llvm.ctpop.i64(i64 {mask})"]
        case "lowest", mask:
            return [f"{result} = call i64 @llvm.cttz.i64(i64 {mask}, i1 true)"]
        case "pointer", address:
            return [f"{result} = inttoptr i64 {address} to ptr"]
        case "mixed", word:
            return [f"{result} = call i64 @mixed(i64 {word})"]
        case "prefetch", address:
            return [
                f"{result}.p = inttoptr i64 {address} to ptr",
                f"call void @llvm.prefetch.p0(ptr {result}.p, i32 0, i32 3, i32 1)",  # read, keep close, data
                f"{result} = add i64 0, 0",
            ]
        case (("seen" | "exchange" | "seen_half" | "exchange_half") as operation, *rest):
            ordered = "acquire" if operation.startswith("seen") else "seq_cst seq_cst"
            return _shared(operation, ordered, rest, result)
        case "put_half", address, half:
            return [
                f"{result}.p = inttoptr i64 {address} to ptr",
                f"{result}.h = trunc i64 {half} to i32",
                f"store i32 {result}.h, ptr {result}.p, align 4",
                f"{result} = add i64 0, 0",
            ]
        case (("relaxed_add" | "relaxed_min") as operation, address, word):
            return [
                f"{result}.p = inttoptr i64 {address} to ptr",
                f"{result} = atomicrmw {operation[-3:]} ptr {result}.p, i64 {word} {_RELAXED}, align 8",
            ]
        case operation, *rest if operation.startswith("relaxed_"):
            operation = operation.removeprefix("relaxed_")
            return _shared(
                operation, _RELAXED if operation.startswith("seen") else f"{_RELAXED} monotonic", rest, result
            )
        case "copy", base, target, source, count:
            return [
                f"{result}.t = getelementptr i64, ptr {base}, i64 {target}",
                f"{result}.s = getelementptr i64, ptr {base}, i64 {source}",
                f"{result}.n = shl i64 {count}, 3",
                f"call void @llvm.memmove.p0.p0.i64(ptr align 8 {result}.t, ptr align 8 {result}.s, i64 {result}.n, "
                "i1 false)",
                f"{result} = add i64 0, 0",
            ]
        case (("call1" | "call2" | "call4" | "call5"), function, *rest):
            return [
                f"{result}.f = inttoptr i64 {function} to ptr",
                f"{result} = call i64 {result}.f({', '.join(f'i64 {each}' for each in rest)})",
            ]
        case _:
            raise NotImplementedError(f"the operation {name}/{len(arguments)}")


def _shared(name: str, order: str, arguments: Sequence[str], result: str) -> list[str]:
    """The instructions of an operation on memory that others use, a word or half a one, in this order with others."""
    address, *given = arguments
    pointer = f"{result}.p = inttoptr i64 {address} to ptr"
    match name, *given:
        case ("seen",):
            return [pointer, f"{result} = load atomic i64, ptr {result}.p {order}, align 8"]
        case ("seen_half",):
            return [
                pointer,
                f"{result}.h = load atomic i32, ptr {result}.p {order}, align 4",
                f"{result} = zext i32 {result}.h to i64",
            ]
        case "exchange", expected, word:
            return [
                pointer,
                f"{result}.x = cmpxchg ptr {result}.p, i64 {expected}, i64 {word} {order}, align 8",
                f"{result} = extractvalue {{ i64, i1 }} {result}.x, 0",
            ]
        case "exchange_half", expected, half:
            return [
                pointer,
                f"{result}.e = trunc i64 {expected} to i32",
                f"{result}.n = trunc i64 {half} to i32",
                f"{result}.x = cmpxchg ptr {result}.p, i32 {result}.e, i32 {result}.n {order}, align 4",
                f"{result}.h = extractvalue {{ i32, i1 }} {result}.x, 0",
                f"{result} = zext i32 {result}.h to i64",
            ]
        case _:
            raise NotImplementedError(f"the operation {name}/{len(arguments)}")
