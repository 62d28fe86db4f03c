"""Figures drawn from the results, and the constraint that their data cut is of the same trial."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0005_editors"),
    ]

    operations = [
        migrations.CreateModel(
            name="Figure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("hazard-ratios", "Hazard ratios"),
                            ("odds-ratios", "Odds ratios"),
                            ("medians", "Medians"),
                            ("landmarks", "Event-free rates"),
                            ("responses", "Response rates"),
                        ],
                        max_length=13,
                    ),
                ),
                (
                    "name",
                    models.SlugField(
                        help_text="In its address: code of the data cut and kind.", max_length=80
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                ("title", models.CharField(max_length=800)),
                ("caption", models.TextField()),
                ("source", models.TextField()),
                ("svg", models.TextField(help_text="For wide places in a page.")),
                ("svg_narrow", models.TextField(help_text="For narrow places in a page.")),
                ("file", models.TextField(help_text="The drawing as an SVG file of its own.")),
                ("table", models.JSONField(help_text="The drawn numbers: headings, rows, row_headers.")),
                ("version", models.PositiveSmallIntegerField(help_text="Of the drawing code.")),
                (
                    "data_cut",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="trials.datacut",
                    ),
                ),
                (
                    "trial",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="figures", to="trials.trial"
                    ),
                ),
            ],
            options={
                "ordering": ["-data_cut__position", "-data_cut", "position"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("data_cut", "kind"), name="one_figure_per_data_cut_and_kind"
                    ),
                    models.UniqueConstraint(fields=("trial", "name"), name="one_figure_per_trial_and_name"),
                ],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE trials_figure ADD CONSTRAINT trials_figure_data_cut_of_the_same_trial"
            " FOREIGN KEY (data_cut_id, trial_id) REFERENCES trials_datacut (id, trial_id)"
            " DEFERRABLE INITIALLY IMMEDIATE",
            "ALTER TABLE trials_figure DROP CONSTRAINT trials_figure_data_cut_of_the_same_trial",
        ),
    ]
