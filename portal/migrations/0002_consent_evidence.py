from django.db import migrations

from portal.lib.evidence import append_only

FIRST_NOTICE = (
    "This site needs a few cookies to work. With your permission it also counts visits, "
    "and shows content of other companies such as machine translation. Nothing optional happens before you choose."
)


def write_first_notice(apps, schema_editor):
    apps.get_model("portal", "ConsentNotice").objects.create(version=1, text=FIRST_NOTICE)


class Migration(migrations.Migration):
    dependencies = [("portal", "0001_initial")]

    operations = [
        append_only("portal_consentrecord"),
        migrations.RunPython(write_first_notice, migrations.RunPython.noop),
    ]
