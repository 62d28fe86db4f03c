"""Every address of the site and who may open it: a change of either shows here, in review."""

import pytest

from accounts.access import Audience, audience_of
from tests import factories
from tests.routes import walk

PUBLIC, PROFESSIONALS, MEMBERS, STAFF = Audience
ROUTES = {
    "/": PROFESSIONALS,
    "/search/": PROFESSIONALS,
    "/articles/": PROFESSIONALS,
    "/articles/<slug:slug>/": PROFESSIONALS,
    "/topics/<slug:slug>/": PROFESSIONALS,
    "/treatments/<slug:slug>/": PROFESSIONALS,
    "/events/<slug:slug>/": PROFESSIONALS,
    "/events/<slug:slug>.ics": PROFESSIONALS,
    "/media/articles/<uuid:key>/<str:name>": PROFESSIONALS,
    "/trials/": PROFESSIONALS,
    "/trials/<slug:slug>/": PROFESSIONALS,
    "/trials/compare/": PROFESSIONALS,
    "/trials/compare.csv": PROFESSIONALS,
    "/trials/<slug:slug>/figures/<slug:name>.<str:ending>": PROFESSIONALS,
    "/articles/<slug:slug>/bookmark/": MEMBERS,
    "/bookmarks/": MEMBERS,
    "/account/": MEMBERS,
    "/account/newsletter/": MEMBERS,
    "/account/newsletter/data/": MEMBERS,
    "/account/data/": PUBLIC,  # these ask for a login themselves: nobody needs to attest to see or end what is theirs
    "/account/delete/": PUBLIC,
    "/account/delete/asked/": PUBLIC,
    "/account/keep/": PUBLIC,
    "/account/sessions/<int:pk>/end/": PUBLIC,
    "/about/": PUBLIC,
    "/independence/": PUBLIC,
    "/privacy/": PUBLIC,
    "/terms/": PUBLIC,
    "/accessibility/": PUBLIC,
    "/steering-committee/": PUBLIC,
    "/contact/": PUBLIC,
    "/contact/sent/": PUBLIC,
    "/cookies/": PUBLIC,
    "/theme/": PUBLIC,
    "/events/<slug:slug>/dismiss/": PUBLIC,
    "/attest/": PUBLIC,
    "/not-a-professional/": PUBLIC,
    "/articles/<slug:slug>/citation.<str:format>": PUBLIC,
    "/media/people/<uuid:key>/<str:name>": PUBLIC,
    "/feeds/articles.atom": PUBLIC,
    "/feeds/articles.rss": PUBLIC,
    "/sitemap.xml": PUBLIC,
    "/robots.txt": PUBLIC,
    "/.well-known/security.txt": PUBLIC,
    "/.well-known/gpc.json": PUBLIC,
    "/dev/mail/": PUBLIC,
    "/dev/mail/<str:name>/": PUBLIC,
    "/dev/mail/<str:name>/html/": PUBLIC,
    "/styleguide/": STAFF,
    "/newsletter/": PUBLIC,
    "/newsletter/archive/": PUBLIC,
    "/newsletter/archive/<slug:slug>/": PROFESSIONALS,
    "/newsletter/follow/": PUBLIC,
    "/newsletter/confirm/<str:token>/": PUBLIC,
    "/newsletter/confirm/<str:about>/<str:token>/": PUBLIC,
    "/newsletter/confirm/follow/<str:about>/<str:token>/": PUBLIC,
    "/newsletter/leave/<str:token>/": PUBLIC,
    "/newsletter/unfollow/<str:about>/<str:token>/": PUBLIC,
    "/newsletter/unfollow-all/<str:token>/": PUBLIC,
    "/newsletter/preferences/<str:token>/": PUBLIC,
    "/newsletter/preferences/<str:token>/data/": PUBLIC,
    "/newsletter/data/<str:token>/": PUBLIC,
    "/healthz": PUBLIC,
    "/readyz": PUBLIC,
    "/metrics": PUBLIC,
}
THIRD_PARTY = {"/accounts/": PUBLIC, "/admin/": STAFF}


def is_ours(route):
    return not route.path.startswith(tuple(THIRD_PARTY))


def test_the_walk_reaches_nested_includes():
    paths = {route.path for route in walk()}

    assert {
        "/",
        "/articles/<slug:slug>/bookmark/",
        "/accounts/login/",
        "/admin/articles/article/add/",
    } <= paths


def test_each_route_of_ours_declares_the_audience_that_is_written_here():
    declared = {route.path: getattr(route.view, "audience", None) for route in walk() if is_ours(route)}

    assert declared == ROUTES


@pytest.mark.parametrize("prefix", THIRD_PARTY)
def test_routes_of_other_packages_have_the_audience_of_their_package(prefix):
    audiences = {
        audience_of(route.view, route.namespaces) for route in walk() if route.path.startswith(prefix)
    }

    assert audiences == {THIRD_PARTY[prefix]}


HOSTILE_QUERIES = [
    "page=-1&q=%27%22%3E%3Cscript%3E&topic=nope&treatment=nope&trial=nope&year=x&sort=x&next=//evil.example",
    "page=99999999999999999999999&q=" + "x" * 100_000,
    "page[]=1&page=1e9&page=%F0%9F%A9%BA&q=%5C%5C%25_&q[$ne]=1&sent=1&saved=1&=&&;==%&%zz",
    "page=%00&q=%00",
    "page=%ff&q=%ed%a0%80",
]


def failures(ask, routes):
    """The routes that answer `ask` with a failure. Being unready is no failure."""
    answers = {route.path: ask(route.example) for route in routes if route.path != "/readyz"}
    assert len(answers) > 20
    return {path: answer.status_code for path, answer in answers.items() if answer.status_code >= 500}


@pytest.fixture
def ours():
    return [route for route in walk() if not route.path.startswith("/admin/")]


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["reader", "member"])
@pytest.mark.parametrize("query", HOSTILE_QUERIES, ids=range(len(HOSTILE_QUERIES)))
def test_no_query_string_breaks_a_page(request, ours, who, query):
    client = request.getfixturevalue(who)
    client.raise_request_exception = False
    factories.make_article()

    assert failures(lambda path: client.get(f"{path}?{query}"), ours) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("query", HOSTILE_QUERIES[:3], ids=range(3))
def test_no_query_string_breaks_the_admin(editor, query):
    editor.raise_request_exception = False
    admin = [route for route in walk() if route.path.startswith("/admin/")]

    assert failures(lambda path: editor.get(f"{path}?{query}"), admin) == {}


COOKIES = (
    "attestation",
    "consent",
    "sessionid",
    "csrftoken",
    "theme",
    "dismissed_event",
    "googtrans",
    "messages",
)
# Long enough for a session's key: Django does not look at one of fewer than eight characters.
HOSTILE_VALUES = [
    "",
    '"\\000aaaaaaaaaaaa"',
    '"\\377aaaaaaaaaaaa"',
    "é☃".encode().decode("latin-1"),
    "x" * 8000,
    "eyJhIjoxfQ:1tYQ:forged",
]


@pytest.mark.django_db
@pytest.mark.parametrize("value", HOSTILE_VALUES, ids=range(len(HOSTILE_VALUES)))
def test_no_forged_cookie_breaks_a_page_or_opens_one(visitor, ours, value):
    factories.make_article(slug="read-me", summary="The hidden summary.")
    header = {"Cookie": "; ".join(f"{name}={value}" for name in COOKIES)}
    visitor.raise_request_exception = False

    assert failures(lambda path: visitor.get(path, headers=header), ours) == {}
    assert "The hidden summary." not in visitor.get("/articles/read-me/", headers=header).content.decode()
    about = visitor.get("/about/", headers=header)
    assert about.status_code == 400 or not about.context["consent"].has_chosen


HOSTILE_FORMS = [
    dict.fromkeys(("email", "name", "login", "next", "choice", "theme", "source", "topics", "code"), "\0"),
    dict.fromkeys(("email", "name", "login", "next", "source", "message", "password"), "/" + "x" * 200_000),
    {"email": ["a", "b"], "topics": ["-1", "9" * 30, "x"], "next": ["/", "//evil"], "profession": ["a", "b"]},
    {
        "next": "//evil.example",
        "language": "☃" * 100,
        "topics": "1e9",
        "country": "XX",
        "profession": "pirate",
    },
]


@pytest.mark.django_db
@pytest.mark.parametrize("form", HOSTILE_FORMS, ids=range(len(HOSTILE_FORMS)))
def test_no_form_breaks_a_page(member, ours, form):
    member.raise_request_exception = False

    assert failures(lambda path: member.post(path, form), ours) == {}
