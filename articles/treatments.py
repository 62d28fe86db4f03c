"""The page of a drug: where it is found, and what is known of it besides its articles."""

from __future__ import annotations

from datetime import datetime
from itertools import chain

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Lower
from django.http import Http404
from django.utils.text import slugify

from trials.models import Arm, Drug, DrugName, Trial

from .models import Article


def drug_at(slug: str) -> Drug:
    """The drug with this slug, otherwise the first with a name that is written like it. Raises Http404."""
    drugs = Drug.objects.select_related("drug_class").prefetch_related("names")
    drug = drugs.filter(slug=slug).first() or drugs.filter(pk__in=_named_like(slug)).first()
    if drug is None:
        raise Http404("There is no such treatment here.")
    return drug


def _named_like(slug: str) -> list[int]:
    """Key of the first drug with a name that gives `slug`, if any, so that /treatments/velcade/ answers too."""
    own = Drug.objects.order_by("pk").values_list("pk", "name")
    other = DrugName.objects.order_by("pk").values_list("drug", "name")
    return [pk for pk, name in chain(own, other) if slug.lower() in (slugify(name), name)][:1]


def trials_with(drug: Drug) -> QuerySet[Trial]:
    """The published trials in which `drug` is given, by acronym: one query, however many."""
    arms = Arm.objects.filter(trial=OuterRef("pk"), drugs=drug)
    return Trial.objects.published().filter(Exists(arms)).order_by(Lower("acronym"), "pk")


def drugs_with_pages(at: datetime) -> QuerySet[Drug]:
    """The drugs whose pages list something at `at`: a published article or trial."""
    articles = Article.objects.published(at).filter(treatments=OuterRef("pk"))
    arms = Arm.objects.filter(drugs=OuterRef("pk"), trial__is_published=True)
    return Drug.objects.filter(Exists(articles) | Exists(arms)).order_by("slug")
