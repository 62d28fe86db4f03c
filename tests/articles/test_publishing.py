from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles.models import Article
from articles.publishing import contradictions, missing, rebuild, settle, store_unsettled
from tests import factories


def refusal(article, **fields):
    for name, value in fields.items():
        setattr(article, name, value)
    with pytest.raises(ValidationError) as refused:
        settle(article, timezone.now())
    return refused.value.message_dict


@pytest.fixture
def draft(db):
    return factories.make_article(status="draft", published_at=None)


def test_published_article_gets_the_time_of_publishing(draft):
    now = timezone.now()
    draft.status = "published"

    settle(draft, now)

    draft.refresh_from_db()
    assert (draft.status, draft.published_at) == ("published", now)


def test_first_publication_keeps_its_date(db):
    article = factories.make_article()
    published_at = article.published_at

    settle(article, timezone.now())

    article.refresh_from_db()
    assert article.published_at == published_at


@pytest.mark.parametrize(
    ("lacking", "said"),
    [
        ({"objectives": ()}, "learning objective"),
        ({"funding_statement": ""}, "funding statement"),
        ({"funding_statement": "  "}, "funding statement"),
        ({"authors": ()}, "an author"),
        ({"reviewers": ()}, "medical reviewer"),
        ({"references": (), "body": "None."}, "a reference"),
    ],
)
def test_publishing_is_refused_for_each_thing_that_lacks(db, lacking, said):
    article = factories.make_article(status="draft", **lacking)

    messages = refusal(article, status="published")["status"]

    assert len(messages) == 1
    assert said in messages[0]
    assert Article.objects.get().status == "draft"


def test_disclosure_counts_for_24_months(db, settings):
    today = timezone.localdate()
    recent = factories.make_person(disclosed_on=today - timedelta(days=700))
    old = factories.make_person("Dr Old", disclosed_on=today - timedelta(days=760))
    future = factories.make_person("Dr Future", disclosed_on=today + timedelta(days=30))
    article = factories.make_article(status="draft", authors=[recent, old], reviewers=[future])

    lacking = missing(article, today)

    assert [sentence.split(" has ")[0] for sentence in lacking] == ["Dr Old", "Dr Future"]


def test_scheduling_needs_a_time(draft):
    assert "date and time" in refusal(draft, status="scheduled")["status"][0]


def test_withdrawal_is_dated_and_undone_without_a_trace(db):
    article, now = factories.make_article(), timezone.now()
    article.status, article.withdrawn_reason = "withdrawn", "Wrong."
    settle(article, now)
    assert article.withdrawn_at == now

    article.status = "published"
    settle(article, now)

    article.refresh_from_db()
    assert (article.withdrawn_at, article.withdrawn_reason) == (None, "")


def test_unknown_citation_changes_nothing(draft):
    before = draft.body_html

    assert refusal(draft, body="[@nobody]")["body"][0].startswith("Line 1: ")

    draft.refresh_from_db()
    assert draft.body_html == before


def test_references_are_numbered_by_first_use_and_the_rest_follows(db):
    article = factories.make_article(references=("unused", "a", "b"), body="[@b] [@a; @b]")

    numbers = {r.key: (r.number, r.times_cited) for r in article.references.all()}

    assert numbers == {"b": (1, 2), "a": (2, 1), "unused": (3, 0)}


def test_rebuild_does_not_make_an_article_look_edited(db):
    article = factories.make_article()
    Article.objects.update(body_html="old", rendered_with=0)
    article.refresh_from_db()
    modified_at = article.modified_at

    rebuild(article)

    article.refresh_from_db()
    assert article.body_html != "old"
    assert article.modified_at == modified_at


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"funding_kind": "grant"}, "funder"),
        ({"status": "withdrawn", "published_at": timezone.now()}, "withdrawn_reason"),
        ({"status": "withdrawn", "withdrawn_reason": "x"}, "status"),
        ({"status": "published", "published_at": timezone.now() + timedelta(days=900)}, "published_at"),
    ],
)
def test_contradiction_is_named_by_its_field_and_not_stored(db, fields, field):
    article = Article(title="T", slug="t", summary="S", body="B", funding_statement="None.", **fields)

    assert list(contradictions(article, timezone.now())) == [field]
    with pytest.raises(ValidationError):
        store_unsettled(article, timezone.now())
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"status": "draft"}, "status"),
        ({"status": "in_review"}, "status"),
        ({"slug": "elsewhere"}, "slug"),
        ({"published_at": timezone.now() + timedelta(days=900)}, "published_at"),
        ({"published_at": None}, "published_at"),
    ],
)
def test_article_that_readers_have_seen_does_not_vanish(reader, fields, field):
    article = factories.make_article()
    for name, value in fields.items():
        setattr(article, name, value)

    with pytest.raises(ValidationError) as refused:
        store_unsettled(article, timezone.now())

    assert list(refused.value.message_dict) == [field]
    assert reader.get(Article.objects.get().get_absolute_url()).status_code == 200


def test_scheduled_article_is_still_free_to_move(db):
    article = factories.make_article(status="scheduled", published_at=timezone.now() + timedelta(days=1))
    article.slug, article.published_at = "elsewhere", timezone.now() + timedelta(days=2)

    store_unsettled(article, timezone.now())
    settle(article, timezone.now())

    assert Article.objects.get().slug == "elsewhere"
