"""Drugs, their classes and names, and regimens: the records of regimens.json."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db import transaction

from trials.models import Drug, DrugClass, DrugName, Regimen

from . import schema
from .layout import written
from .problems import Problem, Refused, shown
from .reading import Reading, Row
from .store import Written, store_row
from .types import TEXT_OR_NULL, TEXTS, Known


@transaction.atomic
def store_drug(record: Any, classes: dict[str, str]) -> Written:
    """Make the drug of `record`, or make the one with its id equal to it.

    classes  the classes that drugs before it in the file name, with their codes; grows
    raises   Refused, after which nothing is changed
    """
    reading = Reading({})
    row = reading.row(Drug, record, schema.DRUG, "")
    name = reading.value(record, "class", TEXT_OR_NULL, "") or ""
    code = reading.value(record, "class_code", TEXT_OR_NULL, "") or ""
    row.children = {DrugName: _names(reading, record)}
    if name:
        reading.row(DrugClass, {}, (), "class", name=name, code=code)
        if classes.setdefault(name, code) != code:
            reading.problem(
                "class_code", f"is {shown(classes[name])} with another drug of the class: correct one."
            )
    reading.settle()
    row.values["drug_class"] = _class(name, code) if name else None
    found = Drug.objects.filter(slug=row.values["slug"]).first() or _only_named(row.values["name"])
    _check_drug_names(row, found)
    return store_row(found or Drug(), row)


def _check_drug_names(row: Row, drug: Drug | None) -> None:
    """What the drug is called names no other drug. Raises Refused."""
    names = [row.values["name"], *(other.values["name"] for other in row.children[DrugName])]
    taken = Drug.objects.taken(names, drug)
    if taken:
        listed = ", ".join(shown(name) for name in taken)
        raise Refused([Problem("", f"{listed} would name two drugs: leave it to one.")])


def _only_named(name: str) -> Drug | None:
    """The drug of that name of which nothing else is known: it came with an article, before the trials."""
    unknown = Drug.objects.filter(drug_class=None, names=None, arms=None, regimens=None)
    return unknown.filter(name__iexact=name).first()


def _class(name: str, code: str) -> DrugClass:
    found, _ = DrugClass.objects.get_or_create(name=name, defaults={"code": code})
    if found.code != code:
        found.code = code
        found.save()
    return found


def _names(reading: Reading, record: Any) -> list[Row]:
    names = [
        reading.row(DrugName, item, schema.BRAND, place, kind=DrugName.Kind.BRAND.value)
        for place, item in reading.records(record, "brand_names", "")
    ]
    for number, text in enumerate(reading.value(record, "synonyms", TEXTS, "") or [], start=1):
        kind = DrugName.Kind.SYNONYM.value
        names.append(reading.row(DrugName, {}, (), f"synonyms[{number}]", name=text, kind=kind, region=""))
    return names


def store_regimen(record: Any, known: Known) -> Written:
    """Make the regimen of `record`, or make the one with its abbreviation equal to it. Raises Refused."""
    reading = Reading(known)
    row = reading.row(Regimen, record, schema.REGIMEN, "")
    reading.settle()
    _check_names(row)
    found = Regimen.objects.filter(abbreviation=row.values["abbreviation"]).first()
    return store_row(found or Regimen(), row)


def _check_names(row: Row) -> None:
    """Abbreviations and synonyms are unambiguous over all regimens. Raises Refused."""
    own = row.values["abbreviation"]
    names = [own, *row.values["synonyms"]]
    twice = {name for name, count in Counter(names).items() if count > 1}
    others = Regimen.objects.exclude(abbreviation=own)
    twice |= set(others.filter(abbreviation__in=names).values_list("abbreviation", flat=True))
    for synonyms in others.filter(synonyms__overlap=names).values_list("synonyms", flat=True):
        twice |= set(synonyms) & set(names)
    if twice:
        listed = ", ".join(shown(name) for name in sorted(twice))
        raise Refused([Problem("synonyms", f"{listed} would name two things: leave it to one regimen.")])


def drug_record(drug: Drug) -> dict[str, Any]:
    """The record that would make `drug`."""
    names = list(drug.names.order_by("pk"))
    parts = {
        "class": drug.drug_class.name if drug.drug_class else None,
        "class_code": (drug.drug_class.code or None) if drug.drug_class else None,
        "brand_names": [written(name, schema.BRAND) for name in names if name.kind == DrugName.Kind.BRAND],
        "synonyms": [name.name for name in names if name.kind == DrugName.Kind.SYNONYM],
    }
    return written(drug, schema.DRUG, parts)


def regimen_record(regimen: Regimen, trial_ids: list[str]) -> dict[str, Any]:
    """The record that would make `regimen`, with the trials that have an arm of it."""
    return written(regimen, schema.REGIMEN, {"trial_ids": trial_ids})
