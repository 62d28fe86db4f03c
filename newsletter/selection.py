"""Which news are for whom: digests by the topics that a subscriber chose, notices by what they follow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from django.db.models import Model, Prefetch, QuerySet

from .composing import articles_for_mail
from .models import News, Subscriber

ALWAYS = datetime.min.replace(tzinfo=UTC)


class Wish(NamedTuple):
    """The name of something, and since when somebody wants to hear of it."""

    name: str
    since: datetime = ALWAYS


@dataclass(frozen=True)
class Choices:
    """What a subscriber wants to hear of, by primary key.

    everything  all news, whatever they touch
    """

    everything: bool = False
    topics: Mapping[int, Wish] = field(default_factory=dict)
    drugs: Mapping[int, Wish] = field(default_factory=dict)
    trials: Mapping[int, Wish] = field(default_factory=dict)


def chosen(news: Iterable[News], choices: Choices) -> list[tuple[News, tuple[str, ...]]]:
    """Those of `news` that `choices` ask for, in their order, each with the names that brought it.

    news  with topics, drugs and trials prefetched (see `in_time`): no query is made here
    """
    picked = ((item, _reasons(item, choices)) for item in news)
    return [(item, reasons) for item, reasons in picked if reasons or choices.everything]


def digest_choices(subscriber: Subscriber) -> Choices:
    """The topics of `subscriber`; none means all news."""
    topics = {topic.pk: Wish(topic.name) for topic in subscriber.topics.all()}
    return Choices(everything=not topics, topics=topics)


def follow_choices(subscriber: Subscriber) -> Choices:
    """What `subscriber` follows, each since it was confirmed."""
    follows = [(follow, follow.confirmed_at) for follow in subscriber.follows.all() if follow.confirmed_at]
    return Choices(
        topics={f.topic.pk: Wish(f.topic.name, begun) for f, begun in follows if f.topic},
        drugs={f.drug.pk: Wish(f.drug.name, begun) for f, begun in follows if f.drug},
        trials={f.trial.pk: Wish(f.trial.acronym, begun) for f, begun in follows if f.trial},
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
    return tuple(name for rows, wanted in pairs for name in _names(rows.all(), wanted, news.at))


def _names(rows: Iterable[Model], wanted: Mapping[int, Wish], at: datetime) -> list[str]:
    wishes = (wanted[row.pk] for row in rows if row.pk in wanted)
    return [wish.name for wish in wishes if wish.since < at]
