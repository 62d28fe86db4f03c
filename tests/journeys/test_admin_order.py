"""Sorting the rows of an article by keyboard; everything else of the editor's work needs no script."""

import pytest

from tests import factories


@pytest.fixture
def change_form(editor_page):
    """The change form of an article with three objectives, opened by an editor; `.article` is the row."""
    editor_page.article = factories.make_article(
        objectives=["one", "two", "three"], references=("first", "second")
    )
    editor_page.goto(f"/admin/articles/article/{editor_page.article.pk}/change/")
    return editor_page


def test_rows_are_moved_by_keyboard_and_keep_their_order(change_form):
    rows = change_form.locator("#objectives-group tr.has_original")
    up = rows.nth(2).get_by_role("button", name="Up")

    up.focus()
    change_form.keyboard.press("Enter")
    moved = change_form.locator("#objectives-group [role=status]").text_content()
    focused = change_form.evaluate("document.activeElement.textContent")
    change_form.locator("#references-group").get_by_role("button", name="Down").first.click()
    change_form.locator("input[name=_save]").first.click()
    change_form.wait_for_url("**/admin/articles/article/")

    assert (moved, focused) == ("Moved to place 2 of 3.", "Up")
    assert [o.text for o in change_form.article.objectives.all()] == ["one", "three", "two"]
    assert [r.key for r in change_form.article.references.order_by("position")] == ["second", "first"]


def test_row_that_is_added_can_be_moved_too(change_form):
    group = change_form.locator("#objectives-group")
    before = group.locator("button").count()

    group.get_by_text("Add another").click()

    assert group.locator("button").count() == before + 2
