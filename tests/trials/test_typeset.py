"""Texts of trials as readers see them: dashes in ranges, and nothing parted that belongs together."""

import pytest

from tests.trials.factories import make_result, make_trial
from trials.printing import typeset
from trials.templatetags.typeset import unbroken


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("after 1-3 prior lines", "after 1–3 prior lines"),
        ("ECOG performance status 0-2.", "ECOG performance status 0–2."),
        ("pages 1378-1390", "pages 1378–1390"),
        ("threshold 10^-5", "threshold 10⁻⁵"),
        ("5%-10%, 0.5-1.25", "5%–10%, 0.5–1.25"),
    ],
)
def test_ranges_get_a_dash(typed, printed):
    assert typeset(typed) == printed


@pytest.mark.parametrize(
    "text",
    [
        "NCT01734928",
        "2018-002992-16",
        "2023-09-28",
        "28-09-2023",
        "10.1016/S1470-2045(19)30152-5",
        "10.1056/12-34",
        "DREAMM-7",
        "MM-007",
        "t(4;14)",
        "beta-2 microglobulin",
        "12-month follow-up",
    ],
)
def test_numbers_of_other_kinds_stay(text):
    assert typeset(text) == text


def whole(text):
    return f'<span class="nowrap">{text}</span>'


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("95% CI 0.45–0.79", f"95% CI {whole('0.45–0.79')}"),
        ("95% CI 41.0 to not reached", "95% CI 41.0 to not reached"),
        ("0-2.", whole("0–2.")),
        ("and DREAMM-7, CARTITUDE-4", f"and {whole('DREAMM-7')}, {whole('CARTITUDE-4')}"),
        ("2018-002992-16", "2018-002992-16"),
        ("<b>1-3</b> & more", f"&lt;b&gt;{whole('1–3')}&lt;/b&gt; &amp; more"),
        ("", ""),
    ],
)
def test_intervals_and_names_stay_on_one_line(text, html):
    assert unbroken(text) == html


@pytest.mark.django_db
def test_pages_set_what_editors_typed(reader):
    trial = make_trial(key_criteria="After 1-3 lines", results=False)
    make_result(trial, note="In <5-10% of patients")

    html = reader.get(trial.get_absolute_url()).content.decode()

    assert f"After {whole('1–3')} lines" in html
    assert f"In &lt;{whole('5–10%')} of patients" in html


@pytest.mark.django_db
def test_what_population_and_assessor_say_is_not_said_twice(reader):
    trial = make_trial(results=False)
    make_result(
        trial,
        population="itt",
        assessor="irc",
        detail="Intention-to-treat population, independent review; no significant difference",
    )
    make_result(trial, endpoint="pfs", assessor="irc", detail="Investigator assessment")

    html = reader.get(trial.get_absolute_url()).content.decode()

    assert "Intention to treat. Independent review. No significant difference." in html
    assert "Independent review. Investigator assessment." in html  # a contradiction is not hidden
