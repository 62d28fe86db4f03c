"""What is already entered, as short lines with links."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from trials import waiving
from trials.checks.of_rows import RowFinding
from trials.models import Comparison, DataCut, Given, Observation, Result, Trial

from .checking import findings_of
from .pages import adding, page_of

Line = dict[str, str]


def lines_of(results: Iterable[Result]) -> list[Line]:
    """One line for each of these results."""
    return [
        {"text": result_name(result), "detail": result_numbers(result), "url": page_of(result)}
        for result in results
    ]


def result_name(result: Result) -> str:
    """The endpoint and how it is measured: "OS, median"."""
    at = f" at {result.timepoint} months" if result.timepoint is not None else ""
    return f"{result.endpoint.abbreviation}, {result.get_measure_display().lower()}{at}"


def result_numbers(result: Result) -> str:
    """The values and the effect, as printed."""
    parts = [str(value) for value in result.values.all()]
    comparison: Comparison | None = getattr(result, "comparison", None)
    if comparison and comparison.effect:
        is_number = comparison.status == Given.ESTIMATED
        number = comparison.value if is_number else comparison.get_status_display()
        parts.append(f"{comparison.get_effect_display().lower()} {number}")
    return "; ".join(parts) or "No values yet"


def observations_of(rows: Iterable[Observation]) -> list[Line]:
    """One line for each of these observations."""
    return [
        {
            "text": f"{row.get_kind_display()}: {row}",
            "detail": "; ".join(
                f"{value.arm}: {'–' if value.value is None else value.value}"
                + (f" (n = {value.n})" if value.n is not None else "")
                for value in row.values.all()
            ),
            "url": page_of(row),
        }
        for row in rows
    ]


def entered(rows: QuerySet[DataCut]) -> QuerySet[DataCut]:
    """`rows` with all that was entered for them: the same few queries, however many there are."""
    results = Result.objects.select_related("endpoint", "comparison__arm", "comparison__versus")
    return rows.select_related("trial").prefetch_related(
        Prefetch("results", results.prefetch_related("values__arm")), "observations__values__arm"
    )


def cut_overview(cut: DataCut) -> dict[str, Any]:
    """The lists and links of one data cut of `entered`."""
    return {
        "url": page_of(cut),
        "cut": cut,
        "results": lines_of(cut.results.all()),
        "observations": observations_of(cut.observations.all()),
        "add_result": adding("result", cut=cut.pk),
        "add_observation": adding("observation", cut=cut.pk),
    }


def trial_overview(trial: Trial) -> dict[str, Any]:
    """Everything below a trial: data cuts with their results, and what hangs on no data cut."""
    unbound = trial.observations.filter(data_cut=None).prefetch_related("values__arm")
    return {
        "cuts": [cut_overview(cut) for cut in entered(trial.data_cuts.all())],
        "observations": observations_of(unbound),
        "add_cut": adding("datacut", trial=trial.pk),
        "add_observation": adding("observation", trial=trial.pk),
    }


def check_overview(trial: Trial, cut: DataCut | None = None) -> dict[str, Any]:
    """What the checks find in `trial`, or in its `cut`, with the reasons given; and reasons that excuse nothing."""
    found = [row for row in findings_of(trial) if cut is None or _is_at(row, cut)]
    used = {row.waiver.pk for row in found if row.waiver}
    waivers = waiving.of_trial(trial).exclude(pk__in=used)
    if cut:
        waivers = waivers.filter(Q(result__data_cut=cut) | Q(observation__data_cut=cut))
    rows = waivers.select_related("result__endpoint", "result__data_cut__trial", "observation")
    return {
        "findings": [
            {
                "state": _state(row),
                "finding": row.finding,
                "waiver": row.waiver,
                "url": page_of(row.row) if row.row else "",
            }
            for row in found
        ],
        "obsolete": [(waiver, page_of(waiver.row)) for waiver in rows],
    }


def _is_at(found: RowFinding, cut: DataCut) -> bool:
    """Whether it is about `cut`, or something entered for it."""
    return found.row.data_cut_id == cut.pk if found.row else found.finding.where == cut.label


def _state(row: RowFinding) -> str:
    if row.finding.severity == "fault":
        return "Fault"
    if row.waiver:
        return "Oddity, explained"
    return "Oddity, needs a reason" if row.is_blocking else "Oddity"
