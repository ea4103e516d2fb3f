"""Code for a card: its text, that NVIDIA's assembler takes it, and that the driver has what it is asked for by. No card
runs it."""

from __future__ import annotations

import ctypes
import importlib.util
import inspect
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from checker.engines.explicit.gpu import card as cards
from checker.engines.explicit.gpu import source
from checker.engines.explicit.gpu.card import open_card
from checker.engines.explicit.gpu.source import ENTRIES, ptx
from checker.errors import UsageError
from checker.frontend.load import compile_model
from checker.lang import Model, Range, Var, action, choose
from tests.engines.explicit.support import program_of
from tests.support.cards import CUdevice_attribute, CUresult, Driver, emitted_of


class Größe(Model):
    """A model whose names PTX cannot spell, and whose step chooses."""

    größe = Var(Range(4))

    def höchstens(self, wert: Range(4)):
        return wert if wert < 3 else choose(Range(2))

    @action
    def wächst(self):
        self.größe = self.höchstens(choose(Range(4)))


@pytest.fixture(scope="module")
def text() -> str:
    return ptx(emitted_of(compile_model(Größe, {})))


@pytest.fixture(scope="module")
def marking() -> str:
    """The largest kernels of the catalogue whose states are one word each."""
    return ptx(emitted_of(program_of("spec.gc.marking:Marking", objects=2)))


def test_each_kernel_has_an_entry_and_takes_one_address(text: str) -> None:
    entries = re.findall(r"\.visible \.entry (\w+)\(\s*\.param (\.\w+)[^\n]*\n\)", text)
    assert entries == [(entry, ".u64") for entry in ENTRIES.values()]
    assert ".target sm_75" in text and ".address_size 64" in text and text.isascii()


def test_every_name_is_spelled_as_ptx_can_and_stays_another_than_all_others() -> None:
    """What LLVM does not put in the place of its calls keeps its name."""
    names = ["//", "%", "table.entered", "table_entered", "helper_h\\c3\\b6he", "helper_h__he", "steps_a"]
    spelled = [source._spelled(f'call i64 @"{name}"(i64 %t1)') for name in names]
    found = [re.fullmatch(r'call i64 @"([A-Za-z_$][A-Za-z0-9_$]*)"\(i64 %t1\)', each) for each in spelled]
    assert len({each[1] for each in found if each}) == len(names)


def test_nothing_is_called_by_address_and_nothing_is_left_to_be_linked(text: str) -> None:
    """Of a call by address the assembler does not know how deep it goes, so nor how much stack a thread needs."""
    assert ".callprototype" not in text and ".extern" not in text


def test_threads_share_by_operations_that_wait_for_no_other_memory(text: str) -> None:
    for operation in ("atom.relaxed.gpu.cas.b32", "atom.relaxed.gpu.cas.b64", "atom.add.u64", "atom.min.s64"):
        assert f"\t{operation} \t" in text
    assert "fence" not in text and "membar" not in text


@pytest.mark.needs("nvidia")
def test_the_assembler_takes_it_and_no_register_is_spilled(text: str, marking: str, tmp_path: Path) -> None:
    spec = importlib.util.find_spec("nvidia")
    assert spec is not None and spec.submodule_search_locations
    (assembler,) = [found for each in spec.submodule_search_locations for found in Path(each).glob("*/bin/ptxas*")]
    for each in (text, marking):
        (tmp_path / "code.ptx").write_text(each)
        command = [assembler, "-v", "-O1", "-arch=sm_75", tmp_path / "code.ptx", "-o", tmp_path / "code.cubin"]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert set(re.findall(r"(\d+) bytes spill", done.stderr)) == {"0"} and "warning" not in done.stderr
        for entry in ENTRIES.values():
            assert entry.encode() in (tmp_path / "code.cubin").read_bytes()


@pytest.mark.needs("cuda")
def test_the_stand_in_for_the_driver_is_asked_as_the_real_one_is() -> None:
    from cuda.bindings import driver  # noqa: PLC0415 - an extra

    asked = set(re.findall(r"driver\.(cu\w+)\(", inspect.getsource(cards)))
    assert asked == {name for name in vars(Driver) if name.startswith("cu")}
    for name in asked:
        ours = list(inspect.signature(getattr(Driver, name)).parameters.values())[1:]
        theirs = inspect.signature(getattr(driver, name)).parameters
        several = any(each.kind is each.VAR_POSITIONAL for each in ours)
        assert len(ours) <= len(theirs) if several else len(ours) == len(theirs), name
    for one, other in ((CUresult, driver.CUresult), (CUdevice_attribute, driver.CUdevice_attribute)):
        assert {each.name: each.value for each in one} == {each.name: getattr(other, each.name).value for each in one}


@pytest.mark.needs("cuda")
def test_the_real_driver_takes_what_it_is_given() -> None:
    """It looks at its arguments first. Without a machine's own library no call comes further; with one, and no context,
    each is refused."""
    from cuda.bindings import driver  # noqa: PLC0415 - an extra

    kind = driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
    grid = (0, 1, 1, 1, 128, 1, 1, 0, 0)
    calls: dict[str, tuple[Any, ...]] = {
        "cuDeviceGetAttribute": (kind, 0),
        "cuModuleLoadData": (b"no code\0",),
        "cuModuleGetFunction": (0, b"name"),
        "cuMemAlloc": (8,),
        "cuMemFree": (4096,),
        "cuMemsetD8": (4096, 0, 8),
        "cuMemcpyHtoD": (4096, bytes(8), 8),
        "cuMemcpyDtoH": (bytearray(8), 4096, 8),
        "cuMemcpyDtoD": (4096, 4096, 8),
        "cuLaunchKernel": (*grid, ((4096,), (ctypes.c_void_p,)), 0),
    }
    for name, given in calls.items():
        try:
            code, *_ = getattr(driver, name)(*given)
        except RuntimeError:  # it found no library
            continue
        assert code != driver.CUresult.CUDA_SUCCESS, name
    with pytest.raises(TypeError):
        driver.cuLaunchKernel(*grid, ((4096,), (str,)), 0)


@pytest.mark.needs("cuda")
def test_a_machine_without_a_card_is_told_so_by_the_real_driver() -> None:
    try:
        card = open_card()
    except UsageError as error:
        assert error.problem.code == "U038" and "--engine explicit" in error.problem.remedy
    else:
        card.close()
