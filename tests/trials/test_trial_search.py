"""Trials found by every name of what they gave; articles found by other names of a drug."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article
from tests.trials.factories import make_arm, make_drug, make_regimen, make_trial
from trials.models import DrugClass, DrugName, TrialIdentifier


@pytest.fixture
def noon(db):
    """A trial of bortezomib (Velcade, PS-341) in the regimen D-Vd, beside another."""
    drug = make_drug(
        "bortezomib", drug_class=DrugClass.objects.create(name="Proteasome inhibitor", code="PI")
    )
    DrugName.objects.create(drug=drug, name="Velcade", kind="brand")
    DrugName.objects.create(drug=drug, name="PS-341", kind="synonym")
    trial = make_trial(acronym="NOON", title="Treatment at midday", nct="NCT01734928")
    TrialIdentifier.objects.create(trial=trial, registry="eudract", number="2018-002992-16")
    regimen = make_regimen("D-Vd", [drug], synonyms=["DVd", "Dara-Vd"])
    make_arm(trial, code="midday", drugs=[drug], regimen=regimen, label="Dara-Vd")
    make_trial(acronym="OTHER", title="Something else", nct="NCT09999999")
    return trial


def acronyms(response):
    return [trial.acronym for trial in response.context.get("trials", [])]


@pytest.mark.parametrize(
    "question",
    [
        "noon",
        "Noon",
        "midday",
        "NCT01734928",
        "nct 0173 4928",
        "0173-4928",
        "NCT0173",
        "2018-002992-16",
        "2018 002992",
        "EudraCT 2018-002992",
        "bortezomib",
        "VELCADE",
        "PS-341",
        "D-Vd",
        "dvd",
        "proteasome inhibitor",
        "PI",
        "velcade midday",
        "“Velcade”, midday.",
    ],
)
def test_search_finds_a_trial_by_every_name(reader, noon, question):
    assert acronyms(reader.get("/search/", {"q": question})) == ["NOON"]


@pytest.mark.parametrize(
    "question", ["velcade evening", "ortez", "17", "NCT9", "with", "+", "%", "\\", "(", "' OR 1=1"]
)
def test_search_finds_no_trial_by_less(reader, noon, question):
    found = acronyms(reader.get("/search/", {"q": question}))

    assert found == (["NOON"] if question == "ortez" else [])


def test_search_puts_the_trial_of_that_name_first(reader, noon):
    make_trial(acronym="AFTER", title="What came after noon")

    assert acronyms(reader.get("/search/?q=noon")) == ["NOON", "AFTER"]


def test_search_shows_five_trials_and_leads_on_to_the_rest(reader):
    for number in range(7):
        make_trial(acronym=f"NOON-{number}")

    response = reader.get("/search/?q=noon")

    assert acronyms(response) == [f"NOON-{number}" for number in range(5)]
    assert '<a href="/trials/?q=noon">All 7 trials for “noon”</a>' in response.content.decode()
    assert len(reader.get("/trials/?q=noon").context["entries"]) == 7


def test_trials_stand_above_the_first_page_of_articles_only(reader, noon):
    for _ in range(13):
        make_article(title="Noon again")

    assert acronyms(reader.get("/search/?q=noon&page=1")) == ["NOON"]
    assert acronyms(reader.get("/search/?q=noon&page=2")) == []


def test_search_without_any_hit_says_so(reader, db):
    assert "Nothing fits these words." in reader.get("/search/?q=midnight").content.decode()


def test_search_needs_the_same_queries_for_any_number_of_hits(reader, db):
    counts = []
    reader.get("/search/?q=noon")  # the limit of searches has been looked up once
    for length in (1, 4):
        for _ in range(length):
            make_trial(acronym="NOON")
            make_article(title="Noon")
        with CaptureQueriesContext(connection) as queries:
            response = reader.get("/search/?q=noon")
        counts.append((len(acronyms(response)), len(queries)))

    assert [found for found, _ in counts] == [1, 5]
    assert counts[0][1] == counts[1][1]


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Velcade", "Bortezomib at noon"),
        ("velcade noon", "Bortezomib at noon"),
        ("PS-341", "Bortezomib at noon"),
        ("bortezomib", "Bortezomib at noon"),
        ("velcade evening", None),
        ("velcade -noon", None),
    ],
)
def test_article_is_found_by_other_names_of_its_drug(reader, noon, question, title):
    make_article(title="Bortezomib at noon")
    make_article(title="Something else at noon")

    found = [article.title for article in reader.get("/search/", {"q": question}).context["page"]]

    assert found == ([title] if title else [])


def test_found_trials_can_be_marked_for_comparison(reader, noon):
    page = reader.get("/search/?q=NOON").content.decode()

    assert '<form class="compare-form" action="/trials/compare/">' in page
    assert f'<input type="checkbox" name="trial" value="{noon.slug}">' in page
    assert "Compare the marked trials" in page
