"""The pages that list and show articles."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from articles.models import Article
from tests.factories import make_article, make_topic, make_treatment


def titles(response):
    return [article.title for article in response.context["page"]]


def test_article_page_shows_what_a_clinician_looks_for(reader):
    article = make_article(
        title="Survival at noon",
        objectives=["describe survival", "name the limits"],
        trials=["NCT01734928"],
        congress="A congress, 2023",
    )

    page = reader.get(article.get_absolute_url()).content.decode()

    for expected in (
        "Survival at noon",
        article.summary,
        "describe survival",
        "name the limits",
        "NCT01734928",
        "A congress, 2023",
        article.funding_statement,
        article.authors[0].name,
        article.reviewers[0].name,
        "Nothing to disclose.",
        "Median survival was",
        'id="ref-1"',
        'value="save"',
        "<caption",
    ):
        assert expected in page
    assert page.index(article.funding_statement) < page.index("Median survival was")


def test_references_are_numbered_by_first_use_with_links_both_ways(reader):
    article = make_article(references=("second", "first", "unused"))

    page = reader.get(article.get_absolute_url()).content.decode()

    numbers = {r.key: (r.number, r.times_cited) for r in article.references.all()}
    assert numbers == {"first": (1, 2), "second": (2, 1), "unused": (3, 0)}
    for anchor in ("cite-1-1", "cite-1-2", "cite-2-1"):
        assert f'id="{anchor}"' in page
        assert f'href="#{anchor}"' in page


@pytest.mark.parametrize("status", ["draft", "in_review"])
def test_unpublished_article_is_not_found_and_not_listed(reader, status):
    article = make_article(status=status, title="Not yet for you")

    assert reader.get(article.get_absolute_url()).status_code == 404
    for path in ("/", "/articles/", "/search/?q=yet"):
        assert "Not yet for you" not in reader.get(path).content.decode()


def test_scheduled_article_appears_by_itself_when_its_time_comes(reader):
    topic = make_topic()
    later = timezone.now() + timedelta(days=2)
    article = make_article(status="scheduled", published_at=later, title="Coming soon", topics=[topic])
    paths = ["/", "/articles/", f"/topics/{topic.slug}/", "/search/?q=soon"]

    assert reader.get(article.get_absolute_url()).status_code == 404
    assert [path for path in paths if "Coming soon" in reader.get(path).content.decode()] == []

    with time_machine.travel(later + timedelta(minutes=1), tick=False):
        assert reader.get(article.get_absolute_url()).status_code == 200
        assert [path for path in paths if "Coming soon" in reader.get(path).content.decode()] == paths


def test_withdrawn_article_stays_as_a_notice_without_its_text(reader):
    article = make_article(
        status="withdrawn", withdrawn_reason="The source was retracted.", title="Gone trial"
    )

    response = reader.get(article.get_absolute_url())

    page = response.content.decode()
    assert "The source was retracted." in page
    assert "Median survival" not in page
    assert article.summary not in page
    assert "Gone trial" not in reader.get("/articles/").content.decode()


def test_list_is_newest_first_and_in_pages(reader):
    now = timezone.now()
    for day in range(15):
        make_article(title=f"Day {day:02}", published_at=now - timedelta(days=day + 1))

    first, second = reader.get("/articles/"), reader.get("/articles/?page=2")

    assert titles(first) == [f"Day {day:02}" for day in range(12)]
    assert titles(second) == ["Day 12", "Day 13", "Day 14"]


def test_long_list_links_its_ends_and_the_neighbours_of_the_page(reader):
    now = timezone.now()
    Article.objects.bulk_create(
        Article(
            title=f"Trial {number}",
            slug=f"trial-of-{number}",
            status="published",
            published_at=now - timedelta(days=number + 1),
            funding_statement="None.",
        )
        for number in range(20 * 12)
    )

    page = reader.get("/articles/?page=10").content.decode()

    numbers = re.findall(r'aria-label="Page (\d+)"', page)
    assert numbers == ["1", "8", "9", "11", "12", "20"]
    assert page.count(">…<") == 2


def test_address_to_pass_on_is_the_sites_own_without_the_query(reader, settings):
    settings.SITE_URL = "https://hub.example"
    make_article(slug="noon")

    page = reader.get(
        "/articles/noon/?utm_source=mail&next=x", headers={"Host": "localhost"}
    ).content.decode()

    assert '<a class="action" href="https://hub.example/articles/noon/">' in page
    assert "Read at https://hub.example/articles/noon/ " in page


def test_filters_narrow_the_list_and_count_what_they_would_show(reader):
    relapse, first_line = make_topic("Relapse"), make_topic("First line")
    drug = make_treatment("drugimab")
    make_article(title="A", topics=[relapse], treatments=[drug])
    make_article(title="B", topics=[relapse])
    make_article(title="C", topics=[first_line], treatments=[drug])

    response = reader.get(f"/articles/?topic={relapse.slug}&treatment={drug.slug}")

    assert titles(response) == ["A"]
    topics, treatments = response.context["filters"]
    assert {o["label"]: (o["count"], o["selected"]) for o in topics["options"]} == {
        "Relapse": (1, True),
        "First line": (1, False),
    }
    assert {o["label"]: (o["count"], o["selected"]) for o in treatments["options"]} == {"Drugimab": (1, True)}


def test_several_values_of_one_filter_mean_any_of_them(reader):
    one, other = make_topic(), make_topic()
    make_article(title="A", topics=[one])
    make_article(title="B", topics=[other])
    make_article(title="C")

    response = reader.get(f"/articles/?topic={one.slug}&topic={other.slug}")

    assert set(titles(response)) == {"A", "B"}


@pytest.mark.parametrize(
    "query", ["topic=unknown", "treatment=unknown", "page=0", "page=x", "page=-1", "page=99999999999"]
)
def test_unknown_filter_value_gets_a_clear_400(reader, query):
    make_article()

    assert reader.get(f"/articles/?{query}").status_code == 400


def test_list_that_nothing_fits_says_so(reader):
    topic, drug = make_topic(), make_treatment()
    make_article(topics=[topic])

    for path in (f"/articles/?topic={topic.slug}&treatment={drug.slug}", f"/treatments/{drug.slug}/"):
        assert '<div class="empty">' in reader.get(path).content.decode()


def test_page_past_the_end_is_not_found(reader):
    make_article()

    assert reader.get("/articles/?page=2").status_code == 404


def test_topic_and_treatment_pages_list_their_articles_only(reader):
    topic, drug = make_topic("Relapse"), make_treatment("Drugimab")
    make_article(title="Inside", topics=[topic], treatments=[drug])
    make_article(title="Outside")

    for path in (f"/topics/{topic.slug}/", f"/treatments/{drug.slug}/"):
        assert titles(reader.get(path)) == ["Inside"]
    assert reader.get("/topics/no-such/").status_code == 404
    assert reader.get("/treatments/no-such/").status_code == 404


def test_related_articles_say_why(reader):
    drug, topic = make_treatment("Pomalidomide"), make_topic("Relapse")
    article = make_article(trials=["NCT01734928"], treatments=[drug], topics=[topic])
    make_article(title="Same trial", trials=["NCT01734928"])
    make_article(title="Same drug", treatments=[drug])
    make_article(title="Same topic", topics=[topic])
    make_article(title="Unrelated")

    related = reader.get(article.get_absolute_url()).context["related"]

    assert [(r.article.title, r.reason) for r in related] == [
        ("Same trial", "also on NCT01734928"),
        ("Same drug", "also on pomalidomide"),
        ("Same topic", "also in Relapse"),
    ]


def test_home_leads_with_the_newest_and_shows_topics(reader):
    topic = make_topic("Relapse")
    make_article(title="Older", topics=[topic], published_at=timezone.now() - timedelta(days=3))
    make_article(title="Newest", topics=[topic])

    response = reader.get("/")

    assert response.context["lead"].title == "Newest"
    assert [a.title for a in response.context["latest"]] == ["Older"]
    assert [(t.name, t.article_count, [a.title for a in t.latest]) for t in response.context["topics"]] == [
        ("Relapse", 2, ["Newest", "Older"])
    ]


def test_home_of_an_empty_site_is_a_page(reader):
    assert reader.get("/").status_code == 200
    assert reader.get("/articles/").status_code == 200


def full_article(number):
    return make_article(
        topics=[make_topic(), make_topic()],
        treatments=[make_treatment()],
        objectives=["one", "two"],
        title=f"Listed trial {number}",
    )


@pytest.mark.parametrize(
    "path", ["/", "/articles/", "/search/?q=trial", "/feeds/articles.atom", "/sitemap.xml"]
)
def test_query_count_does_not_grow_with_the_list(reader, path):
    counts = []
    for length in (1, 5):
        for number in range(length):
            full_article(number)
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(path).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]


@pytest.mark.parametrize("path", ["/topics/relapse/", "/treatments/drugimab/", "/bookmarks/"])
def test_query_count_of_a_readers_list_does_not_grow_with_it(member, path):
    topic, drug = make_topic(slug="relapse"), make_treatment(slug="drugimab")
    counts = []
    for length in (1, 5):
        for number in range(length):
            article = full_article(number)
            article.topics.add(topic)
            article.treatments.add(drug)
            member.user.bookmarks.create(article=article)
        with CaptureQueriesContext(connection) as queries:
            response = member.get(path)
        assert "Listed trial 0" in response.content.decode()
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 20


def test_article_page_needs_few_queries_whatever_it_holds(reader):
    counts = []
    for length in (1, 6):
        keys = [f"k{n}" for n in range(length)]
        article = make_article(
            objectives=[f"objective {n}" for n in range(length)],
            references=keys,
            body="Text " + "".join(f"[@{key}]" for key in keys),
            topics=[make_topic() for _ in range(length)],
            treatments=[make_treatment() for _ in range(length)],
        )
        with CaptureQueriesContext(connection) as queries:
            assert reader.get(article.get_absolute_url()).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 20
