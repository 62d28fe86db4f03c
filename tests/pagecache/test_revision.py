"""Every change of what a kept page shows is noted, once for each statement."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from articles.models import Topic
from portal.models import ContentChange, Hub
from tests import factories

pytestmark = pytest.mark.django_db

# What no kept page shows.
NOT_SHOWN = {
    "accounts_attestation": "evidence",
    "articles_bookmark": "asked for by the view, as part of the key",
    "articles_searchentry": "only in search, whose pages are not kept",
    "portal_consentrecord": "evidence",
    "portal_contactmessage": "only in the admin",
    "portal_contentchange": "what the triggers write",
    "portal_outgoingmail": "mail",
    "trials_registryarm": "only in the admin",
    "trials_registrysnapshot": "only in the admin",
    "trials_registrysuggestion": "only in the admin",
}
APPS_OF_PAGES = ("accounts", "articles", "portal", "trials")  # those of newsletter/ are not kept
ACCOUNTS = "accounts_user"  # whose pages are their own


def test_every_table_is_watched_or_known_to_be_shown_on_no_kept_page():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_content_change'")
        watched = {table for (table,) in cursor.fetchall()}
    models = [model for label in APPS_OF_PAGES for model in apps.get_app_config(label).get_models(True)]
    tables = {model._meta.db_table for model in models}
    of_accounts = {table for table in tables if table.startswith(ACCOUNTS)}

    assert tables - watched - of_accounts == set(NOT_SHOWN)
    assert watched <= tables


def test_one_row_is_noted_for_a_statement_that_changes_something():
    before = ContentChange.objects.count()

    Hub.objects.filter(pk=-1).update(name="Nobody")
    assert ContentChange.objects.count() == before

    factories.make_topic("one"), factories.make_topic("two")
    between = ContentChange.objects.count()
    Topic.objects.update(description="The same for both.")
    assert ContentChange.objects.count() == between + 1 == before + 3


def test_change_that_is_rolled_back_leaves_nothing():
    before = ContentChange.objects.count()
    with transaction.atomic():
        point = transaction.savepoint()
        factories.make_topic("one")
        transaction.savepoint_rollback(point)
        assert ContentChange.objects.count() == before
        factories.make_topic("two")

    assert ContentChange.objects.count() == before + 1


def test_purge_keeps_the_newest():
    factories.make_topic("one"), factories.make_topic("two")
    now = timezone.now()
    newest = ContentChange.objects.order_by("-pk")[0]

    assert ContentChange.objects.purge(now) == 0
    ContentChange.objects.purge(now + timedelta(days=2))

    assert ContentChange.objects.get() == newest
    assert str(newest)
