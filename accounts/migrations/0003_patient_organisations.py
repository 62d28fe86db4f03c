from django.db import migrations

ORGANISATIONS = [
    (
        "International Myeloma Foundation",
        "https://www.myeloma.org/",
        "Information about the disease and its treatment, a helpline, and support groups in many countries.",
    ),
    (
        "HealthTree Foundation",
        "https://healthtree.org/",
        "Explanations of myeloma care, help with finding specialists and trials, and a community of patients.",
    ),
]


def name_organisations(apps, schema_editor):
    model = apps.get_model("accounts", "PatientOrganisation")
    for position, (name, url, description) in enumerate(ORGANISATIONS):
        model.objects.create(name=name, url=url, description=description, position=position)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_attestation_evidence")]

    operations = [migrations.RunPython(name_organisations, migrations.RunPython.noop)]
