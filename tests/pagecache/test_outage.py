"""Kept pages go on while the database is away, and say so."""

import pytest
from django.db import OperationalError

from portal.pagecache.revision import lookup

from .asking import text


@pytest.fixture
def database_away(monkeypatch):
    def away():
        def refuse(now, alias="default"):
            raise OperationalError("no server")

        monkeypatch.setattr("portal.pagecache.revision.look_up", refuse)

    return away


@pytest.mark.django_db(transaction=True)
def test_kept_page_is_served_with_a_notice_while_the_database_is_away(reader, member, article, database_away):
    kept = text(reader)
    database_away()

    for client in (reader, member):
        response = client.get("/articles/a/", headers={"Accept-Encoding": "br"})
        page = response.content.decode()
        assert "Our database cannot be reached at the moment" in page
        assert page.count("<main") == 1
        assert page.replace(page[page.index('<div class="wrap messages"') : page.index("<main")], "") == kept
        assert response["Cache-Control"] == "private, no-store"


@pytest.mark.django_db(transaction=True)
def test_gate_holds_while_the_database_is_away(reader, visitor, article, database_away):
    text(reader)
    database_away()

    assert "Our database cannot be reached" not in text(visitor)
    assert "First title" in text(reader)


@pytest.mark.django_db(transaction=True)
def test_pages_are_as_ever_when_the_database_is_back(reader, article, database_away, monkeypatch):
    kept = text(reader)
    database_away()
    text(reader)
    monkeypatch.undo()
    lookup.forget()

    assert text(reader) == kept
