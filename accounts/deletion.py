"""Ending an account: asked for, thought over, done.

asked for (deletion_requested_at, ACCOUNT_DELETION_DAYS to think it over) → kept again, or erased by the worker.

Erasing is one transaction for each account: whatever stops it leaves the account as it was, and the next round does
it again. Evidence (attestations, deliveries, what staff did) stays without identity.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.db import transaction

from portal.lib import mail
from portal.lib.rounds import each_still

from . import audit, own_data, own_parts
from .models import DELETED, NOWHERE, User


def due_at(user: User) -> datetime | None:
    """When the account will be erased; None unless that was asked for."""
    asked = user.deletion_requested_at
    return asked and asked + timedelta(days=settings.ACCOUNT_DELETION_DAYS)


def is_last_administrator(user: User) -> bool:
    """Would nobody be left who can administer the site?"""
    return are_last_administrators([user])


def are_last_administrators(users: Iterable[User]) -> bool:
    """The same for several who would go together."""
    going = [user.pk for user in users if user.is_superuser]
    others = User.objects.filter(is_superuser=True, is_staff=True, is_active=True, deletion_requested_at=None)
    return bool(going) and not others.exclude(pk__in=going).exists()


def ask(user: User, *, now: datetime) -> None:
    """Begin the time to think it over, and mail how to keep the account. A second call changes nothing."""
    with transaction.atomic():
        if User.objects.filter(pk=user.pk, deletion_requested_at=None).update(deletion_requested_at=now):
            user.deletion_requested_at = now
            audit.note(user, "Asked to have the account deleted.")
            mail.send("account_deletion_asked", user.email, {"due_at": due_at(user)})


def keep(user: User) -> None:
    """Take the wish back. Without one this changes nothing."""
    with transaction.atomic():
        if (
            User.objects.filter(pk=user.pk)
            .exclude(deletion_requested_at=None)
            .update(deletion_requested_at=None)
        ):
            audit.note(user, "Kept the account.")
    user.deletion_requested_at = None


def erase_due(now: datetime) -> int:
    """Erase the accounts whose time is over, unless their owners keep them after all; see `each_still`."""
    end = now - timedelta(days=settings.ACCOUNT_DELETION_DAYS)
    due = User.objects.filter(deletion_requested_at__lte=end).order_by("deletion_requested_at")
    return each_still(due, partial(_erase_and_say_so, now=now))


def _erase_and_say_so(user: User, *, now: datetime) -> None:
    email = user.email
    erase(user, now=now)
    mail.send("account_deleted", email, {})


@transaction.atomic
def erase(user: User, *, now: datetime) -> None:
    """Erase `user` and all that is theirs, at once. An account that the log names stays as an empty row.

    Each app erases its part, this one last: the others ask it which addresses were theirs.
    """
    own_data.erase(user, now)
    own_parts.erase_account(user, now)
    if not LogEntry.objects.filter(user=user).exists():
        user.delete()
        return
    user.email, user.name = f"{uuid.uuid4()}{NOWHERE}", DELETED
    user.set_unusable_password()
    user.is_active = user.is_staff = user.is_superuser = False
    user.last_login = user.deletion_requested_at = None
    user.erased_at = now
    user.save()
