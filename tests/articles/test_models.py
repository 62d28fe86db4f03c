"""What must never be true of articles, tried in the database."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, Contribution, Disclosure, Picture, Reference, Topic, TrialIdentifier
from tests.factories import make_article, make_person, make_reference, make_topic


def refused(name):
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("article_shown_to_readers_has_date_and_funding", {"status": "published", "funding_statement": ""}),
        ("article_shown_to_readers_has_date_and_funding", {"status": "published", "published_at": None}),
        ("article_shown_to_readers_has_date_and_funding", {"status": "scheduled", "published_at": None}),
        ("article_withdrawal_has_date_and_reason", {"status": "withdrawn", "withdrawn_at": timezone.now()}),
        ("article_withdrawal_has_date_and_reason", {"status": "withdrawn", "withdrawn_reason": "Retracted."}),
        ("article_withdrawal_has_date_and_reason", {"withdrawn_reason": "Retracted."}),
        ("article_funding_names_its_funder", {"funding_kind": "grant", "funder": ""}),
        ("articles_article_slug", {"slug": "taken"}),
    ],
)
def test_database_refuses_an_impossible_article(db, constraint, fields):
    make_article(slug="taken")
    article = make_article()

    with refused(constraint), transaction.atomic():
        Article.objects.filter(pk=article.pk).update(**fields)


@pytest.mark.parametrize("number", ["NCT0173492", "nct01734928", "ISRCTN01734"])
def test_database_refuses_a_number_that_is_not_of_the_registry(db, number):
    with refused("trial_identifier_is_an_nct_number"), transaction.atomic():
        TrialIdentifier.objects.create(article=make_article(), number=number)


def test_database_refuses_the_same_trial_twice_in_an_article(db):
    article = make_article(trials=["NCT01734928"])

    with refused("one_mention_per_article_and_trial"), transaction.atomic():
        TrialIdentifier.objects.create(article=article, number="NCT01734928")


def test_database_refuses_an_author_who_reviews(db):
    author = make_person()
    article = make_article(authors=[author])

    with refused("one_contribution_per_article_and_person"), transaction.atomic():
        Contribution.objects.create(article=article, person=author, role="reviewer")


def test_database_refuses_equal_reference_keys_and_absurd_years(db):
    article = make_article()

    with refused("one_reference_per_article_and_key"), transaction.atomic():
        make_reference(article, "first")
    with refused("reference_year_is_plausible"), transaction.atomic():
        Reference.objects.filter(article=article).update(year=23)


def test_database_refuses_an_empty_or_repeated_disclosure(db):
    person = make_person()

    with refused("one_disclosure_per_person_and_day"), transaction.atomic():
        Disclosure.objects.create(person=person, declared_on=timezone.localdate(), statement="Again.")
    with refused("disclosure_has_statement"), transaction.atomic():
        Disclosure.objects.create(person=person, declared_on="2020-01-01", statement="")


def test_database_refuses_a_picture_without_alternative_text_or_area(db):
    picture = {"width": 10, "height": 10, "widths": [10], "formats": ["jpg"], "source_hash": "0"}

    with refused("picture_has_alternative_text"), transaction.atomic():
        Picture.objects.create(alt="", **picture)
    with refused("picture_has_an_area"), transaction.atomic():
        Picture.objects.create(alt="A drawing", **(picture | {"width": 0}))


def test_database_refuses_equal_topics(db):
    make_topic("Relapse")

    with refused("name"), transaction.atomic():
        Topic.objects.create(name="Relapse", slug="other")
