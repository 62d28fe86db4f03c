"""Records of ClinicalTrials.gov beside our rows, and the constraints that all of one row is of one trial."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

PARENT = "trials_registrysnapshot"
CHILDREN = [  # (table, column, parent)
    ("trials_registryarm", "arm_id", "trials_arm"),
    ("trials_registrysuggestion", "snapshot_id", PARENT),
    ("trials_registrysuggestion", "result_id", "trials_result"),
]


def name(table, column):
    return f"{table}_{column.removesuffix('_id')}_of_the_same_trial"


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0007_nulls_break_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="RegistrySnapshot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.CharField(max_length=24, verbose_name="registry number")),
                (
                    "source",
                    models.CharField(help_text="The address, or the name of the file.", max_length=300),
                ),
                ("retrieved_at", models.DateTimeField()),
                (
                    "updated_on",
                    models.DateField(
                        blank=True, null=True, verbose_name="last update according to the registry"
                    ),
                ),
                ("sha256", models.CharField(help_text="Of its content, whatever its layout.", max_length=64)),
                ("raw", models.TextField(help_text="The JSON as it was retrieved.")),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="trials.trial",
                    ),
                ),
            ],
            options={
                "ordering": ["-retrieved_at", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="RegistrySuggestion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("path", models.CharField(help_text="In the record, counted from 1.", max_length=300)),
                ("position", models.PositiveIntegerField(default=0)),
                (
                    "kind",
                    models.CharField(
                        choices=[("arm", "Arm"), ("endpoint", "Endpoint"), ("result", "Result")], max_length=8
                    ),
                ),
                ("subject", models.TextField()),
                ("says", models.TextField(verbose_name="what the registry says")),
                ("ours", models.TextField(blank=True, verbose_name="our value")),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("match", "Match"),
                            ("mismatch", "Mismatch"),
                            ("not_comparable", "Not comparable"),
                            ("only_in_registry", "Only in the registry"),
                        ],
                        max_length=16,
                    ),
                ),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("nct", "NCT number"),
                                ("arm", "arm"),
                                ("time", "time frame or data cut"),
                                ("population", "population"),
                                ("unit", "unit"),
                                ("parameter", "parameter"),
                                ("level", "level of the interval"),
                                ("sides", "number of sides"),
                            ],
                            max_length=10,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                    ),
                ),
                (
                    "result",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="trials.result",
                    ),
                ),
                (
                    "snapshot",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="suggestions",
                        to="trials.registrysnapshot",
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        editable=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="trials.trial",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
        migrations.CreateModel(
            name="RegistryArm",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=300, verbose_name="group in the registry")),
                ("is_by_hand", models.BooleanField(default=False, verbose_name="set by an editor")),
                (
                    "arm",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="trials.arm",
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="registry_arms",
                        to="trials.trial",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("trial", "title"), name="one_arm_per_trial_and_group_of_the_registry"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="registry_group_has_a_title"
                    ),
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="registrysnapshot",
            constraint=models.UniqueConstraint(
                fields=("trial", "sha256"), name="one_snapshot_per_trial_and_content"
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysnapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(("number__regex", "^NCT[0-9]{8}$")), name="snapshot_number_has_its_format"
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysnapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")),
                name="snapshot_fingerprint_is_a_sha256",
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysnapshot",
            constraint=models.CheckConstraint(
                condition=models.Q(("raw", ""), _negated=True), name="snapshot_has_content"
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysuggestion",
            constraint=models.UniqueConstraint(
                fields=("snapshot", "path"), name="one_suggestion_per_snapshot_and_path"
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysuggestion",
            constraint=models.CheckConstraint(
                condition=models.Q(("says", ""), _negated=True), name="suggestion_says_something"
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysuggestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("verdict__in", ("match", "mismatch", "not_comparable", "only_in_registry"))
                ),
                name="suggestion_has_a_known_verdict",
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysuggestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "keys__contained_by",
                        ["nct", "arm", "time", "population", "unit", "parameter", "level", "sides"],
                    )
                ),
                name="suggestion_names_known_keys",
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysuggestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("verdict", "not_comparable"), models.Q(("keys", []), _negated=True)),
                    models.Q(models.Q(("verdict", "not_comparable"), _negated=True), ("keys", [])),
                    _connector="OR",
                ),
                name="suggestion_names_keys_when_not_comparable",
            ),
        ),
        migrations.AddConstraint(
            model_name="registrysuggestion",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ours", ""), ("result__isnull", True), ("verdict", "only_in_registry")),
                    models.Q(
                        models.Q(("verdict", "only_in_registry"), _negated=True),
                        models.Q(("ours", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="suggestion_shows_ours_unless_only_in_registry",
            ),
        ),
        migrations.RunSQL(
            f"ALTER TABLE {PARENT} ADD CONSTRAINT {PARENT}_and_its_trial UNIQUE (id, trial_id)",
            f"ALTER TABLE {PARENT} DROP CONSTRAINT {PARENT}_and_its_trial",
        ),
        *(
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {name(table, column)}"
                f" FOREIGN KEY ({column}, trial_id) REFERENCES {parent} (id, trial_id)"
                " DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE {table} DROP CONSTRAINT {name(table, column)}",
            )
            for table, column, parent in CHILDREN
        ),
    ]
