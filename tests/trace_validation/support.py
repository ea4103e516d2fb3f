"""Models with logs of them, and a plain search that says whether a log fits: the interpreter, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from checker.frontend.load import compile_model
from checker.ir.nodes import Program
from checker.lang import Array, Bool, Model, Opt, Param, Range, Seq, SetOf, Var, action, choose, process, require
from checker.semantics import Interpreter, State
from checker.trace_validation.validating import Options, Validated, validate

Record = Mapping[str, Any]


class Counter(Model):
    """Threads add one to a counter. Reading and writing are two steps."""

    threads = Param(2)
    Thread = Range(threads)
    counter = Var(Range(0, threads))
    finished = Var(Array(Thread, Bool))

    @process(Thread)
    def thread(self, t: Thread):
        seen = self.counter
        yield "read"
        self.counter = seen + 1
        self.finished[t] = True


class Cache(Model):
    """Holds two keys at most, and evicts whichever it likes when it is full."""

    Key = Range(3)
    Worker = Range(2, symmetric=True)
    held = Var(SetOf(Key))
    order = Var(Seq(Key, 2))
    by = Var(Opt(Worker))

    @action
    def put(self, w: Worker, k: Key):
        require(len(self.held) < 2)
        require(k not in self.held)
        self.held.add(k)
        self.order.append(k)
        self.by = w

    @action
    def evict(self):
        require(len(self.held) == 2)
        k = choose(self.held)
        self.held.remove(k)
        self.order.pop(0)


def program(model: type[Model], **parameters: int) -> Program:
    """The program of a model."""
    return compile_model(model, parameters)


def written(folder: Path, records: Sequence[Record | str], name: str = "run.jsonl") -> Path:
    """A log of records; a text is written as it stands."""
    path = folder / name
    path.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in records))
    return path


def held(model: Program, folder: Path, *logs: Sequence[Record | str], **options: Any) -> Validated:
    """What becomes of logs."""
    paths = [written(folder, records, f"log{number}.jsonl") for number, records in enumerate(logs)]
    return validate(model, paths, Options(**options))


def plain_fit(model: Program, records: Sequence[Record], hidden: frozenset[str]) -> int:
    """How many of some records fit, by trying all that the interpreter can do. The records name a step, and say of
    variables what they hold in the words of `shown`."""
    interpreter = Interpreter(model)
    places = {declared.name: at for at, declared in enumerate(model.variables)}
    states = {each.state for each in interpreter.initial() if each.state is not None}
    for number, record in enumerate(records):
        border = states
        while border:
            after = {
                each.state
                for state in border
                for each in interpreter.successors(state)
                if each.state is not None and each.step.name in hidden
            }
            border = after - states
            states = states | border
        states = {
            each.state
            for state in states
            for each in interpreter.successors(state)
            if each.state is not None
            and each.step.name == record["name"]
            and all(each.state[places[name]] == value for name, value in record["vars"].items())
        }
        if not states:
            return number
    return len(records)


def shown(model: Program, state: State, names: Sequence[str]) -> dict[str, Any]:
    """What some variables hold, as values of the language."""
    return {name: state[model.position(name)] for name in names}
