"""docs/reference/python.md, made from the docstrings of `import evacheck`.

uv run python -m tests.support.reference        # write it anew
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import evacheck as ev
from checker.lang import Model
from evacheck import idioms, testing

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "python.md"

_SECTIONS = {
    "Check a model": ("verify", "Result", "CheckFailed", "machine"),
    "Counterexamples from files": ("load_trace", "replay", "LoadedTrace", "keep"),
    "Drawings": ("graph", "StateGraph", "Drawing"),
    "What can go wrong": ("EvacheckError", "ModelError", "UsageError"),
    "A model": ("Model", "Param", "Var", "assumption", "constraint"),
    "Types": ("Bool", "Range", "Opt", "Array", "Record", "SetOf", "Seq"),
    "Steps": ("action", "process", "require", "choose", "event"),
    "Properties": ("always", "sometimes", "step", "implements", "final", "lemma"),
    "Sooner or later": ("eventually", "leads_to", "always_eventually", "eventually_always", "temporal", "rank"),
    "In a formula": ("until", "weak_until", "release", "implies"),
    "Pictures": ("Picture", "Cell"),
}
"""Every public name, in the order in which one needs them."""

_TESTING = ("conform", "tours", "Tours", "machine", "check_log", "Diverged")
"""Every public name of `evacheck.testing`."""

_HEAD = """\
# Python

<!-- made by tests.support.reference from the docstrings; do not edit -->

`import evacheck as ev`: what stands here is public, and nothing else is. [The language](language.md) says what may stand in
a model's methods; [verdicts](verdicts.md), what a `Result` holds.
"""


_IDIOMS = """\
## Idioms

`from evacheck.idioms import ...`: [models to inherit from](../how-to/use-an-idiom.md). Their helpers are called in steps.
"""


def page() -> str:
    """The whole page."""
    parts = [_HEAD]
    for title, names in _SECTIONS.items():
        parts.append(f"## {title}\n")
        parts += [each for name in names for each in _entry(name, getattr(ev, name))]
    parts.append(_IDIOMS)
    parts += [each for name in idioms.__all__ for each in _idiom(name, getattr(idioms, name))]
    parts.append(
        "## Test a program with its model\n\n`from evacheck.testing import ...`: [how to]"
        "(../how-to/test-a-program-with-its-model.md).\n"
    )
    parts += [each for name in _TESTING for each in _entry(name, getattr(testing, name))]
    return "\n".join(parts)


def named() -> set[str]:
    """The names that the page describes."""
    return {name for names in _SECTIONS.values() for name in names}


def _entry(name: str, value: Any) -> Iterator[str]:
    yield f"### `{name}`\n"
    if inspect.isfunction(value):
        yield f"```text\n{_signature(name, value)}\n```\n"
    yield f"{_doc(value)}\n"
    if inspect.isclass(value) and value.__module__.partition(".")[0] in ("evacheck", "checker"):
        members = [(each, member) for each, member in vars(value).items() if _is_public(each, member)]
        yield from (_member(each, member) for each, member in members)
        if members:
            yield ""


def _idiom(name: str, value: Any) -> Iterator[str]:
    """A model to inherit from: what it is, and its helpers by name."""
    yield f"### `{name}`\n"
    yield f"{_doc(value)}\n"
    helpers = [(each, member) for each, member in vars(value).items() if _is_public(each, member)]
    for each, member in helpers if issubclass(value, Model) else ():
        if inspect.getdoc(member) and each != "history":
            taken = ", ".join(list(inspect.signature(member).parameters)[1:])
            yield f"- `{each}({taken})`: {' '.join(_doc(member).split())}"
    if helpers:
        yield ""


def _is_public(name: str, member: Any) -> bool:
    return not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property))


def _member(name: str, member: Any) -> str:
    shown = name if isinstance(member, property) else _signature(name, member)
    return f"- `{shown}`: {' '.join(_doc(member).split())}"


def _signature(name: str, function: Any) -> str:
    """As it would be called: without `self`, and on lines of its own where it is long."""
    signature = inspect.signature(function)
    shown: list[str] = []
    for each in signature.parameters.values():
        if each.kind is inspect.Parameter.KEYWORD_ONLY and "*" not in shown:
            shown.append("*")
        star = "*" if each.kind is inspect.Parameter.VAR_POSITIONAL else ""
        star = "**" if each.kind is inspect.Parameter.VAR_KEYWORD else star
        default = "" if each.default is inspect.Parameter.empty else f" = {each.default!r}"
        shown += [] if each.name == "self" else [f"{star}{each.name}: {each.annotation}{default}"]
    end = f" -> {signature.return_annotation}"
    line = f"{name}({', '.join(shown)}){end}"
    return line if len(line) <= 110 else f"{name}(\n" + "".join(f"    {each},\n" for each in shown) + f"){end}"


def _doc(value: Any) -> str:
    return (inspect.getdoc(value) or "").replace(" docs/reference/language.md", " [the language](language.md)")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
