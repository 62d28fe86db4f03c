"""Waivers of observations, deletion that figures restrict, and what editors may do about sources and wrong rows."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

GROUP = "Editors"
DELETED = ("trialidentifier", "arm", "publication", "trialendpoint", "datacut", "result", "observation")


def permissions(apps):
    names = [f"delete_{model}" for model in DELETED] + [
        f"{verb}_source" for verb in ("view", "add", "change")
    ]
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="trials", codename__in=names
    )


def add_permissions(apps, schema_editor):
    """Editors delete what was entered wrongly; the models keep what articles show. Administrators delete trials."""
    create_permissions(installed.get_app_config("trials"), verbosity=0, using=schema_editor.connection.alias)
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(*permissions(apps))


def remove_permissions(apps, schema_editor):
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.remove(*permissions(apps))


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0009_descriptions_of_drugs"),
    ]

    operations = [
        migrations.AddField(
            model_name="waiver",
            name="observation",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="waivers",
                to="trials.observation",
            ),
        ),
        migrations.AlterField(
            model_name="armfollowup",
            name="arm",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="follow_ups", to="trials.arm"
            ),
        ),
        migrations.AlterField(
            model_name="armvalue",
            name="arm",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="values", to="trials.arm"
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="arm",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="trials.arm"
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="versus",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="+", to="trials.arm"
            ),
        ),
        migrations.AlterField(
            model_name="observation",
            name="is_confirmed",
            field=models.BooleanField(default=True, verbose_name="seen in a source"),
        ),
        migrations.AlterField(
            model_name="observation",
            name="publication",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="observations",
                to="trials.publication",
            ),
        ),
        migrations.AlterField(
            model_name="observation",
            name="source_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(max_length=60), blank=True, default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="observationvalue",
            name="arm",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="observations", to="trials.arm"
            ),
        ),
        migrations.AlterField(
            model_name="publication",
            name="source_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(max_length=60), blank=True, default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="result",
            name="is_confirmed",
            field=models.BooleanField(default=True, verbose_name="seen in a source"),
        ),
        migrations.AlterField(
            model_name="result",
            name="publication",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="results", to="trials.publication"
            ),
        ),
        migrations.AlterField(
            model_name="result",
            name="source_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(max_length=60), blank=True, default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="trial",
            name="source_codes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.SlugField(max_length=60), blank=True, default=list, size=None
            ),
        ),
        migrations.AlterField(
            model_name="waiver",
            name="result",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="waivers",
                to="trials.result",
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("observation__isnull", True), ("result__isnull", False)),
                    models.Q(("observation__isnull", False), ("result__isnull", True)),
                    _connector="OR",
                ),
                name="waiver_concerns_a_result_or_an_observation",
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.UniqueConstraint(
                fields=("observation", "check_code"), name="one_waiver_per_observation_and_check"
            ),
        ),
        migrations.RunPython(add_permissions, remove_permissions),
    ]
