"""`manage.py newsletter_doctor`."""

import sys
from io import StringIO

import pytest
from aiosmtpd.smtp import AuthResult
from django.core.management import CommandError, call_command

from portal.models import Hub
from tests.smtp import Sink, serve

from .nameserver import NameServer

pytestmark = pytest.mark.django_db
SMTP = "django.core.mail.backends.smtp.EmailBackend"
KEY = "v=DKIM1; k=rsa; p=" + "A" * 400


@pytest.fixture
def names():
    server = NameServer(
        {
            "portal.example": ["some-verification=1", "v=spf1 include:mail.example -all"],
            "s1._domainkey.portal.example": [KEY],
            "_dmarc.portal.example": ["v=DMARC1; p=quarantine"],
        }
    )
    yield server
    server.stop()


@pytest.fixture
def server():
    """A mail server that knows one login."""

    def check(server, session, envelope, mechanism, data):
        is_right = (data.login, data.password) == (b"hub", b"right")
        return AuthResult(success=is_right, handled=is_right)

    controller = serve(Sink(), authenticator=check, auth_require_tls=False)
    yield controller
    controller.stop(no_assert=True)


@pytest.fixture(autouse=True)
def fit(settings, monkeypatch, names, server):
    """An installation with nothing to mend."""
    settings.SITE_URL = "https://www.portal.example"
    settings.NEWSLETTER_FROM, settings.NEWSLETTER_RETURN_PATH = "Hub <hub@portal.example>", ""
    settings.NEWSLETTER_SENDING_DOMAIN, settings.NEWSLETTER_DKIM_SELECTOR = "", "s1"
    settings.NEWSLETTER_EMAIL_BACKEND, settings.OUTBOX_DELIVERY_BACKEND = "", SMTP
    settings.EMAIL_HOST, settings.EMAIL_PORT = server.hostname, server.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "hub", "right"
    settings.DEVELOPMENT = False
    monkeypatch.setenv("SUPPRESSION_KEY", "a key")
    Hub.objects.create(pk=1, postal_address="1 Street, Town")


@pytest.fixture
def examine(names):
    def run(resolver=None):
        output, status = StringIO(), 0
        try:
            call_command("newsletter_doctor", resolver=resolver or names.address, stdout=output)
        except SystemExit as end:
            status = end.code
        return status, output.getvalue()

    return run


def line_with(output, words):
    """The level of the line that holds `words`, and whether a remedy follows."""
    lines = [*output.splitlines(), ""]
    place = next(number for number, line in enumerate(lines) if words in line)
    return lines[place].split()[0], "→" in lines[place + 1]


def test_fit_installation_has_nothing_to_mend(examine):
    status, output = examine()

    assert status == 0
    assert {line.split()[0] for line in output.splitlines()} == {"ok"}
    for words in (
        "https://www.portal.example",
        "postal address",
        "key of its own",
        "sent from portal.example",
        "SPF record: v=spf1 include:mail.example -all",
        "DKIM key at s1._domainkey.portal.example",
        "_dmarc.portal.example has a policy",
        "takes mail from us, with login",
    ):
        assert words in output


def test_provider_with_a_secret_is_fit(settings, examine):
    settings.NEWSLETTER_EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "t", "WEBHOOK_SECRET": "a:b"}

    status, output = examine()

    assert status == 0
    assert "https://www.portal.example/newsletter/webhooks/postmark/tracking/" in output


@pytest.mark.parametrize(
    ("change", "level", "words"),
    [
        ({"SITE_URL": "http://portal.example"}, "error", "which is not https"),
        ({"NEWSLETTER_FROM": "hub@elsewhere.example"}, "warning", "not from portal.example"),
        ({"NEWSLETTER_FROM": "hub@notportal.example"}, "warning", "not from portal.example"),
        ({"NEWSLETTER_RETURN_PATH": "x@bounces.example"}, "warning", "SPF does not speak for portal.example"),
        ({"NEWSLETTER_RETURN_PATH": "x@bounces.example"}, "error", "bounces.example has no SPF record"),
        ({"NEWSLETTER_DKIM_SELECTOR": ""}, "warning", "DKIM was not looked up"),
        ({"NEWSLETTER_DKIM_SELECTOR": "s2"}, "error", "no DKIM key at s2._domainkey.portal.example"),
        ({"EMAIL_HOST_PASSWORD": "wrong"}, "error", "refuses the login: 535"),
        ({"EMAIL_PORT": 1}, "error", "cannot be reached"),
        ({"EMAIL_USE_TLS": True}, "error", "cannot be spoken to in secret"),
        ({"OUTBOX_DELIVERY_BACKEND": "portal.outbox.FileBackend"}, "error", "Newsletters are kept as files"),
        ({"OUTBOX_DELIVERY_BACKEND": "portal.outbox.FileBackend"}, "error", "login codes are kept as files"),
        (
            {"NEWSLETTER_EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend"},
            "error",
            "POSTMARK_SERVER_TOKEN",
        ),
        (
            {"NEWSLETTER_EMAIL_BACKEND": "anymail.backends.postmark.EmailBackend"},
            "error",
            "The webhook has no secret",
        ),
        ({"NEWSLETTER_EMAIL_BACKEND": "anymail.backends.mailgun.EmailBackend"}, "error", "check who reports"),
        ({"NEWSLETTER_EMAIL_BACKEND": "anymail.backends.test.EmailBackend"}, "warning", "has no webhook"),
        ({"NEWSLETTER_EMAIL_BACKEND": "anymail.backends.none.EmailBackend"}, "error", "cannot be used"),
    ],
)
def test_each_fault_of_the_settings_is_found_with_its_remedy(settings, examine, change, level, words):
    settings.ANYMAIL = {}
    for name, value in change.items():
        setattr(settings, name, value)

    status, output = examine()

    assert line_with(output, words) == (level, True)
    assert status == (1 if "error" in output else 0)


def test_stated_domain_of_the_sender_is_as_good_as_the_sites(settings, examine):
    settings.SITE_URL, settings.NEWSLETTER_SENDING_DOMAIN = "https://hub.example", "portal.example"

    assert examine()[0] == 0


def test_mail_server_elsewhere_must_encrypt(settings, examine, monkeypatch):
    settings.EMAIL_HOST = "mail.example"
    monkeypatch.setattr(
        "socket.create_connection", lambda *given, **named: (_ for _ in ()).throw(OSError("no"))
    )

    assert line_with(examine()[1], "without encryption") == ("error", True)


def test_missing_address_and_key_are_found(monkeypatch, examine):
    Hub.objects.update(postal_address=" ")
    monkeypatch.delenv("SUPPRESSION_KEY")

    status, output = examine()

    assert status == 1
    assert line_with(output, "no postal address") == ("error", True)
    assert line_with(output, "borrows SECRET_KEY") == ("error", True)


def test_in_development_the_suppression_list_may_borrow_its_key(settings, monkeypatch, examine):
    settings.DEVELOPMENT = True
    monkeypatch.delenv("SUPPRESSION_KEY")

    assert line_with(examine()[1], "borrows SECRET_KEY") == ("ok", False)


@pytest.mark.parametrize(
    ("name", "texts", "level", "words"),
    [
        ("portal.example", [], "error", "has no SPF record"),
        ("portal.example", ["v=spf10 -all"], "error", "has no SPF record"),
        ("portal.example", ["v=spf1 -all", "v=spf1 ~all"], "error", "2 SPF records"),
        ("portal.example", ["v=spf1 +all"], "error", "lets everybody send"),
        ("portal.example", ["v=spf1 all"], "error", "lets everybody send"),
        ("portal.example", ["v=spf1 mx"], "warning", "does not say what others may do"),
        ("s1._domainkey.portal.example", ["v=DKIM1; p="], "error", "is revoked"),
        ("s1._domainkey.portal.example", ["v=DKIM2; p=A"], "error", "no DKIM key"),
        ("_dmarc.portal.example", ["v=DMARC1; rua=mailto:x@portal.example"], "error", "has no policy"),
        ("_dmarc.portal.example", ["v=DMARC10; p=none"], "error", "has no DMARC record"),
    ],
)
def test_each_fault_of_the_records_is_found_with_its_remedy(names, examine, name, texts, level, words):
    names.texts[name] = texts or ["other"]

    status, output = examine()

    assert line_with(output, words) == (level, True)
    assert status == (1 if level == "error" else 0)


@pytest.mark.parametrize("record", ["v=spf1 redirect=mail.example", "V=SPF1 ip4:192.0.2.1 ~all"])
def test_other_spf_records_are_right(names, examine, record):
    names.texts["portal.example"] = [record]

    assert examine()[0] == 0


def test_policy_of_the_domain_above_counts(settings, names, examine):
    settings.NEWSLETTER_FROM = "hub@news.portal.example"
    names.texts |= {
        "news.portal.example": ["v=spf1 -all"],
        "s1._domainkey.news.portal.example": ["p=" + "A" * 400],
    }

    status, output = examine()

    assert status == 0
    assert "_dmarc.portal.example has a policy" in output


def test_name_server_that_fails_is_said_to(names, examine):
    names.failing = True

    status, output = examine()

    assert line_with(output, "could not be looked up") == ("warning", True)
    assert status == 0


def test_missing_library_is_said_to(examine, monkeypatch):
    monkeypatch.setitem(sys.modules, "dns.resolver", None)

    assert line_with(examine()[1], "dnspython is not installed") == ("warning", True)


@pytest.mark.parametrize("given", ["ns.example", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1:65536", "1.2.3"])
def test_wrong_resolver_is_refused(examine, given):
    with pytest.raises(CommandError, match="is no IP address"):
        examine(given)
