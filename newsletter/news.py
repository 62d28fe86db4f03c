"""Noting what is new: each thing once, so that digests and mail about followed things can be made of it.

Mail is open to everybody who reads along, so news hold titles and plain words, and never a result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import CharField, Exists, Func, Max, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Concat
from django.utils.formats import date_format

from articles.models import Article, Topic
from trials.models import DataCut, Drug, Result, Trial

from .models import Issue, News

LOCK = 7_364_003  # any number: noting news and choosing from them happen one after the other
MOST = 200  # things noted of each kind in one call; the next call goes on
LATE = timedelta(days=31)  # what is older when it is noticed is no news
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # of what was there before: noted, and news to nobody
PLACED = re.compile(r"^\s*\[\[\w+\s+([-\w]+)", re.MULTILINE)  # see articles.placements


@contextmanager
def in_turn() -> Iterator[None]:
    """A transaction in which nobody else notes news or chooses from them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        yield


def gather(now: datetime) -> None:
    """Note what has happened to articles and trials up to `now` (aware) and is not noted yet.

    May be called at any time, by several at once, and ended at any time.
    """
    _forget_lost_cuts()
    for step in (_articles, _corrections, _withdrawals, _trials, _cuts):
        step(now)


def note(
    kind: News.Kind,
    key: str,
    *,
    at: datetime,
    title: str,
    path: str,
    detail: str = "",
    exactly: bool = False,
    article: Article | None = None,
    topics: Iterable[Topic] = (),
    drugs: Iterable[Drug] = (),
    trials: Iterable[Trial] = (),
) -> bool:
    """Note something that happened, unless `key` is noted already.

    at       when it happened (aware); a bit later if it is noticed so late that a run has passed it, see `_date`
    exactly  keep `at` as it is
    topics, drugs, trials  what it touches
    returns  whether it was noted now
    """
    with in_turn():
        values = {
            "kind": kind,
            "title": title[:300],
            "detail": detail[:600],
            "path": path,
            "article": article,
        }
        news, is_new = News.objects.get_or_create(
            key=key, defaults=values | {"at": at if exactly else _date(at)}
        )
        if is_new:
            news.topics.set(topics)
            news.drugs.set(drugs)
            news.trials.set(trials)
    return is_new


def _date(at: datetime) -> datetime:
    """`at`, or for what is noticed late a moment after the last run of a digest or notice.

    A run takes the news up to its `until`, so that a later one would pass over what came to be dated before.
    """
    last = Issue.objects.aggregate(last=Max("until"))["last"]
    if last is None or not last - LATE < at <= last:
        return at
    return last + timedelta(microseconds=1)


def _articles(now: datetime) -> None:
    """Articles that readers can see now; a scheduled one once its time has come."""
    new = Article.objects.published(now).filter(~_noted("article:", OuterRef("pk")))
    for article in new.order_by("published_at", "pk")[:MOST]:
        with in_turn():
            at = article.published_at or now  # the constraint promises a date
            _note_article(article, News.Kind.ARTICLE, f"article:{article.pk}", at, article.title)
            if article.revised_on:  # whoever hears of it for the first time gets it as it is now
                _note_correction(article, LONG_AGO)


def _corrections(now: datetime) -> None:
    """Articles whose date of the last update was set or changed after they had become news."""
    day = Func(OuterRef("revised_on"), Value("YYYY-MM-DD"), function="to_char", output_field=CharField())
    noted = _noted("article:", OuterRef("pk"), ":revised:", day)
    corrected = Article.objects.published(now).filter(~noted, revised_on__isnull=False)
    for article in corrected.filter(_noted("article:", OuterRef("pk"))).order_by("pk")[:MOST]:
        _note_correction(article, now)


def _note_correction(article: Article, at: datetime) -> None:
    key = f"article:{article.pk}:revised:{article.revised_on}"
    detail = f"This article was updated on {_day(article.revised_on)}."
    _note_article(article, News.Kind.CORRECTION, key, at, f"Updated: {article.title}", detail)


def _withdrawals(now: datetime) -> None:
    """Withdrawn articles. Why is said on their page: the reason may tell results."""
    noted = News.objects.filter(
        kind=News.Kind.WITHDRAWAL, article=OuterRef("pk"), at__gte=OuterRef("withdrawn_at")
    )
    withdrawn = Article.objects.readable(now).filter(~Exists(noted), status=Article.Status.WITHDRAWN)
    for article in withdrawn.order_by("withdrawn_at", "pk")[:MOST]:
        at = article.withdrawn_at or now  # the constraint promises a date
        key = f"article:{article.pk}:withdrawn:{at.astimezone(UTC).isoformat()}"
        detail = f"This article was withdrawn on {_day(at)}. Its page says why."
        _note_article(article, News.Kind.WITHDRAWAL, key, at, f"Withdrawn: {article.title}", detail)


def _note_article(
    article: Article, kind: News.Kind, key: str, at: datetime, title: str, detail: str = ""
) -> None:
    numbers = article.trial_identifiers.values("number")
    trials = Q(identifiers__number__in=numbers) | Q(slug__in=PLACED.findall(article.body))
    note(
        kind,
        key,
        at=at,
        title=title,
        detail=detail,
        path=article.get_absolute_url(),
        article=article,
        topics=article.topics.all(),
        drugs=article.treatments.all(),
        trials=Trial.objects.published().filter(trials).distinct(),
    )


def _trials(now: datetime) -> None:
    """Get to know new trials: what is there with them is old, and what comes later is news."""
    unknown = Trial.objects.published().filter(~_noted("trial:", OuterRef("pk")))
    for trial in unknown.order_by("pk")[:MOST]:
        with in_turn():
            is_new = note(
                News.Kind.DATA_CUT,
                f"trial:{trial.pk}",
                at=LONG_AGO,
                title=trial.acronym,
                path=trial.get_absolute_url(),
                trials=[trial],
            )
            for cut in _with_results().filter(trial=trial) if is_new else ():
                _note_cut(cut, LONG_AGO)


def _cuts(now: datetime) -> None:
    """Data cuts with results that were added to known trials: news if newer than all that were there."""
    is_noted = _noted("cut:", OuterRef("pk"))
    added = _with_results().filter(~is_noted, _noted("trial:", OuterRef("trial_id")))
    for cut in added[:MOST]:
        with in_turn():
            others = cut.trial.data_cuts.filter(is_noted)
            newest = others.aggregate(newest=Max("position"))["newest"]
            _note_cut(cut, now if newest is None or cut.position > newest else LONG_AGO)


def _note_cut(cut: DataCut, at: datetime) -> None:
    cutoff = f" (data cut-off {_day(cut.cutoff)})" if cut.cutoff else ""
    note(
        News.Kind.DATA_CUT,
        f"cut:{cut.pk}",
        at=at,
        title=f"{cut.trial.acronym}: newer data",
        detail=f"The page of the trial has results of a newer analysis: {cut.label}{cutoff}.",
        path=cut.trial.get_absolute_url(),
        drugs=Drug.objects.filter(arms__trial=cut.trial).distinct(),
        trials=[cut.trial],
    )


def _forget_lost_cuts() -> None:
    """A data cut that was entered by mistake and deleted is no news."""
    cuts = DataCut.objects.annotate(key=Concat(Value("cut:"), "pk", output_field=CharField()))
    lost = ~Exists(cuts.filter(key=OuterRef("key")))
    News.objects.filter(lost, kind=News.Kind.DATA_CUT, key__startswith="cut:").delete()


def _with_results() -> QuerySet[DataCut]:
    results = Result.objects.filter(data_cut=OuterRef("pk"))
    cuts = DataCut.objects.filter(Exists(results), trial__in=Trial.objects.published())
    return cuts.select_related("trial").order_by("trial", "-position")


def _noted(*key: str | Combinable) -> Exists:
    """Is the key noted that these make together? They may refer to fields of the row by OuterRef."""
    parts = [Value(part) if isinstance(part, str) else part for part in key]
    return Exists(News.objects.filter(key=Concat(*parts, output_field=CharField())))


def _day(day: date | datetime | None) -> str:
    return date_format(day, "j F Y") if day else ""
