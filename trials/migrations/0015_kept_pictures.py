"""Pictures are kept with their figures, and trials are found by the endpoint that they report."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0014_published"),
    ]

    operations = [
        migrations.AddField(
            model_name="figure",
            name="png",
            field=models.BinaryField(
                default=b"", help_text="The drawing as pixels; empty if drawn by older code."
            ),
        ),
        migrations.AddIndex(
            model_name="result",
            index=models.Index(fields=["endpoint", "trial"], name="result_trials_of_endpoint"),
        ),
    ]
