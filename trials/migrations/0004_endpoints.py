"""The list of endpoints: results are compared only when they name the same row."""

from django.db import migrations

ENDPOINTS = [  # (code, name, abbreviation), in the order in which pages list them
    ("pfs", "Progression-free survival", "PFS"),
    ("pfs-second", "Progression-free survival from second randomisation", "PFS"),
    ("os", "Overall survival", "OS"),
    ("pfs2", "Progression-free survival on next line of therapy", "PFS2"),
    ("efs", "Event-free survival", "EFS"),
    ("ttp", "Time to progression", "TTP"),
    ("ttnt", "Time to next treatment", "TTNT"),
    ("dor", "Duration of response", "DOR"),
    ("ttr", "Time to response", "TTR"),
    ("orr", "Overall response rate", "ORR"),
    ("vgpr", "Very good partial response or better", "VGPR+"),
    ("cr", "Complete response or better", "CR+"),
    ("scr", "Stringent complete response", "sCR"),
    ("mrd", "Minimal residual disease negativity", "MRD-neg"),
    ("mrd-cr", "Minimal residual disease negativity with complete response", "MRD-neg CR"),
    ("mrd-sustained", "Sustained minimal residual disease negativity", "sustained MRD-neg"),
]


def add(apps, schema_editor):
    endpoint = apps.get_model("trials", "Endpoint")
    for position, (code, name, abbreviation) in enumerate(ENDPOINTS, start=1):
        endpoint.objects.create(code=code, name=name, abbreviation=abbreviation, position=position)


def remove(apps, schema_editor):
    codes = [code for code, _, _ in ENDPOINTS]
    apps.get_model("trials", "Endpoint").objects.filter(code__in=codes).delete()


class Migration(migrations.Migration):
    dependencies = [("trials", "0003_sources")]

    operations = [migrations.RunPython(add, remove)]
