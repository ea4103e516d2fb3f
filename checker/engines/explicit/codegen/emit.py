"""Emit a whole program as one readable Python module, with the entry points that a search calls.

    expand(w, s, c, out, capacity)   the successors of the packed state `w`, packed, to `out`; how many, -1 if there are
                                     more than `capacity`, -2 if a step makes too many choices or was not to go on.
                                     c[FAILED] is the first failing site, c[STUCK] is what `stuck` says
    check(w, s, c, h)                judges the properties i with h[2 * i] != 0 in `w`: h[2 * i + 1] becomes 1 where an
                                     `@always` is false or a `@sometimes` true, 2 where one cannot be evaluated; returns
                                     how many got a mark
    initial(s, c, out, capacity)     the next initial states, until c[DONE]
    within(w, s, c, h)               only with a `@constraint`: whether `w` is within it, 1 or 0; `h` is not looked at
    check_step(w, s, c, h)           only for `@step`: judges the states `w`, after a step and before it, like `check`
    mapping(w, s, c, out, which)     only for `@implements`: see `codegen.mapping`
    conditions(w, s, c, h)           only for temporal properties: what is true of number h[0] in `w`, with arguments of
                                     the ranks h[1], h[2], ...; see `codegen.temporal`
    canonical(w, s)                  only with symmetric types: replaces `w` by the least state of its orbit; returns
                                     how many permutations lead there

Deterministic: the same program gives the same text, which runs as it stands and is what machine code is made of.
Does not compile.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from checker import HOME
from checker.engines.explicit.codegen import effects as effects_of
from checker.engines.explicit.codegen import symmetry
from checker.engines.explicit.codegen.code import (
    CURSOR,
    DONE,
    FAILED,
    FIRST_SITE,
    OK,
    STATUS,
    STUCK,
    Sheet,
    Site,
    Writer,
    identifier,
    plus,
    scaled,
)
from checker.engines.explicit.codegen.effects import Effects
from checker.engines.explicit.codegen.expressions import helper_name
from checker.engines.explicit.codegen.layout import Layout, PairLayout, codes, is_direct, low, width
from checker.engines.explicit.codegen.loops import unranked
from checker.engines.explicit.codegen.mapping import implementing, mapping_code
from checker.engines.explicit.codegen.packing import (
    TOO_MANY_CHOICES,
    ChoiceLoop,
    load_words,
    pack_words,
    row_text,
    unpack_lines,
)
from checker.engines.explicit.codegen.segments import Segment, SharedSegment, point_type, segments_of
from checker.engines.explicit.codegen.statements import function_code, register
from checker.engines.explicit.codegen.temporal import Marks, Thing, conditions_code, marked
from checker.ir.analysis import constrained
from checker.ir.nodes import Function, Parameter, Process, Program, Property, Role, Temporal
from checker.ir.pairs import paired
from checker.ir.property_kind import PropertyKind
from checker.ir.types import EnumType

_IMPORTS = {
    "native.intrinsics": ("copy", "lowest", "mixed", "number", "popcount", "words"),
    "native.choices": ("advance", "choose", "choose_below"),
    "native.large_choices": ("choose_big",),
    "native.rows": ("count_bits", "next_bit", "pack_row", "patch_row", "same", "subset", "unpack_row"),
}
"""What emitted code may call, by module; a module is compiled only where something of it is called."""


@dataclass(frozen=True, slots=True)
class EmittedPairs:
    """What `check_step` judges, and the scratch memory of its own that it takes, as in Emitted."""

    judged: tuple[str, ...] = ()
    scratch: int = 0
    constants: tuple[tuple[int, tuple[int, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Emitted:
    """A program as source; `modules` is the same in two sources with their entry points: steps and properties, `init`;
    and a third where there are `@step` properties, those of `pairs`.
    Parameters that only `init` reads make another of the second only. `judged` are the properties that `check` numbers,
    `fallible` those of them, and of the temporal ones, that may fail to have a value; `constants` says what scratch
    memory of `scratch` slots holds at the start. `things` is what is owed something, and `marks` where `expand` leaves
    for each of them the numbers of its first successor and of the one past its last, if anyone is to know."""

    model: str
    program: Program
    source: str
    modules: tuple[tuple[str, tuple[str, ...]], ...]
    layout: Layout
    sites: tuple[Site, ...]
    scratch: int
    constants: tuple[tuple[int, tuple[int, ...]], ...]
    judged: tuple[str, ...]
    fallible: frozenset[str]
    permutations: int
    pairs: EmittedPairs = EmittedPairs()
    things: tuple[Thing, ...] = ()
    marks: int = 0


def default_state(program: Program) -> tuple[int, ...]:
    """The codes of the state before `init`."""
    starts = {process.point_variable: process.points[0].label for process in program.processes}
    row: list[int] = []
    for declared in program.variables:
        value = declared.type.default
        if declared.role is Role.POINT:
            label = starts[declared.name]
            value = label if isinstance(declared.type, EnumType) else (label,) * len(value)
        row.extend(codes(declared.type, value))
    return tuple(row)


def emit_program(program: Program, temporal: bool = False, waiting: bool = False) -> Emitted:
    """The program as source. For `temporal` properties it tells who takes which step, and does not take interchangeable
    members for one another: renaming them would let one stand for another that is starved. `waiting`: it tells that of
    everybody."""
    layout = Layout(program)
    sheet = Sheet(layout, effects_of.of_helpers(program))
    functions: list[list[str]] = []
    for name in sheet.effects:
        register(sheet, program.functions[name], name)
    for name in sheet.effects:
        functions.append(function_code(sheet, program.functions[name], name, helper_name(name), helper=True))
    marks = marked(program, sheet, waiting) if temporal or waiting else {}
    steps = _Steps(program, sheet, marks)
    functions += steps.functions
    judged = tuple(judged.name for judged in program.properties if judged.kind.traits.asked)
    functions += _properties(program, sheet)
    functions += [_stuck(program, sheet), _expand(sheet, steps.names), _check(program, sheet, judged)]
    group = ({},) if temporal else symmetry.group(program)
    if temporal:
        functions += conditions_code(program, sheet)
    if len(group) > 1:
        functions += symmetry.canonical(
            program, sheet, group, unpack_lines(sheet), lambda place: pack_words(layout, place)
        )
    functions += mapping_code(program, sheet)
    functions += _initial(program, sheet)  # last: what stands before does not depend on it
    comment = "\n".join(f"# {line}" for line in (program.model, *layout.describe()))
    bounded = constrained(program)
    functions += [_within(program, sheet)] * bounded
    running = ["expand", "check"] + ["within"] * bounded + ["conditions"] * temporal + ["canonical"] * (len(group) > 1)
    running += ["mapping"] * bool(implementing(program))
    modules = [(_module(comment, _needed(functions, names)), tuple(names)) for names in (running, ["initial"])]
    pairs = EmittedPairs()
    if len(program.steps) > len(implementing(program)):
        pairs, checking = _emit_pairs(program)
        modules.append((checking, ("check_step",)))
    claims: list[Property | Temporal] = [*program.properties, *program.temporal]
    return Emitted(
        model=program.model,
        program=program,
        source="\n".join([_module(comment, functions), *(source for source, _ in modules[2:])]),
        modules=tuple(modules),
        layout=layout,
        sites=tuple(sheet.sites),
        scratch=sheet.size,
        constants=tuple(sheet.constants.items()),
        judged=judged,
        fallible=frozenset(each.name for each in claims if effects_of.of_function(each.function, sheet.effects).stops),
        permutations=len(group),
        pairs=pairs,
        things=tuple(thing for each in marks.values() for thing in each.things),
        marks=min((each.place for each in marks.values()), default=0),
    )


def _emit_pairs(program: Program) -> tuple[EmittedPairs, str]:
    """What judges steps, and its source: the program of pairs of states, of which only the properties are wanted."""
    pairs = paired(program)
    layout = PairLayout(program, pairs)
    sheet = Sheet(layout, effects_of.of_helpers(pairs))
    functions: list[list[str]] = []
    for name in sheet.effects:
        register(sheet, pairs.functions[name], name)
    for name in sheet.effects:
        functions.append(function_code(sheet, pairs.functions[name], name, helper_name(name), helper=True))
    functions += _properties(pairs, sheet)
    judged = tuple(each.name for each in pairs.properties)
    functions.append(_check(pairs, sheet, judged, "check_step"))
    comment = "\n".join(f"# {line}" for line in (f"{program.model}: pairs of states", *layout.describe()))
    source = _module(comment, _needed(functions, ["check_step"]))
    return EmittedPairs(judged, sheet.size, tuple(sheet.constants.items())), source


def _module(comment: str, functions: Iterable[list[str]]) -> str:
    """A whole module, that imports what it needs."""
    text = "\n\n\n".join("\n".join(_annotated(lines)) for lines in functions)
    return f"{comment}\n{_header(text)}\n\n{text}\n"


def _needed(functions: list[list[str]], names: Sequence[str]) -> list[list[str]]:
    """Those of the functions that the named ones call, directly or not, and themselves; in the same order."""
    by_name = {_called(lines[0])[0]: lines for lines in functions}
    needed, queue = set(names), list(names)
    for name in queue:
        for called in set(re.findall(r"\b(\w+)\(", "\n".join(by_name[name][1:]))) & by_name.keys() - needed:
            needed.add(called)
            queue.append(called)
    return [lines for name, lines in by_name.items() if name in needed]


def _called(head: str) -> tuple[str, str]:
    """The name in the first line of a function, and its parameters."""
    name, _, parameters = head.removeprefix("def ").removesuffix("):").partition("(")
    return name, parameters


def _header(text: str) -> str:
    """The imports that the functions need."""
    called = set(re.findall(r"\b(\w+)\(", text)) | {"number", "words"}
    lines = []
    for module, names in _IMPORTS.items():
        needed = [name for name in names if name in called]
        if needed:
            lines.append(f"from {HOME}checker.engines.explicit.{module} import {', '.join(needed)}")
    return "\n".join(lines) + "\n"


_POINTERS = frozenset({"w", "s", "c", "h", "out"})
"""Parameters that are arrays of words; all others are numbers."""


def _annotated(lines: Sequence[str]) -> list[str]:
    """A function with the types of its parameters and of its result."""
    name, parameters = _called(lines[0])
    typed = (f"{each}: {'words' if each in _POINTERS else 'number'}" for each in parameters.split(", "))
    return [f"def {name}({', '.join(typed)}) -> number:", *lines[1:]]


class _Steps:
    """The functions that run every instance of one action or process and pack what comes out."""

    def __init__(self, program: Program, sheet: Sheet, marks: Mapping[str, Marks]) -> None:
        self.sheet = sheet
        self.marks = marks
        self.functions: list[list[str]] = []
        self.names: list[str] = []
        for action in program.actions:
            self._action(action)
        for process in program.processes:
            self._process(process)

    def _action(self, action: Function) -> None:
        key, name = f"action {action.name}", f"action_{identifier(action.name)}"
        register(self.sheet, action, key)
        self.functions.append(function_code(self.sheet, action, key, name, helper=False))
        effects = effects_of.of_function(action, self.sheet.effects)
        writer = Writer(self.sheet, dirty=False)
        load_words(writer)
        if action.name in self.marks:
            writer.line(f"_mark = {self.marks[action.name].place}")
        self._over(writer, key, name, list(action.parameters), [], [], effects)
        self._finish(f"steps_{identifier(action.name)}", writer)

    def _over(
        self,
        writer: Writer,
        key: str,
        name: str,
        parameters: list[Parameter],
        arguments: list[str],
        indices: list[tuple[str, str]],
        effects: Effects,
    ) -> None:
        """Loops over the values of the parameters, one inside the other, and the call."""
        if not parameters:
            run = ChoiceLoop(writer, effects, dict(indices))
            is_marked = key.removeprefix("action ") in self.marks
            if is_marked:
                writer.line("s[_mark] = n")
            run.all_choices(f"{name}({', '.join(['s', 'c', *arguments])})")
            if is_marked:
                writer.line("s[_mark + 1] = n")
                writer.line("_mark += 2")
            return
        parameter, *rest = parameters
        rank = writer.fresh("rank")
        writer.line(f"{rank} = 0")
        with writer.block(f"while {rank} < {parameter.type.size}:"):
            value = unranked(writer, parameter.type, rank)
            if is_direct(parameter.type):
                arguments = [*arguments, value]
            else:
                writer.copy(str(self.sheet.parameters[key, parameter.name]), value, width(parameter.type))
            self._over(writer, key, name, rest, arguments, [*indices, (parameter.name, rank)], effects)
            writer.line(f"{rank} += 1")

    def _process(self, process: Process) -> None:
        segments, functions = segments_of(self.sheet, process)
        if not segments:  # it ends where it starts, as one that a parameter switches off
            return
        self.functions += functions
        writer = Writer(self.sheet, dirty=False)
        load_words(writer)
        place = self.sheet.layout.offsets[process.point_variable]
        mark = self.marks[process.name].place if process.name in self.marks else None
        if process.index is None:
            with _between(writer, mark, "0"):
                self._instance(writer, process, segments, str(place), [], {})
        else:
            kind = process.index.type
            writer.line("_rank = 0")
            with writer.block(f"while _rank < {kind.size}:"):
                index = [plus("_rank", low(kind))]
                names = {process.index.name: "_rank"}
                with _between(writer, mark, "_rank"):
                    self._instance(writer, process, segments, scaled(str(place), "_rank", 1), index, names)
                writer.line("_rank += 1")
        self._finish(f"steps_{identifier(process.name)}", writer)

    def _instance(
        self,
        writer: Writer,
        process: Process,
        segments: list[Segment],
        place: str,
        arguments: list[str],
        indices: dict[str, str],
    ) -> None:
        """One instance goes on from where it stands."""
        kind = point_type(self.sheet.layout, process)
        shared = isinstance(segments[0], SharedSegment)
        writer.line(f"_point = s[{place}]")
        if shared:
            writer.line("_block = -1")
        for at, segment in enumerate(segments):
            code = low(kind) + kind.rank(process.points[segment.point].label)
            with writer.block(f"{'el' if at else ''}if _point == {code}:"):
                if shared:
                    writer.line(f"_block = {segment.start}")
                else:
                    ChoiceLoop(writer, segment.effects, indices).all_choices(segment.call(arguments))
        if shared:
            with writer.block("if _block >= 0:"):
                effects = effects_of.either(segment.effects for segment in segments)
                ChoiceLoop(writer, effects, indices).all_choices(segments[0].call(arguments))

    def _finish(self, name: str, writer: Writer) -> None:
        self.names.append(name)
        self.functions.append([f"def {name}(w, s, c, out, n, capacity):", *writer.lines, "    return n"])


@contextmanager
def _between(writer: Writer, mark: int | None, rank: str) -> Iterator[None]:
    """Note how many successors there are before and after what is written inside, if that is to be known."""
    if mark is not None:
        writer.line(f"s[{scaled(str(mark), rank, 2)}] = n")
    yield
    if mark is not None:
        writer.line(f"s[{scaled(str(mark + 1), rank, 2)}] = n")


def _expand(sheet: Sheet, names: Sequence[str]) -> list[str]:
    lines = ["def expand(w, s, c, out, capacity):", *unpack_lines(sheet)]
    for name in sheet.layout.offsets:
        if sheet.layout.is_long(name):
            at, count = sheet.layout.offsets[name], width(sheet.layout.kinds[name])
            lines.append(f"    copy(s, {sheet.saved + at}, {at}, {count})")
    lines += [f"    c[{FAILED}] = 0", f"    c[{STUCK}] = 0", "    n = 0"]
    for name in names:
        lines += [f"    n = {name}(w, s, c, out, n, capacity)", "    if n < 0:", "        return n"]
    lines += [f"    if n == 0 and c[{FAILED}] == 0:", f"        c[{STUCK}] = stuck(s, c)", "    return n"]
    return lines


def property_name(name: str) -> str:
    """The emitted name of a property."""
    return f"property_{identifier(name)}"


def _properties(program: Program, sheet: Sheet) -> list[list[str]]:
    return [
        function_code(sheet, judged.function, f"property {judged.name}", property_name(judged.name), helper=True)
        for judged in program.properties
    ]


def _stuck(program: Program, sheet: Sheet) -> list[str]:
    """Whether a state without a step is a deadlock: 0 or 1, or 2 if a `@final` cannot be evaluated."""
    writer = Writer(sheet, dirty=False)
    if program.processes:
        writer.line("_finished = True")
        for process in program.processes:
            _finished(writer, process)
        with writer.block("if _finished:"):
            writer.line("return 0")
    for judged in program.properties:
        if judged.kind is PropertyKind.FINAL:
            writer.line(f"c[{STATUS}] = {OK}")
            value = writer.fresh()
            writer.line(f"{value} = {property_name(judged.name)}(s, c)")
            with writer.block(f"if c[{STATUS}] != {OK}:"):
                writer.line("return 2")
            with writer.block(f"if {value}:"):
                writer.line("return 0")
    writer.line("return 1")
    return ["def stuck(s, c):", *writer.lines]


def _finished(writer: Writer, process: Process) -> None:
    """Whether every instance of a process stands at an end."""
    kind = point_type(writer.sheet.layout, process)
    ends = [low(kind) + kind.rank(point.label) for point in process.points if point.block is None]
    place = writer.sheet.layout.offsets[process.point_variable]
    count = process.index.type.size if process.index is not None else 1
    at = writer.fresh("i")
    writer.line(f"{at} = 0")
    with writer.block(f"while {at} < {count}:"):
        point = writer.hold(f"s[{place} + {at}]")
        test = " and ".join(f"{point} != {end}" for end in ends) or "True"
        with writer.block(f"if {test}:"):
            writer.line("_finished = False")
        writer.line(f"{at} += 1")


def _check(program: Program, sheet: Sheet, judged: Sequence[str], entry: str = "check") -> list[str]:
    """The entry that judges a state."""
    read: set[str] = set()
    for judgement in program.properties:
        read |= effects_of.of_function(judgement.function, sheet.effects).reads
    writer = Writer(sheet, dirty=False)
    writer.lines += unpack_lines(sheet, [name for name in sheet.layout.offsets if name in read])
    writer.line("marks = 0")
    for at, name in enumerate(judged):
        wanted = "" if program.witnessed(name) else "not "
        with writer.block(f"if h[{2 * at}] != 0:"):
            writer.line(f"c[{STATUS}] = {OK}")
            value = writer.fresh()
            writer.line(f"{value} = {property_name(name)}(s, c)")
            with writer.block(f"if c[{STATUS}] != {OK}:"):
                writer.line(f"h[{2 * at + 1}] = 2")
                writer.line("marks += 1")
            with writer.block(f"elif {wanted}{value}:"):
                writer.line(f"h[{2 * at + 1}] = 1")
                writer.line("marks += 1")
    writer.line("return marks")
    return [f"def {entry}(w, s, c, h):", *writer.lines]


def _within(program: Program, sheet: Sheet) -> list[str]:
    """The entry that says whether a state is within every `@constraint`: 1 or 0. These always have a value."""
    judged = [each for each in program.properties if each.kind is PropertyKind.CONSTRAINT]
    read = {name for each in judged for name in effects_of.of_function(each.function, sheet.effects).reads}
    writer = Writer(sheet, dirty=False)
    writer.lines += unpack_lines(sheet, [name for name in sheet.layout.offsets if name in read])
    writer.line(f"c[{STATUS}] = {OK}")
    for each in judged:
        value = writer.fresh()
        writer.line(f"{value} = {property_name(each.name)}(s, c)")
        with writer.block(f"if not {value}:"):
            writer.line("return 0")
    writer.line("return 1")
    return ["def within(w, s, c, h):", *writer.lines]


def _initial(program: Program, sheet: Sheet) -> list[list[str]]:
    """The entry that runs `init`, and `init` itself."""
    functions = []
    row = default_state(program)
    writer = Writer(sheet, dirty=False)
    writer.line("n = 0")
    with writer.block(f"while c[{DONE}] == 0 and n < capacity:"):
        writer.line(f"copy(s, 0, {writer.constant(row)}, {len(row)})")
        writer.line(f"c[{STATUS}] = {OK}")
        writer.line(f"c[{CURSOR}] = 0")
        if program.init is not None:
            register(sheet, program.init, "init")
            functions.append(function_code(sheet, program.init, "init", "init", helper=True))
            writer.line("init(s, c)")
        with writer.block(f"if c[{STATUS}] == {OK}:"):
            for word, text in enumerate(pack_words(sheet.layout, rows=False)):
                writer.line(f"out[n * {sheet.layout.words} + {word}] = {text}")
            for name in sheet.layout.offsets:
                if sheet.layout.is_long(name):
                    writer.line(f"pack_row(out, n * {sheet.layout.words}, s, {row_text(sheet, name)})")
            writer.line("n += 1")
        with writer.block(f"elif c[{STATUS}] < 0:"):
            writer.line(f"return {TOO_MANY_CHOICES}")
        with writer.block(f"elif c[{STATUS}] >= {FIRST_SITE} and c[{FAILED}] == 0:"):
            writer.line(f"c[{FAILED}] = c[{STATUS}]")
        more = writer.hold("advance(c)")
        with writer.block(f"if {more} < 0:"):
            writer.line(f"return {TOO_MANY_CHOICES}")
        with writer.block(f"if {more} == 0:"):
            writer.line(f"c[{DONE}] = 1")
    writer.line("return n")
    return [*functions, ["def initial(s, c, out, capacity):", *writer.lines]]
