"""Writing an archive."""

from __future__ import annotations

import fcntl
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO

from portal.backup import FORMAT, BackupError, database, media, programs
from portal.backup.archive import MANIFEST, Writer
from portal.backup.sealing import sealed

NAME = re.compile(r"portal-\d{8}T\d{6}Z\.tar(\.age)?", re.ASCII)
ATTEMPTS = 3


class Changed(Exception):
    """Pictures were deleted while the archive was written."""


@dataclass
class Result:
    path: Path
    rows: int = 0
    tables: int = 0
    files: int = 0
    # Files that the database names and that are not on the disk.
    lost: list[str] = field(default_factory=list)


def archives(folder: Path) -> list[Path]:
    """The complete archives in `folder`, newest first."""
    return sorted((path for path in folder.iterdir() if NAME.fullmatch(path.name)), reverse=True)


def write(folder: Path, *, key: str, now: datetime) -> Result:
    """Write an archive into `folder`, which is made if need be.

    key      of age; empty: not encrypted
    raises   BackupError; then there is no new file under a final name
    """
    result = Result(folder / f"portal-{now:%Y%m%dT%H%M%SZ}.tar{'.age' if key else ''}")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _clear(folder)
        for attempt in range(1, ATTEMPTS + 1):
            with suppress(Changed) if attempt < ATTEMPTS else _too_busy():
                with _appearing(result.path) as file, sealed(file, key) as target:
                    _fill(Writer(target), now, result)
                return result
    except OSError as error:
        raise BackupError(f"The archive cannot be written to {folder}: {error.strerror or error}.") from error
    raise AssertionError("the last attempt returns or raises")


def prune(folder: Path, keep: int) -> list[Path]:
    """Delete all archives in `folder` but the newest `keep`. Returns the deleted."""
    old = archives(folder)[keep:]
    for path in old:
        path.unlink()
    return old


def _fill(writer: Writer, now: datetime, result: Result) -> None:
    with database.snapshot() as snapshot_id:
        rows = database.count_rows()
        manifest = {
            "format": FORMAT,
            "written_at": now.isoformat(),
            "postgresql": programs.server_version(),
            "migrations": database.migrations(),
            "rows": rows,
        }
        writer.add_bytes(MANIFEST, json.dumps(manifest, indent=1).encode())
        for number, part in enumerate(database.dump(snapshot_id), 1):
            writer.add_bytes(f"database/{number:06}", part)
        found = _add_media(writer)
        result.lost = _lost(found)
    writer.finish()
    result.tables, result.rows, result.files = len(rows), sum(rows.values()), len(found)


def _add_media(writer: Writer) -> set[str]:
    found = set()
    for name in media.files():
        with (
            suppress(FileNotFoundError),
            open(media.root() / name, "rb") as file,
        ):  # deleted since it was listed
            facts = os.fstat(file.fileno())
            writer.add(f"media/{name}", file, facts.st_size, facts.st_mtime)
            found.add(name)
    return found


def _lost(found: set[str]) -> list[str]:
    """The files that pictures of the snapshot name and that are not in `found`.

    raises  Changed if a picture has been deleted since: then the next snapshot does not name it
    """
    missing = [(key, name) for key, name in media.named_by_pictures() if name not in found]
    keys = {key for key, _ in missing}
    if keys and media.still_there(keys) != keys:
        raise Changed
    return sorted(name for _, name in missing)


@contextmanager
def _too_busy() -> Iterator[None]:
    try:
        yield
    except Changed as error:
        raise BackupError(
            "Pictures are being deleted again and again. Start again when that is over."
        ) from error


@contextmanager
def _appearing(path: Path) -> Iterator[IO[bytes]]:
    """A new file that gets its name when it is complete and on the disk; before that it is locked by us."""
    draft = path.with_name(f".{path.name}.partial")
    if path.exists():
        raise BackupError(f"{path} exists already.")
    # It holds everything about everybody.
    descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield file
            file.flush()
            os.fsync(file.fileno())
            draft.rename(path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _clear(folder: Path) -> None:
    """Delete what killed processes left, whose locks the kernel has given back."""
    for draft in folder.glob(".portal-*.partial"):
        with suppress(BlockingIOError), draft.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            draft.unlink()
