"""The page on which a subscriber decides what comes: the same behind a mailed link and in an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import BadRequest
from django.db.models import Q, QuerySet
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.http import urlencode

from articles.models import Topic
from portal.lib.origin import SeeOther
from trials.models import Drug, DrugName
from trials.search import search as search_trials

from . import following, leaving, subscriptions, things
from .forms import PauseForm, PreferencesForm, SearchForm
from .models import Cadence, Subscriber
from .suppression import suppressed
from .things import Thing

MOST_FOUND = 10  # of each kind


@dataclass(frozen=True)
class Outcome:
    """What came of a command: `done` names the sentence that says so; otherwise the form that was refused."""

    done: str = ""
    refused: Mapping[str, Form] = field(default_factory=dict)


Command = Callable[[Subscriber, QueryDict, datetime], Outcome]


def carry_out(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    """Do what the pressed button says. `subscriber` is active and locked. Raises BadRequest: no such button."""
    command = COMMANDS.get(posted.get("command", ""))
    if command is None:
        raise BadRequest("There is no such button.")
    return command(subscriber, posted, now)


def _save(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    form = PreferencesForm(subscriber, posted)
    if not form.is_valid():
        return Outcome(refused={"form": form})
    chosen = form.cleaned_data
    subscriptions.choose(
        subscriber,
        cadence=chosen["cadence"],
        topics=chosen["topics"],
        language=chosen["language"],
        now=now,
    )
    return Outcome("saved")


def _pause(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    form = PauseForm(_today(now), posted)
    if not form.is_valid():
        return Outcome(refused={"pause_form": form})
    subscriptions.pause(subscriber, form.cleaned_data["until"])
    return Outcome("paused")


def _resume(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    subscriptions.pause(subscriber, None)
    return Outcome("resumed")


def _follow(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    thing = things.at(posted.get("thing", ""))
    if thing is None:
        raise BadRequest("There is nothing of this name to follow.")
    following.follow_now(subscriber, thing, now=now)
    return Outcome("followed")


def _unfollow(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    key = posted.get("thing", "")
    if things.row_of(key) is None:
        raise BadRequest("There is nothing of this name to follow.")
    leaving.unfollow(subscriber, key, now=now)
    return Outcome("unfollowed")


def _leave(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    leaving.leave_newsletter(subscriber, now=now)
    return Outcome("left")


def _unfollow_all(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    leaving.unfollow_all(subscriber, now=now)
    return Outcome("unfollowed-all")


def _leave_everything(subscriber: Subscriber, posted: QueryDict, now: datetime) -> Outcome:
    leaving.leave_everything(subscriber, now=now)
    return Outcome("left-everything")


COMMANDS: Mapping[str, Command] = {
    "save": _save,
    "pause": _pause,
    "resume": _resume,
    "follow": _follow,
    "unfollow": _unfollow,
    "leave": _leave,
    "unfollow-all": _unfollow_all,
    "leave-everything": _leave_everything,
}


def shown_after(request: HttpRequest, path: str, done: str) -> SeeOther:
    """On to the page at `path` after a command, so that reloading it repeats nothing; it says what was `done`."""
    asked = SearchForm(request.POST)
    text = asked.cleaned_data["q"] if asked.is_valid() else ""
    return SeeOther(f"{path}?{urlencode({'done': done} | ({'q': text} if text else {}))}")


def done_before(request: HttpRequest) -> str:
    """What was done on the way to this page, by its address."""
    return request.GET.get("done", "")


def _done(request: HttpRequest, subscriber: Subscriber, until: date | None, *, follows: bool) -> str:
    """The same, where the state of the subscriber does not say otherwise: anybody can make up an address."""
    holds = {
        "saved": True,
        "paused": until is not None,
        "resumed": until is None,
        "followed": follows,
        "unfollowed": True,
        "unfollowed-all": not follows,
        "left": subscriber.cadence == Cadence.NONE,
    }
    done = done_before(request)
    return done if request.method != "POST" and holds.get(done) else ""


def show(
    request: HttpRequest, subscriber: Subscriber, outcome: Outcome, *, now: datetime, **place: Any
) -> HttpResponse:
    """The page as it is now.

    place  what differs between the link and the account: data_path, in_account
    """
    asked = SearchForm(request.POST if request.method == "POST" else request.GET)
    text = asked.cleaned_data["q"].strip() if asked.is_valid() else ""
    follows = subscriber.follows.filter(confirmed_at__isnull=False).select_related("topic", "drug", "trial")
    followed = [_line(follow.thing) for follow in follows]
    ends = subscriber.paused_until
    until = ends if ends and ends > _today(now) else None
    context: dict[str, Any] = {
        "form": PreferencesForm(subscriber),
        "pause_form": PauseForm(_today(now)),
        "search_form": asked,
        "q": text,
        "found": _found(text, {line["key"] for line in followed}),
        "followed": followed,
        "gets_newsletter": subscriber.cadence != Cadence.NONE,
        "paused_until": until,
        "is_suppressed": bool(suppressed([subscriber.email])),
        "done": _done(request, subscriber, until, follows=bool(followed)),
    }
    is_refused = bool(outcome.refused) or bool(asked.errors)
    status = 422 if is_refused else 200
    return render(
        request, "newsletter/preferences.html", context | dict(outcome.refused) | place, status=status
    )


def _found(text: str, followed: set[str]) -> list[dict[str, Any]]:
    """Things to follow, by kind: those that match `text`, or without a question the topics."""
    groups: list[QuerySet[Any]] = [Topic.objects.all()]
    if text:
        names = DrugName.objects.filter(name__icontains=text)
        groups = [
            Topic.objects.filter(name__icontains=text),
            Drug.objects.filter(Q(name__icontains=text) | Q(pk__in=names.values("drug"))),
            search_trials(text),
        ]
    lines = [_line(thing) for group in groups for thing in group[: MOST_FOUND if text else None]]
    return [line for line in lines if line["key"] not in followed]


def _line(thing: Thing) -> dict[str, Any]:
    kind = things.kind_of(thing)
    return {
        "key": things.key_of(thing),
        "label": things.LABELS[kind],
        "name": things.name_of(thing),
        "path": things.path_of(thing),
        "title": thing.title if kind == "trial" else "",  # type: ignore[union-attr]  # only trials have one
    }


def _today(now: datetime) -> date:
    """The day by which mail is held back (SubscriberQuerySet.reachable)."""
    return now.astimezone(UTC).date()
