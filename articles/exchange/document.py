"""An article as a text file. Pure: no database."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from articles.rendering import SourceError, render

from .fields import Fields
from .problems import DocumentError, Problem
from .yaml_text import Lines, dump, load

PICTURE = ("key", "file", "alt", "credit")
REFERENCE = ("key", "authors", "title", "source", "year", "detail", "doi", "pmid", "url")
KEYS = (
    "title",
    "slug",
    "summary",
    "status",
    "first_published",
    "last_updated",
    "review_by",
    "withdrawn",
    "topics",
    "treatments",
    "trials",
    "congress",
    "funding",
    "objectives",
    "key_points",
    "authors",
    "reviewers",
    "hero",
    "pictures",
    "references",
)
SLUG = re.compile(r"[A-Za-z0-9_-]{1,120}")
FRONT = re.compile(r"---[ ]*\n(.*?\n)---[ ]*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class PictureNote:
    """A picture that a file refers to. `key` is that of the row it was exported from."""

    key: str
    alt: str
    credit: str
    file: str = field(default="", compare=False)

    def values(self) -> dict[str, str]:
        return {"key": self.key, "file": self.file, "alt": self.alt, "credit": self.credit}


@dataclass(frozen=True)
class Document:
    """All that an article holds, except what is derived from it. Equal documents make equal articles."""

    fields: dict[str, Any]  # by the names of the model
    topics: list[str]  # names, sorted
    treatments: list[str]
    trials: list[str]
    objectives: list[str]
    key_points: list[str]
    authors: list[str]  # slugs
    reviewers: list[str]
    references: list[dict[str, Any]]
    hero: PictureNote | None
    pictures: list[PictureNote] = field(default_factory=list, compare=False)  # shown in the text
    lines: Lines = field(default_factory=dict, compare=False)


def parse(text: str) -> Document:
    """Read a file. Raises DocumentError with every problem, also those of the Markdown."""
    match = FRONT.match(text)
    if not match:
        raise DocumentError([Problem("file", 1, "must begin with front matter between two lines of ---.")])
    front, body = match[1], text[match.end() :].removesuffix("\n")
    value, lines = load(front, first_line=2)
    problems: list[Problem] = []
    document = _document(Fields(value, lines, problems, keys=KEYS), body)
    problems += _source_problems(document, lines_before=text[: match.end()].count("\n"))
    if problems:
        raise DocumentError(problems)
    return document


def write(document: Document) -> str:
    """The file of `document`: `parse` gives the same document again."""
    fields = document.fields
    withdrawn = {"at": _moment(fields["withdrawn_at"]), "reason": fields["withdrawn_reason"]}
    values = {
        "title": fields["title"],
        "slug": fields["slug"],
        "summary": fields["summary"],
        "status": fields["status"],
        "first_published": _moment(fields["published_at"]),
        "last_updated": fields["revised_on"],
        "review_by": fields["review_by"],
        "withdrawn": withdrawn if fields["withdrawn_at"] else None,
        "topics": document.topics,
        "treatments": document.treatments,
        "trials": document.trials,
        "congress": fields["congress"],
        "funding": {
            "kind": fields["funding_kind"],
            "funder": fields["funder"],
            "statement": fields["funding_statement"],
        },
        "objectives": document.objectives,
        "key_points": document.key_points,
        "authors": document.authors,
        "reviewers": document.reviewers,
        "hero": document.hero.values() if document.hero else None,
        "pictures": [note.values() for note in document.pictures],
        "references": document.references,
    }
    kept = {key: value for key, value in values.items() if value not in (None, "", [])}
    return f"---\n{dump(kept)}---\n{fields['body']}\n"


def picture_note(part: Fields | None) -> PictureNote | None:
    """A picture as a file describes it."""
    if part is None:
        return None
    key, file = part.text("key"), part.text("file")
    if key and not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key):
        part.refuse(("key",), "is not the key of a picture; leave it out.")
    if not (key or file):
        part.refuse(("file",), "is missing.")
    return PictureNote(key, part.text("alt", required=True).strip(), part.text("credit").strip(), file)


def _document(front: Fields, body: str) -> Document:
    slug = front.text("slug", required=True)
    if slug and not SLUG.fullmatch(slug):
        front.refuse(("slug",), "may hold letters, digits, hyphens and underscores, at most 120.")
    references = [_reference(part) for part in front.parts("references", REFERENCE)]
    keys = [reference["key"] for reference in references]
    for index in [i for i, key in enumerate(keys) if key in keys[:i]]:
        front.refuse(("references", index, "key"), "another reference has this key.")
    authors, reviewers = front.texts("authors"), front.texts("reviewers")
    for index in [i for i, slug in enumerate(reviewers) if slug in authors]:
        front.refuse(("reviewers", index), "an author cannot review the own article.")
    notes = [picture_note(part) for part in front.parts("pictures", PICTURE)]
    return Document(
        fields=_fields(front, body) | {"slug": slug},
        topics=sorted(front.texts("topics")),
        treatments=sorted(front.texts("treatments")),
        trials=front.texts("trials"),
        objectives=front.texts("objectives"),
        key_points=front.texts("key_points"),
        authors=authors,
        reviewers=reviewers,
        references=references,
        hero=picture_note(front.part("hero", PICTURE)),
        pictures=[note for note in notes if note],
        lines=front.lines,
    )


def _fields(front: Fields, body: str) -> dict[str, Any]:
    funding = front.part("funding", ("kind", "funder", "statement"))
    withdrawn = front.part("withdrawn", ("at", "reason"))
    return {
        "title": front.text("title", required=True),
        "summary": front.text("summary", required=True),
        "body": body,
        "congress": front.text("congress"),
        "funding_kind": (funding.text("kind") if funding else "") or "none",
        "funder": funding.text("funder") if funding else "",
        "funding_statement": funding.text("statement") if funding else "",
        "status": front.text("status") or "draft",
        "published_at": front.moment("first_published"),
        "revised_on": front.day("last_updated"),
        "review_by": front.day("review_by"),
        "withdrawn_at": withdrawn.moment("at") if withdrawn else None,
        "withdrawn_reason": withdrawn.text("reason") if withdrawn else "",
    }


def _reference(part: Fields) -> dict[str, Any]:
    values: dict[str, Any] = {name: part.text(name) for name in REFERENCE if name != "year"}
    return {name: part.number("year") if name == "year" else values[name] for name in REFERENCE}


def _source_problems(document: Document, lines_before: int) -> list[Problem]:
    if not document.fields["body"].strip():
        return [Problem("text", lines_before, "is missing.")]
    try:
        render(
            document.fields["body"],
            reference_keys={reference["key"] for reference in document.references},
            place=lambda words: "",  # whether there is such a trial is seen when the article is stored
        )
    except SourceError as error:
        return [Problem("text", lines_before + problem.line, problem.message) for problem in error.problems]
    return []


def _moment(value: datetime | None) -> datetime | date | None:
    """Midnight in UTC is written as a day."""
    if value is None:
        return None
    value = value.astimezone(UTC)
    return value.date() if value.time() == time() else value
