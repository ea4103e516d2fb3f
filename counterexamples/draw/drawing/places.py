"""Where everything in a trace's pictures stands: one place for each id, the same in all states. Draws nothing.

The pictures of all states are laid over one another first: what is in any of them gets room, as large as it ever is. So
nothing moves from one state to the next, and what is missing in one leaves its room empty.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field

from checker.lang.picture import Group, Item, Node, Row, Table

TEXT = 13.0  # px, the size of a label
SMALL = 10.5  # px, of notes, heads and titles
LINE = 17.0  # px from one base line of a label to the next
SMALL_LINE = 13.0
PAD = 13.0  # px between a frame and what is in it
TITLE = 19.0  # px for the title of a group
_GAP = 18.0  # px between things side by side or below one another
_SPREAD = 46.0  # px between things on a circle: room for arrows
_COLUMN_GAP = 14.0  # px between the names and the values of a table
_WRAP = 58  # characters of a value in a table

_NARROW = frozenset("ijlIt.,:;|!'`()[]{}/\\ fr-")
_WIDE = frozenset("mwMW@%&→←↔—…+<>=")


def wide(text: str, size: float) -> float:
    """The width of a line in px, on the generous side: which face the reader has is not known."""
    total = 0.0
    for letter in text:
        if letter in _NARROW:
            total += 0.38
        elif letter in _WIDE or unicodedata.east_asian_width(letter) in "WF":
            total += 0.95
        else:
            total += 0.70 if letter.isupper() or letter in "_#" else 0.61
    return total * size


def lines_of(text: str) -> list[str]:
    """The lines of a text; none of an empty one."""
    return text.split("\n") if text else []


def value_lines(text: str) -> list[str]:
    """A value of a table in lines that are not too long, broken after commas and spaces."""
    lines: list[str] = []
    for part in text.split("\n"):
        rest = part
        while len(rest) > _WRAP:
            cut = max(rest.rfind(mark, 8, _WRAP) for mark in ", ") + 1
            cut = cut if cut > 0 else _WRAP
            lines.append(rest[:cut].rstrip())
            rest = "  " + rest[cut:].lstrip()
        lines.append(rest)
    return lines


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in px; `round` if what is drawn in it is a circle. `note` is the size of what stands below it."""

    x: float
    y: float
    width: float
    height: float
    round: bool = False
    note: tuple[float, float] = (0.0, 0.0)

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    def holds(self, x: float, y: float, more: float = 0.0) -> bool:
        """Whether a point lies in it or its note, or within `more` px of either."""
        if self.note[1] and abs(x - self.middle[0]) <= self.note[0] / 2 + more:
            if 0 <= y - self.y - self.height <= self.note[1] + more:
                return True
        if self.round:
            return math.dist(self.middle, (x, y)) <= self.width / 2 + more
        return self.x - more <= x <= self.x + self.width + more and self.y - more <= y <= self.y + self.height + more


@dataclass(slots=True)
class Plot:
    """One id with all that it ever is, and the room that it takes. `inside` and the rest are for groups."""

    id: Hashable
    seen: list[Item]
    inside: list[Plot] = field(default_factory=list)
    lead: float = 0.0  # of a row: the room for its label, the same for all rows of a column
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything stands, by id: the shape of a node, the cells of a row, the frame of a group. `lines` says at
    what height each line of a table begins, and `column` how far from its left its values begin."""

    boxes: dict[Hashable, Box]
    lines: dict[Hashable, dict[str, tuple[float, float]]]
    column: dict[Hashable, float]
    width: float
    height: float


def arrange(pictures: Sequence[Group]) -> Places:
    """The places of everything in the pictures of one trace."""
    root = _union("picture", list(pictures))
    _measure(root)
    places = Places({}, {}, {}, root.width, root.height)
    _settle(root, 0.0, 0.0, places)
    return places


def _union(id: Hashable, seen: Sequence[Item]) -> Plot:
    """What all states have under one id, with what is within, in an order that suits all states."""
    plot = Plot(id, list(seen))
    within: dict[Hashable, list[Item]] = {}
    order: list[Hashable] = []
    for item in seen:
        if not isinstance(item, Group):
            continue
        after = 0
        for child in item.items:
            if child.id not in within:
                within[child.id] = []
                order.insert(after, child.id)
            within[child.id].append(child)
            after = order.index(child.id) + 1
    plot.inside = [_union(child, within[child]) for child in order]
    return plot


def _measure(plot: Plot) -> None:
    """How much room a plot takes, from the inside out."""
    group = plot.seen[0]
    if isinstance(group, Group) and group.arrange == "column":
        lead = max((label_room(child.seen) for child in plot.inside), default=0.0)
        for child in plot.inside:
            child.lead = lead
    for child in plot.inside:
        _measure(child)
    sizes = [_size(plot, item) for item in plot.seen]
    plot.width = max((width for width, _ in sizes), default=0.0)
    plot.height = max((height for _, height in sizes), default=0.0)


def _size(plot: Plot, item: Item) -> tuple[float, float]:
    match item:
        case Node():
            (width, height), (note, below) = node_size(plot.seen), _note_size(plot.seen)
            return max(width, note), height + below
        case Row():
            return _row_size(plot)
        case Table():
            return _table_size(plot.seen)
        case Group():
            return _group_size(plot, item)


def node_size(seen: Iterable[Item]) -> tuple[float, float]:
    """The size of a node's shape, large enough for all its labels."""
    nodes = [item for item in seen if isinstance(item, Node)]
    labels = [lines_of(node.label) for node in nodes]
    width = max((wide(line, TEXT) for lines in labels for line in lines), default=0.0)
    height = LINE * max([1, *map(len, labels)])
    if any(node.shape == "circle" for node in nodes):
        across = max(38.0, math.hypot(width, height * 0.6) + 12)
        return across, across
    return max(40.0, width + 22), height + 13


def _note_size(seen: Iterable[Item]) -> tuple[float, float]:
    """The room that the notes of a node take below it."""
    notes = [lines_of(item.note) for item in seen if isinstance(item, Node) and item.note]
    width = max((wide(line, SMALL) for lines in notes for line in lines), default=0.0)
    return width, 6 + SMALL_LINE * max(map(len, notes)) if notes else 0.0


def cell_size(seen: Iterable[Item]) -> tuple[float, float, float]:
    """The size of a cell, the same for all of a row, and the room for what stands above them."""
    cells = [cell for item in seen if isinstance(item, Row) for cell in item.cells]
    width = max((wide(line, TEXT) + 14 for cell in cells for line in lines_of(cell.text)), default=0.0)
    width = max([34.0, width, *(wide(cell.head, SMALL) + 6 for cell in cells)])
    height = 10 + LINE * max([1, *(len(lines_of(cell.text)) for cell in cells)])
    return width, height, SMALL_LINE + 4 if any(cell.head for cell in cells) else 0.0


def _row_size(plot: Plot) -> tuple[float, float]:
    rows = [item for item in plot.seen if isinstance(item, Row)]
    width, height, head = cell_size(rows)
    most = max([1, *(len(row.cells) for row in rows)])
    label = label_room(rows)
    if any(row.down for row in rows):
        return max(width, label), most * (height + head) + (SMALL_LINE + 4 if label else 0.0)
    return max(label, plot.lead) + most * width, height + head


def label_room(seen: Iterable[Item]) -> float:
    """How wide the label before a row is, with what keeps it apart."""
    labels = [item.label for item in seen if isinstance(item, Row) and item.label]
    return max((wide(label, TEXT) + 12 for label in labels), default=0.0)


def table_columns(seen: Iterable[Item]) -> tuple[float, float]:
    """The widths of the names and of the values of a table."""
    rows = [row for item in seen if isinstance(item, Table) for row in item.rows]
    names = max((wide(name, TEXT) for name, _ in rows), default=0.0)
    return names, max((wide(line, TEXT) for _, value in rows for line in value_lines(value)), default=0.0)


def _table_size(seen: Iterable[Item]) -> tuple[float, float]:
    tables = [item for item in seen if isinstance(item, Table)]
    names, values = table_columns(tables)
    title = max((wide(table.title, SMALL) for table in tables), default=0.0)
    height = sum(high for _, high in _table_lines(tables).values())
    return max(names + _COLUMN_GAP + values, title), height + (TITLE if title else 0.0)


def _table_lines(tables: Sequence[Table]) -> dict[str, tuple[float, float]]:
    """How far below the first each line of a table begins, and how high it is."""
    heights: dict[str, float] = {}
    for table in tables:
        for name, value in table.rows:
            heights[name] = max(heights.get(name, 0.0), LINE * len(value_lines(value)) + 3)
    found, y = {}, 0.0
    for name, height in heights.items():
        found[name] = (y, height)
        y += height
    return found


def _group_size(plot: Plot, group: Group) -> tuple[float, float]:
    """The room of a group; its frame and title included."""
    width, height = _spread(plot.inside, group)
    pad = 2 * PAD if group.framed else 0.0
    return max(width, wide(group.title, SMALL)) + pad, height + pad + (TITLE if group.title else 0.0)


def _spread(inside: Sequence[Plot], group: Group) -> tuple[float, float]:
    if not inside:
        return 0.0, 0.0
    widths, heights = [plot.width for plot in inside], [plot.height for plot in inside]
    gaps = _gap(group) * (len(inside) - 1)
    if group.arrange == "row":
        return sum(widths) + gaps, max(heights)
    if group.arrange == "column":
        return max(widths), sum(heights) + gaps
    spots = _circle(inside, _gap(group))
    right = max(x + plot.width / 2 for (x, _), plot in zip(spots, inside, strict=True))
    left = min(x - plot.width / 2 for (x, _), plot in zip(spots, inside, strict=True))
    bottom = max(y + plot.height / 2 for (_, y), plot in zip(spots, inside, strict=True))
    top = min(y - plot.height / 2 for (_, y), plot in zip(spots, inside, strict=True))
    return right - left, bottom - top


def _gap(group: Group) -> float:
    usual = _SPREAD if group.arrange == "circle" else _GAP
    return usual if group.gap is None else group.gap


def _circle(inside: Sequence[Plot], gap: float) -> list[tuple[float, float]]:
    """The middles of things on a circle around (0, 0), the first at the top; two stand side by side."""
    count = len(inside)
    across = max(max(plot.width, plot.height) for plot in inside) + gap
    if count == 1:
        return [(0.0, 0.0)]
    if count == 2:
        return [(-across / 2, 0.0), (across / 2, 0.0)]
    radius = across / (2 * math.sin(math.pi / count))
    turns = [2 * math.pi * place / count - math.pi / 2 for place in range(count)]
    return [(radius * math.cos(turn), radius * math.sin(turn)) for turn in turns]


def _settle(plot: Plot, x: float, y: float, places: Places) -> None:
    """Give a plot and what is in it their places."""
    first = plot.seen[0]
    match first:
        case Group():
            places.boxes[plot.id] = Box(x, y, plot.width, plot.height)
            pad = PAD if first.framed else 0.0
            top = y + pad + (TITLE if first.title else 0.0)
            inner = plot.width - 2 * pad, plot.height - pad - (top - y)
            _settle_inside(plot.inside, first, (x + pad, top), inner, places)
        case Node():
            width, height = node_size(plot.seen)
            round_ = all(isinstance(item, Node) and item.shape == "circle" for item in plot.seen)
            places.boxes[plot.id] = Box(x + (plot.width - width) / 2, y, width, height, round_, _note_size(plot.seen))
        case Row():
            _settle_row(plot, x, y, places)
        case Table():
            places.boxes[plot.id] = Box(x, y, plot.width, plot.height)
            tables = [item for item in plot.seen if isinstance(item, Table)]
            top = y + (TITLE if any(table.title for table in tables) else 0.0)
            lines = _table_lines(tables)
            places.lines[plot.id] = {name: (top + down, high) for name, (down, high) in lines.items()}
            places.column[plot.id] = table_columns(tables)[0] + _COLUMN_GAP


def _settle_row(plot: Plot, x: float, y: float, places: Places) -> None:
    rows = [item for item in plot.seen if isinstance(item, Row)]
    width, height, head = cell_size(rows)
    label, down = label_room(rows), any(row.down for row in rows)
    places.boxes[plot.id] = Box(x, y, plot.width, plot.height)
    most = max((len(row.cells) for row in rows), default=0)
    for place in range(most):
        if down:
            top = y + (SMALL_LINE + 4 if label else 0.0) + place * (height + head) + head
            places.boxes[plot.id, place] = Box(x + (plot.width - width) / 2, top, width, height)
        else:
            left = x + max(label, plot.lead) + place * width
            places.boxes[plot.id, place] = Box(left, y + head, width, height)


def _settle_inside(
    inside: Sequence[Plot], group: Group, corner: tuple[float, float], room: tuple[float, float], places: Places
) -> None:
    """Give the things of a group their places, from its corner on."""
    x, y = corner
    middle = 0.5 if group.align == "middle" else 0.0
    if group.arrange == "circle":
        if not inside:
            return
        spots = _circle(inside, _gap(group))
        left = min((sx - plot.width / 2 for (sx, _), plot in zip(spots, inside, strict=True)), default=0.0)
        top = min((sy - plot.height / 2 for (_, sy), plot in zip(spots, inside, strict=True)), default=0.0)
        for (sx, sy), plot in zip(spots, inside, strict=True):
            _settle(plot, x + sx - plot.width / 2 - left, y + sy - plot.height / 2 - top, places)
        return
    for plot in inside:
        if group.arrange == "row":
            _settle(plot, x, y + (room[1] - plot.height) * middle, places)
            x += plot.width + _gap(group)
        else:
            _settle(plot, x + (room[0] - plot.width) * middle, y, places)
            y += plot.height + _gap(group)
