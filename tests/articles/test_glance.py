"""What an article says in brief beside its text: under one heading."""

import re

from tests.factories import make_article
from tests.trials.factories import make_trial


def test_article_about_a_trial_has_one_heading_at_a_glance(reader, db):
    make_trial(acronym="NOON", nct="NCT01734928")
    article = make_article(trials=["NCT01734928"], congress="Example Congress 2026")

    page = reader.get(article.get_absolute_url()).content.decode()

    text = re.sub("<[^>]+>", "", page)
    assert text.count("at a glance") == 1
    assert "NOON at a glance" in text
    assert "Example Congress 2026" in text


def test_article_about_an_unknown_trial_still_names_its_number(reader, db):
    article = make_article(trials=["NCT01734928"])

    page = reader.get(article.get_absolute_url()).content.decode()

    assert "at a glance" not in page
    assert '<section class="glance" aria-label="Numbers, congress and treatments">' in page
    assert "NCT01734928" in page
