"""Pictures beside the files: found again when they are in the database, made from their file when not.

What is exported is the largest JPEG, which is not the upload that the row was made from. So the file names the key
of its row; where that row exists, the file is not looked at.
"""

from __future__ import annotations

import hashlib
from pathlib import Path as FilePath

from django.core.files import File
from django.core.files.storage import default_storage

from articles.models import Picture
from articles.pictures import PictureError, file_name, make_picture

from .document import PictureNote
from .problems import DocumentError, Problem

FOLDER = "pictures"


def note_of(picture: Picture) -> PictureNote:
    return PictureNote(str(picture.key), picture.alt, picture.credit, f"{FOLDER}/{picture.key}.jpg")


def find(note: PictureNote, kind: str, base: FilePath, field: str) -> Picture | None:
    """The row of `note` if there is one. Raises DocumentError for a file outside `base` or not there."""
    pictures = Picture.objects.filter(kind=kind)
    if note.key and (picture := pictures.filter(key=note.key).first()):
        return picture
    digest = hashlib.sha256(_inside(note, base, field).read_bytes()).hexdigest()
    return pictures.filter(source_hash=digest).first()


def obtain(note: PictureNote, kind: str, base: FilePath, field: str) -> Picture:
    """The row of `note`, made or described anew as it says. Raises DocumentError."""
    picture = find(note, kind, base, field)
    if picture is None:
        try:
            with _inside(note, base, field).open("rb") as file:
                return make_picture(File(file), kind=kind, alt=note.alt, credit=note.credit)
        except PictureError as error:
            raise DocumentError([Problem(f"{field}.file", 0, str(error))]) from error
    if (picture.alt, picture.credit) != (note.alt, note.credit):
        picture.alt, picture.credit = note.alt, note.credit
        picture.save(update_fields=["alt", "credit"])
    return picture


def export(picture: Picture, folder: FilePath) -> None:
    """Write the largest JPEG of `picture` where `note_of` says it is."""
    target = folder / note_of(picture).file
    target.parent.mkdir(parents=True, exist_ok=True)
    with default_storage.open(file_name(picture, picture.widths[-1], "jpg")) as file:
        target.write_bytes(file.read())


def _inside(note: PictureNote, base: FilePath, field: str) -> FilePath:
    path = (base / note.file).resolve()
    if not note.file or not path.is_relative_to(base.resolve()) or not path.is_file():
        raise DocumentError([Problem(f"{field}.file", 0, f"there is no file {note.file} in this folder.")])
    return path
