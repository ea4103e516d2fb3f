"""Names of a model that mean something in another language, or cannot stand in it: each text can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
import z3

from checker.export.btor2 import btor2
from checker.export.commands import exported
from checker.export.promela import promela
from checker.export.smt2 import smt2
from checker.export.tla import tla
from checker.frontend.load import compile_model
from checker.lang import Bool, Model, Range, Var, action, always, require, sometimes
from tests.support import spin, tlc


class Named(Model):
    """Words of C, of its compiler and libraries, of SMT-LIB and of our own texts; and one that is not of ASCII."""

    long = Var(Bool)
    linux = Var(Range(3))
    EOF = Var(Bool)
    größe = Var(Range(2))
    gr_e = Var(Range(2))
    true = Var(Bool)
    ite = Var(Bool)
    bvadd = Var(Range(4))
    step = Var(Range(2))

    @action
    def grows(self):
        require(self.linux < 2)
        self.linux += 1
        self.größe = 1 if self.true else self.größe
        self.bvadd = self.linux + self.step

    @action
    def turns(self):
        self.long = not self.long
        self.true = not self.ite
        self.gr_e = 1 - self.größe

    @action
    def ends(self):
        require(self.true)
        self.EOF = True
        self.step = 1

    @always
    def initial(self):
        return self.bvadd < 3 or self.true

    @always
    def never_stuck(self):
        return self.linux < 2 or not self.true

    @sometimes
    def groß(self):
        return self.größe == 1 and self.EOF

    @sometimes
    def double(self):
        return self.linux == 2

    @always
    def never_double(self):
        return not self.EOF or self.true


STATES = 39  # counted by a few lines of plain Python


def promela_of_it() -> str:
    return promela(exported(compile_model(Named, {})), "Named")


@pytest.mark.skipif(not spin.THERE, reason=spin.WHY)
def test_spin_reads_what_c_has_words_for(tmp_path: Path) -> None:
    """Variables called `long`, `linux` or `EOF` made a text that Spin, or the compiler after it, refused."""
    assert spin.spin(tmp_path, promela_of_it(), count=True).states == STATES + 1


def test_promela_is_written_in_ascii() -> None:
    text = promela_of_it()
    assert text.partition("*/")[2].isascii()  # a comment tells what the model calls its properties
    assert "byte gr_e;" in text and "byte gr_e_;" in text and "bool EOF_;" in text and "byte linux_;" in text
    assert "#define double_ " in text and "-DPROPERTY='!double_'" in text


@pytest.mark.skipif(not tlc.THERE, reason=tlc.WHY)
def test_tlc_reads_letters_that_are_not_of_ascii(tmp_path: Path) -> None:
    text = tla(exported(compile_model(Named, {})), "Named", "Named")
    assert tlc.tlc(tmp_path, "Named", text, "SPECIFICATION Spec\n").states == STATES


def test_a_solver_reads_what_smt_lib_has_words_for() -> None:
    """A property `initial` was a second function, a variable `true` hid what is true, one `ite` a choice."""
    found = exported(compile_model(Named, {}))
    solver = z3.Solver()
    start = " ".join(f"|s{at}|" for at, _ in enumerate(found.leaves))
    then = " ".join(f"|t{at}|" for at, _ in enumerate(found.leaves))
    declared = [
        f"(declare-const |{state}{at}| {f'(_ BitVec {leaf.bits})' if leaf.bits else 'Bool'})"
        for state in "st"
        for at, leaf in enumerate(found.leaves)
    ]
    asked = f"(assert (initial {start})) (assert (next {start} {then})) (assert (not (|never_stuck_| {then})))"
    solver.from_string("\n".join([smt2(found, "Named"), *declared, asked]))
    assert solver.check() == z3.unsat  # with one `turns` linux is still 0
    solver = z3.Solver()
    solver.from_string("\n".join([smt2(found, "Named"), *declared, asked.replace("(not ", "(and ")]))
    assert solver.check() == z3.sat


def test_no_two_things_of_a_btor2_text_have_one_name() -> None:
    """A `@sometimes` x and a property `never_x` were both `never_x`, a variable `step` was called as the input is."""
    named = [line.split()[-1] for line in btor2(exported(compile_model(Named, {})), "Named").splitlines()]
    names = [each for each in named if not each.isdigit()]
    assert "never_double" in names and "never_double_" in names and "step_" in names
    assert len(names) == len(set(names))
