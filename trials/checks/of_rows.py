"""From rows of the models to what the checks find in them, and back to the row that may be waived."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.timezone import localdate

from trials.models import (
    Arm,
    ArmValue,
    Comparison,
    DataCut,
    Observation,
    Result,
    Source,
    Sourced,
    Trial,
    Waiver,
)
from trials.models.numbers import Interval

from . import (
    ArmRecord,
    ComparisonRecord,
    CountRecord,
    CutRecord,
    Estimate,
    Finding,
    ObservationRecord,
    PublicationRecord,
    PValue,
    ResultRecord,
    TrialRecord,
    ValueRecord,
    check_trial,
)

# With these, `findings_of_trial` asks the database nothing.
PREFETCH = (
    "arms",
    "data_cuts__arm_follow_ups",
    "publications",
    "endpoints__endpoint",
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
    """A finding with the result or observation that it is about; `row` is None for arms, cuts and publications."""

    finding: Finding
    row: Result | Observation | None = None
    waiver: Waiver | None = None

    @property
    def is_blocking(self) -> bool:
        """Faults block; oddities of a result or observation block until an editor has given a reason.

        What is odd about a data cut or a publication is shown: it changes no figure, and nobody need defend it.
        """
        return self.finding.severity == "fault" or (self.row is not None and self.waiver is None)


def findings_of_trial(trial: Trial) -> list[RowFinding]:
    """Everything that the checks find in the saved rows of `trial`, in the order of its pages.

    trial  with PREFETCH, or the rows are read one by one
    """
    results, observations = list(trial.results.all()), list(trial.observations.all())
    return [
        row_finding(finding, results, observations)
        for finding in check_trial(trial_record(trial, results, observations))
    ]


def row_finding(
    finding: Finding, results: Sequence[Result], observations: Sequence[Observation]
) -> RowFinding:
    """`finding` with its row, and the waiver that the row has for it: of the same check and the same numbers."""
    row: Result | Observation | None = None
    if finding.result is not None:
        row = results[finding.result]
    elif finding.observation is not None:
        row = observations[finding.observation]
    if row is None or finding.severity == "fault":
        return RowFinding(finding, row)
    asked = (finding.code, finding.numbers, None)
    given = {(one.check_code, one.numbers, one.superseded_at): one for one in row.waivers.all()}
    return RowFinding(finding, row, given.get(asked))


def trial_record(trial: Trial, results: Sequence[Result], observations: Sequence[Observation]) -> TrialRecord:
    publications = list(trial.publications.all())
    return TrialRecord(
        label=trial.acronym,
        n_enrolled=trial.n_enrolled,
        arms=tuple(arm_records(trial.arms.all())),
        results=tuple(result_record(row, row.values.all(), comparison_of(row)) for row in results),
        observations=tuple(map(observation_record, observations)),
        cuts=tuple(map(cut_record, sorted(trial.data_cuts.all(), key=lambda cut: (cut.position, cut.pk)))),
        publications=tuple(PublicationRecord(row.label, row.year, row.doi, row.pmid) for row in publications),
        roles={row.endpoint.code: row.role for row in trial.endpoints.all()},
        unknown_sources=unknown_sources([trial, *publications, *results, *observations]),
        today=localdate(),
    )


def unknown_sources(rows: Iterable[Sourced]) -> tuple[str, ...]:
    """What `rows` name as sources and is none. One query, none where no source is named."""
    named = {code for row in rows for code in row.source_codes}
    known = Source.objects.filter(code__in=named).values_list("code", flat=True) if named else ()
    return tuple(sorted(named - set(known)))


def cut_record(row: DataCut) -> CutRecord:
    of_arms = [arm.months for arm in row.arm_follow_ups.all()]
    given = [*of_arms, row.median_follow_up]
    return CutRecord(row.label, row.cutoff, tuple(months for months in given if months is not None))


def arm_records(arms: Iterable[Arm]) -> list[ArmRecord]:
    return [ArmRecord(arm.pk, str(arm), arm.n, arm.role, arm.randomisation) for arm in arms]


def comparison_of(result: Result) -> Comparison | None:
    return getattr(result, "comparison", None)


def result_record(result: Result, values: Iterable[ArmValue], comparison: Comparison | None) -> ResultRecord:
    at = f" at {result.timepoint} months" if result.timepoint is not None else ""
    return ResultRecord(
        where=f"{result.data_cut.label}, {result.endpoint.abbreviation}{at}",
        cut=result.data_cut_id,
        endpoint=result.endpoint.code,
        abbreviation=result.endpoint.abbreviation,
        measure=result.measure,
        timepoint=result.timepoint,
        population=result.population,
        assessor=result.assessor,
        role=result.role,
        event_is_desired=result.endpoint.event_is_desired,
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
