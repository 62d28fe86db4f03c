"""Two arrangements of the same rows: label, plot and numbers side by side, or one below the other on telephones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .shapes import Shape, Text
from .text import LINE, width, wrap, wrap_numbers


@dataclass(frozen=True)
class Layout:
    width: float
    label_width: float
    plot_left: float
    plot_right: float
    text_left: float
    is_stacked: bool = False

    @property
    def text_width(self) -> float:
        return self.width - self.text_left


# The numbers of an axis reach beyond its ends by half their width; the plot leaves them that room.
WIDE = Layout(width=720, label_width=200, plot_left=220, plot_right=470, text_left=490)
NARROW = Layout(width=360, label_width=360, plot_left=18, plot_right=342, text_left=0, is_stacked=True)
ASCENT = 14.0  # from the top of a line to its baseline
LANE = 24.0  # height of the plot of one row where it stands by itself
SPACE = 16.0  # between a label and the numbers on the same line


def lines(x: float, y: float, texts: list[str], role: str) -> Iterator[Shape]:
    """`texts` one below the other, the first with its top at `y`."""
    for number, content in enumerate(texts):
        yield Text(x, y + ASCENT + number * LINE, content, role)


@dataclass(frozen=True)
class Placed:
    """The words of a row, the middle of its plot, and where the next row may begin."""

    shapes: tuple[Shape, ...]
    middle: float
    bottom: float


def place(
    layout: Layout, y: float, label: str, text: str, *, detail: str = "", indent: float = 0, has_plot: bool
) -> Placed:
    """Set the words of a row whose top is at `y`. With an `indent` the row is one of a group."""
    is_bold = not indent
    room = layout.label_width - indent
    labels = wrap(label, room, bold=is_bold)
    details = wrap(detail, room)
    shapes = [
        *lines(indent, y, labels, "label" if is_bold else "text"),
        *lines(indent, y + len(labels) * LINE, details, "quiet"),
    ]
    below = y + (len(labels) + len(details)) * LINE
    if not layout.is_stacked:
        numbers = wrap_numbers(text, layout.text_width)
        shapes += lines(layout.text_left, y, numbers, "number")
        return Placed(tuple(shapes), y + LINE / 2, max(below, y + len(numbers) * LINE))
    if len(labels) == 1 and not details and width(label, bold=is_bold) + SPACE + width(text) <= room:
        shapes.append(Text(layout.width, y + ASCENT, text, "number", "end"))
    else:
        numbers = wrap_numbers(text, room)
        shapes += lines(indent, below, numbers, "number")
        below += len(numbers) * LINE
    return Placed(tuple(shapes), below + LANE / 2, below + (LANE if has_plot else 0))
