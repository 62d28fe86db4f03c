"""Readers and members who go through nginx, and look at once at what they have just saved."""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Mapping
from typing import Any

from bench.strokes import FORM, GOOD, TIMEOUT, Crowd, outcome_of, send
from portal.local.loopback import LOOPBACK
from portal.local.nginx import trusting

PAGE, MEMBERS_PAGE, SAVE = "kept page", "page of a member", "bookmark"
NEW, SEARCH = "page made from the replica", "page made from the primary"
KINDS = {PAGE: 3, MEMBERS_PAGE: 2, NEW: 2, SEARCH: 1, SAVE: 2}
READS = (PAGE, MEMBERS_PAGE, NEW, SEARCH)
SAVED = b"In your bookmarks."


class Readers(Crowd):
    """The same clients around all blows.

    saved   (member, article) of each bookmark that was acknowledged
    looks   at the page right after: did it show the bookmark?
    """

    def __init__(self, port: int, told: Mapping[str, Any], slugs: list[str]) -> None:
        super().__init__(KINDS)
        context = trusting()
        self._connect = lambda: http.client.HTTPSConnection(LOOPBACK, port, timeout=TIMEOUT, context=context)
        self._told, self._slugs, self._members = told, slugs, list(told["members"].items())
        self._pairs = itertools.cycle(itertools.product(self._members, slugs))
        self.saved: set[tuple[str, str]] = set()
        self.looks: list[bool] = []

    def ask(self, kind: str, number: int) -> str:
        slug = self._slugs[number % len(self._slugs)]
        if kind == SAVE:
            return self._save(*next(self._pairs))
        cookie = (
            self._members[number % len(self._members)][1] if kind == MEMBERS_PAGE else self._told["reader"]
        )
        paths = {SEARCH: f"/search/?q=survival+{number}", NEW: f"/articles/{slug}/?number={number}"}
        path = paths.get(kind, f"/articles/{slug}/")
        return outcome_of(send(self._connect, "GET", path, "", {"Cookie": cookie}))

    def sign_up(self, email: str) -> str:
        return outcome_of(send(self._connect, "POST", "/newsletter/", f"email={email}", FORM))

    def _save(self, member: tuple[str, str], slug: str) -> str:
        email, cookie = member
        path, headers = f"/articles/{slug}/", {"Cookie": cookie}
        outcome = outcome_of(
            send(self._connect, "POST", f"{path}bookmark/", "command=save", FORM | headers), wanted=303
        )
        if outcome != GOOD:
            return outcome
        self.saved.add((email, slug))
        page = send(self._connect, "GET", path, "", headers)
        if page and page.status == 200:
            self.looks.append(SAVED in page.text)
        return outcome_of(page)
