"""Saves that are checked over the rows as they were really stored: refused, they leave no trace but the form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse


class Refused(Exception):
    """Raised out of a save, so that its transaction is rolled back.

    errors  {field: messages} of the form; what names no field of it is shown above the form
    rows    {prefix of a row's form: {field: messages}}
    """

    def __init__(
        self, errors: dict[str, list[str]], rows: dict[str, dict[str, list[str]]] | None = None
    ) -> None:
        super().__init__(errors, rows)
        self.errors = errors
        self.rows = rows or {}


class ShowsRefusal(forms.ModelForm):
    """Mixin for the form of a RefusingAdmin: shows why the save was refused like any other error."""

    refusal: Refused | None = None  # set by RefusingAdmin.get_form

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.refusal:
            for field, messages in self.refusal.errors.items():
                self.add_error(field if field in self.fields else None, messages)
            if not self.refusal.errors:
                self.add_error(None, "Nothing has been saved: see the rows below.")
        return cleaned


class RefusingAdmin(admin.ModelAdmin):
    """Its `save_related` may raise Refused once everything is stored."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.refusal = getattr(request, "refusal", None)
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """As Django's; a refused save is undone and the same form shown again, with what was typed and why."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refused as refused:
            refusal = refused
        except IntegrityError as error:  # two editors at the same moment: no form can see the other's rows
            constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None) or "a rule"
            refusal = Refused({"": [f"The database refused this: {constraint.replace('_', ' ')}."]})
        request.refusal = refusal  # type: ignore[attr-defined]  # for get_form
        return super().changeform_view(request, object_id, form_url, extra_context)
