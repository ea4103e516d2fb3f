"""A graphics card of NVIDIA's, through its driver. The only module that knows cuda-bindings; knows nothing of states.

The driver answers each call with a code. What it has too little memory for is a MemoryError; whatever else goes wrong
while a card is at work ends the run, and says what the driver said.
"""

from __future__ import annotations

import ctypes
import re
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from checker.engines.common.clock import Stopped
from checker.errors import UsageError

_BLOCK = 128
"""Threads of a block: whatever registers they take, a card has enough for so many."""

_ELSE = "Take --engine explicit, which needs none"


def _driver() -> Any:
    """The driver's functions, an extra. Raises ModuleNotFoundError."""
    return import_module("cuda.bindings.driver")


def open_card(driver: Any = None) -> Card:
    """The first card of this machine. Raises UsageError U016 without cuda-bindings, and U038 if there is no driver or
    no card."""
    try:
        driver = driver or _driver()
    except ModuleNotFoundError:
        remedy = f"Install it: pip install 'evacheck[gpu]'. {_ELSE}."
        raise UsageError("U016", "--engine gpu needs cuda-bindings, which is not installed", remedy) from None
    try:
        code, *_ = driver.cuInit(0)
    except RuntimeError as error:  # the library of the driver is not there
        said = re.split(r"\.\s|\n", str(error).strip())[0]
        raise _unusable(f"this machine has no driver for a card of NVIDIA's ({said})") from None
    if code != driver.CUresult.CUDA_SUCCESS:
        raise _unusable(f"the driver for a card of NVIDIA's does not begin ({code.name})")
    code, *found = driver.cuDeviceGetCount()
    if code != driver.CUresult.CUDA_SUCCESS or found[0] == 0:
        raise _unusable("this machine has a driver, and no card of NVIDIA's")
    try:
        return Card(driver)
    except Stopped as reason:
        raise _unusable(str(reason)) from None


def _unusable(problem: str) -> UsageError:
    return UsageError("U038", f"--engine gpu: {problem}", f"{_ELSE}, or use a machine with a card.")


class Card:
    """The first card: its memory, and kernels that it runs. `threads` is how many it keeps at work, in blocks of
    `block`."""

    block = _BLOCK

    def __init__(self, driver: Any) -> None:
        self._driver = driver
        self._modules: list[Any] = []
        self._functions: dict[str, Any] = {}
        self._allocated: set[int] = set()
        self._device = self._said(driver.cuDeviceGet(0))
        self._said(driver.cuCtxSetCurrent(self._said(driver.cuDevicePrimaryCtxRetain(self._device))))
        kinds = driver.CUdevice_attribute
        processors = self._attribute(kinds.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT)
        threads = self._attribute(kinds.CU_DEVICE_ATTRIBUTE_MAX_THREADS_PER_MULTIPROCESSOR)
        self.threads = max(self.block, processors * threads // self.block * self.block)

    def load(self, ptx: bytes, entries: Mapping[str, str]) -> None:
        """Have kernels, each with the name of its entry."""
        module = self._said(self._driver.cuModuleLoadData(ptx + b"\0"))
        self._modules.append(module)
        for kernel, name in entries.items():
            self._functions[kernel] = self._said(self._driver.cuModuleGetFunction(module, name.encode()))

    def memory(self) -> int:
        """How many bytes are free."""
        free, _ = self._said(self._driver.cuMemGetInfo())
        return int(free)

    def allocate(self, size: int) -> int:
        """The address of so many bytes. Raises MemoryError."""
        code, *found = self._driver.cuMemAlloc(size)
        if code == self._driver.CUresult.CUDA_ERROR_OUT_OF_MEMORY:
            raise MemoryError
        address = int(self._said((code, *found)))
        self._allocated.add(address)
        return address

    def free(self, address: int) -> None:
        """Give back what was allocated."""
        self._allocated.remove(address)
        self._said(self._driver.cuMemFree(address))

    def clear(self, address: int, size: int) -> None:
        """Have zeros there."""
        self._said(self._driver.cuMemsetD8(address, 0, size))

    def write(self, address: int, data: bytes) -> None:
        """Copy to the card."""
        self._said(self._driver.cuMemcpyHtoD(address, data, len(data)))

    def read(self, address: int, size: int) -> bytes:
        """Copy from the card."""
        data = bytearray(size)
        self._said(self._driver.cuMemcpyDtoH(data, address, size))
        return bytes(data)

    def copy(self, target: int, source: int, size: int) -> None:
        """Copy within the card."""
        self._said(self._driver.cuMemcpyDtoD(target, source, size))

    def launch(self, kernel: str, address: int, threads: int) -> None:
        """Run a kernel on the block at an address, by so many threads, a multiple of `block`, and wait for its end."""
        function, blocks = self._functions[kernel], threads // self.block
        given = ((address,), (ctypes.c_void_p,))
        self._said(self._driver.cuLaunchKernel(function, blocks, 1, 1, self.block, 1, 1, 0, 0, given, 0))
        self._said(self._driver.cuCtxSynchronize())

    def close(self) -> None:
        """Give everything back. What a card that has failed says to that is of no use to anybody."""
        for address in self._allocated:
            self._driver.cuMemFree(address)
        for module in self._modules:
            self._driver.cuModuleUnload(module)
        self._driver.cuDevicePrimaryCtxRelease(self._device)

    def _attribute(self, kind: Any) -> int:
        return int(self._said(self._driver.cuDeviceGetAttribute(kind, self._device)))

    def _said(self, answer: Sequence[Any]) -> Any:
        """What a call gives besides its code: nothing, one thing, or several. Raises Stopped."""
        code, *rest = answer
        if code != self._driver.CUresult.CUDA_SUCCESS:
            raise Stopped(f"the card failed ({code.name})")
        return rest[0] if len(rest) == 1 else rest
