import django.contrib.postgres.functions
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("portal", "0003_standing_pages")]

    operations = [
        migrations.AddField(  # PostgreSQL gives every message that is already there a number of its own
            model_name="contactmessage",
            name="nonce",
            field=models.UUIDField(
                db_default=django.contrib.postgres.functions.RandomUUID(),
                editable=False,
                help_text="Of the form: what is sent twice is kept once.",
                unique=True,
            ),
        ),
    ]
