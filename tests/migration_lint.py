"""Is a migration safe while the code of before still serves? (docs/migrations.md says how to write one that is.)

Judged is the SQL that Django would run, statement by statement, without running it, and the kinds of operations.
Every table that the migration does not make itself counts as big. django-migration-linter was looked at: it takes
indexes for a warning, does not know NOT VALID, and does not look at RunSQL and RunPython the way we need.
"""

import re
from dataclasses import dataclass, field

from django.contrib.postgres.operations import AddConstraintNotValid, ValidateConstraint
from django.db import connection
from django.db.migrations.operations import RunPython, RunSQL, SeparateDatabaseAndState
from django.db.migrations.operations.fields import RemoveField
from django.db.migrations.operations.models import DeleteModel

NEW_TABLE = re.compile(r'CREATE TABLE "(\w+)"')
TABLE = re.compile(r'(?:TABLE|ON|UPDATE) "(\w+)"')
STRING = re.compile(r"'(?:[^']|'')*'")
ADDED = re.compile(r'ADD COLUMN "(\w+)"(.*)')
TYPE = re.compile(r'ALTER COLUMN "(\w+)" TYPE (\S+)')
STABLE = "STATEMENT_TIMESTAMP()"

# Of a table with rows. What each statement locks: https://www.postgresql.org/docs/current/sql-altertable.html
REFUSED = {
    r"CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)": "building an index stops writes: AddIndexConcurrently",
    r"DROP INDEX (?!CONCURRENTLY)": "dropping an index stops reads: RemoveIndexConcurrently",
    r"ADD CONSTRAINT (?!.*NOT VALID)": "a new constraint reads all rows under a lock: AddConstraintNotValid, and"
    " ValidateConstraint in the next migration; a unique one by an index that is built concurrently",
    r"ALTER COLUMN .* SET NOT NULL": "NOT NULL reads all rows under a lock: a check constraint, first not valid",
    r"RENAME": "the code that still serves knows the old name: add the new one beside it",
    r"DROP (COLUMN|TABLE)": "the code that still serves uses it: first leave it out of the state only",
}


@dataclass
class Judgement:
    """What is wrong with one migration."""

    migration: object
    problems: list = field(default_factory=list)
    new_tables: set = field(default_factory=set)

    def refuse(self, what, why):
        self.problems.append(f"{self.migration.app_label}.{self.migration.name}: {what}: {why}")

    def concerns_rows(self, statement):
        """False if the statement is about a table that this migration makes."""
        table = TABLE.search(statement)
        return not table or table[1] not in self.new_tables


def lint(migration, state):
    """The problems of `migration`, each a line of text, applied to a database that is in `state`.

    Must be called outside a transaction: Django refuses to plan concurrent indexes inside one.
    """
    judgement = Judgement(migration)
    judge_kinds(judgement)
    judge_removals(judgement, state)
    for operation, before, statements in planned(migration, state.clone()):
        judgement.new_tables |= {found[1] for one in statements if (found := NEW_TABLE.match(one))}
        judge_sql(judgement, operation, before, statements)
    return judgement.problems


def flat(operations):
    """The operations, and those within SeparateDatabaseAndState that reach the database."""
    for operation in operations:
        if isinstance(operation, SeparateDatabaseAndState):
            yield from flat(operation.database_operations)
        else:
            yield operation


def judge_kinds(judgement):
    migration = judgement.migration
    operations = list(flat(migration.operations))
    for operation in operations:
        if isinstance(operation, RunPython):
            if len(migration.operations) > 1:
                judgement.refuse(
                    "RunPython", "locks of its neighbours last as long as it runs: a migration of its own"
                )
            if not operation.elidable:
                judgement.refuse("RunPython", "later versions of the models break it: elidable=True")
        if isinstance(operation, RunSQL) and not (operation.hints or {}).get("reason"):
            judgement.refuse("RunSQL", 'nobody checks it: hints={"reason": "why it is safe"}')
    kinds = {type(operation) for operation in operations}
    if {AddConstraintNotValid, ValidateConstraint} <= kinds:
        judgement.refuse(
            "ValidateConstraint", "the lock of the adding lasts until the commit: a migration of its own"
        )
    if not migration.atomic and len(migration.operations) > 1:
        judgement.refuse("atomic = False", "half of it stays when it fails: one operation in the migration")


def judge_removals(judgement, state):
    """What leaves the state stays in the table for a release: it must do without a value there."""
    for operation in judgement.migration.operations:
        if isinstance(operation, SeparateDatabaseAndState):
            if operation.state_operations and operation.database_operations and removals(operation):
                judgement.refuse(
                    "SeparateDatabaseAndState", "the code that still serves uses it: drop it a release later"
                )
            for removal in removals(operation):
                if isinstance(removal, RemoveField):
                    judge_leaving(judgement, state, removal)


def removals(operation):
    return [one for one in operation.state_operations if isinstance(one, RemoveField | DeleteModel)]


def judge_leaving(judgement, state, removal):
    model = state.models[judgement.migration.app_label, removal.model_name_lower]
    leaving = model.fields[removal.name]
    if not (leaving.null or leaving.has_db_default() or leaving.many_to_many):
        what = f"{removal.model_name}.{removal.name}"
        judgement.refuse(what, "new rows will have no value for it: first null=True or db_default")


def planned(migration, state):
    """(operation, state before it, its SQL) for each operation; what waits for the end comes with the last."""
    with connection.schema_editor(collect_sql=True, atomic=False) as editor:
        for operation in migration.operations:
            before, seen = state.clone(), len(editor.collected_sql)
            operation.state_forwards(migration.app_label, state)
            if operation.reduces_to_sql and not isinstance(operation, RunSQL):
                operation.database_forwards(migration.app_label, editor, before, state)
            yield operation, before, list(editor.collected_sql[seen:])
        seen = len(editor.collected_sql)
    yield None, state, list(editor.collected_sql[seen:])


def judge_sql(judgement, operation, before, statements):
    what = operation.describe() if operation else "at the end"
    if isinstance(operation, SeparateDatabaseAndState) and any(
        isinstance(one, RunSQL) for one in flat([operation])
    ):
        return  # it gives its reason
    statements = [STRING.sub("''", one) for one in statements if judgement.concerns_rows(one)]
    for statement in statements:
        for pattern, why in REFUSED.items():
            if re.search(pattern, statement):
                judgement.refuse(what, why)
        judge_column(judgement, what, statement, statements)
        judge_type(judgement, what, statement, operation, before)


def judge_column(judgement, what, statement, statements):
    added = ADDED.search(statement)
    if not added:
        return
    name, rest = added.groups()
    loses_default = any(f'"{name}" DROP DEFAULT' in one for one in statements)
    if "NOT NULL" in rest and ("DEFAULT" not in rest or loses_default):
        judgement.refuse(what, "the code that still serves adds rows without it: db_default, or null=True")
    if re.search("UNIQUE|PRIMARY KEY|GENERATED", rest):
        judgement.refuse(what, "all rows are read or written under a lock: a plain column first")
    default = re.search(r"DEFAULT (.*?) (NOT )?NULL", rest)
    if default and re.search(r"\w\(", default[1].replace(STABLE, "")):
        judgement.refuse(what, "a value computed for each row writes the table anew: a constant")


def judge_type(judgement, what, statement, operation, before):
    """A text may become longer; everything else writes the table anew, or reads it to see whether it must."""
    altered = TYPE.search(statement)
    if not altered:
        return
    model = before.apps.get_model(judgement.migration.app_label, operation.model_name)
    old = model._meta.get_field(operation.name).db_type(connection)
    length = [
        int(found[1]) if (found := re.match(r"varchar\((\d+)\)", one)) else None for one in (old, altered[2])
    ]
    if (altered[2] == "text" and length[0]) or (None not in length and length[1] >= length[0]):
        return
    judgement.refuse(what, "another type writes the table anew: a second column, filled in steps")
