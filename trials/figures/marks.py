"""The signs of a plot: whiskers, arrows, squares, the two arms, the axis."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .axes import Axis
from .layouts import ASCENT
from .rows import ArmRow, ForestRow, is_open
from .shapes import Circle, Line, Polygon, Rect, Shape, Text

HALF_CAP = 5.0
ARROW = 7.0
SQUARE = 10.0
RADIUS = 5.5
TICK = 5.0


def whisker(axis: Axis, y: float, row: ForestRow | ArmRow, role: str) -> Iterator[Shape]:
    """The interval of `row`; an arrow where a bound is open or lies beyond the axis. Nothing if a bound is missing."""
    is_left_open, is_right_open = is_open(row.lower_open), is_open(row.upper_open)
    if row.lower is None and (row.upper is None or not is_left_open):
        return
    if row.upper is None and not is_right_open:
        return
    start, is_left_clipped = _end(axis, row.lower, axis.left)
    end, is_right_clipped = _end(axis, row.upper, axis.right)
    if start < end:
        yield Line(start, y, end, y, role)
    if start < axis.right:
        yield from arrow(start, y, -1, role) if is_left_clipped else cap(start, y, role)
    if end > axis.left:
        yield from arrow(end, y, 1, role) if is_right_clipped else cap(end, y, role)


def _end(axis: Axis, bound: Decimal | None, edge: float) -> tuple[float, bool]:
    """Where the interval ends, and whether it goes on from there."""
    if bound is None:
        return edge, True
    if axis.has(bound):
        return axis.place(bound), False
    return axis.right if bound > axis.highest else axis.left, True


def cap(x: float, y: float, role: str) -> Iterator[Shape]:
    yield Line(x, y - HALF_CAP, x, y + HALF_CAP, role)


def arrow(x: float, y: float, direction: int, role: str) -> Iterator[Shape]:
    """A head whose tip is at `x`, pointing left (-1) or right (1)."""
    back = x - direction * ARROW
    yield Polygon(((x, y), (back, y - HALF_CAP), (back, y + HALF_CAP)), f"{role}-head")


def clipped(value: Decimal, axis: Axis) -> Decimal:
    return max(axis.lowest, min(value, axis.highest))


def value_mark(value: Decimal, axis: Axis, y: float, mark: Shape, role: str) -> Iterator[Shape]:
    """`mark`, or an arrow at the edge beyond which `value` lies."""
    if axis.has(value):
        yield mark
    elif value > axis.highest:
        yield from arrow(axis.right, y, 1, role)
    else:
        yield from arrow(axis.left, y, -1, role)


def square(x: float, y: float) -> Shape:
    return Rect(x - SQUARE / 2, y - SQUARE / 2, SQUARE, SQUARE, "estimate")


def arm_mark(x: float, y: float, *, is_control: bool) -> Shape:
    """A disc for the arm under study, a diamond for its control."""
    if not is_control:
        return Circle(x, y, RADIUS, "arm-a")
    reach = RADIUS + 1.5
    return Polygon(((x, y - reach), (x + reach, y), (x, y + reach), (x - reach, y)), "arm-b")


def scale(axis: Axis, y: float) -> Iterator[Shape]:
    """The line of an axis at `y`, its ticks, and their numbers below."""
    yield Line(axis.left, y, axis.right, y, "axis")
    for tick in axis.ticks:
        x = axis.place(tick)
        yield Line(x, y, x, y + TICK, "axis")
        yield Text(x, y + TICK + 3 + ASCENT, f"{tick:f}", "tick", "middle")
