from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("portal", "0005_editors_may_write_pages"),
        ("articles", "0005_drugs_for_treatments"),
        ("trials", "0001_initial"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="announced_at",
            field=models.DateTimeField(
                editable=False, help_text="When it first became news; it does so once.", null=True
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="drugs",
            field=models.ManyToManyField(
                blank=True, related_name="+", to="trials.drug", verbose_name="treatments"
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="topics",
            field=models.ManyToManyField(blank=True, related_name="+", to="articles.topic"),
        ),
        migrations.AddField(
            model_name="event",
            name="trials",
            field=models.ManyToManyField(blank=True, related_name="+", to="trials.trial"),
        ),
    ]
