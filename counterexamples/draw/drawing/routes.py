"""How arrows run between boxes: straight where nothing is in the way, else round it in a curve. Draws nothing.

A route depends on the places alone and on the arrows that were given a route before, so that it is the same in all
states: an arrow that comes back runs where it ran.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from counterexamples.draw.drawing.places import Box

Point = tuple[float, float]

TIP = 8.0  # px from the base of an arrow's tip to its point
_STEPS = 48  # points at which a curve is looked at
_BOWS = (0.0, 16.0, -16.0, 30.0, -30.0, 48.0, -48.0, 72.0, -72.0, 104.0, -104.0, 144.0, -144.0)
_GRID = 9.0  # px; two arrows within one square run into one another
_ROOM = 5.0  # px that an arrow keeps from what it does not lead to


@dataclass(frozen=True, slots=True)
class Route:
    """A curve with four control points, cut off at the shapes that it joins. Its label stands beside its `middle`, in
    the direction `aside`, of length 1."""

    start: Point
    first: Point
    second: Point
    end: Point
    middle: Point
    aside: Point

    def at(self, t: float) -> Point:
        """The point at `t` of the way, 0 to 1."""
        return _bezier((self.start, self.first, self.second, self.end), t)

    @property
    def way(self) -> Point:
        """The direction in which it arrives, of length 1."""
        before = self.at(0.94)
        length = math.dist(before, self.end) or 1.0
        return (self.end[0] - before[0]) / length, (self.end[1] - before[1]) / length


class Router:
    """Gives arrows their routes, one after another."""

    def __init__(self, obstacles: Iterable[Box]) -> None:
        self._obstacles = list(obstacles)
        self._used: dict[tuple[int, int], int] = {}

    def route(self, source: Box, target: Box, both_ways: bool = False, turn: int = 0) -> Route:
        """From one box to another, or round to itself. `both_ways`: there is an arrow the other way too. `turn` counts
        the arrows between the same two before this one."""
        if source == target:
            found = _loop(source, turn, self._cost)
        else:
            found = _labelled(self._between(source, target, both_ways, turn), turn)
        for point in _points(found):
            square = _square(point)
            self._used[square] = self._used.get(square, 0) + 1
        return found

    def _between(self, source: Box, target: Box, both_ways: bool, turn: int) -> Route:
        lean = 14.0 if both_ways else 0.0
        blamed = [box for box in self._obstacles if not (_within(box, source) or _within(box, target))]
        tried = []
        for place, bow in enumerate(_BOWS):
            if both_ways and bow == 0.0:
                continue
            route = _bowed(source, target, bow + lean * (bow == 0.0) + 22.0 * turn)
            if route is not None:
                tried.append((self._cost(route, blamed) + abs(bow) * 0.35, place, route))
        if not tried:  # one lies within the other: from middle to middle
            return _straight(source.middle, target.middle)
        return min(tried, key=lambda each: each[:2])[2]

    def _cost(self, route: Route, obstacles: Sequence[Box] | None = None) -> float:
        """How bad it would be: running through things is worst, then off the paper, then along another arrow."""
        cost = 0.0
        points = _points(route)
        near = _near(points, self._obstacles if obstacles is None else obstacles)
        for x, y in points:
            for box in near:
                if box.holds(x, y, _ROOM):
                    cost += 40.0
            if x < -10 or y < -10:
                cost += 6.0
            cost += 2.5 * min(2, self._used.get(_square((x, y)), 0))
        return cost


def relabelled(route: Route) -> Iterator[Route]:
    """The route as it is, and with its label at other places beside it: on the other side, nearer to an end."""
    yield route
    for t in (0.5, 0.38, 0.62, 0.28, 0.72):
        made = _made((route.start, route.first, route.second, route.end), t)
        yield made
        yield replace(made, aside=(-made.aside[0], -made.aside[1]))


def _within(box: Box, other: Box) -> bool:
    """Whether a box is the other one or lies in it, as a cell in its row."""
    return (
        other.x - 0.5 <= box.x
        and other.y - 0.5 <= box.y
        and box.x + box.width <= other.x + other.width + 0.5
        and box.y + box.height <= other.y + other.height + 0.5
    )


def _near(points: Sequence[Point], boxes: Sequence[Box]) -> list[Box]:
    """The boxes in which, or in whose note or the room around them, any of these points may lie: most are far away."""
    xs, ys = [x for x, _ in points], [y for _, y in points]
    left, right, top, bottom, room = min(xs), max(xs), min(ys), max(ys), _ROOM + 1.0
    near = []
    for box in boxes:
        (x, y), up = box.middle, max(box.width, box.height) / 2 + room
        across = max(box.width, box.note[0]) / 2 + room
        if left <= x + across and right >= x - across and top <= y + up + box.note[1] and bottom >= y - up:
            near.append(box)
    return near


def _bowed(source: Box, target: Box, bow: float) -> Route | None:
    """A curve from middle to middle that leans `bow` px to its left, cut off at both shapes."""
    (x, y), (to_x, to_y) = source.middle, target.middle
    length = math.dist((x, y), (to_x, to_y)) or 1.0
    aside = (to_y - y) / length * bow * 4 / 3, -(to_x - x) / length * bow * 4 / 3  # it comes 3/4 of the way
    first = x + (to_x - x) / 3 + aside[0], y + (to_y - y) / 3 + aside[1]
    second = x + (to_x - x) * 2 / 3 + aside[0], y + (to_y - y) * 2 / 3 + aside[1]
    curve = ((x, y), first, second, (to_x, to_y))
    leaves = next((t for t in _fine() if not source.holds(*_bezier(curve, t), 1.0)), None)
    enters = next((t for t in reversed(_fine()) if not target.holds(*_bezier(curve, t), 2.0)), None)
    if leaves is None or enters is None or enters - leaves < 0.04:
        return None
    return _made(_part(curve, leaves, enters))


def _loop(box: Box, turn: int, cost: Callable[[Route], float]) -> Route:
    """From a box to itself, at the corner where there is most room."""
    (x, y), across, up = box.middle, box.width / 2, box.height / 2
    tried = []
    for place, (side, way) in enumerate(((1, -1), (-1, -1), (1, 1), (-1, 1))):
        out = 30.0 + 14.0 * turn
        edge = 0.72 if box.round else 1.0
        start = (x + side * across * 0.35, y + way * (up * (0.93 if box.round else 1.0)))
        end = (x + side * (across * (0.96 if box.round else edge) + 2), y + way * up * 0.3)
        first = (start[0] + side * out * 0.25, start[1] + way * out)
        second = (end[0] + side * out, end[1] + way * out * 0.45)
        route = _made((start, first, second, end))
        tried.append((cost(route), place, route))
    return min(tried, key=lambda each: each[:2])[2]


def _straight(start: Point, end: Point) -> Route:
    third = (end[0] - start[0]) / 3, (end[1] - start[1]) / 3
    first = start[0] + third[0], start[1] + third[1]
    return _made((start, first, (first[0] + third[0], first[1] + third[1]), end))


def _labelled(route: Route, turn: int) -> Route:
    """The route with its label where that of the arrow beside it is not."""
    return _made((route.start, route.first, route.second, route.end), (0.5, 0.72, 0.28)[turn % 3])


def _made(curve: tuple[Point, Point, Point, Point], t: float = 0.5) -> Route:
    along, down = _slope(curve, t)
    length = math.hypot(along, down) or 1.0
    side = -1 if along >= 0 else 1  # above the arrow, whichever way it runs
    return Route(*curve, _bezier(curve, t), (-down / length * side, along / length * side))


def _fine() -> list[float]:
    return [step / 160 for step in range(161)]


def _points(route: Route) -> list[Point]:
    curve = (route.start, route.first, route.second, route.end)
    return [_bezier(curve, step / _STEPS) for step in range(2, _STEPS - 1)]


def _square(point: Point) -> tuple[int, int]:
    return int(point[0] // _GRID), int(point[1] // _GRID)


def _bezier(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    a, b, c, d = _parts(t)
    (x, y), (first_x, first_y), (second_x, second_y), (to_x, to_y) = curve
    return a * x + b * first_x + c * second_x + d * to_x, a * y + b * first_y + c * second_y + d * to_y


@lru_cache(maxsize=1024)
def _parts(t: float) -> tuple[float, float, float, float]:
    """What each control point counts for."""
    return (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3


def _part(curve: tuple[Point, Point, Point, Point], start: float, end: float) -> tuple[Point, Point, Point, Point]:
    """The piece of a curve between two of its points, as a curve of its own."""
    first, last = _bezier(curve, start), _bezier(curve, end)
    leave, arrive = _slope(curve, start), _slope(curve, end)
    span = (end - start) / 3
    return (
        first,
        (first[0] + leave[0] * span, first[1] + leave[1] * span),
        (last[0] - arrive[0] * span, last[1] - arrive[1] * span),
        last,
    )


def _slope(curve: tuple[Point, Point, Point, Point], t: float) -> Point:
    """The derivative of a curve."""
    a, b, c, d = curve
    parts = (3 * (1 - t) ** 2, 6 * t * (1 - t), 3 * t * t)
    return (
        parts[0] * (b[0] - a[0]) + parts[1] * (c[0] - b[0]) + parts[2] * (d[0] - c[0]),
        parts[0] * (b[1] - a[1]) + parts[1] * (c[1] - b[1]) + parts[2] * (d[1] - c[1]),
    )
