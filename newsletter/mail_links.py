"""Whether a link in a mail leads somewhere, told without asking the network."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.http import Http404
from django.http.request import validate_host
from django.urls import Resolver404, ResolverMatch, resolve

from accounts.access import Audience, audience_of
from articles.models import Article, Topic
from articles.treatments import drug_at
from portal.lib import tokens
from trials.models import Trial

from .models import Issue

HOST = re.compile(r"(?=.{4,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}", re.I)
URL = re.compile(r"https?://[^\s<>\"“”]+", re.I)
AROUND = ".,;:!?)]}’'"  # what may stand behind an address in a sentence
# Everything that is mailed to all and archived may lead here, and to no other page of this site: others are somebody's
# own (whoever opens the link acts for them), for editors, or for machines.
FOR_ALL_READERS = frozenset(
    {"home", "search", "about", "independence", "privacy", "terms", "accessibility", "steering-committee"}
    | {"contact", "cookies", "event", "event-calendar", "feed", "feed-rss"}
    | {f"articles:{name}" for name in ("list", "detail", "topic", "treatment", "citation")}
    | {f"trials:{name}" for name in ("list", "detail", "compare", "compare-csv")}
    | {f"newsletter:{name}" for name in ("sign-up", "archive", "issue", "follow")}
)


def fault(link: str, at: datetime, *, ours: Issue | None = None) -> str:
    """What is wrong with `link` for a reader at `at`, completing "The link …"; empty when nothing.

    ours  an issue whose own page need not be there yet
    """
    if tokens.FORM.search(unquote(link)):
        return "is somebody's own: whoever has it acts for that person"
    if link.startswith(f"{settings.SITE_URL}/"):
        return _fault_here(urlsplit(link.removeprefix(settings.SITE_URL)).path, at, ours)
    if link.lower().startswith("mailto:"):
        return _fault_of_address(unquote(link[7:].partition("?")[0]))
    problem = _fault_elsewhere(link)
    if not problem and _is_here(link):  # by another of its names, or spelled in another way
        return _fault_here(urlsplit(link).path or "/", at, ours)
    return problem


def of_ours_in(text: str) -> list[str]:
    """The addresses of this site that stand in `text` as words, which many mail programs make into links."""
    found = (word.rstrip(AROUND) for word in URL.findall(text))
    return [link for link in dict.fromkeys(found) if _is_here(link)]


def _is_here(link: str) -> bool:
    ours = [urlsplit(settings.SITE_URL).hostname or "", *settings.ALLOWED_HOSTS]
    try:
        host = urlsplit(link).hostname or ""
    except ValueError:
        return False
    return validate_host(host, [name for name in ours if name != "*"])


def _fault_here(path: str, at: datetime, ours: Issue | None) -> str:
    try:
        match = resolve(unquote(path))
    except Resolver404:
        return "leads to no page of this site"
    if audience_of(match.func, match.namespaces) == Audience.STAFF:
        return "can be opened by editors only"
    if match.view_name not in FOR_ALL_READERS:
        return "leads to a page that is not for all readers"
    if ours is not None and ours.slug and path == ours.get_absolute_url():
        return ""
    return "" if _has_what_it_shows(match, at) else "leads to nothing that readers can open"


def _has_what_it_shows(match: ResolverMatch, at: datetime) -> bool:
    """Whether the page finds its row; True also for pages of which we cannot tell."""
    slug = match.kwargs.get("slug", "")
    if match.view_name == "articles:treatment":  # has many names
        try:
            return drug_at(slug).pk is not None
        except Http404:
            return False
    tables: dict[str, QuerySet[Any]] = {
        "articles:detail": Article.objects.published(at),
        "articles:topic": Topic.objects.all(),
        "trials:detail": Trial.objects.published(),
        "newsletter:issue": Issue.objects.in_archive(),
    }
    rows = tables.get(match.view_name)
    return rows is None or rows.filter(slug=slug).exists()


def _fault_of_address(address: str) -> str:
    try:
        validate_email(address)
    except ValidationError:
        return "is no e-mail address"
    return ""


def _fault_elsewhere(link: str) -> str:
    if link.startswith("#") or not link:
        return "leads nowhere in a mail"
    if re.search(r"[\s\x00-\x1f\\]", link):
        return "holds a space or another forbidden character"
    try:
        parts = urlsplit(link)
        port_is_fine = parts.port is None or parts.port > 0
    except ValueError:
        return "is no address"
    if parts.scheme != "https":
        return "does not begin with https://"
    if parts.username is not None or not port_is_fine or not HOST.fullmatch(parts.hostname or ""):
        return "does not name a host"
    return ""
