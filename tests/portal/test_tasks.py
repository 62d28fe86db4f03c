"""The lanes as tasks, in a worker of Celery with a broker in memory."""

import mmap
import multiprocessing
import subprocess
import sys
import threading

import pytest
from celery.contrib.testing.worker import start_worker
from celery.signals import worker_shutting_down
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone

from newsletter.models import Issue
from portal import lanes, tasks
from portal.celery import app
from portal.local import children, supervisor
from tests.newsletter.rows import make_issue, make_subscriber
from tests.portal.test_worker import wait_until


@pytest.fixture
def celery_worker(transactional_db):
    """A worker on all three queues."""
    app.conf.broker_url = "memory://"
    queues = ["transactional", "newsletter", "upkeep"]
    with start_worker(app, pool="solo", queues=queues, perform_ping_check=False, shutdown_timeout=30):
        yield


def test_tasks_deliver_mail_and_issues(celery_worker, sink):
    subscriber = make_subscriber()
    issue = make_issue(status="scheduled", send_at=timezone.now())
    EmailMessage("A login code", "123456", to=["reader@example.org"]).send()

    tasks.mail.delay()
    wait_until(lambda: sink.taken)
    tasks.upkeep.delay()
    wait_until(lambda: Issue.objects.get(pk=issue.pk).status == "sending")
    tasks.newsletter.delay()
    wait_until(lambda: len(sink.taken) == 2)
    tasks.newsletter.delay()  # delivered twice by the broker
    tasks.upkeep.delay()
    wait_until(lambda: Issue.objects.get(pk=issue.pk).status == "sent")

    assert [recipient for recipient, _ in sink.taken] == ["reader@example.org", subscriber.email]


@pytest.fixture
def ending(monkeypatch):
    """The mark that this worker is to end, taken away afterwards."""
    monkeypatch.setattr(tasks, "_ending", bytearray(1))


def test_worker_that_is_told_to_end_hands_nothing_more_over(celery_worker, ending, sink, settings):
    settings.NEWSLETTER_CONNECTIONS = 2
    sink.delay = 0.2
    issue = make_issue(status="scheduled", send_at=timezone.now())
    for _ in range(20):
        make_subscriber()
    tasks.newsletter.delay()  # begins the issue, too
    wait_until(lambda: len(sink.taken) >= 4)

    worker_shutting_down.send(sender="newsletter@here", sig="SIGTERM", how="Warm", exitcode=0)
    handed_over = issue.deliveries.filter(state="handed_over")
    at_the_signal = handed_over.count()
    wait_until(lambda: not issue.deliveries.filter(state="claimed").exists())
    tasks.newsletter.delay()
    tasks.mail.delay()

    assert handed_over.count() <= at_the_signal + 2  # what was in the air
    assert len(sink.taken) == handed_over.filter(answered_at__isnull=False).count() == handed_over.count()
    assert issue.deliveries.filter(state="queued").count() == 20 - handed_over.count()


def test_children_of_a_worker_see_the_mark_that_the_parent_sets(monkeypatch):
    monkeypatch.setattr(tasks, "_ending", mmap.mmap(-1, 1))
    told, ready = multiprocessing.get_context("fork").Pipe()
    child = multiprocessing.get_context("fork").Process(
        target=lambda: (ready.send(tasks.is_ending()), ready.recv(), ready.send(tasks.is_ending()))
    )
    child.start()
    before = told.recv()

    tasks.end_tasks()
    told.send("look")
    after = told.recv()
    child.join()

    assert (before, after) == (False, True)


def test_turn_is_shorter_than_the_patience_with_which_a_worker_is_ended():
    assert lanes.TURN < children.PATIENCE


def test_beat_keeps_its_schedule_in_memory():
    assert app.conf.beat_scheduler == "celery.beat:Scheduler"


def test_each_lane_has_a_queue_and_a_time():
    schedule = app.conf.beat_schedule.values()

    assert {entry["task"] for entry in schedule} == {task for task in app.tasks if task.startswith("portal.")}
    assert len({entry["options"]["queue"] for entry in schedule}) == 3


def test_celery_is_not_needed_without_its_setting():
    code = (
        "import sys; sys.modules['celery'] = None\n"
        "import django; django.setup()\n"
        "import portal.urls, portal.lanes\n"
        "from django.core.management import load_command_class\n"
        "load_command_class('portal', 'worker')"
    )

    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=settings.BASE_DIR,
        env={"DJANGO_SETTINGS_MODULE": "portal.settings", "DEVELOPMENT": "1"},
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.django_db
def test_lane_remembers_from_one_task_to_the_next(monkeypatch):
    tidied = []
    monkeypatch.setattr(lanes, "tidy", tidied.append)
    monkeypatch.setattr(tasks, "_kept", threading.local())

    for _ in range(3):
        tasks.upkeep()
    beside = threading.Thread(target=lambda: tasks._step("mail"))
    beside.start()
    beside.join()

    assert len(tidied) == 1
    assert list(tasks._kept.__dict__) == ["upkeep"]  # another thread has steps of its own


def test_engine_of_a_process_is_the_same_in_each_task(monkeypatch):
    made = []
    monkeypatch.setattr(lanes, "Engine", lambda: made.append(1) or FakeEngine())
    monkeypatch.setattr(tasks, "_kept", threading.local())

    for _ in range(3):
        tasks.newsletter()

    assert made == [1]


class FakeEngine:
    def deliver(self, now, **options):
        return 0


def test_one_setting_puts_celery_in_the_place_of_the_worker(monkeypatch):
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)
    plain = supervisor.work()
    monkeypatch.setenv("CELERY_BROKER_URL", "redis://localhost/0")

    programs = supervisor.work()

    assert [command[1:] for command in plain.values()] == [["manage.py", "worker"]]
    assert list(programs) == ["transactional", "newsletter", "upkeep", "beat"]
    assert {entry["options"]["queue"] for entry in app.conf.beat_schedule.values()} == set(supervisor.QUEUES)
