"""A trial is a draft until it is published; those that readers have seen so far are published."""

from django.db import migrations, models

HELP = "Readers find the trial, its figures and its place in comparisons."


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0013_waivers"),
    ]

    operations = [
        migrations.AddField(
            model_name="trial",
            name="is_published",
            field=models.BooleanField("published", default=True, help_text=HELP),
        ),
        migrations.AlterField(
            model_name="trial",
            name="is_published",
            field=models.BooleanField("published", default=False, help_text=HELP),
        ),
    ]
