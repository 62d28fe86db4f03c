"""The cache of REDIS_URL, when no Redis is there."""

import socket
import time

import pytest
from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from django.test import Client

from portal.lib import rediscache


@pytest.fixture
def away(settings):
    """A cache whose server has gone: its port refuses."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    yield from used(settings, port)


@pytest.fixture
def hanging(settings, monkeypatch):
    """A cache whose server takes connections and never says a word."""
    monkeypatch.setitem(rediscache.PATIENCE, "socket_timeout", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield from used(settings, listening.getsockname()[1])


def used(settings, port):
    settings.CACHES = {
        "default": {"BACKEND": "portal.lib.rediscache.Redis", "LOCATION": f"redis://127.0.0.1:{port}"}
    }
    rediscache.Redis.away_until = 0.0
    cache = caches["default"]
    yield cache
    cache.own.clear()
    rediscache.Redis.away_until = 0.0


@pytest.mark.parametrize("which", ["away", "hanging"])
def test_the_process_remembers_for_itself(request, which):
    cache = request.getfixturevalue(which)

    cache.set("a", [1], 60)

    assert cache.get("a") == [1]
    assert cache.add("a", 2) is False
    assert cache.get_many(["a", "b"]) == {"a": [1]}
    cache.delete("a")
    assert cache.get("a", "nothing") == "nothing"


def test_a_server_that_is_away_is_named_once_and_left_alone(hanging, caplog):
    for number in range(20):
        hanging.get(f"key{number}")

    assert [record.getMessage() for record in caplog.records] == [
        "Redis does not answer (TimeoutError): this process counts for itself."
    ]


def test_a_server_that_is_back_is_used_again(away, monkeypatch):
    away.set("a", "kept by the process")
    rediscache.Redis.away_until = time.monotonic()
    monkeypatch.setattr(RedisCache, "get", lambda *arguments: "kept by Redis")

    assert away.get("a") == "kept by Redis"


@pytest.mark.django_db
def test_limits_hold_without_redis(away, settings):
    settings.ACCOUNT_RATE_LIMITS = {"attest": "2/m/ip", "login": "1/m/ip"}
    client = Client()

    answers = [client.post("/attest/", {"next": "/"}).status_code for _ in range(3)]
    tries = [client.post("/accounts/login/", {"login": "a@b.example"}).status_code for _ in range(2)]

    assert answers == [303, 303, 429]
    assert tries == [200, 429]


@pytest.mark.django_db
def test_the_site_is_ready_without_redis(away):
    assert Client().get("/readyz").status_code == 200
