"""What an issue still lacks before it may go out, found in the mail as it will arrive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import unquote

from django.conf import settings
from django.utils import timezone

from articles.models import Article
from portal.lib import tokens
from portal.lib.mail import plain

from . import composing, mail_html
from .mail_links import fault, of_ours_in
from .models import Issue

MOST_OCTETS = 100_000  # Gmail cuts messages at 102 kB, and with them the link to leave
GOOD_SUBJECT = range(30, 61)  # characters: phones show about the first 40
LONGEST_SUBJECT = 78  # RFC 5322 2.1.1; longer ones are folded and cut in lists
LONGEST_LINE = 100
TAG = re.compile(
    r"</?(?:[abip]|em|strong|div|span|br|[uo]l|li|table|t[dhr]|h[1-6]|img|su[bp])\b[^>\n]*>", re.I
)
ENTITY = re.compile(r"&(?:[a-z]{2,8}|#x?[0-9a-f]+);", re.I)


class Level(StrEnum):
    ERROR = "error"  # blocks scheduling
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True)
class Finding:
    """Something to mend.

    text    what is wrong, one sentence
    remedy  what to do about it
    rule    name of the rule in RULES that found it
    """

    level: Level
    text: str
    remedy: str
    rule: str = ""

    @property
    def blocks(self) -> bool:
        return self.level == Level.ERROR


@dataclass(frozen=True)
class Mail:
    """An issue beside what it becomes."""

    issue: Issue
    parts: composing.Preview
    html: mail_html.Found
    at: datetime  # when it arrives


Rule = Callable[[Mail], Iterator[Finding]]


def check(issue: Issue, *, now: datetime | None = None) -> list[Finding]:
    """Everything to mend in `issue` (saved) as it would arrive at `now` or when it is scheduled; empty when nothing."""
    now = now or timezone.now()
    parts = composing.preview(issue, now)
    at = max(now, issue.send_at or now)
    return findings(Mail(issue, parts, mail_html.read(parts.html), at))


def findings(mail: Mail) -> list[Finding]:
    """What the rules say of `mail`, in their order."""
    return [
        Finding(found.level, found.text, found.remedy, name)
        for name, rule in RULES.items()
        for found in rule(mail)
    ]


def _funding(mail: Mail) -> Iterator[Finding]:
    statement = " ".join(mail.issue.funding_statement.split())
    text = " ".join(mail.parts.text.split())
    if not statement:
        yield Finding(Level.ERROR, "Nobody is named who paid for this issue.", "Fill in the funding.")
    elif not (text.startswith(f"Funding: {statement}") and mail.html.text.startswith(f"Funding {statement}")):
        yield Finding(
            Level.ERROR, "The funding is not the first line.", "Let the template of the mail begin with it."
        )


def _articles(mail: Mail) -> Iterator[Finding]:
    articles = list(Article.objects.filter(issues=mail.issue).only("title", "status", "published_at"))
    for article in articles:
        if article.is_withdrawn:
            yield Finding(Level.ERROR, f"“{article}” has been withdrawn.", "Remove it from the issue.")
        elif not article.is_published(mail.at):
            remedy = "Publish it, send the issue later, or remove it from the issue."
            yield Finding(Level.ERROR, f"“{article}” will not be published when the issue is sent.", remedy)
    if not articles and not mail.issue.introduction_text:
        yield Finding(Level.ERROR, "The issue is empty.", "Choose articles, or write an introduction.")


def _images(mail: Mail) -> Iterator[Finding]:
    for source, alt in dict.fromkeys(mail.html.images):
        if not (alt or "").strip():
            yield Finding(Level.ERROR, f"The picture {source} has no alternative text.", "Describe it.")
        if not source.startswith("cid:"):
            text = f"The picture {source} would be loaded from a server, which learns who opens the mail."
            yield Finding(Level.ERROR, text, "Remove the picture; link to the article that shows it.")


def _links(mail: Mail) -> Iterator[Finding]:
    written = of_ours_in(f"{mail.parts.subject} {mail.parts.text} {mail.html.text}")
    for link in dict.fromkeys([*mail.html.links, *written]):
        if problem := fault(link, mail.at, ours=mail.issue):
            yield Finding(Level.ERROR, f"The link {link} {problem}.", "Correct or remove it.")
    if tokens.FORM.search(unquote(" ".join([mail.parts.subject, mail.parts.text, mail.html.text]))):
        text = "The text holds the secret part of somebody's own link: whoever has it acts for that person."
        yield Finding(Level.ERROR, text, "Remove it.")


def _size(mail: Mail) -> Iterator[Finding]:
    if mail.parts.size >= MOST_OCTETS:
        text = f"The HTML has {mail.parts.size // 1000} kB; Gmail cuts mail of more than 100 kB."
        yield Finding(Level.ERROR, text, "Choose fewer articles, or shorten the introduction.")


def _text(mail: Mail) -> Iterator[Finding]:
    text = mail.parts.text
    if not text.strip():
        yield Finding(Level.ERROR, "The text part is empty.", "Write an introduction, or choose articles.")
    for name, pattern in (("HTML", TAG), ("an HTML entity", ENTITY)):
        if found := pattern.search(text):
            remedy = "Write the character itself in the subject, the funding or the title."
            yield Finding(Level.ERROR, f"The text part holds {name}: {found[0]}", remedy)
    long = [line for line in text.splitlines() if len(line) > LONGEST_LINE and "://" not in line]
    if long:
        text = f"The text part holds a line of {len(long[0])} characters: {long[0][:40]}…"
        yield Finding(Level.WARNING, text, "Put a space into the long word.")


def _footer(mail: Mail) -> Iterator[Finding]:
    address = " ".join(plain("emails/_postal_address.txt", {}).split())
    if not address:
        remedy = "Write it into the site identity; the law of most countries wants it in each mail."
        yield Finding(Level.ERROR, "The site has no postal address.", remedy)
    elif any(address not in " ".join(part.split()) for part in (mail.parts.text, mail.html.text)):
        yield Finding(Level.ERROR, "The postal address is missing at the end.", MEND_TEMPLATE)
    own = composing.example_links()
    for name, path in (("to leave", own.leave), ("to the preferences", own.preferences)):
        url = settings.SITE_URL + path
        if url not in mail.html.links or url not in mail.parts.text:
            yield Finding(Level.ERROR, f"The link {name} is missing.", MEND_TEMPLATE)


MEND_TEMPLATE = "Put it back into the template of the mail."


def _subject(mail: Mail) -> Iterator[Finding]:
    length = len(mail.parts.subject)
    if not length:
        yield Finding(Level.ERROR, "The subject is empty.", "Say in some words what is new.")
    elif length > LONGEST_SUBJECT:
        text = f"The subject has {length} characters; most programs cut it."
        yield Finding(Level.WARNING, text, f"Keep it to {LONGEST_SUBJECT}, better to 60.")
    elif length not in GOOD_SUBJECT:
        text = f"The subject has {length} characters."
        yield Finding(Level.HINT, text, "30 to 60 are read best, the weightiest words first.")


def _page(mail: Mail) -> Iterator[Finding]:
    if not mail.issue.slug:
        yield Finding(Level.ERROR, "The issue has no address in the archive.", "Fill in the address.")


def _inert(mail: Mail) -> Iterator[Finding]:
    for name in dict.fromkeys(mail.html.active):
        yield Finding(Level.ERROR, f"The mail holds “{name}”, which mail programs remove.", "Remove it.")


def _styles(mail: Mail) -> Iterator[Finding]:
    for declaration in mail_html.unsupported(mail.html):
        yield Finding(
            Level.ERROR, f"Not every mail program understands “{declaration}”.", "Style it otherwise."
        )


# By the name under which an editor sees them, also when they find nothing.
RULES: dict[str, Rule] = {
    "Funding comes first": _funding,
    "Articles are published": _articles,
    "Subject has a good length": _subject,
    "Links lead somewhere": _links,
    "Pictures are described, and none is loaded": _images,
    "HTML is under 100 kB": _size,
    "Text part reads well": _text,
    "Footer has postal address and both links": _footer,
    "Archive has an address for it": _page,
    "No scripts and forms": _inert,
    "Styles are understood everywhere": _styles,
}
