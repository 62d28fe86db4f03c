"""The demonstration's articles: as they are they raise no alarm, with a wrong number they do."""

import re
from decimal import Decimal

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.db.models import Q

from articles.proofreading import contradictions, held_against_rows
from articles.proofreading.facts import facts_of
from trials.models import Trial

pytestmark = pytest.mark.django_db  # so that there is a database to load the trials into

FILES = sorted((settings.BASE_DIR / "demo" / "articles").glob("*.md"))


@pytest.fixture(scope="module")
def texts(django_db_setup, django_db_blocker):
    """By file: each text of the article and what the rows of its trials say."""
    found = {}
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("import_trials", str(settings.BASE_DIR / "demo" / "trials"), verbosity=0)
        for file in FILES:
            _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
            fields = yaml.safe_load(front)
            facts = facts_of(Trial.objects.filter(Q(identifiers__number__in=fields["trials"])))
            found[file.stem] = [(text, facts) for text in (fields["summary"], *fields["key_points"], body)]
        transaction.set_rollback(True)
    return found


def planted(text, facts):
    """`text` with one wrong digit, once for each number that the rows can judge."""
    for position, written, verdict in held_against_rows(text, facts):
        for number in re.finditer(r"\d+(?:\.\d+)?", written):
            wrong = re.sub(r"[1-9]", lambda digit: str(int(digit[0]) % 9 + 1), number[0], count=1)
            if not (verdict.claim.relation == "<" and Decimal(wrong) > Decimal(number[0])):  # true, if weaker
                start, end = position + number.start(), position + number.end()
                yield text[:start] + wrong + text[end:]


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_article_as_it_is_raises_no_alarm(texts, name):
    assert [str(found) for text, facts in texts[name] for found in contradictions(text, facts)] == []


@pytest.mark.parametrize("name", [file.stem for file in FILES])
def test_each_wrong_number_raises_one(texts, name):
    faulty = [(wrong, facts) for text, facts in texts[name] for wrong in planted(text, facts)]

    assert len(faulty) >= 20
    assert [wrong for wrong, facts in faulty if not contradictions(wrong, facts)] == []


# Written out, so that it is seen what is read: a text that is no longer read would have no faults to plant.
@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        (
            "optimismm-final-overall-survival",
            "median was 35.6 months with PVd",
            "median was 36.5 months with PVd",
        ),
        ("optimismm-final-overall-survival", "(95% CI 0.46–0.68)", "(95% CI 0.64–0.68)"),
        ("optimismm-final-overall-survival", "p = 0.008); its", "p = 0.08); its"),
        ("optimismm-final-overall-survival", "Vd (n = 278)", "Vd (n = 287)"),
        ("candor-final-analysis", "15.8 months with Kd", "18.5 months with Kd"),
        ("candor-final-analysis", "found in 28% and 9%", "found in 28% and 19%"),
        ("candor-final-analysis", "odds ratio 4.22", "odds ratio 2.42"),
        ("cartitude-4-cilta-cel", "48.6% with standard care", "46.8% with standard care"),
        ("cartitude-4-cilta-cel", "occurred in 76.1%", "occurred in 67.1%"),
        ("cassiopeia-two-randomisations", "46.7 months", "47.6 months"),
        ("cassiopeia-two-randomisations", "157 patients (29%) with D-VTd", "175 patients (29%) with D-VTd"),
        ("cassiopeia-two-randomisations", "40.0 to not estimable", "44.0 to not estimable"),
        ("dreamm-7-belantamab-mafodotin", "71.3% (95% CI 65.3–76.8)", "71.3% (95% CI 63.5–76.8)"),
        ("dreamm-7-belantamab-mafodotin", "were 74% (95% CI 68–79)", "were 47% (95% CI 68–79)"),
        (
            "ikema-isatuximab-carfilzomib",
            "one-sided, nominal p value of 0.1836",
            "one-sided, nominal p value of 0.1386",
        ),
        ("ikema-isatuximab-carfilzomib", "with a 99% confidence interval", "with a 95% confidence interval"),
        ("magnetismm-3-elranatamab", "75 of 123 patients responded:", "75 of 132 patients responded:"),
        (
            "magnetismm-3-elranatamab",
            "and median overall survival (OS) 24.6",
            "and median overall survival (OS) 26.4",
        ),
        ("maia-final-survival-analysis", "53.1% of those given Rd", "51.3% of those given Rd"),
        ("maia-final-survival-analysis", "51.1% against 30.1%", "51.1% against 31.0%"),
        ("perseus-daratumumab-vrd", "was 84.3% with D-VRd", "was 83.4% with D-VRd"),
        ("pollux-overall-survival", "23.2% with", "32.2% with"),
        ("pollux-overall-survival", "17.5 months, a derived", "15.7 months, a derived"),
    ],
)
def test_swapped_digits_are_found(texts, name, right, wrong):
    written = re.compile(r"\s+".join(re.escape(word) for word in right.split()))
    text, facts = next((text, facts) for text, facts in reversed(texts[name]) if written.search(text))

    assert contradictions(written.sub(wrong, text, count=1), facts) != []
