"""What becomes news, when, and only once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from articles.models import Article
from articles.publishing import settle
from newsletter import news as noting
from newsletter.models import News
from newsletter.news import LONG_AGO, gather, note
from tests.factories import make_article, make_topic, make_treatment
from tests.newsletter.rows import make_run
from tests.trials.factories import make_arm, make_cut, make_result, make_trial

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now():
    return timezone.now()


def fresh():
    """What is news to somebody, as (kind, title), oldest first."""
    return list(News.objects.filter(at__gt=LONG_AGO).order_by("at", "pk").values_list("kind", "title"))


def add_cut(trial, **fields):
    cut = make_cut(trial, **fields)
    make_result(trial, cut=cut)
    return cut


# --- articles -----------------------------------------------------------------------------------------------


def test_published_article_is_news_of_all_that_it_touches(now):
    named, placed, other = make_trial(nct="NCT01734928"), make_trial(), make_trial()
    topic, drug = make_topic(), make_treatment()
    article = make_article(
        topics=[topic],
        treatments=[drug],
        trials=["NCT01734928"],
        body=f"Text [@first; @second].\n\n[[trial {placed.slug}]]\n\nOf {other.slug} in words only.",
    )

    gather(now)

    news = News.objects.get(kind="article")
    assert (news.key, news.article, news.at) == (f"article:{article.pk}", article, article.published_at)
    assert (news.title, news.path) == (article.title, article.get_absolute_url())
    assert (list(news.topics.all()), list(news.drugs.all())) == ([topic], [drug])
    assert set(news.trials.all()) == {named, placed}


@pytest.mark.parametrize("status", ["draft", "in_review"])
def test_article_that_nobody_can_read_is_no_news(now, status):
    make_article(status=status)

    gather(now)

    assert fresh() == []


def test_scheduled_article_is_news_when_its_time_comes(now):
    article = make_article(status="scheduled", published_at=now + HOUR)
    gather(now)
    before = fresh()

    gather(now + HOUR)

    assert (before, fresh()) == ([], [("article", article.title)])
    assert News.objects.get(kind="article").at == now + HOUR


def test_gathering_again_notes_nothing_and_costs_little(now, django_assert_max_num_queries):
    make_article(revised_on=now.date())
    make_article(status="withdrawn", withdrawn_reason="Wrong.")
    add_cut(make_trial())
    gather(now)
    noted = set(News.objects.values_list("pk", "at"))

    with django_assert_max_num_queries(8):
        gather(now + DAY)

    assert set(News.objects.values_list("pk", "at")) == noted


def test_many_articles_are_noted_in_turns(now, monkeypatch):
    monkeypatch.setattr(noting, "MOST", 2)
    for _ in range(3):
        make_article()

    counts = [gather(now) or len(fresh()) for _ in range(3)]

    assert counts == [2, 3, 3]


def test_article_noticed_late_is_dated_after_the_run_that_missed_it(now):
    run = make_run("follow", until=now)
    article = make_article(published_at=now - HOUR)

    gather(now)

    assert News.objects.get(article=article).at == run.until + timedelta(microseconds=1)


def test_article_published_long_ago_keeps_its_date(now):
    make_run("weekly", until=now)
    article = make_article(published_at=now - 40 * DAY)

    gather(now)

    assert News.objects.get(article=article).at == article.published_at


def test_updated_article_is_a_correction_each_day_it_is_updated(now):
    article = make_article(published_at=now - 9 * DAY)
    gather(now)
    for day in (now, now, now + DAY):
        article.revised_on = day.date()
        article.save()
        gather(day)

    assert fresh() == [("article", article.title), *[("correction", f"Updated: {article.title}")] * 2]
    assert News.objects.filter(kind="correction").latest("at").at == now + DAY


def test_update_on_the_day_of_publication_is_a_correction(now):
    article = make_article(published_at=now)
    gather(now)
    Article.objects.filter(pk=article.pk).update(revised_on=now.date())

    gather(now + HOUR)

    assert [kind for kind, _ in fresh()] == ["article", "correction"]


def test_article_that_is_new_is_not_news_a_second_time_for_its_earlier_updates(now):
    make_article(revised_on=now.date())

    gather(now)

    assert [kind for kind, _ in fresh()] == ["article"]


def test_withdrawal_is_news_but_its_reason_is_not_told(now):
    article = make_article()
    gather(now)
    article.status, article.withdrawn_reason = "withdrawn", "The hazard ratio is 1.60, not 0.60."
    settle(article, now + HOUR)

    gather(now + HOUR)

    news = News.objects.get(kind="withdrawal")
    assert (news.title, news.at) == (f"Withdrawn: {article.title}", now + HOUR)
    assert "0.60" not in news.detail


def test_article_withdrawn_twice_is_news_twice(now):
    article = make_article()
    for day, status, reason in ((1, "withdrawn", "Wrong."), (2, "published", ""), (3, "withdrawn", "Again.")):
        article.status, article.withdrawn_reason = status, reason
        settle(article, now + day * DAY)
        gather(now + day * DAY)

    assert News.objects.filter(kind="withdrawal").count() == 2


# --- data cuts ----------------------------------------------------------------------------------------------


def test_results_of_a_new_trial_are_no_news(now):
    add_cut(make_trial())

    gather(now)
    gather(now + HOUR)

    assert fresh() == []


def test_cut_of_a_trial_that_is_not_published_is_no_news(now):
    trial = make_trial()
    gather(now)
    trial.is_published = False
    trial.save()
    add_cut(trial, position=9)

    gather(now + HOUR)

    assert fresh() == []


def test_newer_cut_of_a_known_trial_is_news_without_a_result(now):
    trial, drug = make_trial(acronym="OPTIMISMM"), make_treatment()
    make_arm(trial, drugs=[drug])
    gather(now)
    add_cut(trial, label="Final analysis", cutoff=datetime(2026, 5, 13, tzinfo=UTC).date())

    gather(now + HOUR)

    news = News.objects.get(at__gt=LONG_AGO)
    assert (news.kind, news.title, news.at) == ("data_cut", "OPTIMISMM: newer data", now + HOUR)
    assert news.detail == (
        "The page of the trial has results of a newer analysis: Final analysis (data cut-off 13 May 2026)."
    )
    assert news.path == trial.get_absolute_url()
    assert (list(news.trials.all()), list(news.drugs.all()), list(news.topics.all())) == ([trial], [drug], [])


def test_first_results_of_a_known_trial_are_news(now):
    trial = make_trial(results=False)
    gather(now)
    before = fresh()
    make_result(trial)

    gather(now + HOUR)

    assert (before, fresh()) == ([], [("data_cut", f"{trial}: newer data")])


def test_cut_is_news_once_it_has_results(now):
    trial = make_trial()
    gather(now)
    cut = make_cut(trial)
    gather(now)
    before = fresh()
    make_result(trial, cut=cut)

    gather(now)

    assert (before, len(fresh())) == ([], 1)


def test_older_cut_added_later_is_no_news(now):
    trial = make_trial()
    gather(now)
    trial.data_cuts.update(position=5)
    add_cut(trial, position=1)

    gather(now)

    assert fresh() == []


def test_of_two_cuts_added_at_once_the_newer_is_news(now):
    trial = make_trial()
    gather(now)
    add_cut(trial)
    newest = add_cut(trial)

    gather(now)

    assert list(News.objects.filter(at__gt=LONG_AGO).values_list("key", flat=True)) == [f"cut:{newest.pk}"]


def test_deleted_cut_is_no_news(now):
    trial = make_trial()
    gather(now)
    cut = add_cut(trial)
    gather(now)
    before = len(fresh())
    cut.delete()

    gather(now)

    assert (before, fresh()) == (1, [])


# --- all ----------------------------------------------------------------------------------------------------


def test_what_is_noted_is_not_noted_again(now):
    noted = [note("event", "event:1", at=now, title=title, path="/events/a/") for title in ("A", "B")]

    assert (noted, fresh()) == ([True, False], [("event", "A")])


def test_noting_that_breaks_off_is_taken_up_again(now, monkeypatch):
    article = make_article(topics=[make_topic()], revised_on=now.date())
    with monkeypatch.context() as broken:
        broken.setattr(noting, "_note_correction", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            gather(now)
    before = News.objects.count()

    gather(now)

    assert (before, fresh()) == (0, [("article", article.title)])
    assert News.objects.get(kind="article").topics.count() == 1


@pytest.mark.django_db(transaction=True)
def test_noting_waits_for_whoever_chooses_from_the_news(now):
    def holders():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s", [noting.LOCK]
            )
            return cursor.fetchone()[0]

    with noting.in_turn():
        during = holders()

    assert (during, holders()) == (1, 0)
