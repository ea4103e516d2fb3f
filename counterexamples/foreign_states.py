"""Read the states of an ITF trace that another tool wrote, as far as they are states of a model. Searches no steps.

Names are matched as they stand, then without the modules that Quint puts before them (`game::big`), then whatever the
case and the underscores. What tools add for themselves (`mbt::actionTaken`, names beginning with `__`) is no variable
of the model; the name of the action taken is kept as a hint.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from checker.lang.ir import Program
from checker.lang.types import Value
from checker.semantics import State
from counterexamples.encoding import Json, Place, brief, decode
from counterexamples.itf_values import alike, check_parameters, fit

_ADDED = ("mbt::", "q::", "__")  # how the names begin that Quint and its instrumentation add
_TAKEN = ("mbt::actionTaken", "action_taken")  # Quint, and older versions of it
_EXTRA = {*_TAKEN, "nondet_picks", "#meta"}
_REMEDY = "ITF is described at https://apalache-mc.org/docs/adr/015adr-trace.html."


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file gives of one state: values by the place of their variable in the program, not always of all. `step`
    is the step of the model that the file names as the one that led here, if it does."""

    place: Place
    values: Mapping[int, Value]
    step: str | None

    def differs(self, state: State) -> list[int]:
        """The places of the variables that have another value in `state`."""
        return [at for at, value in self.values.items() if state[at] != value]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The states of a file, at least one, and the index of the state to which a lasso returns."""

    states: tuple[Seen, ...]
    loop: int | None


def read_states(program: Program, data: Json, file: str) -> Behaviour:
    """The states of a file. Raises UsageError U005, with the place, for what is not ITF or no state of `program`."""
    top = Place(file)
    if not isinstance(data, dict):
        raise top.wrong(f"{brief(data)} stands where an object is needed", _REMEDY)
    states = data.get("states")
    at = top.field("states")
    if not isinstance(states, list) or not states:
        problem = "there are none" if not states else f"{brief(states)} is no list"
        raise at.wrong(f"a trace has a list of states; {problem}", _REMEDY)
    for index, state in enumerate(states):
        if not isinstance(state, dict):
            raise at.item(index).wrong(f"{brief(state)} stands where an object is needed", _REMEDY)
    declared = _names(data, "vars", top)
    parameters = {*_names(data, "params", top), *program.parameters}
    check_parameters(program, states[0], at.item(0))
    given = [name for state in states for name in state]
    known = _variables(program, [each for each in (*declared, *given) if each not in parameters], top)
    seen = tuple(_seen(program, state, known, declared, at.item(index)) for index, state in enumerate(states))
    return Behaviour(seen, _loop(data, len(states), top))


def _names(data: Mapping[str, Json], key: str, top: Place) -> list[str]:
    """The names in `vars` or `params`; none if the file leaves that out."""
    names = data.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise top.field(key).wrong(f"{brief(names)} is no list of names", _REMEDY)
    return names


def _loop(data: Mapping[str, Json], count: int, top: Place) -> int | None:
    loop = data.get("loop")
    if loop is None:
        return None
    if isinstance(loop, bool) or not isinstance(loop, int) or not 0 <= loop < count:
        raise top.field("loop").wrong(f"{brief(loop)} is no index of a state", f"There are {count} states, from 0.")
    return loop


def _variables(program: Program, names: Iterable[str], top: Place) -> dict[str, int]:
    """Which variable of the program each name of the file means."""
    places = {declared.name: at for at, declared in enumerate(program.variables)}
    found: dict[str, int] = {}
    for name in dict.fromkeys(names):
        if name in _EXTRA or name.startswith(_ADDED):
            continue
        short = name.rpartition("::")[2]
        near = [each for each in places if alike(each) == alike(short)]
        known = next((each for each in (name, short) if each in places), near[0] if len(near) == 1 else None)
        if known is None:
            raise _unknown(program, name, short, top)
        other = next((each for each, at in found.items() if at == places[known]), None)
        if other is not None:
            raise top.wrong(
                f"{other!r} and {name!r} both mean the model's variable {known!r}", "Leave one of them out."
            )
        found[name] = places[known]
    if not found:
        raise top.field("vars").wrong("no variable of the model stands in it", f"The model has: {_known(program)}.")
    return found


def _unknown(program: Program, name: str, short: str, top: Place) -> Exception:
    near = difflib.get_close_matches(short, [each.name for each in program.variables], 1)
    guess = f"Did you mean {near[0]}? " if near else ""
    remedy = f"{guess}It has: {_known(program)}. Rename it in the file, or take it out."
    return top.field("vars").wrong(f"the model has no variable {name!r}", remedy)


def _known(program: Program) -> str:
    return ", ".join(declared.name for declared in program.variables)


def _seen(
    program: Program, state: Mapping[str, Json], known: Mapping[str, int], declared: list[str], at: Place
) -> Seen:
    for name in declared:
        if name in known and name not in state:
            raise at.wrong(f"variable {name!r} is missing", 'A state gives every variable of "vars".')
    values = {}
    for name, place in known.items():
        if name in state:
            kind = program.variables[place].type
            values[place] = decode(kind, fit(kind, state[name], at.field(name)), at.field(name))
    return Seen(at, values, _step(program, state))


def _step(program: Program, state: Mapping[str, Json]) -> str | None:
    """The step of the program that a state names as the one taken; None if it names none, or one of another name."""
    taken = next((state[name] for name in _TAKEN if isinstance(state.get(name), str)), None)
    if taken is None:
        return None
    short = taken.rpartition("::")[2]
    names = [*(action.name for action in program.actions), *(process.name for process in program.processes)]
    near = [each for each in names if alike(each) == alike(short)]
    return short if short in names else near[0] if len(near) == 1 else None
