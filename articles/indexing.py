"""What search knows of an article."""

from __future__ import annotations

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from .models import Article, SearchEntry

SHOWN = (Article.Status.SCHEDULED, Article.Status.PUBLISHED)


def enter_words(article: Article) -> None:
    """Note the words of `article`, whose text has been rendered and whose rows are saved."""
    objectives = " ".join(article.objectives.values_list("text", flat=True))
    numbers = " ".join(article.trial_identifiers.values_list("number", flat=True))
    head = (
        SearchVector(Value(article.title), weight="A", config="english")
        + SearchVector(Value(numbers), weight="A", config="simple")
        + SearchVector(Value(f"{objectives} {article.summary}"), weight="B", config="english")
    )
    vector = head + SearchVector(Value(article.body_text), weight="D", config="english")
    words = {"head": head, "vector": vector}
    SearchEntry.objects.update_or_create(article=article, defaults=words)


def enter_date(article: Article) -> None:
    """Let search show `article` from its publication on, or not at all; its words must have been noted."""
    shown_from = article.published_at if article.status in SHOWN else None
    SearchEntry.objects.filter(article=article).update(published_at=shown_from)
