"""A reason is given for certain numbers; when these change it is superseded, and kept.

Reasons given before name no numbers: they are asked for again.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0012_impossible_states"),
    ]

    operations = [
        migrations.RemoveConstraint(model_name="waiver", name="one_waiver_per_result_and_check"),
        migrations.RemoveConstraint(model_name="waiver", name="one_waiver_per_observation_and_check"),
        migrations.AlterModelOptions(name="waiver", options={"ordering": ["given_at", "pk"]}),
        migrations.AddField(
            model_name="waiver",
            name="numbers",
            field=models.TextField(blank=True, default="", editable=False),
        ),
        migrations.AddField(
            model_name="waiver",
            name="superseded_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at", None)),
                fields=("result", "check_code", "numbers"),
                name="one_standing_waiver_per_result_and_finding",
            ),
        ),
        migrations.AddConstraint(
            model_name="waiver",
            constraint=models.UniqueConstraint(
                condition=models.Q(("superseded_at", None)),
                fields=("observation", "check_code", "numbers"),
                name="one_standing_waiver_per_observation_and_finding",
            ),
        ),
    ]
