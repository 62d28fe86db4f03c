"""Treatments that become drugs of the trials: nothing that was written and no address is lost."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from tests.factories import attested
from trials.models import Drug

BEFORE = [("articles", "0003_trials_in_articles"), ("trials", "0009_descriptions_of_drugs")]
TREATMENTS = {  # slug → name
    "daratumumab": "Daratumumab",
    "pegylated-liposomal-doxorubicin": "Pegylated Liposomal Doxorubicin",
    "velcade": "velcade",
    "anti-bcma": "Cilta-cel",
    "new-drug": "New drug",
}


@pytest.fixture
def before(transactional_db):
    """The models as they were; afterwards the tables are again as they are now."""
    MigrationExecutor(connection).migrate(BEFORE[:1])
    yield MigrationExecutor(connection).loader.project_state(BEFORE).apps
    migrate()


def migrate():
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def fill(apps):
    """Drugs, and an article with every treatment."""
    drugs = apps.get_model("trials", "Drug").objects
    drugs.create(name="daratumumab", slug="daratumumab", note="Kept.")
    drugs.create(name="pegylated liposomal doxorubicin", slug="doxorubicin-pegylated-liposomal")
    bortezomib = drugs.create(name="bortezomib", slug="bortezomib", description="Said already.")
    bortezomib.names.create(name="Velcade", kind="brand")
    cilta_cel = drugs.create(name="ciltacabtagene autoleucel", slug="ciltacabtagene-autoleucel")
    cilta_cel.names.create(name="cilta-cel", kind="synonym")
    article = apps.get_model("articles", "Article").objects.create(title="All", slug="all", body="Text.")
    for slug, name in TREATMENTS.items():
        article.treatments.create(name=name, slug=slug, description=f"About {name}.")
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label="articles", model="treatment"
    )
    right = apps.get_model("auth", "Permission").objects.create(content_type=kind, codename="add_treatment")
    apps.get_model("auth", "Group").objects.get(name="Editors").permissions.add(right)


def test_treatments_become_drugs_with_their_articles_addresses_and_rights(before, visitor):
    """One test, since going back and forth takes seconds."""
    fill(before)

    migrate()

    drugs = {drug.slug: drug for drug in Drug.objects.all()}
    assert {slug: drug.description for slug, drug in drugs.items()} == {
        "daratumumab": "About Daratumumab.",
        "doxorubicin-pegylated-liposomal": "About Pegylated Liposomal Doxorubicin.",
        "bortezomib": "Said already.",
        "ciltacabtagene-autoleucel": "About Cilta-cel.",
        "new-drug": "About New drug.",
    }
    assert (drugs["daratumumab"].name, drugs["daratumumab"].note) == ("daratumumab", "Kept.")
    assert all([article.slug for article in drug.articles.all()] == ["all"] for drug in drugs.values())
    reader = attested(visitor)
    pages = [reader.get(f"/treatments/{slug}/", follow=True) for slug in TREATMENTS]
    assert [page.context["treatment"].slug for page in pages] == [
        "daratumumab",
        "doxorubicin-pegylated-liposomal",
        "bortezomib",
        "ciltacabtagene-autoleucel",
        "new-drug",
    ]
    assert not Permission.objects.filter(codename__endswith="_treatment").exists()
    editors = Permission.objects.filter(group__name="Editors", content_type__app_label="trials")
    assert editors.filter(codename="change_drug").exists()
