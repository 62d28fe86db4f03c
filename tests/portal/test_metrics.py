"""The figures of a server, asked of a server: processes of its own, with the settings of production."""

from datetime import timedelta

import pytest
from django.core.mail import send_mail
from django.utils import timezone

from portal import checks, heartbeat, lanes
from portal.models import OutgoingMail
from tests import production

TOKEN = "a-token-of-more-than-twenty-characters"
ASKS = """
import django; django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
for address in ("/healthz", "/healthz", "/no-such-page/?q=word"):
    client.get(address, secure=True, headers={"Host": "portal.example"})
if __import__("os").fork() == 0:  # another process of the same server
    client.get("/healthz", headers={"Host": "portal.example"})
    __import__("os")._exit(0)
__import__("os").wait()
answer = client.get("/metrics", headers={"Host": "portal.example", "Authorization": "Bearer %s"})
print(answer.status_code, answer["Content-Type"])
print(answer.content.decode())
"""


def test_all_processes_are_added_up(tmp_path):
    """No database at that address: the figures say so, and the rest is there."""
    process = production.run(
        "-c",
        ASKS % TOKEN,
        DEVELOPMENT="1",  # no collected static files
        METRICS_TOKEN=TOKEN,
        METRICS_DIR=str(tmp_path / "counts"),
        DATABASE_URL="postgres://nobody@127.0.0.1:1/none",
        PAGE_CACHE_BYTES="0",
    )

    assert process.returncode == 0, process.stderr
    lines = process.stdout.splitlines()
    assert lines[0].startswith("200 text/plain")
    assert 'portal_requests_total{method="GET",route="/healthz",status="200"} 3.0' in lines
    assert 'portal_request_seconds_count{route="/healthz"} 3.0' in lines
    assert "portal_database_up 0.0" in lines
    assert "portal_outbox_waiting" not in process.stdout
    assert "word" not in process.stdout


def test_without_the_setting_nothing_of_it_is_loaded():
    loaded = production.evaluate(
        "(__import__('django').setup(), __import__('portal.wsgi'),"
        " [name for name in ('prometheus_client', 'sentry_sdk') if name in __import__('sys').modules])[-1]"
    )

    assert loaded == "[]"


@pytest.mark.django_db
def test_without_the_setting_there_is_no_such_page(client):
    assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", TOKEN, f"bearer{TOKEN}", "Bearer é"])
def test_who_brings_no_token_gets_no_figures(client, settings, given):
    settings.METRICS_TOKEN = TOKEN

    response = client.get("/metrics", headers={"Authorization": given})

    assert response.status_code == 401
    assert b"portal_" not in response.content


def test_a_short_token_stops_the_start():
    process = production.run("-c", "from django.conf import settings; settings.DEBUG", METRICS_TOKEN="short")

    assert "METRICS_TOKEN must have at least 20 characters." in process.stderr


@pytest.mark.parametrize(("name", "package"), checks.OPTIONAL.items())
def test_a_package_that_is_not_there_is_named(settings, monkeypatch, name, package):
    setattr(settings, name, TOKEN)
    monkeypatch.setattr(checks, "find_spec", lambda asked: None)

    (found,) = checks.optional_packages_are_installed(None)

    assert found.msg == f"{name} is set and needs the package {package}."


def test_packages_that_are_not_asked_for_need_not_be_there(monkeypatch):
    monkeypatch.setattr(checks, "find_spec", lambda asked: None)

    assert checks.optional_packages_are_installed(None) == []


@pytest.fixture
def figures(client, settings, tmp_path, monkeypatch):
    """A function that returns {name: value} of the page."""
    settings.METRICS_TOKEN = TOKEN
    settings.METRICS_DIR = tmp_path
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    def ask():
        response = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert response.status_code == 200
        assert "no-store" in response["Cache-Control"]
        rows = [line.rsplit(" ", 1) for line in response.content.decode().splitlines() if line[0] != "#"]
        return {name: float(value) for name, value in rows}

    return ask


@pytest.mark.django_db
def test_what_waits_is_shown(figures, outbox):
    send_mail("Subject", "Text", None, ["a@patients.example", "b@patients.example", "c@patients.example"])
    first, second, _ = OutgoingMail.objects.order_by("pk")
    now = timezone.now()
    OutgoingMail.objects.filter(pk=first.pk).update(created_at=now - timedelta(hours=1))
    OutgoingMail.objects.filter(pk=second.pk).update(failed_at=now)

    found = figures()

    assert found["portal_database_up"] == 1
    assert found["portal_outbox_waiting"] == 2
    assert 3600 <= found["portal_outbox_oldest_seconds"] < 3700
    assert found["portal_outbox_given_up"] == 1
    assert found["portal_deliveries_waiting"] == 0


@pytest.mark.django_db
def test_a_lane_that_nobody_works_on_is_shown(figures):
    now = timezone.now()
    heartbeat.beat("mail", now - timedelta(minutes=10))
    lanes.LANES["upkeep"]()(now, lambda: False)

    found = figures()

    assert 600 <= found['portal_worker_seconds{lane="mail"}'] < 700
    assert found['portal_worker_seconds{lane="upkeep"}'] < 60
    assert found['portal_worker_seconds{lane="newsletter"}'] == float("inf")
