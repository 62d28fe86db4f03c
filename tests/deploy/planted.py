"""A further migration of the tables that are read and written most, as the rules of docs/migrations.md want it.

Called in a process of the rehearsed portal: `manage.py shell -c "from tests.deploy import planted; planted.apply()"`.
"""

from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection, models
from django.db.migrations import AddField, Migration
from django.db.migrations.loader import MigrationLoader

from tests.migration_lint import lint

FITTING = models.CheckConstraint(condition=models.Q(shoe_size__gte=0), name="planted_fitting")
STEPS = {
    "newsletter": [
        [
            AddField("subscriber", "shoe_size", models.IntegerField(db_default=0)),
            AddField("subscriber", "nickname", models.TextField(null=True)),
        ],
        [AddIndexConcurrently("subscriber", models.Index(fields=["nickname"], name="planted_nickname"))],
        [AddConstraintNotValid("subscriber", FITTING)],
        [ValidateConstraint("subscriber", "planted_fitting")],
    ],
    "articles": [[AddField("article", "mood", models.CharField(max_length=9, db_default="calm"))]],
}


def migrations():
    """The migrations with the state before each."""
    state = MigrationLoader(connection).project_state()
    for app, steps in STEPS.items():
        for number, operations in enumerate(steps):
            migration = Migration(f"9{number:03}_planted", app)
            migration.operations, migration.atomic = (
                operations,
                type(operations[0]) is not AddIndexConcurrently,
            )
            yield migration, state.clone()
            state = migration.mutate_state(state)


def apply():
    for migration, state in migrations():
        problems = lint(migration, state)
        if problems:
            raise ValueError(problems)
        with connection.schema_editor(atomic=migration.atomic) as editor:
            migration.apply(state, editor)


def take_back():
    for migration, state in reversed(list(migrations())):
        with connection.schema_editor(atomic=migration.atomic) as editor:
            migration.unapply(state, editor)
