"""LLVM itself: text in its language becomes object code, and object code functions that can be called. The only module
that imports llvmlite."""

from __future__ import annotations

import functools
import importlib.metadata

import llvmlite.binding as llvm

_SPEED = 2
"""How hard LLVM tries, of 3. Level 1 compiles the collected map in two thirds of the time; what it makes explores a
third slower."""


def version() -> str:
    """What decides which code comes out: LLVM, and the processor that it is for."""
    parts = (importlib.metadata.version("llvmlite"), llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten())
    return " ".join(parts)


def object_code(text: str) -> bytes:
    """The object code of a module in LLVM's language."""
    module = llvm.parse_assembly(text)
    module.verify()
    machine = _machine()
    options = llvm.create_pipeline_tuning_options(speed_level=_SPEED)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    code: bytes = machine.emit_object(module)
    return code


class Loaded:
    """Object code in memory, as long as this lives."""

    def __init__(self, code: bytes) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """The address of a function; 0 if there is none of that name."""
        address: int = self._engine.get_function_address(name)
        return address


def _machine() -> llvm.TargetMachine:
    """What code is made for: this processor. One each, for an engine takes its own."""
    _initialized()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=llvm.get_host_cpu_features().flatten(), opt=_SPEED, jit=True
    )


@functools.cache
def _initialized() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
