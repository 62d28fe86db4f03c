"""Absolute effects that we derive from published numbers. Each is labelled derived, none is a guess.

Every function reads numbers of one endpoint at one data cut of one trial and returns None when they do not
allow the calculation: another trial, cut, endpoint or population, a median not reached, a number not given.
Nothing here takes numbers of two trials. Results are rounded to the coarser printed precision of their inputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from trials.checks.records import LANDMARK, MEDIAN
from trials.checks.rounding import places

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


def coarser(value: Decimal, *inputs: Decimal) -> Decimal:
    """`value` with as many decimal places as the input that has fewest."""
    return rounded(value, min(places(number) for number in inputs))


def rounded(value: Decimal, to: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-to), ROUND_HALF_UP)
