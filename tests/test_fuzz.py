"""Every form that somebody finds in the site or the admin, filled in by somebody hostile: a refusal, never a failure.

Each run fills each form in one way, always the same; FUZZ=40 in the environment tries forty, also as an editor, who
otherwise opens every third page of the admin: editors meet the forms that administrators meet.
"""

import logging
import os

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction

from tests import factories
from tests.articles.images import make_article_picture, make_portrait
from tests.fuzz import forms_in, hostile, raw
from tests.newsletter.rows import make_issue, make_subscriber
from tests.people import browser_of
from tests.routes import walk
from tests.trials import factories as trials

pytestmark = pytest.mark.django_db
WAYS = int(os.environ.get("FUZZ", "1"))
UNDONE = ("/accounts/logout/",)  # ends the walk; its form has no field


@pytest.fixture(autouse=True)
def _quiet(settings):
    """No refusal for being too often, no traceback for each of the others."""
    settings.ACCOUNT_RATE_LIMITS = False
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def world():
    """A row of most kinds, so that forms to change something have something to change."""
    topic = factories.make_topic()
    article = factories.make_article(topics=[topic])
    trials.make_observation(trials.make_trial(slug="known"))
    make_article_picture()
    make_portrait()
    factories.make_event()
    make_subscriber()
    make_issue([article])


def pages_of_site():
    """Addresses of pages with real rows where one is needed."""
    article = apps.get_model("articles", "Article").objects.first()
    known = {"<slug:slug>": article.slug, "no-such-thing": article.slug}
    paths = {route.example for route in walk() if not route.path.startswith("/admin/")}
    return [
        *sorted(path.replace("no-such-thing", known["no-such-thing"]) for path in paths),
        "/trials/known/",
        f"/topics/{article.topics.first().slug}/",
        f"/newsletter/follow/?kind=topic&slug={article.topics.first().slug}",
        "/trials/compare/?trial=known",
    ]


def pages_of_admin():
    """The list of each model, the form to add one, and those to change and delete its first row."""
    for model in admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        yield from (base, f"{base}add/")
        if first := model._default_manager.order_by("pk").first():
            yield from (f"{base}{first.pk}/change/", f"{base}{first.pk}/delete/")
    for end in ("send", "cancel", "preview"):
        yield f"/admin/newsletter/issue/{apps.get_model('newsletter', 'Issue').objects.first().pk}/{end}/"
    yield f"/admin/trials/trial/{apps.get_model('trials', 'Trial').objects.first().pk}/registry/"


def failures(client, pages):
    """What answered with a failure, and how many forms were sent."""
    found, sent, seen = [], 0, set()
    for page in pages:
        response = client.get(page)
        for form in forms_in(response, page):
            mark = (form.path, tuple(sorted(form.values)))
            if mark in seen or form.path in UNDONE:
                continue
            seen.add(mark)
            for what, data in hostile(form, WAYS):
                sent += 1
                found += [(page, form.path, what)] if fails(client, form.method, form.path, data) else []
            if form.method == "post" and (WAYS > 1 or len(seen) % 3 == 0):
                kind = {"content_type": "application/x-www-form-urlencoded"}
                found += (
                    [(page, form.path, "no UTF-8")]
                    if fails(client, "post", form.path, raw(form), **kind)
                    else []
                )
    return found, sent


def fails(client, method, path, data, **kind):
    """Send the form and undo what it did; True if the site failed."""
    cookies = client.cookies.output()
    try:
        with transaction.atomic():
            status = getattr(client, method)(path, data, **kind).status_code
            transaction.set_rollback(True)
    except Exception:  # what the site would not have caught, or a transaction that it broke
        status = 500
    client.cookies.clear()
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    return status >= 500


@pytest.mark.parametrize("who", ["nobody", "attested", "member"])
def test_no_form_of_the_site_fails(who, world):
    found, sent = failures(browser_of(who), pages_of_site())

    assert found == []
    assert sent > 10


@pytest.mark.parametrize(("who", "every"), [("editor", 3), ("admin", 1)])
def test_no_form_of_the_admin_fails(who, every, world, monkeypatch):
    monkeypatch.setattr("portal.lib.admin_rows.MAX_ROWS", 3)  # a hundred rows of each sort take long to print
    monkeypatch.setattr("portal.lib.admin_rows.Inline.max_num", 3)
    pages = list(pages_of_admin())

    found, sent = failures(browser_of(who), pages if WAYS > 1 else pages[::every])

    assert found == []
    assert sent > 60 / every


@pytest.mark.urls("tests.portal.broken_urls")
def test_the_walk_sees_a_failure():
    client = browser_of("nobody")

    assert fails(client, "post", "/fails/", {})
    assert not fails(client, "post", "/form/", {})
