"""Each article's words, as they were noted in its own row; those of weight A and B make its head."""

from django.db import migrations

BATCH = 500
FILL = """
INSERT INTO articles_searchentry (article_id, published_at, head, vector)
SELECT id, CASE WHEN status IN ('scheduled', 'published') THEN published_at END,
    ts_filter(search_vector, '{a,b}'), search_vector
FROM articles_article WHERE id > %s AND id <= %s AND search_vector IS NOT NULL
ON CONFLICT DO NOTHING
"""


def fill(apps, schema_editor):
    """In batches, each in a transaction of its own: an editor who saves waits for one of them at most."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM articles_article")
        [last] = cursor.fetchone()
        for start in range(0, last, BATCH):
            cursor.execute(FILL, [start, start + BATCH])


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("articles", "0006_search_entries")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
