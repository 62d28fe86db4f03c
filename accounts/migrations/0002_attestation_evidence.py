from django.db import migrations

from portal.lib.evidence import append_only

FIRST_STATEMENT = (
    "The content of this site is written for healthcare professionals. "
    "I confirm that I am a healthcare professional."
)


def write_first_statement(apps, schema_editor):
    apps.get_model("accounts", "Statement").objects.create(version=1, text=FIRST_STATEMENT)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        append_only("accounts_attestation", forgettable="user_id"),
        migrations.RunPython(write_first_statement, migrations.RunPython.noop),
    ]
