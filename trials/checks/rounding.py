"""A printed number stands for every number that is rounded to it."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple


class Span(NamedTuple):
    """All numbers from `low` to `high`, both included."""

    low: Decimal
    high: Decimal

    def meets(self, other: Span) -> bool:
        """Whether a number lies in both."""
        return self.low <= other.high and other.low <= self.high

    def is_below(self, other: Span) -> bool:
        """Whether every number here is smaller than every number of `other`."""
        return self.high < other.low


def places(printed: Decimal) -> int:
    """How many decimal places `printed` shows: 0.60 shows two, 29 none."""
    exponent = printed.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def half_unit(printed: Decimal) -> Decimal:
    """Half of the last printed unit: 0.005 for 0.60, 0.5 for 29."""
    return Decimal(5).scaleb(-places(printed) - 1)


def span(printed: Decimal) -> Span:
    """The numbers that `printed` may stand for, whichever way halves were rounded."""
    half = half_unit(printed)
    return Span(printed - half, printed + half)
