"""The states of any ITF trace, or of TLC's, without a model: what each holds, and what changed. Judges nothing.

Values are shown as they stand, numbers of any size among them. What tools add for themselves is not shown; the action
that a file names as taken stands above the state that it led to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape

from counterexamples.draw.chain import cards_svg
from counterexamples.draw.page import page_head
from counterexamples.explain.changes import Fact
from counterexamples.explain.text import Line, Style, heading, table
from counterexamples.itf.encoding import Json, Place
from counterexamples.itf.foreign_states import is_added, raw_states, taken
from counterexamples.itf.tlc import as_itf, is_dump


@dataclass(frozen=True, slots=True)
class StateText:
    """One state: what is said of how it came about, and its facts: all of the first state, of others what changed."""

    caption: str
    facts: tuple[Fact, ...]


def states_of(data: Json, file: str) -> tuple[StateText, ...]:
    """The states of a file. Raises UsageError U005 if it is neither ITF nor TLC's."""
    raw = raw_states(as_itf(data, file) if is_dump(data) else data, Place(file))
    states = [{name: value for name, value in state.items() if not is_added(name)} for state in raw]
    found = [StateText("initially", tuple(Fact(name, value_text(value)) for name, value in states[0].items()))]
    for number in range(1, len(states)):
        old, new = states[number - 1], states[number]
        facts = [fact for name in {**old, **new} for fact in _differences(name, old.get(name), new.get(name))]
        found.append(StateText(taken(raw[number]) or "a step", tuple(facts)))
    return tuple(found)


def states_text(states: tuple[StateText, ...]) -> tuple[Line, ...]:
    """For the terminal."""
    lines: list[Line] = []
    for number, state in enumerate(states, 1):
        lines += [()] if number > 1 else []
        lines += heading(str(number), state.caption)
        lines += table(state.facts, "(nothing changes)" if number > 1 else "(no variables)")
    return (*lines, (), ((Style.QUIET, "  Without a model nobody says what this shows: --model names one."),))


def states_svg(states: tuple[StateText, ...], title: str) -> str:
    """A picture: one card for each state."""
    return cards_svg(title, [(state.caption, state.facts) for state in states])


def states_html(states: tuple[StateText, ...], title: str) -> str:
    """A page to read, one file that needs nothing else."""
    head = f"<header><h1>{escape(title)}</h1></header>\n<main><div>"
    return "\n".join((page_head(title), head, *_body(states), "</div></main>\n</body>\n</html>\n"))


def _body(states: tuple[StateText, ...]) -> Iterator[str]:
    for number, state in enumerate(states, 1):
        yield f'<article id="state-{number}"><h2>{number}&ensp;{escape(state.caption)}</h2>'
        if not state.facts:
            yield '<p class="quiet">Nothing changes.</p></article>'
            continue
        yield '<table class="changes">'
        for fact in state.facts:
            old = f'<span class="old">{escape(fact.old)} → </span>' if fact.old is not None else ""
            yield f'<tr><th scope="row">{escape(fact.subject)}</th><td>{old}{escape(fact.new)}</td></tr>'
        yield "</table></article>"


def value_text(data: Json) -> str:
    """A value as it is shown."""
    match data:
        case bool():
            return str(data)
        case None:
            return "None"
        case str():
            return data
        case {"#bigint": digits}:
            return str(digits)
        case {"#tup": list(items)}:
            return f"({', '.join(map(value_text, items))})"
        case {"#set": list(items)}:
            return "{" + ", ".join(map(value_text, items)) + "}"
        case {"#map": list(pairs)}:
            return "{" + ", ".join(f"{name}: {value_text(item)}" for name, item in _pairs(pairs)) + "}"
        case {"#unserializable": words}:
            return str(words)
        case {"tag": str(tag), "value": inner}:
            return tag if inner in ({"#tup": []}, None) else f"{tag}({value_text(inner)})"
        case dict():
            return "{" + ", ".join(f"{name}: {value_text(item)}" for name, item in data.items()) + "}"
        case list():
            return f"[{', '.join(map(value_text, data))}]"
    return str(data)


def _pairs(pairs: list[Json]) -> Iterator[tuple[str, Json]]:
    for pair in pairs:
        items = pair.get("#tup") if isinstance(pair, dict) else pair
        if isinstance(items, list) and len(items) == 2:
            yield value_text(items[0]), items[1]


def _inside(data: Json) -> Mapping[str, Json] | None:
    """The parts of a value by what is written behind its name; None if it has none that keep their place."""
    match data:
        case {"#map": list(pairs)}:
            return {f"[{name}]": item for name, item in _pairs(pairs)}
        case {"#tup": list(items)} | list(items):
            return {f"[{index}]": item for index, item in enumerate(items)}
        case {"tag": str()}:
            return None
        case dict() if not any(str(name).startswith("#") for name in data):
            return {f".{name}": item for name, item in data.items()}
    return None


def _differences(path: str, old: Json, new: Json) -> Iterator[Fact]:
    """The facts that tell `new` from `old`, each about the smallest part that changed."""
    if old == new:
        return
    was, now = _inside(old), _inside(new)
    if was and now and list(was) == list(now):
        for name in was:
            yield from _differences(path + name, was[name], now[name])
        return
    yield Fact(path, value_text(new), value_text(old))
