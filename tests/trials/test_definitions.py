"""What defines an endpoint, apart from remarks about one analysis of it."""

import pytest

from tests.trials.compared import address, make_like
from tests.trials.factories import make_result, make_trial
from trials.comparability_of_rows import side_of
from trials.models import TrialEndpoint

pytestmark = pytest.mark.django_db
MEASURED = {"population": "itt", "assessor": "irc"}


def definition(detail, in_trial="", **fields):
    trial = make_trial(results=False)
    result = make_result(trial, detail=detail, **fields)
    TrialEndpoint.objects.filter(trial=trial).update(definition=in_trial)
    return side_of(trial, None, [result]).endpoints["Overall survival"].definition


def marked(reader, *slugs):
    page = reader.get(address(*slugs))
    (survival,) = [s for s in page.context["found"].sections if s.title == "Overall survival"]
    return [row.label for row in survival.rows if row.differs]


@pytest.mark.parametrize(
    "remark",
    [
        "No significant difference",
        "Interim analysis; medians not reached",
        "Interim analysis, confounded by crossover",
        "Updated at the final overall survival analysis",
        "As stated at the US approval, with a 95% confidence interval",
        "Primary endpoint of part 2",
    ],
)
def test_remarks_are_no_definition(remark):
    assert definition(remark) is None
    assert definition(f"Randomisation to death; {remark.lower()}") == "Randomisation to death"


@pytest.mark.parametrize(
    ("detail", "fields", "expected"),
    [
        ("Intention-to-treat population, independent review", MEASURED, None),
        ("Intention-to-treat population; no significant difference", MEASURED, None),
        ("Investigator assessment", {}, "Investigator assessment"),  # no other row would say it
        ("Next-generation sequencing, threshold 10^-5", {}, "Next-generation sequencing, threshold 10⁻⁵"),
        (
            "After consolidation, day 100 after transplant; primary endpoint of part 1",
            {},
            "After consolidation, day 100 after transplant",
        ),
        ("Death (from myeloma; or its treatment)", {}, "Death (from myeloma; or its treatment)"),
    ],
)
def test_definition_keeps_what_no_other_row_says(detail, fields, expected):
    assert definition(detail, **fields) == expected


def test_definition_of_trial_and_result_are_said_once():
    assert definition("threshold 10^-5, at least 12 months", "Threshold 10^-5.") == (
        "Threshold 10⁻⁵, at least 12 months"
    )


def test_remark_in_one_trial_marks_no_row_and_stays_readable(reader):
    make_like("first")
    other = make_like("other")
    other.results.update(detail="Randomisation to death; no significant difference")

    page = reader.get(address("first", "other"))

    assert marked(reader, "first", "other") == []
    assert "no significant difference" in page.content.decode()


@pytest.mark.parametrize(
    "detail", ["First dose to death", "Randomisation to death, in patients with t(4;14)", ""]
)
def test_another_definition_marks_its_row_and_the_figures(reader, detail):
    make_like("first")
    make_like("other").results.update(detail=detail)

    assert {"Definition", "Median, months"} <= set(marked(reader, "first", "other"))
