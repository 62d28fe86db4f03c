"""The drugs of an article take the place of its treatments: apart from 0004, whose rows must be stored first."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0004_drugs_in_articles"),
    ]

    operations = [
        migrations.RemoveField(model_name="article", name="treatments"),
        migrations.RenameField(model_name="article", old_name="drugs", new_name="treatments"),
        migrations.DeleteModel(name="Treatment"),
    ]
