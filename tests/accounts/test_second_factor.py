"""The admin opens for staff with a second factor that this session has shown, and for nobody else."""

import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth
from django.core import mail
from django.test import RequestFactory

from accounts import access
from tests import factories
from tests.articles.images import make_article_picture
from tests.production import evaluate, run
from tests.trials import factories as trials

pytestmark = pytest.mark.django_db
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WANTED = "/admin/articles/article/?q=hope"


def code(secret=SECRET):
    """What an authenticator app shows now; never one of its last seconds."""
    if (left := 30 - time.time() % 30) < 3:
        time.sleep(left)
    return auth.format_hotp_value(auth.hotp_value(secret, int(time.time()) // 30))


def with_app(user):
    auth.TOTP.activate(user, SECRET)
    return user


def reauthenticate(client):
    return client.post("/accounts/reauthenticate/?next=/", {"password": factories.PASSWORD})


def status_of(client, path):
    """Of an answer that is read to its end, as files must be."""
    response = client.get(path)
    b"".join(response)
    return response.status_code


@pytest.fixture(autouse=True)
def _required(settings):
    settings.STAFF_SECOND_FACTOR = True


def test_staff_without_a_second_factor_are_led_to_set_one_up(editor):
    response = editor.get(WANTED)

    assert (response.status_code, response.headers["Location"]) == (302, "/accounts/2fa/")
    assert "Editing needs a second factor" in editor.get("/accounts/2fa/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_app_is_set_up_and_leads_back_to_the_page_that_was_asked_for(editor):
    editor.get(WANTED)
    reauthenticate(editor)
    secret = editor.get("/accounts/2fa/totp/activate/").context["form"].secret

    response = editor.post("/accounts/2fa/totp/activate/", {"code": code(secret)}, follow=True)

    assert f'href="{WANTED}"' in response.content.decode()
    assert editor.get(WANTED).status_code == 200


def test_session_that_has_not_shown_the_factor_is_asked_for_it(editor):
    with_app(editor.user)

    response = editor.get(WANTED)
    assert response.headers["Location"].startswith("/accounts/2fa/reauthenticate/?next=%2Fadmin%2F")
    shown = editor.post(response.headers["Location"], {"code": code()})

    assert shown.headers["Location"] == WANTED
    assert editor.get(WANTED).status_code == 200


def test_password_alone_does_not_sign_in_who_has_an_app(visitor):
    user = with_app(factories.make_editor())

    response = factories.sign_in(visitor, user)

    assert response.get("/admin/").headers["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in visitor.session


def test_code_at_sign_in_opens_the_admin(visitor):
    user = with_app(factories.make_editor())
    factories.sign_in(visitor, user)

    visitor.post("/accounts/2fa/authenticate/", {"code": code()})

    assert visitor.get("/admin/").status_code == 200


def test_recovery_code_stands_in_once(visitor):
    user = with_app(factories.make_editor())
    spare = RecoveryCodes.activate(user).get_unused_codes()[0]
    factories.sign_in(visitor, user)
    visitor.post("/accounts/2fa/authenticate/", {"code": spare})
    assert visitor.get("/admin/").status_code == 200

    visitor.post("/accounts/logout/")
    factories.sign_in(visitor, user)
    response = visitor.post("/accounts/2fa/authenticate/", {"code": spare})

    assert response.status_code == 200
    assert "_auth_user_id" not in visitor.session


def test_who_removes_the_factor_stands_outside_again(visitor):
    user = with_app(factories.make_editor())
    spare = RecoveryCodes.activate(user).get_unused_codes()[0]
    factories.sign_in(visitor, user)
    visitor.post("/accounts/2fa/authenticate/", {"code": code()})

    visitor.post("/accounts/2fa/reauthenticate/?next=/", {"code": spare})
    visitor.post("/accounts/2fa/totp/deactivate/")

    assert visitor.get("/admin/").headers["Location"] == "/accounts/2fa/"


def test_key_is_asked_for_where_it_is_the_only_factor(editor):
    Authenticator.objects.create(user=editor.user, type="webauthn", data={"name": "Key", "credential": {}})

    response = editor.get("/admin/")

    assert response.headers["Location"].startswith("/accounts/2fa/webauthn/reauthenticate/?next=")


def test_form_of_the_admin_and_fragments_of_it_stay_closed_too(editor):
    posted = editor.post("/admin/articles/article/add/", {"title": "Not yet"})
    fragment = editor.get("/admin/", headers={"HX-Request": "true"})

    assert (posted.status_code, posted.headers["Location"]) == (303, "/accounts/2fa/")
    assert fragment.headers["HX-Redirect"] == "/accounts/2fa/"


def test_what_is_not_published_stays_closed_until_the_factor_is_shown(editor):
    with_app(editor.user)
    draft = trials.make_trial(slug="known", is_published=False)
    picture = make_article_picture()
    paths = [draft.get_absolute_url(), f"/media/articles/{picture.key}/{picture.widths[0]}.jpg"]

    before = [status_of(editor, path) for path in paths]
    editor.post("/accounts/2fa/reauthenticate/?next=/", {"code": code()})
    after = [status_of(editor, path) for path in paths]

    assert (before, after) == ([404, 404], [200, 200])


def test_the_admin_itself_asks_the_same_question(editor):
    request = RequestFactory().get("/admin/")
    request.user, request.session = editor.user, editor.session

    assert not access.is_staff_at_work(request)


def test_members_are_never_asked_for_one(member):
    assert member.get("/account/").status_code == 200
    assert member.get("/admin/").status_code == 403


def test_it_is_required_outside_development():
    assert evaluate("settings.STAFF_SECOND_FACTOR") == "True"


def test_operator_who_waives_it_is_warned():
    process = run("manage.py", "check", "--deploy", STAFF_SECOND_FACTOR="0")

    assert "portal.W003" in process.stderr
    assert "portal.W003" not in run("manage.py", "check", "--deploy").stderr


def test_development_opens_without_one_and_says_so(editor, settings):
    settings.STAFF_SECOND_FACTOR = False

    page = editor.get("/admin/").content.decode()

    assert "the admin opens with the password alone" in page
    assert 'href="/accounts/2fa/"' in page


def test_secret_of_an_app_is_not_readable_in_the_database(editor):
    with_app(editor.user)

    stored = Authenticator.objects.get().data["secret"]

    assert SECRET not in stored
    assert Authenticator.objects.get().wrap().validate_code(code())


def test_secret_survives_a_change_of_key(editor, settings):
    with_app(editor.user)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key that is long enough to be one, and used for this test only"

    assert Authenticator.objects.get().wrap().validate_code(code())


def test_guessing_codes_is_stopped(visitor):
    user = with_app(factories.make_editor())
    factories.sign_in(visitor, user)

    for _ in range(12):
        visitor.post("/accounts/2fa/authenticate/", {"code": "000000"})
    visitor.post("/accounts/2fa/authenticate/", {"code": code()})

    assert "_auth_user_id" not in visitor.session


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/recovery-codes/generate/",
    ],
)
def test_change_of_the_factor_asks_who_it_is_first(member, path):
    response = member.get(path)
    assert response.headers["Location"].startswith("/accounts/reauthenticate/")

    reauthenticate(member)

    assert not member.get(path).headers.get("Location", "").startswith("/accounts/reauthenticate/")


def test_removal_of_the_factor_asks_who_it_is_first(member):
    with_app(member.user)

    response = member.post("/accounts/2fa/totp/deactivate/")

    assert response.headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert Authenticator.objects.exists()


def test_password_does_not_stand_in_for_the_factor_of_who_has_one(member):
    with_app(member.user)

    response = reauthenticate(member)

    assert response.headers["Location"].startswith("/accounts/2fa/reauthenticate/")
    assert member.get("/accounts/2fa/webauthn/add/").headers["Location"].startswith("/accounts/2fa/")
    assert member.get("/account/data/").headers["Location"].startswith("/accounts/2fa/")


HOSTILE = [
    "",
    "\0",
    "1",
    "null",
    "[]",
    "{}",
    '{"id": 1}',
    '{"id": "x", "response": {}}',
    "[" * 5000,
    "x" * 200_000,
]


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_nonsense_in_the_forms_of_the_factors_is_refused(member, value):
    reauthenticate(member)

    for path in (
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/2fa/recovery-codes/generate/",
        f"/accounts/2fa/webauthn/keys/{'9' * 40}/remove/",
        f"/accounts/2fa/webauthn/keys/{'9' * 40}/edit/",
    ):
        member.get(path)
        answer = member.post(path, {"code": value, "credential": value, "name": value})
        assert answer.status_code < 500, path

    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
def test_nonsense_at_sign_in_signs_nobody_in(visitor, value):
    user = with_app(factories.make_editor())
    factories.sign_in(visitor, user)

    answers = [
        visitor.post("/accounts/2fa/authenticate/", {name: value}).status_code
        for name in ("code", "credential")
    ]

    assert max(answers) < 500
    assert "_auth_user_id" not in visitor.session


@pytest.mark.django_db(transaction=True)
def test_owner_is_told_by_mail_when_a_factor_is_set_up(editor):
    reauthenticate(editor)
    secret = editor.get("/accounts/2fa/totp/activate/").context["form"].secret

    editor.post("/accounts/2fa/totp/activate/", {"code": code(secret)})

    assert mail.outbox[0].subject == "An authenticator app has been set up"
    assert mail.outbox[0].to == [editor.user.email]


def test_administrator_takes_a_lost_factor_away_and_sees_no_secret(client, settings):
    settings.STAFF_SECOND_FACTOR = False
    owner = with_app(factories.make_editor())
    client.force_login(factories.make_admin())
    path = f"/admin/mfa/authenticator/{Authenticator.objects.get().pk}"

    page = client.get(f"{path}/change/").content.decode()
    client.post(f"{path}/delete/", {"post": "yes"})

    assert owner.email in page
    assert "secret" not in page
    assert not Authenticator.objects.exists()
    assert client.get("/admin/mfa/authenticator/add/").status_code == 403
