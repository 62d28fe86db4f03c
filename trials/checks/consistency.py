"""Numbers that must agree with each other: medians and rates with effects, and results of one data cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from .findings import Finding, oddity
from .records import (
    ESTIMATED,
    HAZARD_RATIO,
    LANDMARK,
    MEDIAN,
    NOT_REACHED,
    ODDS_RATIO,
    RESPONSE,
    ArmKey,
    ArmRecord,
    ComparisonRecord,
    Estimate,
    ResultRecord,
)
from .rounding import Span, span

# Each response includes those before it.
DEPTH = ("sCR", "CR+", "VGPR+", "ORR")

Arms = dict[ArmKey, ArmRecord]


def check_direction(result: ResultRecord, same_cut: Iterable[ResultRecord], arms: Arms) -> Iterator[Finding]:
    """The arm with the longer median or higher rate is the one that the effect favours, beyond rounding.

    A hazard ratio below 1 means that events come later in `arm`, whatever the event; an odds ratio above 1
    means that `arm` responds more often. Crossing curves can break the first rule: hence an oddity. The effect
    may stand at another result of the same endpoint and cut, as papers give one for median and rates.
    """
    comparison = result.comparison
    if comparison is None or not comparison.effect:
        comparison = shared_comparison(result, same_cut)
    favoured = favoured_arm(comparison) if comparison else None
    better = better_arm(result, comparison) if comparison else None
    if comparison and favoured is not None and better is not None and favoured != better:
        yield oddity(
            "effect-direction",
            result.where,
            f"The effect {comparison.estimate.value} favours {arms[favoured].label}, but the values favour"
            f" {arms[better].label}. Check which value belongs to which arm, and the order of the arms.",
            comparison.estimate.value,
            *valued(result, comparison, arms),
        )
    elif result.comparison and is_reversed(result.comparison, arms):
        yield oddity(
            "comparison-reversed",
            result.where,
            "The control arm is compared with the experimental arm. Swap the arms, or say why.",
            arms[result.comparison.arm].label,
            arms[result.comparison.versus].label,
        )


def valued(result: ResultRecord, comparison: ComparisonRecord, arms: Arms) -> Iterator[str]:
    """The compared arms with their values, as "ABC 35.6"."""
    for key in (comparison.arm, comparison.versus):
        if value := result.value_of(key):
            yield f"{arms[key].label} {value.estimate.printed}"


def shared_comparison(result: ResultRecord, same_cut: Iterable[ResultRecord]) -> ComparisonRecord | None:
    """The effect entered with another result that follows the same event in the same patients."""
    if result.measure == RESPONSE:
        return None
    for other in same_cut:
        if follows_same_event(other, result) and other.comparison and other.comparison.effect:
            return other.comparison
    return None


def follows_same_event(one: ResultRecord, other: ResultRecord) -> bool:
    """Whether both read the same curves: median or rate of one endpoint in the same patients."""
    return (
        RESPONSE not in (one.measure, other.measure)
        and one.endpoint == other.endpoint
        and one.same_patients == other.same_patients
    )


def favoured_arm(comparison: ComparisonRecord) -> ArmKey | None:
    """The arm that does better by the effect; None where rounding leaves it open."""
    if comparison.estimate.value is None or comparison.effect not in (HAZARD_RATIO, ODDS_RATIO):
        return None
    low, high = span(comparison.estimate.value)
    if low <= 1 <= high:
        return None
    is_arm = (high < 1) == (comparison.effect == HAZARD_RATIO)
    return comparison.arm if is_arm else comparison.versus


def better_arm(result: ResultRecord, comparison: ComparisonRecord) -> ArmKey | None:
    """The arm with the longer median or higher rate; None where unknown or equal after rounding."""
    arm, versus = result.value_of(comparison.arm), result.value_of(comparison.versus)
    if arm is None or versus is None:
        return None
    one, other = reach(arm.estimate), reach(versus.estimate)
    if one is None or other is None or one.meets(other):
        return None
    return comparison.versus if one.is_below(other) else comparison.arm


def reach(estimate: Estimate) -> Span | None:
    """The numbers behind a value; a median not reached lies beyond every other. None: unknown."""
    if estimate.status == ESTIMATED and estimate.value is not None:
        return span(estimate.value)
    if estimate.status == NOT_REACHED:
        return Span(Decimal("Infinity"), Decimal("Infinity"))
    return None


def is_reversed(comparison: ComparisonRecord, arms: Arms) -> bool:
    return arms[comparison.arm].role == "control" and arms[comparison.versus].role == "experimental"


def check_effect_kind(result: ResultRecord) -> Iterator[Finding]:
    """Hazard ratios belong to times to an event, odds ratios to shares of patients."""
    effect = result.comparison.effect if result.comparison else ""
    if (effect, result.measure) in ((HAZARD_RATIO, RESPONSE), (ODDS_RATIO, MEDIAN)):
        yield oddity(
            "effect-kind",
            result.where,
            "A hazard ratio needs times to an event, an odds ratio shares of patients."
            " Correct the effect or the measure.",
            effect,
            result.measure,
        )


def check_curves(result: ResultRecord, same_cut: Iterable[ResultRecord], arms: Arms) -> Iterator[Finding]:
    """A curve never rises: later rates are no higher, and half of the patients are left at the median."""
    curves = [other for other in same_cut if other is not result and follows_same_event(other, result)]
    for value in result.values:
        found = reach(value.estimate)
        if found is None or (result.measure == LANDMARK and value.estimate.value is None):
            continue
        for other in curves:
            rate = other.value_of(value.arm)
            if rate is None or other.measure != LANDMARK or other.timepoint is None:
                continue
            if rate.estimate.value is None:
                continue
            where = f"{result.where}, {arms[value.arm].label}"
            if result.measure == MEDIAN:
                median = value.estimate.printed
                yield from check_median(where, median, found, other.timepoint, rate.estimate.value)
            elif result.timepoint is not None and other.timepoint < result.timepoint:
                rates = (value.estimate.printed, result.timepoint, rate.estimate.value, other.timepoint)
                yield from check_later(where, found, other.timepoint, rate.estimate.value, rates)


def check_later(
    where: str, later: Span, timepoint: Decimal, earlier: Decimal, numbers: Iterable[object]
) -> Iterator[Finding]:
    if span(earlier).is_below(later):
        yield oddity(
            "rates-rise",
            where,
            f"The rate is higher than the {earlier} % at {timepoint} months, but a curve cannot rise."
            " Compare both rates and their time points with the source.",
            *numbers,
        )


def check_median(
    where: str, printed: str, median: Span, timepoint: Decimal, rate: Decimal
) -> Iterator[Finding]:
    """More than half left at a time point: the median comes later. Fewer than half: it came before."""
    half, time = Span(Decimal(50), Decimal(50)), span(timepoint)
    is_early = half.is_below(span(rate)) and median.is_below(time)
    is_late = span(rate).is_below(half) and time.is_below(median)
    if is_early or is_late:
        yield oddity(
            "median-against-rate",
            where,
            f"With {rate} % left at {timepoint} months the median must be {'later' if is_early else 'earlier'}."
            " Compare the median and the rate with the source.",
            printed,
            rate,
            timepoint,
        )


def check_depth(result: ResultRecord, same_cut: Iterable[ResultRecord], arms: Arms) -> Iterator[Finding]:
    """Deeper responses are part of shallower ones: sCR, then CR+, VGPR+, ORR (IMWG, Lancet Oncol 2016;17:e328)."""
    if result.measure != RESPONSE or result.abbreviation not in DEPTH:
        return
    wider = DEPTH[DEPTH.index(result.abbreviation) + 1 :]
    for other in same_cut:
        if other.abbreviation not in wider or other.same_patients != result.same_patients:
            continue
        for value in result.values:
            whole = other.value_of(value.arm)
            if whole is None or value.estimate.value is None or whole.estimate.value is None:
                continue
            if span(whole.estimate.value).is_below(span(value.estimate.value)):
                yield oddity(
                    "response-depth",
                    f"{result.where}, {arms[value.arm].label}",
                    f"{value.estimate.value} % is more than the {whole.estimate.value} % with {other.abbreviation},"
                    " which includes it. Compare both with the source.",
                    value.estimate.value,
                    other.abbreviation,
                    whole.estimate.value,
                )
