"""Issues for the measurement of the newsletter, and what sends them. Import it when Django is set up."""

from __future__ import annotations

import multiprocessing
import resource
import smtplib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletter import letters, lifecycle
from newsletter.models import Delivery, Issue
from newsletter.queueing import queue
from newsletter.sending import Engine

MAKE_SUBSCRIBERS = """
    INSERT INTO newsletter_subscriber
        (email, language, cadence, soft_bounces, wording_version, source, requested_at, confirmed_at)
    SELECT 'reader' || n || '@example.org', 'en', 'each', 0, 1, '/', now(), now() FROM generate_series(1, %s) AS n
"""
QUEUE_SOME = """
    INSERT INTO newsletter_delivery
        (issue_id, subscriber_id, state, not_before, attempts, claimed_by, message_id, answer)
    SELECT %s, id, 'queued', now(), 0, '', '', '' FROM newsletter_subscriber ORDER BY id LIMIT %s
"""


def make_subscribers(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(MAKE_SUBSCRIBERS, [count])


def make_issue() -> Issue:
    """An issue of about 8 kB that is being sent, to nobody yet."""
    text = "<p>" + "What the trial found, in whom, and how sure it is. " * 20 + "</p>"
    now = timezone.now()
    return Issue.objects.create(
        subject="What is new",
        slug=f"issue-{time.time_ns()}",
        funding_statement="No external funding.",
        introduction_html=text,
        introduction_text=text,
        status=Issue.Status.SENDING,
        send_at=now,
        queued_at=now,
    )


def queue_all() -> tuple[int, float, int]:
    """Queue an issue for everybody, as the worker does. Returns how many, the seconds, the statements that write."""
    issue = make_issue()
    started = time.perf_counter()
    with CaptureQueriesContext(connection) as queries:
        queued = queue(issue, now=timezone.now())
    seconds = time.perf_counter() - started
    lifecycle.cancel(issue)
    return queued, seconds, sum(not query["sql"].startswith("SELECT") for query in queries)


def queue_some(size: int) -> Issue:
    issue = make_issue()
    with connection.cursor() as cursor:
        cursor.execute(QUEUE_SOME, [issue.pk, size])
    return issue


def octets_of(issue: Issue) -> bytes:
    """The first message of `issue`."""
    now = timezone.now()
    return letters.of(issue, now=now).message(issue.deliveries.select_related("subscriber")[0], now=now)


@contextmanager
def sink(*options: str) -> Iterator[None]:
    """The mail server, in a process of its own, and our settings lead to it."""
    command = [sys.executable, "-m", "bench.sink", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  (our own)
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", int(process.stdout.readline())  # type: ignore[union-attr]
        settings.OUTBOX_DELIVERY_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        try:
            yield
        finally:
            process.terminate()


def push(octets: bytes, size: int) -> tuple[float, int]:
    """The floor: `size` messages by bare smtplib over as many connections as a worker has."""
    count = settings.NEWSLETTER_CONNECTIONS

    def over_one(number: int) -> None:
        with smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT) as server:
            for n in range(number, size, count):
                server.sendmail("sender@example.org", [f"reader{n}@example.org"], octets)

    def over_all() -> None:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(over_one, range(count)))

    return _in_processes(1, over_all)


def deliver(size: int, workers: int) -> tuple[float, int]:
    """An issue for `size` subscribers by so many workers. Fails unless each message was taken."""

    def work() -> None:
        engine = Engine()
        while engine.deliver(timezone.now()):
            pass

    issue = queue_some(size)
    took = _in_processes(workers, work)
    answered = issue.deliveries.filter(state=Delivery.State.HANDED_OVER, answered_at__isnull=False).count()
    if answered != size or not lifecycle.finish_done(timezone.now()):
        raise RuntimeError(f"{answered} of {size} messages were delivered.")
    return took


def _in_processes(count: int, work: Callable[[], None]) -> tuple[float, int]:
    """Do `work` in `count` processes at once. Returns the seconds and the greatest peak of memory in MB."""
    connection.close()  # not to be shared
    context = multiprocessing.get_context("fork")
    peaks: multiprocessing.Queue[int] = context.Queue()

    def run() -> None:
        work()
        peaks.put(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)

    processes = [context.Process(target=run) for _ in range(count)]
    started = time.perf_counter()
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - started
    return seconds, max(peaks.get(timeout=5) for _ in processes)
