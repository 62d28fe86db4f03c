"""What is new, from all parts of the site, and the mail that is made of it."""

from __future__ import annotations

from datetime import datetime

from django.utils.formats import date_format

from newsletter import digests
from newsletter.models import News
from newsletter.news import gather, in_turn, note

from .models import Event


def keep_up(now: datetime) -> None:
    """Note what is new up to `now` (aware), then queue the digests and notices that are due.

    In this order, so that a digest has all that happened before it. Each step may be repeated and interrupted.
    """
    gather(now)
    gather_events(now)
    digests.run_due(now)
    digests.run_follow(now)


def gather_events(now: datetime) -> None:
    """Note the events that are announced at `now` (aware), and keep what is noted as their pages say it.

    An event is news once: unpublished and published again, it keeps the time at which it was first announced.
    """
    announced = list(Event.objects.announced(now).prefetch_related("topics", "drugs", "trials"))
    keys = [_key(event) for event in announced]
    News.objects.filter(kind=News.Kind.EVENT).exclude(key__in=keys).delete()  # over, or hidden
    for event in announced:
        _note(event, now)


def _note(event: Event, now: datetime) -> None:
    title, detail, path = event.title, _detail(event), event.get_absolute_url()
    at, is_again = event.announced_at or now, event.announced_at is not None
    with in_turn():
        note(News.Kind.EVENT, _key(event), at=at, exactly=is_again, title=title, detail=detail, path=path)
        News.objects.filter(key=_key(event)).update(title=title, detail=detail, path=path)
        news = News.objects.get(key=_key(event))
        news.topics.set(event.topics.all())
        news.drugs.set(event.drugs.all())
        news.trials.set(event.trials.all())
        Event.objects.filter(pk=event.pk, announced_at=None).update(announced_at=news.at)


def _key(event: Event) -> str:
    return f"event:{event.pk}"


def _detail(event: Event) -> str:
    """When it is, where the event is, and who speaks."""
    start = date_format(event.local_start, "j F Y, H:i", use_l10n=False)
    speakers = ", ".join(event.speaker_list)
    return f"{start} ({event.timezone}). Speakers: {speakers}. {event.funding_statement}"[:600]
