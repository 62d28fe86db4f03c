"""New articles for feed readers: teasers, never the text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.cache import get_conditional_response, set_response_etag
from django.views.decorators.http import require_safe

from accounts.access import public

from .metadata import PublicRecord, public_part, public_record
from .models import Article

LENGTH = 30
FIVE_MINUTES = "public, max-age=300"
FOUNDED = datetime(2026, 1, 1, tzinfo=UTC)  # when a feed without entries last changed


@dataclass(frozen=True)
class Entry:
    id: str
    record: PublicRecord

    @property
    def changed_at(self) -> datetime:
        return self.record.modified_at or FOUNDED


@public(is_shared=True)
@require_safe
def atom(request: HttpRequest) -> HttpResponseBase:
    """Atom, RFC 4287."""
    return _feed(request, "articles/feed.atom", "application/atom+xml")


@public(is_shared=True)
@require_safe
def rss(request: HttpRequest) -> HttpResponseBase:
    """RSS 2.0, for readers that know no Atom."""
    return _feed(request, "articles/feed.rss", "application/rss+xml")


def _feed(request: HttpRequest, template: str, content_type: str) -> HttpResponseBase:
    if not settings.GATE_TEASER:
        raise Http404("Articles are not announced to the public.")
    newest = public_part(Article.objects.published(timezone.now()).newest_first())[:LENGTH]
    entries = [Entry(tag_uri(f"articles/{article.slug}"), public_record(article)) for article in newest]
    context = {
        "id": tag_uri("articles"),
        "url": settings.SITE_URL + request.path,
        "entries": entries,
        "changed_at": max((entry.changed_at for entry in entries), default=FOUNDED),
    }
    body = render_to_string(template, context)
    response = HttpResponse(body, content_type=f"{content_type}; charset=utf-8")
    response["Cache-Control"] = FIVE_MINUTES
    set_response_etag(response)
    return get_conditional_response(request, response["ETag"], response=response) or response


def tag_uri(name: str) -> str:
    """An id (RFC 4151) that stays when the address, the date or the title changes."""
    return f"tag:{urlsplit(settings.SITE_URL).hostname},2026:{name}"
