"""Who gets a digest or a mail about what they follow: those for whom something is new, each in one statement.

A run has a time, `until`, that does not depend on when a worker gets to it: the hour of the digests, or the full
hour. It takes the news from after a subscriber's own mark (`digest_until`, `followed_until`) up to there, and moves the
marks of those who get a message. All others keep theirs, so that whatever a pause or the weekly cap holds back comes
with their next one. Who still waits for the message of an earlier run is passed over: a run that was held for weeks
brings one message when it goes on, not one for each run. Whose message ended without being sent, whatever the reason,
gets the mark back that it had moved, and so the news with the next one. What a message holds is chosen again when it is sent, by `newsletter.selection`: the statements
here say for whom that is anything at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Greatest
from django.utils.formats import date_format

from articles.models import Article

from .models import Cadence, Delivery, Issue, News, Subscriber, SubscriberQuerySet
from .news import in_turn
from .suppression import ON_THE_LIST

OLDEST = timedelta(days=366)  # of news that are sent at all
# They share a mark: who changes from one to the other keeps it.
DIGESTS = (Issue.Kind.WEEKLY, Issue.Kind.MONTHLY)
OPEN = (Delivery.State.QUEUED, Delivery.State.CLAIMED)
HOUR, WEEK = timedelta(hours=1), timedelta(days=7)
Statement = tuple[str, Sequence[Any]]

# Each follows WITH news (id, at), reader (id, since): the news that may be sent, and the subscribers who may be mailed.
DIGEST = """
    topic (id, at) AS (
        SELECT topic_id, max(at) FROM news JOIN newsletter_news_topics ON news_id = news.id GROUP BY topic_id
    ), wish (subscriber_id, at) AS (
        SELECT subscriber_id, max(topic.at)
        FROM newsletter_subscriber_topics LEFT JOIN topic ON topic.id = topic_id
        GROUP BY subscriber_id
    )
    SELECT reader.id, reader.since
    FROM reader LEFT JOIN wish ON wish.subscriber_id = reader.id
    WHERE reader.since < CASE WHEN wish.subscriber_id IS NULL THEN (SELECT max(at) FROM news) ELSE wish.at END
"""
FOLLOW = """
    topic (id, at) AS (
        SELECT topic_id, max(at) FROM news JOIN newsletter_news_topics ON news_id = news.id GROUP BY topic_id
    ), drug (id, at) AS (
        SELECT drug_id, max(at) FROM news JOIN newsletter_news_drugs ON news_id = news.id GROUP BY drug_id
    ), trial (id, at) AS (
        SELECT trial_id, max(at) FROM news JOIN newsletter_news_trials ON news_id = news.id GROUP BY trial_id
    ), followed (subscriber_id, confirmed_at, at) AS (
        SELECT follow.subscriber_id, follow.confirmed_at, COALESCE(topic.at, drug.at, trial.at)
        FROM newsletter_follow AS follow
             LEFT JOIN topic ON topic.id = follow.topic_id
             LEFT JOIN drug ON drug.id = follow.drug_id
             LEFT JOIN trial ON trial.id = follow.trial_id
    ), touched (subscriber_id, at) AS (
        SELECT subscriber_id, max(at) FROM followed WHERE at > confirmed_at GROUP BY subscriber_id
    ), due (id, since) AS MATERIALIZED (
        SELECT reader.id, reader.since FROM reader JOIN touched ON touched.subscriber_id = reader.id
        WHERE reader.since < touched.at
    ), mailed (subscriber_id, count) AS (
        SELECT delivery.subscriber_id, count(*)
        FROM due JOIN newsletter_delivery AS delivery ON delivery.subscriber_id = due.id
             JOIN newsletter_issue AS issue ON issue.id = delivery.issue_id
        WHERE issue.kind = 'follow' AND COALESCE(delivery.handed_over_at, issue.queued_at) > %s
          AND (delivery.state <> 'suppressed' OR delivery.answer = %s)
        GROUP BY delivery.subscriber_id
    )
    SELECT due.id, due.since
    FROM due LEFT JOIN mailed ON mailed.subscriber_id = due.id
    WHERE COALESCE(mailed.count, 0) < %s
"""
INSERT = """
    INSERT INTO newsletter_delivery
           (issue_id, subscriber_id, state, since, not_before, attempts, claimed_by, message_id, answer)
    SELECT %s, chosen.id, 'queued', chosen.since, %s, 0, '', '', '' FROM ({chosen}) AS chosen (id, since)
"""
MARK = """
    UPDATE newsletter_subscriber AS subscriber SET {mark} = GREATEST(subscriber.{mark}, %s)
    FROM newsletter_delivery AS delivery
    WHERE delivery.issue_id = %s AND delivery.subscriber_id = subscriber.id
"""
GIVE_BACK = """
    UPDATE newsletter_subscriber AS subscriber SET {mark} = delivery.since
    FROM newsletter_delivery AS delivery JOIN newsletter_issue AS issue ON issue.id = delivery.issue_id
    WHERE delivery.subscriber_id = subscriber.id AND issue.until = subscriber.{mark}
      AND delivery.state IN ('suppressed', 'failed') AND issue.kind = ANY(%s) AND issue.until > %s
"""


def run_due(now: datetime) -> None:
    """Make the digests whose time has come by `now` (aware), once each."""
    run_weekly(now)
    run_monthly(now)


def run_weekly(now: datetime) -> int:
    """The digest of the latest Monday at DIGEST_HOUR (UTC), unless it was made; if no worker ran then, now.

    Returns how many messages were queued.
    """
    day = _digest_day(now)
    monday = day - timedelta(days=day.weekday())
    key = f"weekly:{monday:%G-W%V}"
    return _run_digest(Issue.Kind.WEEKLY, key, monday, now)


def run_monthly(now: datetime) -> int:
    """The digest of the first day of the month at DIGEST_HOUR (UTC); otherwise as `run_weekly`."""
    first = _digest_day(now).replace(day=1)
    return _run_digest(Issue.Kind.MONTHLY, f"monthly:{first:%Y-%m}", first, now)


def run_follow(now: datetime) -> int:
    """Mail about what is followed, up to the full hour before `now` (aware); at most one run an hour.

    Nobody gets more than FOLLOW_WEEKLY_CAP of these in seven days, counted from when the mail server took them. To an
    address on the suppression list nothing is sent; it counts nevertheless, else each hour would try it again.
    Returns how many messages were queued.
    """
    until = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    key = f"follow:{until:%Y-%m-%dT%H}"
    values = [now - WEEK, ON_THE_LIST, settings.FOLLOW_WEEKLY_CAP]
    return _run(Issue.Kind.FOLLOW, key, "News of what you follow", until, (FOLLOW, values), now)


def _digest_day(now: datetime) -> date:
    """The day of `now`, if days began at DIGEST_HOUR."""
    return (now.astimezone(UTC) - timedelta(hours=settings.DIGEST_HOUR)).date()


def _run_digest(kind: Issue.Kind, key: str, day: date, now: datetime) -> int:
    until = datetime.combine(day, time(settings.DIGEST_HOUR), UTC)
    subject = f"{kind.label}, {date_format(day, 'j F Y')}"
    return _run(kind, key, subject, until, (DIGEST, []), now)


def _run(
    kind: Issue.Kind, key: str, subject: str, until: datetime, statement: Statement, now: datetime
) -> int:
    """Make the run `key` with everything that belongs to it, or nothing; a second one changes nothing."""
    if cache.get(key) or Issue.objects.filter(key=key).exists():
        return 0
    with in_turn():
        if Issue.objects.filter(key=key).exists():  # another worker was faster
            return 0
        _give_back(kind, until)
        chosen = _chosen(kind, until, statement, now)
        if kind == Issue.Kind.FOLLOW and not _is_anybody(chosen):
            cache.set(key, True, HOUR.seconds)  # instead of an empty run for each hour of the year
            return 0
        issue = Issue.objects.create(
            kind=kind,
            key=key,
            subject=subject,
            until=until,
            status=Issue.Status.SENDING,
            send_at=now,
            queued_at=now,
        )
        return _queue(issue, chosen, now)


def _chosen(kind: Issue.Kind, until: datetime, statement: Statement, now: datetime) -> Statement:
    """The SELECT of those for whom a run has news, with the time after which news are new to them."""
    news, of_news = _news(until, now)
    readers, of_readers = _readers(kind, until, now)
    tail, values = statement
    sql = f"WITH news (id, at) AS MATERIALIZED ({news}), reader (id, since) AS ({readers}), {tail}"
    return sql, [*of_news, *of_readers, *values]


def _news(until: datetime, now: datetime) -> Statement:
    """News that may be sent: those up to `until` that `selection.still_true` keeps."""
    published = Q(article=None) | Q(article__in=Article.objects.published(now))
    withdrawn = ~Q(kind=News.Kind.ARTICLE) & Q(article__status=Article.Status.WITHDRAWN)
    news = News.objects.filter(published | withdrawn, at__gt=until - OLDEST, at__lte=until)
    return news.order_by().values_list("pk", "at").query.sql_with_params()


def _readers(kind: Issue.Kind, until: datetime, now: datetime) -> Statement:
    waiting = Delivery.objects.filter(
        subscriber=OuterRef("pk"), state__in=OPEN, issue__kind__in=_sharing_mark(kind)
    )
    readers: SubscriberQuerySet = Subscriber.objects.reachable(now).filter(~Exists(waiting))
    if kind != Issue.Kind.FOLLOW:
        readers = readers.filter(cadence=Cadence(kind.value))
    since = Greatest(F(_mark(kind)), "confirmed_at", Value(until - OLDEST))  # of PostgreSQL: passes over NULL
    return readers.order_by().values_list("pk", since).query.sql_with_params()


def _mark(kind: Issue.Kind) -> str:
    return "followed_until" if kind == Issue.Kind.FOLLOW else "digest_until"


def _sharing_mark(kind: Issue.Kind) -> list[str]:
    return [kind.value] if kind == Issue.Kind.FOLLOW else [digest.value for digest in DIGESTS]


def _give_back(kind: Issue.Kind, until: datetime) -> None:
    """Whose message was not sent (a break, a cancelled run, a refusal, another cadence) has not had these news.

    A mark that has been moved since, by a new beginning, is left alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(GIVE_BACK.format(mark=_mark(kind)), (_sharing_mark(kind), until - OLDEST))


def _is_anybody(chosen: Statement) -> bool:
    sql, values = chosen
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({sql})", values)
        return cursor.fetchone()[0]


def _queue(issue: Issue, chosen: Statement, now: datetime) -> int:
    """Write the deliveries and move the marks of those who get one. Returns how many."""
    sql, values = chosen
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(chosen=sql), [issue.pk, now, *values])
        count = cursor.rowcount
        cursor.execute(MARK.format(mark=_mark(Issue.Kind(issue.kind))), [issue.until, issue.pk])
    return count
