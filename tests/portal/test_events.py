from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from portal.models import Event
from tests import factories

pytestmark = pytest.mark.django_db


def announces(client, event, path="/"):
    return f'action="/events/{event.slug}/dismiss/"' in client.get(path).content.decode()


@pytest.fixture
def event():
    return factories.make_event(
        title="Choosing, after “lenalidomide”; a panel",
        slug="choosing",
        starts_at=datetime(2099, 7, 1, 16, 0, tzinfo=UTC),
        ends_at=datetime(2099, 7, 1, 17, 30, tzinfo=UTC),
    )


def test_an_event_page_says_who_when_and_who_paid(reader, event):
    html = reader.get("/events/choosing/").content.decode()

    facts = ["Prof. One, Dr Two", "First Hub", "18:00", "19:30", "Europe/Berlin", "Paid for by nobody."]
    assert [fact for fact in facts if fact not in html] == []
    assert "This panel is over." not in html


def test_an_event_that_is_over_stays_but_takes_no_registration(reader):
    ended = timezone.now() - timedelta(minutes=1)
    factories.make_event(
        slug="past",
        starts_at=ended - timedelta(hours=1),
        ends_at=ended,
        registration_url="https://events.example/past",
    )

    html = reader.get("/events/past/").content.decode()

    assert "This panel is over." in html
    assert "https://events.example/past" not in html


@pytest.mark.parametrize(("path", "status"), [("/events/choosing/", 200), ("/events/choosing.ics", 403)])
def test_an_event_is_for_professionals(visitor, event, path, status):
    response = visitor.get(path)

    assert response.status_code == status
    assert "I am a healthcare professional" in response.content.decode()
    assert "lenalidomide" not in response.content.decode()


@pytest.mark.parametrize("path", ["/events/{}/", "/events/{}.ics"])
def test_an_unpublished_or_unknown_event_is_not_found(reader, path):
    factories.make_event(slug="draft", is_published=False)

    assert [reader.get(path.format(slug)).status_code for slug in ("draft", "unknown")] == [404, 404]


def test_the_calendar_file_holds_the_event(reader, event):
    response = reader.get("/events/choosing.ics")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="choosing.ics"'
    calendar = icalendar.Calendar.from_ical(response.content)
    (entry,) = calendar.walk("VEVENT")
    assert calendar["version"] == "2.0"
    assert entry.decoded("dtstart") == datetime(2099, 7, 1, 16, 0, tzinfo=UTC)
    assert entry.decoded("dtend") == datetime(2099, 7, 1, 17, 30, tzinfo=UTC)
    assert entry["summary"] == "Choosing, after “lenalidomide”; a panel"
    assert "Paid for by nobody." in entry["description"]
    assert entry["url"].endswith("/events/choosing/")
    assert abs(entry.decoded("dtstamp") - timezone.now()) < timedelta(minutes=1)
    assert b"DTSTART:20990701T160000Z" in response.content


def test_the_calendar_entry_keeps_its_identity_when_the_event_changes(reader, event):
    before = icalendar.Calendar.from_ical(reader.get("/events/choosing.ics").content)
    Event.objects.update(title="Another title", slug="another", starts_at=event.starts_at - timedelta(days=1))

    after = icalendar.Calendar.from_ical(reader.get("/events/another.ics").content)

    assert before.walk("VEVENT")[0]["uid"] == after.walk("VEVENT")[0]["uid"]


def test_the_calendar_file_folds_hostile_words_into_text(reader, event):
    Event.objects.update(title="One\r\nBEGIN:VALARM\r\nX", funding_statement="ö" * 400)

    content = reader.get("/events/choosing.ics").content

    calendar = icalendar.Calendar.from_ical(content)
    assert [part.name for part in calendar.walk()] == ["VCALENDAR", "VEVENT"]
    assert max(len(line) for line in content.split(b"\r\n")) <= 75


def test_the_home_page_and_articles_announce_the_next_event(reader, event):
    factories.make_event(slug="later", starts_at=event.starts_at + timedelta(days=1))
    factories.make_article(slug="read-me")

    assert announces(reader, event)
    assert announces(reader, event, "/articles/read-me/")


@pytest.mark.parametrize(
    "path", ["/cookies/", "/privacy/", "/terms/", "/contact/", "/events/choosing/", "/no-such-page/"]
)
def test_other_pages_do_not_announce_it(reader, event, path):
    assert not announces(reader, event, path)


def test_the_gate_does_not_announce_it(visitor, event):
    assert not announces(visitor, event)


def test_only_published_events_that_are_not_over_are_announced(reader):
    now = timezone.now()
    over = factories.make_event(starts_at=now - timedelta(hours=2), ends_at=now - timedelta(hours=1))
    draft = factories.make_event(is_published=False)
    assert not any(announces(reader, event) for event in (over, draft))

    running = factories.make_event(starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=1))

    assert announces(reader, running)


def test_a_closed_announcement_stays_closed(reader, event):
    response = reader.post("/events/choosing/dismiss/", {"next": "/articles/"})

    assert (response.status_code, response["Location"]) == (303, "/articles/")
    assert not announces(reader, event)
    assert announces(factories.attested(Client()), event)


def test_closing_twice_is_closing(reader, event):
    for _ in range(2):
        assert reader.post("/events/choosing/dismiss/").status_code == 303

    assert not announces(reader, event)


def test_closing_one_announcement_does_not_close_the_next_event(reader, event):
    reader.post("/events/choosing/dismiss/")

    sooner = factories.make_event()

    assert announces(reader, sooner)


def test_closing_one_announcement_shows_the_next_until_all_are_closed(reader):
    first, second, third = (factories.make_event(slug=slug) for slug in ("first", "second", "third"))

    reader.post("/events/first/dismiss/")
    assert [announces(reader, event) for event in (first, second, third)] == [False, True, False]

    for slug in ("second", "third"):
        reader.post(f"/events/{slug}/dismiss/")
    assert not any(announces(reader, event) for event in (first, second, third))


def test_the_memory_of_closed_announcements_fits_into_a_cookie(reader):
    events = [factories.make_event(slug=f"{number:02}".ljust(80, "x")) for number in range(30)]

    for event in events:
        reader.post(f"/events/{event.slug}/dismiss/")

    remembered = reader.cookies["dismissed_event"].value.split(".")
    assert remembered == [event.slug for event in events[10:]]


@pytest.mark.parametrize(
    "value", ["", "another", "choosing ", "CHOOSING", '"\\000"', "x" * 4000, "x." * 9000, "<script>"]
)
def test_a_forged_cookie_closes_nothing(reader, event, value):
    reader.cookies["dismissed_event"] = value

    assert announces(reader, event)


def test_an_announcement_cannot_be_closed_from_another_site(reader, event):
    response = reader.post("/events/choosing/dismiss/", headers={"Sec-Fetch-Site": "cross-site"})

    assert response.status_code == 403
    assert announces(reader, event)


def test_closing_leads_on_within_this_site_only(reader, event):
    assert reader.post("/events/choosing/dismiss/", {"next": "//evil.example"})["Location"] == "/"


def test_an_unknown_announcement_cannot_be_closed(reader):
    factories.make_event(slug="draft", is_published=False)

    responses = [reader.post(f"/events/{slug}/dismiss/") for slug in ("unknown", "draft")]

    assert [(response.status_code, dict(response.cookies)) for response in responses] == [
        (404, {}),
        (404, {}),
    ]


def test_reading_closes_nothing(reader, event):
    assert reader.get("/events/choosing/dismiss/").status_code == 405
    assert announces(reader, event)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("event_ends_after_it_starts", {"ends_at": datetime(2000, 1, 1, tzinfo=UTC)}),
        ("event_names_its_funding", {"funding_statement": ""}),
    ],
)
def test_the_database_refuses_an_impossible_event(constraint, fields):
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic():
        factories.make_event(**fields)
