"""Read the states of an ITF trace that another tool wrote, as far as they are states of a model. Searches no steps.

Names are matched as they stand, then without the modules that Quint puts before them (`game::big`), then whatever the
case and the underscores. What tools add for themselves (`mbt::actionTaken`, names beginning with `__`) is no variable
of the model; the name of the action taken is kept as a hint, and so is what it picked. Apalache writes no `loop`, and
says in `__InLoop` (formerly `__loop_InLoop`) where a behaviour goes round. A variable that the model has not is passed
over and said, unless it is a record whose fields are the model's variables: that is taken apart.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from checker.errors import UsageError, did_you_mean, nearest
from checker.ir.nodes import Program
from checker.ir.types import Value
from checker.semantics import State
from counterexamples.itf.encoding import Json, Place, brief, decode
from counterexamples.itf.tlc import as_itf, is_dump
from counterexamples.itf.values import alike, check_parameters, fit

_ADDED = ("mbt::", "q::", "__")  # how the names begin that Quint and its instrumentation add
_TAKEN = ("mbt::actionTaken", "action_taken")  # Quint, and older versions of it
_PICKED = ("mbt::nondetPicks", "nondet_picks")
_IN_LOOP = ("__InLoop", "__loop_InLoop")  # Apalache, and older versions of it
_EXTRA = {*_TAKEN, *_PICKED, "#meta"}
_REMEDY = "ITF is described at https://apalache-mc.org/docs/adr/015adr-trace.html."


@dataclass(frozen=True, slots=True)
class GivenState:
    """What a file gives of one state: values by the place of their variable in the program, not always of all. `step`
    is the step of the model that the file names as the one that led here, if it does, and `arguments` what it was
    given, if the file says that of all of them."""

    place: Place
    values: Mapping[int, Value]
    step: str | None
    arguments: tuple[Value, ...] | None = None

    def differs(self, state: State) -> list[int]:
        """The places of the variables that have another value in `state`."""
        return [at for at, value in self.values.items() if state[at] != value]


@dataclass(frozen=True, slots=True)
class Behaviour:
    """The states of a file, at least one, and the index of the state where a lasso's loop begins: it is there once more
    after the last state, or in it. `notes` say what of the file was passed over."""

    states: tuple[GivenState, ...]
    loop: int | None
    notes: tuple[str, ...] = ()


def is_added(name: str) -> bool:
    """Whether a name in a state is nothing of the model's, but something that the tool added."""
    return name in _EXTRA or name.startswith(_ADDED)


def taken(state: Mapping[str, Json]) -> str | None:
    """The action that a state names as the one that led to it."""
    return next((state[name] for name in _TAKEN if isinstance(state.get(name), str)), None)


def raw_states(data: Json, top: Place) -> list[dict[str, Json]]:
    """The states of an ITF file as they stand. Raises UsageError U005 if there are none."""
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
    if data.get("vars") == []:
        given = ", ".join(dict.fromkeys(name for state in states for name in state if name not in _EXTRA))
        remedy = f'Name what the states give, {given}, or leave "vars" out.' if given else _REMEDY
        raise top.field("vars").wrong("it is empty: a trace names its variables", remedy)
    return states


def read_states(program: Program, data: Json, file: str, ignore: Collection[str] = ()) -> Behaviour:
    """The states of a file, without the variables to `ignore`. Raises UsageError U005, with the place, for what is not
    ITF or no state of `program`."""
    top = Place(file)
    data = as_itf(data, file) if is_dump(data) else data
    states = raw_states(data, top)
    at = top.field("states")
    declared = _names(data, "vars", top)
    parameters = {*_names(data, "params", top), *program.parameters}
    check_parameters(program, states[0], at.item(0))
    states, declared = _taken_apart(program, states, declared)
    given = [name for state in states for name in state]
    names = dict.fromkeys(each for each in (*declared, *given) if each not in parameters)
    for name in ignore:
        if name not in names:
            raise UsageError("U008", f"--ignore {name}: {file} has no such variable", f"It has: {', '.join(names)}.")
    known, unknown = _variables(program, [each for each in names if each not in ignore], top)
    seen = tuple(_seen(program, state, known, declared, at.item(index)) for index, state in enumerate(states))
    return Behaviour(seen, _loop(data, len(states), top), tuple(unknown))


def _taken_apart(
    program: Program, states: list[dict[str, Json]], declared: list[str]
) -> tuple[list[dict[str, Json]], list[str]]:
    """States whose variables stand as the fields of one record, as states of these variables."""
    own = [alike(each.name) for each in program.variables]

    def is_state(name: str) -> bool:
        if is_added(name) or alike(name.rpartition("::")[2]) in own:
            return False
        values = [state.get(name) for state in states]
        return all(isinstance(each, dict) and any(alike(field) in own for field in each) for each in values)

    records = [name for name in states[0] if is_state(name)]
    for name in records:
        fields = [field for field in states[0][name] if not field.startswith("#")]
        states = [{**{key: value for key, value in each.items() if key != name}, **each[name]} for each in states]
        declared = [inner for each in declared for inner in (fields if each == name else [each])]
    return states, declared


def _names(data: Mapping[str, Json], key: str, top: Place) -> list[str]:
    """The names in `vars` or `params`; none if the file leaves that out."""
    names = data.get(key, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise top.field(key).wrong(f"{brief(names)} is no list of names", _REMEDY)
    return names


def _loop(data: Mapping[str, Json], count: int, top: Place) -> int | None:
    loop = data.get("loop")
    if loop is None:
        return _marked_loop(data["states"], top.field("states"))
    if isinstance(loop, bool) or not isinstance(loop, int) or not 0 <= loop < count:
        raise top.field("loop").wrong(f"{brief(loop)} is no index of a state", f"There are {count} states, from 0.")
    return loop


def _marked_loop(states: list[dict[str, Json]], at: Place) -> int | None:
    """Where the loop begins that Apalache marks: before the first state that is in it, and in the last state once more
    (https://apalache-mc.org/docs/tutorials/temporal-properties.html)."""
    name = next((each for each in _IN_LOOP if each in states[0]), None)
    if name is None:
        return None
    within = [state.get(name) for state in states]
    for index, value in enumerate(within):
        if not isinstance(value, bool):
            raise at.item(index).field(name).mistyped(value, "a Bool", "true")
        if index and within[index - 1] and not value:
            problem = "the loop has ended, and a loop goes on for ever"
            raise at.item(index).field(name).wrong(problem, "In and after its first state it is true.")
    return max(0, within.index(True) - 1) if True in within else None


def _variables(program: Program, names: Iterable[str], top: Place) -> tuple[dict[str, int], list[str]]:
    """Which variable of the program each name of the file means; and what is to be said of those that mean none."""
    places = {declared.name: at for at, declared in enumerate(program.variables)}
    found: dict[str, int] = {}
    unknown: list[str] = []
    for name in names:
        if is_added(name):
            continue
        short = name.rpartition("::")[2]
        near = [each for each in places if alike(each) == alike(short)]
        known = next((each for each in (name, short) if each in places), near[0] if len(near) == 1 else None)
        if known is None:
            unknown.append(_unknown(program, name, short))
            continue
        other = next((each for each, at in found.items() if at == places[known]), None)
        if other is not None:
            raise top.wrong(
                f"{other!r} and {name!r} both mean the model's variable {known!r}", "Leave one of them out."
            )
        found[name] = places[known]
    if not found:
        raise top.field("vars").wrong("no variable of the model stands in it", f"The model has: {_known(program)}.")
    return found, unknown


def _unknown(program: Program, name: str, short: str) -> str:
    guess = did_you_mean(nearest(short, [each.name for each in program.variables]), "")
    return f"The model has no variable {name!r}: it is passed over (--ignore {name}). {guess}".rstrip()


def _known(program: Program) -> str:
    return ", ".join(declared.name for declared in program.variables)


def _seen(
    program: Program, state: Mapping[str, Json], known: Mapping[str, int], declared: list[str], at: Place
) -> GivenState:
    for name in declared:
        if name in known and name not in state:
            raise at.wrong(f"variable {name!r} is missing", 'A state gives every variable of "vars".')
    values = {}
    for name, place in known.items():
        if name in state:
            kind = program.variables[place].type
            values[place] = decode(kind, fit(kind, state[name], at.field(name)), at.field(name))
    step = _step(program, state)
    return GivenState(at, values, step, None if step is None else _arguments(program, step, state, at))


def _arguments(program: Program, step: str, state: Mapping[str, Json], at: Place) -> tuple[Value, ...] | None:
    """What the step was given, as far as what the tool picked has the names of its parameters; None if one is missing,
    or is no value of its type."""
    action = next((each for each in program.actions if each.name == step), None)
    process = next((each for each in program.processes if each.name == step), None)
    parameters = action.parameters if action else (process.index,) if process and process.index else ()
    picked: Mapping[str, Json] = next((state[name] for name in _PICKED if isinstance(state.get(name), dict)), {})
    found = []
    for parameter in parameters:
        near = [value for name, value in picked.items() if alike(name.rpartition("::")[2]) == alike(parameter.name)]
        match near:
            case [{"tag": "Some", "value": value}]:  # Quint writes every pick as an option
                pass
            case [value]:
                pass
            case _:
                return None
        place = at.field(parameter.name)
        try:
            found.append(decode(parameter.type, fit(parameter.type, value, place), place))
        except UsageError:
            return None
    return tuple(found)


def _step(program: Program, state: Mapping[str, Json]) -> str | None:
    """The step of the program that a state names as the one taken; None if it names none, or one of another name."""
    named = taken(state)
    if named is None:
        return None
    short = named.rpartition("::")[2]
    names = [*(action.name for action in program.actions), *(process.name for process in program.processes)]
    near = [each for each in names if alike(each) == alike(short)]
    return short if short in names else near[0] if len(near) == 1 else None
