"""Parts whose oddities may stand as published: their form asks for a reason for each, which is kept."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpRequest

from trials.models import Waiver

from . import checking
from .pages import PartAdmin, PartForm
from .sources import SourcedForm

REASON = re.compile(r"reason-([-\w]{1,40})", re.ASCII)
MAX_REASONS = 30
CHECKED: Any = (
    "Where it was checked",
    {"classes": ("collapse",), "fields": ("is_confirmed", "source_codes")},
)


class ReasonsForm(SourcedForm, PartForm):
    """With a field for the reason of each oddity: `reason-<code>`."""

    oddities: checking.Oddities = {}  # set by ReasonsAdmin.get_form
    waivers: dict[str, Waiver] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        typed = [match[1] for name in self.data or () if (match := REASON.fullmatch(name))]
        asked = getattr(self.refusal, "oddities", {})
        for code in list(dict.fromkeys([*asked, *self.oddities, *typed]))[:MAX_REASONS]:
            waiver = self.waivers.get(code)
            self.fields[f"reason-{code}"] = forms.CharField(
                label="Reason why this stands as published",
                required=code in asked,
                initial=waiver.reason if waiver else "",
                help_text=" ".join(asked.get(code) or self.oddities.get(code) or ["No longer odd."]),
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
            )

    def reason_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if REASON.fullmatch(name)]

    def reasons(self) -> dict[str, str]:
        """{code: reason} as typed."""
        return {
            match[1]: text.strip()
            for name, text in self.cleaned_data.items()
            if (match := REASON.fullmatch(name))
        }


class ReasonsAdmin(PartAdmin):
    """Of results and observations: refuses faults, asks for the reasons of oddities, and redraws the figures."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj:
            form.oddities = checking.oddities_of(obj)
            form.waivers = {waiver.check_code: waiver for waiver in obj.waivers.all()}
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        checking.check_row(form.instance, form.reasons(), str(getattr(request.user, "email", "")))
        checking.redraw(form.instance.trial)
        checking.tell_open(request, form.instance.trial, form.instance)
