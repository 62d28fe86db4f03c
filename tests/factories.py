"""Plain functions that make rows. Every field may be given; the defaults make a complete, published article."""

import itertools
from datetime import timedelta

from django.contrib.auth.models import Group
from django.http import HttpResponse
from django.utils import timezone

from accounts import attestation
from accounts.models import Statement, User
from articles.models import (
    Article,
    Contribution,
    Disclosure,
    LearningObjective,
    Person,
    Reference,
    Topic,
    TrialIdentifier,
)
from articles.publishing import settle
from portal.models import Event
from trials.models import Drug

numbers = itertools.count(1)
PASSWORD = "correct horse battery"
BODY = """\
Pomalidomide was compared with control in a randomised trial [@first].

## What was found

Median survival was 11.2 months [@second; @first].

Table: Survival by arm

| Outcome | Arm A | Arm B |
|---|---:|---:|
| Median, months | 11.2 | 7.1 |
"""


def attested(client):
    """Give `client` what pressing "I am a healthcare professional" leaves: the evidence, and its cookie."""
    response = HttpResponse()
    now = timezone.now()
    attestation.write(response, attestation.attest(Statement.objects.current(now), user=None, now=now))
    client.cookies.update(response.cookies)
    return client


def press_the_button(client):
    """Press "I am a healthcare professional" with `client`: where more than its traces matter."""
    response = client.post("/attest/", {"next": "/"})
    assert response.status_code == 303, response.content.decode()
    return client


def sign_in(client, user):
    """Fill in the login form with `client`."""
    response = client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})
    assert response.status_code == 302, response.content.decode()
    return client


def make_user(email="", password=PASSWORD, **fields):
    """An account with a verified address, as after signing up."""
    user = User.objects.create_user(email or f"reader{next(numbers)}@example.org", password, **fields)
    user.emailaddress_set.create(email=user.email, verified=True, primary=True)
    return user


def make_editor(**fields):
    user = make_user(**({"email": f"editor{next(numbers)}@example.org", "is_staff": True} | fields))
    user.groups.add(Group.objects.get(name="Editors"))
    return user


def make_admin(**fields):
    return make_user(**({"is_staff": True, "is_superuser": True} | fields))


def make_person(name="", disclosed_on=None, **fields):
    """A person with a disclosure of today (`disclosed_on=False`: without)."""
    number = next(numbers)
    person = Person.objects.create(
        **({"name": name or f"Dr Person {number}", "slug": f"person-{number}"} | fields)
    )
    if disclosed_on is not False:
        Disclosure.objects.create(
            person=person, declared_on=disclosed_on or timezone.localdate(), statement="Nothing to disclose."
        )
    return person


def make_topic(name="", **fields):
    number = next(numbers)
    return Topic.objects.create(**({"name": name or f"Topic {number}", "slug": f"topic-{number}"} | fields))


def make_treatment(name="", **fields):
    """A drug of which nothing is known but its name."""
    number = next(numbers)
    values = {"name": name or f"Treatment {number}", "slug": f"treatment-{number}"}
    return Drug.objects.create(**(values | fields))


def make_reference(article, key="", **fields):
    number = next(numbers)
    values = {
        "key": key or f"source{number}",
        "authors": "Example A, Sample B",
        "title": f"A trial report {number}",
        "source": "Journal of Examples",
        "year": 2023,
    }
    return Reference.objects.create(article=article, **(values | fields))


def make_article(
    *,
    objectives=("describe the results of the trial",),
    topics=(),
    treatments=(),
    trials=(),
    authors=None,
    reviewers=None,
    references=("first", "second"),
    status="published",
    withdrawn_reason="",
    settled=True,
    **fields,
):
    """A complete article, settled as by the admin, published an hour ago."""
    number = next(numbers)
    values = {
        "title": f"Results of trial {number}",
        "slug": f"trial-{number}",
        "summary": f"What trial {number} found.",
        "body": BODY,
        "funding_statement": f"No external funding was received for article {number}.",
        "published_at": timezone.now() - timedelta(hours=1),
    }
    article = Article.objects.create(**(values | fields), status="draft")
    for position, text in enumerate(objectives):
        LearningObjective.objects.create(article=article, text=text, position=position)
    for key in references:
        make_reference(article, key)
    for nct in trials:
        TrialIdentifier.objects.create(article=article, number=nct)
    article.topics.set(topics)
    article.treatments.set(treatments)
    people = [(p, "author") for p in ([make_person()] if authors is None else authors)]
    people += [(p, "reviewer") for p in ([make_person()] if reviewers is None else reviewers)]
    for position, (person, role) in enumerate(people):
        Contribution.objects.create(article=article, person=person, role=role, position=position)
    article.status, article.withdrawn_reason = status, withdrawn_reason
    if settled:
        settle(article, timezone.now())
    return article


def make_event(**fields):
    """A published expert panel that begins in a week and lasts an hour."""
    number = next(numbers)
    start = fields.get("starts_at", timezone.now() + timedelta(days=7))
    values = {
        "title": f"Panel {number}",
        "slug": f"panel-{number}",
        "hosts": "First Hub\nSecond Hub",
        "speakers": "Prof. One\nDr Two",
        "starts_at": start,
        "ends_at": start + timedelta(hours=1),
        "timezone": "Europe/Berlin",
        "funding_statement": "Paid for by nobody.",
        "is_published": True,
    }
    return Event.objects.create(**(values | fields))
