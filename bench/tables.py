"""What a measurement prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median


def milliseconds(seconds: Sequence[float]) -> str:
    """ "12.1 / 12.9 / 20.3 ms": fastest, median, slowest."""
    found = (1000 * value for value in (min(seconds), median(seconds), max(seconds)))
    return " / ".join(f"{value:.1f}" for value in found) + " ms"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Columns as wide as their longest entry."""
    lines = [headings, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(headings))]
    written = [
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines
    ]
    return "\n".join([written[0], "  ".join("-" * width for width in widths), *written[1:]])
