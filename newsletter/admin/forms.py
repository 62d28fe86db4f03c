"""The form of an issue."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.html import format_html

from articles.rendering import SourceError
from newsletter import composing
from newsletter.checklist import GOOD_SUBJECT
from newsletter.models import Issue
from portal.lib.admin_freshness import fingerprint
from portal.lib.admin_refusal import ShowsRefusal

from . import when

STALE = (
    "Somebody else saved this issue after you had opened it. Nothing of yours has been saved; everything that you"
    " typed is still in this form. Open the issue in a second window and carry your changes over."
)
LENGTH = (
    '<length-hint data-input="id_subject"><span>{}</span> characters; {} to {} are read best, the weightiest words'
    " first.</length-hint>"
)


TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")  # embeddings, overrides and isolates of Unicode's UAX 9


def _in_one_direction(text: str) -> str:
    """`text`, unless it holds characters that let it read otherwise than it is written."""
    if TURNING.search(text):
        raise ValidationError(
            "This holds invisible characters that turn the direction of writing, so that programs show the words in"
            " another order. Type it anew, without copying."
        )
    return text


def seen(issue: Issue) -> str:
    """A digest of what editors wrote in the stored `issue`: another one means that somebody saved in between."""
    tables: Iterable[QuerySet] = (
        Issue.objects.filter(pk=issue.pk),
        issue.entries.all(),
        Issue.topics.through.objects.filter(issue=issue.pk),
    )
    return fingerprint(tables)


class IssueForm(ShowsRefusal):
    """A draft. From its check to the end of the save the issue is locked against every other step."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    language = forms.ChoiceField()
    send_at = forms.SplitDateTimeField(
        label="Send at",
        required=False,
        widget=AdminSplitDateTime,
        help_text="As the clock shows it in the time zone below.",
    )
    time_zone = forms.ChoiceField(choices=when.zones)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        issue = self.instance
        self.fields["language"].choices = list(settings.NEWSLETTER_LANGUAGES.items())  # type: ignore[attr-defined]
        if not issue._state.adding:
            self.fields["seen"].initial = seen(issue)
        if issue.local_send_at:
            self.initial["send_at"] = issue.local_send_at.replace(tzinfo=None)
        if "subject" in self.fields:
            stated = self.data.get(self.add_prefix("subject")) if self.is_bound else issue.subject
            hint = format_html(LENGTH, len(stated or ""), GOOD_SUBJECT.start, GOOD_SUBJECT.stop - 1)
            self.fields["subject"].help_text = hint

    def clean_subject(self) -> str:
        return _in_one_direction(" ".join(self.cleaned_data["subject"].split()))

    def clean_funding_statement(self) -> str:
        return _in_one_direction(self.cleaned_data["funding_statement"])

    def clean_introduction(self) -> str:
        """Browsers send "\\r\\n"; what is kept has "\\n"."""
        return self.cleaned_data["introduction"].replace("\r\n", "\n").replace("\r", "\n")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        self._refuse_to_overwrite()
        clock: datetime | None = cleaned.get("send_at")
        if clock and cleaned.get("time_zone"):
            try:
                cleaned["send_at"] = when.at(clock.replace(tzinfo=None), cleaned["time_zone"])
            except ValidationError as error:
                self.add_error("send_at", error)
        return cleaned

    def _refuse_to_overwrite(self) -> None:
        if self.instance._state.adding:
            return
        stored = Issue.objects.select_for_update().filter(pk=self.instance.pk).order_by().first()
        if stored is None:
            self.add_error(None, "This issue has been deleted in the meantime.")
        elif stored.status != Issue.Status.DRAFT:
            status = stored.get_status_display().lower()
            text = f"This issue is {status} by now, so nothing of yours has been saved. Open it anew to see how it is."
            self.add_error(None, text)
        elif seen(stored) != self.cleaned_data.get("seen"):
            self.add_error(None, STALE)

    def _post_clean(self) -> None:
        """As ModelForm's; what is wrong in the introduction is said with its line."""
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        if "introduction" in self.errors:
            return
        try:
            composing.derive(self.instance)
        except SourceError as error:
            self.add_error("introduction", ValidationError([str(problem) for problem in error.problems]))
