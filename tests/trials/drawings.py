"""Rows of figures as tests write them, and how tests look at a drawing."""

import xml.etree.ElementTree as ET
from decimal import Decimal

from trials.figures import ForestRow, MedianRow
from trials.figures.shapes import Circle, Line, Polygon, Rect, Text
from trials.figures.text import width

EFFECT = {"effect": "Hazard ratio", "favours_left": "Favours PVd", "favours_right": "Favours Vd"}


def parsed(svg):
    return ET.fromstring(svg.encode())  # noqa: S314 - our own output


def number(text):
    return None if text is None else Decimal(text)


def ratio(estimate, lower, upper, level="95", **fields):
    values = {
        "label": "Progression-free survival",
        "detail": "",
        "comparison": "PVd versus Vd",
        "text": f"{estimate} ({level}% CI {lower}–{upper})",
    }
    values |= {"estimate": number(estimate), "lower": number(lower), "upper": number(upper)}
    return ForestRow(level=number(level), **(values | fields))


def arm(value, lower=None, upper=None, *, row=MedianRow, level="95", **fields):
    values = {"arm": "PVd", "is_control": False, "status": "Estimated", "text": str(value)}
    numbers = {"value": number(value), "lower": number(lower), "upper": number(upper), "level": number(level)}
    return row(**(numbers | values | fields))


def shapes(drawing, role, kind=object):
    return [shape for shape in drawing.shapes if shape.role == role and isinstance(shape, kind)]


def centre(rect):
    return rect.x + rect.width / 2, rect.y + rect.height / 2


def words(drawing):
    return [shape.content for shape in drawing.shapes if isinstance(shape, Text)]


def edges(shape):
    """The smallest and largest x of what `shape` covers."""
    match shape:
        case Line(x1=a, x2=b):
            return min(a, b), max(a, b)
        case Rect(x=x, width=wide):
            return x, x + wide
        case Circle(x=x, r=r):
            return x - r, x + r
        case Polygon(points=points):
            return min(x for x, _ in points), max(x for x, _ in points)
        case Text(x=x, content=content, role=role, anchor=anchor):
            wide = width(content, bold=role == "label")
            left = x - {"start": 0, "middle": wide / 2, "end": wide}[anchor]
            return left, left + wide
