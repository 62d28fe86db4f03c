"""Rows that are evidence: written once, then neither changed nor deleted, not even by us."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, migrations, transaction


def append_only(table: str, *, forgettable: str = "") -> migrations.RunSQL:
    """Migration operation: PostgreSQL refuses UPDATE and DELETE on `table`.

    forgettable  one column that may still be set to NULL: the link to a person, so that an account can be
                 deleted while the evidence stays without identity
    """
    if forgettable:
        kept = (
            f"to_jsonb(NEW) - '{forgettable}' = to_jsonb(OLD) - '{forgettable}' AND NEW.{forgettable} IS NULL"
        )
    else:
        kept = "FALSE"
    return migrations.RunSQL(
        sql=f"""
            CREATE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    IF {kept} THEN RETURN NEW; END IF;
                END IF;
                RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
            END $$;
            CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only();
        """,
        reverse_sql=f"DROP TRIGGER {table}_is_append_only ON {table}; DROP FUNCTION {table}_is_append_only();",
    )


def kept_until(table: str, moment: str, *, forgettable: str = "", blankable: str = "") -> migrations.RunSQL:
    """Migration operation: `append_only`, but rows may be deleted at the end of their period (see `aged_out`).

    moment       the column with the time at which the period of a row begins
    forgettable  as in append_only
    blankable    one text column that may still be emptied: what a row is called, when that names a person

    A trigger of `append_only` on the table is replaced. To go back is to keep this one.
    """
    columns = [column for column in (forgettable, blankable) if column]
    minus = "".join(f" - '{column}'" for column in columns)
    kept = f"to_jsonb(NEW){minus} = to_jsonb(OLD){minus}"
    if forgettable:
        kept += f" AND (NEW.{forgettable} IS NULL OR NEW.{forgettable} = OLD.{forgettable})"
    if blankable:
        kept += f" AND NEW.{blankable} IN (OLD.{blankable}, '')"
    return migrations.RunSQL(
        sql=f"""
            CREATE OR REPLACE FUNCTION {table}_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF TG_OP = 'UPDATE' THEN
                    IF {kept} THEN RETURN NEW; END IF;
                ELSIF OLD.{moment} < NULLIF(current_setting('portal.delete_before', true), '')::timestamptz THEN
                    RETURN OLD;
                END IF;
                RAISE EXCEPTION '{table} is append-only' USING ERRCODE = 'integrity_constraint_violation';
            END $$;
            DROP TRIGGER IF EXISTS {table}_is_append_only ON {table};
            CREATE TRIGGER {table}_is_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION {table}_is_append_only();
        """,
        reverse_sql=migrations.RunSQL.noop,
    )


@contextmanager
def aged_out(before: datetime) -> Iterator[None]:
    """A transaction in which evidence from before `before` (aware) may be deleted, and none that is younger."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('portal.delete_before', %s, true)", [before.isoformat()])
        yield
        cursor.execute("SELECT set_config('portal.delete_before', '', true)")
