"""Three sentences on a counterexample: what is broken, how it goes, and what that violates. Draws nothing.

They are made of what the model says of itself (docstrings, the comments beside its parameters), of the trace, and of
the parts of the property that decide at its end. Nothing in them is written for one model.

That every step matters need not be looked up here: the traces of the corpus are shortest ones, and a step that the
causal slice leaves out could be left out of the trace.
"""

from __future__ import annotations

import inspect
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import assert_never

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.contract.trace import AtState, Failing, Lasso, Trace
from checker.ir.nodes import Program, Role
from checker.ir.types import ArrayType, RecordType, Type
from checker.lang.model import Model, outline
from checker.semantics import Failure, State, Step
from counterexamples.explain.blame import Part, deadlock
from counterexamples.explain.cells import Cell, Cells, Member, resolve
from counterexamples.explain.changes import Fact, changes, idle, name_of
from counterexamples.explain.conclusion import Ending, ending
from counterexamples.explain.loop import goes_on
from counterexamples.explain.watch import Watch
from counterexamples.gallery.phases import Turn, called, code, join, number, turns

ISSUES = "https://github.com/{}/issues/"
_ISSUE = re.compile(r"(?:\b([\w.-]+/[\w.-]+))?#(\d+)")

_BUILT_IN = {
    NO_DEADLOCK: "Something can happen, or everything has finished",
    NO_FAILURE: "No value leaves its type, no `assert` breaks, everything can be evaluated",
}
_LONGEST = 34  # characters of a value in a sentence
_CHANGES = 3  # changes of the last step that are told
_FLAGS = ("True", "False", "{")  # flags and sets that the end does not rest on are not worth a word
_BINDING = 12  # characters of what a variable of `all` or `any` stood for
_REASONS = 6  # parts of a property that are told; where there are more, how many
_CAUSES = 4  # values from before the last step that are told
_ABBREVIATED = re.compile(r"(?<=[.?!])(?: |$)(?=[A-Z\"`(]|$)")
_LEAD = re.compile(r"(Chapters?|Sections?) [^:]*?: |#\d+(, #\d+)*: ")
_CALL = re.compile(r"self\.\w+\([^()]*\)")
_SOME = re.compile(r"0 < len\((.+)\)")  # how the front end writes a set or a sequence used as a condition
_EQUAL = re.compile(r"(?P<left>[\w.\[\]]+) (?P<sign>==|!=) [\w.]+")


@dataclass(frozen=True, slots=True)
class Caption:
    """What is said of one trace, in Markdown: the model and the property in a line each, and three sentences."""

    model: str
    promise: str
    sentences: tuple[str, str, str]


def tell(model: type[Model], program: Program, trace: Trace, shows: str) -> Caption:
    """The sentences on a trace that the judge has confirmed for the property `shows`."""
    watch = Watch(program)
    end = ending(watch, trace, shows)
    broken, how = _broken(model, program), _how(program, trace, end.cells)
    return Caption(
        prose(_description(model)), _promise(program, shows), (broken, how, _violated(watch, trace, shows, end))
    )


# What is broken.


def prose(text: str) -> str:
    """A docstring's words as Markdown: code stays code, numbers of issues become links, and nothing else is markup."""
    parts = re.split(r"(`[^`]*`)", text)
    plain = (re.sub(r"[*<\[\]\\]|\b_|_\b", r"\\\g<0>", part) for part in parts[::2])
    linked = [_ISSUE.sub(_linked, part) for part in plain]
    return "".join(each for pair in zip(linked, [*parts[1::2], ""], strict=True) for each in pair)


def _linked(found: re.Match[str]) -> str:
    """An issue of another project by its name, one of Go by its number alone."""
    project = found[1] or "golang/go"
    shown = "" if project == "golang/go" else project
    return f"[{shown}#{found[2]}]({ISSUES.format(project)}{found[2]})"


def sentences(doc: str) -> list[str]:
    """The sentences of a docstring's first paragraph."""
    paragraph = " ".join((doc or "").strip().split("\n\n")[0].split())
    return [each.strip() for each in _ABBREVIATED.split(paragraph) if each.strip()]


def _description(model: type[Model]) -> str:
    """A model's docstring in one sentence: the first, or the first two if there are no more."""
    said = sentences(model.__doc__ or "")
    if len(said) == 2 and said[0].endswith("."):
        return f"{said[0][:-1]}; {_lowered(said[1])}"
    return said[0] if said else "a model without a description."


def _broken(model: type[Model], program: Program) -> str:
    """The variant by its name, what its docstring says, and which of its switches are set otherwise than usual."""
    text, name = _description(model), f"**{model.__name__}**"
    lead = _LEAD.match(text)
    if lead:
        name, text = f"{name} ({prose(_lowered(lead[0][:-2]))})", text[lead.end() :]
    switches = list(_switches(model, program))
    name += f", with {join(switches)}" if switches else ""
    return f"{name}: {prose(text)}"


def _lowered(text: str) -> str:
    """A sentence as it goes on after a semicolon; names keep their capitals."""
    word = text.partition(" ")[0]
    plain = len(word) == 1 or (word[1:].islower() and word != "Go")
    return text[0].lower() + text[1:] if plain else text


def _switches(model: type[Model], program: Program) -> Iterator[str]:
    """The parameters that are no sizes and differ from what the class declares, with the source's comments on them."""
    usual = outline(model).parameters
    for name, value in program.parameters.items():
        if isinstance(value, bool) and value != usual[name].default:
            yield code(name) if value else f"{code(name)} off"
        elif isinstance(value, Enum) and value != usual[name].default:
            spoken = str(value.value) if " " in str(value.value) else ""
            remark = _comment(type(value), value.name) or spoken
            about = next((each for each in (_comment(owner, name) for owner in model.__mro__) if each), "")
            words = " – ".join(each for each in (about, remark) if each)
            yield f"{code(f'{name} = {value.name}')} ({prose(words)})" if words else code(f"{name} = {value.name}")


def _comment(owner: type, name: str) -> str:
    """The comment on the line of a class that gives a name its value."""
    try:
        lines = inspect.getsource(owner).splitlines()
    except (OSError, TypeError):
        return ""
    line = next((each for each in lines if re.match(rf" +{name} = ", each)), "")
    tokens = tokenize.generate_tokens(io.StringIO(line.strip() + "\n").readline)
    return next((each.string.lstrip("# ") for each in tokens if each.type == tokenize.COMMENT), "")


# How it goes.


def _how(program: Program, trace: Trace, end: Cells) -> str:
    """How many steps, whose, and what the last of them does."""
    course = turns(program, trace)
    if not course:
        return "No step is needed: it is so in the initial state."
    count = sum(len(turn.steps) for turn in course)
    head = f"{number(count).capitalize()} step{' suffices' if count == 1 else 's suffice'}"
    mixed = any(turn.clause for turn in course)
    *before, last = [_phrase(turn, mixed) for turn in course]
    match trace.end:
        case Failing(Step(), _):
            last = f"{course[-1].words} fails" if not course[-1].clause else f"{last}, which fails"
        case AtState() | Failing() | Lasso():
            again = len(trace) > 2 and called(program, trace.steps[-2]) == called(program, trace.steps[-1])
            last += " again" if again and not course[-1].clause else ""
            last += _effect(program, trace, end)
        case _:
            assert_never(trace.end)
    return f"{head}: {', '.join(before)}, and at last {last}." if before else f"{head}: {last}."


def _phrase(turn: Turn, mixed: bool) -> str:
    """A turn as a part of a sentence: among clauses, actions need a verb."""
    if turn.clause:
        return turn.words
    several = len({step.name for step in turn.steps}) > 1
    return f"{turn.words} {'run' if several else 'runs'}" if mixed else re.sub(" and (?=`)", ", ", turn.words)


def _effect(program: Program, trace: Trace, end: Cells) -> str:
    """What the last step changes: first what the end rests on, then what is no mere flag."""
    names = {str(cell[0]) for cell in end}
    actors = {name_of(program, step) for step in trace.steps}
    facts = [
        fact for fact in changes(program, *trace.states[-2:], *idle(program, trace)[-2:]) if fact.subject not in actors
    ]
    short = [fact for fact in facts if len(fact.text) <= _LONGEST]
    first = [fact for fact in short if re.split(r"[.\[]", fact.subject)[0] in names][:_CHANGES]
    others = [fact for fact in short if fact not in first and fact.old and not fact.old.startswith(_FLAGS)]
    told = [_change(fact) for fact in first + others[: max(0, _CHANGES - 1 - len(first))]]
    verbs: dict[str, list[str]] = {}
    for verb, rest in told:
        verbs.setdefault(verb, []).append(rest)
    said = [f"{verb} {join(rests)}" for verb, rests in verbs.items()]
    return f", which {join(said)}" if said else ""


def _change(fact: Fact) -> tuple[str, str]:
    """A change in words: the verb, and the rest."""
    subject = code(fact.subject)
    match fact.old, fact.new:
        case "False", "True":
            return "sets", subject
        case "True", "False":
            return "clears", subject
        case None, new if new.startswith(("+", "-")) and " " not in new:
            return ("adds", f"{new[1:]} to {subject}") if new[0] == "+" else ("takes", f"{new[1:]} out of {subject}")
        case None, new:
            return "makes", f"{subject} {code(new)}"
        case old, new:
            return "turns", f"{subject} from {_plain(old)} to {_plain(new)}"


def _plain(value: str | None) -> str:
    return value if value is not None and re.fullmatch(r"[\w-]+", value) else code(str(value))


# What it violates.


def _violated(watch: Watch, trace: Trace, shows: str, end: Ending) -> str:
    match trace.end:
        case Failing(_, failure):
            return _fails(failure, end)
        case Lasso() as lasso:
            promise = _promise(watch.program, shows)
            return f"That violates {code(shows)}{f', *{promise}*' if promise else ''}: {goes_on(trace, lasso)}."
        case AtState():
            return _violated_at(watch, trace, shows, end)
        case _:
            assert_never(trace.end)


def _violated_at(watch: Watch, trace: Trace, shows: str, end: Ending) -> str:
    promise = _promise(watch.program, shows)
    if shows == NO_DEADLOCK:
        return f"That violates {code(shows)}, *{promise}*, because {_waiting(watch, trace.states[-1])}."
    doc = f", *{promise}*" if promise else ""
    reasons = list(_reasons(watch, trace, end))
    last = ", and " if any(", " in each for each in reasons) else " and "
    because = f", because {join(reasons, last)}" if reasons else ""
    return f"That violates {code(shows)}{doc}{because}."


def _reasons(watch: Watch, trace: Trace, end: Ending) -> Iterator[str]:
    """The conditions that decide; before them the variables of `all` and `any`, where these change."""
    leaves = list(_deciding(end.parts[-1:]))
    place = ""
    for way, part in leaves[:_REASONS]:
        bound = [each for binding in way for each in _split(binding) if len(each) <= _BINDING]
        where = f"with {join([code(each) for each in bound])}, " if bound else ""
        yield (where if where != place else "") + _reason(watch, trace, bound, part)
        place = where
    if len(leaves) > _REASONS:
        yield f"{number(len(leaves) - _REASONS)} more conditions are as they are"


def _promise(program: Program, shows: str) -> str:
    """What a property says, without its full stop."""
    if shows in _BUILT_IN:
        return _BUILT_IN[shows]
    claimed = program.claimed(shows)
    said = sentences(claimed.function.doc) if claimed is not None else []
    return prose(said[0].rstrip(".")) if said else ""


def _fails(failure: Failure, end: Ending) -> str:
    _, _, values = end.sentences[0].removesuffix(".").removeprefix(failure.message).partition(": ")
    shown = [f"{code(name)} is {code(value)}" for name, value in _pairs(values)]
    held = f", where {join(shown)}" if shown else ""
    return f"That violates `no_failure`: the model stops with *{prose(failure.message)}*{held}."


def _pairs(values: str) -> Iterator[tuple[str, str]]:
    """`a = 1, b = {2, 3}` in pairs."""
    for each in re.split(r", (?=[\w.\[\]]+ = )", values):
        name, equals, value = each.partition(" = ")
        if equals:
            yield name, value


def _waiting(watch: Watch, state: State) -> str:
    """Who waits for what; those who wait for the same together, with what stands in their way."""
    waits, _ = deadlock(watch, state)
    grouped: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for each in waits:
        name = code(name_of(watch.program, Step(each.who, each.arguments, None, ())))
        if each.guard is None:
            grouped.setdefault(("for ever", ""), []).append((name, ""))
        else:
            value = each.guard.values[-1] if each.guard.values else Fact("", "")
            grouped.setdefault((f"until {code(each.guard.text)}", value.subject), []).append((name, value.new))
    found = []
    for (text, subject), pairs in grouped.items():
        now = f", but {code(subject)} is {join([value for _, value in pairs])}" if subject else ""
        verb = "waits" if len(pairs) == 1 else "wait"
        found.append(f"{join([name for name, _ in pairs])} {verb} {text}{now}")
    return join(found, "; and ")


def _deciding(parts: Sequence[Part]) -> Iterator[tuple[tuple[str, ...], Part]]:
    """The conditions to blame, as far down as it helps: a helper that is true says by its name what is so."""
    for part in parts:
        if not part.to_blame or part.truth is None:
            continue
        below = [each for each in part.parts if each.truth is not None and each.to_blame]
        if not below or (part.truth and _CALL.fullmatch(part.text)):
            yield (), part
        elif part.value == "":
            yield from (((part.text, *way), leaf) for way, leaf in _deciding(below))
        else:
            yield from _deciding(below)


def _reason(watch: Watch, trace: Trace, bound: Sequence[str], part: Part) -> str:
    """A deciding condition with the values that it has; those of what is `bound` are known."""
    values = [(name, value) for name, value in _values(part) if f"{name} = {value}" not in bound]
    equal, member = _EQUAL.fullmatch(part.text), _SOME.fullmatch(part.text)
    if part.why:
        return re.sub(r"self\.[\w().]+|\{[^}]*\}", lambda found: code(found[0]), part.why)
    if equal and values and values[0][0] == equal["left"] and part.truth is (equal["sign"] == "=="):
        return f"{code(values[0][0])} is {_plain(values[0][1])}"
    if not part.truth and part.text.count(" == ") == 1:
        left, right = part.text.split(" == ")
        told = _unequal(left, right, dict(_values(part)), bound)
        if told:
            return told
    said = f"{code(part.text)} is {'true' if part.truth else 'false'}"
    if member and part.truth:
        said = f"{code(member[1])} is not empty"
        values = [each for each in values if not each[0].startswith("len(")]
    if not values:
        before = list(_before(watch, trace, part)) if part.truth else []
        return f"{said} ({', '.join(before)} before that step)" if before else said
    return f"{said} ({', '.join(f'{code(name)} = {_plain(value)}' for name, value in values)})"


def _unequal(left: str, right: str, values: dict[str, str], bound: Sequence[str]) -> str:
    """Two sides that differ: `a is 1, not 2`, or `a is 1, but b is 2`; nothing if the values are not at hand."""
    right = right[1:-1] if right.startswith("(") and right.endswith(")") else right
    if left not in values:
        return ""
    first = f"{code(left)} is {_plain(values.pop(left))}"
    if right in values:
        second = f", but {code(right)} is {_plain(values.pop(right))}"
        more = ", ".join(
            f"{code(name)} = {_plain(value)}" for name, value in values.items() if f"{name} = {value}" not in bound
        )
        return first + second + (f" ({more})" if more else "")
    return f"{first}, not {right.rpartition('.')[2]}" if re.fullmatch(r"[\w.]+", right) else ""


def _split(binding: str) -> list[str]:
    return re.split(r", (?=\w+ = )", binding)


def _values(part: Part) -> list[tuple[str, str]]:
    """What a condition is made of, with values that are not too long, each once."""
    found: list[tuple[str, str]] = []
    for each in part.parts:
        if each.truth is None and each.value and each.value != each.text and len(each.value) <= _LONGEST:
            found.append((each.text, each.value))
        found += _values(each) if each.truth is None else []
    return list(dict.fromkeys(found))


def _before(watch: Watch, trace: Trace, part: Part) -> Iterator[str]:
    """What a flag that the last step set was made of: the values from before that step."""
    name = part.text.removeprefix("self.")
    if not trace.steps or all(each.name != name for each in watch.program.variables):
        return
    run = watch.step(trace.states[-2], trace.steps[-1])
    cells = sorted(resolve(run.written, (name,)) - {(name,)}, key=str)
    shown = dict.fromkeys(filter(None, (_held(watch.program, trace.states[-2], cell) for cell in cells)))
    if len(shown) <= _CAUSES:
        yield from shown


def _held(program: Program, state: State, cell: Cell) -> str:
    """A cell with its value, or nothing if that is long; of a set, all of it."""
    declared = program.variables[program.position(str(cell[0]))]
    kind: Type = declared.type
    value, name = state[program.position(declared.name)], declared.name
    for item in cell[1:]:
        if isinstance(item, Member):
            break
        match kind:
            case ArrayType():
                value, name, kind = value[kind.index.rank(item)], f"{name}[{kind.index.show(item)}]", kind.item
            case RecordType():
                place = [field for field, _ in kind.fields].index(str(item))
                value, name, kind = value[place], f"{name}.{item}", kind.fields[place][1]
    text = kind.show(value)
    if declared.role is not Role.MODEL or len(text) > _LONGEST:
        return ""
    return f"{code(name)} = {_plain(text)}"
