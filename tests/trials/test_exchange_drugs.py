"""Drugs and regimens from a file: in place, by name, and refused with what is wrong."""

import json

import pytest

from tests.trials import records
from tests.trials.factories import make_drug, make_regimen
from trials.exchange import import_path
from trials.models import Drug, DrugClass, Regimen

pytestmark = pytest.mark.django_db


def drug(**fields):
    return {
        "id": "drug-a",
        "name": "Drug A",
        "class": "Class one",
        "class_code": "C1",
        "target": None,
        "route": ["oral"],
        "brand_names": [{"name": "Alpha", "region": None}],
        "synonyms": ["DA-1"],
        "letters": ["A"],
        "note": None,
    } | fields


def regimen(**fields):
    return {
        "abbreviation": "AB",
        "synonyms": ["A-B"],
        "name": "A and B",
        "drugs": [],
        "kind": "combination",
        "note": None,
    } | fields


def load_regimens(folder, drugs=(), regimens=()):
    content = {"schema_version": "1.0.0", "content": "multiple-myeloma-regimens"}
    file = folder / "regimens.json"
    file.write_text(json.dumps(content | {"drugs": list(drugs), "regimens": list(regimens)}))
    return import_path(file)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"name": None}, "name: must not be null: give it."),
        ({"id": "Drug A"}, "id: Enter a valid “slug”"),
        ({"class": 7}, "class: 7 is not a text: write it in quotes."),
        ({"class": "x" * 200}, "class.name: Ensure this value has at most 120 characters"),
        ({"synonyms": "DA-1"}, 'synonyms: "DA-1" is not a list.'),
        ({"brand_names": ["Alpha"]}, 'brand_names[1]: "Alpha" is not an object.'),
        ({"synonyms": ["Alpha"]}, "synonyms[1]: says the same as brand_names[1]: take one out."),
        ({"trial": 1}, '"trial" is not a key that is known here'),
    ],
)
def test_bad_drug_is_refused_with_its_path(tmp_path, fields, message):
    outcomes = load_regimens(tmp_path, [drug(**fields)])

    assert message in records.problems(outcomes)[0]
    assert not Drug.objects.exists()


def test_drug_is_loaded_with_its_class_and_names_and_changed_in_place(tmp_path):
    load_regimens(tmp_path, [drug()])
    pk = Drug.objects.get().pk

    (changed,) = load_regimens(tmp_path, [drug(class_code="K1", synonyms=[], target="CD38")])

    found = Drug.objects.get(pk=pk)
    assert changed.word == "changed"
    assert (found.target, found.drug_class.code, [str(name) for name in found.names.all()]) == (
        "CD38",
        "K1",
        ["Alpha"],
    )
    assert load_regimens(tmp_path, [drug(class_code="K1", synonyms=[], target="CD38")])[0].word == "unchanged"


def test_description_is_kept_by_an_import(tmp_path):
    load_regimens(tmp_path, [drug()])
    Drug.objects.update(description="What it is.")

    (again,) = load_regimens(tmp_path, [drug()])

    assert again.word == "unchanged"
    assert Drug.objects.get().description == "What it is."


def test_drug_that_came_with_an_article_is_completed(tmp_path):
    there = Drug.objects.create(name="drug a", slug="a-drug")

    outcomes = load_regimens(tmp_path, [drug()])

    assert records.problems(outcomes) == []
    found = Drug.objects.get()
    assert (found.pk, found.slug, found.name, str(found.drug_class)) == (
        there.pk,
        "drug-a",
        "Drug A",
        "Class one",
    )


def test_known_drug_is_not_taken_for_another_of_its_name(tmp_path):
    load_regimens(tmp_path, [drug()])

    outcomes = load_regimens(tmp_path, [drug(id="drug-b")])

    assert len(records.problems(outcomes)) == 1
    assert Drug.objects.get().slug == "drug-a"


def test_class_with_two_codes_is_refused(tmp_path):
    outcomes = load_regimens(tmp_path, [drug(), drug(id="drug-b", name="Drug B", class_code="C2")])

    assert records.problems(outcomes) == ['class_code: is "C1" with another drug of the class: correct one.']
    assert DrugClass.objects.get().code == "C1"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"drugs": ["drug-x"]}, 'drugs: "drug-x" is not in the list of drugs: add it there, or correct it.'),
        ({"kind": "mix"}, "kind: Value 'mix' is not a valid choice."),
        ({"name": ""}, "name: This field cannot be blank."),
        ({"synonyms": ["AB"]}, 'synonyms: "AB" would name two things: leave it to one regimen.'),
        ({"synonyms": ["Old"]}, 'synonyms: "Old" would name two things: leave it to one regimen.'),
        ({"synonyms": ["OLD-1"]}, 'synonyms: "OLD-1" would name two things: leave it to one regimen.'),
    ],
)
def test_bad_regimen_is_refused_with_its_path(tmp_path, fields, message):
    make_regimen("Old", [make_drug()], synonyms=["OLD-1"])

    outcomes = load_regimens(tmp_path, [], [regimen(**fields)])

    assert records.problems(outcomes) == [message]
    assert Regimen.objects.get().abbreviation == "Old"
