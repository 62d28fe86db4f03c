"""People who sign in, and the evidence that a reader is a healthcare professional."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from .countries import COUNTRIES

DELETED = "Deleted account"
NOWHERE = "@deleted.invalid"  # no mail server has such a name, nor will (RFC 2606)


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: object) -> User:
        """Make an account. `email` is kept as typed, in lower case for its domain."""
        if not email:
            raise ValueError("An account needs an e-mail address.")
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> User:
        return self.create_user(email, password, **(fields | {"is_staff": True, "is_superuser": True}))

    def get_by_natural_key(self, email: str | None) -> User:
        return self.get(email__iexact=email)


class User(AbstractBaseUser, PermissionsMixin):
    """An account. The e-mail address is the login; case does not matter."""

    email = models.EmailField("e-mail address", max_length=254, unique=True)
    name = models.CharField(max_length=150, blank=True)
    is_staff = models.BooleanField("may enter the admin", default=False)
    is_active = models.BooleanField("active", default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    deletion_requested_at = models.DateTimeField(null=True, blank=True, editable=False)
    erased_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Kept empty, because the log names it."
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        verbose_name = "account"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_account_per_email_address"),
            models.CheckConstraint(
                name="erased_account_is_empty",
                condition=Q(erased_at=None)
                | Q(
                    email__endswith=NOWHERE,
                    name=DELETED,
                    last_login=None,
                    deletion_requested_at=None,
                    is_active=False,
                    is_staff=False,
                    is_superuser=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name or self.email


class Profession(models.TextChoices):
    PHYSICIAN = "physician", "Physician"
    NURSE = "nurse", "Nurse"
    PHARMACIST = "pharmacist", "Pharmacist"
    SCIENTIST = "scientist", "Scientist or laboratory professional"
    ALLIED = "allied", "Allied health professional"
    STUDENT = "student", "Student of a health profession"
    OTHER = "other", "Other healthcare professional"


class StatementQuerySet(models.QuerySet["Statement"]):
    def current(self, at: datetime | None = None) -> Statement | None:
        """The wording in force at `at` (aware; default: now), or None before the first."""
        return self.filter(effective_from__lte=at or timezone.now()).order_by("-version").first()


class Statement(models.Model):
    """A version of the wording that readers attest to. A newer one asks everyone again."""

    version = models.PositiveIntegerField(unique=True, editable=False)
    text = models.TextField(
        help_text="What a reader confirms. A change is a new version: everyone is asked again."
    )
    effective_from = models.DateTimeField(default=timezone.now)

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = "attestation statement"
        ordering = ["-version"]
        constraints = [models.CheckConstraint(name="statement_has_text", condition=~Q(text=""))]

    def __str__(self) -> str:
        return f"Version {self.version}"


class AttestationQuerySet(models.QuerySet["Attestation"]):
    def valid(self, statement: Statement, at: datetime) -> Self:
        """Attestations to `statement` that have not run out at `at`."""
        return self.filter(
            statement=statement, attested_at__gt=at - timedelta(days=settings.ATTESTATION_DAYS)
        )


class Attestation(models.Model):
    """Evidence: somebody declared to be a healthcare professional. Append-only, no IP address.

    The opaque id is also in the browser's cookie. A browser that attested before signing in has two rows with
    the same id: the declaration, and its link to the account.
    """

    opaque_id = models.UUIDField(default=uuid.uuid4)
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="attestations")
    profession = models.CharField(max_length=20, choices=Profession, blank=True)
    country = models.CharField(max_length=2, choices=COUNTRIES, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="attestations",
    )
    attested_at = models.DateTimeField()

    objects = AttestationQuerySet.as_manager()

    class Meta:
        ordering = ["-attested_at"]
        constraints = [
            models.UniqueConstraint(fields=["opaque_id", "user"], name="one_attestation_per_id_and_account"),
        ]

    def __str__(self) -> str:
        return f"{self.opaque_id} ({self.attested_at:%Y-%m-%d})"


class PatientOrganisation(models.Model):
    """Where the gate sends people who are not healthcare professionals."""

    name = models.CharField(max_length=120, unique=True)
    url = models.URLField("address", max_length=300)
    description = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField(default=0, help_text="Smaller numbers come first.")

    class Meta:
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name
