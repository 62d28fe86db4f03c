"""The address of a comparison: which trials, in which order, each at which of its analyses."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.db.models.functions import Lower
from django.http import QueryDict
from django.urls import reverse

from .comparability import MOST
from .models import Trial


class Choice(NamedTuple):
    slug: str
    acronym: str


@dataclass(frozen=True)
class Selection:
    """`trials`: slugs in the reader's order. `cuts`: slug → code of the analysis that was asked for."""

    trials: tuple[str, ...] = ()
    cuts: tuple[tuple[str, str], ...] = ()

    def with_trial(self, slug: str) -> Selection:
        return replace(self, trials=(*self.trials, slug))

    def without(self, slug: str) -> Selection:
        return Selection(
            tuple(one for one in self.trials if one != slug),
            tuple(cut for cut in self.cuts if cut[0] != slug),
        )

    def address(self, name: str = "trials:compare") -> str:
        """The path of the comparison, or of its other form, with everything that was chosen."""
        chosen = [("trial", slug) for slug in self.trials]
        chosen += [("cut", f"{slug}:{code}") for slug, code in self.cuts]
        return f"{reverse(name)}?{urlencode(chosen)}" if chosen else reverse(name)


class ManyTexts(forms.Field):
    """All values of a parameter in their order, without the empty ones that an unused select sends."""

    widget = forms.SelectMultiple

    def to_python(self, value: Any) -> list[str]:
        return [text for text in value or [] if text.strip()]


class CompareForm(forms.Form):
    """Valid with any number of trials up to 4: how many a comparison needs is for the page to say."""

    trial = ManyTexts(required=False, label="Trials")
    cut = ManyTexts(required=False, label="Analyses")

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.given = data.getlist("trial")
        rows = Trial.objects.published().order_by(Lower("acronym"), "pk").values_list("slug", "acronym")
        self.choices = [Choice(*row) for row in rows]

    def clean_trial(self) -> tuple[str, ...]:
        slugs: list[str] = self.cleaned_data["trial"]
        if len(slugs) > MOST:
            raise forms.ValidationError(
                f"A comparison shows at most {MOST} trials. The address names {len(slugs)}."
            )
        known = {choice.slug for choice in self.choices}
        if unknown := [slug for slug in slugs if slug not in known]:
            raise forms.ValidationError([f"There is no trial “{shortened(slug)}” here." for slug in unknown])
        if len(set(slugs)) < len(slugs):
            raise forms.ValidationError("A trial was chosen twice. Choose each trial once.")
        return tuple(slugs)

    def clean_cut(self) -> tuple[tuple[str, str], ...]:
        """Those of trials that are not compared (any more) are left out; whether one exists, the page knows."""
        pairs = [text.partition(":") for text in self.cleaned_data["cut"]]
        if any(not (slug and code) for slug, _, code in pairs):
            raise forms.ValidationError("An analysis is named by its trial, a colon and its code.")
        compared = self.cleaned_data.get("trial", ())
        cuts = [(slug, code) for slug, _, code in pairs if slug in compared]
        if len(dict(cuts)) < len(cuts):
            raise forms.ValidationError("Two analyses of one trial were chosen. Choose one for each trial.")
        return tuple(cuts)

    @property
    def selection(self) -> Selection:
        """What was chosen; only of a valid form."""
        return Selection(self.cleaned_data["trial"], self.cleaned_data["cut"])

    @property
    def filled(self) -> list[str]:
        """What the selects of the form show: the known trials of the address, once each, and then nothing."""
        known = {choice.slug for choice in self.choices}
        slugs = list(dict.fromkeys(slug for slug in self.given if slug in known))[:MOST]
        return slugs + [""] * (MOST - len(slugs))

    @property
    def others(self) -> list[tuple[Choice, str]]:
        """The trials that can be added, each with the address that does it; none once 4 are compared."""
        chosen = self.selection
        if len(chosen.trials) >= MOST:
            return []
        return [
            (choice, chosen.with_trial(choice.slug).address())
            for choice in self.choices
            if choice.slug not in chosen.trials
        ]


def shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
