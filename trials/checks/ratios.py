"""Hazard and odds ratios: the estimate against its interval, the interval against its p value.

Both rules hold for Wald intervals of a logarithm, which nearly all published ratios have. Exact, bootstrap,
profile-likelihood and repeated intervals need not follow them: a finding asks to look at the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from math import log
from statistics import NormalDist
from typing import NamedTuple

from .findings import Finding, oddity
from .intervals import HIGHEST_LEVEL, LOWEST_LEVEL
from .records import ODDS_RATIO, ComparisonRecord, Estimate, PValue
from .rounding import Span, half_unit, span

NORMAL = NormalDist()
THRESHOLDS = (0.05, 0.01, 0.001)


class Chances(NamedTuple):
    """All p values from `low` to `high`, both included."""

    low: float
    high: float

    def contradicts(self, other: Chances) -> bool:
        """Whether 0.05, 0.01 or 0.001 stands between these p values and those."""
        small, large = sorted((self, other))
        return any(small.high <= limit <= large.low for limit in THRESHOLDS) and small.high < large.low


def check_log_middle(where: str, estimate: Estimate) -> Iterator[Finding]:
    """A ratio is the geometric mean of its bounds, each number within half its own printed unit.

    With h for half the unit: accepted if and only if [R-h, R+h] meets [√((L-h)(U-h)), √((L+h)(U+h))]. The
    estimate and bounds of a Wald interval before rounding lie in those ranges, so that none is flagged.
    """
    if estimate.value is None or estimate.lower is None or estimate.upper is None:
        return
    middle = log_middle(estimate.lower, estimate.upper)
    if not span(estimate.value).meets(middle):
        yield oddity(
            "log-midpoint",
            where,
            f"The estimate {estimate.value} is not in the middle of its interval ({estimate.lower} to"
            f" {estimate.upper}), which lies between {middle.low:.3f} and {middle.high:.3f} on a log scale."
            " Compare the three numbers with the source.",
            estimate,
        )


def log_middle(lower: Decimal, upper: Decimal) -> Span:
    """The geometric mean of two printed bounds, at its smallest and largest."""
    low, high = span(lower), span(upper)
    return Span((max(low.low, Decimal(0)) * high.low).sqrt(), (low.high * high.high).sqrt())


def check_p(where: str, comparison: ComparisonRecord) -> Iterator[Finding]:
    """p as printed and p from the interval lie on the same side of 0.05, 0.01 and 0.001.

    From the interval: se = ln(U/L) / 2z with z of its level and sides, and z = |ln R| / se (Altman and Bland,
    BMJ 2011;343:d2304). Flagged only if no numbers that round to the printed ones agree. Where the source does
    not say how many sides p has, two are expected; if only one agrees, the sides are asked for.
    """
    p = comparison.p
    scores = wald_scores(comparison.estimate)
    if p is None or scores is None or (p.sides == 1 and p.value > Decimal("0.5")):
        return  # a one-sided p above 0.5 tests the direction that was not found: nothing to recompute
    if not printed_chances(p).contradicts(chances(scores, p.sides or 2)):
        return
    if p.sides is None and not printed_chances(p).contradicts(chances(scores, 1)):
        yield oddity(
            "p-sides",
            where,
            f"p {p.relation} {p.value} agrees with the interval only if it is one-sided."
            " Enter the sides of p as the source states them.",
            p,
            comparison.estimate,
        )
    else:
        recomputed = chances(scores, p.sides or 2)
        nominal = " (nominal)" if p.is_nominal else ""
        yield oddity(
            "p-interval",
            where,
            f"p {p.relation} {p.value}{nominal} does not agree with the interval, which gives {recomputed.low:.2g}"
            f" to {recomputed.high:.2g}. Compare p, its sides, the interval and its level with the source.",
            p,
            comparison.estimate,
        )


def check_p_direction(
    where: str, comparison: ComparisonRecord, *, event_is_desired: bool
) -> Iterator[Finding]:
    """A one-sided p below 0.5 says that `arm` does better, and so must the effect, as far as rounding tells.

    A one-sided test asks whether `arm` is better than `versus`; its p is the tail beyond the score, so that it is
    below 0.5 exactly when the estimate lies on the side of `arm`.
    """
    p, value = comparison.p, comparison.estimate.value
    if p is None or p.sides != 1 or value is None or printed_chances(p).high >= 0.5:
        return
    above_is_better = comparison.effect == ODDS_RATIO or event_is_desired
    low, high = span(value)
    if (high < 1) if above_is_better else (low > 1):
        yield oddity(
            "p-direction",
            where,
            f"A one-sided p {p.relation} {p.value} speaks for the first arm, but the ratio {value} for the second."
            " Compare the sides of p, the ratio and the order of the arms with the source.",
            p,
            value,
        )


def chances(scores: tuple[float, float], sides: int) -> Chances:
    """p values, smallest first, of the smallest and largest score."""
    smallest, largest = scores
    return Chances(sides * NORMAL.cdf(-largest), sides * NORMAL.cdf(-smallest))


def printed_chances(p: PValue) -> Chances:
    """What a printed p may stand for: "= 0.04" is 0.035 to 0.045, "< 0.001" is everything up to 0.001."""
    if p.relation == "<":
        return Chances(0.0, float(p.value))
    if p.relation == ">":
        return Chances(float(p.value), 1.0)
    return Chances(float(span(p.value).low), float(span(p.value).high))


def wald_scores(estimate: Estimate) -> tuple[float, float] | None:
    """The smallest and largest |ln R| / se that the printed numbers allow; None if they say nothing.

    With one bound open, the distance from the estimate to the other bound is used.
    """
    errors = standard_errors(estimate)
    if estimate.value is None or estimate.value <= 0 or errors is None:
        return None
    ends = [logarithm(end) for end in span(estimate.value)]
    nearest = 0.0 if ends[0] <= 0 <= ends[1] else min(abs(end) for end in ends)
    farthest = max(abs(end) for end in ends)
    smallest, largest = errors
    if smallest <= 0:  # rounding alone could close the interval
        return None
    return nearest / largest, farthest / smallest


def standard_errors(estimate: Estimate) -> tuple[float, float] | None:
    """The smallest and largest standard error of ln R that the printed numbers allow."""
    level, value, lower, upper = estimate.level, estimate.value, estimate.lower, estimate.upper
    if level is None or value is None or not LOWEST_LEVEL <= level <= HIGHEST_LEVEL:
        return None
    low, high, widths = lower, upper, 2
    if lower is None or upper is None:
        low, high, widths = (value, upper, 1) if lower is None else (lower, value, 1)
    if low is None or high is None:
        return None
    z = score_of(level, estimate.sides)
    smallest = logarithm(high - half_unit(high)) - logarithm(low + half_unit(low))
    largest = logarithm(high + half_unit(high)) - logarithm(low - half_unit(low))
    return smallest / (widths * z), largest / (widths * z)


def score_of(level: Decimal, sides: int | None) -> float:
    """How many standard errors an interval of `level` percent reaches: 1.96 for 95 with two sides."""
    tail = (1 - float(level) / 100) / (sides or 2)
    return NORMAL.inv_cdf(1 - tail)


def logarithm(number: Decimal) -> float:
    """ln, with minus infinity for what rounding pushed to 0 or below."""
    return log(number) if number > 0 else float("-inf")
