"""Folders of articles: read with a result for each thing, and written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path as FilePath

from django.db.models import Q

from articles.models import Article, Person, Picture

from . import pictures
from .articles import document_of, store
from .document import parse, write
from .people import note_of, person_values, read_people, store_person, store_subjects, subject_values
from .problems import DocumentError, Problem
from .yaml_text import dump

PEOPLE, SUBJECTS, ARTICLES = "people.yaml", "subjects.yaml", "articles"
MAX_BYTES = 2 * 1024 * 1024  # of one file


@dataclass(frozen=True)
class Result:
    """What became of one person or article: `outcome` is added, changed, unchanged or refused."""

    name: str
    outcome: str
    problems: tuple[Problem, ...] = ()


def import_path(path: FilePath, now: datetime) -> Iterator[Result]:
    """Import an article (`….md`) or a folder, one result after the other; what is refused stops nothing else.

    path  what its files refer to lies in this folder; of an article, in the folder above `articles/`
    now   aware; see `publishing.settle`
    """
    if not path.is_dir():
        base = path.parent.parent if path.parent.name == ARTICLES else path.parent
        yield _import_article(path, base, now)
        return
    if (path / SUBJECTS).is_file():
        yield from _import_subjects(path / SUBJECTS)
    if (path / PEOPLE).is_file():
        yield from _import_people(path / PEOPLE)
    folder = path / ARTICLES if (path / ARTICLES).is_dir() else path
    for file in sorted(folder.glob("*.md")):
        yield _import_article(file, path, now)


def export_folder(folder: FilePath) -> int:
    """Write all articles, people, subjects and their pictures below `folder`. Returns the number of articles.

    Files that are already there are replaced; others are left alone.
    """
    (folder / ARTICLES).mkdir(parents=True, exist_ok=True)
    _write(folder / SUBJECTS, dump(subject_values()))
    people = Person.objects.select_related("photo").order_by("slug")
    _write(folder / PEOPLE, dump([person_values(note_of(person)) for person in people]))
    count = 0
    for article in Article.objects.select_related("hero").order_by("slug").iterator(chunk_size=100):
        _write(folder / ARTICLES / f"{article.slug}.md", write(document_of(article)))
        count += 1
    used = Q(hero_of__isnull=False) | Q(shown_in__isnull=False) | Q(people__isnull=False)
    for picture in Picture.objects.filter(used).distinct():
        pictures.export(picture, folder)
    return count


def _import_article(file: FilePath, base: FilePath, now: datetime) -> Result:
    try:
        return Result(file.name, store(parse(_read(file)), base, now))
    except DocumentError as error:
        return Result(file.name, "refused", error.problems)


def _import_people(file: FilePath) -> Iterator[Result]:
    try:
        notes, lines = read_people(_read(file))
    except DocumentError as error:
        yield Result(file.name, "refused", error.problems)
        return
    for index, note in enumerate(notes):
        slug = note.words["slug"]
        try:
            yield Result(slug, store_person(note, file.parent, (index,), lines))
        except DocumentError as error:
            yield Result(f"{file.name}, {slug}", "refused", error.problems)


def _import_subjects(file: FilePath) -> Iterator[Result]:
    """Says something only when there is something wrong."""
    try:
        store_subjects(_read(file))
    except DocumentError as error:
        yield Result(file.name, "refused", error.problems)


def _read(file: FilePath) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise DocumentError([Problem("file", 0, "is larger than 2 MB.")])
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError([Problem("file", 0, "is not UTF-8 text.")]) from error
    except OSError as error:
        raise DocumentError([Problem("file", 0, f"cannot be read: {error.strerror}.")]) from error


def _write(file: FilePath, text: str) -> None:
    file.write_text(text, encoding="utf-8", newline="\n")
