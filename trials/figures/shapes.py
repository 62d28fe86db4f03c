"""What a drawing consists of. A role says which part a shape plays; colours follow from it, never from here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    role: str


@dataclass(frozen=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    role: str


@dataclass(frozen=True)
class Circle:
    x: float
    y: float
    r: float
    role: str


@dataclass(frozen=True)
class Polygon:
    points: tuple[tuple[float, float], ...]
    role: str


@dataclass(frozen=True)
class Text:
    """One line of text. `anchor` says which of its points stands at `x`; `y` is the baseline."""

    x: float
    y: float
    content: str
    role: str = "text"
    anchor: Literal["start", "middle", "end"] = "start"


Shape = Line | Rect | Circle | Polygon | Text


@dataclass(frozen=True)
class Drawing:
    """Shapes within 0..width and 0..height, and the data in words for those who cannot see them."""

    width: float
    height: float
    description: str
    shapes: tuple[Shape, ...]
