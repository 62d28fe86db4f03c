"""The page of a trial: what a clinician finds there, and what stands before it."""

import re
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import make_article
from tests.trials.factories import (
    make_arm,
    make_cut,
    make_drug,
    make_observation,
    make_publication,
    make_result,
    make_trial,
)
from trials.models import TrialIdentifier


def page_of(client, trial):
    """The page as text: tags and runs of white space away, non-breaking spaces plain."""
    return text_of(client.get(f"/trials/{trial.slug}/").content.decode())


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).replace("\xa0", " ").split())


def test_trial_page_says_what_was_asked_in_whom_and_who_paid(reader):
    trial = make_trial(
        acronym="NOON",
        title="Drug A at noon",
        nct="NCT01734928",
        blinding="double-blind",
        control="placebo",
        allocation_ratio="2:1",
        transplant="ineligible",
        prior_lines_min=2,
        prior_lines_max=None,
        sponsor="Noon Institute",
        sponsor_partner="Evening Ltd",
        n_enrolled=398,
    )

    page = page_of(reader, trial)

    for expected in (
        "NOON",
        "Drug A at noon",
        "Phase III",
        "Randomised 2:1",
        "Double blind",
        "Placebo",
        "398 randomised",
        "Relapsed or refractory",
        "At least 2",
        "Not eligible for transplantation",
        "Adults with one to three prior lines.",
        "Noon Institute; Evening Ltd (not confirmed by a source)",
        "NCT01734928",
    ):
        assert expected in page


@pytest.mark.parametrize(
    ("least", "most", "words"),
    [
        (0, 0, "None (first line)"),
        (1, 3, "1 to 3"),
        (2, 2, "2"),
        (1, None, "At least 1"),
        (None, 3, "At most 3"),
        (None, None, "Not stated"),
    ],
)
def test_prior_lines_are_said_in_words(reader, least, most, words):
    trial = make_trial(prior_lines_min=least, prior_lines_max=most)

    assert f"Prior lines {words} Key criteria" in page_of(reader, trial)


@pytest.mark.parametrize(
    ("registry", "number", "address"),
    [
        ("nct", "NCT09999999", "https://clinicaltrials.gov/study/NCT09999999"),
        (
            "eudract",
            "2018-002992-16",
            "https://www.clinicaltrialsregister.eu/ctr-search/search?query=eudract_number:2018-002992-16",
        ),
        ("euct", "2022-501234-12", "https://euclinicaltrials.eu/ctis-public/view/2022-501234-12-00"),
        ("isrctn", "ISRCTN12345678", "https://www.isrctn.com/ISRCTN12345678"),
    ],
)
def test_each_registry_number_links_to_its_registry(reader, registry, number, address):
    trial = make_trial(nct="")
    TrialIdentifier.objects.create(trial=trial, registry=registry, number=number)

    assert f'href="{address}"' in reader.get(f"/trials/{trial.slug}/").content.decode()


def test_arms_are_listed_with_their_drugs(reader):
    trial = make_trial()
    make_arm(trial, code="third", n=None, drugs=[make_drug("Drugimab", slug="drugimab")])

    html = reader.get(f"/trials/{trial.slug}/").content.decode()

    assert '<a href="/treatments/drugimab/">Drugimab</a>' in html
    assert "THIRD not reported Experimental Treatment third Drugimab" in text_of(html)


def test_result_is_printed_with_its_own_digits_level_sides_and_source(reader):
    trial = make_trial(results=False)
    make_result(
        trial,
        values={
            "abc": {"value": "35.60", "ci_level": "98.5", "ci_lower": "31.0", "ci_upper": "39"},
            "bc": "31",
        },
        comparison={"value": "0.60", "ci_level": "99", "p_relation": "<", "p_value": "0.0010", "p_sides": 1},
        population="itt",
        assessor="irc",
    )

    page = page_of(reader, trial)

    assert "35.60 98.5% CI 31.0–39" in page
    assert "HR 0.60 99% CI 0.60–0.94 p < 0.0010 one-sided" in page
    assert "Intention to treat. Independent review. Example et al. 2023" in page


def test_the_three_words_for_a_missing_number_are_three(reader):
    trial = make_trial(results=False)
    make_arm(trial, code="third")
    make_arm(trial, code="fourth")
    open_above = {"value": "20", "ci_level": "95", "ci_lower": "18.0", "ci_upper_status": "not_estimable"}
    make_result(
        trial, values={"abc": "not_reached", "bc": "not_estimable", "third": open_above}, comparison=None
    )

    page = page_of(reader, trial)

    assert "Median, months not reached not estimable 20 95% CI 18.0 to not estimable not reported" in page


def test_rates_name_their_time_and_responses_their_patients(reader):
    trial = make_trial(results=False)
    make_result(trial, measure="event_free_rate", timepoint="18", values={"abc": "80.5"}, comparison=None)
    counted = {"value": "52.5", "n": 105, "n_analysed": 200}
    make_result(trial, endpoint="orr", measure="response_rate", values={"abc": counted}, comparison=None)

    page = page_of(reader, trial)

    assert "At 18 months, % 80.5 not reported" in page
    assert "% of patients 52.5 105 of 200 not reported" in page


def test_share_that_only_counts_give_is_labelled_derived(reader):
    trial = make_trial(results=False)
    counted = {"status": "not_reported", "value": None, "n": 50, "n_analysed": 200}
    make_result(trial, endpoint="orr", measure="response_rate", values={"abc": counted}, comparison=None)

    assert "% of patients 25.0 derived 50 of 200" in page_of(reader, trial)


def test_absolute_difference_stands_beside_the_effect_and_is_labelled_derived(reader):
    trial = make_trial()

    page = page_of(reader, trial)

    assert "Difference derived" in page
    assert "p = 0.012 two-sided +4.4 months" in page


@pytest.mark.parametrize("measure", ["median_time", "event_free_rate"])
def test_no_difference_is_derived_among_responders_alone(reader, measure):
    trial = make_trial(results=False)
    timepoint = "12" if measure == "event_free_rate" else None
    values = {"abc": "42.2", "bc": "20.4"}
    make_result(trial, endpoint="dor", measure=measure, timepoint=timepoint, values=values, comparison=None)

    html = reader.get(f"/trials/{trial.slug}/").content.decode()

    assert "42.2" in html
    assert "21.8" not in html
    assert "derived by us; no interval is known for it" in html


def test_no_difference_is_derived_from_a_median_that_was_not_reached(reader):
    trial = make_trial(results=False)
    make_result(trial, values={"abc": "not_reached", "bc": "31.2"})

    assert "Difference derived" not in page_of(reader, trial)


def test_newest_cut_comes_first_and_older_ones_are_folded_below(reader):
    trial = make_trial()
    newer = make_cut(trial, label="Final analysis", cutoff="2022-05-13", by_arm={"abc": "64.5", "bc": "60"})
    newer.median_follow_up = None
    newer.save()
    make_result(trial, endpoint="pfs", cut=newer)

    html = reader.get(f"/trials/{trial.slug}/").content.decode()

    page = text_of(html)
    assert (
        "Final analysis Data cut-off 13 May 2022. Median follow-up 64.5 months (ABC) and 60 months (BC)."
        in page
    )
    assert html.index("Final analysis</h3>") < html.index('<details class="trial__fold">')
    assert "Primary analysis Median follow-up 24.0 months. OS." in page


def test_older_cut_stands_open_if_only_it_reports_a_primary_endpoint(reader):
    trial = make_trial()
    make_result(trial, endpoint="pfs", cut=make_cut(trial), role="secondary")

    html = reader.get(f"/trials/{trial.slug}/").content.decode()

    assert '<details class="trial__fold" open>' in html
    assert html.index("Primary endpoint</h2>") < html.index("What was asked</h2>")


def test_each_randomisation_has_a_table_of_its_own_arms(reader):
    trial = make_trial()
    make_arm(trial, code="keep", randomisation=2)
    make_arm(trial, code="watch", randomisation=2)
    make_result(
        trial,
        endpoint="pfs",
        values={"keep": "12.0", "watch": "8.0"},
        comparison={"arm": "keep", "versus": "watch"},
    )

    tables = reader.get(f"/trials/{trial.slug}/").context["page"].newest.tables

    assert [(table.stage, [str(arm) for arm in table.arms]) for table in tables] == [
        ("first randomisation", ["ABC", "BC"]),
        ("second randomisation", ["KEEP", "WATCH"]),
    ]


def test_safety_is_shown_per_100_patients_and_a_bare_count_stays_a_count(reader):
    trial = make_trial()
    make_observation(trial)
    make_observation(trial, {"abc": {"n": 131}, "bc": {"value": "9.5", "n": 19}}, name="Anaemia", grade=">=3")
    make_observation(trial, {"abc": "7.1"}, name="Death", grade="5", unit="events_per_100_patient_years")

    page = page_of(reader, trial)

    assert "Neutropenia Grade 3–4, per 100 patients 42 15" in page
    assert (
        "Anaemia Grade 3 or higher, per 100 patients percentage not reported 131 patients 9.5 19 patients"
        in page
    )
    assert "Death Grade 5, events per 100 patient-years 7.1 not reported" in page


def test_baseline_and_exposure_have_tables(reader):
    trial = make_trial()
    make_observation(trial, {"abc": "71", "bc": "69"}, kind="baseline", name="Refractory", grade="")
    make_observation(
        trial, {"abc": "76.3", "bc": "38.8"}, kind="exposure", name="Mean duration", grade="", unit="weeks"
    )

    page = page_of(reader, trial)

    assert "Refractory % 71 69" in page
    assert "Mean duration Weeks 76.3 38.8" in page


def test_publications_link_to_doi_and_pubmed_and_each_result_to_its_publication(reader):
    trial = make_trial()
    make_publication(trial, code="second", doi="10.1000/noon", pmid="31097405")

    html = reader.get(f"/trials/{trial.slug}/").content.decode()

    assert 'href="https://doi.org/10.1000/noon"' in html
    assert 'href="https://pubmed.ncbi.nlm.nih.gov/31097405/"' in html
    assert 'href="#publication-first-report"' in html
    assert 'id="publication-first-report"' in html


def test_trial_page_names_the_articles_about_it_and_no_hidden_ones(reader):
    trial = make_trial(nct="NCT01734928")
    make_article(title="About noon", trials=["NCT01734928"])
    make_article(title="Still a draft", trials=["NCT01734928"], status="draft")
    make_article(title="About something else", trials=["NCT00000001"])

    html = reader.get(f"/trials/{trial.slug}/").content.decode()

    assert "About noon" in html
    assert "Still a draft" not in html
    assert "About something else" not in html


def test_trial_page_leads_on_to_the_comparison(reader):
    trial = make_trial(slug="noon")

    assert 'href="/trials/compare/?trial=noon"' in reader.get(trial.get_absolute_url()).content.decode()


@pytest.mark.parametrize("number", ["NCT01734928", "nct01734928", "Nct01734928"])
def test_registry_number_leads_to_the_page_for_good(reader, number):
    make_trial(slug="noon", nct="NCT01734928")

    response = reader.get(f"/trials/{number}/")

    assert (response.status_code, response["Location"]) == (301, "/trials/noon/")


@pytest.mark.parametrize("path", ["/trials/nothing/", "/trials/NCT00000000/"])
@pytest.mark.parametrize("who", ["reader", "visitor"])
def test_unknown_trial_is_not_found(request, db, path, who):
    assert request.getfixturevalue(who).get(path).status_code == 404


def test_gate_shows_name_title_and_number_and_nothing_else_of_a_trial(visitor, db):
    trial = make_trial(acronym="NOON", title="Drug A at noon", nct="NCT01734928", slug="noon")

    for path in ("/trials/noon/", "/trials/nct01734928/"):
        page = visitor.get(path).content.decode()

        assert "NOON: Drug A at noon (NCT01734928)" in page
        assert '<link rel="canonical" href="http' in page
        assert "/trials/noon/" in page
        for hidden in (
            "35.6",
            "Overall survival",
            trial.sponsor,
            trial.key_criteria,
            "Example et al.",
            "ABC",
        ):
            assert hidden not in page


def test_gate_shows_no_trial_where_the_hub_keeps_everything_back(visitor, db, settings):
    settings.GATE_TEASER = False
    make_trial(acronym="NOON", slug="noon")

    response = visitor.get("/trials/noon/")

    assert "NOON" not in response.content.decode()
    assert response["X-Robots-Tag"] == "noindex"


@pytest.mark.parametrize("path", ["/trials/", "/trials/?drug=x"])
def test_list_of_trials_is_for_professionals(visitor, db, path):
    make_trial(acronym="NOON")

    assert "NOON" not in visitor.get(path).content.decode()


@pytest.mark.parametrize(("is_public", "is_listed"), [(True, True), (False, False)])
def test_sitemap_lists_trials_where_the_gate_may_name_them(visitor, db, settings, is_public, is_listed):
    settings.GATE_TEASER = is_public
    make_trial(slug="noon")

    assert (b"/trials/noon/" in visitor.get("/sitemap.xml").content) is is_listed


@pytest.mark.parametrize("who", ["reader", "member"])
@pytest.mark.parametrize("times", [1, 12], ids=["small", "large"])
def test_trial_page_needs_at_most_12_queries_however_much_was_found(request, db, who, times):
    client = request.getfixturevalue(who)
    trial = make_trial(slug="noon", nct="NCT01734928")
    for number in range(times):
        publication = make_publication(trial)
        cut = make_cut(trial, by_arm={"abc": "12.0", "bc": "11.0"})
        arm = make_arm(trial, drugs=[make_drug(), make_drug()])
        make_result(trial, cut=cut, publication=publication, values={"abc": "9", arm.code: "8", "bc": "7"})
        make_result(trial, endpoint="pfs", cut=cut, values={"abc": "not_reached"}, comparison=None)
        make_observation(trial, data_cut=cut, publication=publication)
        make_observation(trial, kind="baseline", grade="")
        make_article(title=f"About noon {number}", trials=["NCT01734928"])

    with CaptureQueriesContext(connection) as queries:
        response = client.get("/trials/noon/")

    assert f"About noon {times - 1}" in response.content.decode()
    assert len(queries) <= 12


@pytest.mark.parametrize(
    ("sources", "is_confirmed", "is_told"),
    [(["page"], False, True), (["page"], True, False), ([], False, False), ([], True, False)],
)
def test_figure_that_was_sought_in_vain_is_told(reader, sources, is_confirmed, is_told):
    trial = make_trial(results=False)
    seen = {"source_codes": sources, "is_confirmed": is_confirmed}
    make_result(trial, **seen)
    make_observation(trial, **seen)

    page = reader.get(f"/trials/{trial.slug}/").content.decode()

    assert page.count("Not found in the sources that were consulted") == (2 if is_told else 0)


def test_trial_without_anything_around_it_has_a_page(reader):
    trial = make_trial(complete=False, allocation_ratio="", sponsor="", key_criteria="")

    assert reader.get(trial.get_absolute_url()).status_code == 200
