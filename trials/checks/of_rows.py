"""From rows of the models to what the checks find in them, and back to the row that may be waived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trials.models import Arm, ArmValue, Comparison, Observation, Result, Trial, Waiver
from trials.models.numbers import Interval

from . import (
    ArmRecord,
    ComparisonRecord,
    CountRecord,
    Estimate,
    Finding,
    ObservationRecord,
    PValue,
    ResultRecord,
    TrialRecord,
    ValueRecord,
    check_observation,
    check_result,
)
from .counts import check_arms

# With these, `findings_of_trial` asks the database nothing.
PREFETCH = (
    "arms",
    "results__data_cut",
    "results__endpoint",
    "results__values",
    "results__comparison",
    "results__waivers",
    "observations__values",
    "observations__waivers",
)


@dataclass(frozen=True)
class RowFinding:
    """A finding with the result or observation that it is about; `row` is None for arms, which have only faults."""

    finding: Finding
    row: Result | Observation | None = None
    waiver: Waiver | None = None

    @property
    def is_blocking(self) -> bool:
        """Faults block; oddities block until an editor has given a reason."""
        return self.finding.severity == "fault" or self.waiver is None


def findings_of_trial(trial: Trial) -> list[RowFinding]:
    """Everything that the checks find in the saved rows of `trial`, in the order of its pages.

    trial  with PREFETCH, or the rows are read one by one
    """
    arms = arm_records(trial.arms.all())
    rows = list(trial.results.all())
    records = [result_record(row, row.values.all(), comparison_of(row)) for row in rows]
    found = [RowFinding(finding) for finding in check_arms(trial_record(trial, arms))]
    for row, record in zip(rows, records, strict=True):
        found += with_waivers(row, check_result(record, arms, records))
    by_key = {arm.key: arm for arm in arms}
    for observation in trial.observations.all():
        found += with_waivers(observation, check_observation(observation_record(observation), by_key))
    return found


def with_waivers(row: Result | Observation, findings: Iterable[Finding]) -> list[RowFinding]:
    """Each finding with the waiver that its row has for it."""
    waivers = {waiver.check_code: waiver for waiver in row.waivers.all()}
    return [
        RowFinding(finding, row, waivers.get(finding.code) if finding.severity == "oddity" else None)
        for finding in findings
    ]


def trial_record(trial: Trial, arms: Sequence[ArmRecord]) -> TrialRecord:
    return TrialRecord(trial.acronym, trial.n_enrolled, tuple(arms))


def arm_records(arms: Iterable[Arm]) -> list[ArmRecord]:
    return [ArmRecord(arm.pk, str(arm), arm.n, arm.role, arm.randomisation) for arm in arms]


def comparison_of(result: Result) -> Comparison | None:
    return getattr(result, "comparison", None)


def result_record(result: Result, values: Iterable[ArmValue], comparison: Comparison | None) -> ResultRecord:
    at = f" at {result.timepoint} months" if result.timepoint is not None else ""
    return ResultRecord(
        where=f"{result.data_cut.label}, {result.endpoint}{at}",
        cut=result.data_cut_id,
        endpoint=result.endpoint.code,
        abbreviation=result.endpoint.abbreviation,
        measure=result.measure,
        timepoint=result.timepoint,
        population=result.population,
        assessor=result.assessor,
        values=tuple(ValueRecord(row.arm_id, estimate(row), row.n, row.n_analysed) for row in values),
        comparison=comparison_record(comparison) if comparison else None,
    )


def comparison_record(row: Comparison) -> ComparisonRecord:
    p = None
    if row.p_value is not None:
        p = PValue(row.p_relation, row.p_value, row.p_sides, row.is_p_nominal)
    return ComparisonRecord(row.arm_id, row.versus_id, row.effect, estimate(row), p)


def estimate(row: Interval) -> Estimate:
    return Estimate(row.status, row.value, row.ci_level, row.ci_sides, row.ci_lower, row.ci_upper)


def observation_record(row: Observation) -> ObservationRecord:
    return ObservationRecord(
        where=str(row),
        is_percent=row.unit == Observation.Unit.PERCENT,
        values=tuple(CountRecord(value.arm_id, value.value, value.n) for value in row.values.all()),
    )
