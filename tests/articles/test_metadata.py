"""What the head of a page says about an article to anybody, and what no channel says."""

import html
import json
import re
from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from articles.publishing import settle
from tests.articles.images import make_article_picture
from tests.articles.secret import SECRETS, describe_hub, make_secret_article
from tests.factories import make_person, make_topic, make_treatment

HOSTILE = "</script><img src=x onerror=alert(1)> \"quoted\" & 'sly' \u2028 {{ 7|add:7 }}"


def metas(response):
    """The head's meta elements: name or property -> contents, in order."""
    pattern = r'<meta (?:name|property)="([^"]*)" content="([^"]*)">'
    found = {}
    for name, content in re.findall(pattern, response.content.decode()):
        found.setdefault(name, []).append(html.unescape(content))
    return found


def json_ld(response):
    scripts = re.findall(
        r'<script type="application/ld\+json">(.*?)</script>', response.content.decode(), re.DOTALL
    )
    return [json.loads(script) for script in scripts]


@pytest.fixture
def hub(db):
    describe_hub()


@pytest.fixture
def address(settings):
    settings.SITE_URL = "https://hub.example"
    return "https://hub.example/articles/secret/"


# No channel shows what is gated

CHANNELS = [
    "/articles/secret/",
    "/articles/secret/?print=1",
    "/articles/",
    "/",
    "/topics/lymphoma/",
    "/treatments/pomalidomide/",
    "/search/?q=zygomorphic",
    "/feeds/articles.atom",
    "/feeds/articles.rss",
    "/sitemap.xml",
    "/robots.txt",
    "/articles/secret/citation.ris",
    "/articles/secret/citation.bib",
    "/articles/secret/citation.json",
    "/articles/secret/bookmark/",
    "/about/",
]
FRAGMENT = {"HX-Request": "true"}


@pytest.mark.parametrize("path", CHANNELS)
def test_no_address_shows_the_unattested_a_gated_word(visitor, db, path):
    make_secret_article(
        topics=[make_topic(slug="lymphoma")], treatments=[make_treatment(slug="pomalidomide")]
    )

    answers = [
        visitor.get(path),
        visitor.head(path),
        visitor.get(path, headers=FRAGMENT),
        visitor.post(path),
        visitor.post(path, headers=FRAGMENT),
    ]

    for answer in answers:
        shown = str(answer.headers) + answer.content.decode()
        assert [secret for secret in SECRETS if secret in shown.replace(path, "")] == []


def test_attested_reader_sees_every_gated_word(reader):
    make_secret_article()

    page = reader.get("/articles/secret/").content.decode()

    assert all(secret in page for secret in SECRETS)


def test_picture_of_the_article_is_named_to_nobody_before_the_gate(visitor, reader, db):
    picture = make_article_picture(alt="zygomorphic")
    make_secret_article(hero=picture)

    gate, page = visitor.get("/articles/secret/"), reader.get("/articles/secret/")

    assert str(picture.key) not in gate.content.decode()
    assert str(picture.key) in page.content.decode()
    assert "og:image" not in metas(page)


# The head


@pytest.mark.parametrize("client_name", ["visitor", "reader"])
def test_head_describes_the_public_part_on_the_gate_and_on_the_page(request, client_name, hub, address):
    authors = [make_person("Ana García"), make_person("Bo Li")]
    make_secret_article(
        authors=authors,
        objectives=["describe survival.", "name the limits"],
        published_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
        revised_on=date(2026, 4, 2),
    )

    response = request.getfixturevalue(client_name).get("/articles/secret/")

    promise = "After reading this article, you will be able to describe survival; name the limits."
    expected = {
        "description": [promise],
        "og:type": ["article"],
        "og:title": ["Survival with pomalidomide"],
        "og:description": [promise],
        "og:url": [address],
        "og:site_name": ["Myeloma Hub"],
        "og:locale": ["en_GB"],
        "article:published_time": ["2026-03-09T12:00:00+00:00"],
        "article:modified_time": ["2026-04-02T00:00:00+00:00"],
        "twitter:card": ["summary"],
        "citation_title": ["Survival with pomalidomide"],
        "citation_author": ["Ana García", "Bo Li"],
        "citation_publication_date": ["2026/03/09"],
        "citation_journal_title": ["Myeloma Hub"],
        "citation_publisher": ["Example Foundation"],
        "citation_language": ["en"],
        "citation_fulltext_html_url": [address],
        "citation_public_url": [address],
    }
    assert {name: value for name, value in metas(response).items() if name in expected} == expected
    assert f'<link rel="canonical" href="{address}">' in response.content.decode()
    assert "robots" not in metas(response)


@pytest.mark.parametrize("client_name", ["visitor", "reader"])
def test_json_ld_describes_the_public_part(request, client_name, hub, address):
    make_secret_article(
        authors=[make_person("Ana García")],
        objectives=["describe survival"],
        trials=["NCT01734928"],
        funding_kind="grant",
        funder="A Pharma",
        published_at=datetime(2026, 3, 9, 12, tzinfo=UTC),
    )

    response = request.getfixturevalue(client_name).get("/articles/secret/")

    assert json_ld(response) == [
        {
            "@context": "https://schema.org",
            "@type": "MedicalScholarlyArticle",
            "@id": address,
            "url": address,
            "mainEntityOfPage": address,
            "headline": "Survival with pomalidomide",
            "author": [{"@type": "Person", "name": "Ana García"}],
            "datePublished": "2026-03-09T12:00:00+00:00",
            "dateModified": "2026-03-09T12:00:00+00:00",
            "inLanguage": "en",
            "isAccessibleForFree": False,
            "audience": {"@type": "MedicalAudience", "audienceType": "Clinician"},
            "publisher": {"@type": "Organization", "name": "Example Foundation"},
            "isPartOf": {"@type": "WebSite", "name": "Myeloma Hub", "url": "https://hub.example/"},
            "teaches": ["describe survival"],
            "about": [
                {
                    "@type": "MedicalTrial",
                    "name": "NCT01734928",
                    "identifier": "NCT01734928",
                    "url": "https://clinicaltrials.gov/study/NCT01734928",
                }
            ],
            "funder": {"@type": "Organization", "name": "A Pharma"},
        }
    ]


@pytest.mark.parametrize("client_name", ["visitor", "reader"])
def test_hostile_title_stays_text(request, client_name, hub):
    make_secret_article(
        title=HOSTILE, authors=[make_person(HOSTILE)], objectives=[HOSTILE], trials=["NCT01734928"]
    )

    response = request.getfixturevalue(client_name).get("/articles/secret/")

    cleaned = HOSTILE.replace(" \u2028 ", " ")
    [article] = json_ld(response)
    assert article["headline"] == article["author"][0]["name"] == article["teaches"][0] == cleaned
    assert metas(response)["og:title"] == metas(response)["citation_author"] == [cleaned]
    assert "<img src=x" not in response.content.decode()
    script = re.search(r"ld\+json\">(.*?)</script>", response.content.decode())[1]
    assert not set("<>&\u2028") & set(script)


def test_long_promise_is_cut_at_a_word_in_the_description(visitor, db):
    make_secret_article(objectives=["describe " + "immeasurable " * 30])

    [description] = metas(visitor.get("/articles/secret/"))["description"]

    assert len(description) <= 302
    assert description.endswith("immeasurable …")


def test_revision_before_publication_is_not_a_modification(visitor, db):
    make_secret_article(published_at=datetime(2026, 3, 9, 12, tzinfo=UTC), revised_on=date(2026, 3, 1))

    assert metas(visitor.get("/articles/secret/"))["article:modified_time"] == ["2026-03-09T12:00:00+00:00"]


@pytest.mark.parametrize("client_name", ["visitor", "reader"])
def test_withdrawn_article_asks_not_to_be_indexed(request, client_name, db):
    article = make_secret_article()
    article.status, article.withdrawn_reason = "withdrawn", "The data were retracted."
    settle(article, timezone.now())

    response = request.getfixturevalue(client_name).get("/articles/secret/")

    assert metas(response)["robots"] == ["noindex"]
    assert json_ld(response) == []
    assert "citation_title" not in metas(response)


def test_gate_without_teaser_has_no_metadata(settings, visitor, db):
    settings.GATE_TEASER = False
    make_secret_article()

    response = visitor.get("/articles/secret/")

    assert "Survival with pomalidomide" not in response.content.decode()
    assert json_ld(response) == []
    assert response["X-Robots-Tag"] == "noindex"


def test_gate_needs_the_same_queries_for_any_number_of_facts(visitor, db, django_assert_max_num_queries):
    make_secret_article(
        objectives=["describe it", "compare it", "explain it"],
        trials=["NCT01734928", "NCT00000001"],
        authors=[make_person() for _ in range(3)],
    )

    with django_assert_max_num_queries(8):
        visitor.get("/articles/secret/")
