"""Paper, inks and scissors: what the pictures of the demonstration content are made with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

OVERSAMPLING = 2  # drawn larger and reduced, for smooth edges
COLOURS = 96  # enough for flat inks and their overlaps, keeps a picture under 90 kB

PAPER = (246, 241, 231)
BURGUNDY = (128, 36, 56)
ROSE = (214, 158, 150)
SAND = (229, 212, 182)
MIST = (187, 199, 205)
SLATE = (84, 99, 116)

Colour = tuple[int, int, int]
Point = tuple[float, float]


class Sheet:
    """A sheet of paper with coordinates of its final size, printed one ink at a time."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.image = Image.new("RGB", (width * OVERSAMPLING, height * OVERSAMPLING), PAPER)

    def ink(self, colour: Colour, draw: Callable[[Ink], None], strength: float = 1.0) -> None:
        """Overprint what `draw` marks with `colour`; `strength` 0..1 is how much ink lies on the paper."""
        mask = Image.new("L", self.image.size, 0)
        draw(Ink(mask, round(255 * strength)))
        white = Image.new("RGB", self.image.size, "white")
        film = Image.composite(Image.new("RGB", mask.size, colour), white, mask)
        self.image = ImageChops.multiply(self.image, film)

    def cut(self, colour: Colour, draw: Callable[[Ink], None]) -> None:
        """Glue on what `draw` marks, as if cut from coloured paper: it hides what lies under it."""
        mask = Image.new("L", self.image.size, 0)
        draw(Ink(mask, 255))
        self.image.paste(Image.new("RGB", mask.size, colour), mask=mask)

    def save(self, path: Path) -> None:
        """Reduce to the final size and a small palette, and write a PNG."""
        small = self.image.resize((self.width, self.height), Image.Resampling.LANCZOS)
        palette = small.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        path.parent.mkdir(parents=True, exist_ok=True)
        palette.save(path, optimize=True)


class Ink:
    """One printing plate: shapes that share an ink do not darken where they overlap."""

    def __init__(self, mask: Image.Image, value: int) -> None:
        self.pen, self.value = ImageDraw.Draw(mask), value

    def disc(self, x: float, y: float, radius: float) -> None:
        self.pen.ellipse(scaled((x - radius, y - radius), (x + radius, y + radius)), fill=self.value)

    def ring(self, x: float, y: float, radius: float, width: float) -> None:
        box = scaled((x - radius, y - radius), (x + radius, y + radius))
        self.pen.ellipse(box, outline=self.value, width=round(width * OVERSAMPLING))

    def wedge(self, x: float, y: float, radius: float, start: float, end: float) -> None:
        box = scaled((x - radius, y - radius), (x + radius, y + radius))
        self.pen.pieslice(box, start, end, fill=self.value)

    def area(self, points: Iterable[Point]) -> None:
        self.pen.polygon(scaled(*points), fill=self.value)

    def line(self, points: Iterable[Point], width: float) -> None:
        self.pen.line(scaled(*points), fill=self.value, width=round(width * OVERSAMPLING), joint="curve")


def scaled(*points: Point) -> list[Point]:
    """Points of the final picture in the coordinates that are drawn on."""
    return [(x * OVERSAMPLING, y * OVERSAMPLING) for x, y in points]
