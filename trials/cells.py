"""What stands in one place of a table: a published figure, or the words that stand for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from . import printing
from .derived import percent_of
from .models import ArmValue, Given, ObservationValue, Result


@dataclass(frozen=True)
class Cell:
    text: str
    is_number: bool = False
    interval: str = ""
    count: str = ""  # "131 of 281"
    label: str = ""  # of an effect: "HR"
    is_derived: bool = False
    pad: str = (
        ""  # digits that this figure has fewer than others of its column: printed unseen, to align them
    )

    @property
    def interval_parts(self) -> list[str]:
        """The interval where it may be broken into lines: never within a number or between two bounds."""
        return self.interval.split(" ")


def value_cell(value: ArmValue | None) -> Cell:
    """The value of an arm; without one, the words "not reported"."""
    if value is None:
        return Cell(printing.NOT_REPORTED)
    count, interval = _count(value), printing.interval(value)
    if value.status == Given.ESTIMATED and value.value is not None:
        return Cell(printing.number(value.value), is_number=True, interval=interval, count=count)
    is_share = value.result.measure == Result.Measure.RESPONSE and value.status == Given.NOT_REPORTED
    if is_share and (share := percent_of(value.n, value.n_analysed)):
        return Cell(printing.number(share.value), is_number=True, count=count, is_derived=True)
    return Cell(printing.WORDS[Given(value.status)], interval=interval, count=count)


def _count(value: ArmValue) -> str:
    if value.n is None:
        return ""
    return f"{value.n} of {value.n_analysed}" if value.n_analysed is not None else patients(value.n)


def observation_cell(value: ObservationValue | None) -> Cell:
    """What was observed in an arm. A count without its denominator stays a count: a share would be a guess."""
    if value is None:
        return Cell(printing.NOT_REPORTED)
    count = patients(value.n) if value.n is not None else ""
    if value.value is not None:
        return Cell(printing.number(value.value), is_number=True, count=count)
    return Cell("percentage not reported" if value.is_percent else printing.NOT_REPORTED, count=count)


def patients(n: int) -> str:
    return f"{n}{printing.SPACE}patient{'' if n == 1 else 's'}"


C = TypeVar("C", Cell, Cell | None)


def align(cells: Sequence[C]) -> list[C]:
    """`cells` of one column, each padded to the longest fraction among them, so that decimal points stand in line."""
    longest = max((len(_fraction(cell)) for cell in cells if cell and cell.is_number), default=0)
    return [
        replace(cell, pad=_pad(_fraction(cell), longest)) if cell and cell.is_number else cell
        for cell in cells
    ]


def _fraction(cell: Cell) -> str:
    """The decimal point and what follows it."""
    _, point, digits = cell.text.partition(".")
    return point + digits


def _pad(fraction: str, longest: int) -> str:
    if fraction or not longest:
        return "0" * (longest - len(fraction))
    return "." + "0" * (longest - 1)
