"""What editors may do with issues."""

from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Editors"


def permissions(apps):
    return apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="newsletter",
        codename__in=[
            f"{verb}_{model}"
            for model in ("issue", "issuearticle")
            for verb in ("view", "add", "change", "delete")
        ],
    )


def add_permissions(apps, schema_editor):
    """Editors build and send issues, and delete drafts (IssueAdmin keeps all others). Subscribers are not theirs."""
    create_permissions(
        installed.get_app_config("newsletter"), verbosity=0, using=schema_editor.connection.alias
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.add(*permissions(apps))


def remove_permissions(apps, schema_editor):
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.remove(*permissions(apps))


class Migration(migrations.Migration):
    dependencies = [
        ("newsletter", "0002_issues_and_deliveries"),
        ("articles", "0002_editors"),
    ]

    operations = [migrations.RunPython(add_permissions, remove_permissions)]
