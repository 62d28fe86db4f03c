"""The database: one snapshot of it, and its return in one transaction."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder

from portal.backup import BackupError, programs

PART = 8 * 1024 * 1024  # bytes of the dump that are in memory at once
# Options of pg_restore: comments are on extensions, which belong to others. Of psql: no rows in its errors.
UNPACK = ("--no-owner", "--no-privileges", "--no-comments", "--file=-")
RUN = ("-X", "-q", "--no-password", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=terse")

TABLES = """
    SELECT format('%I.%I', n.nspname, c.relname)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
    ORDER BY 1
"""
BEGIN = """
    BEGIN;
    SET LOCAL statement_timeout = 0;
    SET LOCAL lock_timeout = '30s';
    SET LOCAL client_min_messages = warning;
"""
# Everything in the schema that no extension owns. Extensions stay: only their owner could drop them.
DROP = """
    DO $$
    DECLARE statement text;
    BEGIN
        FOR statement IN
            SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE c.relkind WHEN 'v' THEN 'VIEW'
                WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, n.nspname, c.relname)
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND NOT EXISTS (
                SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                    AND (d.deptype = 'e' OR c.relkind = 'S' AND d.deptype IN ('a', 'i')))  -- goes with its table
            UNION ALL
            SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure)
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE n.nspname = 'public'
                AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        LOOP EXECUTE statement; END LOOP;
    END $$;
"""
CHECK = """
    SELECT count(*) INTO found FROM {0};
    IF found <> {1} THEN RAISE EXCEPTION 'table % has % rows instead of {1}', {2}, found; END IF;
"""


REFUSED = 3  # what psql ends with if a statement failed (ON_ERROR_STOP): nothing was committed


class Unsure(BackupError):
    """The database may hold the archive, or what it held before."""


@contextmanager
def snapshot() -> Iterator[str]:
    """Look at the database as it is now until the end of the block. Gives a name under which pg_dump shares the view."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def tables() -> list[str]:
    """All tables but PostgreSQL's and those of extensions, as SQL names them."""
    with connection.cursor() as cursor:
        cursor.execute(TABLES)
        return [name for (name,) in cursor.fetchall()]


def count_rows() -> dict[str, int]:
    """The number of rows of each table. Counting also keeps its shape until the transaction ends."""
    counts = {}
    with connection.cursor() as cursor:
        for table in tables():
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  (quoted by the server)
            counts[table] = cursor.fetchone()[0]
    return counts


def migrations() -> list[str]:
    """The migrations that are applied, as `app.name`."""
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


def dump(snapshot_id: str) -> Iterator[bytes]:
    """What pg_dump writes of that snapshot, in parts of PART bytes. Raises BackupError with what it says."""
    options = [
        "--format=custom",
        "--no-owner",
        "--no-privileges",
        "--no-password",
        f"--snapshot={snapshot_id}",
    ]
    command: list[str | Path] = [programs.folder() / "pg_dump", *options, f"--dbname={programs.address()}"]
    with tempfile.TemporaryFile() as said:
        with subprocess.Popen(  # noqa: S603
            command, stdout=subprocess.PIPE, stderr=said, env=programs.environment()
        ) as process:
            assert process.stdout is not None  # noqa: S101  (for the types)
            try:
                while part := process.stdout.read(PART):
                    yield part
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise BackupError(f"pg_dump failed: {_tail(said)}")


def restore(parts: Iterable[bytes], counts: dict[str, int], *, replace: bool) -> None:
    """Bring back what `dump` gave, all of it or nothing: one transaction, committed if each table has its rows.

    counts   from `count_rows`
    replace  drop what is there
    raises   BackupError with what PostgreSQL says; Unsure if nobody knows whether it did
    """
    place = programs.folder()
    unpack: list[str | Path] = [place / "pg_restore", *UNPACK]
    run: list[str | Path] = [place / "psql", *RUN, f"--dbname={programs.address()}"]
    connection.close()
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as answered:
        with (
            _start(unpack, subprocess.PIPE, said) as unpacking,
            _start(run, subprocess.DEVNULL, answered) as psql,
        ):
            _convey(parts, unpacking, psql, BEGIN + (DROP if replace else ""), _proof(counts) + "COMMIT;\n")
        if psql.returncode not in (0, REFUSED) and not unpacking.returncode:
            raise Unsure(
                f"Look at the database: the connection was lost at the end. {_tail(answered)}".strip()
            )
        if unpacking.returncode or psql.returncode:
            raise BackupError(f"The database was left as it was: {_tail(answered)} {_tail(said)}".strip())


def _start(command: list[str | Path], stdout: int, stderr: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.PIPE, stdout=stdout, stderr=stderr, env=programs.environment()
    )


def _convey(
    parts: Iterable[bytes],
    unpacking: subprocess.Popen[bytes],
    psql: subprocess.Popen[bytes],
    before: str,
    after: str,
) -> None:
    """Feed `parts` to pg_restore, and its SQL to psql between `before` and `after`; without it nothing is committed."""
    assert unpacking.stdin is not None  # noqa: S101  (these are for the types)
    assert unpacking.stdout is not None  # noqa: S101
    assert psql.stdin is not None  # noqa: S101
    feeder = Feeder(parts, unpacking.stdin)
    feeder.start()
    try:
        psql.stdin.write(before.encode())
        shutil.copyfileobj(unpacking.stdout, psql.stdin)
        feeder.join()
        if feeder.error is None and unpacking.wait() == 0:
            psql.stdin.write(after.encode())
        psql.stdin.close()
    except BrokenPipeError:
        unpacking.kill()  # psql has ended, and says why
        with suppress(BrokenPipeError):
            psql.stdin.close()
    finally:
        feeder.join()
    if feeder.error:
        psql.wait()
        raise feeder.error


class Feeder(threading.Thread):
    """Writes parts to a program that may end before it has read them all."""

    def __init__(self, parts: Iterable[bytes], target: IO[bytes]) -> None:
        super().__init__(daemon=True)
        self._parts, self._target = parts, target
        self.error: Exception | None = None

    def run(self) -> None:
        try:
            with self._target:
                for part in self._parts:
                    self._target.write(part)
        except BrokenPipeError:
            pass  # the program says why
        except Exception as error:
            self.error = error


def _proof(counts: dict[str, int]) -> str:
    """SQL that raises an error unless each table has its rows."""
    checks = "".join(CHECK.format(table, int(count), _literal(table)) for table, count in counts.items())
    return f"DO $proof$ DECLARE found bigint; BEGIN\n{checks} END $proof$;\n"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _tail(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")[-2000:].strip()
