"""Two workers, and what happens to the messages when one of them is killed or the database goes away."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from newsletter.models import Subscriber
from newsletter.queueing import queue
from portal.local.cluster import Cluster
from tests.newsletter.sending import being_sent
from tests.processes import url_of
from tests.smtp import Sink, serve

SUBSCRIBERS = 1000
CONNECTIONS = 4
LEASE = 2  # seconds


@pytest.fixture
def audience(transactional_db):
    """An issue queued for SUBSCRIBERS; returns their addresses."""
    now = timezone.now()
    Subscriber.objects.bulk_create(
        Subscriber(email=f"s{number}@example.org", wording_version=1, confirmed_at=now)
        for number in range(SUBSCRIBERS)
    )
    assert queue(being_sent(0), now=now) == SUBSCRIBERS
    return {f"s{number}@example.org" for number in range(SUBSCRIBERS)}


@pytest.fixture
def server():
    """A mail server, not quite as fast as the workers."""
    sink = Sink()
    controller = serve(sink)
    sink.delay = 0.003
    sink.url = f"smtp://{controller.hostname}:{controller.port}"
    yield sink
    controller.stop(no_assert=True)


@pytest.fixture
def start(server):
    """start(name, database) forks a worker, with the portal imported already, and returns its process id."""
    nurseries = {}

    def started(name, database):
        if database not in nurseries:
            environment = os.environ | {
                "DJANGO_SETTINGS_MODULE": "portal.settings",
                "DEVELOPMENT": "1",
                "DATABASE_URL": database,
                "EMAIL_URL": server.url,
                "NEWSLETTER_LEASE": str(LEASE),
                "NEWSLETTER_FIRST_WAIT": "1",
                "NEWSLETTER_CONNECTIONS": str(CONNECTIONS),
            }
            nurseries[database] = subprocess.Popen(
                [sys.executable, "-m", "tests.newsletter.nursery"],
                cwd=settings.BASE_DIR,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        nursery = nurseries[database]
        print(name, file=nursery.stdin, flush=True)
        return int(nursery.stdout.readline())

    yield started
    for nursery in nurseries.values():
        nursery.communicate(timeout=10)  # at the end of its input it ends its workers


def wait_until(condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def rows(database, statement):
    with psycopg2.connect(database) as own, own.cursor() as cursor:
        cursor.execute(statement)
        found = cursor.fetchall()
    own.close()
    return found


UNFINISHED = "SELECT id FROM newsletter_delivery WHERE state <> 'handed_over'"
UNANSWERED = "SELECT id FROM newsletter_delivery WHERE answered_at IS NULL"


def kill_at(server, moment, pid, client):
    """Arm the server: it kills `pid` at the fifth `moment` of `client`. Returns a function that says whether it has."""
    seen = Counter()

    def watch(now, who):
        if (now, who) == (moment, client):
            seen[who] += 1
            if seen[who] == 5:
                time.sleep(0.2 if moment == "taken" else 0)  # all its final dots are under way by then
                os.kill(pid, signal.SIGKILL)

    server.watch = watch
    return lambda: seen[client] >= 5


def test_worker_killed_at_the_worst_moments_leaves_every_mailbox_with_one_message(audience, server, start):
    database = url_of(connection.settings_dict)
    start("survivor", database)

    for moment, name in (("rcpt", "quick"), ("body", "slow"), ("taken", "quick")):
        has_fallen = kill_at(server, moment, start(name, database), name)
        wait_until(has_fallen)
    wait_until(lambda: len(server.taken) >= SUBSCRIBERS and not rows(database, UNFINISHED))

    assert Counter(recipient for recipient, _ in server.taken) == Counter(audience)
    assert len(rows(database, UNANSWERED)) <= 3 * CONNECTIONS  # taken, and nobody was left to hear it


def test_server_that_closes_cuts_and_dawdles_leaves_every_mailbox_with_one_message(audience, server, start):
    database = url_of(connection.settings_dict)
    server.most = 50
    server.cuts = [f"s{number}@example.org" for number in range(0, SUBSCRIBERS, 200)]
    taken_and_cut = {f"s{number}@example.org": ["cut"] for number in range(100, SUBSCRIBERS, 200)}
    server.verdicts = dict(taken_and_cut)

    for name in ("first", "second"):
        start(name, database)
    wait_until(lambda: len(server.taken) >= SUBSCRIBERS and not rows(database, UNFINISHED))
    wait_until(lambda: len(rows(database, UNANSWERED)) == len(taken_and_cut))

    assert Counter(recipient for recipient, _ in server.taken) == Counter(audience)
    assert server.cuts == []


@pytest.fixture
def cluster(audience):
    """A database server of the test's own with a copy of the test database."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="portal-test-"))
    folder.chmod(0o711)
    cluster = Cluster(folder / "own")
    cluster.ensure()
    copy = [cluster.programs() / "pg_dump", "--no-owner", url_of(connection.settings_dict)]
    dump = subprocess.run(copy, check=True, capture_output=True).stdout
    restore = [cluster.programs() / "psql", "-q", "-v", "ON_ERROR_STOP=1", cluster.url]
    subprocess.run(restore, input=dump, check=True, capture_output=True)
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


def test_restarts_of_the_database_leave_every_mailbox_with_one_message(audience, server, start, cluster):
    for name in ("first", "second"):
        start(name, cluster.url)

    wait_until(lambda: len(server.taken) > SUBSCRIBERS // 4)
    cluster.stop()
    cluster.ensure()
    wait_until(lambda: len(server.taken) > SUBSCRIBERS // 2)
    crash(cluster)
    before = len(server.taken)
    cluster.ensure()
    wait_until(lambda: not rows(cluster.url, f"{UNFINISHED} OR answered_at IS NULL"))

    assert before < SUBSCRIBERS
    assert Counter(recipient for recipient, _ in server.taken) == Counter(audience)


def crash(cluster):
    """End the server as if the machine had stopped: it recovers from its log at the next start."""
    pid = int((cluster.data / "postmaster.pid").read_text().split()[0])
    os.kill(pid, signal.SIGQUIT)
    os.waitpid(pid, 0)
