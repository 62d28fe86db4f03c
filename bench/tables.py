"""What a measurement prints."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median


@dataclass(frozen=True)
class Figure:
    """What the portal promises, and what was found.

    ratio  of what was measured to what it is compared with, if it is
    """

    name: str
    target: str
    measured: str
    is_met: bool
    ratio: str = "–"


def report(figures: Sequence[Figure]) -> int:
    """Print one table of them all. Returns the exit status: 1 if a target is missed."""
    rows = [
        (
            figure.name,
            figure.target,
            figure.measured,
            figure.ratio,
            "yes" if figure.is_met else "NO",
            machine(),
        )
        for figure in figures
    ]
    print("\n" + table(("figure", "target", "measured", "ratio", "met", "machine"), rows))
    return 0 if all(figure.is_met for figure in figures) else 1


@cache
def machine() -> str:
    """ "2 × Xeon E5-2686 v4, Linux, Python 3.11": what the figures depend on."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    models = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    model = next(models, platform.machine()).partition(" @")[0]
    for noise in ("(R)", "(TM)", " CPU", " Processor", "Intel ", "AMD "):
        model = model.replace(noise, "")
    return f"{os.cpu_count()} × {model}, {platform.system()}, Python {platform.python_version()}"


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
