"""A drawing as an SVG file, complete in itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from xml.sax.saxutils import escape, quoteattr

from .layouts import lines
from .shapes import Circle, Drawing, Line, Polygon, Rect, Shape, Text
from .text import LINE, wrap

INK, QUIET, RULE, ACCENT, SLATE, PAPER = "#211c19", "#5a524c", "#d9d2c8", "#7a1b35", "#3f5568", "#ffffff"
Attributes = dict[str, float | str]
MARGIN = 24.0  # around the drawing in a file
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _stroke(colour: str, width: float) -> Attributes:
    return {"stroke": colour, "stroke-width": f"{width:g}"}


# The light colours of the page (tokens.css). figure.css says the same by class, for both themes and for paper.
ROLES: dict[str, Attributes] = {
    "rule": _stroke(RULE, 1),
    "axis": _stroke(QUIET, 1),
    "one": _stroke(QUIET, 1) | {"stroke-dasharray": "3 3"},
    "whisker": _stroke(INK, 1.5),
    "whisker-head": {"fill": INK},
    "estimate": {"fill": ACCENT},
    "pointer": _stroke(QUIET, 1.5),
    "pointer-head": {"fill": QUIET},
    "arm-a": {"fill": ACCENT},
    "arm-b": {"fill": SLATE},
    "bar-a": {"fill": ACCENT, "fill-opacity": "0.16"},
    "bar-b": {"fill": SLATE, "fill-opacity": "0.16"},
    "range-a": _stroke(ACCENT, 2),
    "range-a-head": {"fill": ACCENT},
    "range-b": _stroke(SLATE, 2),
    "range-b-head": {"fill": SLATE},
    "text": {"fill": INK},
    "number": {"fill": INK},
    "label": {"fill": INK, "font-weight": "600"},
    "title": {"fill": INK, "font-weight": "600"},
    "quiet": {"fill": QUIET},
    "tick": {"fill": QUIET},
    "direction": {"fill": QUIET},
}


def standalone(drawing: Drawing, *, title: str, notes: Iterable[str]) -> str:
    """A file: light colours as attributes, `title` above the drawing and `notes` (source, licence) below it."""
    page = framed(drawing, title, notes)
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg"'
        f' width="{_number(page.width)}" height="{_number(page.height)}"'
        f' viewBox="0 0 {_number(page.width)} {_number(page.height)}"'
        ' font-family="Inter, Arial, Helvetica, sans-serif" font-size="14" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{xml_text(title)}</title>\n<desc id="desc">{xml_text(drawing.description)}</desc>\n'
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n'
    )
    return head + "\n".join(_shape(shape, ROLES[shape.role]) for shape in page.shapes) + "\n</svg>\n"


def framed(drawing: Drawing, title: str, notes: Iterable[str]) -> Drawing:
    """`drawing` with a margin, its title above and its notes below."""
    titles = wrap(title, drawing.width, bold=True)
    top = MARGIN + len(titles) * LINE + 10
    shapes = [*lines(MARGIN, MARGIN - 4, titles, "title")]
    shapes += [_moved(shape, MARGIN, top) for shape in drawing.shapes]
    y = top + drawing.height + 14
    shapes.append(Line(MARGIN, y, MARGIN + drawing.width, y, "rule"))
    y += 8
    for note in notes:
        wrapped = wrap(note, drawing.width)
        shapes += lines(MARGIN, y, wrapped, "quiet")
        y += len(wrapped) * LINE
    return Drawing(drawing.width + 2 * MARGIN, y + MARGIN - 4, drawing.description, tuple(shapes))


def _moved(shape: Shape, dx: float, dy: float) -> Shape:
    if isinstance(shape, Line):
        return replace(shape, x1=shape.x1 + dx, x2=shape.x2 + dx, y1=shape.y1 + dy, y2=shape.y2 + dy)
    if isinstance(shape, Polygon):
        return replace(shape, points=tuple((x + dx, y + dy) for x, y in shape.points))
    return replace(shape, x=shape.x + dx, y=shape.y + dy)


def _shape(shape: Shape, look: Attributes) -> str:
    match shape:
        case Line(x1, y1, x2, y2):
            return _tag("line", {"x1": x1, "y1": y1, "x2": x2, "y2": y2, **look})
        case Rect(x, y, width, height):
            return _tag("rect", {"x": x, "y": y, "width": width, "height": height, **look})
        case Circle(x, y, r):
            return _tag("circle", {"cx": x, "cy": y, "r": r, **look})
        case Polygon(points):
            places = " ".join(f"{_number(x)},{_number(y)}" for x, y in points)
            return _tag("polygon", {"points": places, **look})
        case Text(x, y, content, _, anchor):
            where: Attributes = {"x": x, "y": y} | ({} if anchor == "start" else {"text-anchor": anchor})
            return _tag("text", {**where, **look}, xml_text(content))


def _tag(name: str, attributes: Attributes, content: str | None = None) -> str:
    written = "".join(
        f" {key}={quoteattr(value if isinstance(value, str) else _number(value))}"
        for key, value in attributes.items()
    )
    return f"<{name}{written}/>" if content is None else f"<{name}{written}>{content}</{name}>"


def _number(value: float) -> str:
    """At most two decimals: a hundredth of a unit cannot be seen."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def xml_text(text: str) -> str:
    """`text` without the characters that XML cannot hold, escaped."""
    return escape(_NOT_XML.sub("", text), {'"': "&quot;"})
