"""Accounts, statements and the evidence of attestation: for administrators."""

from __future__ import annotations

from typing import Any

import allauth.mfa.admin
import allauth.usersessions.admin  # noqa: F401  (registers; both are replaced below)
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django import forms
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm
from django.contrib.auth.forms import UserChangeForm as DjangoUserChangeForm
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Max
from django.http import HttpRequest
from django.utils import timezone

from . import audit, deletion, second_factor
from .models import Attestation, PatientOrganisation, Statement, User


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that may be looked at and nothing else: evidence."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False


class VersionedAdmin(admin.ModelAdmin):
    """Wordings that people agreed to: a change is a new version, and the old ones stay as they were."""

    fields = ("text", "effective_from")
    list_display = ("__str__", "effective_from", "text")

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Number the new version. The table is locked until it is saved: two at once get two numbers."""
        with connection.cursor() as cursor:
            table = connection.ops.quote_name(self.opts.db_table)
            cursor.execute(f"LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE")
        newest = self.model._default_manager.aggregate(newest=Max("version"))["newest"]
        obj.version = (newest or 0) + 1
        super().save_model(request, obj, form, change)


LAST_ADMINISTRATOR = "Nobody else can administer the site. Make somebody else a superuser first."


class FreeAddress(forms.ModelForm):
    """One account for each address, whatever its case."""

    def clean_email(self) -> str:
        email = User.objects.normalize_email(self.cleaned_data["email"])
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError("Another account has this address.")
        return email


class NewUserForm(FreeAddress, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


class UserForm(FreeAddress, DjangoUserChangeForm):
    def clean(self) -> dict[str, Any]:
        """The site keeps somebody who can administer it."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        taken = [right for right in ("is_active", "is_staff", "is_superuser") if not cleaned.get(right)]
        if taken and deletion.is_last_administrator(self.instance):
            self.add_error(taken[0], LAST_ADMINISTRATOR)
        return cleaned


@admin.register(User)
class UserAdmin(DjangoUserAdmin):
    form = UserForm
    add_form = NewUserForm
    fieldsets = (
        (None, {"fields": ("email", "name", "password")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Dates", {"fields": ("date_joined", "last_login")}),
    )
    add_fieldsets = (
        (
            None,
            {"classes": ("wide",), "fields": ("email", "name", "usable_password", "password1", "password2")},
        ),
    )
    readonly_fields = ("date_joined", "last_login")
    list_display = ("email", "name", "is_staff", "is_active", "date_joined")
    list_filter = ("is_staff", "is_superuser", "is_active", "groups")
    search_fields = ("email", "name")
    ordering = ("email",)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """An address that is no longer the account's stops opening it; the new one must be confirmed."""
        super().save_model(request, obj, form, change)
        former = EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email)
        audit.forget_names(EmailAddress, list(former.values_list("pk", flat=True)))
        former.delete()

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[str]]:
        """Deleting is erasing: what goes is the app's affair, and the log of what they did stays.

        The last administrators are named as protected.
        """
        accounts = list(objs)
        kept = [one for one in accounts if one.is_superuser]
        protected = [str(one) for one in kept] if deletion.are_last_administrators(kept) else []
        return [str(one) for one in accounts], {"accounts": len(accounts)}, set(), protected

    def delete_model(self, request: HttpRequest, obj: User) -> None:
        deletion.erase(obj, now=timezone.now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for account in queryset:
            deletion.erase(account, now=timezone.now())


@admin.register(Statement)
class StatementAdmin(VersionedAdmin):
    pass


@admin.register(Attestation)
class AttestationAdmin(ReadOnlyAdmin):
    list_display = ("opaque_id", "statement", "profession", "country", "attested_at", "has_account")
    list_filter = ("statement", "profession", "attested_at")
    date_hierarchy = "attested_at"
    list_select_related = ("statement",)

    @admin.display(boolean=True, description="With an account")
    def has_account(self, attestation: Attestation) -> bool:
        return attestation.user_id is not None


@admin.register(PatientOrganisation)
class PatientOrganisationAdmin(admin.ModelAdmin):
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}
    list_display = ("name", "url", "position")
    search_fields = ("name",)


admin.site.unregister(Authenticator)  # allauth's shows the secrets, and lets them be typed
admin.site.unregister(UserSession)  # and its search names a column that our accounts do not have


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """For the day on which somebody has lost app, key and codes: an administrator takes theirs away."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_select_related = ("user",)
    search_fields = ("user__email",)
    fields = ("user", "type", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_superuser)

    def delete_model(self, request: HttpRequest, obj: Authenticator) -> None:
        second_factor.take_away(obj)

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        for factor in queryset.select_related("user"):
            second_factor.take_away(factor)


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyAdmin):
    """Who did what to which row, and when. PostgreSQL refuses to change it."""

    list_display = ("action_time", "user", "action", "content_type", "object_repr", "change")
    list_filter = ("action_flag", "content_type", "action_time")
    list_select_related = ("user", "content_type")
    search_fields = ("object_repr", "user__email", "change_message")
    date_hierarchy = "action_time"
    fields = ("action_time", "user", "action", "content_type", "object_id", "object_repr", "change")
    readonly_fields = fields

    def has_view_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    @admin.display(description="action")
    def action(self, entry: LogEntry) -> str:
        return str(entry.get_action_flag_display())

    @admin.display(description="what was done")
    def change(self, entry: LogEntry) -> str:
        return entry.get_change_message()
