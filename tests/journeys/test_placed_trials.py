"""An article that places a trial with its results and figures: for everybody's eyes, on a telephone and on paper."""

import re
import zlib

import pytest
from playwright.sync_api import expect

from tests.factories import make_article
from tests.journeys.steps import attest
from tests.trials.factories import make_cut, make_result, make_trial
from trials.derive import redraw


@pytest.fixture
def trial(transactional_db):
    trial = make_trial(slug="dawn", acronym="DAWN", nct="NCT01734928")
    make_result(trial, endpoint="pfs", values={"abc": "not_reached", "bc": "11.8"})
    make_cut(trial, code="later", label="Later analysis")
    make_result(trial, values={"abc": "40.1", "bc": "33.0"})
    redraw(trial)
    lines = ["[[trial dawn]]", "[[results dawn primary]]", "[[results dawn later os]]"]
    body = "Text [@first; @second].\n\n## Results\n\n" + "\n\n".join(lines)
    make_article(slug="noon", body=body, trials=["NCT01734928"])
    return trial


def test_article_with_results_and_figures_is_accessible_in_both_themes(page, axe, trial):
    page.goto("/articles/noon/")
    attest(page)
    expect(page.get_by_role("region", name="DAWN at a glance")).to_have_count(1)
    expect(page.locator("figure svg:visible").first).to_be_visible()

    for theme in ("light", "dark"):
        axe(theme)

    page.locator("details.figure__numbers > summary").first.click()
    axe()


def test_article_with_results_and_figures_does_not_scroll_sideways(reader_page, trial):
    reader_page.set_viewport_size({"width": 320, "height": 640})
    reader_page.goto("/articles/noon/")

    expect(reader_page.locator("figure svg:visible").first).to_be_visible()
    assert reader_page.evaluate("document.documentElement.scrollWidth") <= 320


def test_paper_shows_results_and_figures(reader_page, trial):
    reader_page.goto("/articles/noon/")
    titles = reader_page.locator("figure:has(svg) .figure__title").all_text_contents()

    pdf = b" ".join(streams(reader_page.pdf(tagged=True)))

    assert len(titles) == 2
    described = [f"FEFF{title.encode('utf-16-be').hex().upper()}".encode() for title in titles]
    assert [title in pdf for title in described] == [True, True]  # as the text that stands for the drawing
    reader_page.emulate_media(media="print")
    for part in (
        reader_page.get_by_role("region", name="DAWN at a glance"),
        reader_page.get_by_role("table", name=re.compile(r"Results by arm.*DAWN, Primary analysis")),
        reader_page.locator("figure svg:visible").first,
        reader_page.locator(".figure__source").first,
    ):
        expect(part).to_be_visible()


def streams(pdf):
    """What is written in the file `pdf`, unpacked."""
    yield pdf
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        try:
            yield zlib.decompress(packed)
        except zlib.error:
            continue
