"""The log of what staff did: it names who, what and when, and PostgreSQL refuses to change it."""

from datetime import timedelta

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from accounts import audit
from accounts.models import Attestation
from articles.models import Topic
from portal.lib.evidence import aged_out
from tests import factories
from tests.forms import filled

pytestmark = pytest.mark.django_db
LOG = "/admin/admin/logentry/"


def messages_of(user):
    return [entry.get_change_message() for entry in LogEntry.objects.filter(user=user).order_by("pk")]


def test_admin_logs_adding_changing_and_deleting():
    editor = Client()
    editor.user = factories.make_admin()
    editor.force_login(editor.user)
    add = "/admin/articles/topic/add/"
    editor.post(add, filled(editor.get(add), name="New topic", slug="new-topic"))
    path = f"/admin/articles/topic/{Topic.objects.get(slug='new-topic').pk}"
    editor.post(f"{path}/change/", filled(editor.get(f"{path}/change/"), name="Newer topic"))
    editor.post(f"{path}/delete/", {"post": "yes"})

    flags = LogEntry.objects.filter(user=editor.user).order_by("pk").values_list("action_flag", flat=True)

    assert list(flags) == [1, 2, 3]


def test_staff_signing_in_is_logged_and_readers_are_not(visitor):
    editor, reader = factories.make_editor(), factories.make_user()

    factories.sign_in(visitor, editor)
    factories.sign_in(Client(), reader)

    assert messages_of(editor) == ["Signed in."]
    assert messages_of(reader) == []


def test_removal_of_a_second_factor_is_logged(editor):
    TOTP.activate(editor.user, "JBSWY3DPEHPK3PXP")
    spare = RecoveryCodes.activate(editor.user).get_unused_codes()[0]
    editor.post("/accounts/2fa/reauthenticate/?next=/", {"code": spare})

    editor.post("/accounts/2fa/totp/deactivate/")

    assert "Removed a second factor: TOTP Authenticator." in messages_of(editor.user)


def test_download_of_ones_data_is_logged(editor):
    editor.post("/accounts/reauthenticate/?next=/", {"password": factories.PASSWORD})

    editor.post("/account/data/", {"as": "file"})

    assert "Downloaded the data of the account." in messages_of(editor.user)


@pytest.mark.parametrize(
    "change", [{"change_message": "Nothing."}, {"action_flag": 1}, {"object_repr": "Other"}]
)
def test_database_refuses_to_change_an_entry(editor, change):
    audit.note(editor.user, "Did it.")

    with pytest.raises(IntegrityError, match="django_admin_log is append-only"), transaction.atomic():
        LogEntry.objects.filter(user=editor.user).update(**change)


def test_database_refuses_to_delete_an_entry(editor):
    audit.note(editor.user, "Did it.")

    with pytest.raises(IntegrityError, match="django_admin_log is append-only"), transaction.atomic():
        LogEntry.objects.filter(user=editor.user).delete()


def test_name_of_a_row_may_be_forgotten_and_nothing_else(editor):
    audit.note(editor.user, "Did it.")

    audit.forget_names(type(editor.user), [editor.user.pk])

    entry = LogEntry.objects.get(user=editor.user)
    assert (entry.object_repr, entry.get_change_message()) == ("", "Did it.")


def test_entry_may_be_deleted_after_its_period_and_not_a_moment_earlier(editor):
    audit.note(editor.user, "Did it.")
    entry = LogEntry.objects.get(user=editor.user)

    with pytest.raises(IntegrityError), aged_out(entry.action_time):
        LogEntry.objects.filter(pk=entry.pk).delete()
    with aged_out(entry.action_time + timedelta(seconds=1)):
        LogEntry.objects.filter(pk=entry.pk).delete()

    assert not LogEntry.objects.filter(pk=entry.pk).exists()


def test_leave_to_delete_ends_with_its_transaction(editor):
    audit.note(editor.user, "Did it.")
    with aged_out(timezone.now() + timedelta(days=1)):
        pass

    with pytest.raises(IntegrityError), transaction.atomic():
        LogEntry.objects.all().delete()


def test_attestations_are_still_refused_a_change(reader):
    row = Attestation.objects.get()

    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        Attestation.objects.filter(pk=row.pk).update(profession="nurse")
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        row.delete()


def test_log_is_read_by_administrators_and_changed_by_nobody(client, editor):
    audit.note(editor.user, "Did it.")
    entry = LogEntry.objects.latest("pk")
    client.force_login(factories.make_admin())

    assert "Did it." in client.get(LOG).content.decode()
    assert client.get(f"{LOG}{entry.pk}/change/").status_code == 200
    assert client.post(f"{LOG}{entry.pk}/change/", {"object_repr": "x"}).status_code == 403
    assert client.post(f"{LOG}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    assert client.get(f"{LOG}add/").status_code == 403
    assert editor.get(LOG).status_code == 403
