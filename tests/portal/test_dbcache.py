from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from portal.lib import dbcache

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _never_culled(monkeypatch):
    monkeypatch.setattr(dbcache.random, "randrange", lambda most: 1)


def later(seconds):
    return time_machine.travel(timezone.now() + timedelta(seconds=seconds))


def test_value_is_kept_until_it_expires():
    cache.set("a", {"b": [1, 2]}, 10)

    assert cache.get("a") == {"b": [1, 2]}
    with later(11):
        assert cache.get("a") is None


def test_value_may_be_kept_for_ever():
    cache.set("a", 1, None)

    with later(10**9):
        assert cache.get("a") == 1


def test_set_overwrites_and_add_does_not():
    assert cache.add("a", 1, 10)
    assert not cache.add("a", 2, 10)
    cache.set("a", 3, 10)

    assert cache.get("a") == 3
    with later(11):
        assert cache.add("a", 4, 10)
        assert cache.get("a") == 4


def test_touch_prolongs_what_is_there():
    cache.set("a", 1, 10)

    assert cache.touch("a", 30)
    assert not cache.touch("b", 30)
    with later(20):
        assert cache.get("a") == 1
    with later(40):
        assert not cache.touch("a", 30)


@pytest.mark.parametrize("write", [cache.set, cache.add])
def test_writing_is_one_statement(write, django_assert_num_queries):
    with django_assert_num_queries(1):
        write("a", 1, 10)


def test_what_has_expired_is_deleted_now_and_then(monkeypatch):
    cache.set("old", 1, 10)
    monkeypatch.setattr(dbcache.random, "randrange", lambda most: 0)
    monkeypatch.setattr("django.core.cache.backends.db.DatabaseCache._max_entries", 1, raising=False)

    with later(20):
        cache.set("a", 1, 10)
        with connection.cursor() as cursor:
            cursor.execute("SELECT cache_key FROM cache")
            assert [key for (key,) in cursor.fetchall()] == [":1:a"]
