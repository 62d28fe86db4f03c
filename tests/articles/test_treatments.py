"""The page of a drug: what it is, its articles and its trials, at an address that does not break."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_treatment
from tests.trials.factories import make_arm, make_drug, make_trial
from trials.models import DrugClass

PATH = "/treatments/bortezomib/"


def text_of(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.fixture
def bortezomib(db):
    drug_class = DrugClass.objects.create(name="Proteasome inhibitor")
    drug = make_drug("bortezomib", drug_class, slug="bortezomib", description="It inhibits the proteasome.")
    drug.names.create(name="Velcade", kind="brand", region="EU")
    drug.names.create(name="PS-341", kind="synonym")
    return drug


def test_page_says_what_the_drug_is_and_is_called(reader, bortezomib):
    response = reader.get(PATH)

    assert "<h1>Bortezomib</h1>" in response.content.decode()
    said = text_of(response)
    assert "Bortezomib It inhibits the proteasome." in said
    assert "Class Proteasome inhibitor Brand name Velcade (EU) Also known as PS-341" in said


def test_page_lists_articles_and_the_trials_in_which_the_drug_is_given_once(reader, bortezomib):
    make_article(title="With it", treatments=[bortezomib])
    make_article(title="Draft with it", treatments=[bortezomib], status="draft")
    trial = make_trial(acronym="NOON", slug="noon", phase="II", setting="NDMM")
    for arm in trial.arms.all():
        arm.drugs.add(bortezomib)
    make_arm(make_trial(acronym="OTHER"), drugs=[make_drug()])

    response = reader.get(PATH)

    assert [article.title for article in response.context["page"]] == ["With it"]
    assert [trial.acronym for trial in response.context["trials"]] == ["NOON"]
    assert '<a href="/trials/noon/">NOON</a>' in response.content.decode()
    assert "Newly diagnosed Phase II" in text_of(response)
    assert '<a href="/trials/?drug=bortezomib">' in response.content.decode()


def test_page_of_a_drug_without_articles_or_trials_answers(reader, db):
    make_treatment(slug="bortezomib")

    response = reader.get(PATH)

    assert response.status_code == 200
    assert "No article on this treatment yet." in text_of(response)
    assert "Trials in which it is given" not in text_of(response)


@pytest.mark.parametrize("name", ["velcade", "Velcade", "ps-341", "Bortezomib"])
@pytest.mark.parametrize("who", ["reader", "visitor"])
def test_another_name_leads_to_the_page_once_the_gate_is_passed(request, bortezomib, who, name):
    response = request.getfixturevalue(who).get(f"/treatments/{name}/")

    if who == "reader":
        assert (response.status_code, response["Location"]) == (301, PATH)
    else:
        assert (response.status_code, "<h2>Bortezomib</h2>" in response.content.decode()) == (200, True)


@pytest.mark.parametrize("who", ["reader", "visitor"])
def test_unknown_drug_is_not_found(request, bortezomib, who):
    assert request.getfixturevalue(who).get("/treatments/aspirin/").status_code == 404


def test_slug_of_one_drug_wins_over_a_name_of_another(reader, bortezomib):
    make_treatment("Velcade two", slug="velcade")

    assert "<h1>Velcade two</h1>" in reader.get("/treatments/velcade/").content.decode()


def test_gate_shows_the_name_of_the_drug_and_nothing_else(visitor, bortezomib, settings):
    settings.SITE_URL = "https://hub.example"
    make_arm(make_trial(acronym="NOON"), drugs=[bortezomib])
    make_article(title="Survival", treatments=[bortezomib])

    response = visitor.get(PATH)

    html = response.content.decode()
    assert "<h2>Bortezomib</h2>" in html
    assert '<link rel="canonical" href="https://hub.example/treatments/bortezomib/">' in html
    assert "noindex" not in html + str(response.headers)
    for gated in ("Velcade", "Proteasome", "inhibits", "NOON", "Survival"):
        assert gated not in html


def test_sitemap_lists_drugs_with_something_to_read(visitor, bortezomib, settings):
    make_article(treatments=[make_treatment(slug="with-article")])
    make_article(treatments=[make_treatment(slug="with-draft")], status="draft")
    make_arm(make_trial(), drugs=[bortezomib])
    make_treatment(slug="with-nothing")

    listed = re.findall(r"/treatments/([^/]+)/", visitor.get("/sitemap.xml").content.decode())

    assert listed == ["bortezomib", "with-article"]


def test_sitemap_names_no_drug_when_the_gate_must_not(visitor, bortezomib, settings):
    settings.GATE_TEASER = False
    make_arm(make_trial(), drugs=[bortezomib])

    assert "/treatments/" not in visitor.get("/sitemap.xml").content.decode()


def test_query_count_of_the_page_does_not_grow_with_its_trials(reader, bortezomib):
    counts = []
    for length in (1, 5):
        for number in range(length):
            make_arm(make_trial(), drugs=[bortezomib])
            bortezomib.names.create(name=f"Name {length}-{number}", kind="synonym")
            make_article(treatments=[bortezomib])
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(PATH).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_search_by_brand_finds_articles_on_the_drug(reader, bortezomib):
    make_article(title="Trial of bortezomib", treatments=[bortezomib])
    make_article(title="Another")

    found = reader.get("/search/?q=velcade").context["page"]

    assert [article.title for article in found] == ["Trial of bortezomib"]
