"""A file is checked like what editors type: what cannot be true is refused, what is odd is told."""

import json
import threading
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from tests.trials import records
from tests.trials.factories import make_drug
from trials.exchange import files, import_path
from trials.models import Result, Trial, Waiver

ODD = "endpoints.0.comparison.estimate", 0.51  # of 0.49 to 0.77, whose middle is 0.61
FAULTS = [
    ("endpoints.0.values.0.value", 21.1, "AB: The estimate 21.1 lies outside its interval (9.66 to 13.7)."),
    ("endpoints.0.comparison.estimate", 0.16, "The estimate 0.16 lies outside its interval (0.49 to 0.77)."),
    ("arms.1.n", 101, "EXAMPLE, randomisation 1: The arms add up to 201 patients, but 200 are entered"),
    ("endpoints.1.values", [], "Primary analysis, ORR: Nothing is entered."),
    ("endpoints.1.values.0.n", 101, "Primary analysis, ORR, AB: 101 patients are counted among 100."),
    (
        "endpoint_definitions",
        [{"name": "Overall response rate", "kind": "primary", "definition": None}],
        "Primary analysis, ORR: The result is entered as secondary, but the endpoint is primary in this trial.",
    ),
    (
        "analyses",
        [
            records.trial()["analyses"][0] | {"id": "late", "label": "Late", "data_cutoff": "2023-01-01"},
            records.trial()["analyses"][0],
        ],
        "Primary analysis: The cut-off 2022-05-13 is before that of “Late”, 2023-01-01",
    ),
]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("path", "new", "message"), FAULTS, ids=[path for path, _, _ in FAULTS])
def test_fault_refuses_the_trial_and_leaves_the_others(tmp_path, path, new, message):
    registry = {"clinicaltrials_gov": ["NCT07654321"], "eudract": []}
    bad = records.changed(records.trial() | {"endpoint_definitions": []}, path, new)

    refused, other = records.load(tmp_path, bad, records.trial(id="other", registry=registry))

    assert (refused.word, other.word) == ("refused", "added")
    assert any(message in problem for problem in records.problems([refused])), records.problems([refused])
    assert Trial.objects.get().slug == "other"


def test_fault_in_a_later_file_leaves_the_trial_as_it_was(tmp_path):
    records.load(tmp_path, records.trial())

    (outcome,) = records.load(tmp_path, records.changed(records.trial(), "endpoints.0.values.0.value", 21.1))

    assert outcome.word == "refused"
    assert Result.objects.get(endpoint__code="pfs").values.get(arm__code="ab").value == Decimal("11.2")


@pytest.mark.parametrize(
    ("path", "new", "message"),
    [
        (*ODD, "Primary analysis, PFS: The estimate 0.51 is not in the middle of its interval"),
        (
            "endpoints.0.comparison.p",
            {"relation": "=", "value": 0.4, "sided": 2, "nominal": False},
            "Primary analysis, PFS: p = 0.4 does not agree with the interval",
        ),
        ("publications.0.year", 1849, "Example et al. 2023: 1849 cannot be the year."),
        ("publications.0.doi", "doi.org/10.1000/1", "has not the form of a DOI"),
        ("analyses.0.data_cutoff", "2922-05-13", "Primary analysis: The cut-off 2922-05-13 cannot be right."),
        ("analyses.0.median_follow_up_months", 1590, "A follow-up of 1590 months is longer than any trial"),
    ],
)
def test_oddity_is_taken_and_told(tmp_path, path, new, message):
    (outcome,) = records.load(tmp_path, records.changed(records.trial(), path, new))

    assert (outcome.word, outcome.problems) == ("added", ())
    assert any(message in odd for odd in outcome.odd), outcome.odd


def test_oddity_with_a_waiver_is_not_told(tmp_path):
    records.load(tmp_path, records.changed(records.trial(), *ODD))
    (told,) = records.load(tmp_path, records.changed(records.trial(), *ODD))
    waiver = {"check": "log-midpoint", "reason": "A repeated interval.", "given_by": "editor@example.org"}

    (waived,) = records.load(
        tmp_path, records.changed(records.changed(records.trial(), *ODD), "endpoints.0.waivers", [waiver])
    )

    assert (told.word, Waiver.objects.count()) == ("unchanged", 1)
    assert [odd for odd in told.odd if odd not in waived.odd] == [told.odd[0]]
    assert "0.51 is not in the middle" in told.odd[0]


def test_command_tells_oddities_and_counts_faults_as_failure(tmp_path, capsys):
    odd = records.write(tmp_path, records.changed(records.trial(), *ODD))

    call_command("import_trials", odd)

    assert "odd, without a reason: Primary analysis, PFS: The estimate 0.51" in capsys.readouterr().out
    faulty = records.write(tmp_path, records.changed(records.trial(), "arms.1.n", 101))
    with pytest.raises(SystemExit) as end:
        call_command("import_trials", faulty)
    assert end.value.code == 1


def test_bound_that_is_open_because_estimated_is_refused(tmp_path):
    path = "endpoints.0.values.1.ci.upper_status"

    (outcome,) = records.load(tmp_path, records.changed(records.trial(), path, "estimated"))

    assert records.problems([outcome]) == [
        'endpoints[1].values[2].ci.upper_status: "estimated" does not say why the bound is open:'
        " say why, or give the number."
    ]


def test_file_that_is_too_large_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "LARGEST", 1000)

    (outcome,) = import_path(records.write(tmp_path, records.trial()))

    assert "is larger than" in records.problems([outcome])[0]
    assert not Trial.objects.exists()


@pytest.mark.parametrize("name", ["VELCADE", "bortezomib", "Bortezomib"])
def test_name_of_another_drug_is_refused(tmp_path, name):
    known = make_drug("Bortezomib", slug="bortezomib")
    known.names.create(name="Velcade", kind="brand")
    drug = {
        "id": "new",
        "name": "Newmab",
        "class": None,
        "class_code": None,
        "target": None,
        "route": [],
        "brand_names": [{"name": name, "region": None}],
        "synonyms": [],
        "letters": [],
        "note": None,
    }
    content = {
        "schema_version": "1.0.0",
        "content": "multiple-myeloma-regimens",
        "regimens": [],
        "drugs": [drug],
    }
    file = tmp_path / "regimens.json"
    file.write_text(json.dumps(content))

    (outcome,) = import_path(file)

    assert records.problems([outcome]) == [f'"{name.lower()}" would name two drugs: leave it to one.']


@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_two_imports_at_once_do_their_work_one_after_the_other(tmp_path):
    file = records.write(tmp_path, records.trial())
    words = []

    def load():
        try:
            words.extend(outcome.word for outcome in import_path(file) if outcome.kind == "trial")
        finally:
            connection.close()

    threads = [threading.Thread(target=load) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(words) == ["added", "unchanged"]
