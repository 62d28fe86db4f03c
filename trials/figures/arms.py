"""Values per arm with their intervals: median times, and percentages of patients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from .axes import Axis, months_axis, percent_axis
from .layouts import WIDE, Layout, lines, place
from .marks import TICK, arm_mark, clipped, scale, value_mark, whisker
from .rows import ArmRow, Group, MedianRow, RateRow, is_open
from .shapes import Drawing, Line, Rect, Shape
from .text import LINE, wrap

GROUP_GAP = 9.0
ARM_GAP = 5.0
INDENT = 20.0
MARK_AT = 7.0
BAR = 12.0
OPEN_REACH = Decimal("1.1")


def medians(groups: Sequence[Group], unit: str, *, layout: Layout = WIDE) -> Drawing:
    """Draw the median times of each group's arms (`MedianRow`) from zero; `unit` names the axis: "Months"."""
    values = [value for row in rows_of(groups, MedianRow) for value in reach(row)]
    return draw(groups, months_axis(values, layout.plot_left, layout.plot_right), unit, layout)


def rates(groups: Sequence[Group], unit: str = "Percent", *, layout: Layout = WIDE) -> Drawing:
    """Draw the percentages of each group's arms (`RateRow`) on an axis that always runs from 0 to 100."""
    rows_of(groups, RateRow)
    return draw(groups, percent_axis(layout.plot_left, layout.plot_right), unit, layout)


def rows_of(groups: Sequence[Group], kind: type[ArmRow]) -> list[ArmRow]:
    """All rows. Raises TypeError if one is of another kind: months must not stand on an axis of percent."""
    rows = [row for group in groups for row in group.rows]
    if not all(isinstance(row, kind) for row in rows):
        raise TypeError(f"This drawing takes rows of {kind.__name__} only.")
    return rows


def numbers(row: ArmRow) -> list[Decimal]:
    return [value for value in (row.value, row.lower, row.upper) if value is not None]


def reach(row: ArmRow) -> list[Decimal]:
    """How far the axis must go: beyond an open interval, so that its arrow can be seen."""
    largest = max(numbers(row), default=None)
    if largest is None:
        return []
    return [largest * OPEN_REACH if row.upper is None and is_open(row.upper_open) else largest]


def draw(groups: Sequence[Group], axis: Axis, unit: str, layout: Layout) -> Drawing:
    shapes: list[Shape] = []
    y = 0.0
    for group in groups:
        if y:
            shapes.append(Line(0, y, layout.width, y, "rule"))
        placed, y = draw_group(group, axis, y + GROUP_GAP, layout)
        shapes += placed
        y += GROUP_GAP
    title = wrap(unit, layout.label_width)
    title_top = y + TICK + 3 + (LINE if layout.is_stacked else 0)
    below = [*scale(axis, y), *lines(0, title_top, title, "quiet")]
    bottom = max(title_top + len(title) * LINE, y + TICK + 3 + LINE) + 2
    description = "; ".join(
        f"{group.label}: {', '.join(f'{row.arm} {row.text}' for row in group.rows)}" for group in groups
    )
    return Drawing(layout.width, bottom, description, (*shapes, *below))


def draw_group(group: Group, axis: Axis, y: float, layout: Layout) -> tuple[list[Shape], float]:
    """The endpoint in one line or more, its arms below. Also the lower edge."""
    labels = wrap(group.label, layout.width, bold=True)
    details = wrap(group.detail, layout.width)
    shapes = [*lines(0, y, labels, "label"), *lines(0, y + len(labels) * LINE, details, "quiet")]
    y += (len(labels) + len(details)) * LINE
    for row in group.rows:
        y += ARM_GAP
        placed = place(layout, y, row.arm, row.text, indent=INDENT, has_plot=bool(numbers(row)))
        shapes += [
            arm_mark(MARK_AT, y + LINE / 2, is_control=row.is_control),
            *placed.shapes,
            *plot(row, axis, placed.middle),
        ]
        y = placed.bottom
    return shapes, y


def plot(row: ArmRow, axis: Axis, y: float) -> Iterator[Shape]:
    """A pale bar from zero to the value, its interval and its sign; without a number nothing: the words say it."""
    side = "b" if row.is_control else "a"
    end = axis.place(clipped(row.value, axis)) if row.value is not None else axis.left
    if end > axis.left:
        yield Rect(axis.left, y - BAR / 2, end - axis.left, BAR, f"bar-{side}")
    yield from whisker(axis, y, row, f"range-{side}")
    if row.value is not None:
        yield from value_mark(
            row.value, axis, y, arm_mark(end, y, is_control=row.is_control), f"range-{side}"
        )
