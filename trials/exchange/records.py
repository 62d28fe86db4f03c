"""The rows of a trial to its record: the inverse of `plan`."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch

from trials.models import (
    Arm,
    ArmValue,
    Comparison,
    DataCut,
    Observation,
    ObservationValue,
    Result,
    Trial,
    TrialEndpoint,
)

from . import schema
from .layout import written
from .plan import OBSERVATIONS, endpoint_values
from .plan_results import comparison_status
from .types import STATUS
from .vocabulary import assessor, population


def trial_record(trial: Trial) -> dict[str, Any]:
    """The record that would make `trial`."""
    arms, results = list(trial.arms.order_by("position", "pk")), list(_results(trial))
    parts: dict[str, Any] = {
        "registry": _registry(trial),
        "arms": [written(arm, schema.ARM) for arm in arms],
        "analyses": [_analysis(cut) for cut in trial.data_cuts.order_by("position", "pk")],
        "endpoints": [_endpoint(result) for result in results],
        "publications": [written(row, schema.PUBLICATION) for row in trial.publications.order_by("pk")],
    }
    if definitions := _definitions(trial, results):
        parts["endpoint_definitions"] = [written(row, schema.DEFINITION) for row in definitions]
    for key, (kind, items, value_items) in OBSERVATIONS.items():
        rows = trial.observations.filter(kind=kind).order_by("position", "pk")
        rows = rows.prefetch_related("values", "waivers")
        parts[key] = [_observation(row, arms, items, value_items) for row in rows]
    return written(trial, schema.TRIAL, parts)


def _results(trial: Trial) -> Any:
    return (
        trial.results.order_by("position", "pk")
        .select_related("endpoint", "data_cut", "publication")
        .prefetch_related(
            Prefetch("values", ArmValue.objects.select_related("arm")),
            Prefetch("comparison", Comparison.objects.select_related("arm", "versus")),
            "waivers",
        )
    )


def _registry(trial: Trial) -> dict[str, list[str]]:
    numbers = list(trial.identifiers.order_by("pk"))
    found = {
        key: [number.number for number in numbers if number.registry == registry]
        for key, (registry, _) in schema.REGISTRIES.items()
    }
    return {key: listed for key, listed in found.items() if listed or schema.REGISTRIES[key][1]}


def _analysis(cut: DataCut) -> dict[str, Any]:
    follow_ups = [written(row, schema.FOLLOW_UP) for row in cut.arm_follow_ups.select_related("arm")]
    return written(cut, schema.ANALYSIS, {"median_follow_up_by_arm_months": follow_ups})


def _endpoint(result: Result) -> dict[str, Any]:
    parts: dict[str, Any] = {
        "abbreviation": result.endpoint.abbreviation,
        "unit": result.unit,
        "values": [written(value, schema.VALUE) for value in result.values.all()],
        "comparison": _comparison(result),
    }
    if result.population != population(result.detail):
        parts["population"] = result.population or None
    if result.assessor != assessor(result.detail):
        parts["assessor"] = result.assessor or None
    return written(result, schema.ENDPOINT, parts | _waivers(result))


def _waivers(row: Result | Observation) -> dict[str, Any]:
    standing = (waiver for waiver in row.waivers.all() if waiver.superseded_at is None)
    given = [written(waiver, schema.WAIVER) for waiver in standing]
    return {"waivers": given} if given else {}


def _comparison(result: Result) -> dict[str, Any] | None:
    found: Comparison | None = getattr(result, "comparison", None)
    if found is None:
        return None
    is_told = found.status == comparison_status(found.value)
    return written(found, schema.COMPARISON, {} if is_told else {"status": STATUS.write(found.status)})


def _definitions(trial: Trial, results: list[Result]) -> list[TrialEndpoint]:
    """What an editor said about endpoints beyond what follows from the results."""
    derived = endpoint_values(
        {"endpoint": row.endpoint, "role": row.role, "detail": row.detail} for row in results
    )
    rows = trial.endpoints.select_related("endpoint").order_by("pk")
    return [
        row for row in rows if derived.get(row.endpoint) != {"role": row.role, "definition": row.definition}
    ]


def _observation(
    row: Observation, arms: list[Arm], items: schema.Items, value_items: schema.Items
) -> dict[str, Any]:
    """Arms of the same randomisation of which nothing is known are listed too, with nulls."""
    values = {value.arm_id: value for value in row.values.all()}
    randomisations = {arm.randomisation for arm in arms if arm.pk in values}
    listed = [
        values.get(arm.pk) or ObservationValue(arm=arm) for arm in arms if arm.randomisation in randomisations
    ]
    parts = {"values": [written(value, value_items) for value in listed]}
    return written(row, items, parts | _waivers(row))
