"""The list of addresses that must get nothing."""

import hashlib
import hmac
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from newsletter.models import Delivery, Subscriber, Suppression
from newsletter.suppression import hash_of, suppress, suppressed
from tests.factories import make_admin, make_topic

from .rows import make_delivery, make_follow, make_issue, make_subscriber

pytestmark = pytest.mark.django_db
NOW = timezone.now()
BOUNCE, COMPLAINT = Suppression.Reason.BOUNCE, Suppression.Reason.COMPLAINT


def test_hash_is_keyed_and_the_same_for_capitals(settings):
    settings.SUPPRESSION_KEY = "a key"
    expected = hmac.new(b"a key", b"reader@example.org", hashlib.sha256).hexdigest()

    assert hash_of("Reader@Example.ORG") == hash_of("reader@example.org") == expected

    settings.SUPPRESSION_KEY = "another"
    assert hash_of("reader@example.org") != expected


def test_each_spelling_that_is_asked_for_is_found_in_one_query(django_assert_num_queries):
    suppress("reader@example.org", BOUNCE, "", NOW)

    with django_assert_num_queries(1):
        found = suppressed(["reader@example.org", "READER@example.org", "other@example.org"])

    assert found == {"reader@example.org", "READER@example.org"}


def test_address_stays_with_its_first_reason():
    first = suppress("reader@example.org", BOUNCE, "550 " + "x" * 1000, NOW)
    again = suppress("READER@example.org", COMPLAINT, "", NOW + timedelta(days=1))

    row = Suppression.objects.get()
    assert (first, again) == (True, False)
    assert (row.reason, len(row.detail), row.created_at) == ("bounce", 300, NOW)


def test_erasure_leaves_the_list_and_the_deliveries_without_a_person(visitor):
    visitor.force_login(make_admin())
    subscriber = make_subscriber("reader@example.org")
    make_follow(subscriber, topic=make_topic())
    delivery = make_delivery(make_issue(), subscriber)
    suppress(subscriber.email, COMPLAINT, "", NOW)

    answer = visitor.post(f"/admin/newsletter/subscriber/{subscriber.pk}/delete/", {"post": "yes"})

    assert answer.status_code == 302
    assert not Subscriber.objects.exists()
    assert Delivery.objects.get(pk=delivery.pk).subscriber is None
    assert suppressed(["reader@example.org"]) == {"reader@example.org"}


def test_suppressed_address_that_signs_up_anew_gets_the_same_page_and_no_mail(visitor):
    suppress("gone@example.org", BOUNCE, "", NOW)

    gone, new = (
        visitor.post("/newsletter/", {"email": email}) for email in ("gone@example.org", "new@example.org")
    )

    assert gone.status_code == new.status_code == 200
    assert gone.content.decode().replace("gone@", "new@") == new.content.decode()
    assert [message.to for message in mail.outbox] == [["new@example.org"]]
    assert not Subscriber.objects.filter(email="gone@example.org").exists()
