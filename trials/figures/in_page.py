"""A drawing as a part of a page: coloured by the style sheet, and as few bytes as it takes.

A page holds every drawing twice, for wide and for narrow places, and a trial may have twenty figures. So the shapes
of one role are one path, what two drawings of a figure have in common stands in one of them, and places are rounded
to whole units across: half a pixel cannot be seen, and the file to take away (`svg.py`) is exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from xml.sax.saxutils import quoteattr

from .shapes import Circle, Drawing, Line, Polygon, Rect, Shape, Text
from .svg import xml_text

BEHIND = ("rule", "one", "bar-a", "bar-b", "axis")


def inline(drawing: Drawing, *, id: str, has_words: bool = True) -> str:
    """Markup for a page: classes in place of colours, the font of the page.

    id         of the figure in the page. `<id>-t` is its title there; `<id>-d`, here, says the data in words
    has_words  False in the second drawing of the same figure, which refers to the words of the first
    """
    size = f"0 0 {_numbers(drawing.width, drawing.height)}"
    names = quoteattr(f"{id}-t {id}-d")
    head = f'<svg class="drawing" viewBox="{size}" role="img" aria-labelledby={names}>'
    if has_words:
        head += f"<desc id={quoteattr(f'{id}-d')}>{xml_text(drawing.description)}</desc>"
    return head + "".join(_signs(drawing.shapes)) + "".join(_words(drawing.shapes)) + "</svg>"


def _signs(shapes: Sequence[Shape]) -> Iterator[str]:
    """One path for each role, from the one behind to the one in front; discs as they are."""
    roles = dict.fromkeys(shape.role for shape in shapes if not isinstance(shape, Text))
    for role in sorted(roles, key=_layer):
        own = [shape for shape in shapes if shape.role == role]
        path = "".join(_path(shape) for shape in own)
        if path:
            yield f'<path class="{role}" d="{path}"/>'
        for shape in own:
            if isinstance(shape, Circle):
                y, r = _numbers(shape.y), _numbers(shape.r)
                yield f'<circle class="{role}" cx="{_across(shape.x)}" cy="{y}" r="{r}"/>'


def _layer(role: str) -> int:
    """Bars and axes lie behind intervals, the signs of the values above them."""
    return 0 if role in BEHIND else 2 if role.startswith("arm-") or role == "estimate" else 1


def _path(shape: Shape) -> str:
    """`shape` in the letters of a path (SVG 2, 9.3): none has a curve."""
    match shape:
        case Line(x1, y1, x2, y2):
            return _polyline([(x1, y1), (x2, y2)])
        case Rect(x, y, width, height):
            left, right = _across(x), _across(x + width)
            return f"M{_numbers(left, y)}H{right}v{_numbers(height)}H{left}z"
        case Polygon(points):
            return f"{_polyline(points)}z"
    return ""


def _polyline(points: Sequence[tuple[float, float]]) -> str:
    """The first point where it is, the others by how far they are from the one before: rounded without adding up."""
    places = [(_across(x), y) for x, y in points]
    path = f"M{_numbers(*places[0])}"
    for (x, y), (to_x, to_y) in pairwise(places):
        if y == to_y:
            path += f"h{_numbers(to_x - x)}"
        else:
            path += f"v{_numbers(to_y - y)}" if x == to_x else f"l{_numbers(to_x - x, to_y - y)}"
    return path


def _words(shapes: Sequence[Shape]) -> Iterator[str]:
    """In the order in which they are read; neighbours on one line, as the numbers of an axis, in one element."""
    texts = [shape for shape in shapes if isinstance(shape, Text)]
    for (role, anchor, y), group in groupby(texts, key=lambda text: (text.role, text.anchor, text.y)):
        look = f'class="{role}"' + ("" if anchor == "start" else f' text-anchor="{anchor}"')
        first, *others = ((_across(text.x), xml_text(text.content)) for text in group)
        if others:
            words = "".join(f'<tspan x="{x}">{content}</tspan>' for x, content in (first, *others))
            yield f'<text {look} y="{_numbers(y)}">{words}</text>'
        else:
            yield f'<text {look} x="{first[0]}" y="{_numbers(y)}">{first[1]}</text>'


def _across(x: float) -> int:
    """Halves always go up: then both sides of a sign move alike."""
    return int(x + 0.5)


def _numbers(*values: float) -> str:
    return " ".join(f"{value:.1f}".removesuffix(".0") for value in values)
