"""Trials by what people call them: acronym, title, registry number, drugs, brands, codes, regimens, classes."""

from __future__ import annotations

import re
from typing import Any

from django.db.models import Case, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Lower, Replace

from .models import Arm, Drug, DrugName, Regimen, Trial, TrialIdentifier

MOST_SHOWN = 5  # trials beside articles
MOST_WORDS = 8
SHORT = 3  # letters: shorter words, such as "Rd", must be a whole word of a name
LEAST_DIGITS = 5  # of a part of a registry number; fewer, if the registry is named, could not be a year
STOP_WORDS = {
    "a",
    "an",
    "and",
    "for",
    "in",
    "of",
    "or",
    "plus",
    "study",
    "the",
    "trial",
    "versus",
    "vs",
    "with",
}


def first_trials(text: str) -> dict[str, Any]:
    """The best `trials` for `text`, at most MOST_SHOWN, and their `trial_count`: two queries."""
    found = search(text)
    return {"trials": list(found.prefetch_related("arms")[:MOST_SHOWN]), "trial_count": found.count()}


def search(text: str) -> QuerySet[Trial]:
    """Published trials that match `text`, best first: by acronym, then by number or regimen, then by anything else."""
    trials = Trial.objects.published()
    if not text.strip():
        return trials.none()
    exact = text.strip()
    regimens = Arm.objects.filter(Q(label__iexact=exact) | Q(regimen__abbreviation__iexact=exact))
    rank = Case(
        When(acronym__iexact=exact, then=Value(3)),
        When(acronym__istartswith=exact, then=Value(2)),
        When(pk__in=regimens.values("trial"), then=Value(1)),
        default=Value(0),
        output_field=IntegerField(),
    )
    return matching(trials, text).annotate(rank=rank).order_by("-rank", Lower("acronym"), "pk")


def matching(trials: QuerySet[Any], text: str) -> QuerySet[Any]:
    """`trials` whose registry number has `text` in it, or that match every word of `text`."""
    condition = Q()
    for word in words(text):
        condition &= _has(word)
    if not condition:
        condition = Q(pk__in=[])
    if digits := number_in(text):
        condition |= _registered_as(digits)
    return trials.filter(condition)


def words(text: str) -> list[str]:
    """The words of `text` without the punctuation around them."""
    stripped = (re.sub(r"^\W+|\W+$", "", word) for word in text.split())
    return [word for word in stripped if word and word.lower() not in STOP_WORDS][:MOST_WORDS]


def number_in(text: str) -> str:
    """The registry number, or part of one, that `text` is: without spaces, dashes and the name of the registry."""
    compact = re.sub(r"[\W_]", "", text).upper()
    registry, digits = re.fullmatch(r"(NCT|ISRCTN|EUDRACT|EUCT|CTIS)?(.*)", compact, re.DOTALL).groups()  # type: ignore[union-attr]  # matches anything
    is_number = digits.isascii() and digits.isdigit()
    return digits if is_number and len(digits) >= LEAST_DIGITS - bool(registry) else ""


def _registered_as(digits: str) -> Q:
    numbers = TrialIdentifier.objects.annotate(compact=Replace("number", Value("-"), Value("")))
    return Q(pk__in=numbers.filter(compact__contains=digits).values("trial"))


def _has(word: str) -> Q:
    """Trials that have `word` in one of their names, or in a name of what they gave."""
    drugs = Drug.objects.filter(
        _named("name", word)
        | _named("drug_class__name", word)
        | Q(drug_class__code__iexact=word)
        | Q(pk__in=DrugName.objects.filter(_named("name", word)).values("drug"))
    )
    regimens = Regimen.objects.filter(Q(abbreviation__iexact=word) | _named("synonyms", word))
    own = _named("acronym", word) | _named("title", word)
    numbers = TrialIdentifier.objects.filter(number__icontains=word)
    return (
        own
        | Q(pk__in=Arm.objects.filter(_named("label", word)).values("trial"))
        | Q(pk__in=Arm.objects.filter(drugs__in=drugs.values("pk")).values("trial"))
        | Q(pk__in=Arm.objects.filter(regimen__in=regimens.values("pk")).values("trial"))
        | Q(pk__in=Arm.objects.filter(regimen_options__in=regimens.values("pk")).values("trial"))
        | (Q(pk__in=numbers.values("trial")) if len(word) > SHORT else Q())
    )


def _named(field: str, word: str) -> Q:
    """Rows whose `field` contains `word`: anywhere, or as a whole word if it is short."""
    if len(word) > SHORT:
        return Q(**{f"{field}__icontains": word})
    return Q(**{f"{field}__iregex": rf"\m{re.escape(word)}\M"})
