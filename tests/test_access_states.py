"""What everybody gets of one thing in each of its states, and of what belongs to somebody else."""

import logging
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Bookmark
from newsletter import links
from newsletter.models import Subscriber
from tests import factories
from tests.articles.images import make_article_picture
from tests.newsletter.rows import make_issue, make_subscriber
from tests.people import browser_of, outcome
from tests.trials import factories as trials
from trials.derive import redraw

pytestmark = pytest.mark.django_db
PEOPLE = ("nobody", "attested", "member", "staff", "editor")
HIDDEN = "404 404 404 404 404"


@pytest.fixture(autouse=True)
def _quiet():
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def answers(path, method="get", data=None):
    return " ".join(outcome(browser_of(who), method, path, data) for who in PEOPLE)


def article_in(state):
    """The article `known`, with a picture in its text."""
    picture = make_article_picture()
    address = f"/media/articles/{picture.key}/{picture.widths[0]}.jpg"
    future, past = (timezone.now() + timedelta(days=days) for days in (3, -3))
    fields = {
        "draft": {"status": "draft", "published_at": None},
        "in_review": {"status": "in_review", "published_at": None},
        "scheduled": {"status": "scheduled", "published_at": future},
        "due": {"status": "scheduled", "published_at": past},
        "published": {"published_at": past},
        "withdrawn": {"status": "withdrawn", "withdrawn_reason": "Retracted.", "published_at": past},
    }
    body = f"{factories.BODY}\n![A curve]({address})\n"
    factories.make_article(slug="known", body=body, **fields[state])
    return address


PAGE, MARK = "gate 200 200 200 200", "refused login 303 303 303"
ARTICLES = {  # state: page, citation, bookmark, picture
    "draft": (HIDDEN, HIDDEN, "refused 404 404 404 404", "refused 404 404 200 200"),
    "in_review": (HIDDEN, HIDDEN, "refused 404 404 404 404", "refused 404 404 200 200"),
    "scheduled": (HIDDEN, HIDDEN, "refused 404 404 404 404", "refused 404 404 200 200"),
    "due": (PAGE, "200 200 200 200 200", MARK, "refused 200 200 200 200"),
    "published": (PAGE, "200 200 200 200 200", MARK, "refused 200 200 200 200"),
    "withdrawn": (PAGE, HIDDEN, MARK, "refused 404 404 200 200"),
}


@pytest.mark.parametrize("state", ARTICLES)
def test_an_article_opens_by_its_state(state):
    picture = article_in(state)

    got = (
        answers("/articles/known/"),
        answers("/articles/known/citation.ris"),
        answers("/articles/known/bookmark/", "post", {"command": "save"}),
        answers(picture),
    )

    assert got == ARTICLES[state]


TRIALS = {  # published: page, figure, comparison
    True: (PAGE, "refused 200 200 200 200", "gate 200 200 200 200"),
    False: ("404 404 404 404 200", "refused 404 404 404 200", "gate 400 400 400 400"),
}


@pytest.mark.parametrize("published", TRIALS)
def test_a_trial_opens_when_it_is_published(published):
    trial = trials.make_trial(slug="known", is_published=published)
    redraw(trial)
    name = trial.figures.first().name

    got = (
        answers("/trials/known/"),
        answers(f"/trials/known/figures/{name}.csv"),
        answers("/trials/compare/?trial=known"),
    )

    assert got == TRIALS[published]


@pytest.mark.parametrize(
    ("published", "page", "calendar", "dismissed"),
    [
        (True, PAGE, "refused 200 200 200 200", "303 303 303 303 303"),
        (False, "gate 404 404 404 404", "refused 404 404 404 404", HIDDEN),
    ],
)
def test_an_event_opens_when_it_is_published(published, page, calendar, dismissed):
    factories.make_event(slug="known", is_published=published)

    assert answers("/events/known/") == page
    assert answers("/events/known.ics") == calendar
    assert answers("/events/known/dismiss/", "post", {}) == dismissed


@pytest.mark.parametrize(
    ("status", "page"), [("draft", HIDDEN), ("scheduled", HIDDEN), ("sending", PAGE), ("sent", PAGE)]
)
def test_an_issue_opens_once_it_is_sent(status, page):
    now = timezone.now()
    begun = {"queued_at": now} if status in ("sending", "sent") else {}
    make_issue(
        slug="known",
        status=status,
        send_at=now if status != "draft" else None,
        finished_at=now if status == "sent" else None,
        **begun,
    )

    assert answers("/newsletter/archive/known/") == page


def test_what_somebody_keeps_is_theirs():
    owner, other = browser_of("member"), browser_of("member")
    article = factories.make_article(slug="known", title="Kept by its owner")
    owner.post("/articles/known/bookmark/", {"command": "save"})

    listed = other.get("/bookmarks/").content.decode()
    other.post("/articles/known/bookmark/", {"command": "remove"})

    assert article.title not in listed
    assert Bookmark.objects.get().user == owner.user


def test_a_subscription_opens_to_its_own_account_and_link_alone():
    owner, other = browser_of("member"), browser_of("member")
    subscriber = make_subscriber(owner.user.email, cadence="weekly")
    path = links.path(links.Purpose.PREFERENCES, subscriber, now=timezone.now())
    token, stranger = path.split("/")[-2], make_subscriber()
    forged = path.replace(token, token.replace(f"{subscriber.pk}.", f"{stranger.pk}.", 1))

    held = other.post("/account/newsletter/data/", {"as": "file"}).content.decode()
    other.post("/account/newsletter/", {"command": "leave-everything"})

    assert owner.user.email not in held
    assert Subscriber.objects.get(pk=subscriber.pk).is_active
    assert [other.get(address).status_code for address in (path, forged)] == [200, 404]
