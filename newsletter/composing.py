"""An issue, a digest or a notice as subject, HTML and text: the same for everybody but for two links."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from articles.metadata import COLUMNS, printable
from articles.models import Article
from articles.rendering import render
from portal.lib.mail import plain

from .models import Issue, News
from .plain_text import text_of, wrapped

LONGEST_SUBJECT = 120
MOST_ITEMS = 40  # keeps a digest under the size at which Gmail cuts messages
LONGEST_LINE = 200  # characters of HTML; in octets far below the 998 of RFC 5322, links included
FUNDING_OF_EACH = "Who paid is stated with each article."
_PATH = re.compile(r'(href=")(?=/)')
_LONG = re.compile(rf"(?=.{{{LONGEST_LINE + 1}}})(?:.{{1,{LONGEST_LINE}}}(?= )|.{{{LONGEST_LINE}}}) ?")


@dataclass(frozen=True)
class Links:
    """Paths of the two pages that are a subscriber's own."""

    leave: str
    preferences: str


@dataclass(frozen=True)
class Parts:
    subject: str
    html: str
    text: str


@dataclass(frozen=True)
class Preview(Parts):
    size: int  # of the HTML part, in octets


def derive(issue: Issue) -> None:
    """Set what follows from the introduction of `issue`; does not save. Raises SourceError."""
    html = render(issue.introduction).html
    issue.introduction_html = _PATH.sub(rf"\g<1>{settings.SITE_URL}", html)
    issue.introduction_text = text_of(issue.introduction_html)


def articles_for_mail() -> Any:
    """Articles with what mail may hold: the public part and the funding statement. The summary is gated."""
    return Article.objects.only(*COLUMNS, "funding_statement").prefetch_related("objectives")


def articles_of(issue: Issue, at: datetime) -> list[Article]:
    """The articles of `issue` that readers can open at `at`, in its order."""
    order = list(issue.entries.values_list("article_id", flat=True))
    articles = articles_for_mail().published(at).filter(pk__in=order)
    return sorted(articles, key=lambda article: order.index(article.pk))


def of_issue(issue: Issue, links: Links, *, at: datetime) -> Parts:
    """The written `issue` as it reads when it arrives at `at`."""
    context: dict[str, object] = {"articles": articles_of(issue, at), "funding": issue.funding_statement}
    return _compose("issue", issue, links, context)


def of_news(issue: Issue, chosen: Sequence[tuple[News, Sequence[str]]], links: Links) -> Parts:
    """A digest or a notice of followed things: `chosen` are news, newest first, each with why it was chosen."""
    items = [{"news": news, "names": _listed(reasons)} for news, reasons in chosen[:MOST_ITEMS]]
    context: dict[str, object] = {
        "funding": issue.funding_statement or FUNDING_OF_EACH,
        "items": items,
        "groups": _grouped(items),
        "names": _listed(list(dict.fromkeys(name for _, reasons in chosen for name in reasons))),
        "left_out": len(chosen) - len(items),
    }
    return _compose("follow" if issue.kind == Issue.Kind.FOLLOW else "digest", issue, links, context)


GROUPS = {
    News.Kind.ARTICLE: "New articles",
    News.Kind.DATA_CUT: "Newer data",
    News.Kind.CORRECTION: "Corrections",
    News.Kind.WITHDRAWAL: "Withdrawals",
    News.Kind.EVENT: "Events",
}


def preview(issue: Issue, now: datetime) -> Preview:
    """The written `issue` as it will arrive; its personal links lead to pages that everybody may open."""
    at = max(now, issue.send_at or now)
    parts = of_issue(issue, example_links(), at=at)
    return Preview(parts.subject, parts.html, parts.text, size=len(parts.html.encode()))


def example_links() -> Links:
    """Stand in for personal links where nobody is addressed."""
    page = reverse("newsletter:sign-up")
    return Links(leave=f"{page}#leave", preferences=f"{page}#preferences")


def folded(html: str) -> str:
    """`html` with long lines broken at spaces, where HTML does not mind."""
    return "\n".join(_LONG.sub(lambda found: found[0].rstrip(" ") + "\n", line) for line in html.splitlines())


def _compose(template: str, issue: Issue, links: Links, content: dict[str, object]) -> Parts:
    context: dict[str, object] = {
        "issue": issue,
        "leave_path": links.leave,
        "preferences_path": links.preferences,
    } | content
    subject = printable(plain(f"emails/{template}.subject.txt", context))
    if len(subject) > LONGEST_SUBJECT and issue.kind == Issue.Kind.FOLLOW:
        subject = subject[:LONGEST_SUBJECT].rsplit(" ", 1)[0] + " …"
    context |= {"subject": subject}
    html = render_to_string(f"emails/{template}.html", context)
    return Parts(subject, folded(html), wrapped(plain(f"emails/{template}.txt", context)))


def _grouped(items: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    groups = (
        (label, [item for item in items if item["news"].kind == kind]) for kind, label in GROUPS.items()
    )
    return [{"label": label, "items": members} for label, members in groups if members]


def _listed(names: Sequence[str]) -> str:
    """Two names at most, then how many more: "OPTIMISMM, pomalidomide and 2 more"."""
    if len(names) > 2:
        return f"{names[0]}, {names[1]} and {len(names) - 2} more"
    return " and ".join(names)
