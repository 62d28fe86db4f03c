from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("trials", "0008_registry"),
    ]

    operations = [
        migrations.AddField(
            model_name="drug",
            name="description",
            field=models.CharField(blank=True, help_text="One sentence under the heading.", max_length=300),
        ),
        migrations.AlterField(
            model_name="drug",
            name="slug",
            field=models.SlugField(
                help_text="Part of the address of its page; keep it once published.",
                max_length=100,
                unique=True,
            ),
        ),
    ]
