"""Where a number stands, and which numbers an axis names."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import ceil, log

from .text import width

D = Decimal
LOWEST, HIGHEST = D("0.05"), D("20")
# A log axis ends at one of these, never closer to 1 than a half and two: a narrow interval must look narrow.
ENDS = tuple(map(D, ("0.05", "0.1", "0.2", "0.3", "0.5", "1", "2", "3", "5", "10", "20")))
# From dense to sparse; the first set whose numbers stand apart is taken.
LOG_TICKS = tuple(
    tuple(map(D, ticks.split()))
    for ticks in (
        "0.05 0.1 0.2 0.3 0.4 0.5 0.6 0.8 1 1.25 1.5 2 3 4 5 7 10 15 20",
        "0.05 0.1 0.2 0.3 0.5 0.7 1 1.5 2 3 5 7 10 20",
        "0.05 0.1 0.2 0.3 0.5 1 2 3 5 10 20",
        "0.05 0.1 0.2 0.5 1 2 5 10 20",
        "0.05 0.2 0.5 1 2 5 20",
        "0.05 0.2 1 5 20",
        "0.05 1 20",
    )
)
GAP = 8  # between two numbers of an axis
STEPS = tuple(map(D, ("1", "2", "3", "6", "12", "24", "36", "60", "120", "240")))  # months
LONGEST = D(1200)  # months: nobody is followed for longer, and the numbers still fit under their ticks
MOST_STEPS = 7


@dataclass(frozen=True)
class Axis:
    """From `lowest` at `left` to `highest` at `right`."""

    lowest: Decimal
    highest: Decimal
    left: float
    right: float
    ticks: tuple[Decimal, ...]
    is_log: bool = False

    def place(self, value: Decimal) -> float:
        """The x of `value`, which may lie outside."""
        if self.is_log:
            share = log(value / self.lowest) / log(self.highest / self.lowest)
        else:
            share = float((value - self.lowest) / (self.highest - self.lowest))
        return self.left + share * (self.right - self.left)

    def has(self, value: Decimal) -> bool:
        return self.lowest <= value <= self.highest


def log_axis(values: list[Decimal], left: float, right: float) -> Axis:
    """An axis that shows the positive `values` as far as they lie within 0.05–20, and always 0.5, 1 and 2."""
    lowest = max((end for end in ENDS if end <= min([*values, D("0.5")])), default=LOWEST)
    highest = min((end for end in ENDS if end >= max([*values, D(2)])), default=HIGHEST)
    for candidates in LOG_TICKS:
        inside = tuple(tick for tick in candidates if lowest <= tick <= highest)
        axis = Axis(lowest, highest, left, right, tuple(sorted({lowest, *inside, highest})), is_log=True)
        if _stand_apart(axis):
            break
    return axis


def _stand_apart(axis: Axis) -> bool:
    return all(
        axis.place(b) - axis.place(a) >= (width(str(a)) + width(str(b))) / 2 + GAP
        for a, b in pairwise(axis.ticks)
    )


def months_axis(values: list[Decimal], left: float, right: float) -> Axis:
    """An axis from 0 to beyond the largest of `values`, in steps that months are counted in."""
    largest = min(max([*values, D(1)]), LONGEST)
    step = next(step for step in STEPS if step * MOST_STEPS >= largest)
    count = ceil(largest / step)
    return Axis(D(0), step * count, left, right, tuple(step * i for i in range(count + 1)))


def percent_axis(left: float, right: float) -> Axis:
    return Axis(D(0), D(100), left, right, tuple(D(20) * i for i in range(6)))
