"""Checks of trial results: arithmetic over small records, without the database.

`check_trial` and `check_result` say what cannot be true (faults) and what asks for a reason (oddities).
`of_rows` builds the records from the models.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from .consistency import check_curves, check_depth, check_direction, check_effect_kind
from .counts import check_arms, check_counts, check_observation, check_percentages, check_share, unknown_arm
from .findings import Finding, Severity, fault
from .intervals import check_interval, check_positive
from .plausibility import check_cuts, check_median, check_publication, check_sources
from .ratios import check_log_middle, check_p, check_p_direction
from .records import (
    MEDIAN,
    ArmKey,
    ArmRecord,
    ComparisonRecord,
    CountRecord,
    CutRecord,
    Estimate,
    ObservationRecord,
    PublicationRecord,
    PValue,
    ResultRecord,
    TrialRecord,
    ValueRecord,
)

__all__ = [
    "ArmRecord",
    "ComparisonRecord",
    "CountRecord",
    "CutRecord",
    "Estimate",
    "Finding",
    "ObservationRecord",
    "PValue",
    "PublicationRecord",
    "ResultRecord",
    "Severity",
    "TrialRecord",
    "ValueRecord",
    "check_observation",
    "check_result",
    "check_trial",
]


def check_trial(trial: TrialRecord) -> list[Finding]:
    """Everything that the checks find in a trial.

    returns  findings of its arms, cuts, publications and sources; then of its results and observations, each with
             the number of its result or observation
    """
    findings = [*check_arms(trial), *check_cuts(trial)]
    for publication in trial.publications:
        findings += check_publication(publication, trial.today)
    findings += check_sources(trial)
    for number, result in enumerate(trial.results):
        found = [*check_role(result, trial.roles), *check_result(result, trial.arms, trial.results)]
        findings += [replace(of_arm(finding, result.where), result=number) for finding in found]
    arms = {arm.key: arm for arm in trial.arms}
    for number, observation in enumerate(trial.observations):
        observed = check_observation(observation, arms)
        findings += [replace(of_arm(finding, observation.where), observation=number) for finding in observed]
    return findings


def of_arm(finding: Finding, where: str) -> Finding:
    """`finding` about one arm of what is at `where`: its numbers are those of that arm, and of no other."""
    arm = finding.where.removeprefix(where).removeprefix(", ")
    return replace(finding, numbers=f"{arm}: {finding.numbers}") if arm and finding.numbers else finding


def check_result(
    result: ResultRecord, arms: Iterable[ArmRecord], results: Iterable[ResultRecord] = ()
) -> list[Finding]:
    """Everything that the checks find in one result.

    arms     the arms of its trial
    results  the results of its trial, against which it is held; those of other data cuts are left aside
    returns  findings of this result; nothing is compared for arms that are not of the trial
    """
    of_trial = {arm.key: arm for arm in arms}
    findings = list(check_filled(result)) or list(check_membership(result, of_trial))
    if findings:
        return findings
    same_cut = [
        other for other in results if other.cut == result.cut and not any(check_membership(other, of_trial))
    ]
    for value in result.values:
        findings += check_value(result, value, of_trial[value.arm])
    findings += check_comparison(result)
    if any(finding.severity == "fault" for finding in findings):
        return findings  # what is wrong by itself is not held against other numbers
    findings += list(check_effect_kind(result)) or check_direction(result, same_cut, of_trial)
    findings += check_curves(result, same_cut, of_trial)
    findings += check_depth(result, same_cut, of_trial)
    return findings


def check_filled(result: ResultRecord) -> Iterator[Finding]:
    """A result says something: a value, if only that it was not reached, or an effect."""
    if not result.values and result.comparison is None:
        yield fault(
            "result-empty", result.where, "Nothing is entered. Enter at least one value or an effect."
        )


def check_role(result: ResultRecord, roles: dict[str, str]) -> Iterator[Finding]:
    """An endpoint plays one part in a trial, and its results the same."""
    role = roles.get(result.endpoint, result.role)
    if role != result.role:
        yield fault(
            "endpoint-role",
            result.where,
            f"The result is entered as {result.role}, but the endpoint is {role} in this trial. Correct one of them.",
        )


def check_membership(result: ResultRecord, arms: dict[ArmKey, ArmRecord]) -> Iterator[Finding]:
    """Values and comparison name arms of this trial, each once, and compare arms of one randomisation."""
    named = [value.arm for value in result.values]
    if comparison := result.comparison:
        pair = comparison.arm, comparison.versus
        rounds = {arms[key].randomisation for key in pair if key in arms}
        if comparison.arm == comparison.versus or len(rounds) > 1 or (named and not set(pair) <= set(named)):
            yield fault(
                "comparison-arms",
                result.where,
                "The comparison must name two different arms of one randomisation, both among the arms with a"
                " value. Choose them again; a value that the source does not give is “not reported”.",
            )
            return
        named += [key for key in pair if key not in named]
    if len(set(named)) < len(named) or not set(named) <= set(arms):
        yield unknown_arm(result.where)


def check_value(result: ResultRecord, value: ValueRecord, arm: ArmRecord) -> Iterator[Finding]:
    """One arm's number, interval and counts."""
    where = f"{result.where}, {arm.label}"
    estimate = value.estimate
    if result.measure == MEDIAN:
        yield from check_positive(where, estimate, is_ratio=False)
        yield from check_median(where, estimate.value)
    else:
        yield from check_percentages(where, (estimate.value, estimate.lower, estimate.upper))
    yield from check_interval(where, estimate)
    miscounted = list(check_counts(where, value, arm))
    yield from miscounted or check_share(where, result, value, arm)


def check_comparison(result: ResultRecord) -> Iterator[Finding]:
    """The effect by itself, step by step: what rests on a number that is wrong is not checked.

    p is recomputed only from an interval whose middle is the estimate: the formula is that of Wald intervals.
    """
    if not (comparison := result.comparison):
        return
    where, estimate = result.where, comparison.estimate
    if comparison.p and not 0 < comparison.p.value <= 1:
        yield fault(
            "p-range", where, f"p is a probability, not {comparison.p.value}. Compare it with the source."
        )
        return
    alone = [
        *check_positive(where, estimate, is_ratio=bool(comparison.effect)),
        *check_interval(where, estimate),
    ]
    yield from alone
    if not comparison.effect or any(finding.severity == "fault" for finding in alone):
        return
    uncentred = list(check_log_middle(where, estimate))
    one_sided = list(check_p_direction(where, comparison, event_is_desired=result.event_is_desired))
    yield from uncentred or one_sided or check_p(where, comparison)
