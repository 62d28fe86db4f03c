"""An editor's work: write, be corrected, look at it as readers will, publish; with a picture; on a date."""

import re
from datetime import timedelta
from io import BytesIO

from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from articles.models import Article
from tests import factories
from tests.journeys.steps import sign_in

ADDRESS = "/articles/hope-at-noon/"
FAULTY = """\
It worked in most patients [@frist].

| Outcome | Arm A |
|---|---:|
| Median, months | 11.2 |
"""
MENDED = FAULTY.replace("@frist", "@first").replace("| Outcome", "Table: Survival\n\n| Outcome", 1)


def choose(page, field, name, row=0):
    """Pick `name` from a field that searches while one types; `row`: which of several."""
    page.get_by_role("combobox", name=field).nth(row).click()
    page.get_by_role("searchbox", name="Search").fill(name)
    page.get_by_role("option", name=name).click()


def save(page):
    page.get_by_role("button", name="Save", exact=True).first.click()


def opened_by(page, button):
    """The new tab behind `button`."""
    with page.expect_popup() as opened:
        page.get_by_role("button", name=button, exact=True).first.click()
    return opened.value


def status_of(page, address):
    return page.goto(address).status


def write(page):
    """Fill in the form with one objective, one reference and an author; the text has two faults."""
    page.get_by_label("Title:").first.fill("Hope at noon")
    page.get_by_label("Summary:").fill("What was found at noon.")
    page.get_by_label("Text:").fill(FAULTY)
    objectives = page.get_by_role("group", name="Learning objectives")
    objectives.get_by_label("Text").first.fill("describe the results at noon")
    page.get_by_role("button", name="Add another Learning objective").click()
    objectives.get_by_label("Text").nth(1).fill("weigh what was found")
    choose(page, "Person", "Dr Author")
    references = page.locator("#references-group")
    for label, value in {"Key": "first", "Authors": "Example A", "Title": "A report", "Year": "2024"}.items():
        references.get_by_label(f"{label}:").first.fill(value)
    references.get_by_label("Journal or congress:").first.fill("Journal of Examples")


def test_article_is_written_corrected_previewed_and_published(page, reader_page):
    sign_in(page, factories.make_editor())
    factories.make_person("Dr Author")
    factories.make_person("Dr Reviewer")
    page.goto("/admin/")
    page.get_by_role("row", name="Articles").get_by_role("link", name="Add").click()
    write(page)

    save(page)
    text = page.get_by_role("group", name="Text", exact=True)
    expect(text).to_contain_text("Line 1: there is no reference with the key “frist”.")
    expect(text).to_contain_text("Line 3: a table needs a caption")
    expect_all_that_was_typed(page)
    assert not Article.objects.exists()

    page.get_by_label("Text:").fill(MENDED)
    preview = opened_by(page, "Preview")
    expect(preview.get_by_role("heading", level=1)).to_have_text("Hope at noon")
    expect(preview.get_by_role("status")).to_contain_text("nothing has been saved")
    expect(preview.get_by_text("It worked in most patients")).to_be_visible()
    expect(preview.get_by_role("table", name="Survival")).to_be_visible()
    preview.close()
    gate = opened_by(page, "Preview the gate")
    expect(gate.get_by_role("heading", name="Are you a healthcare professional?")).to_be_visible()
    expect(gate.get_by_role("heading", name="Hope at noon")).to_be_visible()
    expect(gate.get_by_text("weigh what was found")).to_be_visible()
    expect(gate.get_by_text("It worked in most patients")).to_have_count(0)
    gate.close()
    assert not Article.objects.exists()
    assert status_of(reader_page, ADDRESS) == 404

    page.get_by_label("Status:").select_option("Published")
    save(page)
    refusal = page.get_by_role("group", name="Publication")
    expect(refusal).to_contain_text("Cannot be published yet: the funding statement is missing.")
    expect(refusal).to_contain_text("Cannot be published yet: a medical reviewer is missing.")
    assert status_of(reader_page, ADDRESS) == 404

    page.get_by_label("Funding statement:").fill("Paid for by nobody.")
    page.get_by_role("button", name="Add another Contribution").click()
    choose(page, "Person", "Dr Reviewer", row=1)
    page.get_by_role("combobox", name="Role").nth(1).select_option("Medical reviewer")
    save(page)
    expect(page.get_by_text("was added successfully")).to_be_visible()
    assert status_of(reader_page, ADDRESS) == 200
    expect(reader_page.get_by_text("It worked in most patients")).to_be_visible()
    expect(reader_page.get_by_text("Reviewed by Dr Reviewer")).to_be_visible()
    reader_page.goto("/")
    expect(reader_page.get_by_role("link", name="Hope at noon").first).to_be_visible()


def expect_all_that_was_typed(page):
    expect(page.get_by_label("Title:").first).to_have_value("Hope at noon")
    expect(page.get_by_label("Slug:")).to_have_value("hope-at-noon")
    expect(page.get_by_label("Text:")).to_have_value(FAULTY)
    objectives = page.get_by_role("group", name="Learning objectives").get_by_label("Text")
    expect(objectives.nth(0)).to_have_value("describe the results at noon")
    expect(objectives.nth(1)).to_have_value("weigh what was found")
    expect(page.get_by_role("group", name="Contributions")).to_contain_text("Dr Author")
    expect(page.locator("#references-group").get_by_label("Authors:").first).to_have_value("Example A")


def picture():
    buffer = BytesIO()
    Image.linear_gradient("L").resize((900, 300)).save(buffer, "PNG")
    return {"name": "curves.png", "mimeType": "image/png", "buffer": buffer.getvalue()}


def test_picture_is_uploaded_and_seen_by_readers(editor_page, reader_page):
    article = factories.make_article(title="Hope at noon", slug="hope-at-noon")
    editor_page.goto("/admin/articles/picture/add/")
    editor_page.get_by_label("File:").set_input_files(picture())
    editor_page.get_by_label("Kind:").select_option("articles")
    editor_page.get_by_role("textbox", name=re.compile("alternative", re.I)).fill("Two curves that part")
    save(editor_page)
    expect(editor_page.get_by_text("was added successfully")).to_be_visible()

    editor_page.goto(f"/admin/articles/article/{article.pk}/change/")
    choose(editor_page, "Picture", "Two curves")
    save(editor_page)
    expect(editor_page.get_by_text("was changed successfully")).to_be_visible()
    reader_page.goto(ADDRESS)

    shown = reader_page.get_by_role("img", name="Two curves that part")
    shown.scroll_into_view_if_needed()
    expect(shown).to_have_js_property("complete", True)
    assert shown.evaluate("i => i.naturalWidth") > 0
    assert shown.evaluate("i => i.closest('picture').querySelector('source').type") == "image/avif"
    assert shown.evaluate("i => i.currentSrc").endswith(".avif")


def test_scheduled_article_appears_by_itself(editor_page, reader_page):
    article = factories.make_article(
        title="Hope at noon", slug="hope-at-noon", status="draft", published_at=None
    )
    tomorrow = timezone.now() + timedelta(days=1)
    editor_page.goto(f"/admin/articles/article/{article.pk}/change/")
    editor_page.get_by_label("Status:").select_option("Scheduled")
    save(editor_page)
    expect(editor_page.get_by_role("group", name="Publication")).to_contain_text(
        "needs the date and time of publication"
    )

    editor_page.get_by_label("First published, date").fill(f"{tomorrow:%Y-%m-%d}")
    editor_page.get_by_label("First published, time").fill("08:00:00")
    save(editor_page)
    expect(editor_page.get_by_text("was changed successfully")).to_be_visible()
    assert status_of(reader_page, ADDRESS) == 404
    reader_page.goto("/articles/")
    expect(reader_page.get_by_text("Hope at noon")).to_have_count(0)

    Article.objects.update(published_at=timezone.now() - timedelta(seconds=1))  # the day has come
    assert status_of(reader_page, ADDRESS) == 200
    reader_page.goto("/articles/")
    expect(reader_page.get_by_role("link", name="Hope at noon")).to_be_visible()
