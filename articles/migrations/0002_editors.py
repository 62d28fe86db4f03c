from django.apps import apps as installed
from django.contrib.auth.management import create_permissions
from django.db import migrations

GROUP = "Editors"
EDITED = (
    "article",
    "learningobjective",
    "keypoint",
    "reference",
    "contribution",
    "trialidentifier",
    "topic",
    "treatment",
    "person",
    "disclosure",
    "picture",
)


def make_group(apps, schema_editor):
    """Editors write, change and look. They delete drafts; ArticleAdmin keeps what readers have seen."""
    create_permissions(
        installed.get_app_config("articles"), verbosity=0, using=schema_editor.connection.alias
    )
    permissions = apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles",
        codename__in=[f"{action}_{model}" for model in EDITED for action in ("view", "add", "change")]
        + [f"delete_{row}" for row in EDITED[:6]],
    )
    group, _ = apps.get_model("auth", "Group").objects.get_or_create(name=GROUP)
    group.permissions.set(permissions)


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0001_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(make_group, migrations.RunPython.noop)]
