from datetime import timedelta

import pytest
from django.utils import timezone

from tests.factories import make_article

from .rows import make_delivery, make_issue, make_run

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def make_sent(articles=(), **fields):
    """An issue whose sending began an hour ago."""
    values = {"status": "sending", "send_at": NOW, "queued_at": NOW - timedelta(hours=1)}
    return make_issue(articles, **(values | fields))


def page(client, path="/newsletter/archive/", **extra):
    response = client.get(path, **extra)
    assert response.status_code == 200
    return response.content.decode()


def test_list_is_for_everybody_and_newest_first(visitor):
    article = make_article(title="Trial A")
    make_sent([article], subject="The older", slug="older", queued_at=NOW - timedelta(days=9))
    make_sent(subject="The newer", slug="newer")

    html = page(visitor)

    assert html.index('href="/newsletter/archive/newer/"') < html.index('href="/newsletter/archive/older/"')
    assert "The newer" in html
    assert "Trial A" in html
    assert 'href="/newsletter/archive/"' in page(visitor, "/newsletter/")


def test_list_without_issues_says_so(visitor):
    assert "No issue has been sent yet." in page(visitor)


@pytest.mark.parametrize("length", [1, 3])
def test_list_needs_the_same_queries_for_any_length(visitor, length, django_assert_max_num_queries):
    for _ in range(length):
        make_sent([make_article(), make_article()])
    visitor.get("/newsletter/archive/")

    with django_assert_max_num_queries(7):
        html = page(visitor)

    assert html.count('class="card"') == length


def test_list_shows_titles_as_far_as_the_gate_would(visitor, reader, settings):
    settings.GATE_TEASER = False
    make_sent([make_article(title="Trial A")], subject="The subject")

    assert "The subject" in page(visitor)
    assert "Trial A" not in page(visitor)
    assert "Trial A" in page(reader)


def test_list_refuses_pages_that_are_none(visitor):
    make_sent()

    assert [
        visitor.get(f"/newsletter/archive/?page={number}").status_code
        for number in ("x", "-1", "2", "9" * 40)
    ] == [*(400, 400, 404, 400)]


@pytest.fixture
def unsent():
    """Slugs of issues that have no page."""
    make_issue(slug="draft")
    make_issue(slug="scheduled", status="scheduled", send_at=NOW)
    make_issue(slug="cancelled", status="cancelled")
    make_run("weekly", slug="digest", subject="A digest")
    return ["draft", "scheduled", "cancelled", "digest", "none"]


def test_what_is_no_sent_issue_has_no_page(visitor, reader, unsent):
    for client in (visitor, reader):
        answers = [client.get(f"/newsletter/archive/{slug}/").status_code for slug in unsent]

        assert answers == [404] * len(unsent)
    assert "No issue has been sent yet." in page(visitor)


def test_cancelled_issue_has_a_page_only_if_somebody_got_it(reader):
    cancelled = {"status": "cancelled", "send_at": NOW, "queued_at": NOW}
    make_delivery(
        make_issue(slug="nobody", **cancelled), state="suppressed", answer="The issue was cancelled."
    )
    make_delivery(
        make_issue(slug="some", **cancelled), state="handed_over", message_id="<1@x>", handed_over_at=NOW
    )

    statuses = [reader.get(f"/newsletter/archive/{slug}/").status_code for slug in ("nobody", "some")]

    assert statuses == [404, 200]
    assert "/newsletter/archive/nobody/" not in page(reader)


def test_professionals_read_the_whole_issue(reader):
    article = make_article(
        title="Trial A",
        slug="a",
        summary="The summary of A.",
        objectives=("describe A",),
        funding_statement="Paid by A.",
    )
    make_sent(
        [article],
        slug="first",
        subject="The subject",
        introduction="**Hello** all.",
        funding_statement="By us.",
    )

    html = page(reader, "/newsletter/archive/first/")

    assert html.index("By us.") < html.index("The subject</h1>") < html.index("<strong>Hello</strong>")
    for words in ('href="/articles/a/"', "Trial A", "Describe A", "The summary of A.", "Paid by A."):
        assert words in html


def test_unattested_get_the_teaser_alone(visitor):
    article = make_article(
        title="Trial A",
        summary="Hidden summary.",
        body="Hidden text [@first; @second].",
        objectives=("describe A",),
    )
    make_sent([article], slug="first", subject="The subject", introduction="Hidden introduction.")

    html = page(visitor, "/newsletter/archive/first/")

    assert "Are you a healthcare professional?" in html
    assert "The subject" in html
    assert "describe A" in html
    assert "Hidden" not in html
    assert 'rel="canonical"' in html
    assert "noindex" not in html


def test_unattested_get_no_word_without_teasers(visitor, settings):
    settings.GATE_TEASER = False
    make_sent([make_article(objectives=("describe A",))], slug="first", subject="The subject")

    html = page(visitor, "/newsletter/archive/first/")

    assert "The subject" not in html
    assert "describe A" not in html
    assert "/newsletter/archive/first/" not in visitor.get("/sitemap.xml").content.decode()


def test_page_shows_what_became_of_its_articles(visitor, reader):
    gone = make_article(
        title="Gone", status="withdrawn", withdrawn_reason="x", summary="Wrong.", objectives=("err",)
    )
    hidden = make_article(title="Unpublished", status="draft")
    make_sent([gone, hidden], slug="first")

    for client in (visitor, reader):
        html = page(client, "/newsletter/archive/first/") + page(client)

        assert "withdrawn" in html
        assert "Unpublished" not in html
        assert "Wrong." not in html
        assert "err</" not in html.lower()


def test_page_holds_no_personal_link(reader):
    make_sent([make_article()], slug="first")

    html = page(reader, "/newsletter/archive/first/")

    assert "/newsletter/leave/" not in html
    assert "/newsletter/preferences/" not in html


def test_search_engines_find_sent_issues(visitor, settings, unsent):
    settings.SITE_URL = "https://hub.example"
    make_sent(slug="first")

    sitemap = visitor.get("/sitemap.xml").content.decode()

    assert "<loc>https://hub.example/newsletter/archive/first/</loc>" in sitemap
    assert sitemap.count("/newsletter/archive/") == 1
