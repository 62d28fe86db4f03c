"""The files below MEDIA_ROOT: found, brought back beside their place, put into it."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import IO

from django.conf import settings
from django.db import connection

from articles.models import Picture
from articles.pictures import file_name
from portal.backup import BackupError

STAGE = ".restoring"  # inside MEDIA_ROOT, so that a move from it is a rename also where MEDIA_ROOT is a mount


def root() -> Path:
    return Path(settings.MEDIA_ROOT)


def files() -> Iterator[str]:
    """The names of all files, relative to MEDIA_ROOT; not the ones that a restoring left half-way."""
    for folder, names, found in os.walk(root()):
        if Path(folder) == root() and STAGE in names:
            names.remove(STAGE)
        names.sort()
        for name in sorted(found):
            yield Path(folder, name).relative_to(root()).as_posix()


def named_by_pictures() -> Iterator[tuple[str, str]]:
    """(key of a picture, name of one of its files), for all pictures."""
    for picture in Picture.objects.using(connection.alias).iterator():  # no replica: it has another snapshot
        for width in picture.widths:
            for ending in picture.formats:
                yield f"{picture.key}", file_name(picture, width, ending)


def still_there(keys: set[str]) -> set[str]:
    """Which of these pictures exist at this moment, seen from outside the current transaction."""
    outside = connection.copy()
    try:
        with outside.cursor() as cursor:
            cursor.execute("SELECT key::text FROM articles_picture WHERE key = ANY(%s::uuid[])", [list(keys)])
            return {key for (key,) in cursor.fetchall()}
    finally:
        outside.close()


def stage(name: str, content: IO[bytes]) -> None:
    """Write one file of an archive beside its place. Raises BackupError for a name that leads elsewhere."""
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or parts[0] == "/":
        raise BackupError(f"The archive is damaged: {name!r} is no name of a file.")
    path = root() / STAGE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        shutil.copyfileobj(content, file, 1024 * 1024)
        file.flush()
        os.fsync(file.fileno())


def check_staged(sums: dict[str, str]) -> None:
    """Read back what `stage` wrote. Raises BackupError, naming the file and its two checksums."""
    for name, wanted in sums.items():
        with open(root() / STAGE / name, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != wanted:
            raise BackupError(f"{name} was written with the SHA-256 {found}, and should have {wanted}.")


def place(names: list[str], added: list[str]) -> None:
    """Move staged files to where they belong, and append those that were not there before to `added`.

    A name stands for the content that was uploaded, so a file that is there already is the same picture.
    """
    for name in names:
        target = root() / name
        if not target.exists():
            added.append(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(root() / STAGE / name, target)


def remove(names: list[str]) -> None:
    for name in names:
        (root() / name).unlink(missing_ok=True)


def clear_stage() -> None:
    shutil.rmtree(root() / STAGE, ignore_errors=True)
