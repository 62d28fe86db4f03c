"""An expert panel is announced until it is closed or over, has a page, and goes into the reader's calendar."""

from datetime import UTC, datetime, timedelta

import icalendar
import pytest
from django.utils import timezone
from playwright.sync_api import expect

from portal.models import Event
from tests.factories import make_article, make_event

START = datetime(2031, 7, 1, 16, 0, tzinfo=UTC)


@pytest.fixture
def event(transactional_db):
    make_article(slug="noon")
    return make_event(title="Noon or night", slug="noon-or-night", starts_at=START)


def announcement(page):
    return page.get_by_role("complementary", name="Expert panel")


def close(page):
    announcement(page).get_by_role("button", name="Close this announcement").click()


@pytest.mark.parametrize("with_script", [True, False], ids=["script", "no-script"])
def test_announcement_is_closed_once_for_all_pages(page_of, reader, event, with_script):
    page = page_of(reader, java_script_enabled=with_script)
    page.goto("/articles/noon/")
    expect(announcement(page)).to_contain_text("Noon or night")
    expect(announcement(page)).to_contain_text("Paid for by nobody.")
    page.goto("/?page=1")
    expect(announcement(page)).to_be_visible()

    close(page)

    expect(page).to_have_url("/?page=1")
    expect(announcement(page)).to_have_count(0)
    page.goto("/articles/noon/")
    expect(announcement(page)).to_have_count(0)
    make_event(title="The next one", starts_at=START - timedelta(days=1))
    page.reload()
    expect(announcement(page)).to_contain_text("The next one")


def test_announcement_goes_when_the_panel_is_over(reader_page, event):
    reader_page.goto("/")
    expect(announcement(reader_page)).to_be_visible()

    now = timezone.now()
    Event.objects.update(starts_at=now - timedelta(hours=1), ends_at=now - timedelta(seconds=1))

    reader_page.reload()
    expect(announcement(reader_page)).to_have_count(0)
    reader_page.goto(event.get_absolute_url())
    expect(reader_page.get_by_text("This panel is over.")).to_be_visible()


def test_panel_goes_into_the_calendar_from_its_page(reader_page, event, settings, tmp_path):
    reader_page.goto("/")
    announcement(reader_page).get_by_role("link", name="Noon or night").click()
    expect(reader_page.get_by_role("heading", level=1)).to_have_text("Noon or night")
    expect(reader_page.get_by_text("Prof. One, Dr Two")).to_be_visible()
    expect(reader_page.get_by_text("18:00–19:00 CEST")).to_be_visible()

    with reader_page.expect_download() as download:
        reader_page.get_by_role("link", name="Add to your calendar").click()

    assert download.value.suggested_filename == "noon-or-night.ics"
    download.value.save_as(tmp_path / "noon.ics")
    [entry] = icalendar.Calendar.from_ical((tmp_path / "noon.ics").read_bytes()).events
    assert (entry["summary"], entry.start, entry.end) == ("Noon or night", START, START + timedelta(hours=1))
    assert entry["url"] == f"{settings.SITE_URL}/events/noon-or-night/"
