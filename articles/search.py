"""Search over title, objectives, trial numbers and text, on PostgreSQL's full-text index.

Its cost does not grow with how common a word is. The index alone finds the articles; ranked are the best by title and
objectives and, after them, the newest; snippets are made for the page that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.postgres.search import SearchHeadline, SearchQueryField
from django.core.paginator import EmptyPage, Page, Paginator
from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Cast
from django.http import Http404
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from portal.lib.pages import PAGE_LENGTH
from trials.synonyms import drugs_in

from .models import Article

START, STOP = "\ue000", "\ue001"  # private-use characters: they mark the hits until the rest has been escaped
LISTED = 120  # articles at most; who wants others asks more precisely
BEST = 80  # of them by title, objectives and summary
HEADS = 300  # the newest with a hit there: ranked by it
CHECKED = 300  # the newest with all words of a phrase: these are looked through for it
COMMON = 10_000  # of words that are in more entries the newest entries are looked through,
WALKED = 600  # at most so many
COUNTED = 1000  # of more it is said that there are more


class SearchForm(forms.Form):
    q = forms.CharField(max_length=200, required=False, label="Search articles")
    page = forms.IntegerField(min_value=1, max_value=10_000, required=False)

    def results(self, at: datetime) -> Page[Article] | None:
        """A page of the articles that match, best first, each with its `headline`; None without a question.

        Its `found` says how many there are.
        """
        text = self.cleaned_data["q"].strip()
        if not text:
            return None
        found = search(text, at)
        try:
            page: Any = Paginator(found.keys, PAGE_LENGTH).page(self.cleaned_data["page"] or 1)
        except EmptyPage as error:
            raise Http404("There is no such page in this list.") from error
        page.object_list = with_headlines(page.object_list, found.query, at)
        page.found = found
        return page


@dataclass(frozen=True)
class Found:
    """What a search found: the `keys` of the articles to list, best first, and how many match, to COUNTED."""

    query: str  # as PostgreSQL writes it
    keys: list[int]
    count: int
    is_more: bool = False  # than `count`

    @property
    def is_cut(self) -> bool:
        """Are there more than are listed?"""
        return self.is_more or self.count > len(self.keys)


def with_headlines(keys: Iterable[int], query: str, at: datetime) -> list[Article]:
    """The articles of `keys` in this order, each with the hits of `query` in its text as `headline`."""
    headline = SearchHeadline(
        "body_text",
        Cast(Value(query), SearchQueryField()),
        config="english",
        start_sel=START,
        stop_sel=STOP,
        max_fragments=2,
        max_words=20,
        min_words=8,
    )
    articles = Article.objects.published(at).for_cards().annotate(headline=headline).in_bulk(list(keys))
    for article in articles.values():
        article.headline = marked(article.headline)
    return [articles[key] for key in keys if key in articles]


def marked(headline: str) -> SafeString:
    """`headline` escaped, with its hits in <mark>."""
    escaped = str(escape(headline)).replace(START, "<mark>").replace(STOP, "</mark>")
    return mark_safe(escaped)  # noqa: S308 - everything but our own two tags has just been escaped


def search(text: str, at: datetime) -> Found:
    """Published articles that match `text`, best first, also by other names of the drugs in it.

    text  as typed: words, "phrases", OR, -excluded (PostgreSQL's websearch_to_tsquery never fails). What excludes
          without asking for anything finds nothing.
    """
    asked, parameters = query_of(text)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SELECT asked::text, querytree(asked) FROM (SELECT {asked} AS asked) q", parameters)  # noqa: S608
        query, indexed = cursor.fetchone()
        if indexed in ("", "T"):
            return Found(query, [], 0)
        words = without_phrases(query)
        values = {"query": query, "words": words, "at": at}
        cursor.execute(BY_INDEX)
        cursor.execute(COUNTING, values)
        in_head, in_all = cursor.fetchone()
        cursor.execute(
            ranking(
                newest("head", HEADS, is_exact=query == words, is_common=in_head > COMMON),
                newest("vector", LISTED, is_exact=query == words, is_common=in_all > COMMON),
                excludes="!" in query,
            ),
            values,
        )
        keys = [key for (key,) in cursor.fetchall()]
    if query == words:
        return Found(query, keys, min(in_all, COUNTED), is_more=in_all > COUNTED)
    return Found(query, keys, len(keys), is_more=in_all > CHECKED)


# The planner holds a look into a vector for cheap, and would read the whole table rather than the index.
BY_INDEX = (
    "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0; SET LOCAL jit = off"
)
PHRASE = re.compile(r"<(?:-|\d+)>")
EXCLUDED_PHRASE = re.compile(r" & !\( [^()]*<[^()]*\)")


def without_phrases(query: str) -> str:
    """`query` asking for all words of its phrases, anywhere: the index does not know what stands beside what."""
    return PHRASE.sub("&", EXCLUDED_PHRASE.sub("", query))


# How many entries have all the words in their head, and how many have them at all, to one above COMMON.
COUNTING = f"""
SELECT
    (SELECT count(*) FROM (
        SELECT FROM articles_searchentry WHERE head @@ %(words)s::tsquery AND published_at <= %(at)s LIMIT {COMMON + 1}
    ) heads),
    (SELECT count(*) FROM (
        SELECT FROM articles_searchentry WHERE vector @@ %(words)s::tsquery AND published_at <= %(at)s LIMIT {COMMON + 1}
    ) texts)
"""  # noqa: S608 - our own numbers


def newest(column: str, most: int, *, is_exact: bool, is_common: bool) -> str:
    """The newest entries with all the words in `column`, as far as they match the query, at most `most`.

    is_exact   the words alone are the query. Otherwise they are looked for among CHECKED that have the words
    is_common  the words are in so many entries that they need not be looked up: the newest entries have them
    """
    if is_common:
        # OFFSET 0: these entries and no others are looked into.
        return f"""
        SELECT article_id, published_at, {column} FROM (
            SELECT article_id, entries.published_at, {column} FROM (
                SELECT id FROM articles_article
                WHERE status IN ('scheduled', 'published') AND published_at <= %(at)s
                ORDER BY published_at DESC, id DESC LIMIT {WALKED if is_exact else CHECKED}
            ) articles JOIN articles_searchentry entries ON article_id = id OFFSET 0
        ) newest WHERE {column} @@ %(query)s::tsquery LIMIT {most}
        """  # noqa: S608 - our own words and numbers
    check = "" if is_exact else f"WHERE {column} @@ %(query)s::tsquery"
    return f"""
    SELECT article_id, published_at, {column} FROM (
        SELECT article_id, published_at, {column} FROM articles_searchentry
        WHERE {column} @@ %(words)s::tsquery AND published_at <= %(at)s
        ORDER BY published_at DESC, article_id DESC LIMIT {most if is_exact else CHECKED}
    ) entries {check} LIMIT {most}
    """  # noqa: S608 - our own words and numbers


def ranking(heads: str, texts: str, *, excludes: bool) -> str:
    """The statement that finds what to list, in order, among the best of `heads` and all of `texts`.

    excludes  what matches in the head may be excluded by the text
    """
    check = "WHERE vector @@ %(query)s::tsquery" if excludes else ""
    return f"""
    WITH best AS (
        SELECT article_id FROM ({heads}) heads
        ORDER BY ts_rank(head, %(query)s::tsquery) DESC, published_at DESC, article_id DESC LIMIT {BEST}
    )
    SELECT article_id FROM (SELECT * FROM best UNION SELECT article_id FROM ({texts}) texts) candidates
    JOIN articles_searchentry USING (article_id) {check}
    ORDER BY ts_rank(vector, %(query)s::tsquery) DESC, published_at DESC, article_id DESC LIMIT {LISTED}
    """  # noqa: S608 - our own words and numbers


Asked = tuple[str, list[str]]  # an expression of SQL, and its parameters


def query_of(text: str) -> Asked:
    """What `text` asks for, by the stems of its words. Trial numbers have none, and stay as they are."""
    asked = stemmed(text)
    widened = with_other_names(text)
    return joined("||", [asked, widened]) if widened else asked


def stemmed(text: str, function: str = "websearch_to_tsquery") -> Asked:
    return f"{function}('english', %s)", [text]


def with_other_names(text: str) -> Asked | None:
    """Every word of `text`, where each drug may stand under any of its names. None: no drug, or operators."""
    if '"' in text or re.search(r"(^|\s)-|\bor\b", text, re.IGNORECASE):
        return None
    drugs = drugs_in(text)
    if not drugs:
        return None
    terms = [joined("||", [stemmed(name, "phraseto_tsquery") for name in drug.names]) for drug in drugs]
    for drug in drugs:
        text = text.replace(drug.written, " ")
    if text.strip():
        terms.append(stemmed(text, "plainto_tsquery"))
    return joined("&&", terms)


def joined(operator: str, terms: list[Asked]) -> Asked:
    expression = f" {operator} ".join(expression for expression, _ in terms)
    return f"({expression})", [parameter for _, parameters in terms for parameter in parameters]
