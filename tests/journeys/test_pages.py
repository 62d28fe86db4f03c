"""Every page: axe in both themes, no sideways scrolling at 320 px, one h1, usable by keyboard."""

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import expect

from newsletter import links
from newsletter.models import Subscriber
from portal.models import Page
from tests.factories import (
    PASSWORD,
    make_admin,
    make_article,
    make_event,
    make_topic,
    make_user,
)
from tests.journeys.steps import attest, sign_in
from tests.trials.factories import make_cut, make_drug, make_observation, make_result, make_trial
from trials.derive import redraw

BODY = """\
A first paragraph with PFS and a long name, relmacabtagene autoleucel-plus-pomalidomide-dexamethasone [@first].

## Study design

!!! note "Limits"
    Nothing here is real [@second].

Table: Survival by arm

| Outcome with a long name | Arm A (n = 281) | Arm B (n = 278) | Hazard ratio (95% CI) | p value |
|---|---:|---:|---:|---:|
| Median progression-free survival, months | 11.2 | 7.1 | 0.61 (0.49–0.77) | <0.0001 |

### Details

A footnote.[^1]

[^1]: It says more.

*[PFS]: progression-free survival
"""
PUBLIC = [
    "/not-a-professional/",
    "/about/",
    "/independence/",
    "/privacy/",
    "/terms/",
    "/accessibility/",
    "/steering-committee/",
    "/contact/",
    "/contact/sent/",
    "/cookies/",
    "/newsletter/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/no-such-page/",
]
GATED = [
    "/",
    "/articles/",
    "/search/?q=noon",
    "/topics/relapse/",
    "/treatments/drugimab/",
    "/articles/noon/",
    "/articles/withdrawn/",
    "/events/panel/",
    "/trials/",
    "/trials/?q=nothing",
    "/trials/dawn/",
    "/trials/compare/",
    "/trials/compare/?trial=dawn&trial=dusk",
]
MEMBERS = ["/bookmarks/", "/account/", "/accounts/email/", "/accounts/password/change/", "/accounts/logout/"]
STAFF = [
    "/admin/",
    "/admin/articles/article/",
    "/admin/articles/article/add/",
    "/admin/articles/person/add/",
    "/admin/portal/event/add/",
    "/styleguide/",
]


@pytest.fixture
def content(transactional_db):
    call_command("render", verbosity=0)
    topic, drug = (
        make_topic("Relapse", slug="relapse"),
        make_drug("Drugimab", slug="drugimab", description="An antibody."),
    )
    drug.names.create(name="Drugbrand", kind="brand")
    for number in range(3):
        make_article(title=f"Noon {number}", topics=[topic], treatments=[drug])
    for slug in ("dawn", "dusk"):
        trial = make_trial(slug=slug)
        trial.arms.get(code="abc").drugs.add(drug)
        make_result(
            trial, endpoint="pfs", cut=make_cut(trial), values={"abc": "not_reached"}, comparison=None
        )
        make_observation(trial)
        redraw(trial)
    make_article(
        title="Survival with a rather long title that says in whom, against what, and how sure the finding at noon is",
        slug="noon",
        body=BODY,
        topics=[topic],
        treatments=[drug],
        trials=["NCT01734928"],
    )
    make_article(slug="withdrawn", status="withdrawn", withdrawn_reason="The data were retracted.")
    make_event(slug="panel", description="About noon.", registration_url="https://events.example/panel")


def look_at(page, axe, path, *, headings=1):
    page.goto(path)
    look(page, axe, headings=headings)


def look(page, axe, *, headings=1):
    """At the page that is open."""
    path = page.url
    for theme in ("light", "dark"):
        axe(theme)
    assert page.locator("h1").count() == headings, path
    page.set_viewport_size({"width": 320, "height": 640})
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.set_viewport_size({"width": 1280, "height": 900})
    assert overflow <= 0, f"{path} scrolls sideways by {overflow} px at 320 px"


def test_public_pages_are_accessible(page, axe, content):
    for path in PUBLIC:
        look_at(page, axe, path)


def test_pages_behind_links_in_mail_are_accessible(page, axe, content):
    now = timezone.now()
    subscriber = Subscriber.objects.create(email="new@example.org", wording_version=1)
    confirm = links.path(links.Purpose.CONFIRM, subscriber, now=now)
    look_at(page, axe, confirm)
    page.get_by_role("main").get_by_role("button").click()
    look(page, axe)
    subscriber.refresh_from_db()
    for purpose in (links.Purpose.LEAVE, links.Purpose.PREFERENCES):
        look_at(page, axe, links.path(purpose, subscriber, now=now))
    look_at(page, axe, confirm.replace("confirm", "leave"))  # no longer a good link


def test_forms_with_errors_and_codes_are_accessible(page, axe, content):
    page.goto("/contact/")
    page.get_by_role("button", name="Send the message").click()
    page.get_by_role("alert").wait_for()
    look(page, axe)
    page.goto("/accounts/signup/")
    page.get_by_label("Email").fill("new@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    page.get_by_label("Code").wait_for()
    look(page, axe)


def test_refusal_is_accessible(page, axe, content):
    sign_in(page, make_user())
    look_at(page, axe, "/admin/")
    expect(page.get_by_role("heading", name="You may not open this page")).to_be_visible()


def test_gate_is_accessible(page, axe, content):
    for path in ("/", "/articles/noon/"):
        look_at(page, axe, path)


def test_readers_pages_are_accessible(page, axe, content):
    page.goto("/")
    attest(page)
    for path in GATED:
        look_at(page, axe, path)


def test_members_pages_are_accessible(page, axe, content):
    sign_in(page, make_admin(email="member@example.org"))
    attest(page)
    for path in MEMBERS:
        look_at(page, axe, path)


def test_editors_pages_are_accessible(page, axe, content):
    sign_in(page, make_admin(email="admin@example.org"))
    about = Page.objects.get(slug="about")
    for path in [*STAFF, f"/admin/portal/page/{about.pk}/change/"]:
        page.goto(path)
        for theme in ("light", "dark"):
            axe(theme)


def test_keyboard_alone_reaches_the_content_and_sees_where_it_is(page, content):
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()

    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            """() => { const e = document.activeElement, b = e.getBoundingClientRect(), s = getComputedStyle(e);
               const top = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
               return { name: e.outerHTML.slice(0, 90), ring: s.outlineStyle !== "none" || s.boxShadow !== "none",
                        seen: e === document.body || (top !== null && (e.contains(top) || top.contains(e))) } }"""
        )
        if focused["name"].startswith("<body"):
            break
        assert focused["ring"], f"no visible focus: {focused['name']}"
        assert focused["seen"], f"covered while focused: {focused['name']}"
