"""Search over title, objectives, trial numbers and text, on PostgreSQL's full-text index."""

from __future__ import annotations

import re
from datetime import datetime
from functools import reduce
from operator import and_, or_

from django import forms
from django.contrib.postgres.search import SearchHeadline, SearchQuery, SearchRank
from django.core.paginator import Page
from django.db.models import F
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portal.lib.pages import page_of
from trials.synonyms import drugs_in

from .models import Article
from .models.articles import ArticleQuerySet

START, STOP = "\ue000", "\ue001"  # private-use characters: they mark the hits until the rest has been escaped


class SearchForm(forms.Form):
    q = forms.CharField(max_length=200, required=False, label="Search articles")
    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)

    def results(self, at: datetime) -> Page[Article] | None:
        """A page of the articles that match, best first, each with its `headline`; None without a question."""
        text = self.cleaned_data["q"].strip()
        if not text:
            return None
        page = page_of(search(text, at), self.cleaned_data["page"])
        for article in page:
            article.headline = marked(article.headline)  # type: ignore[attr-defined]  # annotated below
        return page


def marked(headline: str) -> SafeString:
    """`headline` escaped, with its hits in <mark>."""
    escaped = str(escape(headline)).replace(START, "<mark>").replace(STOP, "</mark>")
    return mark_safe(escaped)  # noqa: S308 - everything but our own two tags has just been escaped


def search(text: str, at: datetime) -> ArticleQuerySet:
    """Published articles that match `text`, best first, also by other names of the drugs in it.

    text  as typed: words, "phrases", OR, -excluded (PostgreSQL's websearch_to_tsquery never fails)
    """
    query = in_both_languages(text)
    if (widened := with_other_names(text)) is not None:
        query = query | widened
    return (
        Article.objects.published(at)
        .filter(search_vector=query)
        .annotate(
            rank=SearchRank(F("search_vector"), query),
            headline=SearchHeadline(
                "body_text",
                query,
                config="english",
                start_sel=START,
                stop_sel=STOP,
                max_fragments=2,
                max_words=20,
                min_words=8,
            ),
        )
        .order_by("-rank", "-published_at", "-pk")
        .for_cards()
    )


def in_both_languages(text: str, search_type: str = "websearch") -> SearchQuery:
    """`text` by its English stems, or letter by letter: names of drugs and trials have no stems."""
    return SearchQuery(text, config="english", search_type=search_type) | SearchQuery(
        text, config="simple", search_type=search_type
    )


def with_other_names(text: str) -> SearchQuery | None:
    """Every word of `text`, where each drug may stand under any of its names. None: no drug, or operators."""
    if '"' in text or re.search(r"(^|\s)-|\bor\b", text, re.IGNORECASE):
        return None
    drugs = drugs_in(text)
    if not drugs:
        return None
    terms = [reduce(or_, (in_both_languages(name, "phrase") for name in drug.names)) for drug in drugs]
    for drug in drugs:
        text = text.replace(drug.written, " ")
    if text.strip():
        terms.append(in_both_languages(text, "plain"))
    return reduce(and_, terms)
