"""`manage.py worker`: lanes side by side."""

import os
import signal
import threading
import time
from datetime import timedelta

import pytest
from django.core.mail import EmailMessage
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone

from newsletter.models import Issue
from portal import lanes
from tests.newsletter.rows import make_issue, make_subscriber


@pytest.fixture
def scheduled(db):
    """An issue that is due, and its one subscriber."""
    subscriber = make_subscriber()
    return make_issue(status="scheduled", send_at=timezone.now()), subscriber


def write(to="reader@example.org"):
    EmailMessage("A login code", "123456", to=[to]).send()


def wait_until(condition):
    end = time.monotonic() + 10
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)


@pytest.fixture
def run_worker():
    """Runs `manage.py worker` with the options here, a function beside it, and then sends the worker SIGTERM."""
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def run(meanwhile, **options):
        def then_stop():
            try:
                meanwhile()
            finally:
                connection.close()  # of this thread
                os.kill(os.getpid(), signal.SIGTERM)

        thread = threading.Timer(0.3, then_stop)
        thread.start()
        call_command("worker", **options)
        thread.join()

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


def test_one_round_begins_sends_and_closes_what_is_due(sink, scheduled):
    issue, subscriber = scheduled
    write()

    call_command("worker", "--once")

    issue.refresh_from_db()
    assert [recipient for recipient, _ in sink.taken] == ["reader@example.org", subscriber.email]
    assert issue.status == Issue.Status.SENT


def test_lanes_can_be_chosen(sink, scheduled):
    write()

    call_command("worker", "--once", "--lanes", "mail")

    assert [recipient for recipient, _ in sink.taken] == ["reader@example.org"]


def test_lane_that_does_not_exist_is_named():
    with pytest.raises(CommandError, match="There is no lane 'post'; there are mail, newsletter, upkeep"):
        call_command("worker", "--lanes", "mail,post")


def test_issues_go_out_until_sigterm(transactional_db, sink, scheduled, run_worker):
    issue, subscriber = scheduled

    run_worker(lambda: wait_until(lambda: Issue.objects.get(pk=issue.pk).status == "sent"))

    assert [recipient for recipient, _ in sink.taken] == [subscriber.email]


def test_login_code_overtakes_an_issue(transactional_db, sink, run_worker, settings):
    settings.NEWSLETTER_CONNECTIONS, sink.delay = 1, 0.06
    for _ in range(40):
        make_subscriber()
    make_issue(status="scheduled", send_at=timezone.now())

    def ask_for_a_code():
        wait_until(lambda: sink.taken)
        write()
        wait_until(lambda: len(sink.taken) == 41)

    run_worker(ask_for_a_code)

    assert "reader@example.org" in [recipient for recipient, _ in sink.taken][:-1]


def test_lane_that_stumbles_holds_up_no_other(transactional_db, sink, run_worker, monkeypatch, caplog):
    def stumble(now, stop):
        raise LookupError("lost")

    monkeypatch.setitem(lanes.LANES, "upkeep", lambda: stumble)
    write()

    run_worker(lambda: wait_until(lambda: sink.taken and "stumbled" in caplog.text))

    assert len(sink.taken) == 1
    assert "The lane upkeep stumbled" in caplog.text


@pytest.mark.django_db
def test_periodic_work_that_stumbles_blocks_no_other(monkeypatch, caplog):
    done = []

    def stumbling(name):
        def stumble(now):
            raise LookupError(name)

        stumble.__qualname__ = name
        return stumble

    monkeypatch.setattr(lanes, "PERIODIC", [stumbling("the first"), done.append])
    monkeypatch.setattr(lanes, "keep_up", stumbling("the news"))
    monkeypatch.setattr(lanes.bounces, "note_refused", done.append)
    monkeypatch.setattr(lanes.outbox, "purge", stumbling("the outbox"))
    monkeypatch.setattr(lanes.retention.subscriptions, "forget_unconfirmed", done.append)
    step = lanes.upkeep()

    is_busy = [step(timezone.now(), lambda: False) for _ in range(2)]

    assert (is_busy, len(done)) == ([False, False], 4)  # the first and each look; news and tidying once
    assert "retention (Mail to you in the outbox)" in caplog.text
    assert caplog.text.count("stumbled") == 3  # each is said once a minute, however often it stumbles


@pytest.mark.django_db
def test_periodic_work_that_goes_on_stumbling_is_said_again_after_a_minute(monkeypatch, caplog):
    def stumble(now):
        raise LookupError("no such thing")

    monkeypatch.setattr(lanes, "PERIODIC", [stumble])
    step, start = lanes.upkeep(), timezone.now()

    for seconds in (0, 1, 59, 60, 61):
        step(start + timedelta(seconds=seconds), lambda: False)

    assert caplog.text.count("stumbled") == 2


def test_work_that_the_database_cut_off_is_done_as_soon_as_it_is_back():
    now, done = timezone.now(), []

    def work(at):
        done.append(at)
        if len(done) == 1:
            raise OperationalError("connection refused")
        if len(done) == 3:
            raise ValueError("not the database")

    occasionally = lanes._every(timedelta(days=1), work)
    with pytest.raises(OperationalError):
        occasionally(now)
    occasionally(now)
    occasionally(now)
    with pytest.raises(ValueError, match="not the database"):
        occasionally(now + timedelta(days=1))
    occasionally(now + timedelta(days=1))

    assert len(done) == 3


def test_database_that_is_away_holds_up_all_periodic_works(monkeypatch):
    def lose(now):
        raise OperationalError("connection refused")

    monkeypatch.setattr(lanes, "PERIODIC", [lose])

    with pytest.raises(OperationalError):
        lanes.upkeep()(timezone.now(), lambda: False)
