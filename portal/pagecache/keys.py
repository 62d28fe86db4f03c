"""What a page depends on, read from the request without asking the database."""

from __future__ import annotations

from collections.abc import Hashable

from django.conf import settings
from django.http import HttpRequest

from accounts import attestation
from portal import consent
from portal.context import theme_of
from portal.events import dismissed_events
from portal.lib import cookies

from .revision import Revision

Key = tuple[Hashable, ...]
LONGEST = 2000  # characters of address and query: longer ones are not worth the memory


def key_of(request: HttpRequest, revision: Revision) -> Key | None:
    """Under what the page that answers `request` is kept for readers without a session; None if under nothing."""
    meta = request.META
    address = (
        request.is_secure(),
        meta.get("HTTP_HOST", ""),
        request.path_info,
        meta.get("QUERY_STRING", ""),
    )
    if sum(map(len, address[1:])) > LONGEST:
        return None
    return (
        revision.stamp,
        *address,
        revision.announced.intersection(dismissed_events(request)),
        is_attested(request, revision),
        consent.chosen(request, revision.notice),
        cookies.CONSENT.name in request.COOKIES,
        meta.get("HTTP_SEC_GPC") == "1",
        theme_of(request),
    )


def is_attested(request: HttpRequest, revision: Revision) -> bool:
    """The gate's own check, with the version that `revision` brings along in place of a query."""
    claim = attestation.claimed(request)
    return claim is not None and claim.version == revision.statement


def has_session(request: HttpRequest) -> bool:
    return settings.SESSION_COOKIE_NAME in request.COOKIES
