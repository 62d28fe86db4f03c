"""Search over title, objectives, text and trial number."""

import pytest
from django.utils import timezone

from articles import search
from articles.publishing import settle
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


@pytest.fixture
def everything_is_common(monkeypatch):
    """The newest articles are looked through, as for words that are in very many."""
    monkeypatch.setattr(search, "COMMON", 0)


def test_phrase_is_found_where_its_words_stand_in_this_order(reader):
    make_article(title="Periwinkle after noon")
    make_article(title="Noon after periwinkle", body="Noon periwinkle [@first; @second].")

    assert found(reader.get("/search/", {"q": '"noon periwinkle"'})) == ["Noon after periwinkle"]


def test_excluded_phrase_excludes_nothing_else(reader):
    make_article(title="Periwinkle after noon")
    make_article(title="Periwinkle noon")

    assert found(reader.get("/search/", {"q": 'periwinkle -"periwinkle noon"'})) == ["Periwinkle after noon"]


def test_word_of_the_text_excludes_an_article_found_by_its_title(reader):
    make_article(title="Periwinkle", body="With daratumumab [@first; @second].")

    assert found(reader.get("/search/?q=periwinkle -daratumumab")) == []


@pytest.mark.parametrize("question", ["-periwinkle", "noon or -periwinkle"])
def test_what_only_excludes_finds_nothing(reader, question):
    make_article(title="Something else")

    assert found(reader.get("/search/", {"q": question})) == []


@pytest.mark.parametrize("question", ["periwinkle", '"periwinkle noon"', "periwinkle -daratumumab"])
def test_common_words_find_the_same(reader, question, everything_is_common):
    make_article(title="Elsewhere", body="A periwinkle noon [@first; @second].")
    make_article(title="Periwinkle noon")
    make_article(title="Something else")

    assert found(reader.get("/search/", {"q": question})) == ["Periwinkle noon", "Elsewhere"]


def test_withdrawn_article_is_not_found_any_more(reader):
    article = make_article(title="Periwinkle")
    article.status, article.withdrawn_reason = "withdrawn", "The source was retracted."

    settle(article, timezone.now())

    assert found(reader.get("/search/?q=periwinkle")) == []


def test_changed_title_is_found_and_the_old_one_is_not(reader):
    article = make_article(title="Periwinkle")
    article.title = "Zanubrutinib"
    article.save()

    settle(article, timezone.now())

    assert found(reader.get("/search/?q=zanubrutinib")) == ["Zanubrutinib"]
    assert found(reader.get("/search/?q=periwinkle")) == []


def test_more_matches_than_are_listed_are_said(reader, monkeypatch):
    monkeypatch.setattr(search, "LISTED", 2)
    for number in range(3):
        make_article(title=f"Periwinkle {number}")

    response = reader.get("/search/?q=periwinkle")

    assert len(found(response)) == 2
    assert "3 articles for “periwinkle”, of which the best 2 are listed" in response.content.decode()
    assert reader.get("/search/?q=periwinkle&page=2").status_code == 404


def test_matches_are_counted_to_a_bound(reader, monkeypatch):
    monkeypatch.setattr(search, "COUNTED", 2)
    for number in range(3):
        make_article(title=f"Periwinkle {number}")

    assert "at least 2 articles for" in reader.get("/search/?q=periwinkle").content.decode()
