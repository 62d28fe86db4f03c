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


@pytest.mark.django_db
def test_revision_comes_from_the_replica_and_from_the_first_server_while_it_is_away(
    router, monkeypatch, caplog
):
    asked = []

    def answer(now, alias):
        asked.append(alias)
        if alias == "replica" and len(asked) == 2:
            raise OperationalError("no server")
        return look_up(now, "default")

    monkeypatch.setattr(revision, "look_up", answer)
    monkeypatch.setattr(revision, "EVERY", 0)
    real = revision.connections["default"]
    monkeypatch.setattr(real, "close", lambda: None)
    monkeypatch.setattr(revision, "connections", {"replica": real, "default": real})
    lookup = Lookup()

    for _ in range(3):
        assert not lookup.current().is_last

    assert asked == ["replica", "replica", "default", "default"]
    assert "The replica does not answer" in caplog.text
    replica._away_until = 0
    lookup.current()
    assert asked[-1] == "replica"


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
