"""Forms that ask why something odd may stand as published: a reason for each oddity, which is kept."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.http import HttpRequest

from portal.lib.admin_refusal import RefusingAdmin
from trials.checks.of_rows import RowFinding
from trials.models import Waiver

from . import checking
from .pages import PartAdmin, PartForm
from .sources import SourcedForm

REASON = re.compile(r"reason-[-\w]{1,60}", re.ASCII)
MAX_REASONS = 60
ANSWERED = "Asked when you saved; it is checked again."
CHECKED: Any = (
    "Where it was checked",
    {"classes": ("collapse",), "fields": ("is_confirmed", "source_codes")},
)


class AskingForm(forms.ModelForm):
    """With a field for the reason of each oddity; `checking.questions` gives their names."""

    refusal: Any = None  # set by RefusingAdmin.get_form
    own: checking.Questions = {}  # what is odd about the stored row; set by ReasonsAdmin.get_form

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked: checking.Questions = getattr(self.refusal, "questions", {})
        typed = [name for name in self.data or () if REASON.fullmatch(name)]
        names = list(asked) or [*self.own, *typed]  # what is asked for is all that is odd in what was typed
        for name in list(dict.fromkeys(names))[:MAX_REASONS]:
            found = asked.get(name) or self.own.get(name)
            self.fields[name] = forms.CharField(
                label="Reason why this stands as published",
                required=name in asked,
                initial=found.waiver.reason if found and found.waiver else "",
                help_text=question(found) if found else ANSWERED,
                max_length=2000,
                widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
            )

    def reason_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if REASON.fullmatch(name)]

    def reasons(self) -> checking.Reasons:
        """{name of the field: reason} as typed."""
        return {name: text.strip() for name, text in self.cleaned_data.items() if REASON.fullmatch(name)}


def question(found: RowFinding) -> str:
    """What is odd, and the reason that was given while other numbers stood there."""
    text = f"{found.finding.where}: {found.finding.message}"
    earlier: Waiver | None = None
    if found.row and not found.waiver:
        earlier = found.row.waivers.filter(check_code=found.finding.code).last()
    if earlier is None:
        return text
    numbers = f" for {earlier.numbers}" if earlier.numbers else ""
    return f"{text} The reason given{numbers} was: “{earlier.reason}”"


class ReasonsForm(AskingForm, SourcedForm, PartForm):
    """Of a result or an observation."""


class AskingAdmin(RefusingAdmin):
    """Knows what was odd before a save, so that what the save makes odd can be asked for."""

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        trial = form.trial()
        request.known = checking.known(trial) if trial.pk else frozenset()  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)


def giver(request: HttpRequest) -> str:
    """Under whose name a reason is kept."""
    return str(getattr(request.user, "email", ""))


class ReasonsAdmin(AskingAdmin, PartAdmin):
    """Of results and observations: refuses faults, asks for the reasons of oddities, and redraws the figures."""

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        if obj:
            form.own = checking.questions_of(obj)
        return form

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        row = form.instance
        checking.check_row(row, request.known, form.reasons(), giver(request))  # type: ignore[attr-defined]
        checking.redraw(row.trial)
        checking.tell_open(request, row.trial, row)
