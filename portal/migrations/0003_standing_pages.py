from pathlib import Path

from django.db import migrations

TEXTS = Path(__file__).resolve().parent.parent / "texts"  # Markdown; the first line is the title


def write_pages(apps, schema_editor):
    model = apps.get_model("portal", "Page")
    for file in sorted(TEXTS.glob("*.md")):
        title, _, body = file.read_text(encoding="utf-8").partition("\n")
        model.objects.create(slug=file.stem, title=title.removeprefix("# ").strip(), body=body.strip())


class Migration(migrations.Migration):
    dependencies = [("portal", "0002_consent_evidence")]

    operations = [migrations.RunPython(write_pages, migrations.RunPython.noop)]
