"""Trace <-> ITF JSON, the trace format of Apalache (its ADR 15). Does not judge: a trace read here may still be untrue.

    {"#meta": {"format": "ITF", "model": "spec.x:Y", "parameters": {...}, "property": ..., "verdict": ..., ...},
     "params": [...], "vars": [...], "loop": 0,
     "states": [{"#meta": {"index": 0, "choices": [...]}, "parameter": value, ..., "variable": value, ...},
                {"#meta": {"index": 1, "step": ..., "arguments": [...], "point": ..., "choices": [...]}, ...}]}

Besides what ITF asks for, each state after the first names the step that led to it, so that a trace can be replayed and
not only shown. A trace that ends in a failure has "failure" in its top "#meta", and in "failing" the step that failed.
Only a lasso has "loop": its last state is the one of this index once more, and from there it goes round for ever.
Traces without names of steps, as other tools write them, are for `foreign`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import assert_never

from checker.contract.trace import AT_STATE, AtState, End, Failing, Lasso, Trace
from checker.errors import Span, UsageError
from checker.ir.nodes import Branch, Choose, Expr, Kind, Program
from checker.ir.traverse import expressions, walk, walk_expressions
from checker.ir.types import EnumType, Type, Value, leaves
from checker.semantics import Failure, Interpreter, State, Step, Transition
from counterexamples.itf.encoding import NUMBER, Enums, Json, Place, brief, decode, encode, readings, shape
from counterexamples.itf.values import check_parameters, fit, typed

# Enum members of different types may share a name; more readings of one step than this no honest file has.
_READINGS = 4096
_GIVE = "Give a trace that evacheck wrote: NAME.itf.json."
_FORMAT = "https://apalache-mc.org/docs/adr/015adr-trace.html"


@dataclass(frozen=True, slots=True)
class Meta:
    """Where a trace comes from. `model` is what finds the model again ("pkg.mod:Class"), `property` the name of what it
    shows, `verdict` "violated" or "witnessed", `engine` who found it, `version` that of evacheck."""

    model: str
    property: str
    verdict: str
    engine: str
    version: str


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of itself, read before its model is loaded. `parameters` are texts as `--set` takes them."""

    model: str
    parameters: Mapping[str, str]
    property: str
    verdict: str


def dump(program: Program, trace: Trace, meta: Meta) -> dict[str, Json]:
    """The JSON object of a trace; its order of keys is always the same."""
    top: dict[str, Json] = {
        "format": "ITF",
        "format-description": _FORMAT,
        "description": f"{meta.property} is {meta.verdict} in a trace of {len(trace)} states",
        "model": meta.model,
        "parameters": {
            name: encode(program.parameter_types[name], value) for name, value in program.parameters.items()
        },
        "property": meta.property,
        "verdict": meta.verdict,
        "engine": meta.engine,
        "evacheck": meta.version,
        "varTypes": {declared.name: typed(declared.type) for declared in program.variables},
    }
    if not trace.states:
        top["choices"] = [shape(choice) for choice in trace.initial_choices]
    return {
        "#meta": {**top, **_dump_end(trace.end)},
        "params": list(program.parameters),
        "vars": [declared.name for declared in program.variables],
        **({"loop": trace.end.back_to} if isinstance(trace.end, Lasso) else {}),
        "states": [_dump_state(program, trace, index) for index in range(len(trace.states))],
    }


def text(data: Mapping[str, Json]) -> str:
    """The file for what `dump` returned: one line for each state, so that a difference between two files reads well."""
    states = ",\n".join("    " + json.dumps(state, ensure_ascii=False) for state in data["states"])
    head = json.dumps({key: value for key, value in data.items() if key != "states"}, indent=2, ensure_ascii=False)
    return f'{head[:-2]},\n  "states": [\n{states}\n  ]\n}}\n'


def read(path: str | Path) -> Json:
    """The JSON in a file. Raises UsageError U005 if there is none."""
    place = Place(str(path))
    try:
        return json.loads(Path(path).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise place.wrong("there is no such file", "`evacheck verify MODEL` writes traces and says where.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise place.wrong(f"it cannot be read ({error})", _GIVE) from None
    except json.JSONDecodeError as error:
        problem = f"it is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        raise place.wrong(problem, _GIVE) from None
    except (RecursionError, ValueError) as error:
        raise place.wrong(f"it is not a trace ({error})", _GIVE) from None


def ours(data: Json) -> bool:
    """Whether a file says which model it belongs to, as evacheck's traces do."""
    meta = data.get("#meta") if isinstance(data, dict) else None
    return isinstance(meta, dict) and isinstance(meta.get("model"), str) and "property" in meta


def header(data: Json, file: str = "trace") -> Header:
    """What the file says of itself. Raises UsageError U005 if it does not say which model it belongs to."""
    place = Place(file, "#meta")
    meta = _object(_object(data, Place(file)).get("#meta"), place)
    parameters = _object(meta.get("parameters", {}), place.field("parameters"))
    return Header(
        _string(meta.get("model"), place.field("model")),
        {name: _parameter(value, place.field("parameters").field(name)) for name, value in parameters.items()},
        _string(meta.get("property"), place.field("property")),
        _string(meta.get("verdict", "violated"), place.field("verdict")),
    )


def parse(program: Program, data: Json, file: str = "trace") -> Trace:
    """The trace in a file's JSON. Raises UsageError U005, with the place, for whatever is not a trace of `program`.

    A step that the program does not have there is read as it stands: it is for the judge to refuse it."""
    try:
        return _Reader(program, file).trace(data)
    except RecursionError:
        raise UsageError("U005", f"{file}: it is nested too deeply", "No trace of this model looks like it.") from None


def follow(program: Program, data: Json, file: str = "trace") -> tuple[Trace | None, int | None]:
    """The behaviour that the steps of a trace make in a program that may have changed since, whatever states the trace
    recorded; and the number of the state that is not reached any more, None if all are. No trace if there is not even a
    first state. Raises UsageError if `data` is no such trace."""
    return _Reader(program, file).follow(data)


def _dump_end(end: End) -> dict[str, Json]:
    match end:
        case AtState():
            return {}
        case Failing(step, failure):
            failing = {} if step is None else {"failing": _dump_step(step)}
            said = {"kind": failure.kind.value, "message": failure.message, "place": str(failure.span)}
            return {**failing, "failure": said}
        case Lasso():  # which ITF says at the top
            return {}
        case _:
            assert_never(end)


def _dump_step(step: Step) -> dict[str, Json]:
    return {
        "step": step.name,
        "arguments": [shape(argument) for argument in step.arguments],
        "point": step.point,
        "choices": [shape(choice) for choice in step.choices],
    }


def _dump_state(program: Program, trace: Trace, index: int) -> dict[str, Json]:
    origin = (
        _dump_step(trace.steps[index - 1])
        if index
        else {"step": None, "choices": [shape(choice) for choice in trace.initial_choices]}
    )
    values = zip(program.variables, trace.states[index], strict=True)
    parameters = {} if index else program.parameters  # ITF: what `params` names is set in the initial state
    return {
        "#meta": {"index": index, **origin},
        **{name: encode(program.parameter_types[name], value) for name, value in parameters.items()},
        **{declared.name: encode(declared.type, value) for declared, value in values},
    }


class _Reader:
    """Reads the trace of one program from one file."""

    def __init__(self, program: Program, file: str) -> None:
        self._program = program
        self._file = file
        self._interpreter = Interpreter(program)
        self._enums = _enums(program)

    def trace(self, data: Json) -> Trace:
        """The whole trace."""
        top = Place(self._file)
        body = _object(data, top)
        meta = _object(body.get("#meta"), top.field("#meta"))
        raw = _list(body.get("states"), top.field("states"))
        states = tuple(self._state(state, top.field("states").item(index)) for index, state in enumerate(raw))
        steps = tuple(
            self._step(raw[index]["#meta"], states[index - 1], states[index], top.field("states").item(index))
            for index in range(1, len(raw))
        )
        failure = self._failure(meta["failure"], top.field("#meta").field("failure")) if "failure" in meta else None
        if not states and failure is None:
            raise top.wrong("it has no states", "A trace has one state at least, or a failure of `init`.")
        failing = meta.get("failing")
        place = top.field("#meta").field("failing")
        if failing is not None and (failure is None or not states):
            raise place.wrong(
                "a failing step needs a failure and a state to fail in", 'Add "failure", or leave it out.'
            )
        choices = self._initial_choices(_object(raw[0]["#meta"], top) if raw else meta, states, top)
        step = None if failing is None else self._step(failing, states[-1], None, place)
        loop = self._loop(body, len(states), top)
        if loop is not None and failure is not None:
            raise top.field("loop").wrong("a trace that fails does not go round", "Leave one of the two out.")
        return Trace(states, steps, choices, loop or (AT_STATE if failure is None else Failing(step, failure)))

    def _loop(self, body: Mapping[str, Json], count: int, top: Place) -> Lasso | None:
        """Where a trace goes round from."""
        loop = body.get("loop")
        if loop is None:
            return None
        if isinstance(loop, bool) or not isinstance(loop, int) or not 0 <= loop < count:
            raise top.field("loop").wrong(f"{brief(loop)} is no index of a state", f"There are {count} states, from 0.")
        return Lasso(loop)

    def follow(self, data: Json) -> tuple[Trace | None, int | None]:
        """The behaviour that the steps make now; and the number of the first state that is not reached any more."""
        top = Place(self._file)
        body = _object(data, top)
        meta = _object(body.get("#meta"), top.field("#meta"))
        raw = _list(body.get("states"), top.field("states"))
        metas = [
            _object(_object(each, top).get("#meta"), top.field("states").item(at).field("#meta"))
            for at, each in enumerate(raw)
        ]
        choices = self._initial_choices(metas[0] if metas else meta, (), top)
        start = self._interpreter.start(choices)
        if start is None or start.state is None:
            if metas or start is None or start.failure is None:
                return None, 1
            return Trace((), (), choices, Failing(None, start.failure)), None
        states, steps = [start.state], list[Step]()
        last = [meta["failing"]] if meta.get("failing") is not None else []
        for number, each in enumerate([*metas[1:], *last]):
            failing = number >= len(metas) - 1
            place = top.field("#meta").field("failing") if failing else top.field("states").item(number + 1)
            found = self._possible(each, states[-1], place)
            if found is None or (found[1].state is None) is not failing:
                return Trace(tuple(states), tuple(steps), choices), number + 2
            step, transition = found
            if transition.failure is not None:
                return Trace(tuple(states), tuple(steps), choices, Failing(step, transition.failure)), None
            assert transition.state is not None
            states.append(transition.state)
            steps.append(step)
        return Trace(tuple(states), tuple(steps), choices, self._loop(body, len(states), top) or AT_STATE), None

    def _possible(self, data: Json, state: State, place: Place) -> tuple[Step, Transition] | None:
        """The first reading of a step that can happen in a state."""
        for step in self._steps(_object(data, place), place):
            transition = self._interpreter.run(state, step)
            if transition is not None:
                return step, transition
        return None

    def _state(self, data: Json, place: Place) -> State:
        raw = _object(data, place)
        _object(raw.get("#meta"), place.field("#meta"))
        known = [declared.name for declared in self._program.variables]
        check_parameters(self._program, raw, place)
        for name in raw:
            if name not in known and name not in self._program.parameters and name != "#meta":
                raise place.wrong(f"the model has no variable {name!r}", f"It has: {', '.join(known)}.")
        for name in known:
            if name not in raw:
                raise place.wrong(f"variable {name!r} is missing", "A state gives every variable of the model.")
        return tuple(
            decode(declared.type, fit(declared.type, raw[declared.name], at), at)
            for declared in self._program.variables
            for at in (place.field(declared.name),)
        )

    def _steps(self, raw: Mapping[str, Json], place: Place) -> list[Step]:
        """All that a step can be read as: a text may be a control point's name or a member of an enum."""
        name = _string(raw.get("step"), place.field("step"))
        point = raw.get("point")
        if point is not None:
            point = _string(point, place.field("point"))
        arguments = _list(raw.get("arguments", []), place.field("arguments"))
        choices = _list(raw.get("choices", []), place.field("choices"))
        all_arguments = self._readings(arguments, place.field("arguments"))
        return [
            Step(name, some, point, others)
            for some in all_arguments
            for others in self._readings(choices, place.field("choices"))
        ]

    def _step(self, data: Json, before: State, after: State | None, place: Place) -> Step:
        """The step that `data` names. Of several readings, the one that leads to `after` (None: that fails)."""
        steps = self._steps(_object(data, place), place)
        if len(steps) == 1:
            return steps[0]
        for step in steps:
            transition = self._interpreter.run(before, step)
            if transition is not None and transition.state == after:
                return step
        return steps[0]

    def _initial_choices(self, meta: Mapping[str, Json], states: tuple[State, ...], top: Place) -> tuple[Value, ...]:
        place = top.field("states").item(0).field("choices") if states else top.field("#meta").field("choices")
        found = self._readings(_list(meta.get("choices", []), place), place)
        if len(found) > 1:
            first = states[0] if states else None
            for choices in found:
                transition = self._interpreter.start(choices)
                if transition is not None and transition.state == first:
                    return choices
        return found[0]

    def _readings(self, items: list[Json], place: Place) -> list[tuple[Value, ...]]:
        each = (list(readings(item, self._enums, place.item(index))) for index, item in enumerate(items))
        return list(islice(product(*each), _READINGS))

    def _failure(self, data: Json, place: Place) -> Failure:
        raw = _object(data, place)
        kind = _string(raw.get("kind"), place.field("kind"))
        if kind not in {each.value for each in Kind}:
            raise place.field("kind").wrong(f"{brief(kind)} is no kind of failure", f"There are: {', '.join(Kind)}.")
        where = _string(raw.get("place"), place.field("place"))
        source, _, rest = where.rpartition(":")[0].rpartition(":")
        column = where.rpartition(":")[2]
        if not (source and rest.isdecimal() and column.isdecimal()):
            raise place.field("place").mistyped(where, "a place in a source file", '"model.py:31:9"')
        message = _string(raw.get("message"), place.field("message"))
        return Failure(Kind(kind), message, Span(source, int(rest), int(column)))


def _enums(program: Program) -> Enums:
    """The enum members that a step can have as argument or choice, by name."""
    found: dict[str, dict[Value, None]] = {}
    for kind in _chosen(program):
        for leaf in leaves(kind):
            if isinstance(leaf, EnumType):
                for member in leaf.members:
                    found.setdefault(leaf.show(member), {})[member] = None
    return {name: tuple(members) for name, members in found.items()}


def _chosen(program: Program) -> Iterator[Type]:
    """The types of arguments, process indices and choices."""
    yield from (parameter.type for action in program.actions for parameter in action.parameters)
    yield from (process.index.type for process in program.processes if process.index is not None)
    for expression in _expressions(program):
        yield from (inner.type for inner in walk_expressions(expression) if isinstance(inner, Choose))


def _expressions(program: Program) -> Iterator[Expr]:
    """Every outermost expression that can stand in a step."""
    functions = [*program.functions.values(), *program.actions, *([program.init] if program.init else [])]
    blocks = [block for process in program.processes for block in process.blocks]
    for body in (*(function.body for function in functions), *(block.body for block in blocks)):
        for statement in walk(body):
            yield from expressions(statement)
    yield from (block.end.condition for block in blocks if isinstance(block.end, Branch))


def _parameter(data: Json, place: Place) -> str:
    """A parameter's value as `--set` takes it."""
    match data:
        case bool() | str() | int():
            return str(data)
        case {"#bigint": str(digits)} if NUMBER.fullmatch(digits):
            return digits
    raise place.mistyped(data, "a parameter's value", '{"#bigint": "7"}, true or "NAME"')


def _object(data: Json, place: Place) -> dict[str, Json]:
    if isinstance(data, dict):
        return data
    raise place.wrong(f"{_found(data)} where an object is needed", _GIVE)


def _list(data: Json, place: Place) -> list[Json]:
    if isinstance(data, list):
        return data
    raise place.wrong(f"{_found(data)} where a list is needed", _GIVE)


def _string(data: Json, place: Place) -> str:
    if isinstance(data, str):
        return data
    raise place.wrong(f"{_found(data)} where a text is needed", _GIVE)


def _found(data: Json) -> str:
    return "there is nothing" if data is None else f"{brief(data)} stands"
