"""The form of an article in the admin."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from articles.models import Article
from articles.publishing import contradictions
from portal.lib.admin_refusal import ShowsRefusal


class ArticleForm(ShowsRefusal):
    """Checks what can be checked before the rows around the article are saved.

    The rest is checked by `publishing.settle` over the saved rows; what it refuses comes back as `refusal`.
    """

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.fields["seen"].initial = self.instance.modified_at.isoformat()
        if "published_at" in self.fields:
            zone = timezone.get_current_timezone_name()
            self.fields["published_at"].help_text = (
                f"Time zone: {zone}. A scheduled article appears by itself at this time; left empty, a published"
                " one gets the time of saving."
            )

    def clean_body(self) -> str:
        """Browsers send "\\r\\n"; what is kept, searched and exported has "\\n"."""
        return self.cleaned_data["body"].replace("\r\n", "\n").replace("\r", "\n")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        self._refuse_to_overwrite()
        return cleaned

    def _post_clean(self) -> None:
        """As ModelForm's, but without the model's constraints: the dates that they ask for are set later, by
        `publishing.settle`, which checks them. Instead: what contradicts itself in any case, on its field.
        """
        self.instance.validate_constraints = lambda exclude=None: None
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        del self.instance.validate_constraints
        for field, messages in contradictions(self.instance, timezone.now()).items():
            self.add_error(field if field in self.fields else None, messages)

    def _refuse_to_overwrite(self) -> None:
        """Two editors: the later save must not undo the earlier. The row stays locked until this save is over."""
        if self.instance._state.adding:
            return
        stored = Article.objects.select_for_update().filter(pk=self.instance.pk).order_by()
        modified_at = stored.values_list("modified_at", flat=True).first()
        if modified_at is None:
            self.add_error(None, "This article has been deleted in the meantime.")
        elif modified_at.isoformat() != self.cleaned_data.get("seen"):
            local = timezone.localtime(modified_at)
            self.add_error(
                None,
                f"Somebody else saved this article at {local:%H:%M:%S} on {local:%d %B %Y}, after you had opened it."
                " Nothing of yours has been saved; everything that you typed is still in this form. Open the"
                " article in a second window and carry your changes over.",
            )
