"""Which obligations a proof of a program must have, and what may stand in the file of one. Knows no engine.

The names and how often each must stand follow from the program alone: one for each step that there is, whatever an
engine made of it. What a formula says is not looked at: that is said by `UNCHECKED`, and on the screen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator
from itertools import product, takewhile
from math import prod

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.ir.nodes import Const, Program, Require, Stmt
from checker.ir.property_kind import PropertyKind

UNCHECKED = "that each formula says what its name does: it is taken on trust"
"""What no part of a recheck looks at, of obligations."""

_MANY_ARGUMENTS = 64
"""From so many combinations of arguments on, an action may be one obligation for all of them."""


def wrong_names(program: Program, proved: Collection[str], never: Collection[str], names: Collection[str]) -> str:
    """How the names of obligations differ from those that the proof of these properties must have; empty if they do
    not. `never` are the `@sometimes` that are proved not to happen."""
    found = Counter(names)
    return _said(min((_differences(found, wanted) for wanted in _all_wanted(program, proved, never)), key=len))


def wrong_at_any_size(program: Program, proved: Collection[str], names: Collection[str]) -> str:
    """The same for a proof of every size: each claim that is proved, or that stands at the start, must stand once for
    each step, whoever takes it. Which claims are assumed in which is not looked at: none is proved by less than all."""
    found = Counter(names)
    own = [each.name for each in program.properties if each.kind.traits.invariant]
    claims = [name for name in own if name in proved or f"{name}-initial" in found]
    steps = [action.name for action in program.actions]
    for process in program.processes:
        steps += [f"{process.name} from {point.label}" for point in process.points if point.block is not None]
    wanted = Counter(f"{claim}-{step}" for claim in claims for step in ("initial", *steps))
    if NO_FAILURE in proved:
        wanted.update(f"{name}-failure" for name in ("initial", *steps, *_judged(program)))
    beyond = [f"they cannot prove '{name}'" for name in proved if name not in (*own, NO_FAILURE)]
    return _said(beyond + _differences(found, wanted))


def _said(words: list[str]) -> str:
    return "; ".join(words[:3]) + (f"; and {len(words) - 3} more" if len(words) > 3 else "")


def _judged(program: Program) -> list[str]:
    """The properties that are evaluated wherever a behaviour comes."""
    without = (PropertyKind.LEMMA, PropertyKind.CONSTRAINT)
    return [judged.name for judged in program.properties if judged.kind not in without]


def _differences(found: Counter[str], wanted: Counter[str]) -> list[str]:
    missing, extra = wanted - found, found - wanted
    words = [f"'{name}' is missing" for name in missing]
    return words + [f"'{name}' stands {found[name]} times, not {wanted[name] or 'at all'}" for name in extra]


def _all_wanted(program: Program, proved: Collection[str], never: Collection[str]) -> Iterator[Counter[str]]:
    """Every set of names that a proof may have: a process is proved point by point, or for all its points at once."""
    for together in product((False, True), repeat=len(program.processes)):
        yield _wanted(program, _steps(program, together), proved, never)


def _steps(program: Program, together: tuple[bool, ...]) -> Counter[str]:
    steps: Counter[str] = Counter()
    for action in program.actions:
        combinations = prod(parameter.type.size for parameter in action.parameters)
        steps[action.name] += combinations if combinations <= _MANY_ARGUMENTS else 1
    for process, at_once in zip(program.processes, together, strict=True):
        instances = 1 if process.index is None else process.index.type.size
        going = [point.label for point in process.points if point.block is not None]
        for name in [process.name] if at_once else [f"{process.name} from {label}" for label in going]:
            steps[name] += instances
    return steps


def _wanted(program: Program, steps: Counter[str], proved: Collection[str], never: Collection[str]) -> Counter[str]:
    wanted = Counter({"initial": 1, "initial-loops": 1})
    for step, times in steps.items():
        wanted[step] += times
        wanted[f"{step}-loops"] += times
        for name in (*never, *(each.name for each in program.steps if each.name in proved)):
            wanted[f"{name}-{step}"] += times
    for name in never:
        wanted[f"{name}-initial"] += 1
    if NO_FAILURE in proved:
        wanted["initial-failure"] += 1
        for step, times in steps.items():
            wanted[f"{step}-failure"] += times
        wanted.update(f"{name}-failure" for name in _judged(program))
    if NO_DEADLOCK in proved:
        wanted["deadlock"] += 1
    if NO_FAILURE in proved or NO_DEADLOCK in proved:
        wanted["final-loops"] += 1
    return wanted


def wrong_form(text: str) -> str:
    """What is wrong with the commands of a formula; empty if nothing is. One `check-sat` ends it, or `exit` after
    that, and nothing stands behind; no assertion of it is plainly false."""
    try:
        commands = list(_commands(text))
    except ValueError as error:
        return str(error)
    heads = [each.split()[0] for each in commands if each.split()]
    if "exit" in heads:
        if heads[heads.index("exit") + 1 :]:
            return "text stands behind its exit"
        heads = heads[:-1]
    if heads.count("check-sat") == 1 and heads[-1] != "check-sat":
        return f"'{heads[-1]}' stands after its check-sat"
    return ""


def may_be_false(program: Program, name: str) -> bool:
    """Whether an obligation may be plainly false: that of a loop or a failure, where there is none, and those of a step
    that requires what a parameter has made false."""
    never = [action.name for action in program.actions if _requires_false(action.body)]
    return name.endswith(("-loops", "-failure", *(f"-{step}" for step in never))) or name in never


def _requires_false(body: tuple[Stmt, ...]) -> bool:
    """Whether code begins with a `require` of what is never true."""
    first = takewhile(lambda statement: isinstance(statement, Require), body)
    conditions = [each.condition for each in first if isinstance(each, Require)]
    return any(isinstance(each, Const) and each.value is False for each in conditions)


def is_plainly_false(text: str) -> bool:
    """Whether an assertion of a formula is the word `false`: the rest of it then does not matter."""
    try:
        return any(each.split() == ["assert", "false"] for each in _commands(text))
    except ValueError:
        return False


def not_denied(text: str) -> str:
    """A formula without its last assertion, which denies what is to be shown: it says what is assumed and that the step
    happens. ValueError if it asserts nothing."""
    commands = [f"({each})" for each in _commands(text)]
    last = max((at for at, each in enumerate(commands) if each.split()[0] == "(assert"), default=None)
    if last is None:
        raise ValueError("it asserts nothing")
    return "\n".join(commands[:last] + commands[last + 1 :])


def _commands(text: str) -> Iterator[str]:
    """What stands within the outermost parentheses, without comments. ValueError for text outside of them."""
    depth, begin, place = 0, 0, 0
    plain: list[str] = []
    while place < len(text):
        letter = text[place]
        if letter == ";":
            end = text.find("\n", place)
            place = len(text) if end < 0 else end
            continue
        if letter in '|"':
            end = text.find(letter, place + 1)
            if end < 0:
                raise ValueError("a text in it has no end")
            plain.append(text[place : end + 1])
            place = end + 1
            continue
        if letter == "(":
            depth += 1
            if depth == 1:
                plain, begin = [], place
                place += 1
                continue
        elif letter == ")":
            depth -= 1
            if depth == 0:
                yield "".join(plain)
                place += 1
                continue
        if depth < 1 and not letter.isspace():
            raise ValueError("text stands outside of its commands")
        plain.append(letter)
        place += 1
    if depth:
        raise ValueError(f"the command at letter {begin + 1} has no end")
