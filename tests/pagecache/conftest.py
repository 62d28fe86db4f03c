"""Pages are kept, and the database is asked for each."""

import pytest

from portal.pagecache.revision import lookup
from portal.pagecache.store import pages
from tests import factories


@pytest.fixture(autouse=True)
def _kept_pages(settings, monkeypatch):
    settings.PAGE_CACHE_BYTES = 1_000_000
    monkeypatch.setattr("portal.pagecache.revision.EVERY", 0)
    pages.clear()
    lookup.forget()
    yield
    pages.clear()
    lookup.forget()


@pytest.fixture
def article(db):
    return factories.make_article(slug="a", title="First title")
