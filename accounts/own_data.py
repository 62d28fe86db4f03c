"""All that the site holds about the owner of an account: to see, to take away, and to erase (GDPR, 15, 17 and 20).

Apps above this one add their parts to PARTS when they start.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.utils.dateformat import format as format_date

from .models import User
from .requests import MemberRequest


def _nothing(user: User, now: datetime) -> None:
    """For what goes with the account itself, or is kept without identity."""


@dataclass(frozen=True)
class Part:
    """What one app holds.

    title  above it on the page
    of     called with the request of the owner; returns plain values: a dict, or a list of dicts with equal keys
    erase  called with the account and the time; deletes or unlinks it, and changes nothing when called again
    place  on the page: the smaller, the higher
    """

    title: str
    of: Callable[[MemberRequest], Any]
    erase: Callable[[User, datetime], None] = _nothing
    place: int = 1


PARTS: dict[str, Part] = {}


def addresses(user: User) -> list[str]:
    """The addresses that are shown to belong to `user`. What others typed into forms with one of them is theirs, too."""
    confirmed = EmailAddress.objects.filter(user_id=user.pk, verified=True).order_by("-primary", "pk")
    return list(confirmed.values_list("email", flat=True))


def collect(request: MemberRequest) -> dict[str, Any]:
    """{name of the part: what it holds about the sender of `request`}; dates and numbers are left as they are."""
    parts = sorted(PARTS.items(), key=lambda named: named[1].place)
    return {name: part.of(request) for name, part in parts}


def erase(user: User, now: datetime) -> None:
    """Let each part erase what it holds about `user`. In the caller's transaction."""
    for part in PARTS.values():
        part.erase(user, now)


@dataclass
class Block:
    """A part of the page: facts in two columns, tables, and blocks within."""

    title: str
    facts: list[tuple[str, str]] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    inner: list[Block] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.facts or self.rows or self.inner)


def readable(held: dict[str, Any]) -> list[Block]:
    """What `collect` returned, for people."""
    return [_block(PARTS[name].title, value) for name, value in held.items()]


def _block(title: str, value: Any) -> Block:
    block = Block(title)
    if isinstance(value, dict):
        for key, one in value.items():
            if isinstance(one, dict) or (isinstance(one, list) and one and isinstance(one[0], dict)):
                block.inner.append(_block(_label(key), one))
            else:
                block.facts.append((_label(key), _text(one)))
    elif value:
        block.columns = [_label(key) for key in value[0]]
        block.rows = [[_text(one) for one in row.values()] for row in value]
    return block


def _label(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _text(value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return format_date(value, "j F Y, H:i e")
    return ", ".join(map(_text, value)) if isinstance(value, list) else str(value)
