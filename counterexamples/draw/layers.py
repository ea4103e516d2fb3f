"""Draw a graph in layers from the top: boxes of text, curved arrows, one path marked. Knows nothing of models.

Within a layer the boxes stand in the order that keeps arrows short: sorted, a few times down and up, by the mean
position of their neighbours in the layers beside. Arrows are drawn first, so that no box is crossed out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from counterexamples.draw import svg
from counterexamples.draw.svg import LINE, Row, TextSpan

Links = Mapping[tuple[int, int], tuple[tuple[str, ...], bool]]  # (source, target) -> (steps, on the path)

_GAP = 26.0  # px between boxes of a layer
_DROP = 74.0  # px between layers
_MARGIN = 32.0
_HEAD = 84.0  # px for the title
_SWEEPS = 8
_LABELLED = 40  # more arrows than this are named only when pointed at
_LABEL = 22  # characters of a name beside its arrow
_TITLE = 11.6  # px a character of the title, at most
_SMALL = 0.88  # the size of such a name, of ordinary text


@dataclass(frozen=True, slots=True)
class Box:
    """A node: its lines, its layer from 0, what is written in its corner, and whether it lies on the path."""

    rows: tuple[str, ...]
    layer: int
    number: str
    path: bool


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a box stands, in px."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> float:
        return self.x + self.width / 2


def draw(title: str, note: str, boxes: Mapping[int, Box], links: Links) -> str:
    """The whole picture as SVG. Arrows from a box to itself are left out, and said to be."""
    arrows = {ends: said for ends, said in links.items() if ends[0] != ends[1]}
    if len(arrows) < len(links):
        note = f"{note}; steps that change nothing are left out"
    room = max((_bow(boxes[source].layer - boxes[target].layer) for source, target in arrows), default=0.0)
    spots = _place(boxes, arrows, _MARGIN + room)
    named = len(arrows) <= _LABELLED
    # the path last, so that it lies on top
    drawn = [
        _arrow(spots, boxes, ends, *arrows[ends], named) for ends in sorted(arrows, key=lambda ends: arrows[ends][1])
    ]
    cards = [_card(spots[node], box) for node, box in boxes.items()]
    right = max((spot.x + spot.width for spot in spots.values()), default=0.0) + room
    right = max(right, _MARGIN + svg.CHARACTER * len(note), _MARGIN + _TITLE * len(title)) + _MARGIN
    bottom = max((spot.y + spot.height for spot in spots.values()), default=_HEAD) + _MARGIN
    head = [
        svg.text(_MARGIN, _MARGIN + 10, (TextSpan(title),), "title"),
        svg.text(_MARGIN, _MARGIN + 14 + LINE, (TextSpan(note),), "quiet"),
    ]
    return svg.document(right, bottom, title, note, [*head, *drawn, *cards])


def _bow(layers: int) -> float:
    """How far an arrow that goes up so many layers leans out, in px."""
    return min(150.0, 16.0 + 9.0 * layers) if layers > 0 else 0.0


def _place(boxes: Mapping[int, Box], links: Links, left: float) -> dict[int, _Spot]:
    """Where every box stands: layers below one another, each centred."""
    layers = _ordered(boxes, links)
    widths = {node: svg.card_width(_rows(box)) for node, box in boxes.items()}
    totals = [sum(widths[node] for node in layer) + _GAP * (len(layer) - 1) for layer in layers]
    widest = max(totals, default=0.0)
    spots: dict[int, _Spot] = {}
    y = _HEAD + 8
    for layer, total in zip(layers, totals, strict=True):
        x = left + (widest - total) / 2
        tallest = 0.0
        for node in layer:
            height = svg.card_height(_rows(boxes[node]))
            spots[node] = _Spot(x, y, widths[node], height)
            x += widths[node] + _GAP
            tallest = max(tallest, height)
        y += tallest + _DROP
    return spots


def _ordered(boxes: Mapping[int, Box], links: Links) -> list[list[int]]:
    """The nodes of each layer, left to right."""
    layers: list[list[int]] = [[] for _ in range(max((box.layer for box in boxes.values()), default=-1) + 1)]
    for node, box in boxes.items():
        layers[box.layer].append(node)
    beside: dict[int, dict[int, list[int]]] = {-1: {}, 1: {}}
    for source, target in links:
        apart = boxes[target].layer - boxes[source].layer
        if abs(apart) == 1:
            beside[-apart].setdefault(target, []).append(source)
            beside[apart].setdefault(source, []).append(target)
    for sweep in range(_SWEEPS):
        side = -1 if sweep % 2 == 0 else 1
        for layer in layers if side == -1 else reversed(layers):
            _sort(layer, layers, boxes, beside[side], side)
    return layers


def _sort(
    layer: list[int], layers: list[list[int]], boxes: Mapping[int, Box], beside: Mapping[int, list[int]], side: int
) -> None:
    """Sort one layer by the mean place of each node's neighbours on one side; nodes without any keep theirs."""
    number = boxes[layer[0]].layer + side if layer else -1
    if not 0 <= number < len(layers):
        return
    places = {node: (place + 0.5) / len(layers[number]) for place, node in enumerate(layers[number])}
    own = {node: (place + 0.5) / len(layer) for place, node in enumerate(layer)}

    def mean(node: int) -> float:
        found = [places[other] for other in beside.get(node, ())]
        return sum(found) / len(found) if found else own[node]

    layer.sort(key=mean)


def _rows(box: Box) -> tuple[Row, ...]:
    """The lines of a box: its number, then its texts."""
    texts = (tuple(_parts(row)) for row in box.rows)
    return ((TextSpan(box.number, "new" if box.path else "quiet"),), *texts)


def _parts(row: str) -> Row:
    """What a line speaks of in a quiet colour, then what it says."""
    subject, gap, value = row.partition("  ")
    return (TextSpan(subject + gap, "quiet"), TextSpan(value)) if value and subject else (TextSpan(row),)


def _card(spot: _Spot, box: Box) -> str:
    return svg.card(spot.x, spot.y, spot.width, _rows(box), "path" if box.path else "")


def _arrow(
    spots: Mapping[int, _Spot],
    boxes: Mapping[int, Box],
    ends: tuple[int, int],
    steps: tuple[str, ...],
    path: bool,
    named: bool,
) -> str:
    """One arrow with its name, and all its steps for who points at it."""
    up = boxes[ends[0]].layer - boxes[ends[1]].layer
    curve = (_level if up == 0 else _upward if up > 0 else _downward)(spots[ends[0]], spots[ends[1]], _bow(up))
    kind = " path" if path else " back" if up > 0 else ""
    parts = [
        f"<title>{svg.clean(', '.join(steps))}</title>",
        f'<path class="link{kind}" d="{curve.path}"/>',
        f'<path class="tip{kind}" d="M{curve.tip[0]:.1f} {curve.tip[1]:.1f}{_TIPS[curve.way]}"/>',
    ]
    if named or path:
        words = steps[0] if len(steps) == 1 else f"{steps[0]} (+{len(steps) - 1})"
        words = words if len(words) <= _LABEL else words[: _LABEL - 3] + "..."
        x = curve.label[0] - svg.CHARACTER * _SMALL * len(words) / 2
        parts.append(svg.text(max(4.0, x), curve.label[1], (TextSpan(words),), f"small halo{' new' if path else ''}"))
    return f"<g>{''.join(parts)}</g>"


@dataclass(frozen=True, slots=True)
class _Curve:
    """An arrow: its line, its tip and where that points, and the middle of where its name may stand."""

    path: str
    tip: tuple[float, float]
    way: str
    label: tuple[float, float]


_TIPS = {"down": "l-4 -8h8z", "left": "l8 -4v8z", "right": "l-8 -4v8z"}


def _downward(source: _Spot, target: _Spot, bow: float) -> _Curve:
    """To the next layer: from edge to edge."""
    x, y = _leaving(source, target), source.y + source.height
    to_x, to_y = _leaving(target, source), target.y - 1
    bend = max(24.0, (to_y - y) / 2)
    path = f"M{x:.1f} {y:.1f}C{x:.1f} {y + bend:.1f} {to_x:.1f} {to_y - bend:.1f} {to_x:.1f} {to_y - 7:.1f}"
    return _Curve(path, (to_x, to_y), "down", ((x + to_x) / 2, (y + to_y) / 2 + 4))


def _level(source: _Spot, target: _Spot, bow: float) -> _Curve:
    """Within a layer: over the top."""
    side = 1 if target.middle >= source.middle else -1
    x, to_x = source.middle + side * source.width / 4, target.middle - side * target.width / 4
    top = source.y - min(48.0, 22 + abs(to_x - x) / 16)
    path = f"M{x:.1f} {source.y:.1f}C{x:.1f} {top:.1f} {to_x:.1f} {top:.1f} {to_x:.1f} {target.y - 7:.1f}"
    return _Curve(path, (to_x, target.y - 1), "down", ((x + to_x) / 2, top + 10))


def _upward(source: _Spot, target: _Spot, bow: float) -> _Curve:
    """To an earlier layer: out at the side and back in, so that it does not run through what lies between."""
    side = 1 if source.middle >= target.middle else -1
    x = source.x + (source.width if side == 1 else 0)
    to_x = target.x + (target.width if side == 1 else 0) + side
    y, to_y = source.y + source.height * 0.35, target.y + target.height * 0.65
    out = (max(x, to_x) if side == 1 else min(x, to_x)) + side * bow * 4 / 3  # a curve comes 3/4 of the way
    path = f"M{x:.1f} {y:.1f}C{out:.1f} {y:.1f} {out:.1f} {to_y:.1f} {to_x + side * 7:.1f} {to_y:.1f}"
    return _Curve(path, (to_x, to_y), "left" if side == 1 else "right", ((x + to_x) / 8 + out * 3 / 4, (y + to_y) / 2))


def _leaving(box: _Spot, other: _Spot) -> float:
    """Where on a box's edge an arrow to another starts: nearer to the side where the other lies."""
    lean = max(-1.0, min(1.0, (other.middle - box.middle) / 300))
    return box.middle + lean * box.width / 3
