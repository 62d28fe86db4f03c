"""The life of an issue: scheduled, queued, paused, resumed, stopped, cancelled, finished.

Each step is a conditional UPDATE in a transaction: pressed twice, or by two people at once, it happens once. It
returns whether it changed something.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce, Greatest

from .models import Delivery, Issue
from .queueing import queue

Status, State = Issue.Status, Delivery.State
OPEN = (State.QUEUED, State.CLAIMED)
CANCELLED = "The issue was cancelled."


def schedule(issue: Issue, *, now: datetime) -> bool:
    """A draft becomes due at its `send_at`; one without such a time at once."""
    return _change(issue, [Status.DRAFT], status=Status.SCHEDULED, send_at=Coalesce("send_at", now))


def send_now(issue: Issue, *, now: datetime) -> bool:
    """A draft becomes due at once, whatever its `send_at` was."""
    return _change(issue, [Status.DRAFT], status=Status.SCHEDULED, send_at=now)


def unschedule(issue: Issue) -> bool:
    """Back to a draft, as long as it is not being sent."""
    return _change(issue, [Status.SCHEDULED], status=Status.DRAFT)


def queue_due(now: datetime) -> bool:
    """Begin to send the scheduled issues whose time has come: write their deliveries."""
    due = Issue.objects.filter(status=Status.SCHEDULED, send_at__lte=now).order_by("send_at", "pk")
    return sum(_begin(pk, now) for pk in due.values_list("pk", flat=True)) > 0


def _begin(pk: int, now: datetime) -> bool:
    with transaction.atomic():
        rows = Issue.objects.select_for_update(skip_locked=True)
        issue = rows.filter(pk=pk, status=Status.SCHEDULED, send_at__lte=now).first()
        if issue is None:  # another worker begins it, or an editor has taken it back
            return False
        queue(issue, now=now)
        return _change(issue, [Status.SCHEDULED], status=Status.SENDING, queued_at=now)


def pause(issue: Issue) -> bool:
    """Hold the sending. What workers have claimed is taken from them: only what was handed over still goes."""
    with transaction.atomic():
        changed = _change(issue, [Status.SENDING], status=Status.PAUSED)
        if changed:
            _take_back(issue)
    return changed


def resume(issue: Issue) -> bool:
    """Go on with an issue that was paused by an editor or stopped by the engine."""
    return _change(issue, [Status.PAUSED, Status.STOPPED], status=Status.SENDING, stop_reason="")


def stop(issue: Issue, reason: str) -> bool:
    """Hold the sending because it cannot succeed. `reason` tells editors what has to be mended."""
    with transaction.atomic():
        changed = _change(issue, [Status.SENDING], status=Status.STOPPED, stop_reason=reason)
        if changed:
            _take_back(issue)
    return changed


def cancel(issue: Issue) -> bool:
    """Never send what has not been handed over yet."""
    before = [Status.DRAFT, Status.SCHEDULED, Status.SENDING, Status.PAUSED, Status.STOPPED]
    with transaction.atomic():
        changed = _change(issue, before, status=Status.CANCELLED, stop_reason="")
        if changed:
            _suppress_cancelled(issue.deliveries.filter(state__in=OPEN))
    return changed


def _suppress_cancelled(deliveries: QuerySet[Delivery]) -> None:
    deliveries.update(state=State.SUPPRESSED, claimed_by="", lease_until=None, answer=CANCELLED)


def retry_failed(issue: Issue, *, now: datetime) -> bool:
    """Queue the failed deliveries anew. None of them ever arrived: failed means refused.

    Of a digest, or of the mail about what is followed, only those whose subscribers are in no later run: that one has
    the same news for them, or had.
    """
    with transaction.atomic():
        allowed = [Status.SENDING, Status.PAUSED, Status.STOPPED, Status.SENT]
        if not Issue.objects.select_for_update().filter(pk=issue.pk, status__in=allowed).exists():
            return False
        again = _failed(issue).update(
            state=State.QUEUED,
            not_before=now,
            attempts=0,
            message_id="",
            handed_over_at=None,
            answered_at=None,
            bounced_at=None,
        )
        if again:
            reopen(issue)
    issue.refresh_from_db(fields=["status", "finished_at"])
    return bool(again)


def _failed(issue: Issue) -> QuerySet[Delivery]:
    failed = issue.deliveries.filter(state=State.FAILED)
    if issue.kind == Issue.Kind.ISSUE:
        return failed
    later = Delivery.objects.filter(
        subscriber=OuterRef("subscriber"), issue__kind=issue.kind, issue__until__gt=issue.until
    )
    return failed.exclude(Exists(later.exclude(state=State.SUPPRESSED)))


def reopen(issue: Issue) -> bool:
    """An issue that was taken for sent has deliveries to make again."""
    return _change(issue, [Status.SENT], status=Status.SENDING, finished_at=None)


def finish_done(now: datetime) -> bool:
    """Close the issues all of whose deliveries have come to an end, and open again those that were closed too early.

    A message handed over a moment ago may yet be sent back ("not now"), so that its answer is waited for; one that
    has had none for as long as a lease will hardly get one. If it does, the issue is sent on. What was sent back
    after a cancellation ends here, too.
    """
    _suppress_cancelled(Delivery.objects.filter(issue__status=Status.CANCELLED, state=State.QUEUED))
    open_ = Delivery.objects.filter(issue=OuterRef("pk"), state__in=OPEN)
    reopened = [reopen(issue) for issue in Issue.objects.filter(Exists(open_), status=Status.SENT)]
    quiet = Issue.objects.filter(~Exists(open_), status=Status.SENDING)
    finished = [_finish(pk, now) for pk in quiet.values_list("pk", flat=True)]
    return any(reopened + finished)


def _finish(pk: int, now: datetime) -> bool:
    """Under the lock that workers share while they write answers: what they write is seen here, or comes later."""
    answer_may_come = Q(handed_over_at__gt=now - timedelta(seconds=settings.NEWSLETTER_LEASE))
    awaiting = Q(state=State.HANDED_OVER, answered_at=None, answer="") & answer_may_come
    with transaction.atomic():
        issue = Issue.objects.select_for_update().filter(pk=pk, status=Status.SENDING).first()
        if issue is None or issue.deliveries.filter(state__in=OPEN).exists():
            return False
        if issue.deliveries.filter(awaiting).exists():
            return False
        return _change(issue, [Status.SENDING], status=Status.SENT, finished_at=Greatest("queued_at", now))


def _change(issue: Issue, before: Iterable[Issue.Status], **values: Any) -> bool:
    """Change the row if its status is one of `before`, and `issue` with it."""
    changed = Issue.objects.filter(pk=issue.pk, status__in=list(before)).update(**values) == 1
    issue.refresh_from_db(fields=list(values))
    return changed


def _take_back(issue: Issue) -> None:
    """A worker marks a message as handed over only while it holds its claim; without it, it sends nothing."""
    issue.deliveries.filter(state=State.CLAIMED).update(state=State.QUEUED, claimed_by="", lease_until=None)
