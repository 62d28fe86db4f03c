"""Forest plots: ratios with their intervals on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain

from .axes import HIGHEST, LOWEST, Axis, log_axis
from .layouts import ASCENT, LANE, WIDE, Layout, lines, place
from .marks import TICK, arrow, clipped, scale, square, value_mark, whisker
from .rows import ForestRow
from .shapes import Drawing, Line, Shape, Text
from .text import LINE, width, wrap

ROW_GAP = 7.0  # between a row and the rule above or below it
AXIS_GAP = 8.0
ONE = Decimal(1)
DIRECTION_GAP = 24.0  # from the line at 1 to a direction label, with its arrow between


def forest(
    rows: Sequence[ForestRow],
    *,
    effect: str,
    favours_left: str,
    favours_right: str,
    layout: Layout = WIDE,
) -> Drawing:
    """Draw one or several ratios.

    effect         names the axis: "Hazard ratio"
    favours_left   what values below 1 speak for: "Favours PVd"; favours_right likewise above 1
    returns        a drawing as wide as `layout`, as high as its rows. All squares are equal: nothing is pooled
    """
    axis = log_axis(list(shown_values(rows)), layout.plot_left, layout.plot_right)
    shapes: list[Shape] = []
    y = 0.0
    for row in rows:
        if y:
            shapes.append(Line(0, y, layout.width, y, "rule"))
        placed = place(layout, y + ROW_GAP, row.label, row.text, detail=row.detail, has_plot=has_plot(row))
        if layout.is_stacked and has_plot(row):  # only where it crosses no words
            shapes.append(line_at_one(axis, placed.middle - LANE / 2, placed.middle + LANE / 2))
        shapes += [*placed.shapes, *plot(row, axis, placed.middle)]
        y = placed.bottom + ROW_GAP
    y += AXIS_GAP
    shapes.insert(0, line_at_one(axis, y - AXIS_GAP if layout.is_stacked else 0, y))
    below, bottom = foot(axis, y, layout, f"{effect} (log scale)", favours_left, favours_right)
    description = "; ".join(f"{row.label}: {row.text}" for row in rows)
    return Drawing(layout.width, bottom, description, (*shapes, *scale(axis, y), *below))


def line_at_one(axis: Axis, top: float, bottom: float) -> Line:
    return Line(axis.place(ONE), top, axis.place(ONE), bottom, "one")


def shown_values(rows: Sequence[ForestRow]) -> Iterator[Decimal]:
    """All numbers that lie where an axis may go."""
    for value in chain.from_iterable((row.estimate, row.lower, row.upper) for row in rows):
        if value is not None:
            yield min(max(value, LOWEST), HIGHEST)


def has_plot(row: ForestRow) -> bool:
    return any(value is not None for value in (row.estimate, row.lower, row.upper))


def plot(row: ForestRow, axis: Axis, y: float) -> Iterator[Shape]:
    yield from whisker(axis, y, row, "whisker")
    if row.estimate is not None:
        mark = square(axis.place(clipped(row.estimate, axis)), y)
        yield from value_mark(row.estimate, axis, y, mark, "whisker")


def foot(
    axis: Axis, y: float, layout: Layout, title: str, left: str, right: str
) -> tuple[list[Shape], float]:
    """What stands below the axis whose line is at `y`, besides its numbers: title, directions. Also the lower edge."""
    numbers = y + TICK + 3
    if layout.is_stacked:
        shapes, bottom = directions(axis, numbers + LINE + 3, layout, left, right)
        titles = wrap(title, layout.width)
        return [*shapes, *lines(0, bottom, titles, "quiet")], bottom + len(titles) * LINE + 2
    titles = wrap(title, layout.label_width)
    shapes, bottom = directions(axis, numbers + len(titles) * LINE + 3, layout, left, right)
    return [*lines(0, numbers, titles, "quiet"), *shapes], bottom + 2


def directions(axis: Axis, y: float, layout: Layout, left: str, right: str) -> tuple[list[Shape], float]:
    """Both labels beside the line at 1, on one line where there is room, else the second below the first."""
    at_one = axis.place(ONE)
    if max(width(left) - at_one, width(right) - layout.width + at_one) + DIRECTION_GAP <= 0:
        middle = y + LINE / 2
        shapes: list[Shape] = [
            *pointer(at_one, middle, -1),
            Text(at_one - DIRECTION_GAP, y + ASCENT, left, "direction", "end"),
            *pointer(at_one, middle, 1),
            Text(at_one + DIRECTION_GAP, y + ASCENT, right, "direction"),
        ]
        return shapes, y + LINE + 3
    shapes = []
    for words in (f"Below 1: {in_sentence(left)}", f"Above 1: {in_sentence(right)}"):
        texts = wrap(words, layout.width)
        shapes += lines(0, y, texts, "direction")
        y += len(texts) * LINE
    return shapes, y + 3


def in_sentence(words: str) -> str:
    return words[:1].lower() + words[1:]


def pointer(x: float, y: float, direction: int) -> Iterator[Shape]:
    start, end = x + direction * 4, x + direction * 18
    yield Line(start, y, end, y, "pointer")
    yield from arrow(end, y, direction, "pointer")
