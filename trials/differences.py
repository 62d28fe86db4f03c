"""The absolute effect of a result, where its numbers allow one: derived by us and labelled so."""

from __future__ import annotations

from . import printing
from .cells import Cell
from .derived import Derived, Reading, Scope, landmark_difference, median_difference, risk_difference
from .models import Arm, ArmValue, Result

AMONG_RESPONDERS = {"dor", "ttr"}  # duration of response, time to response: codes of `Endpoint`


def difference_of(result: Result, arm: Arm, versus: Arm) -> Derived | None:
    """`arm` minus `versus` in months, percentage points or per 100 patients; None where that is no calculation.

    None too for what was measured in responders alone, such as the duration of response: who responded was decided
    after the randomisation, by the treatment itself, so that the two groups are no longer alike and their difference
    is no effect of the treatment.
    """
    if result.endpoint.code in AMONG_RESPONDERS:
        return None
    values = {value.arm_id: value for value in result.values.all()}
    if arm.pk not in values or versus.pk not in values:
        return None
    first, second = (_reading(result, row, values[row.pk]) for row in (arm, versus))
    if result.measure == Result.Measure.MEDIAN:
        return median_difference(first, second)
    if result.measure == Result.Measure.LANDMARK:
        return landmark_difference(first, second)
    return risk_difference(first, second, is_percent=True)


def _reading(result: Result, arm: Arm, value: ArmValue) -> Reading:
    scope = Scope(
        trial=result.trial_id,
        cut=result.data_cut_id,
        endpoint=result.endpoint.code,
        measure=result.measure,
        timepoint=result.timepoint,
        population=result.population,
        assessor=result.assessor,
    )
    return Reading(scope, arm.pk, str(arm), value.value)


def difference_cell(derived: Derived) -> Cell:
    """Such as "+4.8" with "months" below it."""
    sign = "+" if derived.value > 0 else ""
    return Cell(f"{sign}{printing.number(derived.value)}", is_number=True, count=derived.unit)
