"""people.yaml and subjects.yaml."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q

from articles.models import Disclosure, Person, Picture, Topic
from trials.models import Drug

from . import pictures
from .document import PICTURE, PictureNote, picture_note
from .fields import Fields, line_of
from .problems import DocumentError, Path, Problem, spelled
from .yaml_text import Lines, load

WORDS = ("slug", "name", "credentials", "affiliation", "country", "biography")
SUBJECT = ("name", "slug", "description", "position")


@dataclass(frozen=True)
class PersonNote:
    """A person as the file describes them."""

    words: dict[str, str]
    photo: PictureNote | None
    disclosures: dict[date, str]


def read_people(text: str) -> tuple[list[PersonNote], Lines]:
    """Raises DocumentError."""
    value, lines = load(text)
    problems: list[Problem] = []
    notes = [_person(part) for part in _top(value, lines, problems, (*WORDS, "photo", "disclosures"))]
    if problems:
        raise DocumentError(problems)
    return notes, lines


def note_of(person: Person) -> PersonNote:
    return PersonNote(
        words={name: getattr(person, name) for name in WORDS},
        photo=pictures.note_of(person.photo) if person.photo else None,
        disclosures={d.declared_on: d.statement for d in person.disclosures.order_by("declared_on")},
    )


def person_values(note: PersonNote) -> dict[str, Any]:
    """`note` as it is written to the file."""
    values: dict[str, Any] = {name: text for name, text in note.words.items() if text}
    if note.photo:
        values["photo"] = note.photo.values()
    if note.disclosures:
        values["disclosures"] = [{"declared_on": d, "statement": s} for d, s in note.disclosures.items()]
    return values


@transaction.atomic
def store_person(note: PersonNote, base: FilePath, place: Path = (), lines: Lines | None = None) -> str:
    """Make this person or make the one with this slug equal. Disclosures are added, never removed.

    returns  "added", "changed" or "unchanged"
    raises   DocumentError, after which nothing is changed
    """
    person = Person.objects.select_for_update(of=("self",)).filter(slug=note.words["slug"]).first()
    photo = note.photo
    if photo and (found := pictures.find(photo, Picture.Kind.PERSON, base, spelled((*place, "photo")))):
        photo = replace(photo, key=str(found.key))
    if person:
        before = note_of(person)
        declared = before.disclosures | note.disclosures
        if before == PersonNote(note.words, photo, declared):
            return "unchanged"
    row = person or Person()
    for name, text in note.words.items():
        setattr(row, name, text)
    row.photo = (
        pictures.obtain(photo, Picture.Kind.PERSON, base, spelled((*place, "photo"))) if photo else None
    )
    _keep(row, place, lines or {})
    for day, statement in note.disclosures.items():
        disclosure = Disclosure.objects.filter(person=row, declared_on=day).first() or Disclosure(
            person=row, declared_on=day
        )
        disclosure.statement = statement
        _keep(disclosure, (*place, "disclosures"), lines or {})
    return "changed" if person else "added"


@transaction.atomic
def store_subjects(text: str) -> None:
    """Make topics and treatments equal to the file. Raises DocumentError.

    Topics are found by their slug, drugs also by any of their names. A name that the drug has is left as it is
    written here.
    """
    value, lines = load(text)
    problems: list[Problem] = []
    front = Fields(value or {}, lines, problems, keys=("topics", "treatments"))
    for part in front.parts("topics", SUBJECT):
        slug = part.text("slug", required=True)
        topic = Topic.objects.filter(slug=slug).first() or Topic(slug=slug)
        topic.name, topic.description = part.text("name", required=True), part.text("description")
        topic.position = part.number("position")
        _keep(topic, part.path, lines)
    for part in front.parts("treatments", SUBJECT[:3]):
        slug, name = part.text("slug", required=True), part.text("name", required=True)
        named = Drug.objects.named(name)
        drug = Drug.objects.filter(slug=slug).first() or named or Drug(slug=slug)
        if drug != named:
            drug.name = name
        drug.description = part.text("description")
        _keep(drug, part.path, lines)
    if problems:
        raise DocumentError(problems)


def subject_values() -> dict[str, list[dict[str, Any]]]:
    """All topics, and the drugs of which articles say something, as they are written to the file."""
    drugs = Drug.objects.filter(Q(articles__isnull=False) | ~Q(description="")).distinct()
    return {
        "topics": list(Topic.objects.order_by("position", "slug").values(*SUBJECT)),
        "treatments": list(drugs.order_by("slug").values(*SUBJECT[:3])),
    }


def _top(value: Any, lines: Lines, problems: list[Problem], keys: tuple[str, ...]) -> list[Fields]:
    if not isinstance(value or [], list):
        raise DocumentError([Problem("file", 1, "expected a list of people.")])
    return [Fields(item, lines, problems, keys=keys, path=(i,)) for i, item in enumerate(value or [])]


def _person(part: Fields) -> PersonNote:
    words = {name: part.text(name, required=name in ("slug", "name")).strip() for name in WORDS}
    declared: dict[date, str] = {}
    for disclosure in part.parts("disclosures", ("declared_on", "statement")):
        day = disclosure.day("declared_on")
        if day is None or day in declared:
            disclosure.refuse(("declared_on",), "is missing, or there twice.")
        else:
            declared[day] = disclosure.text("statement", required=True).strip()
    return PersonNote(words, picture_note(part.part("photo", PICTURE)), declared)


def _keep(row: models.Model, place: Path, lines: Lines) -> None:
    try:
        row.full_clean()
    except ValidationError as error:
        raise DocumentError(
            Problem(spelled((*place, name)), line_of((*place, name), lines), " ".join(messages))
            for name, messages in error.message_dict.items()
        ) from error
    row.save()
