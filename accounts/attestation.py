"""The reader's declaration to be a healthcare professional: evidence in the database, a signed cookie for the way."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from portal.lib import cookies, signed

from .models import Attestation, Statement

if TYPE_CHECKING:
    from .models import User

SALT = "accounts.attestation"


@dataclass(frozen=True)
class Declaration:
    """What the cookie says: which declaration (opaque id), to which wording, and when."""

    opaque_id: uuid.UUID
    version: int
    attested_at: datetime


def read(request: HttpRequest) -> Declaration | None:
    """The valid declaration that `request` carries. Forged, edited, expired or outdated is the same as none."""
    declaration = claimed(request)
    return declaration if declaration and declaration.version == current_version(request) else None


def current_version(request: HttpRequest) -> int | None:
    """The version of the wording in force; the page cache may have asked for it a moment ago."""
    if hasattr(request, "statement_version"):
        version: int | None = request.statement_version
        return version
    statement = Statement.objects.current()
    return statement.version if statement else None


def claimed(request: HttpRequest) -> Declaration | None:
    """The declaration that `request` carries, if we signed it and it has not run out; its wording may be outdated."""
    cookie = request.COOKIES.get(cookies.ATTESTATION.name)
    if not cookie:
        return None
    lifetime = timedelta(days=settings.ATTESTATION_DAYS)
    try:
        declaration = signed.loads(cookie, SALT, lifetime, _declaration)
        has_run_out = declaration.attested_at + lifetime <= timezone.now()
    except (signing.BadSignature, KeyError, TypeError, ValueError, AttributeError):
        return None
    # The cookie may be younger than the declaration: carried to this browser some time later.
    return None if has_run_out else declaration


def _declaration(claim: Any) -> Declaration:
    return Declaration(uuid.UUID(claim["id"]), int(claim["v"]), datetime.fromisoformat(claim["at"]))


def write(response: HttpResponseBase, declaration: Declaration) -> None:
    """Remember `declaration` in the browser."""
    claim = {
        "id": str(declaration.opaque_id),
        "v": declaration.version,
        "at": declaration.attested_at.isoformat(),
    }
    cookies.ATTESTATION.set(response, signed.dumps(claim, SALT))


def attest(
    statement: Statement, *, profession: str = "", country: str = "", user: User | None, now: datetime
) -> Declaration:
    """Record that a reader confirms `statement`; with `user`, for that account."""
    row = Attestation.objects.create(
        statement=statement, profession=profession, country=country, user=user, attested_at=now
    )
    return Declaration(row.opaque_id, statement.version, row.attested_at)


def of_account(user: User, now: datetime) -> Declaration | None:
    """The newest valid declaration of an account, made in whatever browser."""
    statement = Statement.objects.current(now)
    if statement is None:
        return None
    row = Attestation.objects.valid(statement, now).filter(user=user).first()
    return Declaration(row.opaque_id, statement.version, row.attested_at) if row else None


def adopt(declaration: Declaration, user: User, now: datetime) -> None:
    """Give an account the declaration that its browser made before signing in, unless it has one."""
    if of_account(user, now):
        return
    made = Attestation.objects.filter(opaque_id=declaration.opaque_id).order_by("pk")
    if not made or any(row.user_id not in (None, user.pk) for row in made):
        return  # somebody else used this browser: their word is not this account's
    source = made[0]
    try:
        with transaction.atomic():
            Attestation.objects.create(
                opaque_id=source.opaque_id,
                statement=source.statement,
                profession=source.profession,
                country=source.country,
                attested_at=source.attested_at,
                user=user,
            )
    except IntegrityError:
        pass  # two requests signed in at once: the other one has written it
