"""A reader who follows a trial, changes what comes, takes a break, takes the data along and leaves, bit by bit."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from newsletter.models import Cadence, Subscriber
from tests.factories import make_topic, make_treatment
from tests.journeys.steps import mailed_link
from tests.trials.factories import make_trial

ADDRESS = "reader@example.org"


def saved():
    return Subscriber.objects.get(email=ADDRESS)


@pytest.fixture
def trial(transactional_db):
    make_topic("Relapse")
    make_treatment("pomalidomide")
    return make_trial(slug="noon", acronym="NOON")


@pytest.fixture
def page(reader_page):
    """The page that `axe` looks at: of somebody who has attested."""
    return reader_page


def follow_by_keyboard(page):
    page.goto("/trials/noon/")
    page.get_by_text("Follow this trial by e-mail").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("E-mail address to which news come")).to_be_focused()
    page.keyboard.type(ADDRESS)
    page.keyboard.press("Enter")
    answer = page.get_by_role("status").filter(has_text="Look in your mailbox")
    expect(answer).to_be_focused()


def press(page, name):
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def test_reader_follows_chooses_pauses_and_leaves(page, trial, deliver, axe):
    follow_by_keyboard(page)
    axe()

    page.goto(mailed_link("confirm", deliver()[-1]))  # in the same browser: no button
    expect(page.get_by_role("heading", name="You follow NOON")).to_be_visible()
    assert saved().cadence == Cadence.NONE

    page.get_by_role("link", name="Choose what comes to you").click()
    page.get_by_label("A weekly digest").check()
    page.get_by_label("Relapse").check()
    press(page, "Save")
    expect(page.get_by_role("status")).to_contain_text("Your choice is saved")
    assert (saved().cadence, saved().topics.count()) == ("weekly", 1)

    page.get_by_label("Find a topic, treatment or trial").fill("pomali")
    page.keyboard.press("Enter")
    press(page, "Follow Pomalidomide")
    expect(page.get_by_role("status")).to_contain_text("You follow it now")
    assert saved().follows.count() == 2

    page.get_by_label("No mail before").fill((timezone.now() + timedelta(days=9)).date().isoformat())
    press(page, "Pause")
    expect(page.get_by_role("button", name="Resume now")).to_be_visible()
    axe()
    axe("dark")
    press(page, "Resume now")
    assert saved().paused_until is None

    address = page.url.split("?")[0]
    page.get_by_role("link", name="See and download all").click()
    page.get_by_role("main").get_by_role("button").click()  # the link goes to the address itself
    page.goto(mailed_link("data", deliver()[-1]))
    with page.expect_download() as download:
        press(page, "Download it (JSON)")
    data = json.loads(download.value.path().read_text())
    assert data["subscription"]["email"] == ADDRESS
    expect(page.get_by_role("heading", name="Mail to you")).to_be_visible()
    axe()

    page.goto(address)
    press(page, "Stop following NOON")
    assert [str(follow.thing) for follow in saved().follows.all()] == ["pomalidomide"]
    press(page, "Leave the newsletter")
    expect(page.get_by_role("status")).to_contain_text("what you follow stays")
    assert (saved().is_active, saved().cadence) == (True, "none")
    press(page, "Stop following everything")
    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
    assert not saved().is_active


@pytest.mark.parametrize("path", ["/trials/noon/", "/topics/", "/treatments/", "/newsletter/", "preferences"])
def test_pages_fit_a_narrow_window(page, trial, deliver, path):
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto("/trials/noon/")
    if path == "preferences":
        follow_by_keyboard(page)
        page.goto(mailed_link("confirm", deliver()[-1]))
        page.get_by_role("link", name="Choose what comes to you").click()
    else:
        things = {"/topics/": make_topic, "/treatments/": make_treatment}
        page.goto(f"{path}{things[path]().slug}/" if path in things else path)
        page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")

    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")

    assert overflow <= 0
    small = page.evaluate(
        "[...document.querySelectorAll('main button, main summary')].filter((one) => one.checkVisibility()"
        " && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML)"
    )
    assert small == []


def test_member_follows_with_one_press_and_stops_with_the_next(page_of, member, trial):
    page = page_of(member)
    page.goto("/trials/noon/")

    press(page, "Follow this trial")
    stop = page.get_by_role("button", name="Stop following")
    expect(stop).to_be_focused()
    assert Subscriber.objects.get().follows.get().thing == trial
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Follow this trial")).to_be_focused()
    assert not Subscriber.objects.get().follows.exists()


def test_whole_way_works_without_scripts(page_of, reader, trial, deliver):
    page = page_of(reader, java_script_enabled=False)
    page.goto("/trials/noon/")
    page.get_by_text("Follow this trial by e-mail").click()
    page.get_by_label("E-mail address to which news come").fill(ADDRESS)
    page.get_by_role("button", name="Follow", exact=True).click()
    expect(page.get_by_role("heading", name="Follow NOON")).to_be_visible()

    page.goto(mailed_link("confirm", deliver()[-1]))
    page.get_by_role("link", name="Choose what comes to you").click()
    press(page, "Stop following NOON")

    expect(page.get_by_role("heading", name="You have left")).to_be_visible()
