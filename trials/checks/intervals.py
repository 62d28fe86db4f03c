"""One estimate with its interval: bounds in order, estimate inside, level and sides plausible."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .findings import Finding, fault, oddity
from .records import ESTIMATED, NOT_REACHED, Estimate
from .rounding import half_unit, span

# Levels in use: from 80 % (phase II) to 99.9 % (early interim analyses); between them lie the adjusted
# levels of group-sequential designs, such as 95.4 and 98.5.
LOWEST_LEVEL, HIGHEST_LEVEL = Decimal(80), Decimal("99.9")


def check_interval(where: str, estimate: Estimate) -> Iterator[Finding]:
    """Everything that must hold of an interval by itself. An open bound cannot contradict anything."""
    lower, upper = estimate.lower, estimate.upper
    if lower is not None or upper is not None:
        yield from check_level(where, estimate.level)
        yield from check_sides(where, estimate)
    if lower is not None and upper is not None and lower > upper:
        yield fault(
            "interval-order",
            where,
            f"The lower bound {lower} is above the upper bound {upper}. Swap or correct them.",
        )
    else:
        yield from check_inside(where, estimate)


def check_level(where: str, level: Decimal | None) -> Iterator[Finding]:
    """The level is never assumed: an interval without one cannot be read."""
    if level is None:
        yield fault("ci-level", where, "The interval has no level. Enter it as published, for example 95.")
    elif not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        yield fault(
            "ci-level",
            where,
            f"{level} % is not a level of confidence in use ({LOWEST_LEVEL} to {HIGHEST_LEVEL})."
            " Compare it with the source.",
        )


def check_sides(where: str, estimate: Estimate) -> Iterator[Finding]:
    """An interval has one side or two; with one side it has one bound."""
    if estimate.sides not in (None, 1, 2):
        yield fault("ci-sides", where, f"An interval has one side or two, not {estimate.sides}.")
    elif estimate.sides == 1 and estimate.lower is not None and estimate.upper is not None:
        yield oddity(
            "one-sided-with-two-bounds",
            where,
            "The interval is entered as one-sided but has two bounds. Correct the sides, or open a bound.",
        )


def check_inside(where: str, estimate: Estimate) -> Iterator[Finding]:
    """The estimate lies between its bounds, as far as rounding tells. "Not reached" lies above both."""
    value, lower, upper = estimate.value, estimate.lower, estimate.upper
    if estimate.status == ESTIMATED and value is not None:
        is_low = lower is not None and span(value).high < lower - half_unit(lower)
        is_high = upper is not None and span(value).low > upper + half_unit(upper)
        if is_low or is_high:
            yield fault(
                "estimate-outside-interval",
                where,
                f"The estimate {value} lies outside its interval ({shown(lower)} to {shown(upper)})."
                " Compare all three with the source.",
            )
    elif estimate.status == NOT_REACHED and upper is not None:
        yield fault(
            "estimate-outside-interval",
            where,
            f"The median is entered as not reached, but the upper bound {upper} was."
            " Enter the median, or open the bound.",
        )


def check_positive(where: str, estimate: Estimate, *, is_ratio: bool) -> Iterator[Finding]:
    """A time or rate is not negative; a ratio is above 0, though its lower bound may round to 0."""
    for number in (estimate.value, estimate.lower, estimate.upper):
        if number is not None and (number < 0 or (is_ratio and number == 0 and number is not estimate.lower)):
            yield fault(
                "not-positive",
                where,
                f"{number} cannot be a {'ratio' if is_ratio else 'time or rate'}. Compare it with the source.",
            )


def shown(bound: Decimal | None) -> str:
    """A bound for people."""
    return "open" if bound is None else str(bound)
