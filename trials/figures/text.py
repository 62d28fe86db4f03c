"""How wide text is in Inter, and how it breaks into lines."""

from __future__ import annotations

import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from PIL import ImageFont

FONTS = Path(__file__).parent / "fonts"
REGULAR, SEMIBOLD = FONTS / "Inter-Regular.ttf", FONTS / "Inter-SemiBold.ttf"
SIZE = 14.0  # of all text: at 320 pixels a narrow drawing shows it at 11
LINE = 19.0
MEASURED_AT = 100
DIGITS = str.maketrans("123456789", "000000000")  # figures are set in tabular digits, all as wide as 0


@cache
def _font(is_bold: bool) -> ImageFont.FreeTypeFont:
    path = SEMIBOLD if is_bold else REGULAR
    return ImageFont.truetype(path, MEASURED_AT, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=4096)
def width(text: str, *, bold: bool = False) -> float:
    """The width of one line of `text` at SIZE; what Inter does not have counts as a full square."""
    known = "".join(character for character in text if not _is_foreign(character))
    length = _font(bold).getlength(known.translate(DIGITS)) / MEASURED_AT
    return (length + len(text) - len(known)) * SIZE


def _is_foreign(character: str) -> bool:
    """East Asian scripts and emoji: they come from another font."""
    return ord(character) > 0x2300 or unicodedata.east_asian_width(character) in "WF"


def wrap_numbers(text: str, room: float) -> list[str]:
    """As `wrap`, but first of all before the bracket that holds an interval."""
    head, bracket, tail = text.partition(" (")
    if width(text) > room and bracket:
        return [*wrap(head, room), *wrap(f"({tail}", room)]
    return wrap(text, room)


def wrap(text: str, room: float, *, bold: bool = False) -> list[str]:
    """`text` in lines no wider than `room`, broken between words, within a word only where it must be."""
    lines: list[str] = []
    for word in filter(None, text.replace("\n", " ").split(" ")):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, bold=bold) <= room:
            lines[-1] = joined
        else:
            lines += _pieces(word, room, bold)
    return lines


def _pieces(word: str, room: float, bold: bool) -> list[str]:
    """A word that is wider than a line, cut; at least one character each."""
    pieces = [""]
    for character in word:
        if pieces[-1] and width(pieces[-1] + character, bold=bold) > room:
            pieces.append("")
        pieces[-1] += character
    return pieces
