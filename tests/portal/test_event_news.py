"""Events as news, and the step of the worker that makes mail of all news."""

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletter.models import Issue, News
from portal.models import Event
from portal.news import gather_events, keep_up
from tests.factories import make_article, make_event, make_topic, make_treatment
from tests.forms import filled
from tests.newsletter.rows import make_follow, make_run, make_subscriber
from tests.trials.factories import make_trial

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def now():
    return timezone.now()


def about(event):
    topic, drug, trial = make_topic(), make_treatment(), make_trial()
    event.topics.set([topic])
    event.drugs.set([drug])
    event.trials.set([trial])
    return [topic], [drug], [trial]


def touched(news):
    return list(news.topics.all()), list(news.drugs.all()), list(news.trials.all())


def test_published_event_is_news_of_what_it_is_about(now):
    event = make_event(title="The panel", slug="panel")
    things = about(event)

    gather_events(now)

    news = News.objects.get()
    assert (news.kind, news.key, news.at) == ("event", f"event:{event.pk}", now)
    assert (news.title, news.path) == ("The panel", "/events/panel/")
    assert event.local_start.strftime("%H:%M (Europe/Berlin). Speakers: Prof. One, Dr Two.") in news.detail
    assert "Paid for by nobody." in news.detail
    assert touched(news) == things


def test_event_that_is_hidden_or_over_is_no_news(now):
    make_event(is_published=False)
    make_event(starts_at=now - 2 * HOUR, ends_at=now)

    gather_events(now)

    assert not News.objects.exists()


def test_news_of_an_event_follow_its_changes_but_keep_their_date(now):
    event = make_event()
    gather_events(now)
    Event.objects.update(title="Moved")
    things = about(event)

    gather_events(now + HOUR)

    news = News.objects.get()
    assert (news.title, news.at, touched(news)) == ("Moved", now, things)


def test_event_published_again_is_not_news_again(now):
    make_event()
    gather_events(now)
    Event.objects.update(is_published=False)
    gather_events(now + HOUR)
    hidden = News.objects.count()
    make_run("follow", until=now + HOUR)
    Event.objects.update(is_published=True)

    gather_events(now + 2 * HOUR)

    assert (hidden, News.objects.get().at) == (0, now)


def test_event_noticed_late_is_dated_after_the_run_that_missed_it(now):
    make_run("follow", until=now)
    event = make_event()

    gather_events(now)

    event.refresh_from_db()
    assert News.objects.get().at == event.announced_at == now + timedelta(microseconds=1)


def test_editor_says_in_the_admin_what_an_event_is_about(editor, now):
    event, trial = make_event(), make_trial()
    page = editor.get(f"/admin/portal/event/{event.pk}/change/")

    editor.post(f"/admin/portal/event/{event.pk}/change/", filled(page, trials=[str(trial.pk)]))

    gather_events(now)
    assert list(News.objects.get(kind="event").trials.all()) == [trial]


def test_worker_notes_what_is_new_and_queues_the_mail_about_it(now):
    monday = now.replace(hour=12) + (7 - now.weekday()) * DAY
    topic = make_topic()
    reader = make_subscriber(cadence="weekly", confirmed_at=monday - 2 * DAY)
    make_follow(reader, topic=topic, confirmed_at=monday - 2 * DAY)
    make_article(topics=[topic], status="scheduled", published_at=monday - DAY)

    for moment in (monday, monday, monday + HOUR):
        keep_up(moment)

    runs = [
        (run.kind, run.deliveries.count()) for run in Issue.objects.exclude(kind="monthly").order_by("kind")
    ]
    assert runs == [("follow", 1), ("weekly", 1)]
