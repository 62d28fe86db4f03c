"""The column stays a release longer: the code of before reads and writes it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("articles", "0007_fill_search_entries")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex(model_name="article", name="article_search"),
                migrations.RemoveField(model_name="article", name="search_vector"),
            ]
        )
    ]
