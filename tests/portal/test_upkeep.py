"""What the worker derives again: figures of trials, and the articles that show them."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from articles.models import Article
from articles.publishing import outdated
from portal.upkeep import Upkeep
from tests.factories import make_article
from tests.trials.admin_steps import by_arm, page_of, save
from tests.trials.factories import make_trial
from trials.derive import redraw, undrawn
from trials.models import Figure

pytestmark = pytest.mark.django_db
RESULTS = "Text [@first; @second].\n\n[[results {} primary]]\n"


def report(trial, **fields):
    redraw(trial)
    return make_article(body=RESULTS.format(trial.slug), **fields)


def make_outdated(*articles):
    Article.objects.filter(pk__in=[article.pk for article in articles]).update(rendered_with=0)


@pytest.fixture
def now():
    return timezone.now()


def test_number_corrected_in_the_admin_reaches_the_article(editor, reader):
    trial = make_trial()
    address = report(trial).get_absolute_url()
    save(editor, page_of(trial.results.get()), **by_arm(trial, abc={"value": "36.4"}))
    before = reader.get(address).content.decode()

    call_command("worker", "--once")

    after = reader.get(address).content.decode()
    assert ("36.4" in before, "35.6" in after, "36.4" in after) == (False, False, True)


def test_trial_that_an_article_only_names_is_followed_at_a_glance(reader):
    trial = make_trial(nct="NCT01734928")
    article = make_article(trials=["NCT01734928"])
    trial.arms.filter(code="abc").update(n=211)
    trial.save()

    call_command("worker", "--once")

    assert "211" in reader.get(article.get_absolute_url()).content.decode()


def test_new_figures_reach_the_articles_in_the_same_round():
    trial = make_trial()
    article = report(trial)
    Figure.objects.filter(trial=trial).update(version=0, svg="<svg></svg>")

    call_command("worker", "--once")

    article.refresh_from_db()
    assert list(undrawn()) == list(outdated()) == []
    assert article.body_html.count("<svg") >= 2


def test_steps_take_one_row_each_and_look_once_a_minute(now):
    upkeep = Upkeep()
    make_outdated(make_article(), make_article())
    first = [upkeep.step(now), outdated().count()]
    rest = [upkeep.step(now), upkeep.step(now), outdated().count()]
    make_outdated(*Article.objects.all())

    too_early = [upkeep.step(now + timedelta(seconds=59)), outdated().count()]
    due = [upkeep.step(now + timedelta(seconds=61)), outdated().count()]

    assert (first, rest, too_early, due) == ([True, 1], [True, False, 0], [False, 2], [True, 1])


def test_what_needs_nothing_is_left_alone():
    make_trial(results=False)
    trial = make_trial()
    article = report(trial)

    call_command("worker", "--once")

    rendered_at = article.rendered_at
    article.refresh_from_db()
    assert article.rendered_at == rendered_at


def test_article_that_cannot_be_rendered_is_named_and_holds_nothing_up(caplog):
    broken, sound = make_article(title="A broken text"), make_article()
    make_outdated(broken, sound)
    Article.objects.filter(pk=broken.pk).update(body="[[trial nosuch]]")
    html = Article.objects.get(pk=broken.pk).body_html

    call_command("worker", "--once")

    assert list(outdated()) == [broken]
    assert "“A broken text” cannot be rendered again: Line 1: there is no trial “nosuch”." in caplog.text
    assert Article.objects.get(pk=broken.pk).body_html == html


def test_fault_of_ours_in_one_row_keeps_neither_the_rest_nor_the_mail(monkeypatch, caplog):
    trial, article = make_trial(), make_article()
    make_outdated(article)
    monkeypatch.setattr("trials.upkeep.redraw", lambda trial: 1 / 0)

    call_command("worker", "--once")

    assert list(undrawn()) == [trial]
    assert list(outdated()) == []
    assert "ZeroDivisionError" in caplog.text
