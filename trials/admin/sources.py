"""Where figures were checked: pages and documents, chosen by their title beside the figures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Case, When
from django.http import HttpRequest

from trials.models import Observation, Publication, Result, Source, Trial

from .trial_rows import CodedForm


class SourcesField(forms.ModelMultipleChoiceField):
    """Codes of sources, chosen among their titles."""

    def __init__(self) -> None:
        super().__init__(
            Source.objects.order_by("title"),
            to_field_name="code",
            required=False,
            label="Sources",
            help_text="Where these figures were checked, if not in the publication itself.",
            widget=forms.CheckboxSelectMultiple(attrs={"class": "source-list"}),
        )

    def clean(self, value: Any) -> Any:
        return [source.code for source in super().clean(value)]


class SourcedForm(forms.ModelForm):
    """Mixin for the form of something that was checked against sources."""

    source_codes = SourcesField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.instance.source_codes
        if "source_codes" in self.fields and chosen:
            field: Any = self.fields["source_codes"]
            field.queryset = field.queryset.order_by(Case(When(code__in=chosen, then=0), default=1), "title")

    def clean_source_codes(self) -> list[str]:
        """Those that were there stay in their order; new ones come after them."""
        chosen, before = self.cleaned_data["source_codes"], self.instance.source_codes
        return [code for code in before if code in chosen] + [code for code in chosen if code not in before]


class SourceForm(CodedForm):
    named_by = ("title",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "code" in self.fields:
            self.fields["code"].help_text = "Files name it by this. Left empty, it is made from the title."


@admin.register(Source)
class SourceAdmin(admin.ModelAdmin):
    form = SourceForm
    fields = ("title", "url", "kind", "seen_as", "code")
    list_display = ("title", "kind", "seen_as")
    list_filter = ("kind",)
    search_fields = ("title", "url", "code")

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> tuple[str, ...]:
        """Figures name their sources by the code."""
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Source | None = None) -> bool:
        """What a figure was checked in stays."""
        return super().has_delete_permission(request, obj) and not (obj and is_named(obj))


def is_named(source: Source) -> bool:
    """Does anything name `source` as where it was checked?"""
    models = (Trial, Publication, Result, Observation)
    return any(
        model._default_manager.filter(source_codes__contains=[source.code]).exists() for model in models
    )
