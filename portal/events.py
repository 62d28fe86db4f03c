"""Expert panels: page, calendar file, and the announcement that readers may close."""

from __future__ import annotations

from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import professionals, public
from portal.lib import cookies
from portal.lib.kept import kept, nothing_personal
from portal.lib.origin import SeeOther, local_path, same_origin

from .models import Event, Hub

BETWEEN_SLUGS = "."  # needs no quotes in a cookie, and no slug has it
MOST_REMEMBERED = 20  # closed announcements; with the longest slugs 1,620 of the 4,096 bytes of a cookie


@professionals
@require_safe
@kept(personal=nothing_personal)
def event(request: HttpRequest, slug: str) -> HttpResponse:
    shown = get_object_or_404(Event, slug=slug, is_published=True)
    context = {"event": shown, "is_over": shown.ends_at <= timezone.now()}
    return render(request, "portal/event_detail.html", context)


@professionals(is_page=False)
@require_safe
def calendar(request: HttpRequest, slug: str) -> HttpResponse:
    """The event for the reader's own calendar."""
    shown = get_object_or_404(Event, slug=slug, is_published=True)
    headers = {"Content-Disposition": f'attachment; filename="{shown.slug}.ics"'}
    return HttpResponse(as_ics(shown), content_type="text/calendar; charset=utf-8", headers=headers)


def as_ics(event: Event) -> bytes:
    """The event as an iCalendar file (RFC 5545). Times are in UTC, so that no calendar can misread a time zone."""
    import icalendar  # only here: three megabytes of each process that seldom makes one

    address = settings.SITE_URL + event.get_absolute_url()
    people = [f"Speakers: {', '.join(event.speaker_list)}", f"Hosts: {', '.join(event.host_list)}"]
    entry = icalendar.Event()
    entry.add("uid", f"event-{event.pk}@{urlsplit(settings.SITE_URL).hostname}")
    entry.add("dtstamp", timezone.now())
    entry.add("dtstart", event.starts_at)
    entry.add("dtend", event.ends_at)
    entry.add("summary", event.title)
    entry.add("description", "\n".join([*people, event.funding_statement, address]))
    entry.add("url", address)
    file = icalendar.Calendar()
    file.add("prodid", f"-//{Hub.current().name}//Expert panels//EN")
    file.add("version", "2.0")
    file.add_component(entry)
    return file.to_ical()


@public
@require_POST
@same_origin
def dismiss(request: HttpRequest, slug: str) -> HttpResponse:
    """Close the announcement of this event in this browser."""
    closed = get_object_or_404(Event, slug=slug, is_published=True)
    response = SeeOther(local_path(request.POST.get("next", "")))
    others = [slug for slug in dismissed_events(request) if slug != closed.slug]
    cookies.DISMISSED_EVENT.set(response, BETWEEN_SLUGS.join([*others, closed.slug][-MOST_REMEMBERED:]))
    return response


def dismissed_events(request: HttpRequest) -> list[str]:
    """The slugs whose announcements this browser says to have closed, oldest first; unchecked."""
    value = request.COOKIES.get(cookies.DISMISSED_EVENT.name, "")
    return value.split(BETWEEN_SLUGS)[-MOST_REMEMBERED:]
