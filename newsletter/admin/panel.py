"""What stands above the form of an issue: how it is, what is still to mend, how far its sending is, and buttons."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from newsletter import checklist, progress
from newsletter.models import Delivery, Issue
from portal.lib.origin import SeeOther

from . import pages, when
from .forms import seen
from .steps import CANCELLED_FROM, STEPS

Status = Issue.Status
SOON = timedelta(minutes=2)
UNANSWERED = (
    "Without an answer: {:,}. Handed over, but the mail server’s answer was lost with the worker or the connection, so"
    " that nobody can know whether it arrived. Not sent again, so that nobody gets the issue twice; who missed it finds"
    " it in the archive. To whom it went is not shown: these are numbers without persons."
)
HELD = (
    "Held by a worker: the last {:,}. Should it have died, another takes them over when its lease ends, at {} at the"
    " latest."
)
AWAITED = (
    "All is handed over; answers still to come: {:,}. Should their worker have died, there will be none, and the issue"
    " is closed without them at {}."
)


@dataclass(frozen=True)
class Check:
    """A rule of the check list with what it found."""

    name: str
    findings: list[checklist.Finding]


def context_of(request: HttpRequest, issue: Issue, now: datetime) -> dict[str, Any]:
    """Everything that the panel of `issue` shows. A fixed number of queries."""
    found: dict[str, Any] = {
        "issue": issue,
        "status_line": _status_line(issue),
        "may_change": request.user.has_perm("newsletter.change_issue"),
        "refresh": _moves(issue, now),
        "buttons": _buttons(issue),
        "is_draft": issue.status == Status.DRAFT,
        "is_written": issue.kind == Issue.Kind.ISSUE,
        "is_cancellable": issue.status in CANCELLED_FROM,
    }
    if issue.queued_at:
        found["progress"] = progress.of(issue, now)
        found["notes"] = list(_notes(issue, found["progress"], now))
        found["failures"] = progress.answers(issue, Delivery.State.FAILED)
        found["reasons"] = progress.answers(issue, Delivery.State.SUPPRESSED)
        if not found["failures"]:
            found["buttons"].pop("retry", None)
    elif found["is_written"]:
        findings = checklist.check(issue, now=now)
        found["checks"] = _checks(findings)
        found["is_blocked"] = any(finding.blocks for finding in findings)
        found["to_mend"] = len(findings)
        found["seen"] = seen(issue)
        found["when"] = when.shown(issue.send_at, issue.time_zone) if issue.send_at else ""
        found["is_ahead"] = issue.send_at is not None and issue.send_at > now
    return found


@require_safe
def view(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel alone, for the page that asks for it again every few seconds."""
    issue = pages.to_look_at(request, pk)
    if not request.headers.get("HX-Request"):
        return SeeOther(pages.address(issue))
    context = {"panel": context_of(request, issue, timezone.now())}
    return render(request, "admin/newsletter/_panel.html", context)


def _status_line(issue: Issue) -> str:
    def at(moment: datetime | None) -> str:
        return when.shown(moment, issue.time_zone) if moment else ""

    lines: dict[str, str] = {
        Status.SCHEDULED: f"Scheduled for {at(issue.send_at)}",
        Status.SENDING: f"Sending since {at(issue.queued_at)}",
        Status.PAUSED: "Paused",
        Status.STOPPED: f"Stopped: {issue.stop_reason}",
        Status.SENT: f"Sent; finished {at(issue.finished_at)}",
    }
    return lines.get(issue.status, issue.get_status_display())


def _notes(issue: Issue, of: progress.Progress, now: datetime) -> Iterator[str]:
    """What the numbers do not say by themselves."""

    def at(moment: datetime) -> str:
        return when.shown(moment, issue.time_zone)

    if issue.status != Status.SENDING:
        if of.unanswered:
            yield UNANSWERED.format(of.unanswered)
    elif of.claimed and of.queued == of.again and of.held_until:
        yield HELD.format(of.claimed, at(max(of.held_until, now)))
    elif not of.left and of.heard_until and of.heard_until > now:
        yield AWAITED.format(of.unanswered, at(of.heard_until))


def _moves(issue: Issue, now: datetime) -> bool:
    """Does it change by itself now or soon?"""
    is_due = issue.status == Status.SCHEDULED and issue.send_at is not None and issue.send_at <= now + SOON
    return is_due or issue.status == Status.SENDING


def _buttons(issue: Issue) -> dict[str, tuple[str, str]]:
    """{name: (label, address)} of what can be pressed now."""
    return {
        name: (step.label, pages.address(issue, name))
        for name, step in STEPS.items()
        if issue.status in step.statuses
    }


def _checks(findings: list[checklist.Finding]) -> list[Check]:
    """Every rule; those that found something first."""
    checks = [Check(name, [one for one in findings if one.rule == name]) for name in checklist.RULES]
    return sorted(checks, key=lambda check: not check.findings)
