import json
import socket

import pytest
from django.core.cache import cache
from django.db import connection, connections

from portal import health
from tests import production


def test_the_process_answers_without_a_database(client):
    response = client.get("/healthz")

    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response["Content-Type"] == "text/plain"


@pytest.mark.django_db
def test_a_complete_installation_is_ready(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"ready": True, "failing": []})


@pytest.mark.django_db
def test_a_missing_cache_is_named(client):
    with connection.cursor() as cursor:
        cursor.execute('DROP TABLE "cache"')  # comes back when the test's transaction is rolled back

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"ready": False, "failing": ["cache"]})


@pytest.mark.django_db
def test_a_missing_migration_is_named(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'portal'")

    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (503, {"ready": False, "failing": ["migrations"]})


def test_without_a_database_everything_is_named(client):
    """Without the mark `django_db` no test reaches the database."""
    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json() == {"ready": False, "failing": ["database", "migrations", "cache"]}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_only_read_and_sets_nothing(client, path):
    assert client.post(path).status_code == 405
    assert client.head(path).status_code == 200
    assert not client.get(path).cookies
    assert client.get(path)["Cache-Control"] == "private"


@pytest.mark.django_db(transaction=True)
def test_a_cache_that_does_not_answer_in_time_is_named(client, monkeypatch):
    monkeypatch.setattr(health, "PATIENCE", 0.2)
    cache.set("any", 1)
    other = connections.create_connection("default")  # holds the table for as long as it likes
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute('LOCK TABLE "cache" IN ACCESS EXCLUSIVE MODE')

    response = client.get("/readyz")

    other.close()
    assert (response.status_code, response.json()["failing"]) == (503, ["cache"])
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_migrations_of_a_newer_version_beside_this_one_do_no_harm(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('portal', '9999_to_come', now())"
        )

    assert client.get("/readyz").status_code == 200


def test_a_server_that_takes_connections_and_says_nothing_is_not_waited_for():
    asks = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "print(Client().get('/readyz', headers={'Host': 'portal.example'}).content.decode())"
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgres://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        process = production.run("-c", asks, DATABASE_URL=address, PAGE_CACHE_BYTES="0")

    assert process.returncode == 0, process.stderr
    assert json.loads(process.stdout)["failing"] == ["database", "migrations", "cache"]
