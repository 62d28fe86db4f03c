"""Columns that new rules stand on, and rows brought into the form that the rules ask for."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Left

SUBMISSION = r"^20[0-9]{2}-5[0-9]{5}-[0-9]{2}-[0-9]{2}$"  # an EU CT number with the count of its submissions


def fill(apps, schema_editor):
    """A follow-up belongs to the trial of its data cut; a response is desired; cuts stand in places of their own."""
    cuts = apps.get_model("trials", "DataCut").objects
    of_cut = cuts.filter(pk=OuterRef("data_cut")).values("trial")[:1]
    apps.get_model("trials", "ArmFollowUp").objects.update(trial=Subquery(of_cut))
    apps.get_model("trials", "Endpoint").objects.filter(code="ttr").update(event_is_desired=True)
    apps.get_model("trials", "Waiver").objects.filter(reason__regex=r"^\s*$").delete()
    numbers = apps.get_model("trials", "TrialIdentifier").objects.filter(registry="euct")
    numbers.filter(number__regex=SUBMISSION).update(number=Left(F("number"), 14))
    trial, place = None, 0
    for cut in cuts.order_by("trial", "position", "pk"):
        trial, place = (trial, place + 1) if cut.trial_id == trial else (cut.trial_id, 0)
        if cut.position != place:
            cuts.filter(pk=cut.pk).update(position=place)


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0010_waivers_and_deletion"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="armvalue",
            name="armvalue_interval_names_its_level",
        ),
        migrations.RemoveConstraint(
            model_name="comparison",
            name="comparison_interval_names_its_level",
        ),
        migrations.RemoveConstraint(
            model_name="drugname",
            name="one_name_per_drug",
        ),
        migrations.RemoveConstraint(
            model_name="trialidentifier",
            name="registry_number_has_its_format",
        ),
        migrations.RemoveConstraint(
            model_name="waiver",
            name="waiver_has_a_reason",
        ),
        migrations.AddField(
            model_name="armfollowup",
            name="trial",
            field=models.ForeignKey(
                null=True,
                editable=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="trials.trial",
            ),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="event_is_desired",
            field=models.BooleanField(
                default=False,
                help_text="Such as a response: the sooner the better, so that a hazard ratio above 1 is in favour.",
                verbose_name="the event is desired",
            ),
        ),
        migrations.AlterField(
            model_name="armvalue",
            name="ci_lower_status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("not_reached", "Not reached"),
                    ("not_estimable", "Not estimable"),
                    ("not_reported", "Not reported"),
                ],
                help_text="Why the bound is open.",
                max_length=13,
            ),
        ),
        migrations.AlterField(
            model_name="armvalue",
            name="ci_upper_status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("not_reached", "Not reached"),
                    ("not_estimable", "Not estimable"),
                    ("not_reported", "Not reported"),
                ],
                help_text="Why the bound is open.",
                max_length=13,
            ),
        ),
        migrations.AlterField(
            model_name="armvalue",
            name="is_percent",
            field=models.BooleanField(default=False, editable=False, help_text="That of the result."),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="ci_lower_status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("not_reached", "Not reached"),
                    ("not_estimable", "Not estimable"),
                    ("not_reported", "Not reported"),
                ],
                help_text="Why the bound is open.",
                max_length=13,
            ),
        ),
        migrations.AlterField(
            model_name="comparison",
            name="ci_upper_status",
            field=models.CharField(
                blank=True,
                choices=[
                    ("not_reached", "Not reached"),
                    ("not_estimable", "Not estimable"),
                    ("not_reported", "Not reported"),
                ],
                help_text="Why the bound is open.",
                max_length=13,
            ),
        ),
        migrations.AlterField(
            model_name="observation",
            name="is_confirmed",
            field=models.BooleanField(default=False, verbose_name="seen in a source"),
        ),
        migrations.AlterField(
            model_name="observationvalue",
            name="is_percent",
            field=models.BooleanField(default=True, editable=False, help_text="That of the observation."),
        ),
        migrations.AlterField(
            model_name="result",
            name="is_confirmed",
            field=models.BooleanField(default=False, verbose_name="seen in a source"),
        ),
        migrations.AlterField(
            model_name="result",
            name="role",
            field=models.CharField(
                choices=[("primary", "Primary"), ("secondary", "Secondary")],
                default="secondary",
                editable=False,
                max_length=9,
            ),
        ),
        migrations.AlterField(
            model_name="trial",
            name="blinding",
            field=models.CharField(
                choices=[
                    ("open-label", "Open label"),
                    ("single-blind", "Single blind"),
                    ("double-blind", "Double blind"),
                ],
                default="open-label",
                max_length=12,
            ),
        ),
        migrations.AlterField(
            model_name="trial",
            name="phase",
            field=models.CharField(
                choices=[
                    ("I", "Phase I"),
                    ("I/II", "Phase I/II"),
                    ("II", "Phase II"),
                    ("II/III", "Phase II/III"),
                    ("III", "Phase III"),
                    ("IV", "Phase IV"),
                ],
                max_length=6,
            ),
        ),
        migrations.AddField(
            model_name="observation",
            name="is_percent",
            field=models.GeneratedField(
                db_persist=True, expression=models.Q(("unit", "percent")), output_field=models.BooleanField()
            ),
        ),
        migrations.AddField(
            model_name="result",
            name="is_percent",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Q(("measure", "median_time"), _negated=True),
                output_field=models.BooleanField(),
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
