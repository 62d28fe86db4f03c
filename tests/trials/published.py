"""The demonstration's published trials as records of the checks, read from the file and not from rows."""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from trials.checks import (
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

FILE = Path(__file__).parents[2] / "demo" / "trials" / "trials.json"


@cache
def published_trials():
    """Trial id → TrialRecord, with arms and cuts named by their ids."""
    trials = json.loads(FILE.read_text(), parse_float=Decimal)["trials"]
    return {trial["id"]: trial_record(trial) for trial in trials}


def published(trial, cut, endpoint, measure):
    """The first result of that trial, cut, endpoint abbreviation and measure."""
    return next(
        result
        for result in published_trials()[trial].results
        if (result.cut, result.endpoint, result.measure) == (cut, endpoint, measure)
    )


def trial_record(trial):
    arms = [
        ArmRecord(
            arm["id"], arm["regimen_as_published"] or arm["name"], arm["n"], arm["role"], arm["randomisation"]
        )
        for arm in trial["arms"]
    ]
    return TrialRecord(
        trial["id"],
        trial["n_enrolled"],
        tuple(arms),
        tuple(result_record(endpoint) for endpoint in trial["endpoints"]),
        tuple(observation_record(row) for row in [*trial["baseline"], *trial["safety"]]),
        tuple(cut_record(cut) for cut in trial["analyses"]),
        tuple(
            PublicationRecord(row["label"], row["year"], row["doi"] or "", row["pmid"] or "")
            for row in trial["publications"]
        ),
        today=date(2026, 11, 22),
    )


def cut_record(cut):
    months = [
        cut["median_follow_up_months"],
        *(arm["value"] for arm in cut["median_follow_up_by_arm_months"]),
    ]
    cutoff = cut["data_cutoff"] and date.fromisoformat(cut["data_cutoff"])
    return CutRecord(cut["label"], cutoff, tuple(number(value) for value in months if value is not None))


def result_record(row):
    at = f" at {row['timepoint_months']} months" if row["timepoint_months"] else ""
    comparison = row["comparison"]
    return ResultRecord(
        where=f"{row['analysis_id']}, {row['abbreviation']}{at}",
        cut=row["analysis_id"],
        endpoint=row["abbreviation"],
        abbreviation=row["abbreviation"],
        measure=row["measure"],
        role=row["kind"],
        timepoint=number(row["timepoint_months"]),
        values=tuple(
            ValueRecord(value["arm_id"], estimate(value["value"], value["ci"], value["status"]), value["n"])
            for value in row["values"]
        ),
        comparison=comparison and comparison_record(comparison),
    )


def comparison_record(row):
    p = row["p"] and PValue(
        row["p"]["relation"], number(row["p"]["value"]), row["p"]["sided"], row["p"]["nominal"]
    )
    found = estimate(row["estimate"], row["ci"], "estimated" if row["estimate"] else "not_reported")
    return ComparisonRecord(row["arm_id"], row["versus_arm_id"], row["effect"] or "", found, p)


def estimate(value, ci, status):
    """A number and its interval; the file says "not given" for what the models call "not reported"."""
    ci = ci or dict.fromkeys(("level_percent", "lower", "upper"))
    status = "not_reported" if status == "not_given" else status
    return Estimate(
        status,
        number(value),
        number(ci["level_percent"]),
        None,
        number(ci["lower"]),
        number(ci["upper"]),
    )


def observation_record(row):
    return ObservationRecord(
        where=row.get("event") or row["characteristic"],
        is_percent=row["unit"] == "percent",
        values=tuple(CountRecord(v["arm_id"], number(v["value"]), v.get("n")) for v in row["values"]),
    )


def number(value):
    """Whole numbers and decimals of the file as decimals, printed digits kept."""
    return None if value is None else Decimal(value)
