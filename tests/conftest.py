"""What every test stands on: a real PostgreSQL, no network but loopback, people with fixed rights."""

import gc
import os
import socket
from importlib import import_module

os.environ.setdefault("DEVELOPMENT", "1")
os.environ.setdefault(
    "DJANGO_ALLOW_ASYNC_UNSAFE", "1"
)  # Playwright's sync interface runs a loop in this thread

import pytest
from django.core.cache import cache
from django.test import Client
from django.test import client as test_client
from hypothesis import settings as hypothesis

from tests import databases, factories
from trials import figures

draw_png = figures.png
WIDGETS = ("django/forms/", "admin/widgets/")

# HYPOTHESIS_PROFILE=thorough looks longer; no number of seconds decides, machines are busy.
hypothesis.register_profile("usual", max_examples=40, deadline=None, derandomize=True)
hypothesis.register_profile("thorough", max_examples=2000, deadline=None)
hypothesis.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix, django_db_blocker):
    """TEST_DB_SUFFIX lets two people test one checkout at the same time."""
    from django.conf import settings

    database = settings.DATABASES["default"]
    test = database.setdefault("TEST", {})
    if suffix := os.environ.get("TEST_DB_SUFFIX"):
        test["NAME"] = f"{test.get('NAME') or 'test_' + database['NAME']}_{suffix}"
    if database["ENGINE"] == "portal.local.backend":  # nothing stays behind on somebody else's server
        with django_db_blocker.unblock():
            test["TEMPLATE"] = databases.template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Make the test database quick to empty, and under Playwright's loop end its other connection."""
    from django.db import connections

    with django_db_blocker.unblock():
        databases.quicken(connections["default"])
    yield
    with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(autouse=True)
def _settings(settings, tmp_path):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.PAGE_CACHE_BYTES = 0  # pages are made by the test that looks at them
    settings.WHITENOISE_AUTOREFRESH = True  # else each new client walks through all static files


@pytest.fixture(scope="session", autouse=True)
def _few_contexts():
    """`response.context` is without those of widgets: of a page of the admin, Django copies thousands."""
    keep = test_client.store_rendered_templates

    def keep_few(store, signal, sender, template, context, **kwargs):
        if not (template.name or "").startswith(WIDGETS):
            keep(store, signal, sender, template, context, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(test_client, "store_rendered_templates", keep_few)
        yield


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """Which process runs which test, when there are several."""
    from tests.scheduling import Scheduling

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_pixels():
    """A figure is kept without its PNG, which takes longer than all the rest: `pixels` brings it back.

    The view of the PNG draws what was not kept, and is imported first, so that it has the real one.
    """
    import_module("trials.figure_views")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "png", lambda svg: b"")
        yield


@pytest.fixture
def pixels(monkeypatch):
    """Figures are drawn as PNG too, as they are on the site."""
    monkeypatch.setattr(figures, "png", draw_png)


def pytest_collection_finish(session):
    """Look for garbage less often, and not among thousands of tests: that takes a twelfth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def pytest_collection_modifyitems(items):
    """Tests that commit empty the tables afterwards: bring back the rows that migrations wrote."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        marked = marker and marker.kwargs.get("transaction")
        if marked or {"live_server", "transactional_db"} & set(item.fixturenames):
            item.add_marker(pytest.mark.django_db(transaction=True, serialized_rollback=True), append=False)


@pytest.fixture(autouse=True)
def _fresh_cache(request):
    """Rate limits are counted in the cache, whose table a committing test does not empty."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker and marker.kwargs.get("transaction")
    if commits:
        request.getfixturevalue("transactional_db")
        cache.clear()
    yield
    if commits:
        cache.clear()


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch):
    """No test reaches the network."""
    connect = socket.socket.connect

    def guarded(self, address):
        if self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in (
            "127.0.0.1",
            "::1",
            "localhost",
        ):
            raise AssertionError(f"A test tried to reach {address}")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def visitor():
    """Somebody who has not attested."""
    return Client()


@pytest.fixture
def reader(db):
    """An attested browser that is not signed in."""
    return factories.attested(Client())


@pytest.fixture
def member(db):
    """An attested reader who is signed in; `.user` is the account."""
    client = factories.attested(Client())
    client.user = factories.make_user()
    client.force_login(client.user)
    return client


@pytest.fixture
def editor(db):
    """An attested, signed-in member of the group Editors; `.user` is the account."""
    client = factories.attested(Client())
    client.user = factories.make_editor()
    client.force_login(client.user)
    return client
