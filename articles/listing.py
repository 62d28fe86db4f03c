"""Lists of articles: filters, the index of topics, and what is related to what."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.utils.text import capfirst

from portal.lib.facets import Counted, FacetForm, R, RowFacet
from trials.models import Drug

from .models import Article, Topic

COUNTED = (
    1000  # rows of a list; of longer ones it is said that they are longer, so that no list counts them all
)
LOOKED_AT = 8  # articles of each trial, treatment and topic, for what to read next


class SubjectFacet(RowFacet):
    """Of a list that is not counted to its end the values are named without numbers."""

    def count(self, field: Any, shown: QuerySet[Any]) -> Iterable[Counted]:
        if shown.order_by()[: COUNTED + 1].count() <= COUNTED:
            return super().count(field, shown)
        there = field.queryset.filter(Exists(shown.order_by().filter(**{self.path: OuterRef("pk")})))
        return [Counted(str(field.prepare_value(row)), str(row), None) for row in there]


class TreatmentFacet(SubjectFacet):
    """Drugs begin with a capital in a list, like topics, however the trials write them."""

    def count(self, field: Any, shown: QuerySet[Any]) -> Iterable[Counted]:
        return [drug._replace(label=capfirst(drug.label)) for drug in super().count(field, shown)]


class FilterForm(FacetForm):
    """The list's address."""

    topic = forms.ModelMultipleChoiceField(Topic.objects.all(), to_field_name="slug", required=False)
    treatment = forms.ModelMultipleChoiceField(Drug.objects.all(), to_field_name="slug", required=False)

    FACETS = {
        "topic": SubjectFacet("Topic", "topics"),
        "treatment": TreatmentFacet("Treatment", "treatments"),
    }

    def narrow(self, rows: R, *, without: Collection[str] = ()) -> R:
        """As everywhere, but the server alone knows which rows the filters let through: they may be very many."""
        for name, facet in self.FACETS.items():
            if name not in without and self.chosen(name):
                rows = rows.filter(facet.condition(rows.model, self.chosen(name)))
        return rows


def topics_with_latest(at: datetime, *, length: int = 3) -> list[Topic]:
    """Topics that have articles, each with `article_count` (see `TopicQuerySet`) and its `latest`, in two queries."""
    topics = {t.pk: t for t in Topic.objects.with_article_counts(at) if t.article_count}  # type: ignore[attr-defined]
    for topic in topics.values():
        topic.latest = []  # type: ignore[attr-defined]  # for the template
    newest = [
        topic.articles.published(at).newest_first().annotate(of=Value(pk)).only("title", "slug")[:length]
        for pk, topic in topics.items()
    ]
    for article in newest[0].union(*newest[1:], all=True) if newest else ():
        topics[article.of].latest.append(article)  # type: ignore[attr-defined]  # set above
    return list(topics.values())


@dataclass(frozen=True)
class Related:
    article: Article
    reason: str  # for example "also on pomalidomide"


def related_to(article: Article, at: datetime, *, length: int = 3) -> list[Related]:
    """Published articles that share most with `article`: a trial first, then treatments, then topics. One query.

    Looked at are the newest of each trial, treatment and topic, so that it takes no longer when there are many.
    """
    subjects: dict[str, dict[Any, str]] = {
        "trial_identifiers__number": {t.number: t.number for t in article.trial_identifiers.all()},
        "treatments": {drug.pk: drug.name for drug in article.treatments.all()},
        "topics": {topic.pk: topic.name for topic in article.topics.all()},
    }
    others = Article.objects.published(at).exclude(pk=article.pk)
    newest = [
        others.filter(**{path: key}).newest_first().values("pk")[:LOOKED_AT]
        for path, names in subjects.items()
        for key in names
    ]
    if not newest:
        return []
    candidates = Article.objects.filter(pk__in=newest[0].union(*newest[1:])).without_texts()
    shared = {f"same_{n}": _shared(path, names) for n, (path, names) in enumerate(subjects.items())}
    best = sorted(candidates.annotate(**shared), key=_likeness, reverse=True)[:length]
    return [Related(other, _reason(other, list(subjects.values()))) for other in best]


def _shared(path: str, keys: Collection[Any]) -> ArraySubquery:
    """Which of `keys` an article has at `path`."""
    rows = Article.objects.filter(pk=OuterRef("pk"), **{f"{path}__in": list(keys)}).order_by()
    return ArraySubquery(rows.values(path))


def _likeness(other: Any) -> tuple[Any, ...]:
    return *(len(shared or ()) for shared in _all_shared(other)), other.published_at, other.pk


def _all_shared(other: Any) -> tuple[list[Any] | None, ...]:
    """Of trials, treatments and topics; None where the article has none."""
    return other.same_0, other.same_1, other.same_2


def _reason(other: Any, names: list[dict[Any, str]]) -> str:
    """Why `other` is offered; `names` are those of the trials, treatments and topics of the article, in its order."""
    trials, treatments, topics = (
        [name for key, name in of_kind.items() if key in (shared or ())]
        for of_kind, shared in zip(names, _all_shared(other), strict=True)
    )
    if trials:
        return f"also on {' and '.join(sorted(trials))}"
    if treatments:
        return f"also on {' and '.join(name.lower() for name in treatments[:2])}"
    return f"also in {topics[0]}"
