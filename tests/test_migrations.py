"""Migrations are safe while the code of before still serves (docs/migrations.md)."""

import re

import pytest
from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.models.functions import Now, Random

from tests.migration_lint import lint

# The last migration of each app that was made before anything was served: nobody ran the code of before beside it.
FIRST_RELEASE = {"accounts": 5, "articles": 5, "newsletter": 5, "portal": 7, "trials": 15}

pytestmark = pytest.mark.django_db(transaction=True)

PERSON = "person"  # of the app articles: any table with rows
INDEX = models.Index(fields=["name"], name="planted")
CHECK = models.CheckConstraint(condition=~models.Q(name=""), name="planted")


@pytest.fixture(scope="module")
def loader():
    return MigrationLoader(None, ignore_no_migrations=True)


@pytest.fixture
def judged(loader):
    """What is wrong with a migration of these operations, put after all that exist."""

    def judge(*operations, atomic=True):
        migration = migrations.Migration("9999_planted", "articles")
        migration.operations, migration.atomic = list(operations), atomic
        return lint(migration, loader.project_state())

    return judge


def later_than_first_release(loader):
    for app, name in sorted(loader.disk_migrations):
        if app in FIRST_RELEASE and int(name[:4]) > FIRST_RELEASE[app]:
            yield app, name


def test_each_migration_since_the_first_release_is_safe(loader):
    problems = []
    for key in later_than_first_release(loader):
        problems += lint(loader.disk_migrations[key], loader.project_state(key, at_end=False))

    assert problems == []


def test_all_our_apps_are_judged(loader, settings):
    ours = {app for app, _ in loader.disk_migrations} & {
        path.name for path in settings.BASE_DIR.iterdir() if (path / "migrations").is_dir()
    }

    assert set(FIRST_RELEASE) == ours
    assert all(re.match(r"\d{4}_", name) for app, name in loader.disk_migrations if app in ours)


def unsafe():
    """(operation, what its refusal says)."""
    M = migrations
    wide = models.CharField(max_length=10)
    not_null = models.CharField(max_length=9, default="")
    yield "index", M.AddIndex(PERSON, INDEX), "AddIndexConcurrently"
    yield (
        "index of a field",
        M.AddField(PERSON, "x", models.IntegerField(null=True, db_index=True)),
        "AddIndexConcurrently",
    )
    yield "foreign key", M.AddField(PERSON, "x", foreign_key()), "AddIndexConcurrently"
    yield "not null", M.AddField(PERSON, "x", not_null), "db_default"
    yield (
        "unique column",
        M.AddField(PERSON, "x", models.IntegerField(null=True, unique=True)),
        "plain column",
    )
    yield "generated", M.AddField(PERSON, "x", generated()), "plain column"
    yield "volatile", M.AddField(PERSON, "x", models.FloatField(db_default=Random())), "a constant"
    yield "type", M.AlterField(PERSON, "name", models.IntegerField()), "second column"
    yield "shorter", M.AlterField(PERSON, "name", wide), "second column"
    yield "rename field", M.RenameField(PERSON, "name", "called"), "old name"
    yield "rename model", M.RenameModel("Person", "Human"), "old name"
    yield "remove field", M.RemoveField(PERSON, "name"), "out of the state"
    yield "delete model", M.DeleteModel("Reference"), "out of the state"
    yield "check", M.AddConstraint(PERSON, CHECK), "AddConstraintNotValid"
    yield (
        "unique",
        M.AddConstraint(PERSON, models.UniqueConstraint(fields=["name"], name="planted")),
        "concurrently",
    )
    yield "sql", M.RunSQL("SELECT 1", ""), "reason"
    yield "python", M.RunPython(M.RunPython.noop), "elidable"
    yield "state of a required field", leaving("name"), "null=True or db_default"
    yield "dropped at once", leaving("name", M.RunSQL("SELECT 1", hints={"reason": "x"})), "a release later"


def foreign_key(**options):
    return models.ForeignKey(
        "articles.topic", null=True, on_delete=models.SET_NULL, related_name="+", **options
    )


def generated():
    return models.GeneratedField(
        expression=models.F("id"), output_field=models.BigIntegerField(), db_persist=True
    )


def leaving(name, *database_operations):
    return migrations.SeparateDatabaseAndState(database_operations, [migrations.RemoveField(PERSON, name)])


@pytest.mark.parametrize(
    ("operation", "advice"), [case[1:] for case in unsafe()], ids=[case[0] for case in unsafe()]
)
def test_unsafe_operation_is_refused_with_advice(judged, operation, advice):
    problems = judged(operation)

    assert problems
    assert any(advice in problem for problem in problems), problems
    assert all(problem.startswith("articles.9999_planted: ") for problem in problems)


def safe():
    M = migrations
    new = M.CreateModel(
        "Planted", [("id", models.BigAutoField(primary_key=True)), ("name", models.CharField(max_length=9))]
    )
    optional = models.CharField(max_length=9, null=True)
    yield "new table", [new, M.AddIndex("planted", INDEX), M.AddConstraint("planted", CHECK)]
    yield "foreign key of a new table", [new, M.AddField("planted", "x", foreign_key())]
    yield "nullable", [M.AddField(PERSON, "x", optional)]
    yield "with a default in the database", [M.AddField(PERSON, "x", models.IntegerField(db_default=0))]
    yield (
        "text that looks like SQL",
        [M.AddField(PERSON, "x", models.TextField(db_default="NOT NULL (RENAME"))],
    )
    yield "moment", [M.AddField(PERSON, "x", models.DateTimeField(db_default=Now()))]
    yield "key without index", [M.AddField(PERSON, "x", foreign_key(db_index=False))]
    yield (
        "many to many",
        [M.AddField(PERSON, "x", models.ManyToManyField("articles.topic", related_name="+"))],
    )
    yield "longer", [M.AlterField(PERSON, "name", models.CharField(max_length=900))]
    yield "text", [M.AlterField(PERSON, "name", models.TextField())]
    yield "words for people", [M.AlterField(PERSON, "name", name_of_person(help_text="As on papers."))]
    yield "null allowed", [M.AlterField(PERSON, "name", name_of_person(null=True))]
    yield "not valid", [AddConstraintNotValid(PERSON, CHECK)]
    yield "reason", [M.RunSQL("SELECT 1", "", hints={"reason": "reads nothing"})]
    yield "elidable", [M.RunPython(M.RunPython.noop, M.RunPython.noop, elidable=True)]


def name_of_person(**options):
    from articles.models import Person

    return models.CharField(max_length=Person._meta.get_field("name").max_length, **options)


@pytest.mark.parametrize("operations", [case[1] for case in safe()], ids=[case[0] for case in safe()])
def test_safe_operation_is_let_through(judged, operations):
    assert judged(*operations) == []


def test_indexes_may_come_and_go_concurrently(judged):
    name = existing_index()

    assert judged(AddIndexConcurrently(PERSON, INDEX), atomic=False) == []
    assert judged(RemoveIndexConcurrently("article", name), atomic=False) == []
    assert "RemoveIndexConcurrently" in judged(migrations.RemoveIndex("article", name))[0]


def existing_index():
    from articles.models import Article

    return Article._meta.indexes[0].name


def test_validating_is_a_migration_of_its_own(judged):
    problems = judged(AddConstraintNotValid(PERSON, CHECK), ValidateConstraint(PERSON, "planted"))

    assert "lasts until the commit" in problems[0]


def test_code_is_a_migration_of_its_own(judged):
    code = migrations.RunPython(migrations.RunPython.noop, elidable=True)

    assert (
        "a migration of its own"
        in judged(migrations.AddField(PERSON, "x", models.IntegerField(null=True)), code)[0]
    )


def test_what_cannot_be_rolled_back_stands_alone(judged):
    field = migrations.AddField(PERSON, "x", models.IntegerField(null=True))

    assert "half of it stays" in judged(AddIndexConcurrently(PERSON, INDEX), field, atomic=False)[0]


def test_field_leaves_in_two_releases(judged):
    """First the state, once the table does without a value; then the column, by SQL that says why now."""
    dropping = migrations.RunSQL(
        'ALTER TABLE "articles_person" DROP COLUMN "photo_id"', hints={"reason": "unused since release 7"}
    )

    assert judged(leaving("photo")) == []
    assert judged(migrations.SeparateDatabaseAndState([dropping])) == []


def test_judging_changes_nothing(judged):
    judged(migrations.AddField(PERSON, "x", models.IntegerField(null=True)))

    with connection.cursor() as cursor:
        names = {
            column.name
            for column in connection.introspection.get_table_description(cursor, "articles_person")
        }
    assert "x" not in names
