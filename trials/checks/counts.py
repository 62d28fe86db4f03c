"""Patients: arms and enrolment, counts and totals, counts and percentages.

The rules: arms sum to the number randomised; n is at most N; the printed percentage lies within half a
printed unit of 100 n/N; a number of patients analysed that exceeds the number randomised needs a reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from .findings import Finding, fault, oddity
from .records import RESPONSE, ArmKey, ArmRecord, ObservationRecord, ResultRecord, TrialRecord, ValueRecord
from .rounding import Span, span

# Populations that are everybody randomised, or may be because nothing else is said.
WHOLE_ARM = ("", "itt")


def check_arms(trial: TrialRecord) -> Iterator[Finding]:
    """The first randomisation takes in everybody enrolled; a later one takes in no more than that."""
    for number in sorted({arm.randomisation for arm in trial.arms}):
        sizes = [arm.n for arm in trial.arms if arm.randomisation == number]
        total = sum(size for size in sizes if size is not None)
        is_complete = number == 1 and None not in sizes
        if total > trial.n_enrolled or (is_complete and total != trial.n_enrolled):
            yield fault(
                "arms-sum",
                f"{trial.label}, randomisation {number}",
                f"The arms add up to {total} patients, but {trial.n_enrolled} are entered as enrolled."
                " Correct the size of an arm or the number enrolled.",
            )


def check_counts(where: str, value: ValueRecord, arm: ArmRecord) -> Iterator[Finding]:
    """n is at most N (or the arm); N is at most the arm, unless there is a reason."""
    total = arm.n if value.n_analysed is None else value.n_analysed
    if value.n is not None and total is not None and value.n > total:
        yield too_many(where, value.n, total)
    if value.n_analysed is not None and arm.n is not None and value.n_analysed > arm.n:
        yield oddity(
            "analysed-above-arm",
            where,
            f"{value.n_analysed} patients were analysed, but the arm has {arm.n}."
            " Correct one of them, or say why more were analysed.",
            value.n_analysed,
            arm.n,
        )


def unknown_arm(where: str) -> Finding:
    """Used wherever arms are named."""
    return fault(
        "value-arm",
        where,
        "A value belongs to an arm that is not of this trial, or two values to one arm. Choose the arms again.",
    )


def too_many(where: str, n: int, total: int) -> Finding:
    return fault(
        "count-above-total",
        where,
        f"{n} patients are counted among {total}. Correct the count or the total.",
    )


def check_percentages(where: str, numbers: Iterable[Decimal | None]) -> Iterator[Finding]:
    """A percentage of patients lies within 0 and 100, and so do its bounds."""
    for number in numbers:
        if number is not None and not 0 <= number <= 100:
            yield fault(
                "percent-range", where, f"{number} % is not within 0 and 100. Compare it with the source."
            )


def check_share(where: str, result: ResultRecord, value: ValueRecord, arm: ArmRecord) -> Iterator[Finding]:
    """A response rate is 100 n/N. N that is not stated is the size of the arm, if everybody counts."""
    printed = value.estimate.value
    if result.measure != RESPONSE or printed is None or value.n is None:
        return
    if value.n_analysed is not None:
        if value.n_analysed and not fits(printed, value.n, value.n_analysed):
            yield fault(
                "percent-count",
                where,
                f"{value.n} of {value.n_analysed} is {share(value.n, value.n_analysed):.2f} %, not {printed} %."
                " Compare all three with the source; if it contradicts itself, leave the count out and note it.",
            )
    elif arm.n and result.population in WHOLE_ARM and not fits(printed, value.n, arm.n):
        yield oddity(
            "percent-of-arm",
            where,
            f"{value.n} of the {arm.n} patients of the arm is {share(value.n, arm.n):.2f} %, not {printed} %."
            " Enter the number analysed, or correct the count or the percentage.",
            value.n,
            arm.n,
            printed,
        )


def share(n: int, total: int) -> Decimal:
    return Decimal(100 * n) / total


def fits(printed: Decimal, n: int, total: int) -> bool:
    return span(printed).low <= share(n, total) <= span(printed).high


def check_observation(observation: ObservationRecord, arms: dict[ArmKey, ArmRecord]) -> Iterator[Finding]:
    """Counts and shares beside the endpoints. Safety counts patients treated, so N may be below the arm."""
    for value in observation.values:
        arm = arms.get(value.arm)
        if arm is None:
            yield unknown_arm(observation.where)
            continue
        where = f"{observation.where}, {arm.label}"
        if value.n is not None and arm.n is not None and value.n > arm.n:
            yield too_many(where, value.n, arm.n)
        elif observation.is_percent:
            yield from check_percentages(where, [value.value])
            yield from check_denominator(where, value.n, value.value, arm.n)


def check_denominator(
    where: str, n: int | None, printed: Decimal | None, arm_n: int | None
) -> Iterator[Finding]:
    """The N which count and percentage imply is the arm at most, and (our choice) half of it at least."""
    if not n or not arm_n or printed is None or not 0 <= printed <= 100:
        return
    possible = Span(share(n, arm_n), share(n, arm_n) * 2)  # N is the arm; N is half of it
    if not span(printed).meets(possible):
        yield oddity(
            "percent-of-arm",
            where,
            f"{n} patients and {printed} % do not fit an arm of {arm_n}. Compare both with the source.",
            n,
            arm_n,
            printed,
        )
