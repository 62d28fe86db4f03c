"""Absolute effects that we derive from published numbers. Each is labelled derived, none is a guess.

Every function reads numbers of one endpoint at one data cut of one trial and returns None when they do not
allow the calculation: another trial, cut, endpoint or population, a median not reached, a number not given.
Nothing here takes numbers of two trials. Results are rounded to the coarser printed precision of their inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from trials.checks.ratios import implied_bounds
from trials.checks.records import LANDMARK, MEDIAN, PValue
from trials.checks.rounding import places, span

LABEL = "derived"


@dataclass(frozen=True)
class Scope:
    """What two numbers must share before one is subtracted from the other."""

    trial: int | str
    cut: int | str
    endpoint: str  # code, or event and grade
    measure: str
    timepoint: Decimal | None = None
    population: str = ""
    assessor: str = ""


@dataclass(frozen=True)
class Reading:
    """The published value of one arm; `value` is None when it is not reached, not estimable or not reported."""

    scope: Scope
    arm: int | str
    label: str
    value: Decimal | None


@dataclass(frozen=True)
class Derived:
    """A number that no publication gives. `formula` is a sentence with the numbers that went into it."""

    value: Decimal
    unit: str
    formula: str
    label: str = LABEL


@dataclass(frozen=True)
class ImpliedInterval:
    """An aid for editors who look for a misprint; never shown to readers, never stored as reported."""

    lower: Decimal
    upper: Decimal
    level: Decimal
    formula: str
    label: str = LABEL


def median_difference(arm: Reading, versus: Reading) -> Derived | None:
    """How many months longer the median of `arm` is; negative when it is shorter."""
    return difference(arm, versus, measure=MEDIAN, unit="months")


def landmark_difference(arm: Reading, versus: Reading) -> Derived | None:
    """How many percentage points more of `arm` are free of the event at one time point."""
    if arm.scope.timepoint is None:
        return None
    return difference(arm, versus, measure=LANDMARK, unit="percentage points")


def risk_difference(arm: Reading, versus: Reading, *, is_percent: bool) -> Derived | None:
    """How many more of 100 patients of `arm` had the event than of 100 of `versus`.

    is_percent  False for rates per patient-years, weeks and the like: they are not shares of patients
    """
    if not is_percent:
        return None
    return difference(arm, versus, measure=arm.scope.measure, unit="per 100 patients")


def difference(arm: Reading, versus: Reading, *, measure: str, unit: str) -> Derived | None:
    """`arm` minus `versus`, if both belong to one scope of that measure and are different arms."""
    is_pair = arm.scope == versus.scope and arm.scope.measure == measure and arm.arm != versus.arm
    if not is_pair or arm.value is None or versus.value is None:
        return None
    return Derived(
        coarser(arm.value - versus.value, arm.value, versus.value),
        unit,
        f"{arm.value} ({arm.label}) minus {versus.value} ({versus.label}).",
    )


def percent_of(n: int | None, total: int | None) -> Derived | None:
    """n of N patients in percent, to one decimal place. N is one that the source states for this number."""
    if n is None or not total or not 0 <= n <= total:
        return None
    value = (Decimal(100 * n) / total).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return Derived(value, "percent", f"{n} of {total} patients, times 100.")


def number_needed_to_treat(
    arm: Reading, versus: Reading, *, lower: Decimal | None, upper: Decimal | None
) -> Derived | None:
    """How many patients to treat with `arm` for one more to be free of the event at the time point.

    100 divided by the difference in percentage points, rounded up to a whole patient (Altman and Andersen,
    BMJ 1999;319:1492). Without an interval of its own it misleads where the trial found no difference (Altman,
    BMJ 1998;317:1309), so it is given only where that is excluded.

    lower, upper  the published interval of the hazard ratio of the same endpoint and cut
    returns       None if that interval is open, absent or includes 1, if the rates are equal after rounding,
                  or if the two point in different directions or against `arm`
    """
    gain = landmark_difference(arm, versus)
    if gain is None or arm.value is None or versus.value is None or lower is None or upper is None:
        return None
    is_benefit = 0 < lower <= upper < 1 and span(versus.value).is_below(span(arm.value))
    if not is_benefit:
        return None
    return Derived(
        (100 / gain.value).quantize(Decimal(1), ROUND_CEILING),
        "patients",
        f"100 divided by {gain.value} percentage points, rounded up"
        f" ({arm.value} with {arm.label}, {versus.value} with {versus.label}, at {arm.scope.timepoint} months).",
    )


def implied_interval(
    ratio: Decimal | None, p: PValue | None, *, level: Decimal = Decimal(95)
) -> ImpliedInterval | None:
    """The interval which a ratio and its exact p imply (Altman and Bland, BMJ 2011;343:d2090).

    For editors only. None when p is a bound ("< 0.001"), when the source does not say how many sides p has,
    or when the ratio is 1.
    """
    if ratio is None or ratio <= 0 or p is None or p.relation != "=" or p.sides is None:
        return None
    bounds = implied_bounds(ratio, p.value, p.sides, level)
    if bounds is None:
        return None
    lower, upper = (rounded(Decimal(bound), places(ratio)) for bound in bounds)
    sides = "one-sided" if p.sides == 1 else "two-sided"
    return ImpliedInterval(
        lower, upper, level, f"{level} % interval of a ratio of {ratio} whose {sides} p is {p.value}."
    )


def coarser(value: Decimal, *inputs: Decimal) -> Decimal:
    """`value` with as many decimal places as the input that has fewest."""
    return rounded(value, min(places(number) for number in inputs))


def rounded(value: Decimal, to: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-to), ROUND_HALF_UP)
