"""What staff did: Django's log of the admin, which PostgreSQL lets nobody change, and what happens outside the admin.

The admin writes its own rows: what was added, changed and deleted, by whom and when. This adds signing in, second
factors, and taking data away.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models

from .models import User


def note(user: User, message: str, about: models.Model | None = None) -> None:
    """Write down what `user` did, if they are staff.

    message  a sentence, such as "Signed in."
    about    the row that it concerns; default: the account itself
    """
    if user.is_staff:
        LogEntry.objects.log_actions(user.pk, [about or user], CHANGE, message, single_object=True)


def forget_names(model: type[models.Model], pks: Iterable[object]) -> None:
    """Take what rows of `model` were called out of the log: they named a person who is to be forgotten."""
    kind = ContentType.objects.get_for_model(model)
    LogEntry.objects.filter(content_type=kind, object_id__in=[str(pk) for pk in pks]).exclude(
        object_repr=""
    ).update(object_repr="")
