"""Pictures as SVG: shapes, arrows, what has changed. Knows where things stand from `places`, and nothing of models.

Every colour is a custom property with a fallback, `var(--ev-ink, #1b1f24)`, so that a page can switch between light and
dark, and no element has an id, so that a page can hold many pictures. What has changed carries class="changed", a
heavier outline and a halo; an arrow that has just gone is dotted for one state and carries class="gone".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from checker.lang.picture import Cell, Colour, Edge, Group, Node, Picture, Row, Table
from counterexamples.draw.drawing.places import LINE, PAD, SMALL, SMALL_LINE, TEXT, Box, Places, arrange, lines_of, wide
from counterexamples.draw.drawing.places import value_lines as _value_lines
from counterexamples.draw.drawing.routes import Route, Router, relabelled
from counterexamples.draw.svg import clean

MONO = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
FONT = "Helvetica, Arial, 'Liberation Sans', Roboto, 'DejaVu Sans', sans-serif"

PALETTE: Mapping[str, tuple[str, str]] = {  # name: on light paper, on dark paper
    "paper": ("#ffffff", "#0f141a"),
    "ink": ("#1b1f24", "#e6ebf0"),
    "quiet": ("#5b6673", "#9aa6b4"),
    "line": ("#55606d", "#a3afbd"),
    "frame": ("#cfd6de", "#38434f"),
    "card": ("#f7f8fa", "#171e26"),
    "accent": ("#0b62c4", "#6cb0ff"),
    "halo": ("#cfe3fb", "#1d3f68"),
    "good": ("#1a7f37", "#56d474"),
    "bad": ("#c0262d", "#ff7b7b"),
    "white": ("#ffffff", "#ffffff"),
    "on-white": ("#1b1f24", "#1b1f24"),
    "grey": ("#aab3bd", "#8b96a3"),
    "on-grey": ("#14181d", "#0b0f14"),
    "black": ("#1b1f24", "#000000"),
    "on-black": ("#ffffff", "#ffffff"),
    "blue": ("#dcebfb", "#17324f"),
    "green": ("#dcf3e1", "#15361f"),
    "amber": ("#fdeecb", "#463713"),
    "red": ("#fbdfe0", "#4a1d20"),
}
"""The colours, as custom properties `--ev-NAME`: what `var` falls back to, and what suits a dark page."""

_MARGIN = 26.0
_TEXTS: Mapping[Colour, str] = {"white": "on-white", "grey": "on-grey", "black": "on-black", "quiet": "quiet"}
_STROKES: Mapping[Colour, str] = {"quiet": "frame", "plain": "line"}


def colour(name: str) -> str:
    """A colour of the palette, as an attribute has it."""
    return f"var(--ev-{name}, {PALETTE[name][0]})"


def palette_css(selector: str = ":root", dark: bool = False) -> str:
    """The custom properties of one paper, as a rule of a style sheet."""
    inside = " ".join(f"--ev-{name}: {shades[dark]};" for name, shades in PALETTE.items())
    return f"{selector} {{ {inside} }}"


@dataclass(frozen=True, slots=True)
class Drawing:
    """The pictures of one trace, all of one size; `bodies` is what is in each of the documents."""

    width: float
    height: float
    bodies: tuple[str, ...]

    def document(self, number: int, title: str, description: str) -> str:
        """One of them as an SVG document; `title` and `description` are what a screen reader says."""
        return document(self.width, self.height, title, description, (self.bodies[number],))


def document(width: float, height: float, title: str, description: str, body: Iterable[str], style: str = "") -> str:
    """An SVG document on paper of its own."""
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" font-family="{FONT}" font-size="{TEXT:.0f}">',
            f"<title>{clean(title)}</title>",
            f"<desc>{clean(description)}</desc>",
            *((f"<style>{style}</style>",) if style else ()),
            f'<rect class="paper" width="{width:.0f}" height="{height:.0f}" fill="{colour("paper")}"/>',
            *body,
            "</svg>\n",
        )
    )


def paint(pictures: Sequence[Picture]) -> Drawing:
    """Draw the pictures of one trace: everything in its place, what differs from the one before marked."""
    places = arrange(pictures)
    routes = _routes(pictures, places)
    taken = _taken(pictures, places)
    left, top, right, bottom = _extent(places, routes.values())
    bodies = []
    for number, picture in enumerate(pictures):
        before = pictures[number - 1] if number else None
        brush = _Brush(places, routes, before, taken)
        shift = f"translate({_MARGIN - left:.1f} {_MARGIN - top:.1f})"
        bodies.append(f'<g transform="{shift}">\n{brush.picture(picture)}\n</g>')
    return Drawing(right - left + 2 * _MARGIN, bottom - top + 2 * _MARGIN, tuple(bodies))


Way = tuple[Hashable, Hashable, int]  # from one id to another, and which of the arrows between the two


def _ways(picture: Picture) -> dict[Way, Edge]:
    found: dict[Way, Edge] = {}
    counts: dict[tuple[Hashable, Hashable], int] = {}
    for edge in picture.edges:
        number = counts.get((edge.source, edge.target), 0)
        counts[edge.source, edge.target] = number + 1
        found[edge.source, edge.target, number] = edge
    return found


def _routes(pictures: Sequence[Picture], places: Places) -> dict[Way, Route]:
    """One route for every arrow of any state."""
    ways = dict.fromkeys(way for picture in pictures for way in _ways(picture))
    pairs = {way[:2] for way in ways}
    leaves = dict.fromkeys(id for picture in pictures for leaf in picture.leaves() for id in _ids(leaf))
    router = Router(places.boxes[id] for id in leaves)
    found: dict[Way, Route] = {}
    for source, target, number in ways:
        both = (target, source) in pairs
        found[source, target, number] = router.route(places.boxes[source], places.boxes[target], both, number)
    return found


def _taken(pictures: Sequence[Picture], places: Places) -> tuple[Box, ...]:
    """What labels of arrows keep clear of: the titles of groups, and nodes with their notes."""
    found = [places.boxes[leaf.id] for picture in pictures for leaf in picture.leaves() if isinstance(leaf, Node)]
    for picture in pictures:
        for item in _groups(picture):
            if item.title:
                x, y = _corner(item, places.boxes[item.id])
                found.append(Box(x, y, wide(item.title, SMALL), SMALL + 2))
    return tuple(dict.fromkeys(found))


def _corner(group: Group, box: Box) -> tuple[float, float]:
    """Where the title of a group begins."""
    return (box.x + PAD, box.y + PAD - 3) if group.framed else (box.x, box.y)


def _overlap(one: Box, other: Box) -> bool:
    """Whether two rectangles have a point in common; what stands below a node belongs to it."""
    across = abs(one.middle[0] - other.middle[0]) * 2 < one.width + max(other.width, other.note[0])
    return across and one.y < other.y + other.height + other.note[1] and other.y < one.y + one.height


def _groups(group: Group) -> Iterator[Group]:
    """All groups within one, however deep."""
    for item in group.items:
        if isinstance(item, Group):
            yield item
            yield from _groups(item)


def _titles(group: Group) -> dict[Hashable, str]:
    """The titles of all groups within one."""
    return {item.id: item.title for item in _groups(group)}


def _ids(leaf: Node | Row | Table) -> Iterator[Hashable]:
    """What arrows keep clear of: nodes, cells, tables."""
    if isinstance(leaf, Row):
        yield from ((leaf.id, place) for place in range(len(leaf.cells)))
    else:
        yield leaf.id


def _extent(places: Places, routes: Iterable[Route]) -> tuple[float, float, float, float]:
    """What the picture covers, arrows that lean out included."""
    xs, ys = [0.0, places.width], [0.0, places.height]
    for route in routes:
        for step in range(21):
            x, y = route.at(step / 20)
            xs.append(x)
            ys.append(y)
    return min(xs), min(ys), max(xs), max(ys)


class _Brush:
    """Draws one picture beside the one before it."""

    def __init__(
        self, places: Places, routes: Mapping[Way, Route], before: Picture | None, taken: Sequence[Box]
    ) -> None:
        self._places = places
        self._taken = taken  # where no label of an arrow should stand
        self._routes = routes
        self._before = before
        self._old = {leaf.id: leaf for leaf in before.leaves()} if before is not None else {}
        self._titles = _titles(before) if before is not None else {}
        self._framed: set[Hashable] = set()  # what stands on the card of a frame, not on paper

    def picture(self, picture: Picture) -> str:
        """Frames first, then arrows, titles, what arrows join, and the labels of arrows on top."""
        ways = _ways(picture)
        old = {} if self._before is None else _ways(self._before)
        arrows, labels = [], []
        there = {id for leaf in picture.leaves() for id in (leaf.id, *_ids(leaf))} | _titles(picture).keys()
        for way, edge in old.items():
            if way not in ways and {*way[:2]} <= there:  # else it is gone with one of its ends
                arrows.append(self._gone(self._routes[way], edge))
        for way, edge in ways.items():
            changed = self._before is not None and old.get(way) != edge
            arrows.append(self._arrow(self._routes[way], edge, changed))
            if edge.label:
                labels.append(self._label(self._routes[way], edge, changed))
        frames, titles = tuple(self._frames(picture, False)), tuple(self._headings(picture, False))
        return "\n".join((*frames, *arrows, *titles, *map(self._leaf, picture.leaves()), *labels))

    def _frames(self, group: Group, on_card: bool) -> Iterator[str]:
        for item in group.items:
            if not isinstance(item, Group):
                if on_card:
                    self._framed.add(item.id)
                continue
            if item.framed:
                yield _rect(self._places.boxes[item.id], 9, fill=colour("card"), stroke=colour("frame"))
            yield from self._frames(item, on_card or item.framed)

    def _headings(self, group: Group, on_card: bool) -> Iterator[str]:
        """The titles of groups, legible where an arrow runs below them."""
        for item in group.items:
            if not isinstance(item, Group):
                continue
            framed = on_card or item.framed
            if item.title:
                changed = self._before is not None and self._titles.get(item.id) != item.title
                shade, x, y = colour("accent" if changed else "quiet"), *_corner(item, self._places.boxes[item.id])
                paper = "card" if framed else "paper"
                words = text(x, y + 10, item.title, size=SMALL, fill=shade, weight="600", halo=paper)
                yield _group([words], changed)
            yield from self._headings(item, framed)

    def _leaf(self, leaf: Node | Row | Table) -> str:
        old = self._old.get(leaf.id)
        match leaf:
            case Node():
                return self._node(leaf, self._before is not None and old != leaf)
            case Row():
                return self._row(leaf, old if isinstance(old, Row) else None)
            case Table():
                return self._table(leaf, old if isinstance(old, Table) else None)

    def _node(self, node: Node, changed: bool) -> str:
        box = self._places.boxes[node.id]
        middle, centre = box.middle
        radius = box.height / 2 if node.shape == "pill" else 6.0
        parts = [_halo(box, radius + 5)] if changed else []
        parts.append(_shape(box, radius, node.colour, node.dashed, changed))
        lines = lines_of(node.label)
        ink = colour(_TEXTS.get(node.colour, "ink"))
        for place, line in enumerate(lines):
            y = centre + TEXT * 0.35 + LINE * (place - (len(lines) - 1) / 2)
            parts.append(text(middle, y, line, fill=ink, anchor="middle", weight="600" if changed else ""))
        paper = "card" if node.id in self._framed else "paper"
        for place, line in enumerate(lines_of(node.note)):
            y = box.y + box.height + 14 + SMALL_LINE * place
            parts.append(text(middle, y, line, size=SMALL, fill=colour("quiet"), anchor="middle", halo=paper))
        return _group(parts, changed)

    def _row(self, row: Row, old: Row | None) -> str:
        box = self._places.boxes[row.id]
        parts = []
        if row.label and row.down:
            parts.append(text(box.x, box.y + 10, row.label, fill=colour("ink"), weight="600"))
        elif row.label:
            first = self._places.boxes.get((row.id, 0), box)
            parts.append(text(box.x, first.y + first.height / 2 + 4.5, row.label, fill=colour("ink"), weight="600"))
        halos: list[str] = []
        plain: list[str] = []
        changed: list[str] = []
        for place, cell in enumerate(row.cells):
            was = old.cells[place] if old is not None and place < len(old.cells) else None
            new = self._before is not None and was != cell
            cell_box = self._places.boxes[row.id, place]
            halos += [_halo(cell_box, 5)] * new
            (changed if new else plain).append(self._cell(cell_box, cell, new))
        return _group([*parts, *halos, *plain, *changed], False)  # neighbours share their outlines: the changed on top

    def _cell(self, box: Box, cell: Cell, changed: bool) -> str:
        middle, centre = box.middle
        parts = [_shape(box, 0, cell.colour, cell.dashed, changed)]
        lines = lines_of(cell.text)
        ink = colour(_TEXTS.get(cell.colour, "ink"))
        for place, line in enumerate(lines):
            y = centre + TEXT * 0.35 + LINE * (place - (len(lines) - 1) / 2)
            parts.append(text(middle, y, line, fill=ink, anchor="middle", weight="600" if changed else ""))
        if cell.head:
            parts.append(text(middle, box.y - 6, cell.head, size=SMALL, fill=colour("quiet"), anchor="middle"))
        return _group(parts, changed)

    def _table(self, table: Table, old: Table | None) -> str:
        box, lines = self._places.boxes[table.id], self._places.lines[table.id]
        was = dict(old.rows) if old is not None else {}
        parts = []
        if table.title:
            parts.append(text(box.x, box.y + 10, table.title, size=SMALL, fill=colour("quiet"), weight="600"))
        for name, value in table.rows:
            top, height = lines[name]
            changed = self._before is not None and was.get(name) != value
            shown = [text(box.x, top + 13, name, fill=colour("quiet"))]
            if changed:
                halo = Box(box.x - 6, top - 2, box.width + 12, height)
                shown.insert(0, _rect(halo, 4, fill=colour("halo"), stroke=colour("accent"), **{"stroke-width": "1.2"}))
            for place, line in enumerate(_value_lines(value)):
                y = top + 13 + LINE * place
                x = box.x + self._places.column[table.id]
                shown.append(text(x, y, line, fill=colour("ink"), weight="600" if changed else ""))
            parts.append(_group(shown, changed))
        return _group(parts, False)

    def _arrow(self, route: Route, edge: Edge, changed: bool) -> str:
        name = "accent" if changed else _STROKES.get(edge.colour, "line")
        if edge.colour == "red":
            name = "bad"
        width = (3.4 if edge.bold else 1.5) + (0.7 if changed else 0.0)
        shade = colour("ink" if edge.bold and not changed else name)
        dashes = {"stroke-dasharray": "6 4"} if edge.dashed else {}
        way, length = route.way, 8.0 + 1.2 * width
        stop = route.end[0] - way[0] * (length - 1), route.end[1] - way[1] * (length - 1)
        line = _element("path", d=_curve(route, stop), fill="none", stroke=shade, **_width(width), **dashes)
        return _group([line, _tip(route.end, way, length, shade)], changed)

    def _gone(self, route: Route, edge: Edge) -> str:
        dots = {"stroke-dasharray": "1 5", "stroke-linecap": "round", "opacity": "0.75"}
        line = _element("path", d=_curve(route, route.end), fill="none", stroke=colour("quiet"), **_width(2.0), **dots)
        return f'<g class="gone">{line}</g>'

    def _label(self, route: Route, edge: Edge, changed: bool) -> str:
        ink, half = colour("accent" if changed else "quiet"), wide(edge.label, SMALL) / 2
        for each in (*relabelled(route), route):
            (x, y), (right, down) = each.middle, each.aside
            x += right * (half + 6)
            y += down * (SMALL / 2 + 6)
            if not any(_overlap(Box(x - half, y - SMALL / 2, 2 * half, SMALL), box) for box in self._taken):
                break
        return text(x, y + 4, edge.label, size=SMALL, fill=ink, anchor="middle", weight="600", halo="paper")


def text(
    x: float,
    y: float,
    words: str,
    *,
    size: float = TEXT,
    fill: str,
    anchor: str = "",
    weight: str = "",
    halo: str = "",
    face: str = "",
) -> str:
    """A line of text, its base line at `y`; `halo`, the colour of the ground, keeps it apart from what lies below."""
    more: dict[str, str] = {}
    if size != TEXT:
        more["font-size"] = f"{size:g}"
    if anchor:
        more["text-anchor"] = anchor
    if weight:
        more["font-weight"] = weight
    if face:
        more["font-family"] = face
    if halo:
        more |= {"paint-order": "stroke", "stroke": colour(halo), "stroke-width": "3.5", "stroke-linejoin": "round"}
    attributes = "".join(f' {name}="{value}"' for name, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{fill}"{attributes}>{clean(words)}</text>'


def _shape(box: Box, radius: float, shade: Colour, dashed: bool, changed: bool) -> str:
    """The outline of a node or cell, heavier if it has changed."""
    look: dict[str, Any] = {"fill": colour("paper" if shade in ("plain", "quiet") else shade)}
    look["stroke"] = colour("accent" if changed else _STROKES.get(shade, "line"))
    look["stroke-width"] = "2.8" if changed else "1.4"
    if dashed:
        look["stroke-dasharray"] = "4 3"
    return _outline(box, radius, **look)


def _halo(box: Box, radius: float) -> str:
    """What shines round something that has changed."""
    wider = Box(box.x - 5, box.y - 5, box.width + 10, box.height + 10, box.round)
    return _outline(wider, radius, fill=colour("halo"), stroke="none")


def _outline(box: Box, radius: float, **look: Any) -> str:
    if not box.round:
        return _rect(box, radius, **look)
    x, y = box.middle
    return _element("circle", cx=f"{x:.1f}", cy=f"{y:.1f}", r=f"{box.width / 2:.1f}", **look)


def _rect(box: Box, radius: float, **look: Any) -> str:
    place = {"x": f"{box.x:.1f}", "y": f"{box.y:.1f}", "width": f"{box.width:.1f}", "height": f"{box.height:.1f}"}
    return _element("rect", **place, rx=f"{radius:g}", **look)


def _tip(end: tuple[float, float], way: tuple[float, float], length: float, shade: str) -> str:
    """The point of an arrow."""
    base = end[0] - way[0] * length, end[1] - way[1] * length
    half = length * 0.46
    corners = [
        end,
        (base[0] - way[1] * half, base[1] + way[0] * half),
        (base[0] + way[1] * half, base[1] - way[0] * half),
    ]
    return _element("path", d="M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners) + "z", fill=shade)


def _curve(route: Route, end: tuple[float, float]) -> str:
    points = (route.start, route.first, route.second, end)
    a, b, c, d = (f"{x:.1f} {y:.1f}" for x, y in points)
    return f"M{a}C{b} {c} {d}"


def _width(width: float) -> dict[str, str]:
    return {"stroke-width": f"{width:.1f}"}


def _element(name: str, **attributes: str) -> str:
    inside = " ".join(f'{key}="{value}"' for key, value in attributes.items())
    return f"<{name} {inside}/>"


def _group(parts: Iterable[str], changed: bool) -> str:
    start = '<g class="changed">' if changed else "<g>"
    return f"{start}{''.join(parts)}</g>"
