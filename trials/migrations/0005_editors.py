from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Editors"
EDITED = (
    "trial",
    "trialidentifier",
    "arm",
    "publication",
    "trialendpoint",
    "datacut",
    "result",
    "observation",
    "endpoint",
    "drug",
    "drugname",
    "drugclass",
    "regimen",
)
VALUES = ("armfollowup", "armvalue", "comparison", "observationvalue", "waiver")


def add_permissions(apps, schema_editor):
    """Editors write, change and look; of the rows, they delete only those that hang on a result or an arm."""
    create_permissions(installed.get_app_config("trials"), verbosity=0, using=schema_editor.connection.alias)
    names = [f"{action}_{model}" for model in EDITED + VALUES for action in ("view", "add", "change")]
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="trials", codename__in=names + [f"delete_{model}" for model in VALUES]
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(*permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0004_endpoints"),
        ("articles", "0002_editors"),  # sets the permissions of the group, so that it must come first
    ]

    operations = [migrations.RunPython(add_permissions, migrations.RunPython.noop)]
