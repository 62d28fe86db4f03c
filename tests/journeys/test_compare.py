"""Trials side by side in a browser: cards on a telephone, reasons in place, the table on wide screens."""

import pytest
from playwright.sync_api import expect

from tests.journeys.steps import attest
from tests.trials.compared import address, make_like
from tests.trials.factories import make_observation, make_result

SLUGS = ("dawn", "noon", "dusk", "night")


@pytest.fixture
def four(transactional_db):
    trials = [make_like(slug, phase="II" if slug == "dusk" else "III") for slug in SLUGS]
    for trial in trials[:2]:
        make_observation(trial)
    for endpoint in ("pfs", "orr"):
        make_result(trials[0], endpoint=endpoint)
    return trials


@pytest.fixture
def telephone(reader_page, four):
    reader_page.set_viewport_size({"width": 360, "height": 740})
    reader_page.goto(address(*SLUGS))
    return reader_page


def test_each_card_keeps_the_labels_of_all_rows_on_a_telephone(telephone):
    labels = telephone.locator(".compare__table tbody tr:not(.compare__section) th").evaluate_all(
        "cells => cells.map(cell => cell.firstChild.textContent.trim())"
    )

    assert len(labels) > 20
    for slug in SLUGS:
        card = telephone.get_by_role("region", name=slug.upper())
        for folded in card.locator(".compare__fold:not([open]) > summary").all()[::-1]:
            folded.click()
        shown = card.locator("dt:visible").all_text_contents()
        assert [text.strip() for text in shown] == labels
    expect(telephone.locator(".compare__table")).to_be_hidden()
    assert telephone.evaluate("document.documentElement.scrollWidth") <= 360


def test_reason_of_a_mark_is_folded_in_a_card_and_opens_there(telephone):
    card = telephone.get_by_role("region", name="DAWN")
    phase = card.locator(".compare__group", has=telephone.locator("dt", has_text="Phase"))
    reason = phase.locator("p", has_text="Earlier phases select patients")
    expect(phase.get_by_text("Differs")).to_be_visible()
    expect(reason).to_be_hidden()

    phase.locator("summary").click()

    expect(reason).to_be_visible()


def test_endpoint_of_one_trial_alone_is_folded_in_a_card_and_opens_there(telephone):
    card = telephone.get_by_role("region", name="DAWN")
    rate = card.locator(".compare__fold", has=telephone.get_by_role("heading", name="Overall response rate"))
    expect(rate.locator("dt").first).to_be_hidden()

    rate.locator("summary").first.click()

    expect(rate.locator("dt").first).to_be_visible()


def test_cards_are_accessible_and_their_reasons_big_enough_to_touch(telephone):
    boxes = [box.bounding_box() for box in telephone.locator(".compare__reason summary:visible").all()]

    assert boxes
    assert min(box["height"] for box in boxes) >= 24


def test_reasons_stand_open_once_per_row_on_wide_screens(reader_page, four):
    reader_page.goto(address(*SLUGS))

    row = reader_page.get_by_role("row").filter(has=reader_page.get_by_role("rowheader", name="Phase"))
    expect(row.get_by_text("Earlier phases select patients")).to_have_count(1)
    expect(reader_page.locator(".compare__cards")).to_be_hidden()


def test_cards_and_table_are_accessible_in_both_themes(page, axe, four):
    page.goto(address(*SLUGS))
    attest(page)

    for size in ({"width": 1280, "height": 900}, {"width": 360, "height": 740}):
        page.set_viewport_size(size)
        for theme in ("light", "dark"):
            axe(theme)
