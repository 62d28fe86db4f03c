"""How often a page asks the database: a bounded number of times, whatever it shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article, make_topic, make_treatment


def full_article(length, **fields):
    keys = [f"k{number}" for number in range(length)]
    return make_article(
        objectives=[f"objective {number}" for number in range(length)],
        references=keys,
        body="Text " + "".join(f"[@{key}]" for key in keys),
        topics=[make_topic() for _ in range(length)],
        treatments=[make_treatment() for _ in range(length)],
        trials=[f"NCT{number:08d}" for number in range(length)],
        **fields,
    )


def queries_of(client, path):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(path).status_code == 200
    return [query["sql"] for query in queries]


@pytest.mark.parametrize("length", [1, 6])
def test_article_page_needs_eight_queries_at_most(reader, length):
    article = full_article(length)
    full_article(length)  # something to read next

    assert len(queries_of(reader, article.get_absolute_url())) <= 8


@pytest.mark.parametrize("length", [1, 6])
def test_article_page_of_a_member_needs_two_more_for_session_and_account(member, length):
    article = full_article(length)

    assert len(queries_of(member, article.get_absolute_url())) <= 10


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/articles/",
        "/articles/noon/",
        "/topics/relapse/",
        "/treatments/drugimab/",
        "/search/?q=text",
        "/trials/",
    ],
)
def test_no_session_is_looked_up_for_readers_who_are_not_signed_in(reader, path):
    topic, drug = make_topic(slug="relapse"), make_treatment("Drugimab", slug="drugimab")
    make_article(slug="noon", topics=[topic], treatments=[drug])

    assert not [sql for sql in queries_of(reader, path) if "session" in sql]


def test_lists_along_with_an_article_keep_their_order(reader):
    first, second = make_topic("Zuerst", position=1), make_topic("Aber", position=2)
    article = make_article(
        topics=[second, first],
        treatments=[make_treatment("beta"), make_treatment("alpha")],
        objectives=["one", "two", "three"],
    )

    shown = reader.get(article.get_absolute_url()).context["article"]

    assert [topic.name for topic in shown.topics.all()] == ["Zuerst", "Aber"]
    assert [drug.name for drug in shown.treatments.all()] == ["alpha", "beta"]
    assert [objective.text for objective in shown.objectives.all()] == ["one", "two", "three"]
