"""What is already entered, as short lines with links."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from trials.checks.of_rows import RowFinding
from trials.models import Comparison, DataCut, Given, Result, Trial, Waiver

from .checking import findings_of
from .pages import adding, page_of

Line = dict[str, str]


def results_of(cut: DataCut) -> list[Line]:
    """One line for each result of `cut`."""
    rows = cut.results.select_related("endpoint", "comparison__arm", "comparison__versus")
    return [
        {"text": result_name(result), "detail": result_numbers(result), "url": page_of(result)}
        for result in rows.prefetch_related("values__arm")
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


def observations_of(rows: Any) -> list[Line]:
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
        for row in rows.prefetch_related("values__arm")
    ]


def cut_overview(cut: DataCut) -> dict[str, Any]:
    """The lists and links of one data cut."""
    return {
        "url": page_of(cut),
        "cut": cut,
        "results": results_of(cut),
        "observations": observations_of(cut.observations.all()),
        "add_result": adding("result", cut=cut.pk),
        "add_observation": adding("observation", cut=cut.pk),
    }


def trial_overview(trial: Trial) -> dict[str, Any]:
    """Everything below a trial: data cuts with their results, and what hangs on no data cut."""
    cuts = trial.data_cuts.select_related("trial")
    return {
        "cuts": [cut_overview(cut) for cut in cuts],
        "observations": observations_of(trial.observations.filter(data_cut=None)),
        "add_cut": adding("datacut", trial=trial.pk),
        "add_observation": adding("observation", trial=trial.pk),
    }


def check_overview(trial: Trial) -> dict[str, Any]:
    """What the checks find in `trial`, with the reasons given; and reasons for what is no longer found."""
    found = findings_of(trial)
    used = {row.waiver.pk for row in found if row.waiver}
    waivers = Waiver.objects.filter(Q(result__trial=trial) | Q(observation__trial=trial)).select_related(
        "result__endpoint", "result__data_cut__trial", "observation"
    )
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
        "obsolete": [(waiver, page_of(waiver.row)) for waiver in waivers.exclude(pk__in=used)],
    }


def _state(row: RowFinding) -> str:
    if row.finding.severity == "fault":
        return "Fault"
    if row.waiver:
        return "Oddity, explained"
    return "Oddity, needs a reason" if row.is_blocking else "Oddity"
