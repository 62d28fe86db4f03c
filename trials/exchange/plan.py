"""The record of a trial to rows. Looks nothing up and saves nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from trials.models import (
    Arm,
    ArmFollowUp,
    DataCut,
    Observation,
    ObservationValue,
    Publication,
    Registry,
    Result,
    Trial,
    TrialEndpoint,
    TrialIdentifier,
)
from trials.registries import normalise

from . import schema
from .layout import Items
from .plan_results import result_row, waivers
from .problems import shown
from .reading import Reading, Row
from .types import TEXTS, Known
from .vocabulary import definition, matches

OBSERVATIONS: dict[str, tuple[Observation.Kind, Items, Items]] = {
    "baseline": (Observation.Kind.BASELINE, schema.BASELINE, schema.OBSERVED),
    "exposure": (Observation.Kind.EXPOSURE, schema.EXPOSURE, schema.OBSERVED),
    "safety": (Observation.Kind.SAFETY, schema.SAFETY, schema.OBSERVED_SAFETY),
}


def trial_row(record: dict[str, Any], known: Known) -> Row:
    """The trial of `record` with everything around it, in the order in which it must be saved.

    known   the lists of regimens, drugs, endpoints and sources that there are
    raises  Refused, with all problems that can be seen without saving
    """
    codes = {key: _codes(record, key) for key in ("arms", "publications", "analyses")}
    reading = Reading({**known, **codes})
    trial = reading.row(Trial, record, schema.TRIAL, "")
    results = [result_row(reading, item, place) for place, item in reading.records(record, "endpoints", "")]
    trial.children = {
        TrialIdentifier: _identifiers(reading, record),
        Arm: _rows(reading, Arm, record, "arms", schema.ARM),
        Publication: _rows(reading, Publication, record, "publications", schema.PUBLICATION),
        DataCut: _cuts(reading, record),
        TrialEndpoint: _endpoints(reading, record, results),
        Result: results,
        Observation: [row for key in OBSERVATIONS for row in _observations(reading, record, key)],
    }
    reading.settle()
    return trial


def _codes(record: dict[str, Any], key: str) -> dict[str, str]:
    """The names that the records in the list `key` have, for what refers to them."""
    found = record.get(key)
    ids = [item.get("id") for item in found if isinstance(item, dict)] if isinstance(found, list) else []
    return {code: code for code in ids if isinstance(code, str)}


def _rows(reading: Reading, model: type, record: Any, key: str, items: Items, place: str = "") -> list[Row]:
    return [reading.row(model, item, items, here) for here, item in reading.records(record, key, place)]


def _identifiers(reading: Reading, record: dict[str, Any]) -> list[Row]:
    numbers = record.get("registry")
    if not isinstance(numbers, dict):
        if "registry" in record:
            reading.problem("registry", f"{shown(numbers)} is not an object.")
        return []
    for key in sorted(numbers.keys() - schema.REGISTRIES.keys()):
        reading.problem("registry", f"{shown(key)} is not a registry that is known here.")
    rows = []
    for key, (registry, is_required) in schema.REGISTRIES.items():
        if is_required or key in numbers:
            for index, text in enumerate(reading.value(numbers, key, TEXTS, "registry") or [], start=1):
                rows.append(_identifier(reading, registry, text, f"registry.{key}[{index}]"))
    return rows


def _identifier(reading: Reading, registry: Registry, text: str, place: str) -> Row:
    number = normalise(text)
    if not matches(registry, number):
        reading.problem(place, f"{shown(text)} is not a number of {registry.label}: correct it.")
    return Row(place, TrialIdentifier, {"registry": registry.value, "number": number}, {})


def _cuts(reading: Reading, record: dict[str, Any]) -> list[Row]:
    rows = []
    for place, item in reading.records(record, "analyses", ""):
        row = reading.row(DataCut, item, schema.ANALYSIS, place)
        key = "median_follow_up_by_arm_months"
        row.children = {ArmFollowUp: _rows(reading, ArmFollowUp, item, key, schema.FOLLOW_UP, place)}
        rows.append(row)
    return rows


def _endpoints(reading: Reading, record: dict[str, Any], results: Iterable[Row]) -> list[Row]:
    """What the results say about their endpoints, unless the record defines an endpoint itself."""
    given = _rows(reading, TrialEndpoint, record, "endpoint_definitions", schema.DEFINITION)
    done = {row.values.get("endpoint") for row in given}
    for endpoint, values in endpoint_values(row.values for row in results).items():
        if endpoint not in done:
            given.append(Row("endpoints", TrialEndpoint, {"endpoint": endpoint, **values}, {}))
    return given


def endpoint_values(results: Iterable[dict[str, Any]]) -> dict[Any, dict[str, str]]:
    """Endpoint → role and definition, derived from the columns of a trial's results."""
    seen: dict[Any, tuple[set[str], set[str]]] = {}
    for values in results:
        if {"endpoint", "role", "detail"} <= values.keys():
            roles, details = seen.setdefault(values["endpoint"], (set(), set()))
            roles.add(values["role"])
            details.add(values["detail"])
    return {
        endpoint: {
            "role": "primary" if "primary" in roles else "secondary",
            "definition": definition(details),
        }
        for endpoint, (roles, details) in seen.items()
    }


def _observations(reading: Reading, record: dict[str, Any], key: str) -> list[Row]:
    kind, items, value_items = OBSERVATIONS[key]
    rows = []
    for place, item in reading.records(record, key, ""):
        row = reading.row(Observation, item, items, place, kind=kind.value)
        values = _rows(reading, ObservationValue, item, "values", value_items, place)
        row.children = {ObservationValue: [value for value in values if _is_given(value)]}
        row.children |= waivers(reading, item, place)
        for value in values:
            value.values["is_percent"] = row.values.get("unit") == Observation.Unit.PERCENT
        rows.append(row)
    return rows


def _is_given(value: Row) -> bool:
    """An arm of which nothing is known has no row; the record may list it with nulls."""
    return value.values.get("value") is not None or value.values.get("n") is not None
