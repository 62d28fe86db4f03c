import pytest
from django.db import connection


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
