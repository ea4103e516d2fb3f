"""One state for each orbit: no orbit twice, none forgotten."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping, Sequence

import pytest

from checker.engines.explicit.codegen import symmetry
from checker.engines.explicit.codegen.emit import emit_program
from checker.engines.explicit.codegen.layout import permuted
from checker.engines.explicit.machine import library as native
from checker.engines.explicit.native.memory import words
from checker.errors import ModelError
from checker.ir.nodes import Program, Role
from checker.semantics import Interpreter, State
from tests.engines.explicit.support import counts, program_of, run
from tests.frontend.support import program as source_program


@pytest.mark.parametrize("managers", [1, 2, 3, 4])
def test_two_phase_commit_has_as_many_states_as_orbits(managers: int) -> None:
    program = program_of("spec.classics.two_phase:TwoPhaseSymmetric", managers=managers)
    assert counts(run(program))[0] == len({_orbit(program, state) for state in _reachable(program)})


def test_five_managers() -> None:
    assert counts(run(program_of("spec.classics.two_phase:TwoPhaseSymmetric", managers=5)))[0] == 314


def test_members_as_values_indices_and_locals() -> None:
    program = program_of("zoo:Symmetric", nodes=2)
    orbits = {_orbit(program, state) for state in _reachable(program)}
    assert counts(run(program, keep_going=True))[0] == len(orbits)


LETTERS = """
class M(Model):
    Node = Range(3, symmetric=True)
    Note = Record(urgent=Bool, sender=Node, others=SetOf(Node))
    letter = Var(Opt(Note))
    pair = Var(Array(Range(2), Opt(Note)))

    @action
    def write(self, n: Node, o: Node):
        require(n != o)
        self.letter = self.Note(urgent=True, sender=n, others={o})

    @action
    def keep(self, i: Range(2)):
        require(self.letter is not None)
        self.pair[i] = self.letter
        self.letter = None
"""


def test_members_within_what_may_be_none() -> None:
    made = source_program(LETTERS)
    assert counts(run(made, keep_going=True))[0] == len({_orbit(made, state) for state in _reachable(made)})


@pytest.mark.parametrize("which", ["Symmetric", "letters"])
def test_canonical_is_the_same_for_all_of_an_orbit(which: str) -> None:
    program = program_of("zoo:Symmetric", nodes=3) if which == "Symmetric" else source_program(LETTERS)
    emitted = emit_program(program)
    library = native.load_model(emitted.modules)
    canonical, scratch = library.function("canonical", 2), words(emitted.scratch)
    for at, row in emitted.constants:
        scratch[at : at + len(row)] = list(row)
    for state in _reachable(program, 300):
        orbit = _orbit(program, state)
        seen = set()
        for member in orbit:
            row = words(emitted.layout.words)
            row[:] = list(emitted.layout.encode(member))
            fixing = canonical(ctypes.addressof(row), ctypes.addressof(scratch))
            assert fixing * len(orbit) == emitted.permutations
            seen.add(tuple(row))
        assert len(seen) == 1
        assert emitted.layout.decode(next(iter(seen))) in orbit


def test_too_many_permutations_are_refused() -> None:
    with pytest.raises(ModelError, match="E502"):
        run(program_of("spec.classics.two_phase:TwoPhaseSymmetric", managers=8))


def _reachable(program: Program, most: int = 1 << 30) -> list[State]:
    """The reachable states, no use made of symmetry; or about the first `most`."""
    interpreter = Interpreter(program)
    found = [t.state for t in interpreter.initial() if t.state is not None]
    seen = set(found)
    for state in found:
        for transition in interpreter.successors(state):
            after = transition.state
            if after is not None and after not in seen and len(seen) < most:
                seen.add(after)
                found.append(after)
    return found


def _orbit(program: Program, state: State) -> frozenset[State]:
    """All images of a state."""
    return frozenset(_image(program, state, way) for way in symmetry.group(program))


def _image(program: Program, state: State, way: Mapping[str, Sequence[int]]) -> State:
    """A state with members renamed; a dead local stays its type's default."""
    values = []
    for declared, value in zip(program.variables, state, strict=True):
        image = permuted(declared.type, value, lambda kind, member: way[kind.name][member])
        if declared.role is Role.LOCAL:
            process = next(p for p in program.processes if p.name == declared.process)
            labels = values[program.position(process.point_variable)]
            live = {point.label for point in process.points if declared.local in point.live}
            default = declared.type.default
            if process.index is None:
                image = image if labels in live else default
            else:
                image = tuple(
                    part if label in live else dead for part, label, dead in zip(image, labels, default, strict=True)
                )
        values.append(image)
    return tuple(values)


def test_initial_states_that_tell_members_apart_are_refused_with_a_remedy() -> None:
    (problem,) = symmetry.not_closed("m:M").problems
    assert (problem.code, problem.span) == ("E503", None)
    assert problem.problem == "the initial states of m:M tell members of a symmetric type apart"
    assert problem.remedy == "Let init treat all members alike, or leave out symmetric=True."
