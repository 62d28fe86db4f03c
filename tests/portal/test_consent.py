from datetime import timedelta

import pytest
from django.conf import settings as live_settings
from django.core import signing
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.utils import timezone

from newsletter import links
from newsletter.models import Subscriber
from portal.consent import SALT
from portal.models import ConsentNotice, ConsentRecord
from tests.production import evaluate
from tests.routes import walk

pytestmark = pytest.mark.django_db

ANALYTICS = "https://statistics.example/count.js"
TRANSLATE = "https://translation.example/widget.js"
GPC = {"Sec-GPC": "1"}


@pytest.fixture(autouse=True)
def _optional_scripts(settings):
    settings.ANALYTICS_SCRIPT_URL = ANALYTICS
    settings.TRANSLATE_SCRIPT_URL = TRANSLATE
    settings.TRANSLATE_ORIGINS = ["https://parts.example"]


def choose(client, choice, headers=None, **fields):
    return client.post("/cookies/", {"choice": choice, "next": "/about/"} | fields, headers=headers)


def allowed(client, headers=None, path="/about/"):
    """What a page may do in this browser, read from its markup and its policy, which must agree."""
    response = client.get(path, headers=headers)
    html, policy = response.content.decode(), response["Content-Security-Policy"]
    purposes = {
        "statistics": (ANALYTICS, "https://statistics.example"),
        "third_party": (TRANSLATE, "https://translation.example"),
    }
    in_markup = {purpose for purpose, (script, _) in purposes.items() if script in html}
    in_policy = {purpose for purpose, (_, origin) in purposes.items() if origin in policy}
    assert in_markup == in_policy
    return in_markup


def asks(client, headers=None):
    return 'class="consent"' in client.get("/about/", headers=headers).content.decode()


def publish_notice(version, **fields):
    return ConsentNotice.objects.create(version=version, text="We changed the purposes.", **fields)


def test_nothing_optional_happens_before_a_choice(visitor):
    response = visitor.get("/about/")

    assert asks(visitor)
    assert allowed(visitor) == set()
    assert not response.cookies
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    ("choice", "fields", "granted"),
    [
        ("accept-all", {}, {"statistics", "third_party"}),
        ("reject-all", {}, set()),
        ("reject-all", {"statistics": "on", "third_party": "on"}, set()),
        ("selected", {}, set()),
        ("selected", {"statistics": "on"}, {"statistics"}),
        ("selected", {"third_party": "on"}, {"third_party"}),
        ("selected", {"statistics": "on", "third_party": "on"}, {"statistics", "third_party"}),
    ],
)
def test_a_choice_opens_exactly_what_it_grants(visitor, choice, fields, granted):
    response = choose(visitor, choice, **fields)

    assert (response.status_code, response["Location"]) == (303, "/about/")
    assert allowed(visitor) == granted
    assert not asks(visitor)
    record = ConsentRecord.objects.get()
    assert {p for p in ("statistics", "third_party") if getattr(record, p)} == granted
    assert (record.notice.version, record.signal) == (1, False)
    assert abs(record.decided_at - timezone.now()) < timedelta(minutes=1)


def test_the_policy_opens_each_directive_for_granted_origins_only(visitor):
    before = visitor.get("/about/")["Content-Security-Policy"]
    choose(visitor, "selected", third_party="on")

    after = visitor.get("/about/")["Content-Security-Policy"]

    closed, opened = (dict(d.split(" ", 1) for d in policy.split("; ")) for policy in (before, after))
    added = {name: set(opened[name].split()) - set(closed.get(name, "").split()) for name in opened}
    translation = {"https://translation.example", "https://parts.example"}
    widened = ("script-src", "connect-src", "style-src", "img-src", "frame-src")
    assert {name: origins for name, origins in added.items() if origins} == dict.fromkeys(
        widened, translation
    )


def test_a_script_of_our_own_needs_no_opening(visitor, settings):
    settings.ANALYTICS_SCRIPT_URL = "/static/js/count.js"
    closed = visitor.get("/about/")["Content-Security-Policy"]

    choose(visitor, "selected", statistics="on")

    response = visitor.get("/about/")
    assert '<script src="/static/js/count.js"' in response.content.decode()
    assert set(response["Content-Security-Policy"].split("; ")) == set(closed.split("; "))


OPEN = {
    "/",
    "/articles/",
    "/articles/<slug:slug>/",
    "/topics/<slug:slug>/",
    "/treatments/<slug:slug>/",
    "/trials/",
    "/trials/compare/",
    "/trials/<slug:slug>/",
    "/events/<slug:slug>/",
    "/about/",
    "/independence/",
    "/privacy/",
    "/terms/",
    "/accessibility/",
    "/steering-committee/",
    "/cookies/",
    "/not-a-professional/",
}


@pytest.mark.parametrize("who", ["visitor", "reader", "editor"])
def test_scripts_of_others_stand_only_where_nothing_is_private(request, who):
    client = request.getfixturevalue(who)
    choose(client, "accept-all")
    routes = [route for route in walk() if "/html/" not in route.path]

    carrying = {route.path for route in routes if allowed(client, path=route.example)}

    assert carrying == OPEN & {route.path for route in routes}


def test_the_links_in_our_mail_are_told_to_nobody(visitor):
    subscriber = Subscriber.objects.create(email="new@example.org", wording_version=1)
    path = links.path(links.Purpose.CONFIRM, subscriber, now=timezone.now())
    choose(visitor, "accept-all")

    response = visitor.get(path)

    assert "Confirm your subscription" in response.content.decode()
    assert allowed(visitor, path=path) == set()
    assert "Translate this page" not in response.content.decode()
    assert response["Referrer-Policy"] == "strict-origin"


@pytest.mark.parametrize("path", ["/no-such-page/", "/search/?q=my+disease", "/accounts/login/", "/contact/"])
def test_other_pages_with_private_addresses_are_told_to_nobody(reader, path):
    choose(reader, "accept-all")

    assert allowed(reader, path=path) == set()
    assert reader.get(path)["Referrer-Policy"] == "strict-origin"


def test_a_page_that_answers_a_form_holds_no_script_of_others(visitor):
    choose(visitor, "accept-all")

    response = choose(visitor, "no such choice")

    assert (response.status_code, ANALYTICS in response.content.decode()) == (400, False)
    assert "statistics.example" not in response["Content-Security-Policy"]


def test_translation_that_is_not_configured_is_not_offered(visitor, settings):
    settings.TRANSLATE_SCRIPT_URL = ""

    html = visitor.get("/about/").content.decode()

    assert "Translate this page" not in html


def test_consent_withdrawn_closes_everything_again_and_clears_what_it_left(visitor):
    choose(visitor, "accept-all")
    visitor.cookies["googtrans"] = "/en/de"

    response = choose(visitor, "reject-all")

    assert allowed(visitor) == set()
    assert response.cookies["googtrans"]["max-age"] == 0
    choices = ConsentRecord.objects.order_by("pk").values_list("statistics", "third_party")
    assert list(choices) == [(True, True), (False, False)]


def test_the_same_choice_pressed_again_is_recorded_once(visitor):
    choose(visitor, "accept-all")

    response = choose(visitor, "accept-all")

    assert response.status_code == 303
    assert ConsentRecord.objects.count() == 1


def test_too_many_choices_are_slowed_down_and_not_recorded(visitor, settings):
    settings.ACCOUNT_RATE_LIMITS = {"consent": "2/m/ip"}

    answers = [choose(visitor, choice) for choice in ("accept-all", "reject-all", "accept-all")]

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert answers[2]["Retry-After"] == "60"
    assert ConsentRecord.objects.count() == 2


def test_choices_are_limited_by_default():
    assert live_settings.ACCOUNT_RATE_LIMITS["consent"] == "60/m/ip"


@pytest.mark.parametrize("choice", ["", "accept", "ACCEPT-ALL", "x" * 1_000_000, "\0", "☃"])
def test_an_unknown_choice_is_refused_with_the_page(visitor, choice):
    response = choose(visitor, choice)

    assert response.status_code == 400
    assert "Cookies" in response.content.decode()
    assert not response.cookies
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    ("target", "leads_to"),
    [
        ("/articles/?page=2", "/articles/?page=2"),
        ("", "/cookies/?saved=1"),
        ("/cookies/", "/cookies/?saved=1"),
        ("/cookies/?saved=1", "/cookies/?saved=1"),
        ("https://evil.example/", "/cookies/?saved=1"),
        ("//evil.example/", "/cookies/?saved=1"),
        ("/\\evil.example/", "/cookies/?saved=1"),
        ("javascript:alert(1)", "/cookies/?saved=1"),
        ("/a\r\nSet-Cookie: x=y", "/a%0D%0ASet-Cookie:%20x=y"),
        ("/" + "x" * 1_000_000, "/cookies/?saved=1"),
    ],
)
def test_a_choice_leads_on_within_this_site_only(visitor, target, leads_to):
    response = choose(visitor, "reject-all", next=target)

    assert response["Location"] == leads_to


def test_the_cookie_page_says_that_the_choice_is_saved(visitor):
    response = visitor.post("/cookies/", {"choice": "reject-all", "next": "/cookies/"}, follow=True)

    html = response.content.decode()
    assert "Your choice is saved" in html
    assert "only what is strictly necessary." in html


def test_the_cookie_page_claims_nothing_saved_without_a_choice(visitor):
    assert "Your choice is saved" not in visitor.get("/cookies/?saved=1").content.decode()


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://["},
    ],
)
def test_a_choice_sent_from_another_site_is_refused(visitor, headers):
    response = choose(visitor, "accept-all", headers=headers)

    assert response.status_code == 403
    assert not response.cookies
    assert not ConsentRecord.objects.exists()


def test_a_choice_sent_from_this_site_is_accepted_without_a_token():
    strict = Client(enforce_csrf_checks=True)

    response = choose(
        strict, "accept-all", headers={"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}
    )

    assert response.status_code == 303


def test_a_link_from_another_site_opens_the_cookie_page(visitor):
    assert visitor.get("/cookies/", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 200


def test_a_new_notice_asks_again(visitor):
    choose(visitor, "accept-all")
    publish_notice(2)

    assert asks(visitor)
    assert allowed(visitor) == set()

    choose(visitor, "accept-all")

    assert allowed(visitor) == {"statistics", "third_party"}
    assert sorted(ConsentRecord.objects.values_list("notice__version", flat=True)) == [1, 2]


def test_a_notice_that_changed_meanwhile_is_read_before_it_counts(visitor):
    ConsentNotice.objects.create(version=2, text="New words about cookies.")

    response = choose(visitor, "accept-all", version="1")

    assert response.status_code == 409
    assert "New words about cookies." in response.content.decode()
    assert 'name="version" value="2"' in response.content.decode()
    assert not ConsentRecord.objects.exists()
    assert choose(visitor, "accept-all", version="2").status_code == 303


def test_a_notice_of_the_future_does_not_ask_yet(visitor):
    choose(visitor, "accept-all")

    publish_notice(2, effective_from=timezone.now() + timedelta(days=1))

    assert not asks(visitor)
    assert allowed(visitor) == {"statistics", "third_party"}


def test_a_choice_lasts_for_six_months(visitor, time_machine):
    start = timezone.now()
    time_machine.move_to(start, tick=False)
    choose(visitor, "accept-all")
    cookie = visitor.cookies["consent"].value

    time_machine.move_to(start + timedelta(days=179), tick=False)
    assert allowed(visitor) == {"statistics", "third_party"}

    time_machine.move_to(start + timedelta(days=181), tick=False)
    visitor.cookies["consent"] = cookie  # a browser that keeps it longer than asked
    assert allowed(visitor) == set()
    assert asks(visitor)


def forged_cookies():
    choice = {"v": 1, "s": True, "t": True, "g": False}
    return {
        "plain text": "accept-all",
        "another purpose's signature": signing.dumps(choice, salt="accounts.attestation"),
        "another key": signing.dumps(choice, salt=SALT, key="guessed"),
        "edited": signing.dumps(choice, salt=SALT).replace("e", "f", 1),
        "not a choice": signing.dumps([1, 2], salt=SALT),
        "half a choice": signing.dumps({"v": 1, "s": True}, salt=SALT),
        "unknown version": signing.dumps(choice | {"v": 99}, salt=SALT),
        "hostile": '"\\000\\377' + "x" * 100_000,
    }


@pytest.mark.parametrize("name", forged_cookies())
def test_a_forged_cookie_is_no_choice(visitor, name):
    visitor.cookies["consent"] = forged_cookies()[name]

    assert asks(visitor)
    assert allowed(visitor) == set()


def test_global_privacy_control_is_a_refusal_that_needs_no_banner(visitor):
    assert not asks(visitor, headers=GPC)
    assert allowed(visitor, headers=GPC) == set()
    assert "Global Privacy Control" in visitor.get("/cookies/", headers=GPC).content.decode()


def test_global_privacy_control_overrides_an_earlier_grant(visitor):
    choose(visitor, "accept-all")

    assert allowed(visitor, headers=GPC) == set()
    assert allowed(visitor) == {"statistics", "third_party"}


@pytest.mark.parametrize(
    ("choice", "granted"), [("accept-all", {"statistics", "third_party"}), ("reject-all", set())]
)
def test_an_explicit_choice_under_the_signal_counts_and_is_recorded(visitor, choice, granted):
    choose(visitor, choice, headers=GPC)

    assert allowed(visitor, headers=GPC) == granted
    assert allowed(visitor) == granted
    record = ConsentRecord.objects.get()
    assert record.signal
    assert record.statistics is record.third_party is bool(granted)


def test_only_the_signal_itself_is_the_signal(visitor):
    assert asks(visitor, headers={"Sec-GPC": "0"})


def test_pages_may_not_be_kept_for_browsers_that_chose_otherwise(visitor):
    vary = {part.strip() for part in visitor.get("/about/")["Vary"].split(",")}

    assert {"Cookie", "Sec-GPC"} <= vary


def test_the_consent_record_holds_nobody(visitor, member):
    choose(member, "accept-all")

    fields = {field.name for field in ConsentRecord._meta.get_fields()}

    assert fields == {"id", "opaque_id", "notice", "statistics", "third_party", "signal", "decided_at"}
    assert ConsentRecord.objects.count() == 1


@pytest.mark.parametrize(
    "change", ["UPDATE portal_consentrecord SET statistics = false", "DELETE FROM portal_consentrecord"]
)
def test_consent_records_can_neither_be_changed_nor_deleted(visitor, change):
    choose(visitor, "accept-all")

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        connection.cursor().execute(change)

    assert ConsentRecord.objects.get().statistics


def test_without_a_notice_nothing_is_asked_or_recorded(visitor):
    ConsentNotice.objects.all().delete()

    response = choose(visitor, "accept-all")

    assert response.status_code == 303
    assert not response.cookies
    assert not asks(visitor)


def test_a_notice_needs_a_text():
    with pytest.raises(DatabaseError, match="consent_notice_has_text"), transaction.atomic():
        ConsentNotice.objects.create(version=2, text="")


def test_a_notice_has_a_version_of_its_own():
    with pytest.raises(DatabaseError, match="version"), transaction.atomic():
        publish_notice(1)


def test_the_origins_of_the_translation_widget_are_complete():
    """Its first script is from one host; that asks the others for the rest and for the translation."""
    origins = evaluate("' '.join(settings.TRANSLATE_ORIGINS)").split()

    assert set(origins) == {
        "https://translate.google.com",
        "https://translate.googleapis.com",
        "https://translate-pa.googleapis.com",
        "https://www.gstatic.com",
    }


def test_six_months_are_the_default():
    assert live_settings.CONSENT_DAYS == 180
