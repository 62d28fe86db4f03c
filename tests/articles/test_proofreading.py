"""Numbers in prose that contradict the rows: found where they are planted, and nowhere else."""

from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from articles.proofreading import Row, contradictions, contradictions_of
from tests.factories import make_article
from tests.trials.factories import make_trial

D = Decimal
PRIMARY = Row(
    trial="OPTIMISMM",
    endpoint="PFS",
    aliases=frozenset({"pfs", "progression-free survival"}),
    cut="Primary analysis",
    hazard_ratio=D("0.61"),
    interval=(D("95"), D("0.49"), D("0.77")),
    p=("<", D("0.0001")),
    medians={"pvd": D("11.2"), "vd": D("7.1")},
)
FINAL = Row(
    trial="OPTIMISMM",
    endpoint="PFS",
    aliases=PRIMARY.aliases,
    cut="Final overall survival analysis",
    hazard_ratio=D("0.56"),
    interval=(D("95"), D("0.46"), D("0.68")),
    medians={"pvd": D("11.7"), "vd": D("6.9")},
)
SURVIVAL = Row(
    trial="OPTIMISMM",
    endpoint="OS",
    aliases=frozenset({"os", "overall survival"}),
    cut="Final overall survival analysis",
    hazard_ratio=D("0.94"),
    interval=(D("95"), D("0.77"), D("1.15")),
    p=("=", D("0.571")),
    medians={"pvd": D("35.6"), "vd": D("31.6")},
)
ROWS = [PRIMARY, FINAL, SURVIVAL]


@pytest.mark.parametrize(
    "prose",
    [
        "PFS was longer (HR 0.61; 95% CI 0.49–0.77; p < 0.0001).",
        "The hazard ratio for PFS was 0.56 (95% CI 0.46 to 0.68).",
        "Overall survival did not differ (hazard ratio [HR], 0.94; p = 0.571).",
        "## Overall survival\n\nThe hazard ratio was 0.94 (95% CI 0.77–1.15).",
        "Median PFS was 11.2 months with PVd and 7.1 months with Vd.",
        "The hazard ratio for PFS was 0.6.",
        "In the subgroup of older patients the HR for PFS was 0.99.",
        "At a median follow-up of 64.5 months with PVd, OS was reported.",
        "PFS2 favoured PVd (HR 0.77).",
        "| PFS | HR 0.99 |",
        "Nothing is said of HR 0.99 here.",
    ],
)
def test_prose_that_the_rows_bear_out_is_left_alone(prose):
    assert contradictions(prose, ROWS) == []


@pytest.mark.parametrize(
    ("prose", "line", "said"),
    [
        ("PFS was longer (HR 0.16).", 1, "0.56 or 0.61"),
        ("PFS was longer (HR 0.61; 95% CI 0.49–0.78).", 1, "0.49–0.77"),
        ("Overall survival did not differ (HR 0.94; p = 0.157).", 1, "0.571"),
        ("First.\n\n## Overall survival\n\nThe hazard ratio was 0.49.", 5, "0.94"),
        ("First line.\nMedian PFS was 12.1 months with PVd.", 2, "11.2 or 11.7"),
        ("Median PFS was 11.2 months with Vd.", 1, "6.9 or 7.1"),
        ("At the primary analysis the hazard ratio for PFS was 0.56.", 1, "they have 0.61"),
        ("PFS: HR 0.94.", 1, "0.56 or 0.61"),
    ],
)
def test_planted_mistake_is_named_with_its_line_and_what_the_rows_say(prose, line, said):
    (problem,) = contradictions(prose, ROWS)

    assert problem.line == line
    assert said in problem.message


def test_article_is_held_against_the_trials_that_it_names(db):
    trial = make_trial(nct="NCT01734928")
    endpoint = trial.results.get().endpoint.abbreviation
    body = f"{endpoint} was longer (HR 0.57) [@first; @second]."
    named, unnamed = make_article(body=body, trials=["NCT01734928"]), make_article(body=body)

    assert [p.line for p in contradictions_of(named)] == [1]
    assert contradictions_of(unnamed) == []


def test_demonstration_articles_agree_with_the_demonstration_trials(db):
    call_command("import_trials", str(settings.BASE_DIR / "demo" / "trials"), verbosity=0)

    for file in sorted(Path(settings.BASE_DIR / "demo" / "articles").glob("*.md")):
        _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
        article = make_article(trials=yaml.safe_load(front)["trials"])
        article.body = body
        assert [str(problem) for problem in contradictions_of(article)] == [], file.name
