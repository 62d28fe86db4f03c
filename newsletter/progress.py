"""How far the sending of an issue is: counts of the book of record, in a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.conf import settings
from django.db.models import CharField, Count, F, Func, Max, Q, Value

from .models import Delivery, Issue

State = Delivery.State
WINDOW = timedelta(minutes=5)  # over which the speed is measured
MOST_ANSWERS = 10


@dataclass(frozen=True)
class Answer:
    """What `count` deliveries ended with."""

    text: str
    count: int


@dataclass(frozen=True)
class Progress:
    """Deliveries of an issue by state.

    again       of the queued: the server said "not now", they are due later
    unanswered  of the handed over: nobody can know whether these arrived
    held_until  of the claimed: when the last of them may be taken over, should its worker have died
    heard_until of the unanswered: when no answer to the last of them is waited for any more
    per_minute  handed over in the last minutes; None where nothing is being sent
    """

    queued: int
    claimed: int
    handed_over: int
    failed: int
    suppressed: int
    again: int
    unanswered: int
    held_until: datetime | None
    heard_until: datetime | None
    per_minute: float | None

    @property
    def total(self) -> int:
        return self.left + self.done

    @property
    def left(self) -> int:
        return self.queued + self.claimed

    @property
    def done(self) -> int:
        return self.handed_over + self.failed + self.suppressed

    @property
    def minutes_left(self) -> int | None:
        """At the speed of the last minutes, rounded up; None if nothing moves, or nothing is left to hand over."""
        return ceil(self.left / self.per_minute) if self.per_minute and self.left else None


def of(issue: Issue, now: datetime) -> Progress:
    """The progress of `issue` at `now`. One query."""
    since = max(issue.queued_at or now, now - WINDOW)
    rows = (
        issue.deliveries.order_by()
        .values("state")
        .annotate(
            count=Count("pk"),
            again=Count("pk", filter=Q(state=State.QUEUED, not_before__gt=now)),
            unanswered=Count("pk", filter=Q(state=State.HANDED_OVER, answered_at=None)),
            recent=Count("pk", filter=Q(handed_over_at__gt=since)),
            held_until=Max("lease_until"),
            heard=Max("handed_over_at", filter=Q(state=State.HANDED_OVER, answered_at=None, answer="")),
        )
    )
    found = {row["state"]: row for row in rows}
    counts = {state: found[state]["count"] if state in found else 0 for state in State.values}
    heard = [row["heard"] for row in rows if row["heard"]]
    recent = sum(row["recent"] for row in found.values())
    minutes = max((now - since) / timedelta(minutes=1), 1 / 60)
    return Progress(
        **counts,
        again=sum(row["again"] for row in found.values()),
        unanswered=sum(row["unanswered"] for row in found.values()),
        held_until=max((row["held_until"] for row in rows if row["held_until"]), default=None),
        heard_until=max(heard) + timedelta(seconds=settings.NEWSLETTER_LEASE) if heard else None,
        per_minute=recent / minutes if issue.status == Issue.Status.SENDING else None,
    )


def answers(issue: Issue, state: Delivery.State) -> list[Answer]:
    """The ten most frequent answers of the deliveries of `issue` in `state`. One query.

    Addresses are left out: they would set apart what the server said alike, and are nobody's business here.
    """
    text = Func(
        F("answer"), Value(r"<?[^\s<>]+@[^\s<>]+>?"), Value("(address)"), Value("g"),
        function="REGEXP_REPLACE", output_field=CharField(),
    )  # fmt: skip
    rows = issue.deliveries.filter(state=state).order_by().values(text=text).annotate(count=Count("pk"))
    return [Answer(row["text"], row["count"]) for row in rows.order_by("-count", "text")[:MOST_ANSWERS]]
