"""Bringing an archive back.

First the whole archive is read and checked. Then files are put into place, then the database in one transaction, then
files that the archive does not know are deleted: at no moment does a row name a file that is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader

from portal.backup import BackupError, database, media, programs
from portal.backup.archive import BLOCK, Contents, check, members
from portal.backup.sealing import opened
from portal.backup.writing import archives

MEDIA, DATABASE = "media/", "database/"


@dataclass(frozen=True)
class Result:
    path: Path
    rows: int
    tables: int
    files: int
    pending: int  # migrations that the code has and the archive has not


def restore(path: Path, *, key: str, replace: bool) -> Result:
    """Bring back an archive, or the newest one in a folder.

    key      the secret key of age; empty: the archive is not encrypted
    replace  drop what is in the database, and delete files that the archive has not
    raises   BackupError: damaged, another key, newer than we are, or there is something that would be lost.
             Then the database is as it was.
    """
    path = chosen(path)
    try:
        with path.open("rb") as file:
            with opened(file, key) as source:
                contents = check(source)
            pending = _check_versions(contents.manifest)
            if not replace:
                _check_empty()
            _bring_back(file, key, contents, replace=replace)
    except OSError as error:
        where = error.filename or path
        raise BackupError(f"{where}: {error.strerror or error}.") from error
    rows = contents.manifest["rows"]
    return Result(path, sum(rows.values()), len(rows), len(_files(contents)), pending)


def chosen(path: Path) -> Path:
    """`path`, or the newest archive in it if it is a folder. Raises BackupError if there is none."""
    if not path.is_dir():
        return path
    found = archives(path)
    if not found:
        raise BackupError(f"There is no archive in {path}.")
    return found[0]


def _bring_back(file: IO[bytes], key: str, contents: Contents, *, replace: bool) -> None:
    sums = _files(contents)
    before = set(media.files())
    added: list[str] = []
    is_restored = False
    media.clear_stage()
    try:
        with _again(file, key) as source:
            for name, content in members(source):
                if name.startswith(MEDIA):
                    media.stage(name.removeprefix(MEDIA), content)
        media.check_staged(sums)
        media.place(list(sums), added)
        with _again(file, key) as source:
            database.restore(_parts(source), contents.manifest["rows"], replace=replace)
            is_restored = True
    except database.Unsure:
        raise  # pictures that no database names do no harm, missing ones do
    except BaseException:
        if not is_restored:
            media.remove(added)
        raise
    finally:
        media.clear_stage()
    media.remove(sorted(before - set(sums)))


@contextmanager
def _again(file: IO[bytes], key: str) -> Iterator[IO[bytes]]:
    file.seek(0)
    with opened(file, key) as source:
        yield source


def _parts(source: IO[bytes]) -> Iterator[bytes]:
    """The dump, piece by piece."""
    for name, content in members(source):
        if name.startswith(DATABASE):
            while block := content.read(BLOCK):
                yield block


def _files(contents: Contents) -> dict[str, str]:
    """The checksums of the files, by their names below MEDIA_ROOT."""
    return {
        name.removeprefix(MEDIA): digest for name, digest in contents.sums.items() if name.startswith(MEDIA)
    }


def _check_versions(manifest: dict[str, Any]) -> int:
    """The number of migrations that the archive lacks. Raises BackupError if it has some that we do not know."""
    known = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    written = set(manifest["migrations"])
    replaced = {
        ".".join(key) for one in MigrationLoader(None).disk_migrations.values() for key in one.replaces
    }
    if unknown := sorted(written - known - replaced):
        raise BackupError(
            f"The archive is of a newer portal: {unknown[0]} is unknown here ({len(unknown)} of its migrations are)."
        )
    if manifest["postgresql"] > programs.server_version():
        raise BackupError(
            f"The archive is of PostgreSQL {manifest['postgresql']}, and the server here is {programs.server_version()}."
        )
    return len(known - written)


def _check_empty() -> None:
    """Raises BackupError if there are tables or files."""
    found = len(database.tables())
    if found:
        name = connection.settings_dict["NAME"]
        raise BackupError(
            f"The database {name} is not empty ({found} tables). --replace drops what is there."
        )
    if any(media.files()):
        raise BackupError(f"{media.root()} is not empty. --replace deletes what is there.")
