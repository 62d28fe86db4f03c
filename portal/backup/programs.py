"""PostgreSQL's pg_dump, pg_restore and psql, of the version that belongs to the server."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from django.db import connection
from psycopg2.extensions import make_dsn  # type: ignore[import-untyped]

from portal.backup import BackupError
from portal.local import binaries

NAMES = ("pg_dump", "pg_restore", "psql")
NOT_LIBPQ = {"cursor_factory", "client_encoding", "connection_factory"}


def server_version() -> int:
    """The major version of the server that the settings name."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10000


def folder() -> Path:
    """The folder with the programs for our server: its own version, else a newer one.

    raises  BackupError if there is none: an older pg_dump refuses a newer server
    """
    needed = server_version()
    found = {version: place for place in reversed(list(_places())) if (version := _version(place)) >= needed}
    if not found:
        raise BackupError(
            f"No pg_dump {needed} or newer was found. Install it (Debian: apt-get install postgresql-client-{needed})."
        )
    return found[min(found)]


def address() -> str:
    """The server and the database, as libpq's programs take it; the password is not in it."""
    parameters = connection.get_connection_params()
    return str(make_dsn(**{name: parameters[name] for name in parameters.keys() - NOT_LIBPQ - {"password"}}))


def environment() -> dict[str, str]:
    """What the programs get of ours: where to find things, and the password, which no list of processes may show."""
    kept = {
        name: value for name, value in os.environ.items() if name.startswith("PG") or name in ("PATH", "HOME")
    }
    password = connection.get_connection_params().get("password")
    return kept | {"LC_ALL": "C.UTF-8"} | ({"PGPASSWORD": str(password)} if password else {})


def _places() -> Iterator[Path]:
    """Best first."""
    yield from binaries.candidates()
    if on_path := shutil.which("pg_dump"):
        yield Path(on_path).resolve().parent


def _version(place: Path) -> int:
    """The major version of the programs in `place`; 0 if they are not all there or do not run."""
    if not all((place / name).exists() for name in NAMES):
        return 0
    try:
        answer = subprocess.run(  # noqa: S603
            [place / "pg_dump", "--version"], capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    found = re.search(r"\) (\d+)", answer.stdout)
    return int(found[1]) if found else 0
