"""Rows of the newsletter. Every field may be given; the defaults make an issue that can be sent."""

from datetime import timedelta

from django.utils import timezone

from newsletter.composing import derive
from newsletter.models import Delivery, Follow, Issue, IssueArticle, News, Subscriber
from tests.factories import numbers


def make_subscriber(email="", **fields):
    """Somebody who confirmed yesterday."""
    values = {"wording_version": 1, "confirmed_at": timezone.now() - timedelta(days=1)}
    return Subscriber.objects.create(email=email or f"s{next(numbers)}@example.org", **(values | fields))


def make_issue(articles=(), **fields):
    """An issue written by editors, with its introduction rendered."""
    number = next(numbers)
    values = {
        "subject": f"What is new in the treatment of myeloma, number {number}",
        "slug": f"issue-{number}",
        "funding_statement": "No company paid for this issue.",
        "introduction": "Good morning.",
    }
    issue = Issue(**(values | fields))
    derive(issue)
    issue.save()
    for position, article in enumerate(articles):
        IssueArticle.objects.create(issue=issue, article=article, position=position)
    return issue


def make_run(kind="weekly", **fields):
    """A run of a digest (weekly, monthly) or of the mail about followed things (follow), up to now."""
    now = timezone.now()
    values = {
        "kind": kind,
        "key": f"{kind}:{next(numbers)}",
        "subject": "Your weekly digest",
        "slug": None,
        "funding_statement": "",
        "introduction": "",
        "status": "sending",
        "send_at": now,
        "until": now,
        "queued_at": now,
    }
    return make_issue(**(values | fields))


def make_delivery(issue, subscriber=None, **fields):
    return Delivery.objects.create(issue=issue, subscriber=subscriber or make_subscriber(), **fields)


def make_news(kind="data_cut", topics=(), drugs=(), trials=(), **fields):
    """Something that happened an hour ago."""
    number = next(numbers)
    values = {
        "key": f"{kind}:{number}",
        "at": timezone.now() - timedelta(hours=1),
        "title": f"News {number}",
        "path": "/articles/",
    }
    news = News.objects.create(kind=kind, **(values | fields))
    news.topics.set(topics)
    news.drugs.set(drugs)
    news.trials.set(trials)
    return news


def make_follow(subscriber, **fields):
    """`subscriber` follows a topic, a drug or a trial since yesterday."""
    values = {"confirmed_at": timezone.now() - timedelta(days=1)}
    return Follow.objects.create(subscriber=subscriber, **(values | fields))
