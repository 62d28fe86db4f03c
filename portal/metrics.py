"""Figures for Prometheus (docs/operations.md lists them). Imported only if METRICS_TOKEN is set: needs its package.

Each process of the server counts in files of METRICS_DIR, and whichever is asked adds them up. What stands in the
database is looked up when asked.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error
from django.utils import timezone

from newsletter.models import Delivery
from portal import heartbeat, outbox
from portal.health import database_answers, impatient, passes
from portal.lanes import LANES

Path(settings.METRICS_DIR).mkdir(parents=True, exist_ok=True)
os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(settings.METRICS_DIR)  # the package looks when it is imported

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest  # noqa: E402
from prometheus_client.core import GaugeMetricFamily as Gauge  # noqa: E402
from prometheus_client.multiprocess import MultiProcessCollector  # noqa: E402
from prometheus_client.registry import Collector  # noqa: E402

__all__ = ["CONTENT_TYPE_LATEST", "exposition", "observe"]

SECONDS = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

requests = Counter("portal_requests", "Answers, by route and status.", ["route", "method", "status"])
durations = Histogram("portal_request_seconds", "Time to an answer, by route.", ["route"], buckets=SECONDS)
pages = Counter("portal_page_cache", "What the page cache had to say: hit, miss …", ["outcome"])


def observe(fields: dict[str, Any]) -> None:
    """Count a request, described as in its log line (portal.request_log.fields_of)."""
    route = fields["route"] or "none"
    requests.labels(route, fields["method"], fields["status"]).inc()
    durations.labels(route).observe(fields["ms"] / 1000)
    if "page_cache" in fields:
        pages.labels(fields["page_cache"]).inc()


def exposition() -> bytes:
    """All figures in Prometheus's text format."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    registry.register(FromTheDatabase())
    return generate_latest(registry)


class FromTheDatabase(Collector):
    """What waits, and who works on it."""

    def collect(self) -> Iterator[Gauge]:
        """Without the database nothing but that it is away; without an answer in time, what else answered."""
        is_up = passes(database_answers)
        yield Gauge("portal_database_up", "1 if the database answers.", value=float(is_up))
        if not is_up:
            return
        now = timezone.now()
        for look in (mail, deliveries, workers):
            yield from answered(look, now)


def answered(look: Callable[[datetime], Iterable[Gauge]], now: datetime) -> list[Gauge]:
    """What `look` finds; nothing if the database takes too long over it."""
    try:
        with impatient():
            return list(look(now))
    except Error:
        return []


def mail(now: datetime) -> Iterable[Gauge]:
    state = outbox.state(now)
    return [
        Gauge("portal_outbox_waiting", "Messages of the outbox that are not sent yet.", value=state.waiting),
        Gauge("portal_outbox_oldest_seconds", "Age of the oldest of them.", value=state.oldest),
        Gauge("portal_outbox_given_up", "Messages given up in the last 30 days.", value=state.given_up),
    ]


def deliveries(now: datetime) -> Iterable[Gauge]:
    due = Delivery.objects.filter(state__in=["queued", "claimed"], not_before__lte=now).count()
    return [Gauge("portal_deliveries_waiting", "Messages of issues that could be sent now.", value=due)]


def workers(now: datetime) -> Iterable[Gauge]:
    gauge = Gauge("portal_worker_seconds", "Since somebody worked on the lane.", labels=["lane"])
    for lane, age in heartbeat.ages(LANES, now).items():
        gauge.add_metric([lane], age)
    return [gauge]
