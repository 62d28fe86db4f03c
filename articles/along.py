"""The page of an article in one query: the short lists around it come along as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Model, OuterRef, TextField
from django.db.models.functions import Cast, JSONObject

from trials import json_rows
from trials.models import Drug

from .models import (
    Article,
    Contribution,
    Disclosure,
    KeyPoint,
    LearningObjective,
    Person,
    Reference,
    Topic,
    TrialIdentifier,
)
from .models.articles import ArticleQuerySet

SHORT: dict[
    str, tuple[type[Model], str]
] = {  # attribute of an article → its rows, and how they name the article
    "topics": (Topic, "articles"),
    "treatments": (Drug, "articles"),
    "objectives": (LearningObjective, "article"),
    "key_points": (KeyPoint, "article"),
    "trial_identifiers": (TrialIdentifier, "article"),
    "references": (Reference, "article"),
}


def with_surroundings(articles: ArticleQuerySet) -> ArticleQuerySet:
    """`articles` with everything that the page of one shows, to be read by `surrounded`."""
    columns = {
        f"{name}_along": json_rows.column(model._default_manager.filter(**{path: OuterRef("pk")}))
        for name, (model, path) in SHORT.items()
    }
    return (
        articles.select_related("hero")
        .defer("body", "body_text")
        .annotate(**columns, contributions_along=_contributions())
    )


def surrounded(article: Article) -> Article:
    """`article`, from `with_surroundings`, with its lists as if they had been prefetched."""
    for name, (model, _) in SHORT.items():
        put(article, name, json_rows.instances(model, getattr(article, f"{name}_along")))
    rows = json_rows.instances(Contribution, article.contributions_along)  # type: ignore[attr-defined]  # annotated
    put(article, "contributions", map(_contribution, rows))
    return article


def _contributions() -> ArraySubquery:
    """Those of an article, each with its `person` and what that person `declared`, newest first."""
    person = JSONObject(**{f.attname: f"person__{f.attname}" for f in Person._meta.concrete_fields})
    disclosures = Disclosure.objects.filter(person=OuterRef("person")).order_by("-declared_on")
    declared = JSONObject(declared_on=Cast("declared_on", TextField()), statement="statement")
    return json_rows.column(
        Contribution.objects.filter(article=OuterRef("pk")),
        person_row=person,
        declared=ArraySubquery(disclosures.values(row=declared)),
    )


def _contribution(row: Contribution) -> Contribution:
    [person] = json_rows.instances(Person, [row.person_row])  # type: ignore[attr-defined]  # came along
    disclosures = [
        Disclosure(
            person=person, declared_on=date.fromisoformat(made["declared_on"]), statement=made["statement"]
        )
        for made in row.declared  # type: ignore[attr-defined]  # came along
    ]
    put(person, "disclosures", disclosures)
    row.person = person
    return row


def put(row: Model, name: str, rows: Iterable[Model]) -> None:
    """Let `row.name.all()` answer `rows` without a query, as Django does for what it prefetched."""
    found = getattr(row, name).all()
    found._result_cache = list(rows)
    found._prefetch_done = True
    vars(row).setdefault("_prefetched_objects_cache", {})[name] = found
