"""PostgreSQL dies, or is started again, under a running portal: nothing else needs to be started again."""

import os
import signal
import subprocess
import sys

import psycopg2
import pytest

from portal.local import children
from portal.local.places import CHECKOUT
from tests.deploy.direct import Direct, until


def kill(cluster):
    os.kill(int((cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def stop(cluster):
    cluster.stop()


def processes(parent):
    """The processes that `parent` started."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (line.split() for line in listed.stdout.splitlines())
    return {int(pid) for pid, of in pairs if int(of) == parent}


def value(cluster, query, *parameters):
    connection = psycopg2.connect(cluster.url)
    with connection, connection.cursor() as cursor:
        cursor.execute(query, parameters)
        (found,) = cursor.fetchone()
    connection.close()
    return found


@pytest.fixture
def worker(stage, portal):
    """A running `manage.py worker`."""
    command = [sys.executable, "manage.py", "worker"]
    process = children.start(command, CHECKOUT, environment=stage.environment)
    yield process
    children.end([process])


@pytest.mark.parametrize("blow", [kill, stop])
def test_portal_recovers_by_itself_when_the_database_is_back(stage, portal, worker, blow):
    reader = Direct(portal.port).attest()
    served_before, (status, kept) = reader.search(), reader.sign_up()
    workers = processes(portal.pid)

    blow(stage.cluster)
    is_refused = until(lambda: reader.search() == 503)
    refused_sign_up = reader.sign_up()[0]
    is_alive = reader.ask("/healthz").status
    stage.cluster.ensure()

    assert until(lambda: reader.search() == 200)
    assert (served_before, status) == (200, 200)
    assert is_refused
    assert (refused_sign_up, is_alive) == (503, 200)
    after, email = reader.sign_up()
    assert after == 200
    assert (
        value(
            stage.cluster, "SELECT count(*) FROM newsletter_subscriber WHERE email IN (%s, %s)", kept, email
        )
        == 2
    )
    assert until(
        lambda: not value(stage.cluster, "SELECT count(*) FROM portal_outgoingmail WHERE sent_at IS NULL")
    )
    assert processes(portal.pid) == workers
    assert worker.poll() is None
