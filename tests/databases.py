"""The test databases: copied from one that is migrated already, and emptied without rebuilding each table."""

import hashlib
from io import StringIO
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction

PREFIX = "portal_template_"
KEPT = 3  # the newest of them: other branches of the same checkout find theirs again
LOCK = 7_364_102  # any number: one process at a time looks for the template and makes it


def template():
    """The name of a database to copy. The first process that needs it makes it, the others wait.

    It stays on the server and serves all runs until what it is made from changes.
    """
    name = PREFIX + digest()
    with connections["default"].creation._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # until this connection ends
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if not cursor.fetchone():
            migrate(f"{name}_unfinished")
            cursor.execute(f"ALTER DATABASE {name}_unfinished RENAME TO {name}")
            # What is copied must have no visitor.
            cursor.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        cursor.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY oid DESC OFFSET %s",
            [PREFIX, KEPT],
        )
        for (old,) in cursor.fetchall():
            cursor.execute(f"DROP DATABASE {old}")
    return name


def migrate(name):
    """Make the database `name` with all migrations, in place of one that an ended process has left."""
    connection = connections["default"]
    own, test = connection.settings_dict["NAME"], connection.settings_dict["TEST"]
    named = test["NAME"]
    test["NAME"] = name
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        connection.close()
        settings.DATABASES["default"]["NAME"] = connection.settings_dict["NAME"] = own
        test["NAME"] = named


def digest():
    """Stands for all that decides what the migrations make: their files, and what they take from elsewhere."""
    found = hashlib.sha256(repr(settings.INSTALLED_APPS).encode())
    for file in sorted(sources()):
        found.update(str(file).encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()[:16]


def sources():
    """Files of the migrations of every app, of the modules that ours import, and of the texts that they load."""
    for app in apps.get_app_configs():
        yield from Path(app.path, "migrations").rglob("*.py")
    for folder in settings.BASE_DIR.glob("*/models"):
        yield from folder.rglob("*.py")
    yield from Path(settings.BASE_DIR, "portal", "lib").rglob("*.py")
    yield from Path(settings.BASE_DIR, "portal", "texts").iterdir()
    yield settings.BASE_DIR / "requirements.txt"


def quicken(connection):
    """Let tests that commit wait for no disk, and afterwards empty only what is full.

    The rows that migrations wrote come back at once, whatever test is next: pytest puts together the tests that
    use a browser. They are kept as the server prints them, Django would save them one by one.
    """
    printed, operations = printed_rows(connection), type(connection.ops)
    flush = operations.execute_sql_flush

    def flush_and_fill(self, statements):
        with transaction.atomic():
            flush(self, statements)
            put_back(self.connection, printed)

    operations.execute_sql_flush = flush_and_fill
    # Else Django brings them back before the next test that commits; and tells all apps of the tables, if none.
    wrapper = type(connection)  # under Playwright's loop Django opens another connection
    connection._test_serialized_contents = wrapper._test_serialized_contents = ""
    type(connection.creation).deserialize_db_from_string = lambda self, nothing: None
    with connection.cursor() as cursor:
        name = connection.ops.quote_name(connection.settings_dict["NAME"])
        cursor.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        cursor.execute("SHOW is_superuser")
        if cursor.fetchone() == ("on",):  # as on the portal's own server; else Django truncates
            operations.sql_flush = empty


def printed_rows(connection):
    """{table: its rows as COPY prints them} of all tables that are not empty."""
    printed = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            buffer = StringIO()
            cursor.copy_expert(f'COPY "{table}" TO STDOUT', buffer)
            printed[table] = buffer.getvalue()
    return {table: rows for table, rows in printed.items() if rows}


def put_back(connection, printed):
    """Fill empty tables again. Foreign keys are checked at the end (DEFERRABLE INITIALLY DEFERRED)."""
    with connection.cursor() as cursor:
        for table, rows in printed.items():
            cursor.copy_expert(f'COPY "{table}" FROM STDIN', StringIO(rows))


def empty(operations, style, tables, **options):
    """In place of Django's `sql_flush`: truncating makes new files for 80 tables and their indexes, full or not.

    No trigger is asked, as none is asked by truncating: those of foreign keys, and those that keep evidence.
    """
    asked = (f"SELECT '{table}' WHERE EXISTS (SELECT FROM \"{table}\")" for table in tables)  # noqa: S608
    with operations.connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        full = [table for (table,) in cursor.fetchall()]
    deletions = [f'DELETE FROM "{table}"' for table in full]  # noqa: S608
    return ["SET LOCAL session_replication_role = replica", *deletions]
