"""Whatever is searched for, at any page with a search: an answer, and never a failure."""

import pytest
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests import factories
from tests.trials import factories as trials

pytestmark = pytest.mark.django_db
MARKS = """myeloma trial OS or OR and - -- " ' \\ % _ * :* & | ! ( ) <-> <b> $1 {{ %s ;-- ß İ é NCT NCT0 🧬"""
HIDDEN = "\u202e \u200d \ufeff \ufffd \ue000 \ue001 e\u0301"
WORDS = st.sampled_from([*MARKS.split(), *HIDDEN.split(" "), "\x00", "0" * 30, "x" * 150])
ASKED = st.lists(WORDS | st.text(max_size=12), max_size=6).map(" ".join) | st.text(max_size=250)
PAGES = ["/search/", "/trials/", "/articles/", "/bookmarks/", "/trials/compare/", "/admin/articles/article/"]


@pytest.fixture
def searcher(settings):
    """An editor before a site with something to find."""
    settings.ACCOUNT_RATE_LIMITS = False
    factories.make_article(title="Myeloma trial")
    trials.make_trial()
    client = factories.attested(Client())
    client.force_login(factories.make_editor())
    return client


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ASKED, st.sampled_from(PAGES))
@example("\\", "/search/")
@example("' & | ! <-> :*", "/search/")
@example("\ue000<script>\ue001", "/search/")
@example("İ" * 200, "/trials/")
def test_no_words_break_a_search(searcher, words, path):
    words = words.encode(errors="ignore").decode()

    answer = searcher.get(path, {"q": words, "page": "1"})

    assert answer.status_code in (200, 302, 400), words
    assert "<script>" not in answer.content.decode().replace("<script>alert", "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ASKED, max_size=3),
    st.lists(ASKED, max_size=3),
    st.sampled_from(["page", "year", "sort", "topic", "drug"]),
)
def test_no_filters_break_a_list(searcher, some, others, name):
    some, others = ([text.encode(errors="ignore").decode() for text in texts] for texts in (some, others))

    answers = [
        searcher.get("/trials/", {name: some, "class": others, "setting": others}),
        searcher.get("/articles/", {name: some, "treatment": others}),
        searcher.get("/trials/compare/", {"trial": some, "cut": others}),
        searcher.get("/trials/compare.csv", {"trial": some, "cut": others}),
    ]

    assert [answer.status_code for answer in answers if answer.status_code not in (200, 400)] == []
