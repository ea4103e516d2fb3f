"""The gallery: a page for each family of counterexamples, with a picture and three sentences for each. Writes no file.

All of it is made from the traces and from what their models say of themselves, so it is made again by one command. The
same traces give the same text, byte for byte.
"""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from checker.contract.trace import Trace
from checker.contract.wording import counted
from checker.frontend.load import load
from checker.ir.nodes import Program
from checker.lang.model import Model
from counterexamples.draw.chain import short_name
from counterexamples.gallery.caption import Caption, prose, sentences, tell
from counterexamples.gallery.sheet import Sheet, sheet

ROOT = Path(__file__).parents[2]
INDEX = "README.md"
PICTURES = "pictures"


@dataclass(frozen=True)
class Exhibit:
    """One trace in the gallery: the file that it is kept in, and what it says."""

    file: Path
    program: Program
    trace: Trace
    shows: str

    @cached_property
    def model(self) -> type[Model]:
        """The class of its model."""
        return load(self.program.model)

    @cached_property
    def told(self) -> Caption:
        """Its sentences."""
        return tell(self.model, self.program, self.trace, self.shows)

    @cached_property
    def sheet(self) -> Sheet:
        """Its picture."""
        return sheet(self.program, self.trace)

    @property
    def module(self) -> str:
        """The module of its model: `spec.gc.bugs`."""
        return self.program.model.partition(":")[0]

    @property
    def title(self) -> str:
        """Its heading: `NeverSplits: lookup_agrees`."""
        return f"{short_name(self.program)}: {self.shows}"

    @property
    def picture(self) -> str:
        """Where its picture lies, below the gallery."""
        return f"{PICTURES}/{self.module}.{short_name(self.program)}-{self.shows}.svg"


@dataclass(frozen=True, slots=True)
class Family:
    """A page of the gallery: the name of its file, its title, and the modules whose models belong to it."""

    name: str
    title: str
    modules: tuple[str, ...]


FAMILIES = (
    Family("classics", "Classics", ("spec.classics",)),
    Family("article", "An article on Go's map, and what is not so", ("spec.article",)),
    Family("collector", "The collector", ("spec.gc",)),
    Family("collector-bugs", "Bugs that Go's write barrier had", ("spec.gc.bugs",)),
    Family(
        "collector-ends",
        "The end of marking, and the sweep",
        (
            "spec.gc.completion",
            "spec.gc.finalizers_bugs",
            "spec.gc.finalizers_count",
            "spec.gc.scavenger",
            "spec.gc.sweep_bugs",
            "spec.gc.sweep_comes",
            "spec.gc.termination",
            "spec.gc.termination_bugs",
            "spec.gc.termination_comes",
        ),
    ),
    Family("map", "Go's map", ("spec.go_map",)),
    Family("map-mutants", "Go's map with a part broken or left out", ("spec.go_map.mutants",)),
    Family(
        "swiss",
        "Go's Swiss map, and its loops",
        ("spec.go_map.swiss", "spec.go_map.swiss_range", "spec.go_map.swiss_churn", "spec.go_map.swiss_mutants"),
    ),
    Family("sync", "Go's locks", ("spec.go_sync",)),
    Family("bugs", "Bugs of other projects", ("spec.bugs",)),
    Family("idioms", "Structures that are reclaimed too early", ("spec.idioms",)),
    Family("java", "Java's ConcurrentHashMap", ("spec.java",)),
    Family("combined", "The map and the collector together", ("spec.go_map.collected",)),
)
_OTHERS = Family("others", "Other models", ("",))

_ABOUT = """\
{count} counterexamples: for each model that is meant to break and each property that it breaks, a shortest trace.
They are kept in [counterexamples/corpus](../../counterexamples/corpus), where the tests replay them, and
`evacheck gallery docs/gallery` makes these pages from them.

Each picture shows a few states of one trace: always the last one, in red, and the one before it, so that the step that
decides stands alone. The number is that of the state; beside it stands the step that leads to it, after `…` if states
are left out. Everything keeps its place, and what differs from the picture before is outlined in blue; a dotted arrow
has just gone. Below it three sentences say what is broken, how it goes, and what that violates.

`evacheck show FILE` shows the whole trace; `--explain` gives its reasons, and `--html --out page.html` makes a page to
step through.
"""


def family_of(module: str) -> Family:
    """The family of a module: that of the longest name which it has or lies below."""

    def fit(family: Family) -> int:
        return max((len(each) for each in family.modules if f"{module}.".startswith(f"{each}.")), default=0)

    best = max(FAMILIES, key=fit)
    return best if fit(best) else _OTHERS


def gallery(exhibits: Iterable[Exhibit], folder: Path) -> Iterator[tuple[str, str]]:
    """Every file of the gallery, by its name below `folder`, where it is to lie: that is what its links depend on.
    Raises ModelError U019 if a model's `picture` fails."""
    families: dict[Family, list[Exhibit]] = {family: [] for family in (*FAMILIES, _OTHERS)}
    for each in sorted(exhibits, key=lambda each: (each.module, each.title)):
        families[family_of(each.module)].append(each)
    shown = {family: found for family, found in families.items() if found}
    for family, found in shown.items():
        yield from family_files(family, found, folder)
    yield INDEX, index(shown)


def family_files(family: Family, found: Sequence[Exhibit], folder: Path) -> Iterator[tuple[str, str]]:
    """The files of one family: its page and its pictures."""
    yield f"{family.name}.md", "\n".join(_page(family, found, lambda path: _relative(path, folder)))
    for each in found:
        yield each.picture, each.sheet.svg


def _page(family: Family, found: Sequence[Exhibit], relative: Callable[[Path], str]) -> Iterator[str]:
    yield f"# {family.title}\n"
    yield f"{counted(len(found), 'counterexample')} of [the gallery]({INDEX}), which says how to read the pictures.\n"
    module = ""
    for each in found:
        if each.module != module:
            module = each.module
            yield from _opening(each, relative)
        yield f"### {each.title}\n"
        yield f"![{_alternative(each.sheet.words)}]({each.picture})\n"
        yield from each.told.sentences
        yield f"\n`evacheck show {_shown(each.file)}` · [the trace]({relative(each.file)})\n"


def _opening(exhibit: Exhibit, relative: Callable[[Path], str]) -> Iterator[str]:
    """The heading of a module, and the question that it says it decides."""
    source = inspect.getsourcefile(exhibit.model)
    said = sentences(inspect.getmodule(exhibit.model).__doc__ or "")
    yield f"## {exhibit.module}\n"
    where = f" ([the model]({relative(Path(source))}))" if source else ""
    yield f"{prose(said[0]) if said else 'A model.'}{where}\n"


def index(families: Mapping[Family, Sequence[Exhibit]]) -> str:
    """The gallery's first page: what it is, and all families with a line for each of their counterexamples."""
    parts = [opening(sum(map(len, families.values()))), *(listed(*each) for each in families.items())]
    return "\n".join(parts)


def opening(count: int) -> str:
    """How the first page begins if there are so many counterexamples."""
    return f"# The gallery\n\n{_ABOUT.format(count=count)}"


def listed(family: Family, found: Sequence[Exhibit]) -> str:
    """A family on the first page: one of its pictures, small, and a table."""
    return "\n".join(_listed(family, found))


def _listed(family: Family, found: Sequence[Exhibit]) -> Iterator[str]:
    page = f"{family.name}.md"
    teaser = min(found, key=lambda each: (-each.sheet.states, len(each.sheet.svg), each.title))
    yield f"## [{family.title}]({page})\n"
    yield f'<a href="{page}#{anchor(teaser.title)}"><img src="{teaser.picture}" width="420"'
    yield f'alt="{_alternative(teaser.sheet.words)}"></a>\n'
    yield "| model | violates | states |"
    yield "|---|---|---|"
    model = ""
    for each in found:
        name = ""
        if each.program.model != model:
            model, name = each.program.model, f"**{short_name(each.program)}**: {each.told.model}"
        link = f"[`{each.shows}`]({page}#{anchor(each.title)})"
        violates = f"{link}: {each.told.promise}" if each.told.promise else link
        yield f"| {_cell(name)} | {_cell(violates)} | {len(each.trace)} |"
    yield ""


def anchor(title: str) -> str:
    """The fragment by which GitHub names a heading."""
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _alternative(words: str) -> str:
    """Words as an alternative text: within Markdown's brackets, which they balance, and within HTML's quotes."""
    return words.replace('"', "'").replace("<", "").replace("->", "→")


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


def _relative(path: Path, folder: Path) -> str:
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def _shown(file: Path) -> str:
    """A file as one names it on a command line in a clone of evacheck."""
    resolved = file.resolve()
    return resolved.relative_to(ROOT).as_posix() if resolved.is_relative_to(ROOT) else file.as_posix()
