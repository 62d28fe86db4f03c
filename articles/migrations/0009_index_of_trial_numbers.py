from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("articles", "0008_words_leave_articles")]

    operations = [
        AddIndexConcurrently(
            "trialidentifier", models.Index(fields=["number"], name="trial_identifier_number")
        )
    ]
