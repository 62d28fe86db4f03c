"""Search over title, objectives, text and trial number."""

import pytest

from tests.factories import make_article


def found(response):
    return [article.title for article in response.context["page"]]


@pytest.mark.parametrize(
    "question",
    [
        "zanubrutinib",
        "ZANUBRUTINIB",
        '"zanubrutinib noon"',
        "nephropathies",
        "periwinkle",
        "NCT01734928",
        "nct01734928",
    ],
)
def test_search_finds_words_of_title_objectives_text_and_trial_numbers(reader, question):
    make_article(
        title="Zanubrutinib noon",
        objectives=["describe nephropathy"],
        body="The periwinkle finding [@first; @second].",
        trials=["NCT01734928"],
    )
    make_article(title="Something else")

    assert found(reader.get("/search/", {"q": question})) == ["Zanubrutinib noon"]


def test_search_ranks_the_title_before_the_text(reader):
    make_article(title="Elsewhere", body="A periwinkle [@first; @second].")
    make_article(title="Periwinkle")

    assert found(reader.get("/search/?q=periwinkle")) == ["Periwinkle", "Elsewhere"]


def test_search_excludes_what_the_reader_excludes(reader):
    make_article(title="Periwinkle alone")
    make_article(title="Periwinkle with daratumumab")

    assert found(reader.get("/search/?q=periwinkle -daratumumab")) == ["Periwinkle alone"]


def test_search_shows_the_hit_in_its_sentence_and_escapes_the_rest(reader):
    make_article(body="When 2 &lt; 3 the periwinkle finding [@first; @second].")

    page = reader.get("/search/?q=periwinkle").content.decode()

    assert "<mark>periwinkle</mark>" in page
    assert "2 &lt; 3" in page


def test_empty_question_shows_the_form(reader):
    make_article()

    response = reader.get("/search/")

    assert response.status_code == 200
    assert response.context["page"] is None


def test_search_without_hits_says_so(reader):
    response = reader.get("/search/?q=periwinkle")

    assert response.status_code == 200
    assert found(response) == []


@pytest.mark.parametrize("question", ["'", "!!", "a & b | (", "::*", "\\", "%", "-", '"', "é" * 200, "😀"])
def test_strange_questions_are_answered(reader, question):
    assert reader.get("/search/", {"q": question}).status_code == 200


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b", "q=%ED%A0%80", "q=" + "a" * 201, "q=a&page=x"])
def test_impossible_questions_are_refused(reader, query):
    assert reader.get(f"/search/?{query}").status_code == 400
