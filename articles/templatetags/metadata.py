"""Head metadata, feeds and citations: the public part of articles, signed with the site's name.

The site's identity belongs to the pages around the articles, so it is taken from the template's `hub`.
"""

from __future__ import annotations

from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.utils.safestring import SafeString

from articles import citation as citations
from articles import metadata
from articles.models import Article

register = template.Library()
register.filter("printable", metadata.printable)


@register.simple_tag
def public_record(article: Article) -> metadata.PublicRecord:
    """What anybody may know about `article`."""
    return metadata.public_record(article)


@register.simple_tag(takes_context=True)
def json_ld(context: Context, record: metadata.PublicRecord) -> SafeString:
    """The JSON-LD element of an article page."""
    site, publisher = signature(context)
    return metadata.script(metadata.scholarly_article(record, site=site, publisher=publisher))


@register.simple_tag(takes_context=True)
def citation(context: Context, article: Article, format: str = "text") -> str:
    """How to cite a published `article`: "text", or a format of `articles.citation.FORMATS`."""
    record = metadata.public_record(article)
    if record.published_on is None:
        return ""
    site, publisher = signature(context)
    entry = citations.Citation(
        key=record.slug,
        title=record.title,
        authors=record.authors,
        issued=record.published_on,
        site=site,
        publisher=publisher,
        url=record.url,
        keywords=record.trial_numbers,
    )
    return citations.text(entry) if format == "text" else citations.FORMATS[format][0](entry)


@register.inclusion_tag("articles/_feed_link.html", takes_context=True)
def feed_link(context: Context) -> dict[str, Any]:
    """How browsers and readers find the feed; nothing where the public learns nothing of articles."""
    return {"is_public": settings.GATE_TEASER, "site": signature(context)[0]}


def signature(context: Context) -> tuple[str, str]:
    """Names of the site and of its publisher."""
    hub = context["hub"]
    name = metadata.printable(hub.name)
    return name, metadata.printable(hub.publisher) or name
