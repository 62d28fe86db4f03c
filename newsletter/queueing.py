"""Who gets an issue: a row in the book of record for each of its audience, in one statement."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.db.models import Exists, OuterRef, Q

from .models import Cadence, Delivery, Issue, Subscriber, SubscriberQuerySet

INSERT = """
    INSERT INTO newsletter_delivery
           (issue_id, subscriber_id, state, not_before, attempts, claimed_by, message_id, answer)
    SELECT %s, audience.id, %s, %s, 0, '', '', '' FROM ({audience}) AS audience (id)
    ON CONFLICT DO NOTHING
"""


def audience(issue: Issue, *, now: datetime) -> SubscriberQuerySet:
    """Subscribers who want each issue, in its language, and any of its topics if it names some.

    Subscribers who chose no topics want all.
    """
    wanted = Subscriber.objects.reachable(now).filter(cadence=Cadence.EACH, language=issue.language)
    topics = list(issue.topics.values_list("pk", flat=True))
    if not topics:
        return wanted
    choice = Subscriber.topics.through.objects.filter(subscriber=OuterRef("pk"))
    return wanted.filter(~Q(Exists(choice)) | Q(Exists(choice.filter(topic__in=topics))))


def queue(issue: Issue, *, now: datetime) -> int:
    """Write a queued delivery for each subscriber of `audience` who has none of this issue yet.

    One INSERT … SELECT, so that an audience of any size costs one statement.

    now      aware datetime from which the messages are due
    returns  how many were written; a second call writes nothing twice
    """
    chosen, parameters = audience(issue, now=now).order_by().values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(audience=chosen), [issue.pk, Delivery.State.QUEUED, now, *parameters])
        return cursor.rowcount
