"""From results as kept in the database to the rows that figures are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from . import printing
from .figures.rows import ForestRow, Group, MedianRow, RateRow
from .models import ArmValue, Comparison, Given, Interval, Result


def forest_rows(results: Sequence[Result]) -> list[ForestRow]:
    """One row for each result, all of which have a comparison. Rows name their arms if these are not all the same.

    Rows of several trials name their trial first. They are set one below the other and nothing is pooled; no page
    shows such a figure, for ratios on one axis are read as a ranking whatever is written beside them.
    """
    pairs = {(result.comparison.arm_id, result.comparison.versus_id) for result in results}
    of_several = len({result.trial_id for result in results}) > 1
    rows = [forest_row(result, result.comparison, names_arms=len(pairs) > 1) for result in results]
    if not of_several:
        return rows
    return [
        replace(row, label=f"{result.trial}: {row.label}") for row, result in zip(rows, results, strict=True)
    ]


def has_effect(result: Result, effect: Comparison.Effect) -> bool:
    comparison = printing.comparison_of(result)
    return comparison is not None and comparison.effect == effect


def forest_row(result: Result, ratio: Comparison, *, names_arms: bool) -> ForestRow:
    lower_open, upper_open = open_words(ratio)
    versus = f"{ratio.arm} versus {ratio.versus}"
    return ForestRow(
        label=result.endpoint.name,  # without the time of a landmark: a hazard ratio is of the whole curve
        detail="; ".join(filter(None, (versus if names_arms else "", detail(result)))),
        comparison=versus,
        estimate=ratio.value,
        lower=ratio.ci_lower,
        upper=ratio.ci_upper,
        level=ratio.ci_level,
        text=with_bracket(value_text(ratio), printing.interval(ratio) or f"interval {printing.NOT_REPORTED}"),
        lower_open=lower_open,
        upper_open=upper_open,
    )


def is_known(result: Result) -> bool:
    """Is there an arm whose value was reported, if only as not reached?"""
    return any(value.status != Given.NOT_REPORTED for value in result.values.all())


def has_number(result: Result) -> bool:
    """Is there anything that can be drawn?"""
    return any(
        number is not None
        for value in result.values.all()
        for number in (value.value, value.ci_lower, value.ci_upper)
    )


def groups(results: Iterable[Result], row_type: type[MedianRow] | type[RateRow]) -> list[Group]:
    """The arms of each result."""
    return [
        Group(
            endpoint_label(result), detail(result), tuple(arm_row(v, row_type) for v in result.values.all())
        )
        for result in results
    ]


def arm_row(value: ArmValue, row_type: type[MedianRow] | type[RateRow]) -> MedianRow | RateRow:
    is_rate = row_type is RateRow
    lower_open, upper_open = open_words(value)
    return row_type(
        arm=str(value.arm),
        is_control=value.arm.role == "control",
        value=value.value,
        lower=value.ci_lower,
        upper=value.ci_upper,
        level=value.ci_level,
        status=value.get_status_display(),
        text=with_bracket(
            value_text(value, "%" if is_rate else ""),
            count(value) if is_rate else "",
            printing.interval(value),
        ),
        lower_open=lower_open,
        upper_open=upper_open,
        n=value.n if is_rate else None,
        n_analysed=value.n_analysed if is_rate else None,
    )


def value_text(value: Interval, unit: str = "") -> str:
    """The number as printed, or the words in its place."""
    return value.get_status_display() if value.value is None else f"{printing.number(value.value)}{unit}"


def count(value: ArmValue) -> str:
    """ "32 of 60", "32 patients", or nothing."""
    if value.n is None:
        return ""
    return f"{value.n} patients" if value.n_analysed is None else f"{value.n} of {value.n_analysed}"


def with_bracket(value: str, *parts: str) -> str:
    """ "53.3% (32 patients; 95% CI 40.0–66.3)": what is known besides `value`, in one bracket."""
    known = "; ".join(filter(None, parts))
    return f"{value} ({known})" if known else value


def open_words(value: Interval) -> tuple[str, str]:
    """What stands in place of the lower and the upper bound; empty for a number and without an interval.

    The side that a one-sided interval does not have is told in the words of the page.
    """
    if value.ci_level is None:
        return "", ""
    bounds = ((value.ci_lower, value.ci_lower_status), (value.ci_upper, value.ci_upper_status))
    is_known = any(number is not None or is_open(status) for number, status in bounds)
    missing = printing.interval(value) if value.ci_sides == 1 and is_known else printing.NOT_REPORTED
    lower, upper = (
        "" if number is not None else printing.WORDS[Given(status)] if is_open(status) else missing
        for number, status in bounds
    )
    return lower, upper


def is_open(status: str) -> bool:
    """Does the `status` of a bound say that there is none, rather than that it was not given?"""
    return status not in ("", Given.NOT_REPORTED, Given.ESTIMATED)


def endpoint_label(result: Result) -> str:
    """The endpoint, for a landmark with its time: "Overall survival at 36 months"."""
    return at_time(result.endpoint.name, result)


def at_time(name: str, result: Result) -> str:
    return name if result.timepoint is None else f"{name} at {printing.months(result.timepoint)}"


def detail(result: Result) -> str:
    """By whom it was assessed and how it was measured, said once."""
    assessor = result.get_assessor_display() if result.assessor else ""
    how = printing.powers(result.detail)
    if assessor.casefold() in how.casefold():
        return how
    return f"{assessor}; {how}" if how else assessor
