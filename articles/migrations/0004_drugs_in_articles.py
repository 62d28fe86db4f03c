"""Treatments become drugs of the trials: what they said of themselves and their articles goes along."""

from django.db import migrations, models
from django.utils.text import slugify


def copy_treatments(apps, schema_editor):
    """Give every treatment's description and articles to its drug, and let its address lead there."""
    for treatment in apps.get_model("articles", "Treatment").objects.order_by("pk"):
        drug = _drug_of(treatment, apps)
        if treatment.description and not drug.description:
            drug.description = treatment.description
            drug.save()
        _keep_address(treatment.slug, drug, apps)
        for article in treatment.articles.all():
            article.drugs.add(drug)
    _forget_permissions(apps)


def _drug_of(treatment, apps):
    """The drug with the treatment's slug or one of whose names it has; otherwise a new one."""
    drugs = apps.get_model("trials", "Drug").objects
    ways = (
        {"slug": treatment.slug},
        {"name__iexact": treatment.name},
        {"names__name__iexact": treatment.name},
    )
    for way in ways:
        if found := drugs.filter(**way).order_by("pk").first():
            return found
    return drugs.create(name=treatment.name, slug=treatment.slug)


def _keep_address(slug, drug, apps):
    """The page of a drug answers at its slug, which the files of the trials refer to, and at its names."""
    names = apps.get_model("trials", "DrugName").objects
    written = [drug.name, *names.filter(drug=drug).values_list("name", flat=True)]
    if slug != drug.slug and slug not in map(slugify, written):
        names.create(drug=drug, name=slug, kind="synonym")


def _forget_permissions(apps):
    """Of those who could write treatments, the editors may write drugs since trials are entered."""
    apps.get_model("auth", "Permission").objects.filter(
        content_type__app_label="articles", content_type__model="treatment"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("articles", "0003_trials_in_articles"),
        ("trials", "0009_descriptions_of_drugs"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="drugs",
            field=models.ManyToManyField(blank=True, related_name="articles", to="trials.drug"),
        ),
        migrations.RunPython(copy_treatments, migrations.RunPython.noop),
    ]
