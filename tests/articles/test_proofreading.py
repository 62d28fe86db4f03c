"""Numbers in prose that contradict the rows of trials: named where they are wrong, left alone where they may be right."""

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from articles.proofreading import contradictions, contradictions_of
from articles.proofreading.facts import facts_of
from tests.factories import make_article
from tests.trials.factories import make_cut, make_result, make_trial
from trials.derive import redraw
from trials.models import Trial

pytestmark = pytest.mark.django_db  # so that there is a database to load the trials into

TRIALS = ["optimismm", "cartitude-4", "dreamm-7", "cassiopeia", "pollux", "maia pollux"]


@pytest.fixture(scope="module")
def facts(django_db_setup, django_db_blocker):
    """What the rows of the demonstration's trials say, by their slugs."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("import_trials", str(settings.BASE_DIR / "demo" / "trials"), verbosity=0)
        found = {slugs: facts_of(Trial.objects.filter(slug__in=slugs.split())) for slugs in TRIALS}
        transaction.set_rollback(True)
    return found


RIGHT = {
    "optimismm": [
        "PFS was longer (HR 0.61; 95% CI 0.49–0.77; p < 0.0001).",
        "The hazard ratio for PFS was 0.56 (95% CI 0.46 to 0.68).",
        "Overall survival did not differ (hazard ratio [HR], 0.94; p = 0.571).",
        "HR (95% CI) for OS, 0.94 (0.77–1.15).",
        "## Overall survival\n\nThe hazard ratio was 0.94 (95% CI 0.77–1.15).",
        "The hazard ratio for PFS was 0.6.",
        # p values that follow from the row
        "PFS was longer (p < 0.05).",
        "OS did not differ (p > 0.05).",
        # arms that the words leave open
        "Median PFS was 11.2 and 7.1 months with PVd and Vd, respectively.",
        "Compared with Vd, median PFS was longer (11.2 versus 7.1 months).",
        "Median PFS was prolonged from 7.1 to 11.2 months.",
        "The median PFS of PVd was 11.2 months, against 7.1 months.",
        "Median PFS was 11.2 months with pomalidomide, bortezomib and dexamethasone.",
        "PVd (n = 281) and Vd (n = 278) were compared.",
        # data cuts
        "PFS was 11.2 months (median) at the primary and 11.7 months at the final analysis with PVd.",
        "PFS at 15.9 months of follow-up: HR 0.61.",
        # of something else
        "In the subgroup of older patients the HR for PFS was 0.99.",
        "In the high-risk subgroup median PFS was 20 months, and the HR was 0.70.",
        "Among patients aged 75 or older, median OS was 20 months.",
        "At a median follow-up of 64.5 months with PVd, OS was reported.",
        "Median duration of treatment with PVd was 8.9 months.",
        "Median time to response was 0.9 months with PVd, and median PFS was 11.2 months.",
        "Median PFS was 4.1 months longer with PVd.",
        "Median PFS was 11.2 months with PVd, a derived difference of 4.1 months.",
        "The risk of progression or death was reduced by 39%.",
        "In ALCYONE the hazard ratio for PFS was 0.42.",
        "Neutropenia of grade 3 or 4 occurred in 131 patients with PVd, hypertension in 13 patients with PVd.",
        "After lenalidomide, 71% of patients with PVd were refractory; OS did not differ.",
        "Nothing is said of HR 0.99 here.",
        "| PFS | HR 0.99 |",
    ],
    "cartitude-4": [
        "At 12 months 75.9% of patients with cilta-cel were alive without progression.",
        "One-year PFS was 75.9%.",
        "The PFS rate at 24 months was 60%.",
        "Disease progression or death had occurred in 24.1% of patients.",
        "The overall response rate was 84.6% with cilta-cel and 67.3% with standard care.",
        "MRD negativity at 12 months was 70%.",
        "Median OS was not reached in either arm.",
        "CRS (grade 3 or 4, 2.8%) was frequent.",
    ],
    "dreamm-7": [
        "Median duration of response was 35.6 months with BVd and 17.8 months with DVd.",
        "Complete response plus MRD-negative status was seen in 25%.",
    ],
    "cassiopeia": [
        "157 (29%) of 543 patients in the D-VTd group had a stringent complete response (odds ratio 1·60).",
        "At the part 2 analysis, lymphopenia was seen in 16 of 440 patients with daratumumab.",
        "PFS from the second randomisation was 46.7 months at the median with observation (40.0–NE).",
    ],
    "pollux": [
        "Neutropenia (in 51.9% of the patients in the daratumumab group vs. 37.0% in the control group), "
        "and anemia (in 12.4% vs. 19.6%).",
    ],
    "maia pollux": [
        "The HR for PFS was 0.44 in POLLUX and 0.55 in MAIA.",
        "MAIA and POLLUX had HRs for OS of 0.67 and 0.73.",
        "The HR for OS was 0.73.",
    ],
}


@pytest.mark.parametrize(("trial", "prose"), [(trial, prose) for trial in RIGHT for prose in RIGHT[trial]])
def test_prose_that_can_be_right_is_left_alone(facts, trial, prose):
    assert [str(found) for found in contradictions(prose, facts[trial])] == []


WRONG = {
    "optimismm": [
        ("PFS was longer (HR 0.16).", "“0.16”", "0.61 or 0.56"),
        ("Overall survival: hazard ratio 0·49.", "“0.49”", "0.94"),
        ("PFS: HR 0.94.", "“0.94”", "0.61 or 0.56"),
        # intervals, however they are spelt
        ("PFS was longer (HR 0.61; 95% CI 0.49–0.78).", "“95% CI 0.49–0.78”", "0.49–0.77"),
        ("PFS was longer (HR 0.61; 95% CI 0.46–0.68).", "“95% CI 0.46–0.68”", "0.49–0.77"),
        ("PFS was longer (HR 0.61; 99% CI 0.49–0.77).", "“99% CI 0.49–0.77”", "(95%)"),
        ("OS did not differ: 95% confidence interval 0.94 to 0.99.", "0.94 to 0.99”", "0.77–1.15"),
        ("OS did not differ (95% CI, 0.94-0.99).", "“95% CI, 0.94-0.99”", "0.77–1.15"),
        ("OS did not differ, HR 0.94 (95% CI 0.94 to 0.99).", "“95% CI 0.94 to 0.99”", "0.77–1.15"),
        ("For OS, the confidence interval was 0.94–0.99.", "0.94–0.99”", "0.77–1.15"),
        ("Median PFS was 11.2 months (95% CI 6.96–13.73) with PVd.", "“95% CI 6.96–13.73”", "9.66–13.73"),
        # p values, as ranges
        ("PFS was longer (p = 0.03).", "“p = 0.03”", "p < 0.0001"),
        ("PFS was longer (p > 0.05).", "“p > 0.05”", "p < 0.0001"),
        ("OS did not differ (p = 0.157).", "“p = 0.157”", "p = 0.571"),
        ("OS was longer (p value below 0.05).", "below 0.05”", "p = 0.571"),
        # medians and arms, by any of their names
        ("Median PFS with PVd was 99 months.", "“99”", "11.2 or 11.7"),
        ("Median PFS was 99 months with PVd.", "“99”", "11.2 or 11.7"),
        ("Median PFS was 11.2 months in the control arm.", "“11.2”", "7.1 or 6.9"),
        ("The median PFS was 11.2 versus 9.1 months.", "“9.1”", "11.2 or 7.1"),
        ("Median OS was 36.5 months with pomalidomide, bortezomib and dexamethasone.", "“36.5”", "35.6"),
        # counts and sizes
        ("Grade 3–4 neutropenia affected 113 patients with PVd and 24 with Vd.", "“113”", "131"),
        ("Grade 3–4 neutropenia affected 131 patients with PVd and 42 with Vd.", "“42”", "24"),
        ("PVd (n = 218) was new.", "“218”", "281"),
        # data cuts
        ("At the primary analysis the hazard ratio for PFS was 0.56.", "“0.56”", "they have 0.61"),
        ("At 15.9 months of follow-up the HR for PFS was 0.56.", "“0.56”", "they have 0.61"),
        # clauses beside one that is passed over
        ("The difference was large; median PFS was 99 months with PVd.", "“99”", "11.2"),
        ("In a subgroup it was similar; overall survival had an HR of 0.49.", "“0.49”", "0.94"),
        ("Among all patients, the HR for OS was 0.49.", "“0.49”", "0.94"),
        ("Among the 281 patients with PVd, median OS was 53.6 months.", "“53.6”", "35.6"),
    ],
    "cartitude-4": [
        ("The PFS rate at 12 months was 99 %.", "“99”", "75.9 or 48.6"),
        ("One-year PFS was 99%.", "“99”", "75.9 or 48.6"),
        ("At 12 months 75.9% of patients with standard care were free of progression.", "“75.9”", "48.6"),
        ("The overall response rate was 48.6% with cilta-cel.", "“48.6”", "84.6"),
        ("ORR was 99 per cent with ciltacabtagene autoleucel.", "“99”", "84.6"),
        ("Median OS with cilta-cel was 37.7 months.", "“37.7”", "not reached"),
    ],
    "dreamm-7": [
        ("Median duration of response was 53.6 months with BVd.", "“53.6”", "35.6 or 40.8"),
        ("The difference in DOR is plain: 17.8 months at the median with BVd.", "“17.8”", "35.6 or 40.8"),
    ],
    "cassiopeia": [
        ("Stringent complete response: odds ratio 1.06.", "“1.06”", "1.6"),
        ("sCR: OR 1.60 (95% CI 1.12–2.12).", "“95% CI 1.12–2.12”", "1.21–2.12"),
        ("sCR was reached by 175 of 543 patients with D-VTd.", "“175”", "157"),
        ("sCR was seen in 157/453 with D-VTd.", "“453”", "543"),
    ],
    "maia pollux": [
        ("In MAIA the hazard ratio for OS was 0.73.", "“0.73”", "0.68 or 0.66 or 0.67"),
        ("The HR for PFS was 0.44 in MAIA.", "“0.44”", "0.55"),
        ("MAIA used D-Rd. The HR for OS was 0.73.", "“0.73”", "0.67"),
        ("## MAIA\n\nThe HR for OS was 0.73.", "“0.73”", "0.67"),
        ("In POLLUX, median PFS was 61.9 months with D-Rd.", "“61.9”", "not reached or 44.5"),
    ],
}


@pytest.mark.parametrize(
    ("trial", "prose", "written", "known"), [(trial, *case) for trial in WRONG for case in WRONG[trial]]
)
def test_wrong_number_is_named_with_what_the_rows_have(facts, trial, prose, written, known):
    (found,) = contradictions(prose, facts[trial])

    assert written in found.message
    assert known in found.message


def test_finding_names_the_line_of_its_number(facts):
    prose = "First.\n\n- **PFS:** median 11.2 months with PVd\n- OS: it was\n  longer (HR 0.49)\n\n| OS | HR 0.1 |"

    (found,) = contradictions(prose, facts["optimismm"])

    assert str(found).startswith("Line 5: “0.49”")


def test_article_is_held_against_the_trials_that_it_names_or_places(db):
    trial = make_trial(nct="NCT01734928")
    redraw(trial)
    prose = "OS was longer (HR 0.57) [@first; @second]."
    named = make_article(body=prose, trials=["NCT01734928"])
    placed = make_article(body=f"{prose}\n\n[[trial {trial.slug}]]")
    neither = make_article(body=prose)

    assert [len(contradictions_of(article)) for article in (named, placed, neither)] == [1, 1, 0]


def test_summary_and_key_points_are_read_as_well(db):
    make_trial(nct="NCT01734928")
    article = make_article(summary="OS was longer (HR 0.57).", trials=["NCT01734928"])
    article.key_points.create(text="Median OS with ABC was 53.6 months.", position=1)

    assert [str(found).split(":")[0] for found in contradictions_of(article)] == ["Summary", "Key point 1"]


def test_article_that_reports_one_cut_is_held_against_that_cut_and_those_named(db):
    trial = make_trial()
    final = make_cut(trial, code="final", label="Final analysis", position=9)
    make_result(trial, cut=final, comparison={"value": "0.81", "ci_lower": "0.66", "ci_upper": "0.99"})
    redraw(trial)
    reported = f"OS: HR 0.81 [@first; @second].\n\n[[trial {trial.slug} primary]]"

    assert len(contradictions_of(make_article(body=reported))) == 1
    for fine in (
        reported.replace("OS:", "At the final analysis of OS the result was:"),
        reported.replace(" primary]]", "]]"),
        reported.replace("primary", "final"),
    ):
        assert contradictions_of(make_article(body=fine)) == []


@pytest.mark.parametrize(
    "prose", ["\x00HR", "OS " + "(" * 900, "HR 0.1 " * 9000, "[[trial", "PFS at 99.9.9%", "p<.0 HR 1. CI –"]
)
def test_odd_prose_is_read_without_an_error(facts, prose):
    assert contradictions(prose, facts["optimismm"]) == []
