"""What a model's `picture` returns: how one state looks. Data only: places nothing and draws nothing.

A picture is a tree of groups, nodes, rows of cells and tables, with arrows between any of them. Everything has an id,
and one id is one thing in all states: that is how a drawing keeps it in its place, and sees that it has changed.

    def picture(self):
        picture = Picture()
        heap = picture.group("heap", arrange="circle")
        for o in self.Obj:
            heap.node(o, str(o), shape="circle", colour="black" if o in self.marked else "white")
        for o in self.Obj:
            if self.field[o] is not None:
                picture.edge(o, self.field[o])
        return picture
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

Colour: TypeAlias = Literal[
    "plain", "quiet", "white", "grey", "black", "blue", "green", "amber", "red"
]  # white, grey and black look so on any paper
Shape: TypeAlias = Literal["box", "circle", "pill"]
Arrange: TypeAlias = Literal["row", "column", "circle"]
Align: TypeAlias = Literal["start", "middle"]  # across the direction of a row or column


@dataclass(frozen=True, slots=True)
class Node:
    """One thing with a label in it; `note` stands small below it. A dashed outline: it is there, and does not count."""

    id: Hashable
    label: str
    shape: Shape
    colour: Colour
    note: str
    dashed: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a row: its text, and something small above it, such as an index or a code."""

    text: str = ""
    head: str = ""
    colour: Colour = "plain"
    dashed: bool = False

    def __post_init__(self) -> None:
        _one_of("colour", self.colour, Colour)


@dataclass(frozen=True, slots=True)
class Row:
    """Cells side by side, or below one another; the id of cell number i is `(id, i)`. `label` stands before them."""

    id: Hashable
    cells: tuple[Cell, ...]
    label: str
    down: bool


@dataclass(frozen=True, slots=True)
class Table:
    """Names with their values, one a line. A line is looked up by its name to see whether it has changed."""

    id: Hashable
    rows: tuple[tuple[str, str], ...]
    title: str


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow between two ids. Several between the same two are told apart by their labels."""

    source: Hashable
    target: Hashable
    label: str
    bold: bool
    dashed: bool
    colour: Colour


@dataclass(slots=True)
class Group:
    """Things side by side (`row`), below one another (`column`) or on a circle; `framed` in a box with a title. A row
    is aligned at its top and a column at its left, or either in the middle. `gap` px lie between, if not the usual."""

    id: Hashable
    title: str = ""
    arrange: Arrange = "row"
    framed: bool = False
    align: Align = "start"
    gap: float | None = None
    items: list[Item] = field(default_factory=list)
    _known: set[Hashable] = field(default_factory=set)

    def node(
        self,
        id: Hashable,
        label: object = "",
        *,
        shape: Shape = "box",
        colour: Colour = "plain",
        note: object = "",
        dashed: bool = False,
    ) -> None:
        """One thing: a box, a circle or a pill with a label in it."""
        _one_of("shape", shape, Shape)
        _one_of("colour", colour, Colour)
        self._add(Node(id, str(label), shape, colour, str(note), dashed), id)

    def cells(self, id: Hashable, cells: Iterable[Cell | object], *, label: object = "", down: bool = False) -> None:
        """A row of cells, such as an array; what is not a Cell becomes the text of one."""
        made = tuple(cell if isinstance(cell, Cell) else Cell(str(cell)) for cell in cells)
        self._add(Row(id, made, str(label), down), id, *((id, place) for place in range(len(made))))

    def table(self, id: Hashable, rows: Mapping[str, object], *, title: str = "") -> None:
        """Names and values, one a line."""
        self._add(Table(id, tuple((name, str(value)) for name, value in rows.items()), title), id)

    def group(
        self,
        id: Hashable,
        title: str = "",
        *,
        arrange: Arrange = "row",
        framed: bool = False,
        align: Align = "start",
        gap: float | None = None,
    ) -> Group:
        """A group within this one."""
        _one_of("arrange", arrange, Arrange)
        _one_of("align", align, Align)
        made = Group(id, title, arrange, framed, align, gap, _known=self._known)
        self._add(made, id)
        return made

    def leaves(self) -> Iterator[Node | Row | Table]:
        """Everything in it that is no group, in order."""
        for item in self.items:
            if isinstance(item, Group):
                yield from item.leaves()
            else:
                yield item

    def _add(self, item: Item, *ids: Hashable) -> None:
        for each in ids:
            if each in self._known:
                raise ValueError(f"the picture has two things with the id {each!r}: give each an id of its own")
        self._known.update(ids)
        self.items.append(item)


Item: TypeAlias = Node | Row | Table | Group


class Picture(Group):
    """How one state looks: a group, a column unless said otherwise, and the arrows between what is in it."""

    def __init__(self, *, arrange: Arrange = "column", align: Align = "start", gap: float | None = None) -> None:
        _one_of("arrange", arrange, Arrange)
        _one_of("align", align, Align)
        super().__init__("picture", "", arrange, False, align, gap)
        self.edges: list[Edge] = []

    def edge(
        self,
        source: Hashable,
        target: Hashable,
        label: object = "",
        *,
        bold: bool = False,
        dashed: bool = False,
        colour: Colour = "plain",
    ) -> None:
        """An arrow. Its ends may be added later, but must be there when the picture is drawn."""
        _one_of("colour", colour, Colour)
        self.edges.append(Edge(source, target, str(label), bold, dashed, colour))

    def missing(self) -> list[Hashable]:
        """The ends of arrows that are not in the picture."""
        ends = (end for edge in self.edges for end in (edge.source, edge.target))
        return [end for end in dict.fromkeys(ends) if end not in self._known]

    def to_networkx(self) -> Any:
        """The picture as a networkx.MultiDiGraph: nodes, cells and tables by their ids as text, with `label`, `colour`
        and what else they have; edges with theirs. networkx writes DOT, GraphML and others."""
        import networkx  # noqa: PLC0415 - slow to import, and models are read without it

        graph = networkx.MultiDiGraph()
        for leaf in self.leaves():
            for name, data in _attributes(leaf):
                graph.add_node(_text(name), **data)
        for edge in self.edges:
            data = {"label": edge.label, "bold": edge.bold, "dashed": edge.dashed, "colour": edge.colour}
            graph.add_edge(_text(edge.source), _text(edge.target), **data)
        return graph


def _attributes(leaf: Node | Row | Table) -> Iterator[tuple[Hashable, dict[str, object]]]:
    """The nodes that something is in a graph, with their attributes."""
    match leaf:
        case Node():
            shown = {"label": leaf.label, "shape": leaf.shape, "colour": leaf.colour, "note": leaf.note}
            yield leaf.id, {**shown, "dashed": leaf.dashed}
        case Row():
            for place, cell in enumerate(leaf.cells):
                shown = {"label": cell.text, "note": cell.head, "colour": cell.colour, "row": _text(leaf.id)}
                yield (leaf.id, place), {**shown, "dashed": cell.dashed, "place": place}
            texts = " | ".join(cell.text for cell in leaf.cells)
            yield leaf.id, {"label": f"{leaf.label} {texts}".strip(), "shape": "row", "colour": "plain"}
        case Table():
            lines = "\n".join(f"{name}  {value}" for name, value in leaf.rows)
            yield leaf.id, {"label": lines, "shape": "table", "colour": "plain", "note": leaf.title}


def _text(id: Hashable) -> str:
    """An id as the name of a node in a file: `("slot", 1)` is `slot.1`."""
    return ".".join(map(_text, id)) if isinstance(id, tuple) else str(id)


def _one_of(what: str, given: object, known: object) -> None:
    if given not in get_args(known):
        raise ValueError(f"{given!r} is no {what}: there are {', '.join(get_args(known))}")
