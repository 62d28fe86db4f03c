"""Trials placed in articles: their numbers, their protection, and word of newer data."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from articles.models import CitedResult
from articles.publishing import settle
from tests.factories import make_article
from tests.trials.factories import make_arm, make_cut, make_result, make_trial
from trials.derive import redraw

BODY = "Text [@first; @second].\n\n[[results {trial} primary]]\n\nMore text."


def report(trial, body=BODY, **fields):
    redraw(trial)
    return make_article(body=body.format(trial=trial.slug), **fields)


def test_placed_results_show_the_rows_of_the_trial(reader, db):
    trial = make_trial()

    page = reader.get(report(trial).get_absolute_url()).content.decode()

    for printed in ("35.6", "31.2", "0.75", "0.60", "0.012"):
        assert printed in page
    assert "<svg" in page
    assert f'href="{trial.get_absolute_url()}"' in page


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[[results nosuch primary]]", "there is no trial “nosuch”"),
        ("[[results {trial} nosuch]]", "it has: primary"),
        ("[[results {trial} primary XYZ]]", "has no such endpoint"),
        ("[[figure {trial} nosuch]]", "has no figure"),
        ("[[trial {trial} primary more]]", "takes nothing more"),
        ("[[trial {trial} nosuch]]", "it has: primary"),
        ("[[dance {trial}]]", "write [[trial NAME]]"),
        ("[[results]]", "write [[trial NAME]]"),
    ],
)
def test_impossible_placement_is_an_error_with_its_line(db, line, said):
    trial = make_trial()
    article = make_article()
    article.body = "Text [@first; @second].\n\n" + line.format(trial=trial.slug)

    with pytest.raises(ValidationError) as refused:
        settle(article, timezone.now())

    (message,) = refused.value.message_dict["body"]
    assert message.startswith("Line 3: ")
    assert said in message


def test_result_that_an_article_shows_cannot_be_deleted(db):
    trial = make_trial()
    report(trial)

    with pytest.raises(ProtectedError):
        trial.results.get().delete()
    with pytest.raises(ProtectedError):
        trial.data_cuts.get().delete()
    with pytest.raises(ProtectedError):
        trial.delete()


def test_result_is_free_again_when_no_article_shows_it(db):
    trial = make_trial()
    article = report(trial)
    article.body = "Text [@first; @second]."

    settle(article, timezone.now())

    assert not CitedResult.objects.exists()
    trial.results.get().delete()


def test_article_says_when_newer_data_exist_and_keeps_its_numbers(reader, db):
    trial = make_trial()
    article = report(trial)
    assert "Newer data exist" not in reader.get(article.get_absolute_url()).content.decode()

    newer = make_cut(trial, code="final", label="Final analysis", position=9)
    make_result(trial, cut=newer, values={"abc": {"value": "40.1"}, "bc": {"value": "33.0"}})

    page = reader.get(article.get_absolute_url()).content.decode()
    assert "Newer data exist" in page
    assert "Final analysis" in page
    assert "35.6" in page
    assert "40.1" not in page


def test_article_shows_the_trials_that_it_names_at_a_glance(reader, db):
    trial = make_trial(nct="NCT01734928")

    page = reader.get(make_article(trials=["NCT01734928"]).get_absolute_url()).content.decode()

    assert f"{trial.acronym} at a glance" in page
    assert "n&nbsp;=&nbsp;200" in page


@pytest.fixture
def two_cuts(db):
    """A trial with a primary analysis (follow-up 24.0 months) and a final one (60.0), both with results."""
    trial = make_trial(nct="NCT01734928")
    newer = make_cut(trial, code="final", label="Final analysis", median_follow_up="60.0", position=9)
    make_result(trial, cut=newer, values={"abc": {"value": "40.1"}, "bc": {"value": "33.0"}})
    return trial


def glances(html):
    """The parts of `html` that show a trial at a glance."""
    return [part.split("</section>")[0] for part in html.split('class="glance placed"')[1:]]


def test_glance_above_the_results_shows_the_cut_that_these_report(reader, two_cuts):
    body = "Text [@first; @second].\n\n[[trial {trial}]]\n\n[[results {trial} primary]]\n\nMore."

    (glance,) = glances(reader.get(report(two_cuts, body).get_absolute_url()).content.decode())

    assert "Median follow-up 24.0" in glance
    assert "60.0" not in glance


def test_article_in_prose_only_shows_the_newest_cut_unless_it_names_another(reader, two_cuts):
    unnamed = report(two_cuts, "Text [@first; @second].", trials=["NCT01734928"])
    named = report(two_cuts, "Text [@first; @second].\n\n[[trial {trial} primary]]", trials=["NCT01734928"])

    pages = [reader.get(article.get_absolute_url()).content.decode() for article in (unnamed, named)]

    assert [["24.0" in glance for glance in glances(page)] for page in pages] == [[False], [True]]
    assert ["Newer data exist" in page for page in pages] == [False, True]


def test_cut_that_an_article_names_cannot_be_deleted(two_cuts):
    report(two_cuts, "Text [@first; @second].\n\n[[trial {trial} primary]]")

    with pytest.raises(ProtectedError):
        two_cuts.data_cuts.get(code="primary").delete()


def test_ids_and_regions_are_unique_whatever_is_placed_how_often(reader, db):
    trial = make_trial()
    make_arm(trial, code="more", randomisation=2)
    make_arm(trial, code="less", randomisation=2, role="control")
    make_result(trial, endpoint="pfs", values={"more": "9.0", "less": "8.0"}, comparison=None)
    redraw(trial)
    figure = trial.figures.first().name
    lines = ["[[results {trial} primary]]", f"[[figure {{trial}} {figure}]]", "[[trial {trial}]]"]
    article = report(trial, "Text [@first; @second].\n\n" + "\n\n".join(lines * 3))

    page = reader.get(article.get_absolute_url()).content.decode()

    ids = re.findall(r' id="([^"]+)"', page)
    labels = re.findall(r'<section class="(?:glance )?placed" aria-label="([^"]+)"', page)
    named = {id for names in re.findall(r' aria-labelledby="([^"]+)"', page) for id in names.split()}
    assert page.count("first randomisation") == page.count("second randomisation") == 3
    assert len(set(ids)) == len(ids)
    assert named <= set(ids)
    assert len(labels) == len(set(labels)) == 6


def test_corrected_trial_reaches_the_articles_that_show_it(reader, db):
    trial = make_trial()
    article = report(trial)
    value = trial.results.get().values.get(arm__code="abc")
    value.value = "36.6"
    value.save()
    trial.save()

    call_command("render", verbosity=0)

    assert "36.6" in reader.get(article.get_absolute_url()).content.decode()


def test_gate_and_search_show_nothing_of_what_is_placed(visitor, db):
    article = report(make_trial())

    assert "35.6" not in visitor.get(article.get_absolute_url()).content.decode()
    assert "35.6" not in article.body_text


def test_database_refuses_to_cite_a_result_twice_in_an_article(db):
    trial = make_trial()
    article = report(trial)

    with pytest.raises(IntegrityError, match="one_citation_per_article_and_result"), transaction.atomic():
        CitedResult.objects.create(article=article, result=trial.results.get())
