"""Lists of very many articles: counted to a bound, open to their end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from articles import listing
from articles.models import Article, taxonomy
from portal.lib import pages
from tests.factories import make_article, make_topic


@pytest.fixture
def thirty(db, monkeypatch):
    """Thirty articles on a topic, where twelve are counted at most."""
    monkeypatch.setattr("articles.views.COUNTED", 12)
    monkeypatch.setattr(listing, "COUNTED", 12)
    monkeypatch.setattr(taxonomy, "COUNTED", 12)
    topic, now = make_topic("Relapse", slug="relapse"), timezone.now()
    articles = Article.objects.bulk_create(
        Article(
            title=f"Trial {number:02}",
            slug=f"long-{number}",
            status="published",
            published_at=now - timedelta(days=number + 1),
            funding_statement="None.",
        )
        for number in range(30)
    )
    topic.articles.set(articles)
    return topic


def titles(response):
    return [article.title for article in response.context["page"]]


@pytest.mark.parametrize("path", ["/articles/", "/topics/relapse/"])
def test_first_page_says_that_there_are_more_than_were_counted(reader, thirty, path, monkeypatch):
    monkeypatch.setattr(pages, "NEIGHBOURS", 0)

    page = reader.get(path)

    assert "More than 24 articles" in page.content.decode()
    assert titles(page)[0] == "Trial 00"


@pytest.mark.parametrize("path", ["/articles/", "/topics/relapse/"])
def test_last_page_can_be_opened_and_the_next_is_not_found(reader, thirty, path):
    assert titles(reader.get(f"{path}?page=3")) == [f"Trial {number:02}" for number in range(24, 30)]
    assert reader.get(f"{path}?page=4").status_code == 404


def test_filters_of_a_list_that_is_not_counted_name_their_values_without_numbers(reader, thirty):
    make_topic("Without articles")

    topics, _ = reader.get("/articles/").context["filters"]

    assert [(option["label"], option["count"]) for option in topics["options"]] == [("Relapse", None)]


def test_home_says_that_a_topic_has_more_articles_than_were_counted(reader, thirty):
    assert "more than 12 articles" in reader.get("/").content.decode()


def test_trial_page_lists_its_newest_articles_and_leads_on_to_the_others(reader, monkeypatch, db):
    from articles.templatetags import coverage

    monkeypatch.setattr(coverage, "MOST_SHOWN", 2)
    now = timezone.now()
    for day in range(3):
        make_article(title=f"Day {day}", trials=["NCT01734928"], published_at=now - timedelta(days=day + 1))

    about = coverage.articles_about(["NCT01734928"])

    assert ([article.title for article in about.articles], about.has_more) == (["Day 0", "Day 1"], True)
