"""LLVM itself: text in its language becomes object code, and object code functions that can be called. The only module
that imports llvmlite."""

from __future__ import annotations

import functools
import importlib.metadata

import llvmlite.binding as llvm

_THOROUGH = 2
"""How hard LLVM tries, of 3. Level 1 takes two thirds of the time for the collected map; its code explores a third
slower."""
_QUICK = 0
"""How hard it tries to choose instructions where few passes went before. Level 1 takes eight times as long for that."""


_CARD = ("nvptx64-nvidia-cuda", "sm_75", "+ptx70")
"""What code for a card is made for: the oldest kind that the assembler of CUDA 13 takes, Turing, in the language of
CUDA 11. A newer card's driver makes its own code of that."""


@functools.cache
def version() -> str:
    """What decides which code comes out: LLVM, and the processor that it is for."""
    return " ".join((importlib.metadata.version("llvmlite"), *_processor()))


@functools.cache
def _processor() -> tuple[str, str]:
    """This processor's kind and what it can do, as LLVM calls them."""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def object_code(text: str, thorough: bool) -> bytes:
    """The object code of a module in LLVM's language. What is not `thorough` takes a tenth of the time, for a large
    model, and makes code that takes up to three times as long: helpers stay functions, loops are as they were written,
    and registers are given out from one instruction to the next."""
    module = llvm.parse_assembly(text)
    module.verify()
    level = _THOROUGH if thorough else _QUICK
    machine = _machine(level)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=level))
    passes = builder.getModulePassManager() if thorough else _few_passes()
    passes.run(module, builder)
    code: bytes = machine.emit_object(module)
    return code


def card_code(text: str) -> str:
    """The PTX of a module in LLVM's language, for graphics cards of NVIDIA's."""
    _initialized_for_cards()
    triple, kind, features = _CARD
    machine = llvm.Target.from_triple(triple).create_target_machine(cpu=kind, features=features, opt=_THOROUGH)
    module = llvm.parse_assembly(text)
    module.triple, module.data_layout = triple, str(machine.target_data)
    module.verify()
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=_THOROUGH))
    builder.getModulePassManager().run(module, builder)
    code: str = machine.emit_assembly(module)
    return code


def _few_passes() -> llvm.ModulePassManager:
    """What makes most of the difference: locals into registers, fewer jumps. To look for fewer instructions takes
    longer than these together, and the code is hardly faster for it."""
    passes = llvm.create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    return passes


class Loaded:
    """Object code in memory, as long as this lives."""

    def __init__(self, code: bytes) -> None:
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(_THOROUGH))
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """The address of a function; 0 if there is none of that name."""
        address: int = self._engine.get_function_address(name)
        return address


def _machine(level: int) -> llvm.TargetMachine:
    """What code is made for: this processor. One each, for an engine takes its own."""
    _initialized()
    kind, features = _processor()
    return llvm.Target.from_default_triple().create_target_machine(cpu=kind, features=features, opt=level, jit=True)


@functools.cache
def _initialized() -> None:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()


@functools.cache
def _initialized_for_cards() -> None:
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
