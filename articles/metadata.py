"""The public part of an article, and how search engines and reference managers are told of it.

Heads, feeds, sitemap and citations are made from a `PublicRecord` alone. It has no place for summary, key points
or text, so none of these channels can show them.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from .models import Article, Contribution
from .models.articles import ArticleQuerySet

COLUMNS = ("title", "slug", "status", "published_at", "revised_on", "funding_kind", "funder")
LANGUAGE = "en"
PROMISE = "After reading this article, you will be able to"
DESCRIPTION_LENGTH = 300
# All but XML 1.0, section 2.2: Char
UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class PublicRecord:
    """What anybody may know about an article. Every text is one line of printable characters."""

    title: str
    slug: str
    url: str
    authors: tuple[str, ...]
    published_at: datetime | None
    revised_on: date | None
    objectives: tuple[str, ...]
    trial_numbers: tuple[str, ...]
    funder: str
    is_withdrawn: bool

    @property
    def published_on(self) -> date | None:
        return timezone.localdate(self.published_at) if self.published_at else None

    @property
    def modified_at(self) -> datetime | None:
        return last_change(self.published_at, self.revised_on)

    @property
    def promise(self) -> str:
        """The objectives as one sentence; empty without any."""
        objectives = [objective.rstrip(" .;") for objective in self.objectives]
        return f"{PROMISE} {'; '.join(objectives)}." if objectives else ""

    @property
    def description(self) -> str:
        """The promise, cut at a word where search engines cut anyway."""
        if len(self.promise) <= DESCRIPTION_LENGTH:
            return self.promise
        return self.promise[:DESCRIPTION_LENGTH].rsplit(" ", 1)[0].rstrip(" ,;") + " …"


def public_part(articles: ArticleQuerySet) -> ArticleQuerySet:
    """`articles` with what their public records need, and nothing else: the gated columns stay in the database."""
    return articles.only(*COLUMNS).prefetch_related(
        "objectives",
        "trial_identifiers",
        Prefetch("contributions", Contribution.objects.select_related("person")),
    )


def public_record(article: Article) -> PublicRecord:
    """The public part of `article` (any article: whether it may be shown at all is decided by who fetched it)."""
    return PublicRecord(
        title=printable(article.title),
        slug=article.slug,
        url=settings.SITE_URL + article.get_absolute_url(),
        authors=tuple(printable(person.name) for person in article.authors),
        published_at=article.published_at,
        revised_on=article.revised_on,
        objectives=tuple(printable(objective.text) for objective in article.objectives.all()),
        trial_numbers=tuple(trial.number for trial in article.trial_identifiers.all()),
        funder="" if article.funding_kind == Article.Funding.NONE else printable(article.funder),
        is_withdrawn=article.is_withdrawn,
    )


def last_change(published_at: datetime | None, revised_on: date | None) -> datetime | None:
    """The last revision that readers were told of, else the publication; corrected commas are no news."""
    if revised_on is None or published_at is None or revised_on <= timezone.localdate(published_at):
        return published_at
    return datetime.combine(revised_on, time(), UTC)


def printable(text: str) -> str:
    """`text` on one line, without the characters that XML and line-based formats forbid."""
    return " ".join(UNPRINTABLE.sub("", text).split())


def scholarly_article(record: PublicRecord, *, site: str, publisher: str) -> dict[str, Any]:
    """`record` as schema.org's MedicalScholarlyArticle; properties without a value are left out.

    site       name of the site, as the publication that the article is part of
    publisher  name of the organisation
    """
    properties = {
        "@context": "https://schema.org",
        "@type": "MedicalScholarlyArticle",
        "@id": record.url,
        "url": record.url,
        "mainEntityOfPage": record.url,
        "headline": record.title,
        "author": [_named("Person", name) for name in record.authors],
        "datePublished": record.published_at and record.published_at.isoformat(timespec="seconds"),
        "dateModified": record.modified_at and record.modified_at.isoformat(timespec="seconds"),
        "inLanguage": LANGUAGE,
        "isAccessibleForFree": False,
        "audience": {"@type": "MedicalAudience", "audienceType": "Clinician"},
        "publisher": _named("Organization", publisher),
        "isPartOf": _named("WebSite", site) | {"url": f"{settings.SITE_URL}/"},
        "teaches": list(record.objectives),
        "about": [_trial(number) for number in record.trial_numbers],
        "funder": _named("Organization", record.funder) if record.funder else None,
    }
    return {name: value for name, value in properties.items() if value not in (None, [], "")}


def script(data: dict[str, Any]) -> SafeString:
    """`data` as a JSON-LD element that no text in it can end or open.

    JSON's own ASCII escapes also cover U+2028 and U+2029; the three characters of HTML are escaped the same way,
    as `django.utils.html.json_script` does.
    """
    text = json.dumps(data, ensure_ascii=True)
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # safe: holds no character that HTML reads as markup
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


def _named(kind: str, name: str) -> dict[str, str]:
    return {"@type": kind, "name": name}


def _trial(number: str) -> dict[str, str]:
    address = f"https://clinicaltrials.gov/study/{number}"
    return {"@type": "MedicalTrial", "name": number, "identifier": number, "url": address}
