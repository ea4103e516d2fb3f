"""The page of a walk: that of a trace, with what can happen next above the state, each a link. Serves nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from urllib.parse import urlencode

from checker.contract.task import NO_DEADLOCK, NO_FAILURE
from checker.contract.wording import counted
from checker.ir.nodes import Program
from checker.semantics import Transition
from counterexamples.draw.chain import parameters_apart, short_name
from counterexamples.draw.page import Around, document, page_head
from counterexamples.explain.changes import Fact, changes, facts, idle
from counterexamples.explain.explanation import explained_steps
from counterexamples.explain.text import describe_step
from counterexamples.explorer.walk import MOST_OFFERED, Sought, Walk, Walked, Way

_FACTS = 4
"""Changes that are shown of a step before it is taken."""


def address(way: Sequence[int], goal: str = "") -> str:
    """What leads to the page of a way; of the nearest state from there that shows a property."""
    query = {"way": ".".join(map(str, way))}
    return "?" + urlencode({**query, "to": goal} if goal else query)


def read_way(text: str) -> Way:
    """The way that an address holds. Raises LookupError for what is none."""
    numbers = text.split(".") if text else []
    if not all(each.isascii() and each.isdigit() and len(each) < 10 for each in numbers):
        raise LookupError(text)
    return tuple(map(int, numbers))


def walk_page(walk: Walk, walked: Walked, said: str = "") -> str:
    """The page of a walk at where a way leads; `said` is what came of a search. Raises ModelError U019 if the model's
    `picture` fails."""
    program, trace, title = walk.program, walked.trace, f"explore {short_name(walk.program)}"
    header = [*_header(program, walked, said), *_goals(walk, walked)]
    offered = _offered(program, walked)
    if trace is None:
        return "\n".join((page_head(title), *header, *offered, "</body>\n</html>\n"))
    around = Around(title, header, above=offered, scripts=("explorer.js",))
    return document(program, trace, explained_steps(program, trace), around)


def found_nothing(goal: str, sought: Sought) -> str:
    """What is said where a search found no way."""
    seen = counted(sought.seen, "state")
    if sought.all_:
        return f"{goal}: none of the {seen} that can be reached from here shows it."
    return f"{goal}: not shown by the nearest {seen}. There are more: `evacheck verify` looks at all."


def _header(program: Program, walked: Walked, said: str) -> Iterator[str]:
    given, usual = parameters_apart(program)
    yield f"<header><div><h1>{escape(short_name(program))}</h1>"
    yield f'<p>You choose what happens. <span class="quiet">{escape(", ".join(given))}</span></p>'
    if usual:
        summary = f"{counted(len(usual), 'parameter')} as by default"
        yield f"<details><summary>{summary}</summary><p>{escape(', '.join(usual))}</p></details>"
    if said:
        yield f'<p id="said" role="status">{escape(said)}</p>'
    yield '</div><button id="theme" hidden>Toggle theme</button></header>'
    yield '<p class="walk"><a href="./">Start again</a>'
    if walked.way:
        yield f' · <a id="undo" href="{escape(address(walked.way[:-1]))}">Take back the last step</a> <kbd>u</kbd>'
    yield "</p>"


def _goals(walk: Walk, walked: Walked) -> Iterator[str]:
    """Links to the nearest state from here that shows a property."""
    if walked.failed:
        return
    yield '<p class="walk">Go to the nearest state where: '
    yield " · ".join(
        f'<a href="{escape(address(walked.way, goal))}">{escape(_goal(walk.program, goal))}</a>' for goal in walk.goals
    )
    yield "</p>"


def _goal(program: Program, goal: str) -> str:
    words = {NO_DEADLOCK: "nothing can happen", NO_FAILURE: "something fails"}
    return words.get(goal) or f"{goal} is {str(program.witnessed(goal)).lower()}"


def _offered(program: Program, walked: Walked) -> Iterator[str]:
    """What can happen next, each a link, with what it changes."""
    if walked.failed:
        yield '<section class="offered"><p class="bad">It fails, and nothing comes after that.</p></section>'
        return
    begun = walked.trace is not None
    yield '<section class="offered" aria-labelledby="offered"><h2 id="offered">'
    yield "What can happen next</h2>" if begun else "How it can begin</h2>"
    if not walked.offered:
        yield '<p class="bad">Nothing: no step is possible here.</p>'
    yield "<ol>"
    waiting = frozenset() if walked.trace is None else idle(program, walked.trace)[-1]
    for number, each in enumerate(walked.offered):
        link = f'<a data-step="{number}" href="{escape(address((*walked.way, number)))}">'
        title = describe_step(program, each.step) if begun else _beginning(each)
        yield f"<li>{link}{escape(title)}</a> {_effect(program, walked, each, waiting)}</li>"
    yield "</ol>"
    if walked.more:
        yield f'<p class="quiet">The first {MOST_OFFERED}; there are more.</p>'
    yield "</section>"


def _change(fact: Fact) -> str:
    return f"{fact.subject} {fact.old} → {fact.new}"


def _beginning(transition: Transition) -> str:
    chosen = ", ".join(map(str, transition.step.choices))
    return f"init, choosing {chosen}" if chosen else "init"


def _effect(program: Program, walked: Walked, transition: Transition, waiting: frozenset[str]) -> str:
    if transition.failure is not None:
        return f'<span class="bad">fails: {escape(transition.failure.message)}</span>'
    assert transition.state is not None
    found: Sequence[Fact]
    if walked.state is not None:
        found = changes(program, walked.state, transition.state, waiting, waiting)
    else:
        found = facts(program, transition.state, waiting)
    shown = [f"{each.subject} {each.new}" if each.old is None else _change(each) for each in found[:_FACTS]]
    more = f", and {len(found) - _FACTS} more" if len(found) > _FACTS else ""
    said = "; ".join(shown) + more if found else "changes nothing"
    return f'<span class="quiet">{escape(said)}</span>'
