import django.db.models.deletion
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models

# The vectors of an entry lie beside its row, uncompressed, as soon as the row is longer than two kilobytes: a search
# reads very many rows, but few of their vectors.
STORAGE = """
ALTER TABLE "articles_searchentry" SET (toast_tuple_target = 128);
ALTER TABLE "articles_searchentry"
    ALTER COLUMN "head" SET STORAGE EXTERNAL, ALTER COLUMN "vector" SET STORAGE EXTERNAL
"""


class Migration(migrations.Migration):
    dependencies = [("articles", "0005_drugs_for_treatments")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="search_entry",
                        serialize=False,
                        to="articles.article",
                    ),
                ),
                (
                    "published_at",
                    models.DateTimeField(help_text="Empty: search does not show it.", null=True),
                ),
                (
                    "head",
                    SearchVectorField(help_text="Title and trial numbers (A), objectives and summary (B)."),
                ),
                ("vector", SearchVectorField(help_text="The head, and the text (D).")),
            ],
            options={"verbose_name_plural": "search entries"},
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=GinIndex(fastupdate=False, fields=["head"], name="search_entry_head"),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=GinIndex(fastupdate=False, fields=["vector"], name="search_entry_vector"),
        ),
        migrations.RunSQL(
            STORAGE, migrations.RunSQL.noop, hints={"reason": "the table is made by this migration"}
        ),
    ]
