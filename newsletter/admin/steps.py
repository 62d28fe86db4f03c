"""The buttons of an issue. Each is a POST; pressed twice, the second press changes nothing and says so.

What changed something is noted in the history of the issue, with who pressed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from newsletter import checklist, lifecycle, progress
from newsletter.models import Issue
from newsletter.queueing import audience

from . import pages, when
from .forms import seen

Status = Issue.Status
LOOK_AGAIN = (
    "The issue has been changed since you opened this page. Look at it as it is now, then press again."
)
MEND = "Mend the errors of the check list first; nothing will be sent before."


@dataclass(frozen=True)
class Step:
    """A button that needs no second look.

    do       changes the issue and returns whether it did
    done     said when it did
    nothing  said when there was nothing to change
    """

    label: str
    statuses: tuple[Issue.Status, ...]
    do: Callable[[Issue, datetime], bool]
    done: str
    nothing: str


STEPS = {
    "unschedule": Step(
        "Unschedule",
        (Status.SCHEDULED,),
        lambda issue, now: lifecycle.unschedule(issue),
        "The issue is a draft again: nothing is sent until you schedule it anew.",
        "The issue was not scheduled any more, so nothing has changed.",
    ),
    "pause": Step(
        "Pause",
        (Status.SENDING,),
        lambda issue, now: lifecycle.pause(issue),
        "Paused. What the mail server has already is on its way; nothing else is sent until you resume.",
        "The issue was not being sent, so nothing has changed.",
    ),
    "resume": Step(
        "Resume",
        (Status.PAUSED, Status.STOPPED),
        lambda issue, now: lifecycle.resume(issue),
        "The sending goes on.",
        "The issue was neither paused nor stopped, so nothing has changed.",
    ),
    "retry": Step(
        "Retry the failed",
        (Status.SENDING, Status.PAUSED, Status.STOPPED, Status.SENT),
        lambda issue, now: lifecycle.retry_failed(issue, now=now),
        "The failed messages are queued again.",
        "There was nothing to retry, so nothing has changed.",
    ),
}
CANCELLED_FROM = (Status.SENDING, Status.PAUSED, Status.STOPPED)


def press(name: str) -> Callable[[HttpRequest, int], HttpResponse]:
    """The view of the button `name`."""
    step = STEPS[name]

    @require_POST
    @transaction.atomic
    def view(request: HttpRequest, pk: int) -> HttpResponse:
        issue = pages.to_change(request, pk)
        changed = step.do(issue, timezone.now())
        _note(request, issue, step.label, changed)
        _say(request, changed, step.done, step.nothing)
        return pages.back(issue)

    return view


@require_POST
@transaction.atomic
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it at its time, which must lie ahead."""
    issue, now = pages.to_change(request, pk, lock=True), timezone.now()
    if refusal := _refusal(request, issue, now, needs_time=True):
        messages.error(request, refusal)
    else:
        done = f"Scheduled for {when.shown(issue.send_at or now, issue.time_zone)}."
        nothing = "The issue had left the drafts already, so nothing has changed."
        changed = lifecycle.schedule(issue, now=now)
        _note(request, issue, "Schedule", changed)
        _say(request, changed, done, nothing)
    return pages.back(issue)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def send(request: HttpRequest, pk: int) -> HttpResponse:
    """Send it now, whatever its time; asks first."""
    issue, now = pages.to_change(request, pk, lock=True), timezone.now()
    if issue.status == Status.DRAFT:
        issue.send_at = now
    if refusal := _refusal(request, issue, now, needs_time=False):
        messages.error(request, refusal)
        return pages.back(issue)
    if request.method != "POST" and issue.status == Status.DRAFT:
        count = audience(issue, now=now).count()
        context = {"count": count, "seen": seen(issue), "action": "send", "label": "Send now"}
        return pages.show(request, "confirm.html", issue, "Send this issue now?", context)
    if request.method == "POST":
        done = "The issue is due: the sending begins within seconds."
        nothing = "The issue had left the drafts already, so nothing has changed."
        changed = lifecycle.send_now(issue, now=now)
        _note(request, issue, "Send now", changed)
        _say(request, changed, done, nothing)
    return pages.back(issue)


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.atomic
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Never send the rest; asks first. Drafts are deleted and scheduled issues unscheduled instead."""
    issue = pages.to_change(request, pk)
    nothing = "The issue was not being sent, so nothing has changed."
    is_sending = issue.status in CANCELLED_FROM
    if request.method == "POST":
        changed = is_sending and lifecycle.cancel(issue)
        _note(request, issue, "Cancel", changed)
        _say(request, changed, "Cancelled: what the mail server does not have yet is never sent.", nothing)
        return pages.back(issue)
    if not is_sending:
        return pages.back(issue)
    context = {"progress": progress.of(issue, timezone.now()), "action": "cancel", "label": "Cancel the rest"}
    return pages.show(request, "confirm.html", issue, "Cancel this issue?", context)


def _refusal(request: HttpRequest, issue: Issue, now: datetime, *, needs_time: bool) -> str:
    """Why the draft `issue`, which is locked, cannot go out; nothing if it can, or is no draft."""
    if issue.status != Status.DRAFT:
        return ""
    if request.method == "POST" and request.POST.get("seen") != seen(issue):
        return LOOK_AGAIN
    if needs_time and issue.send_at is None:
        return "Fill in when it is to be sent, and save; or send it now."
    if needs_time and issue.send_at and issue.send_at <= now:
        return f"{when.shown(issue.send_at, issue.time_zone)} is over. Choose a later time, or send it now."
    return MEND if any(finding.blocks for finding in checklist.check(issue, now=now)) else ""


def _note(request: HttpRequest, issue: Issue, label: str, changed: bool) -> None:
    """Who pressed what, for the history of the issue."""
    if changed and request.user.pk:
        LogEntry.objects.log_actions(request.user.pk, [issue], CHANGE, f"{label}.", single_object=True)


def _say(request: HttpRequest, changed: bool, done: str, nothing: str) -> None:
    (messages.success if changed else messages.info)(request, done if changed else nothing)


def routes(admin_view: Callable[..., Callable[..., HttpResponse]]) -> list[URLPattern]:
    """The addresses of all buttons, below that of the list."""
    views = {name: press(name) for name in STEPS} | {"schedule": schedule, "send": send, "cancel": cancel}
    return [
        path(f"<int:pk>/{name}/", admin_view(view), name=f"newsletter_issue_{name}")
        for name, view in views.items()
    ]
