"""Subscribers who are signed in: an account's verified address needs no mail to confirm it."""

from __future__ import annotations

from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.contrib.auth.models import AnonymousUser
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower

from accounts.models import User

from . import things
from .models import Follow, Subscriber
from .things import Thing


@dataclass(frozen=True)
class FollowState:
    """What the form on the page of a thing offers.

    by_account    the reader follows at once; otherwise the form asks for an address
    is_following  they do already
    """

    by_account: bool = False
    is_following: bool = False


def verified_address(user: User | AnonymousUser) -> str:
    """The address of `user` that is shown to be theirs; empty without one."""
    return "" if user.is_anonymous else _addresses(user).values_list("email", flat=True).first() or ""


def follow_state(user: User | AnonymousUser, thing: Thing) -> FollowState:
    """What `user` may do with `thing`: one query, and none for somebody who is not signed in."""
    if user.is_anonymous:
        return FollowState()
    active = Subscriber.objects.active().alias(lower=Lower("email"))
    mine = active.filter(lower=Lower(OuterRef(OuterRef("email"))))
    follows = Follow.objects.filter(
        Exists(mine.filter(pk=OuterRef("subscriber"))),
        confirmed_at__isnull=False,
        **{things.kind_of(thing): thing.pk},
    )
    found = _addresses(user).annotate(is_following=Exists(follows)).values("is_following").first()
    return FollowState(by_account=found is not None, is_following=bool(found and found["is_following"]))


def _addresses(user: User | AnonymousUser) -> QuerySet[EmailAddress]:
    return EmailAddress.objects.filter(user_id=user.pk, verified=True).order_by("-primary", "pk")
