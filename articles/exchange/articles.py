"""Between a document and the rows of an article."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path as FilePath
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.text import slugify

from articles.models import (
    Article,
    Contribution,
    KeyPoint,
    LearningObjective,
    Person,
    Picture,
    Reference,
    Topic,
    TrialIdentifier,
)
from articles.publishing import settle, store_unsettled
from trials.models import Drug

from . import pictures
from .document import REFERENCE, Document
from .fields import line_of
from .problems import DocumentError, Path, Problem, spelled

S = TypeVar("S", Topic, Drug)
FIELDS = (
    "title",
    "slug",
    "summary",
    "body",
    "congress",
    "funding_kind",
    "funder",
    "funding_statement",
    "status",
    "published_at",
    "revised_on",
    "review_by",
    "withdrawn_at",
    "withdrawn_reason",
)
PLACES: dict[str, Path] = {  # where the file has what the model calls otherwise
    "published_at": ("first_published",),
    "revised_on": ("last_updated",),
    "funding_kind": ("funding", "kind"),
    "funder": ("funding", "funder"),
    "funding_statement": ("funding", "statement"),
    "withdrawn_reason": ("withdrawn", "reason"),
}


def document_of(article: Article) -> Document:
    """The document that would make `article`."""
    people = list(article.contributions.select_related("person"))
    return Document(
        fields={name: getattr(article, name) for name in FIELDS},
        topics=sorted(article.topics.values_list("name", flat=True)),
        treatments=sorted(article.treatments.values_list("name", flat=True)),
        trials=[trial.number for trial in article.trial_identifiers.all()],
        objectives=[objective.text for objective in article.objectives.all()],
        key_points=[point.text for point in article.key_points.all()],
        authors=[c.person.slug for c in people if c.role == Contribution.Role.AUTHOR],
        reviewers=[c.person.slug for c in people if c.role == Contribution.Role.REVIEWER],
        references=[
            {name: getattr(reference, name) for name in REFERENCE}
            for reference in article.references.order_by("position", "pk")
        ],
        hero=pictures.note_of(article.hero) if article.hero else None,
        pictures=[pictures.note_of(picture) for picture in article.pictures.order_by("key")],
    )


@transaction.atomic
def store(document: Document, base: FilePath, now: datetime) -> str:
    """Make the article of `document`, or make the one with its slug equal to it.

    base     the folder in which the document's pictures lie
    now      aware; see `publishing.settle`
    returns  "added", "changed", or "unchanged": then nothing was written
    raises   DocumentError, after which nothing is changed
    """
    article = Article.objects.select_for_update(of=("self",)).filter(slug=document.fields["slug"]).first()
    before = document_of(article) if article else None
    wanted = _with_pictures(_with_drugs(_with_dates(document, article)), base)
    if before == wanted:
        return "unchanged"
    try:
        _write(wanted, article or Article(), base, now)
    except ValidationError as error:
        raise DocumentError(_problems(error, document)) from error
    return "changed" if article else "added"


def _with_dates(document: Document, article: Article | None) -> Document:
    """Dates that are set by publishing are kept where the file does not give them."""
    kept = {
        name: document.fields[name] or (getattr(article, name) if article else None)
        for name in ("published_at", "withdrawn_at")
    }
    if document.fields["status"] != Article.Status.WITHDRAWN:
        kept["withdrawn_at"] = None
    return replace(document, fields=document.fields | kept)


def _with_drugs(document: Document) -> Document:
    """With the names that the drugs have in this database: a file may give others, or write them in capitals."""
    found = {name: Drug.objects.named(name) for name in document.treatments}
    return replace(document, treatments=sorted({drug.name if drug else name for name, drug in found.items()}))


def _with_pictures(document: Document, base: FilePath) -> Document:
    """With the keys that the pictures have in this database, also in the text."""
    body = document.fields["body"]
    for index, note in enumerate(document.pictures):
        picture = pictures.find(note, Picture.Kind.ARTICLE, base, f"pictures[{index + 1}]")
        picture = picture or pictures.obtain(note, Picture.Kind.ARTICLE, base, f"pictures[{index + 1}]")
        if note.key:
            body = body.replace(f"/media/articles/{note.key}/", f"/media/articles/{picture.key}/")
    hero = document.hero
    if hero and (found := pictures.find(hero, Picture.Kind.ARTICLE, base, "hero")):
        hero = replace(hero, key=str(found.key))
    return replace(document, fields=document.fields | {"body": body}, hero=hero)


def _write(document: Document, article: Article, base: FilePath, now: datetime) -> None:
    for name, value in document.fields.items():
        setattr(article, name, value)
    hero = document.hero
    article.hero = pictures.obtain(hero, Picture.Kind.ARTICLE, base, "hero") if hero else None
    article.clean_fields()
    store_unsettled(article, now)
    article.topics.set([_subject(Topic, name, "topics") for name in document.topics])
    article.treatments.set([_subject(Drug, name, "treatments") for name in document.treatments])
    rows = _rows(document)
    for place, row in rows:
        row.article = article
        _clean(row, place, document)
    for model in {type(row) for _, row in rows} | set(CHILDREN):
        model._default_manager.filter(article=article).delete()
        model._default_manager.bulk_create([row for _, row in rows if type(row) is model])
    settle(article, now)


CHILDREN: tuple[type[models.Model], ...] = (
    LearningObjective,
    KeyPoint,
    TrialIdentifier,
    Contribution,
    Reference,
)


def _rows(document: Document) -> list[tuple[Path, Any]]:
    """The rows around the article, each with its place in the file."""
    texts = [
        (LearningObjective, "objectives", document.objectives),
        (KeyPoint, "key_points", document.key_points),
    ]
    rows: list[tuple[Path, Any]] = [
        ((key, index), model(text=text, position=index + 1))
        for model, key, lines in texts
        for index, text in enumerate(lines)
    ]
    rows += [(("trials", i), TrialIdentifier(number=number)) for i, number in enumerate(document.trials)]
    rows += [
        (("references", index), Reference(**values, position=index + 1))
        for index, values in enumerate(document.references)
    ]
    return rows + _contributions(document)


def _contributions(document: Document) -> list[tuple[Path, Any]]:
    named = [("authors", i, slug, Contribution.Role.AUTHOR) for i, slug in enumerate(document.authors)]
    named += [("reviewers", i, slug, Contribution.Role.REVIEWER) for i, slug in enumerate(document.reviewers)]
    people = Person.objects.in_bulk([slug for _, _, slug, _ in named], field_name="slug")
    unknown = [(key, index, slug) for key, index, slug, _ in named if slug not in people]
    if unknown:
        raise DocumentError(
            Problem(spelled((key, i)), line_of((key, i), document.lines), f"nobody has the slug “{slug}”.")
            for key, i, slug in unknown
        )
    return [
        ((key, index), Contribution(person=people[slug], role=role, position=position))
        for position, (key, index, slug, role) in enumerate(named, start=1)
    ]


def _clean(row: models.Model, place: Path, document: Document) -> None:
    try:
        row.full_clean(exclude=("article", "person"), validate_unique=False)
    except ValidationError as error:
        raise DocumentError(
            Problem(spelled((*place, name)), line_of((*place, name), document.lines), " ".join(messages))
            for name, messages in error.message_dict.items()
        ) from error


def _subject(model: type[S], name: str, field: str) -> S:
    found = model._default_manager.filter(name=name).first()
    if found is None:
        found = model(name=name, slug=slugify(name))
        try:
            found.full_clean()
        except ValidationError as error:
            raise DocumentError([Problem(field, 0, f"“{name}”: {' '.join(error.messages)}")]) from error
        found.save()
    return found


def _problems(error: ValidationError, document: Document) -> list[Problem]:
    found = []
    for name, messages in error.message_dict.items():
        place = PLACES.get(name, () if name == "__all__" else (name,))
        found += [Problem(spelled(place), line_of(place, document.lines), message) for message in messages]
    return found
