"""A stand-in for the driver of a graphics card: the calls of cuda-bindings that `gpu.card` makes, over memory of this
process. What a card would run, the processor does: the same kernels and emitted code, compiled or as Python, by threads one
after the other, in any order, or at the same time.

It is stricter than a driver: memory is given out full of rubbish, every copy must stay within one piece of it, and what is
not given back is known. Cannot find what only a card does wrong.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from enum import IntEnum
from random import Random
from typing import Any

from checker.engines.explicit.codegen.emit import Emitted, emit_program
from checker.engines.explicit.gpu.card import Card
from checker.engines.explicit.gpu.source import ENTRIES, KERNELS, source
from checker.engines.explicit.machine import library
from checker.ir.nodes import Program
from tests.support.plain_code import PlainLibrary

_RUBBISH = 0xA5
_THREADS_AT_ONCE = 4

Order = Callable[[int], Sequence[int]]
"""In which order so many threads run."""


def one_after_the_other(threads: int) -> Sequence[int]:
    return range(threads)


def last_first(threads: int) -> Sequence[int]:
    return range(threads - 1, -1, -1)


def shuffled(threads: int) -> Sequence[int]:
    return Random(threads).sample(range(threads), threads)


class CUresult(IntEnum):
    """Those of the real ones that matter here, with their numbers."""

    CUDA_SUCCESS = 0
    CUDA_ERROR_INVALID_VALUE = 1
    CUDA_ERROR_OUT_OF_MEMORY = 2
    CUDA_ERROR_NO_DEVICE = 100
    CUDA_ERROR_LAUNCH_FAILED = 719


class CUdevice_attribute(IntEnum):
    CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT = 16
    CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR = 39


class Driver:
    """The driver, and one card with so much memory and so many processors of 128 threads each."""

    CUresult, CUdevice_attribute = CUresult, CUdevice_attribute

    def __init__(self, order: Order | None = one_after_the_other, memory: int = 1 << 30, processors: int = 2) -> None:
        self._order, self._memory, self._processors = order, memory, processors
        self._functions: dict[str, Callable[..., int]] = {}
        self.pieces: dict[int, Any] = {}
        self.launches: list[tuple[str, int]] = []
        self.cards = 1
        self.begins = self.launched = CUresult.CUDA_SUCCESS
        self.retained = 0
        self.modules: list[bytes] = []

    def run_by(self, made: Any) -> None:
        """Have kernels run by a library."""
        self._functions = {entry: made.function(kernel, 3) for kernel, entry in ENTRIES.items()}

    # -- what the driver is asked ------------------------------------------------------------------------------------------

    def cuInit(self, flags: int) -> tuple[CUresult]:
        assert flags == 0
        return (self.begins,)

    def cuDeviceGetCount(self) -> tuple[CUresult, int]:
        return CUresult.CUDA_SUCCESS, self.cards

    def cuDeviceGet(self, number: int) -> tuple[CUresult, str]:
        return CUresult.CUDA_SUCCESS, f"device {number}"

    def cuDevicePrimaryCtxRetain(self, device: str) -> tuple[CUresult, str]:
        self.retained += 1
        return CUresult.CUDA_SUCCESS, f"context of {device}"

    def cuDevicePrimaryCtxRelease(self, device: str) -> tuple[CUresult]:
        assert device == "device 0"
        self.retained -= 1
        return (CUresult.CUDA_SUCCESS,)

    def cuCtxSetCurrent(self, context: str) -> tuple[CUresult]:
        assert context == "context of device 0"
        return (CUresult.CUDA_SUCCESS,)

    def cuCtxSynchronize(self) -> tuple[CUresult]:
        return (self.launched,)

    def cuDeviceGetAttribute(self, kind: CUdevice_attribute, device: str) -> tuple[CUresult, int]:
        assert device == "device 0"
        processors = kind is CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
        return CUresult.CUDA_SUCCESS, self._processors if processors else Card.block

    def cuMemGetInfo(self) -> tuple[CUresult, int, int]:
        return CUresult.CUDA_SUCCESS, self._memory - sum(map(len, self.pieces.values())), self._memory

    def cuModuleLoadData(self, image: bytes) -> tuple[CUresult, str]:
        assert image.endswith(b"\0")
        self.modules.append(image)
        return CUresult.CUDA_SUCCESS, "module"

    def cuModuleUnload(self, module: str) -> tuple[CUresult]:
        assert module == "module"
        self.modules.pop()
        return (CUresult.CUDA_SUCCESS,)

    def cuModuleGetFunction(self, module: str, name: bytes) -> tuple[CUresult, str]:
        assert module == "module"
        return CUresult.CUDA_SUCCESS, name.decode()

    def cuMemAlloc(self, size: int) -> tuple[CUresult, int]:
        assert size > 0
        if size > self.cuMemGetInfo()[1]:
            return CUresult.CUDA_ERROR_OUT_OF_MEMORY, 0
        words = (ctypes.c_int64 * -(-size // 8))()
        ctypes.memset(words, _RUBBISH, ctypes.sizeof(words))
        piece = (ctypes.c_char * size).from_buffer(words)
        self.pieces[ctypes.addressof(piece)] = piece
        return CUresult.CUDA_SUCCESS, ctypes.addressof(piece)

    def cuMemFree(self, address: int) -> tuple[CUresult]:
        del self.pieces[address]
        return (CUresult.CUDA_SUCCESS,)

    def cuMemsetD8(self, address: int, value: int, size: int) -> tuple[CUresult]:
        ctypes.memset(self._within(address, size), value, size)
        return (CUresult.CUDA_SUCCESS,)

    def cuMemcpyHtoD(self, target: int, data: bytes, size: int) -> tuple[CUresult]:
        assert len(data) == size
        ctypes.memmove(self._within(target, size), data, size)
        return (CUresult.CUDA_SUCCESS,)

    def cuMemcpyDtoH(self, data: bytearray, source: int, size: int) -> tuple[CUresult]:
        assert len(data) == size
        data[:] = ctypes.string_at(self._within(source, size), size)
        return (CUresult.CUDA_SUCCESS,)

    def cuMemcpyDtoD(self, target: int, source: int, size: int) -> tuple[CUresult]:
        ctypes.memmove(self._within(target, size), self._within(source, size), size)
        return (CUresult.CUDA_SUCCESS,)

    def cuLaunchKernel(self, function: str, *given: Any) -> tuple[CUresult]:
        *grid, shared, stream, (values, kinds), extra = given
        blocks, threads = grid[0], grid[3]
        assert grid == [blocks, 1, 1, threads, 1, 1] and shared == stream == extra == 0
        assert kinds == (ctypes.c_void_p,)
        (address,) = values
        self._within(address, 1)
        self.launches.append((function, blocks * threads))
        run = self._functions[function]
        self._run(lambda thread: run(address, thread, blocks * threads), blocks * threads)
        return (CUresult.CUDA_SUCCESS,)

    def _run(self, run: Callable[[int], int], threads: int) -> None:
        if self._order is not None:
            for thread in self._order(threads):
                run(thread)
            return
        with ThreadPoolExecutor(_THREADS_AT_ONCE) as pool:  # they run without Python's lock
            list(pool.map(run, range(threads)))

    def _within(self, address: int, size: int) -> int:
        """The address, if so many bytes from there on are of one piece."""
        at = max((each for each in self.pieces if each <= address), default=None)
        assert at is not None and address + size <= at + len(self.pieces[at]), "memory that was not given out"
        return address


def emitted_of(program: Program) -> Emitted:
    """The program as it is emitted for a card: without lemmas with parameters, which compiled code leaves to others."""
    simple = tuple(each for each in program.properties if not each.function.parameters)
    return emit_program(replace(program, properties=simple))


def compiled(emitted: Emitted) -> library.Library:
    """Kernels and emitted code as a processor's machine code."""
    return library.load_model([(source(emitted), KERNELS)], thorough=False)


def plain(emitted: Emitted) -> PlainLibrary:
    """The same as the Python that it is."""
    space: dict[str, Any] = {}
    exec(compile(source(emitted), "<for a card>", "exec"), space)
    return PlainLibrary(space[name] for name in KERNELS)


def card(driver: Driver, made: Any) -> Card:
    """A card with its kernels."""
    driver.run_by(made)
    found = Card(driver)
    found.load(b"", ENTRIES)
    return found
