"""Draw the abstract pictures of the demonstration content.

    python demo/draw.py            draw everything
    python demo/draw.py perseus    draw only what is named

The same name always gives the same picture. Shapes are overprinted like inks on paper (each ink multiplies
what lies under it) or cut from coloured paper. None of the drawings is a figure of data, none shows a person.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from pathlib import Path

from paper import BURGUNDY, MIST, PAPER, ROSE, SAND, SLATE, Colour, Ink, Point, Sheet

PICTURES = Path(__file__).parent / "pictures"
PEOPLE = (
    "ada-example", "bruno-beispiel", "chiara-esempio", "daan-voorbeeld", "elena-ejemplo",
    "francois-exemple", "greta-eksempel", "hanna-przyklad", "ines-exemplo",
)  # fmt: skip


def optimismm(sheet: Sheet, dice: random.Random) -> None:
    """Two descending stairs that end almost together, before a pale sun."""
    sheet.ink(SAND, lambda ink: ink.disc(1130, 350, 300))
    upper, lower = stairs(140, 700, 17), stairs(215, 722, 17)
    sheet.cut((226, 186, 176), lambda ink: ink.area([*upper, (1640, 910), (-20, 910)]))
    sheet.cut(MIST, lambda ink: ink.area([*lower, (1640, 910), (-20, 910)]))
    sheet.ink(MIST, lambda ink: ink.disc(300, 980, 420), 0.5)
    sheet.cut(SLATE, lambda ink: ink.line(lower, 7))
    sheet.cut(BURGUNDY, lambda ink: ink.line(upper, 10))


def stairs(top: float, bottom: float, steps: int) -> list[Point]:
    """A staircase from the left edge to the right, steep first and flat later, with uneven treads."""
    dice = random.Random("stairs")
    x, y, points = 0.0, top, [(-20.0, top)]
    for step in range(1, steps + 1):
        x += 1600 / steps * dice.uniform(0.6, 1.4)
        points.append((x, y))
        y = top + (bottom - top) * (1 - math.exp(-2.2 * step / steps)) / (1 - math.exp(-2.2))
        points.append((x, y))
    return [*points, (1640.0, y)]


def maia(sheet: Sheet, dice: random.Random) -> None:
    """Layers of hills under a burgundy disc."""
    sheet.ink(SAND, lambda ink: ink.disc(1150, 300, 270), 0.6)
    sheet.cut(BURGUNDY, lambda ink: ink.disc(1150, 300, 150))
    papers = ((232, 216, 188), (226, 190, 178), (197, 206, 209), (160, 174, 184), (122, 138, 153), SLATE)
    for depth, colour in enumerate(papers):
        phase, swell = dice.uniform(0, 6.28), dice.uniform(40, 74)
        base = 345 + depth * 92
        crest = [(x, base + swell * math.sin(x / 290 + phase) + 22 * math.sin(x / 127 + 2 * phase))
                 for x in range(-10, 1620, 10)]  # fmt: skip
        sheet.cut(colour, lambda ink, c=crest: ink.area([*c, (1610, 910), (-10, 910)]))


def pollux(sheet: Sheet, dice: random.Random) -> None:
    """Twin stars whose rings cross."""
    sheet.ink(MIST, lambda ink: ink.disc(570, 450, 392), 0.8)
    sheet.ink(ROSE, lambda ink: ink.disc(1030, 450, 392), 0.7)
    for x, colour in ((570, SLATE), (1030, BURGUNDY)):
        sheet.ink(colour, lambda ink, x=x: [ink.ring(x, 450, r, 6) for r in range(150, 540, 120)], 0.8)
        sheet.cut(colour, lambda ink, x=x: ink.disc(x, 450, 66))


def cassiopeia(sheet: Sheet, dice: random.Random) -> None:
    """Five stars joined to a W."""
    stars = [(230, 300), (520, 640), (800, 395), (1090, 615), (1370, 230)]
    for (x, y), radius, colour in zip(
        stars, (150, 190, 240, 175, 205), (SAND, MIST, ROSE, SAND, MIST), strict=True
    ):
        sheet.ink(colour, lambda ink, x=x, y=y, r=radius: ink.disc(x, y, r), 0.8)
        sheet.ink(SLATE, lambda ink, x=x, y=y, r=radius: ink.ring(x, y, r + 34, 2), 0.45)
    dust = [(dice.uniform(30, 1570), dice.uniform(30, 870)) for _ in range(90)]
    sheet.ink(SLATE, lambda ink: [ink.disc(x, y, 2.5) for x, y in dust], 0.5)
    sheet.ink(SLATE, lambda ink: ink.line(stars, 4))
    sheet.ink(BURGUNDY, lambda ink: [ink.disc(x, y, 26) for x, y in stars])


def perseus(sheet: Sheet, dice: random.Random) -> None:
    """Nested arches that climb a stair."""
    papers = ((230, 214, 186), MIST, (226, 190, 178), BURGUNDY)
    for x, foot in ((230, 700), (610, 600), (990, 500), (1370, 400)):
        for radius, colour in zip((182, 140, 97, 52), papers, strict=True):
            sheet.cut(colour, lambda ink, x=x, y=foot, r=radius: arch(ink, x, y, r))
    stair = [
        (-10, 812),
        (420, 812),
        (420, 712),
        (800, 712),
        (800, 612),
        (1180, 612),
        (1180, 512),
        (1610, 512),
    ]
    sheet.cut(SLATE, lambda ink: ink.area([*stair, (1610, 910), (-10, 910)]))
    sheet.ink(MIST, lambda ink: ink.disc(1260, 980, 400), 0.45)


def arch(ink: Ink, x: float, foot: float, radius: float) -> None:
    """A half disc on legs that run off the sheet."""
    ink.wedge(x, foot - 170, radius, 180, 360)
    ink.area([(x - radius, foot - 171), (x + radius, foot - 171), (x + radius, 910), (x - radius, 910)])


def ikema(sheet: Sheet, dice: random.Random) -> None:
    """Tiles of quarter discs."""
    inks = (MIST, ROSE, SAND, SLATE, BURGUNDY)
    for colour in inks:
        sheet.cut(colour, lambda ink, c=colour: tiles(ink, inks, c))


def tiles(ink: Ink, inks: tuple[Colour, ...], wanted: Colour) -> None:
    """The tiles of one ink; the same dice are thrown for every ink, so that each tile has one."""
    dice = random.Random("tiles")
    for row in range(5):
        for column in range(9):
            colour = dice.choices(inks, weights=(6, 5, 6, 3, 2))[0]
            corner, shape = dice.randrange(4), dice.random()
            if colour is not wanted:
                continue
            left, top = column * 200 - 100, row * 200 - 50
            if shape < 0.66:
                x, y = left + 200 * (corner in (1, 2)), top + 200 * (corner in (2, 3))
                ink.wedge(x, y, 200, 90 * corner, 90 * corner + 90)
            elif shape < 0.86:
                ink.wedge(left + 100, top + 100, 100, 90 * corner, 90 * corner + 180)
            else:
                ink.disc(left + 100, top + 100, 58)


def candor(sheet: Sheet, dice: random.Random) -> None:
    """A field of dots that thins out along a curve."""
    sheet.ink(SAND, lambda ink: ink.disc(340, 800, 560), 0.8)
    sheet.ink(SLATE, lambda ink: halftone(ink, lambda x, y: y - (250 + 480 * (1 - math.exp(-x / 620)))), 0.85)
    curve = [(x, 205 + 480 * (1 - math.exp(-x / 760))) for x in range(-10, 1620, 10)]
    sheet.ink(BURGUNDY, lambda ink: ink.line(curve, 9))
    sheet.ink(ROSE, lambda ink: ink.disc(1290, 235, 120), 0.75)


def halftone(ink: Ink, depth: Callable[[float, float], float]) -> None:
    """Dots on a slanted grid, larger the deeper they lie under the line where depth is nought."""
    for row in range(30):
        for column in range(52):
            x, y = column * 32 + (row % 2) * 16 - 16, row * 31
            radius = min(11.5, max(0.0, depth(x, y) / 32))
            if radius > 1.2:
                ink.disc(x, y, radius)


def cartitude_4(sheet: Sheet, dice: random.Random) -> None:
    """Cells with nuclei off their centre, crowded together."""
    cells(sheet, dice, 22, (SAND, MIST, ROSE, MIST), (84, 180))


def cells(
    sheet: Sheet, dice: random.Random, count: int, inks: tuple[Colour, ...], sizes: tuple[float, float]
) -> None:
    """Throw translucent cells with a nucleus that may overlap by a quarter, the few large ones first."""
    placed: list[tuple[float, float, float]] = []
    for attempt in range(count * 60):
        radius = sizes[1] - (sizes[1] - sizes[0]) * min(1, attempt / (count * 30))
        x, y = dice.uniform(40, sheet.width - 40), dice.uniform(20, sheet.height - 20)
        if len(placed) < count and all(math.dist((x, y), (a, b)) > 0.8 * (radius + r) for a, b, r in placed):
            placed.append((x, y, radius))
    for number, (x, y, radius) in enumerate(placed):
        turn = dice.uniform(0, 6.28)
        nucleus = (x + 0.34 * radius * math.cos(turn), y + 0.34 * radius * math.sin(turn), 0.42 * radius)
        sheet.ink(inks[number % len(inks)], lambda ink, c=(x, y, radius): ink.disc(*c), 0.8)
        colour = BURGUNDY if number % 5 == 0 else SLATE
        sheet.ink(colour, lambda ink, c=nucleus: ink.disc(*c), 0.95 if number % 5 == 0 else 0.5)


def dreamm_7(sheet: Sheet, dice: random.Random) -> None:
    """Discs in a row through which their neighbours are seen, like lenses."""
    sheet.ink(SLATE, lambda ink: [ink.line([(-10, y), (1610, y)], 1.5) for y in range(60, 900, 30)], 0.35)
    for number, colour in enumerate((MIST, SAND, ROSE, MIST, SAND, ROSE, MIST)):
        x, radius = 170 + number * 210, 150 + 95 * math.sin(number * math.pi / 6)
        sheet.ink(colour, lambda ink, x=x, r=radius: ink.disc(x, 450, r), 0.85)
    sheet.ink(SLATE, lambda ink: ink.disc(590, 450, 62), 0.85)
    sheet.ink(BURGUNDY, lambda ink: ink.disc(800, 450, 92))
    sheet.ink(SLATE, lambda ink: ink.disc(1010, 450, 62), 0.85)


def magnetismm_3(sheet: Sheet, dice: random.Random) -> None:
    """Field lines between two poles."""
    poles = ((560, 450, SLATE), (1040, 450, BURGUNDY))
    sheet.ink(SAND, lambda ink: ink.disc(800, 450, 430), 0.85)
    for lift in (0, 70, 150, 245, 360, 500, 690, 960):
        for side in (1, -1):
            sheet.ink(SLATE, lambda ink, b=side * lift: ink.line(field_line(poles, b), 4), 0.7)
    for x, y, colour in poles:
        away = -1 if x < 800 else 1
        for angle in (-64, -40, -19, 0, 19, 40, 64):
            end = (x + away * 1150 * math.cos(math.radians(angle)), y + 1150 * math.sin(math.radians(angle)))
            sheet.ink(colour, lambda ink, a=(x, y), b=end: ink.line([a, b], 3), 0.55)
        sheet.ink(MIST if colour is SLATE else ROSE, lambda ink, x=x, y=y: ink.disc(x, y, 150), 0.85)
        sheet.ink(colour, lambda ink, x=x, y=y: ink.disc(x, y, 64))


def field_line(poles: tuple[tuple[float, float, Colour], ...], lift: float) -> list[Point]:
    """A curve from pole to pole that bulges by `lift` (cubic Bézier)."""
    (x0, y0, _), (x1, y1, _) = poles
    spread = abs(lift) * 0.55
    curve = []
    for t in (step / 60 for step in range(61)):
        a, b, c, d = (1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3
        x = a * x0 + b * (x0 - spread) + c * (x1 + spread) + d * x1
        curve.append((x, a * y0 + (b + c) * (y0 - lift) + d * y1))
    return curve


def portrait(sheet: Sheet, dice: random.Random) -> None:
    """A few large shapes in place of a photograph; the composition is drawn by lot."""
    tones = dice.sample([MIST, (230, 214, 186), (226, 190, 178), SLATE], 3)
    sheet.cut(tones[0], lambda ink: ink.area([(0, 0), (600, 0), (600, 600), (0, 600)]))
    dice.choice((quarters, moons, hills))(sheet, dice, tones)


def quarters(sheet: Sheet, dice: random.Random, tones: list[Colour]) -> None:
    """Four quarter or half discs in a square, one of them burgundy."""
    accent = dice.randrange(4)
    for number in range(4):
        left, top, corner = number % 2 * 300, number // 2 * 300, dice.randrange(4)
        colour = BURGUNDY if number == accent else dice.choice([*tones[1:], PAPER])
        if dice.random() < 0.7:
            x, y = left + 300 * (corner in (1, 2)), top + 300 * (corner in (2, 3))
            sheet.cut(colour, lambda ink, x=x, y=y, a=90 * corner: ink.wedge(x, y, 300, a, a + 90))
        else:
            x, y = left + 150, top + 150
            sheet.cut(colour, lambda ink, x=x, y=y, a=90 * corner: ink.wedge(x, y, 150, a, a + 180))


def moons(sheet: Sheet, dice: random.Random, tones: list[Colour]) -> None:
    """A disc, half covered by another, and a small burgundy one."""
    turn = dice.uniform(0, 6.28)
    dx, dy = 110 * math.cos(turn), 110 * math.sin(turn)
    sheet.cut(PAPER, lambda ink: ink.disc(300 + dx, 300 + dy, 205))
    sheet.cut(tones[1], lambda ink: ink.disc(300 - dx, 300 - dy, 205))
    sheet.ink(tones[2], lambda ink: ink.disc(300 + dx, 300 + dy, 205), 0.3)
    sheet.cut(BURGUNDY, lambda ink: ink.disc(300 + 0.7 * dy, 300 - 0.7 * dx, 84))


def hills(sheet: Sheet, dice: random.Random, tones: list[Colour]) -> None:
    """A burgundy sun behind three round hills."""
    sheet.cut(BURGUNDY, lambda ink: ink.disc(dice.uniform(220, 380), 235, 120))
    for colour, foot in ((tones[1], 590), (PAPER, 680), (tones[2], 770)):
        x, radius = dice.uniform(120, 480), dice.uniform(250, 330)
        sheet.cut(colour, lambda ink, x=x, y=foot, r=radius: ink.disc(x, y, r))


ARTICLES = {
    motif.__name__.replace("_", "-"): motif
    for motif in (
        optimismm,
        maia,
        pollux,
        cassiopeia,
        perseus,
        ikema,
        candor,
        cartitude_4,
        dreamm_7,
        magnetismm_3,
    )
}


def main(names: list[str]) -> None:
    """Draw the named pictures, or all."""
    for name, motif in ARTICLES.items():
        if not names or name in names:
            sheet = Sheet(1600, 900)
            motif(sheet, random.Random(name))
            sheet.save(PICTURES / f"{name}.png")
    for name in PEOPLE:
        if not names or name in names:
            sheet = Sheet(600, 600)
            portrait(sheet, random.Random(name))
            sheet.save(PICTURES / "people" / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
