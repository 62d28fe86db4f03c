import subprocess
import sys

import pytest

from portal.local import postgres
from portal.local.cluster import Lease
from portal.local.places import CHECKOUT

# A process of Django with the backend, on the cluster in the given folder.
QUERY = """
import sys
from pathlib import Path
from portal.local import postgres
postgres.database_home = lambda: Path(sys.argv[1])

from django.conf import settings
settings.configure(DATABASES={"default": postgres.connection_settings()})
import django
django.setup()
from django.db import connection
if sys.argv[2] == "query":
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        print(connection.vendor, cursor.fetchone()[0], postgres.own_cluster().is_ready())
else:
    print(connection.vendor, postgres.own_cluster().is_ready())
"""


def run_django(cluster, what):
    command = [sys.executable, "-c", QUERY, cluster.home, what]
    return subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout.split()


@pytest.fixture
def stopped(cluster):
    cluster.stop()
    return cluster


def test_first_query_starts_the_server_and_the_end_of_the_process_stops_it(stopped):
    said = run_django(stopped, "query")

    assert said == ["postgresql", "portal", "True"]
    assert not stopped.is_ready()


def test_process_that_asks_nothing_starts_nothing(stopped):
    assert run_django(stopped, "idle") == ["postgresql", "False"]


def test_end_of_one_process_leaves_the_server_to_the_others(cluster):
    lease = Lease(cluster)

    run_django(cluster, "query")
    was_ready = cluster.is_ready()
    lease.release()

    assert was_ready


def test_settings_are_computed_without_making_anything(tmp_path, monkeypatch):
    postgres.own_cluster.cache_clear()
    monkeypatch.setattr(postgres, "database_home", lambda: tmp_path / "home")

    settings = postgres.connection_settings()

    postgres.own_cluster.cache_clear()
    assert settings["HOST"].startswith("/")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("arguments", "status"), [(["url"], 0), (["restart"], 2), ([], 2)])
def test_command_line_answers_with_a_status(arguments, status, capsys):
    assert postgres.main(arguments) == status
