from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

# The pages are fixed: editors change their words. Nothing here is deleted by editors; an event is unpublished.
MAY = (
    "view_page",
    "change_page",
    *(f"{action}_{model}" for model in ("event", "committeemember") for action in ("view", "add", "change")),
)


def allow(apps, schema_editor):
    create_permissions(installed.get_app_config("portal"), verbosity=0, using=schema_editor.connection.alias)
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="portal", codename__in=MAY
    )
    apps.get_model("auth", "Group").objects.get(name="Editors").permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0004_contact_nonce"),
        ("articles", "0002_editors"),
    ]

    operations = [migrations.RunPython(allow, migrations.RunPython.noop)]
