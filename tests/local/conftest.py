import shutil
import tempfile
from pathlib import Path

import psycopg2
import pytest

from portal.local.cluster import Cluster


@pytest.fixture(scope="session")
def folder():
    """An empty folder that the account of the server may enter; pytest's own are closed to it."""
    path = Path(tempfile.mkdtemp(dir="/tmp", prefix="portal-test-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="session")
def shared_cluster(folder):
    """One cluster for all tests, because making one takes about a second."""
    cluster = Cluster(folder / "shared")
    yield cluster
    cluster.stop()


@pytest.fixture
def cluster(shared_cluster):
    """A running server."""
    shared_cluster.ensure()
    return shared_cluster


@pytest.fixture
def ask():
    """A function that runs one statement and returns the single value of its answer, if it has one."""

    def run(cluster, statement):
        connection = psycopg2.connect(cluster.url)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
                return cursor.fetchone()[0] if cursor.description else None
        finally:
            connection.close()

    return run
