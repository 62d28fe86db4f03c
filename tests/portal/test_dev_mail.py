import importlib

import pytest
from django.core.mail import EmailMultiAlternatives, get_connection
from django.urls import clear_url_caches

from portal import urls

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _restore_routes(settings):
    settings.SHOW_KEPT_MAIL = True
    reload_routes()
    yield
    settings.SHOW_KEPT_MAIL = True
    reload_routes()


def reload_routes():
    importlib.reload(urls)
    clear_url_caches()


@pytest.fixture
def name(settings):
    """The name of a kept message with text, HTML and an attachment."""
    message = EmailMultiAlternatives(
        "Hello <b>you</b>", "Go to https://hub.example/there/ now.", to=["a@example.org"]
    )
    message.attach_alternative(
        "<html><head></head><body><p style='color: red'>Rich</p></body></html>", "text/html"
    )
    message.attach("figures.csv", "1,2", "text/csv")
    get_connection("portal.outbox.FileBackend").send_messages([message])
    (file,) = settings.EMAIL_FILE_PATH.iterdir()
    return file.stem


def test_list_shows_the_newest_first(client, settings, name):
    older = settings.EMAIL_FILE_PATH / "20200101T000000.000000Z-00000000.eml"
    older.write_bytes(b"Subject: Older\r\nTo: b@example.org\r\n\r\nText")

    page = client.get("/dev/mail/").content.decode()

    assert page.index("Hello &lt;b&gt;you") < page.index("Older")
    assert f'href="/dev/mail/{name}/"' in page


def test_list_is_empty_before_the_first_message(client):
    assert "No message yet" in client.get("/dev/mail/").content.decode()


def test_message_shows_text_headers_and_attachments(client, name):
    response = client.get(f"/dev/mail/{name}/")

    page = response.content.decode()
    assert '<a href="https://hub.example/there/"' in page
    assert "figures.csv" in page
    assert "<dt>Message-ID</dt>" in page
    assert f'src="/dev/mail/{name}/html/"' in page
    assert "sandbox=" in page
    assert "frame-src 'self'" in response["Content-Security-Policy"]


def test_html_part_may_be_styled_and_framed_by_us_and_nothing_else(client, name):
    response = client.get(f"/dev/mail/{name}/html/")

    policy = response["Content-Security-Policy"]
    assert b'<base target="_top">' in response.content
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert "default-src 'none'" in policy
    assert "script-src" not in policy


def test_message_without_html_has_no_html_page(client, settings, name):
    (settings.EMAIL_FILE_PATH / f"{name}.eml").write_bytes(b"Subject: Plain\r\n\r\nText")

    assert "<iframe" not in client.get(f"/dev/mail/{name}/").content.decode()
    assert client.get(f"/dev/mail/{name}/html/").status_code == 404


@pytest.mark.parametrize("wanted", ["..%2f..%2fsecret_key", "%2e%2e", "..%2fsecret", "x", "%2fetc%2fpasswd"])
def test_only_kept_messages_can_be_asked_for(client, settings, name, wanted):
    (settings.EMAIL_FILE_PATH.parent / "secret.eml").write_text("Subject: secret\n\nsecret")

    for path in (f"/dev/mail/{wanted}/", f"/dev/mail/{wanted}/html/"):
        response = client.get(path)

        assert response.status_code == 404
        assert b"Subject: secret" not in response.content


def test_pages_do_not_exist_where_mail_is_sent(client, settings, name):
    settings.SHOW_KEPT_MAIL = False
    reload_routes()

    statuses = [
        client.get(path).status_code
        for path in ("/dev/mail/", f"/dev/mail/{name}/", f"/dev/mail/{name}/html/")
    ]

    assert statuses == [404, 404, 404]
