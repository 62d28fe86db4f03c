"""What workers write into the book of record: one statement for all that happened in a cycle."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from newsletter import suppression
from newsletter.models import Delivery, Issue

from .answers import Answer, Verdict

LONGEST_WAIT = timedelta(hours=8)

# "Handed over" is refused to a worker that has lost its claim, whose issue is held, or whose subscriber was erased, has
# left, takes a break or was put on the suppression list since the claim: it then sends nothing. The lock on the issue
# makes whoever pauses or stops it wait until this is written down, and this wait for them and see their change.
NOTE = """
    WITH issue AS MATERIALIZED (
        SELECT status FROM newsletter_issue WHERE id = %(issue)s FOR SHARE
    ), answered AS (
        UPDATE newsletter_delivery AS delivery
        SET state = word.state, answer = word.answer, answered_at = word.answered_at, lease_until = NULL,
            not_before = COALESCE(word.not_before, delivery.not_before),
            attempts = delivery.attempts + word.attempts,
            claimed_by = CASE word.state WHEN 'handed_over' THEN delivery.claimed_by ELSE '' END,
            handed_over_at = CASE word.state WHEN 'queued' THEN NULL ELSE delivery.handed_over_at END
        FROM unnest(%(answered)s::bigint[], %(states)s::text[], %(answers)s::text[], %(times)s::timestamptz[],
                    %(not_before)s::timestamptz[], %(attempts)s::int[])
             AS word (id, state, answer, answered_at, not_before, attempts)
        WHERE EXISTS (SELECT FROM issue) AND delivery.id = word.id AND delivery.claimed_by = %(worker)s
          AND delivery.state IN ('claimed', 'handed_over')
    )
    UPDATE newsletter_delivery AS delivery
    SET state = 'handed_over', message_id = word.message_id, handed_over_at = %(now)s, lease_until = NULL,
        answer = ''
    FROM unnest(%(offered)s::bigint[], %(message_ids)s::text[], %(hashes)s::text[])
         AS word (id, message_id, email_hash), newsletter_subscriber AS subscriber
    WHERE EXISTS (SELECT FROM issue WHERE status = 'sending')
      AND delivery.id = word.id AND delivery.claimed_by = %(worker)s AND delivery.state = 'claimed'
      AND subscriber.id = delivery.subscriber_id AND subscriber.confirmed_at IS NOT NULL
      AND (subscriber.left_at IS NULL OR subscriber.left_at < subscriber.confirmed_at)
      AND (subscriber.paused_until IS NULL OR subscriber.paused_until <= %(today)s)
      AND NOT EXISTS (SELECT FROM newsletter_suppression WHERE email_hash = word.email_hash)
    RETURNING delivery.id
"""
RELEASE = """
    UPDATE newsletter_delivery
    SET state = 'queued', claimed_by = '', lease_until = NULL, handed_over_at = NULL
    WHERE claimed_by = %(worker)s
      AND ((issue_id = %(issue)s AND state = 'claimed')
           OR (id = ANY (%(unsent)s::bigint[]) AND state = 'handed_over' AND answered_at IS NULL))
"""


@dataclass(frozen=True)
class Word:
    """A server's answer about a delivery, and when it came."""

    delivery: Delivery
    answer: Answer
    at: datetime

    def values(self) -> tuple[object, ...]:
        """State, answer, time of answer, not before, attempts to add: as NOTE wants them."""
        verdict, text, attempts = self.answer.verdict, self.answer.text, self.delivery.attempts + 1
        if verdict == Verdict.TAKEN:
            return "handed_over", text, self.at, None, 1
        if verdict == Verdict.LOST:  # undecidable: stays without an answer, and is not repeated
            return "handed_over", text, None, None, 1
        if verdict == Verdict.HOPELESS:  # due again as soon as an editor resumes the issue
            return "queued", text, None, None, 0
        if verdict == Verdict.AWAY:
            return "queued", text, None, self.at + wait(1), 0
        if verdict == Verdict.NEVER or attempts >= settings.NEWSLETTER_MAX_ATTEMPTS:
            return "failed", text, self.at, None, 1
        return "queued", text, None, self.at + wait(attempts), 1


def wait(attempts: int) -> timedelta:
    """Time until the next attempt: doubled each time, and spread so that not all come back at once."""
    first = timedelta(seconds=settings.NEWSLETTER_FIRST_WAIT)
    return min(first * 2 ** min(attempts - 1, 20), LONGEST_WAIT) * random.uniform(0.8, 1.2)  # noqa: S311


def note(
    issue: Issue, worker: str, words: Sequence[Word], offered: Sequence[tuple[Delivery, str]], now: datetime
) -> set[int]:
    """Write down `words`, and those `offered` (delivery, Message-ID) as handed over. One transaction.

    returns  the deliveries that may be handed over now: the worker still had its claim on them, `issue` is being sent,
             and their subscribers still want it
    """
    if not words and not offered:
        return set()
    columns = [list(column) for column in zip(*(word.values() for word in words), strict=True)] or [[]] * 5
    states, answers, times, not_before, attempts = columns
    values: dict[str, Any] = {
        "issue": issue.pk,
        "worker": worker,
        "now": now,
        "today": now.date(),
        "answered": [word.delivery.pk for word in words],
        "states": states,
        "answers": answers,
        "times": times,
        "not_before": not_before,
        "attempts": attempts,
        "offered": [delivery.pk for delivery, _ in offered],
        "message_ids": [message_id for _, message_id in offered],
        "hashes": [_hash(delivery) for delivery, _ in offered],
    }
    with connection.cursor() as cursor:
        cursor.execute(NOTE, values)
        return {pk for (pk,) in cursor.fetchall()}


def _hash(delivery: Delivery) -> str:
    return suppression.hash_of(delivery.subscriber.email) if delivery.subscriber else ""


def release(issue: Issue, worker: str, unsent: Sequence[int] = ()) -> None:
    """Give back what the worker holds of `issue`, and `unsent`, which may be marked as handed over and was not."""
    with connection.cursor() as cursor:
        cursor.execute(RELEASE, {"issue": issue.pk, "worker": worker, "unsent": list(unsent)})
