"""What the accounts themselves hold about their owners."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry
from django.db.models import Q

from . import attestation, audit, sessions
from .models import Attestation, User
from .own_data import PARTS, Part
from .requests import MemberRequest


def account(request: MemberRequest) -> dict[str, Any]:
    user = request.user
    return {
        "email": user.email,
        "name": user.name,
        "joined": user.date_joined,
        "last_signed_in": user.last_login,
        "may_enter_the_admin": user.is_staff,
        "groups": [group.name for group in user.groups.all()],
        "deletion_asked_for": user.deletion_requested_at,
        "addresses": list(
            EmailAddress.objects.filter(user=user).values("email", "verified", "primary").order_by("pk")
        ),
    }


def attestations(request: MemberRequest) -> list[dict[str, Any]]:
    """Those of the account, and the one that this browser made before anybody signed in."""
    mine = Q(user=request.user)
    if declaration := attestation.read(request):
        mine |= Q(user=None, opaque_id=declaration.opaque_id)
    rows = Attestation.objects.filter(mine).select_related("statement")
    return [
        {
            "attested_at": row.attested_at,
            "wording": row.statement.text,
            "version": row.statement.version,
            "profession": row.get_profession_display(),
            "country": row.get_country_display(),
            "identifier": str(row.opaque_id),
        }
        for row in rows
    ]


def second_factors(request: MemberRequest) -> list[dict[str, Any]]:
    """Their names; what they share with us stays a secret, since whoever reads the file could sign in with it."""
    return [
        {
            "kind": row.get_type_display(),
            "name": str(row),
            "added": row.created_at,
            "last_used": row.last_used_at,
        }
        for row in Authenticator.objects.filter(user=request.user).order_by("pk")
    ]


def signed_in_places(request: MemberRequest) -> list[dict[str, Any]]:
    return [
        {"since": row.created_at, "browser": row.user_agent, "this_one": row.is_current()}
        for row in UserSession.objects.filter(user=request.user).order_by("created_at")
    ]


def staff_actions(request: MemberRequest) -> list[dict[str, Any]]:
    rows = LogEntry.objects.filter(user=request.user).select_related("content_type")
    return [
        {
            "at": row.action_time,
            "kind": str(row.content_type or ""),
            "what": row.object_repr,
            "done": row.get_change_message() or row.get_action_flag_display(),
        }
        for row in rows
    ]


def erase_account(user: User, now: datetime) -> None:
    """All but the row itself, which deletion.py ends. The link to attestations is cut; they stay as evidence."""
    sessions.end_all(user)
    for rows in (Authenticator.objects.filter(user=user), EmailAddress.objects.filter(user=user)):
        audit.forget_names(rows.model, list(rows.values_list("pk", flat=True)))
        rows.delete()
    Attestation.objects.filter(user=user).update(user=None)
    user.groups.clear()
    user.user_permissions.clear()
    audit.forget_names(User, [user.pk])


PARTS |= {
    "account": Part("Your account", account, place=0),
    "attestations": Part("Your confirmations to be a healthcare professional", attestations, place=0),
    "second_factors": Part("Your second factors", second_factors, place=0),
    "sessions": Part("Where you are signed in", signed_in_places, place=0),
    "staff_actions": Part("What you did as a member of staff", staff_actions, place=2),
}
