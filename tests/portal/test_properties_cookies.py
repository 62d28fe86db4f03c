"""The cookies that grant something: garbage in them is no failure, and grants nothing."""

import pytest
from django.core import signing
from django.http import HttpResponse
from django.test import Client, RequestFactory
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from accounts import attestation
from accounts.models import Statement
from portal import consent
from tests import factories

pytestmark = pytest.mark.django_db
in_one_test = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=200)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=8,
)
CLAIM = st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "v", "at", "s", "t", "g"), VALUES)) | VALUES


@pytest.fixture
def signed():
    """The cookies that an attested browser with a choice carries."""
    client = factories.attested(Client())
    client.post("/cookies/", {"choice": "accept-all"})
    return {name: client.cookies[name].value for name in ("attestation", "consent")}


def carried(name, value):
    """What the cookie `name` grants: the declaration, or the choice."""
    request = RequestFactory().get("/")
    request.COOKIES[name] = value
    if name == "attestation":
        return attestation.read(request)
    found = consent.of(request)
    return (found.statistics or found.third_party or found.has_chosen) or None


@in_one_test
@given(TEXT | st.text(max_size=50), st.sampled_from(["attestation", "consent"]))
@example("::", "attestation")
@example("eyJhIjoxfQ:1tYQ:forged", "consent")
@example("." + "A" * 100 + ":1:x", "consent")
def test_garbage_grants_nothing(value, name):
    assert carried(name, value) is None


@in_one_test
@given(st.data())
def test_a_changed_cookie_grants_nothing(signed, data):
    name = data.draw(st.sampled_from(["attestation", "consent"]))
    good = signed[name]
    start = data.draw(st.integers(0, len(good)))
    changed = good[:start] + data.draw(TEXT) + good[data.draw(st.integers(start, len(good))) :]
    assume(changed != good)

    assert carried(name, good) is not None
    assert carried(name, changed) is None


@in_one_test
@given(CLAIM, st.sampled_from([attestation.SALT, consent.SALT, "newsletter.browser"]))
def test_even_a_signed_cookie_of_the_wrong_shape_is_no_failure(claim, salt):
    """An older or newer version of the site signs with the same key."""
    value = signing.dumps(claim, salt=salt)

    assert carried("attestation", value) is None or claim["v"] == Statement.objects.current().version
    assert carried("consent", value) in (None, True)


@in_one_test
@given(
    st.text(max_size=50), st.sampled_from(["attestation", "consent", "theme", "dismissed_event", "sessionid"])
)
def test_no_cookie_of_any_text_breaks_a_page_or_opens_the_gate(value, name):
    octets = value.encode(errors="surrogatepass")
    client = Client(raise_request_exception=False)

    answer = client.get("/articles/", headers={"Cookie": f"{name}={octets.decode('latin-1')}"})

    assert answer.status_code in (200, 400)
    assert answer.status_code == 400 or answer.templates[0].name == "accounts/gate.html"


def test_the_cookies_of_these_tests_are_those_that_grant(signed):
    assert carried("attestation", signed["attestation"]).version == Statement.objects.current().version
    assert carried("consent", signed["consent"]) is True
    attestation.write(HttpResponse(), carried("attestation", signed["attestation"]))
