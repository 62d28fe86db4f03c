"""Atom, RSS and sitemap: teasers of what is published, well-formed whatever an editor typed."""

from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from articles.publishing import settle
from portal.models import Hub
from tests.factories import make_article, make_person

ATOM = "{http://www.w3.org/2005/Atom}"
DC = "{http://purl.org/dc/elements/1.1/}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
FEEDS = ["/feeds/articles.atom", "/feeds/articles.rss"]
CHANNELS = [*FEEDS, "/sitemap.xml"]


@pytest.fixture(autouse=True)
def _site(settings, db):
    settings.SITE_URL = "https://hub.example"
    Hub.objects.update_or_create(
        pk=1,
        defaults={"name": "Myeloma & Hub", "publisher": "Example Foundation", "description": "Summaries <3"},
    )


def parsed(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own output


def titles(client, path):
    return [
        element.text for element in parsed(client, path).iter() if element.tag in (f"{ATOM}title", "title")
    ][1:]


def locations(client):
    return {
        url.findtext(f"{SITEMAP}loc"): url.findtext(f"{SITEMAP}lastmod")
        for url in parsed(client, "/sitemap.xml")
    }


def test_atom_entry_is_the_teaser(visitor):
    make_article(
        slug="optimismm",
        title="Survival & more",
        authors=[make_person("Ana García"), make_person("Bo Li")],
        objectives=["describe <survival>", "name the limits."],
        published_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
        revised_on=date(2026, 4, 2),
    )

    feed = parsed(visitor, "/feeds/articles.atom")

    assert feed.findtext(f"{ATOM}id") == "tag:hub.example,2026:articles"
    assert feed.findtext(f"{ATOM}title") == "Myeloma & Hub"
    assert feed.findtext(f"{ATOM}subtitle") == "Summaries <3"
    assert feed.findtext(f"{ATOM}updated") == "2026-04-02T00:00:00+00:00"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {
        "self": "https://hub.example/feeds/articles.atom",
        "alternate": "https://hub.example/articles/",
    }
    [entry] = feed.findall(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}id") == "tag:hub.example,2026:articles/optimismm"
    assert entry.findtext(f"{ATOM}title") == "Survival & more"
    assert entry.find(f"{ATOM}link").get("href") == "https://hub.example/articles/optimismm/"
    assert entry.findtext(f"{ATOM}published") == "2026-03-09T12:00:00+00:00"
    assert entry.findtext(f"{ATOM}updated") == "2026-04-02T00:00:00+00:00"
    assert [name.text for name in entry.iter(f"{ATOM}name")] == ["Ana García", "Bo Li"]
    assert entry.findtext(f"{ATOM}summary") == (
        "After reading this article, you will be able to describe <survival>; name the limits."
    )


def test_rss_item_is_the_teaser(visitor):
    make_article(
        slug="optimismm",
        authors=[make_person("Ana García")],
        published_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
    )

    [item] = parsed(visitor, "/feeds/articles.rss").iter("item")

    assert item.findtext("guid") == "tag:hub.example,2026:articles/optimismm"
    assert item.find("guid").get("isPermaLink") == "false"
    assert item.findtext("link") == "https://hub.example/articles/optimismm/"
    assert parsedate_to_datetime(item.findtext("pubDate")) == datetime(2026, 3, 9, 12, tzinfo=UTC)
    assert item.findtext(f"{DC}creator") == "Ana García"
    assert item.findtext("description").endswith("describe the results of the trial.")


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/feeds/articles.atom", "application/atom+xml"), ("/feeds/articles.rss", "application/rss+xml")],
)
def test_feed_may_be_kept_for_five_minutes(visitor, path, content_type):
    make_article()

    first = visitor.get(path)
    again = visitor.get(path, headers={"If-None-Match": first["ETag"]})

    assert first["Content-Type"] == f"{content_type}; charset=utf-8"
    assert first["Cache-Control"] == again["Cache-Control"] == "public, max-age=300"
    assert not first.cookies
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", FEEDS)
def test_feed_without_articles_is_complete(visitor, path):
    assert titles(visitor, path) == []


@pytest.mark.parametrize("path", FEEDS)
def test_feed_survives_what_xml_forbids(visitor, path):
    title = "</title><script>alert(1)</script> ]]> \x0b\x08 & \ufffe 🩸"
    make_article(title=title, objectives=[title], authors=[make_person("A\x0bB <c>")])

    assert titles(visitor, path) == ["</title><script>alert(1)</script> ]]> & 🩸"]


@pytest.mark.parametrize("path", FEEDS)
def test_feed_is_absent_when_the_public_learns_nothing_of_articles(settings, visitor, reader, path):
    settings.GATE_TEASER = False
    make_article()

    assert visitor.get(path).status_code == 404
    assert reader.get(path).status_code == 404
    assert path not in visitor.get("/about/").content.decode()


def test_pages_lead_to_the_feed(visitor):
    page = visitor.get("/about/").content.decode()

    assert 'rel="alternate" type="application/atom+xml"' in page
    assert 'href="/feeds/articles.atom"' in page


def test_feed_holds_the_newest_thirty(visitor):
    now = timezone.now()
    Article.objects.bulk_create(
        Article(
            title=f"Article {age}",
            slug=f"article-{age}",
            status="published",
            published_at=now - timedelta(days=age),
            funding_statement="None.",
        )
        for age in range(32)
    )

    newest = [f"Article {age}" for age in range(30)]
    assert [titles(visitor, path) for path in FEEDS] == [newest, newest]


@pytest.mark.parametrize("path", CHANNELS)
def test_queries_do_not_grow_with_the_list(visitor, path):
    def queries(client):
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        return len(captured)

    make_article(trials=["NCT01734928"])
    one = queries(visitor)
    for _ in range(3):
        make_article(trials=["NCT01734928"], authors=[make_person(), make_person()])

    assert queries(visitor) == one


@pytest.mark.parametrize("path", CHANNELS)
def test_scheduled_article_appears_at_its_time_and_drafts_never(visitor, path):
    start = datetime(2026, 3, 9, 12, tzinfo=UTC)
    people = {
        "authors": [make_person(disclosed_on=date(2026, 1, 1))],
        "reviewers": [make_person(disclosed_on=date(2026, 1, 1))],
    }
    with time_machine.travel(start, tick=False):
        make_article(slug="later", status="scheduled", published_at=start + timedelta(hours=1), **people)
        for status in ("draft", "in_review"):
            make_article(slug=status, status=status, published_at=start - timedelta(days=1))
        before = visitor.get(path).content.decode()
    with time_machine.travel(start + timedelta(hours=1), tick=False):
        after = visitor.get(path).content.decode()

    assert "/articles/later/" not in before
    assert "/articles/later/" in after
    for page in (before, after):
        assert "/articles/draft/" not in page
        assert "/articles/in_review/" not in page


@pytest.mark.parametrize("path", CHANNELS)
def test_withdrawn_article_leaves(visitor, path):
    article = make_article(slug="gone")
    assert "/articles/gone/" in visitor.get(path).content.decode()
    article.status, article.withdrawn_reason = "withdrawn", "The data were retracted."

    settle(article, timezone.now())

    assert "/articles/gone/" not in visitor.get(path).content.decode()


def test_sitemap_lists_articles_with_their_last_change(visitor):
    make_article(slug="new", published_at=datetime(2026, 3, 9, 12, tzinfo=UTC))
    make_article(
        slug="revised", published_at=datetime(2026, 3, 9, 12, tzinfo=UTC), revised_on=date(2026, 4, 2)
    )

    found = locations(visitor)

    assert found["https://hub.example/articles/new/"].startswith("2026-03-09")
    assert found["https://hub.example/articles/revised/"].startswith("2026-04-02")


def test_sitemap_lists_public_pages_that_answer(visitor):
    found = locations(visitor)

    paths = {address.removeprefix("https://hub.example") for address in found}
    assert {"/", "/about/", "/independence/", "/steering-committee/", "/contact/", "/privacy/"} <= paths
    assert {visitor.get(path).status_code for path in paths} == {200}
    assert not any("noindex" in visitor.get(path).get("X-Robots-Tag", "") for path in paths)


def test_sitemap_names_no_article_when_the_gate_must_not(settings, visitor):
    settings.GATE_TEASER = False
    make_article()

    assert not any("/articles/" in address for address in locations(visitor))


@pytest.mark.parametrize("query", ["?p=2", "?p=x", "?p=-1"])
def test_sitemap_refuses_pages_that_are_not_there(visitor, query):
    assert visitor.get(f"/sitemap.xml{query}").status_code == 404


@pytest.mark.parametrize("path", CHANNELS)
def test_channel_is_only_read(visitor, path):
    assert visitor.post(path).status_code == 405
