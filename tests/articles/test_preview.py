import pytest
from django.contrib.admin.models import LogEntry

from articles.models import Article, Contribution, LearningObjective, Reference
from tests import factories
from tests.forms import errors_of, filled

ADD = "/admin/articles/article/add/"
MODELS = (Article, Contribution, LearningObjective, Reference, LogEntry)


def counts():
    return [model.objects.count() for model in MODELS]


def address(article):
    return f"/admin/articles/article/{article.pk}/change/"


def test_preview_shows_an_unsaved_article_and_saves_nothing(editor):
    page = editor.get(ADD)
    data = filled(
        page,
        title="Only typed",
        slug="only-typed",
        summary="Summary.",
        body="Text of the preview.",
        objectives__0__text="describe the unsaved",
        _preview="1",
    )
    before = counts()

    response = editor.post(ADD, data)

    html = response.content.decode()
    assert response.status_code == 200
    assert "Text of the preview." in html
    assert "describe the unsaved" in html
    assert "Preview" in html
    assert "no-store" in response["Cache-Control"]
    assert counts() == before


def test_preview_of_a_change_shows_it_and_keeps_the_stored(editor):
    article = factories.make_article()
    page = editor.get(address(article))
    before, modified_at = counts(), article.modified_at
    change = {"summary": "A new summary.", "objectives__0__text": "a new objective", "_preview": "1"}

    response = editor.post(address(article), filled(page, **change))

    assert "A new summary." in response.content.decode()
    assert "a new objective" in response.content.decode()
    article.refresh_from_db()
    assert article.summary != "A new summary."
    assert article.modified_at == modified_at
    assert counts() == before


def test_preview_leaves_the_form_savable(editor):
    article = factories.make_article()
    page = editor.get(address(article))
    editor.post(address(article), filled(page, summary="New", _preview="1"))

    response = editor.post(address(article), filled(page, summary="New"))

    assert response.status_code == 302


def test_preview_does_not_ask_for_what_only_publication_needs(editor):
    page = editor.get(ADD)
    data = filled(page, title="T", slug="t", summary="S", body="B", status="published", _preview="1")

    response = editor.post(ADD, data)

    assert "articles/article_detail.html" in [template.name for template in response.templates]


def test_preview_shows_errors_of_the_text_in_the_form(editor):
    page = editor.get(ADD)

    response = editor.post(
        ADD, filled(page, title="T", slug="t", summary="S", body="x\n\n[@nobody]", _preview="1")
    )

    assert errors_of(response)["body"][0].startswith("Line 3: ")
    assert not Article.objects.exists()


def test_gate_preview_shows_the_teaser_and_no_word_of_the_text(editor):
    article = factories.make_article(body="Secret sentence [@first].")
    page = editor.get(address(article))
    before = counts()

    response = editor.post(
        address(article), filled(page, objectives__0__text="a typed objective", _preview_gate="1")
    )

    html = response.content.decode()
    assert response.status_code == 200
    assert "a typed objective" in html
    assert article.title in html
    assert "Secret sentence" not in html
    assert "no-store" in response["Cache-Control"]
    assert counts() == before


def test_preview_of_a_withdrawal_shows_the_notice(editor):
    article = factories.make_article()
    page = editor.get(address(article))

    response = editor.post(
        address(article), filled(page, status="withdrawn", withdrawn_reason="Wrong.", _preview="1")
    )

    assert "Wrong." in response.content.decode()
    article.refresh_from_db()
    assert article.status == "published"


@pytest.mark.parametrize("button", ["_preview", "_preview_gate"])
def test_preview_is_for_those_who_may_write(member, button):
    assert member.post(ADD, {button: "1"}).status_code == 403
