"""Kept pages are made from the replica, and nothing else is read there."""

from dataclasses import replace

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError

from articles.models import Article, Bookmark
from portal import replica
from portal.models import Hub
from portal.pagecache import revision
from portal.pagecache.revision import Lookup, look_up
from portal.pagecache.store import pages
from tests import factories


@pytest.fixture
def router(monkeypatch):
    """As if there were a second server; bench/cluster.py has a real one."""
    monkeypatch.setattr(replica, "has_replica", lambda: True)
    replica._away_until = 0
    yield replica.Router()
    replica._away_until = 0


def test_content_is_read_from_the_source_of_the_page(router):
    before = router.db_for_read(Article)
    with replica.reading_content("replica"):
        within = router.db_for_read(Article), router.db_for_read(Hub)

    assert (before, within) == ("default", ("replica", "replica"))
    assert router.db_for_read(Article) == "default"


def test_sessions_are_read_where_they_are_written(router):
    with replica.reading_content("replica"):
        assert router.db_for_read(Session) is None
        assert router.db_for_write(Bookmark) == "default"


def test_replica_is_not_migrated(router):
    assert router.allow_migrate("default", "articles")
    assert not router.allow_migrate("replica", "articles")


def test_without_a_replica_the_first_server_is_read():
    assert replica.alias_of_content() == "default"


@pytest.fixture
def servers(router, monkeypatch):
    """{alias: "answers", "follows no more" or "away"}, and in `asked` the aliases that were asked."""
    states, asked = {"replica": "answers", "default": "answers"}, []
    really = look_up

    def answer(now, alias):
        asked.append(alias)
        if states[alias] == "away":
            raise OperationalError("no server")
        found = really(now, "default")
        return replace(found, source=alias, follows=states[alias] == "answers")

    real = revision.connections["default"]
    monkeypatch.setattr(real, "close", lambda: None)
    monkeypatch.setattr(revision, "connections", {"replica": real, "default": real})
    monkeypatch.setattr(revision, "look_up", answer)
    monkeypatch.setattr(revision, "EVERY", 0)
    states["asked"] = asked
    return states


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("replicas", "firsts", "source"),
    [
        ("answers", "answers", "replica"),
        ("answers", "away", "replica"),
        ("away", "answers", "default"),
        ("follows no more", "answers", "default"),
        ("follows no more", "away", "replica"),
    ],
)
def test_revision_comes_from_a_server_that_knows(servers, replicas, firsts, source):
    servers["replica"], servers["default"] = replicas, firsts

    known = Lookup().current()

    assert (known.source, known.is_last) == (source, False)


@pytest.mark.django_db
def test_replica_that_is_away_is_left_alone_for_a_while(servers, caplog):
    servers["replica"] = "away"
    lookup = Lookup()
    lookup.current(), lookup.current()
    servers["replica"] = "answers"
    replica._away_until = 0
    lookup.current()

    assert servers["asked"] == ["replica", "default", "default", "replica"]
    assert "The replica does not answer" in caplog.text


@pytest.mark.django_db
def test_what_was_said_last_holds_while_no_server_answers(servers):
    lookup = Lookup()
    before = lookup.current()
    servers["replica"] = servers["default"] = "away"

    known = lookup.current()

    assert known == replace(before, is_last=True)


@pytest.mark.django_db
def test_page_is_made_from_the_source_of_its_revision(settings, reader, monkeypatch):
    settings.PAGE_CACHE_BYTES = 1_000_000
    sources = []
    monkeypatch.setattr(
        replica.Router, "db_for_read", lambda self, model, **hints: sources.append(replica._source.get())
    )
    monkeypatch.setattr(
        "portal.pagecache.middleware.reading_content", lambda alias: replica.reading_content(f"the {alias}")
    )
    factories.make_article(slug="a")
    sources.clear()

    reader.get("/articles/a/")
    pages.clear()

    assert set(sources) == {"the default"}


@pytest.mark.django_db
def test_page_is_made_from_the_first_server_if_the_replica_went_away_after_it_was_asked(
    router, settings, reader, monkeypatch
):
    def read(self, model, **hints):
        if replica._source.get() == "replica":
            raise OperationalError("no server")

    settings.PAGE_CACHE_BYTES = 1_000_000
    factories.make_article(slug="a", title="Survival in the long run")
    monkeypatch.setattr(revision, "look_up", lambda now, alias: replace(look_up(now), source=alias))
    monkeypatch.setattr(replica.Router, "db_for_read", read)
    reader.raise_request_exception = False
    revision.lookup.forget()

    answer = reader.get("/articles/a/")

    assert answer.status_code == 200
    assert "Survival in the long run" in answer.content.decode()
    assert replica.alias_of_content() == "default"
