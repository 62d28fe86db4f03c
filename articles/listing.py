"""Lists of articles: filters, the index of topics, and what is related to what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.db.models import Count, Prefetch, Q, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils.text import capfirst

from portal.lib.facets import Counted, FacetForm, RowFacet
from trials.models import Drug

from .models import Article, Topic


class TreatmentFacet(RowFacet):
    """Drugs begin with a capital in a list, like topics, however the trials write them."""

    def count(self, field: Any, shown: QuerySet[Any]) -> Iterable[Counted]:
        return [drug._replace(label=capfirst(drug.label)) for drug in super().count(field, shown)]


class FilterForm(FacetForm):
    """The list's address."""

    topic = forms.ModelMultipleChoiceField(Topic.objects.all(), to_field_name="slug", required=False)
    treatment = forms.ModelMultipleChoiceField(Drug.objects.all(), to_field_name="slug", required=False)

    FACETS = {
        "topic": RowFacet("Topic", "topics"),
        "treatment": TreatmentFacet("Treatment", "treatments"),
    }


def topics_with_latest(at: datetime, *, length: int = 3) -> list[Topic]:
    """Topics that have articles, each with `article_count` and its `latest` articles, in two queries."""
    through = Article.topics.through
    newest = Window(RowNumber(), partition_by="topic_id", order_by=["-article__published_at", "-article_id"])
    ranked = (
        through.objects.filter(article__in=Article.objects.published(at).values("pk"))
        .annotate(place=newest)
        .filter(place__lte=length)  # type: ignore[misc]  # mypy forgets what a through model is annotated with
        .order_by("place")
        .select_related("article")
        .defer("article__body", "article__body_html", "article__body_text", "article__search_vector")
    )
    topics = list(Topic.objects.with_article_counts(at))
    latest: dict[int, list[Article]] = {topic.pk: [] for topic in topics}
    for row in ranked:
        latest[row.topic_id].append(row.article)
    for topic in topics:
        topic.latest = latest[topic.pk]  # type: ignore[attr-defined]  # for the template
    return topics


@dataclass(frozen=True)
class Related:
    article: Article
    reason: str  # for example "also on pomalidomide"


def related_to(article: Article, at: datetime, *, length: int = 3) -> list[Related]:
    """Published articles that share most with `article`: a trial first, then treatments, then topics."""
    trials = [t.number for t in article.trial_identifiers.all()]
    treatments, topics = list(article.treatments.all()), list(article.topics.all())
    candidates = (
        Article.objects.published(at)
        .exclude(pk=article.pk)
        .annotate(
            same_trials=Count(
                "trial_identifiers", filter=Q(trial_identifiers__number__in=trials), distinct=True
            ),
            same_treatments=Count("treatments", filter=Q(treatments__in=treatments), distinct=True),
            same_topics=Count("topics", filter=Q(topics__in=topics), distinct=True),
        )
        .filter(Q(same_trials__gt=0) | Q(same_treatments__gt=0) | Q(same_topics__gt=0))
        .order_by("-same_trials", "-same_treatments", "-same_topics", "-published_at", "-pk")
        .defer("body", "body_html", "body_text", "contents", "search_vector")
        .prefetch_related("trial_identifiers", "treatments", "topics", Prefetch("objectives"))
    )
    return [Related(other, _reason(article, other)) for other in candidates[:length]]


def _reason(article: Article, other: Article) -> str:
    trials = {t.number for t in article.trial_identifiers.all()} & {
        t.number for t in other.trial_identifiers.all()
    }
    if trials:
        return f"also on {' and '.join(sorted(trials))}"
    shared = _shared(article.treatments.all(), other.treatments.all())
    if shared:
        return f"also on {' and '.join(name.lower() for name in shared[:2])}"
    return f"also in {_shared(article.topics.all(), other.topics.all())[0]}"


def _shared(mine: QuerySet[Any], theirs: QuerySet[Any]) -> list[str]:
    subjects: list[Drug | Topic] = list(mine)
    others = set(theirs)
    return [subject.name for subject in subjects if subject in others]
