"""Two editors with the same form open: the later save must not undo the earlier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet

from portal.lib.admin_freshness import fingerprint
from portal.lib.admin_refusal import ShowsRefusal
from trials.models import Trial

from .constraints import SaysWhere


class GuardedForm(SaysWhere, ShowsRefusal):
    """A form over a trial, or a part of one, and the rows that are saved with it.

    From its check to the end of the save the trial is locked, so that its parts are saved one after the other.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["seen"].initial = fingerprint(self.tables())

    def tables(self) -> Iterable[QuerySet]:
        """Everything that this form shows and saves."""
        raise NotImplementedError

    def trial(self) -> Trial:
        return self.instance.trial

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        Trial.objects.select_for_update().filter(pk=self.trial().pk).order_by().first()
        if not self.instance._state.adding and fingerprint(self.tables()) != self.cleaned_data.get("seen"):
            self.add_error(
                None,
                "Somebody else saved this after you had opened it. Nothing of yours has been saved; everything that"
                " you typed is still in this form. Open it in a second window and carry your changes over.",
            )
        return cleaned
