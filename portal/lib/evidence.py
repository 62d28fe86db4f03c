"""Rows that are evidence: written once, then neither changed nor deleted, not even by us."""

from django.db import migrations


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
