"""The way through the page cache: outside everything else, so that an answer from it costs next to nothing."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TypeGuard

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import Resolver404, ResolverMatch, resolve

from accounts.access import Audience
from portal.replica import note_away, reading_content

from .answers import answer
from .keys import Key, has_session, is_attested, key_of
from .revision import Revision, lookup
from .store import Page, pages

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class PageCacheMiddleware:
    """Answers whoever brings no session; leaves a `keeper` at the request of whoever does."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_page = request.method in ("GET", "HEAD") and "HTTP_HX_REQUEST" not in request.META
        if not is_page or not settings.PAGE_CACHE_BYTES:
            return self.get_response(request)
        if has_session(request):
            known = lookup.current()
            if known is not None and not known.is_last:
                request.statement_version = known.statement  # type: ignore[attr-defined]  # for accounts.attestation
                request.keeper = MembersKeeper(request, known)  # type: ignore[attr-defined]  # for portal.lib.kept
                response = self.get_response(request)
                if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE or not is_kept(view_of(request)):
                    return response
                lookup.forget()  # the database went away a moment ago
        return self.for_visitors(request)

    def for_visitors(self, request: HttpRequest) -> HttpResponseBase:
        """The kept page for whoever is not signed in, or cannot be recognised while the database is away."""
        view = view_of(request)
        if view is None or not is_kept(view):
            return self.get_response(request)
        known = lookup.current()
        key = key_of(request, known) if known else None
        if known is None or key is None:
            return self.get_response(request)
        request.statement_version = known.statement  # type: ignore[attr-defined]
        page = pages.get(key)
        as_of = known.asked_at if known.is_last else None
        # Somebody with a session comes here when the database did not answer; if it does by now, theirs is no page for all.
        is_member = has_session(request) and not as_of
        if page is not None and not is_member:
            request.page_cache = "hit"  # type: ignore[attr-defined]  # for the log
            return answer(request, page, as_of=as_of)
        if as_of or is_member or not is_open(view, request, known):
            return self.get_response(request)
        return make_and_answer(request, key, lambda: self.read_from(known.source, request))

    def read_from(self, source: str, request: HttpRequest) -> HttpResponseBase:
        """The page from the database `source`; from the first server if that one went away since it was asked."""
        with reading_content(source):
            response = self.get_response(request)
        if source == DEFAULT_DB_ALIAS or response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
            return response
        note_away()
        lookup.forget()
        return self.get_response(request)


def is_kept(view: ResolverMatch | None) -> bool:
    """Has the view agreed to its page being kept?"""
    return view is not None and getattr(view.func, "is_kept", False)


def is_open(view: ResolverMatch, request: HttpRequest, known: Revision) -> bool:
    """Would the page itself answer, not the gate?"""
    return getattr(view.func, "audience", None) == Audience.PUBLIC or is_attested(request, known)


def view_of(request: HttpRequest) -> ResolverMatch | None:
    try:
        return resolve(request.path_info)
    except Resolver404:
        return None


def make_and_answer(request: HttpRequest, key: Key, make: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """The page under `key`; made by one thread, if it is not there, while others with the same wish wait."""
    with pages.turn(key):
        page = pages.get(key)
        if page is None:
            request.page_cache = "miss"  # type: ignore[attr-defined]
            response = make()
            if not is_for_all(response):
                return response
            is_rare = bool(request.META.get("QUERY_STRING"))
            page = Page.of(response, request.resolver_match, is_rare=is_rare)
            pages.put(key, page, is_rare=is_rare)
    return answer(request, page)


def is_for_all(response: HttpResponseBase) -> TypeGuard[HttpResponse]:
    """A last look at what a view has agreed to: nothing but a whole page, without a cookie or a reader's token."""
    return (
        isinstance(response, HttpResponse)
        and response.status_code == 200
        and not response.cookies
        and "Content-Encoding" not in response
        and "no-store" not in response.get("Cache-Control", "")
        and b"csrfmiddlewaretoken" not in response.content
    )


@dataclass(frozen=True)
class MembersKeeper:
    """Keeps pages for readers who are signed in, beside those for everybody: see portal.lib.kept."""

    request: HttpRequest
    known: Revision

    def answer(self, personal: tuple[Hashable, ...], make: Callable[[], HttpResponse]) -> HttpResponseBase:
        for_all = key_of(self.request, self.known)
        if for_all is None:
            return make()
        key = (*for_all, "member", *personal)
        page = pages.get(key)
        if page is None:
            return make_and_answer(self.request, key, make)
        self.request.page_cache = "hit"  # type: ignore[attr-defined]
        return answer(self.request, page)
