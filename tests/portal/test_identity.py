import pytest
from django.db import DatabaseError, transaction

from portal.models import Hub

pytestmark = pytest.mark.django_db


def test_there_is_one_hub():
    Hub.objects.create(pk=1)

    with pytest.raises(DatabaseError, match="one_hub_per_installation"), transaction.atomic():
        Hub.objects.create(pk=2)


def test_a_site_that_is_not_described_yet_has_a_name():
    assert (Hub.current().name, Hub.objects.count()) == ("Portal", 0)
