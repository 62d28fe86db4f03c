"""The records of endpoints to rows."""

from __future__ import annotations

from typing import Any

from django.db.models import Model

from trials.models import ArmValue, Comparison, Given, Result, Waiver

from . import schema
from .problems import shown
from .reading import Reading, Row, joined
from .types import STATUS, TEXT_OR_NULL
from .vocabulary import assessor, population

UNITS = {
    Result.Measure.MEDIAN.value: "months",
    Result.Measure.LANDMARK.value: "percent",
    Result.Measure.RESPONSE.value: "percent",
}


def result_row(reading: Reading, record: dict[str, Any], place: str) -> Row:
    """A result with its values, comparison and waivers."""
    row = reading.row(Result, record, schema.ENDPOINT, place)
    row.values |= _circumstances(reading, record, place, row.values.get("detail", ""))
    row.names |= {"population": "population", "assessor": "assessor"}
    _check_said_twice(reading, record, place, row.values)
    values = [_value(reading, row, item, here) for here, item in reading.records(record, "values", place)]
    row.children = {ArmValue: values, Comparison: _comparison(reading, record, place)}
    row.children |= waivers(reading, record, place)
    return row


def waivers(reading: Reading, record: dict[str, Any], place: str) -> dict[type[Model], list[Row]]:
    """Waivers stay as they are unless the record names some."""
    if "waivers" not in record:
        return {}
    found = reading.records(record, "waivers", place)
    rows = [reading.row(Waiver, item, schema.WAIVER, here) for here, item in found]
    seen: dict[tuple[Any, Any], Row] = {}
    for row in rows:
        twin = seen.setdefault((row.values.get("check_code"), row.values.get("numbers")), row)
        if twin is not row:
            reading.problem(row.place, f"excuses the same as {twin.place}: take one out.")
        if not row.values.get("reason", "x").strip():
            reading.problem(joined(row.place, "reason"), "says nothing: give the reason.")
    return {Waiver: rows}


def _circumstances(reading: Reading, record: dict[str, Any], place: str, detail: str) -> dict[str, str]:
    """Population and assessor: as the record says, otherwise as its `detail` does."""
    found = {}
    for key, choices, default in (
        ("population", Result.Population, population(detail)),
        ("assessor", Result.Assessor, assessor(detail)),
    ):
        found[key] = reading.value(record, key, TEXT_OR_NULL, place, default) or ""
        if found[key] not in choices.values:
            known = ", ".join(filter(None, choices.values))
            reading.problem(joined(place, key), f"{shown(found[key])} is none of {known}, null.")
    return found


def _check_said_twice(reading: Reading, record: dict[str, Any], place: str, values: dict[str, Any]) -> None:
    """The abbreviation follows from the endpoint and the unit from the measure; a record must not contradict."""
    endpoint, unit = values.get("endpoint"), UNITS.get(values.get("measure", ""))
    if endpoint and "abbreviation" in record and record["abbreviation"] != endpoint.abbreviation:
        reading.problem(
            joined(place, "abbreviation"),
            f"{shown(record['abbreviation'])} is not that of the endpoint, {shown(endpoint.abbreviation)}.",
        )
    if unit and "unit" in record and record["unit"] != unit:
        reading.problem(
            joined(place, "unit"), f"{shown(record['unit'])} is not the unit of the measure, which is {unit}."
        )


def _value(reading: Reading, result: Row, record: dict[str, Any], place: str) -> Row:
    row = reading.row(ArmValue, record, schema.VALUE, place)
    row.values["is_percent"] = result.values.get("measure") != Result.Measure.MEDIAN
    return row


def _comparison(reading: Reading, record: dict[str, Any], place: str) -> list[Row]:
    found = record.get("comparison")
    if found is None:
        return []
    here = joined(place, "comparison")
    row = reading.row(Comparison, found, schema.COMPARISON, here)
    default = comparison_status(row.values.get("value"))
    row.values["status"] = reading.value(found, "status", STATUS, here, default) or default
    return [row]


def comparison_status(value: Any) -> str:
    """The status of a comparison whose record names none."""
    return str(Given.NOT_REPORTED if value is None else Given.ESTIMATED)
