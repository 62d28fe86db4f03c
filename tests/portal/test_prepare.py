from io import StringIO

import pytest
from django.core.management import call_command as really_call

from portal.management.commands import prepare
from tests.factories import make_user


@pytest.fixture
def called(monkeypatch):
    """The names of the commands that `prepare` calls, in order; they do nothing."""
    names = []
    monkeypatch.setattr(prepare, "call_command", lambda name, *args, **options: names.append(name))
    monkeypatch.setattr(prepare, "collect", lambda: names.append("collectstatic"))
    return names


@pytest.mark.django_db
def test_prepare_migrates_first_and_loads_the_demonstration_last(called):
    really_call("prepare", stdout=StringIO())

    assert (called[0], called[-1]) == ("migrate", "load_demo")
    assert "collectstatic" not in called


@pytest.mark.django_db
def test_prepare_collects_static_files_outside_development(called, settings):
    settings.DEVELOPMENT = False

    really_call("prepare", stdout=StringIO())

    assert "collectstatic" in called


@pytest.mark.django_db
def test_prepare_names_the_demonstration_logins_and_no_others(called, monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "open sesame")
    make_user("reader@demo.example")
    make_user("doctor@example.org")
    out = StringIO()

    really_call("prepare", stdout=out)

    assert out.getvalue() == "Demonstration logins (password open sesame)\n  reader@demo.example\n"


@pytest.mark.django_db
def test_prepare_is_silent_without_a_demonstration(called):
    out = StringIO()

    really_call("prepare", stdout=out)

    assert out.getvalue() == ""
