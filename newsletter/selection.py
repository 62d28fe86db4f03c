"""Which news are for whom: digests by the topics that a subscriber chose, notices by what they follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Model, Prefetch, QuerySet

from .composing import articles_for_mail
from .models import News, Subscriber


@dataclass(frozen=True)
class Choices:
    """Primary keys and names of what a subscriber wants to hear of.

    everything  all news, whatever they touch
    """

    everything: bool = False
    topics: Mapping[int, str] = field(default_factory=dict)
    drugs: Mapping[int, str] = field(default_factory=dict)
    trials: Mapping[int, str] = field(default_factory=dict)


def chosen(news: Iterable[News], choices: Choices) -> list[tuple[News, tuple[str, ...]]]:
    """Those of `news` that `choices` ask for, in their order, each with the names that brought it.

    news  with topics, drugs and trials prefetched (see `in_time`): no query is made here
    """
    picked = ((item, _reasons(item, choices)) for item in news)
    return [(item, reasons) for item, reasons in picked if reasons or choices.everything]


def digest_choices(subscriber: Subscriber) -> Choices:
    """The topics of `subscriber`; none means all news."""
    topics = {topic.pk: topic.name for topic in subscriber.topics.all()}
    return Choices(everything=not topics, topics=topics)


def follow_choices(subscriber: Subscriber) -> Choices:
    """What `subscriber` follows and has confirmed."""
    follows = [follow for follow in subscriber.follows.all() if follow.confirmed_at]
    return Choices(
        topics={follow.topic.pk: follow.topic.name for follow in follows if follow.topic},
        drugs={follow.drug.pk: follow.drug.name for follow in follows if follow.drug},
        trials={follow.trial.pk: follow.trial.acronym for follow in follows if follow.trial},
    )


def in_time(since: datetime, until: datetime) -> QuerySet[News]:
    """News after `since` up to `until`, newest first, with what `chosen` and the mail need: a fixed number of queries."""
    return News.objects.filter(at__gt=since, at__lte=until).prefetch_related(
        "topics", "drugs", "trials", Prefetch("article", articles_for_mail())
    )


def still_true(news: Iterable[News], now: datetime) -> list[News]:
    """`news` without those whose page has gone since: new articles that are withdrawn, others that are hidden."""
    return [item for item in news if _can_be_read(item, now)]


def _can_be_read(news: News, now: datetime) -> bool:
    if news.article is None or news.article.is_published(now):
        return True
    return news.kind != News.Kind.ARTICLE and news.article.is_withdrawn


def _reasons(news: News, choices: Choices) -> tuple[str, ...]:
    """The most particular first: trials, then drugs, then topics."""
    pairs = ((news.trials, choices.trials), (news.drugs, choices.drugs), (news.topics, choices.topics))
    return tuple(name for rows, wanted in pairs for name in _names(rows.all(), wanted))


def _names(rows: Iterable[Model], wanted: Mapping[int, str]) -> list[str]:
    return [wanted[row.pk] for row in rows if row.pk in wanted]
