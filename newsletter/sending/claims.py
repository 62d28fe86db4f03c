"""Taking deliveries from the book of record: each by one worker at a time, for as long as its lease lasts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects

from newsletter import letters, suppression
from newsletter.models import Cadence, Delivery, Issue, Subscriber

from .rates import allowance

State = Delivery.State
CADENCES = {
    Issue.Kind.ISSUE: Cadence.EACH,
    Issue.Kind.WEEKLY: Cadence.WEEKLY,
    Issue.Kind.MONTHLY: Cadence.MONTHLY,
}
ON_A_BREAK = "The subscriber takes a break."  # newsletter.digests gives them their news later

# The lock on the issue makes whoever pauses or stops it wait until the claim can be seen and taken back, and the claim
# wait for them and see their change: nothing of a held issue is claimed. Both choices are MATERIALIZED because a plan
# may read a subquery once for each row it joins, and each reading would lock and take as many deliveries again.
CLAIM = """
    WITH issue AS MATERIALIZED (
        SELECT id FROM newsletter_issue WHERE id = %(issue)s AND status = 'sending' FOR SHARE
    ), due AS MATERIALIZED (
        SELECT id FROM newsletter_delivery
        WHERE issue_id = %(issue)s AND state IN ('queued', 'claimed') AND not_before <= %(now)s
          AND (state = 'queued' OR lease_until <= %(now)s)
          AND EXISTS (SELECT FROM issue)
        ORDER BY not_before, id
        LIMIT %(limit)s
        FOR UPDATE SKIP LOCKED
    )
    UPDATE newsletter_delivery AS delivery SET state = 'claimed', claimed_by = %(worker)s, lease_until = %(until)s
    FROM due WHERE delivery.id = due.id
    RETURNING delivery.id
"""
SUPPRESS = """
    UPDATE newsletter_delivery AS delivery
    SET state = 'suppressed', claimed_by = '', lease_until = NULL, answer = word.reason
    FROM unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS word (id, reason)
    WHERE delivery.id = word.id AND delivery.state = 'claimed' AND delivery.claimed_by = %(worker)s
"""


def due_issues(now: datetime) -> list[Issue]:
    """Issues that are being sent and have a delivery to claim, the one queued first in front."""
    waiting = _due(now).filter(issue=OuterRef("pk"))
    return list(
        Issue.objects.filter(Exists(waiting), status=Issue.Status.SENDING).order_by("queued_at", "pk")
    )


def being_sent() -> list[int]:
    """The keys of the issues that are being sent."""
    return list(Issue.objects.filter(status=Issue.Status.SENDING).values_list("pk", flat=True))


def is_due(issue: Issue, now: datetime) -> bool:
    """True if a delivery of `issue` could be claimed, the rate allowing."""
    return _due(now).filter(issue=issue, issue__status=Issue.Status.SENDING).exists()


def _due(now: datetime) -> QuerySet[Delivery]:
    open_ = Q(state=State.QUEUED) | Q(state=State.CLAIMED, lease_until__lte=now)
    return Delivery.objects.filter(open_, state__in=[State.QUEUED, State.CLAIMED], not_before__lte=now)


class Claimed(list[Delivery]):
    """Deliveries, and how many others were claimed with them and suppressed at once."""

    suppressed = 0


def claim(issue: Issue, worker: str, limit: int, now: datetime) -> Claimed:
    """Lease up to `limit` due deliveries to `worker`, with their subscribers; those of dead workers among them.

    Whoever must get nothing (erased, left, paused, of another cadence, on the suppression list) is written down as
    suppressed and not returned: the choice of the queueing may be old by now.

    returns  the deliveries; none, and none suppressed, if nothing is due, the issue is not being sent, or the rate is
             used up
    """
    with allowance(limit) as allowed:
        deliveries = _lease(issue, worker, allowed.messages, now) if allowed.messages else []
        allowed.take(len(deliveries))
    reasons = _reasons(issue, deliveries, now)
    suppress(worker, reasons)
    claimed = Claimed(delivery for delivery in deliveries if delivery.pk not in reasons)
    claimed.suppressed = len(reasons)
    prefetch_related_objects(claimed, *letters.prefetches(issue))
    return claimed


def _lease(issue: Issue, worker: str, limit: int, now: datetime) -> list[Delivery]:
    values: dict[str, Any] = {
        "issue": issue.pk,
        "worker": worker,
        "limit": limit,
        "now": now,
        "until": now + timedelta(seconds=settings.NEWSLETTER_LEASE),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, values)
        ids = [pk for (pk,) in cursor.fetchall()]
    return list(Delivery.objects.filter(pk__in=ids).select_related("subscriber").order_by("pk"))


def _reasons(issue: Issue, deliveries: list[Delivery], now: datetime) -> dict[int, str]:
    """{delivery: why its subscriber must get nothing}, one query for all."""
    emails = [delivery.subscriber.email for delivery in deliveries if delivery.subscriber]
    refused = suppression.suppressed(emails) if emails else set()
    reasons = {}
    for delivery in deliveries:
        reason = _reason(issue, delivery.subscriber, now)
        if not reason and delivery.subscriber and delivery.subscriber.email in refused:
            reason = suppression.ON_THE_LIST
        if reason:
            reasons[delivery.pk] = reason
    return reasons


def _reason(issue: Issue, subscriber: Subscriber | None, now: datetime) -> str:
    if subscriber is None:
        return "The subscriber was erased."
    if not subscriber.is_active:
        return "The subscriber has left."
    if subscriber.paused_until and subscriber.paused_until > now.date():
        return ON_A_BREAK
    cadence = CADENCES.get(Issue.Kind(issue.kind))
    if cadence and subscriber.cadence != cadence:
        return "The subscriber has chosen another cadence."
    return ""


def suppress(worker: str, reasons: Mapping[int, str]) -> None:
    """Write down why nothing will be sent, of the deliveries {id: reason} that `worker` still holds. One statement."""
    if reasons:
        values: dict[str, Any] = {"worker": worker, "ids": list(reasons), "reasons": list(reasons.values())}
        with connection.cursor() as cursor:
            cursor.execute(SUPPRESS, values)
