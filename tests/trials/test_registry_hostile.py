"""Records that no registry would serve: each is refused with the place that is wrong, and nothing is kept."""

import json

import pytest
from django.core.management.base import CommandError

from tests.trials import registry_steps as steps
from trials.exchange import Refused
from trials.models import RegistryArm, RegistrySnapshot, RegistrySuggestion
from trials.registry.reading import read

pytestmark = pytest.mark.django_db
WRONG = [None, True, 7, 1.5, "", "x", "x" * 50_000, [], {}, [[]], [None], {"x": []}, ["\0"], "\ud800"]
FLOW = "resultsSection.participantFlowModule"
MEASURES = "resultsSection.outcomeMeasuresModule.outcomeMeasures"
CELL = f"{MEASURES}.0.classes.0.categories.0.measurements.0"
PLACES = [  # (place counted from 0, wrong value, place in the message counted from 1)
    ("protocolSection", [], "protocolSection: is not an object but a list"),
    ("protocolSection", {}, r"identificationModule\.nctId: is missing"),
    ("protocolSection.identificationModule", "x", "protocolSection.identificationModule: is not an object"),
    ("protocolSection.identificationModule.nctId", 1234567, "nctId: is not a text but 1234567"),
    ("protocolSection.identificationModule.nctId", "NCT1", "nctId: is no NCT number"),
    ("protocolSection.identificationModule.nctId", "NCT٠1234567", "nctId: is no NCT number"),
    ("protocolSection.statusModule.overallStatus", ["COMPLETED"], "overallStatus: is not a text but a list"),
    ("protocolSection.statusModule.lastUpdatePostDateStruct.date", "2023-02-31", "date: is no date"),
    ("protocolSection.armsInterventionsModule.armGroups", {}, "armGroups: is not a list but an object"),
    (
        "protocolSection.armsInterventionsModule.armGroups.1",
        None,
        r"armGroups\[2\]: is not an object but null",
    ),
    ("protocolSection.armsInterventionsModule.armGroups.1.label", "", r"armGroups\[2\]\.label: is missing"),
    ("protocolSection.armsInterventionsModule.armGroups.1.label", "x" * 301, "label: is longer than 300"),
    ("protocolSection.armsInterventionsModule.armGroups.0.interventionNames.2", 5, r"interventionNames\[3\]"),
    ("protocolSection.outcomesModule.primaryOutcomes.0.measure", None, r"primaryOutcomes\[1\]\.measure"),
    (f"{FLOW}.periods.0.milestones.0.achievements.1.groupId", "FG009", "names no group of its module: FG009"),
    (f"{FLOW}.periods.0.milestones.0.achievements.1.numSubjects", 198, r"achievements\[2\]\.numSubjects"),
    (f"{FLOW}.groups.0.title", None, r"participantFlowModule\.groups\[1\]\.title: is missing"),
    (f"{MEASURES}.2.title", {"x": 1}, r"outcomeMeasures\[3\]\.title: is not a text but an object"),
    (f"{MEASURES}.0.classes", "none", r"outcomeMeasures\[1\]\.classes: is not a list"),
    (f"{CELL}.value", 35.64, r"measurements\[1\]\.value: is not a text but"),
    (f"{CELL}.value", "9" * 201, r"measurements\[1\]\.value: is longer than 200"),
    (f"{CELL}.lowerLimit", False, r"measurements\[1\]\.lowerLimit: is not a text but false"),
    (f"{CELL}.groupId", "OG007", r"measurements\[1\]\.groupId: names no group"),
    (f"{CELL}.comment", "a\0b", r"measurements\[1\]\.comment: holds a NUL"),
    (f"{CELL}.other", "\ud800", r"measurements\[1\]\.other: holds a NUL or half a character"),
    (f"{MEASURES}.0.denoms.0.counts.0.value", 200, r"denoms\[1\]\.counts\[1\]\.value"),
    (f"{MEASURES}.0.analyses.0.groupIds", "OG000", r"analyses\[1\]\.groupIds: is not a list"),
    (f"{MEASURES}.0.analyses.0.groupIds.1", "EG000", r"groupIds\[2\]: names no group"),
    (f"{MEASURES}.0.analyses.0.ciNumSides", "THREE", "ciNumSides: is neither ONE_SIDED nor TWO_SIDED"),
    (f"{MEASURES}.0.analyses.0.ciPctValue", 95, "ciPctValue: is not a text but 95"),
]


def nothing_is_kept():
    return not any(model.objects.exists() for model in (RegistrySnapshot, RegistryArm, RegistrySuggestion))


@pytest.mark.parametrize(("place", "value", "message"), PLACES, ids=range(len(PLACES)))
def test_wrong_value_is_named_by_its_place(tmp_path, place, value, message):
    steps.make_trial()

    with pytest.raises(CommandError, match=message):
        steps.load(tmp_path, steps.changed(steps.record(), place, value))

    assert nothing_is_kept()


def places(value, path=""):
    """Every place in `value`, lists counted from 0."""
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, inner in members:
        below = f"{path}.{key}" if path else str(key)
        yield below
        yield from places(inner, below)


def short_record():
    """One outcome measure is as good as three."""
    record = steps.record()
    del record["resultsSection"]["outcomeMeasuresModule"]["outcomeMeasures"][1:]
    return record


@pytest.mark.parametrize("wrong", WRONG, ids=range(len(WRONG)))
def test_no_value_at_any_place_breaks_the_reading(wrong):
    """It is refused with a place, or read: what is not compared may be anything that can be stored."""
    record = short_record()
    problems = []
    for place in places(record):
        try:
            read(json.dumps(steps.changed(record, place, wrong)).encode())
        except Refused as error:
            problems += error.problems

    assert len(problems) > 5
    assert all(problem.place for problem in problems)


WHOLE = [
    (b"", "is not JSON"),
    (b"null", "The record: is not an object but null"),
    (b"[]", "The record: is not an object but a list"),
    (b"\xff\xfe{}", "is not in UTF-8"),
    (b"{" * 100_000, "is not JSON"),
    (b'{"a":' * 100_000, "nested too deeply"),
    (b'{"a":' * 100 + b"1" + b"}" * 100, "is nested deeper than 60 levels"),
    (b'{"a":[{"b":' + b"[" * 70 + b"]" * 70 + b"}]}", r"a\[1\]\.b\[1\].*is nested deeper"),
    (b'{"a":1,"a":2}', "The record: has a key twice"),
    (b'{"b":[{"a":1,"a":2}]}', r"b\[1\]: has a key twice"),
    (b'{"b":{"a":NaN}}', r"b\.a: is no number"),
    (b'{"b":{"a":-Infinity}}', r"b\.a: is no number"),
    (b'{"b":{"a":1e99999999999999999999}}', r"b\.a: is no number"),
    (b'{"a\\u0000":1}', "has a key with a NUL"),
    (b'{"b":{"a\\ud800":1}}', "b: has a key with a NUL"),
    (b'{"b":["x","\\u0000"]}', r"b\[2\]: holds a NUL"),
    (b'{"protocolSection":' + b"9" * 100_000 + b"}", "protocolSection: is not an object"),
    (b"{}", r"protocolSection\.identificationModule\.nctId: is missing"),
]


@pytest.mark.parametrize(("data", "message"), WHOLE, ids=range(len(WHOLE)))
def test_what_is_no_record_is_refused(tmp_path, data, message):
    steps.make_trial()

    with pytest.raises(CommandError, match=message):
        steps.load(tmp_path, data)

    assert nothing_is_kept()


def test_record_with_more_numbers_than_any_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("trials.registry.storing.MOST_SUGGESTIONS", 10)
    steps.make_trial()

    with pytest.raises(CommandError, match="holds more than 10 numbers"):
        steps.load(tmp_path, steps.record())

    assert nothing_is_kept()


@pytest.mark.parametrize("text", ["9" * 200, "1e99", "-" * 200, "<" * 200, "1," * 100, "☃", "<script>"])
def test_strange_numbers_stay_texts(tmp_path, text):
    steps.make_trial()

    steps.load(tmp_path, steps.changed(steps.record(), f"{CELL}.value", text))

    row = RegistrySuggestion.objects.get(path=f"{steps.ABC}.value")
    assert (row.says, row.verdict) == (f"{text} months", "mismatch" if text == "1e99" else "not_comparable")
