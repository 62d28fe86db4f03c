"""The list of trials: filters with counts, entries, and the landscape."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.trials.factories import (
    make_arm,
    make_cut,
    make_drug,
    make_publication,
    make_regimen,
    make_result,
    make_trial,
)
from trials.models import DrugClass


def names(response):
    return [entry.trial.acronym for entry in response.context["entries"]]


def counts(response, name):
    """The values of one filter with their counts."""
    found = next(f for f in response.context["filters"] if f["name"] == name)
    return {option["label"]: option["count"] for option in found["options"]}


def bare(acronym, **fields):
    return make_trial(acronym=acronym, complete=False, **fields)


def test_list_is_by_name_and_in_pages(reader):
    for number in range(14):
        bare(f"{'Noon' if number % 2 else 'NOON'}-{number:02}")

    assert names(reader.get("/trials/")) == [f"{'Noon' if n % 2 else 'NOON'}-{n:02}" for n in range(12)]
    assert names(reader.get("/trials/?page=2")) == ["NOON-12", "Noon-13"]


def test_entry_shows_setting_phase_arms_size_and_newest_cut(reader):
    trial = make_trial(acronym="NOON", n_enrolled=398)
    make_cut(trial, label="Final analysis", median_follow_up=None, by_arm={"abc": "64.5", "bc": "60"})

    page = " ".join(
        re.sub("<[^>]+>", "", reader.get("/trials/").content.decode()).replace("&nbsp;", " ").split()
    )

    for expected in (
        "NOON",
        "Relapsed or refractory",
        "prior lines: 1 to 3",
        "Phase III",
        "n = 200",
        "398 patients",
        "Final analysis, follow-up 64.5 months (ABC) and 60 months (BC)",
    ):
        assert expected in page
    assert "Primary analysis" not in page


@pytest.mark.parametrize(
    ("least", "most", "lines"),
    [
        (0, 0, {"first"}),
        (0, None, {"first", "1", "2-3", "4-or-more"}),
        (1, 3, {"1", "2-3"}),
        (2, None, {"2-3", "4-or-more"}),
        (2, 4, {"2-3", "4-or-more"}),
        (None, 1, {"first", "1"}),
        (None, None, {"not-stated"}),
    ],
)
def test_trial_is_in_every_line_that_its_limits_overlap(reader, least, most, lines):
    bare("NOON", prior_lines_min=least, prior_lines_max=most)

    found = {
        line
        for line in ("first", "1", "2-3", "4-or-more", "not-stated")
        if names(reader.get(f"/trials/?line={line}"))
    }
    drawn = [
        place.line
        for _, places in reader.get("/trials/").context["landscape"]
        for place in places
        if place.count
    ]

    assert found == lines
    assert set(drawn) == lines


def test_each_filter_narrows_the_list(reader):
    drug = make_drug("Drugimab", slug="drugimab", drug_class=DrugClass.objects.create(name="Antibody"))
    trial = make_trial(acronym="NOON", setting="NDMM", phase="II", prior_lines_min=0, prior_lines_max=0)
    make_arm(trial, drugs=[drug], regimen=make_regimen("DRd", [drug]))
    make_publication(trial, year=2019)
    make_result(trial, endpoint="pfs")
    bare("OTHER")

    for query in (
        "setting=NDMM",
        "line=first",
        "phase=II",
        "drug_class=Antibody",
        "drug=drugimab",
        "regimen=DRd",
        "endpoint=pfs",
        "year=2019",
        "q=drugimab",
    ):
        assert names(reader.get(f"/trials/?{query}")) == ["NOON"], query


def test_year_is_that_of_the_first_publication(reader):
    trial = make_trial(acronym="NOON")
    make_publication(trial, year=2019)

    assert names(reader.get("/trials/?year=2023")) == []
    assert counts(reader.get("/trials/"), "year") == {"2019": 1}


def test_counts_are_over_the_other_filters(reader):
    bare("A", setting="NDMM", phase="III", prior_lines_min=0, prior_lines_max=0)
    bare("B", setting="RRMM", phase="III")
    bare("C", setting="RRMM", phase="II")

    response = reader.get("/trials/?setting=RRMM&phase=II")

    assert names(response) == ["C"]
    assert counts(response, "setting") == {"Relapsed or refractory": 1}
    assert counts(response, "phase") == {"Phase II": 1, "Phase III": 1}
    assert counts(response, "line") == {"1 prior line": 1, "2 or 3 prior lines": 1}


def test_several_values_of_one_filter_mean_any_and_count_each_trial_once(reader):
    one, other = make_drug("One", slug="one"), make_drug("Other", slug="other")
    both = bare("BOTH")
    make_arm(both, drugs=[one, other])
    make_arm(both, drugs=[one])
    make_arm(bare("ONE"), drugs=[one])
    bare("NEITHER")

    response = reader.get("/trials/?drug=one&drug=other")

    assert names(response) == ["BOTH", "ONE"]
    assert counts(response, "drug") == {"One": 2, "Other": 1}


@pytest.mark.parametrize(
    "query",
    [
        "setting=XX",
        "line=5",
        "phase=V",
        "drug_class=nothing",
        "drug=nothing",
        "regimen=nothing",
        "endpoint=nothing",
        "year=1950",
        "page=0",
        "page=x",
        "q=" + "x" * 201,
    ],
)
def test_unknown_value_gets_a_clear_400(reader, query):
    make_trial()

    assert reader.get(f"/trials/?{query}").status_code == 400


def test_page_past_the_end_is_not_found(reader):
    assert reader.get("/trials/?page=2").status_code == 404


def test_list_that_nothing_fits_says_so_and_offers_a_way_on(reader):
    make_trial(acronym="NOON")

    page = reader.get("/trials/?q=midnight").content.decode()

    assert "No trial fits all of these filters." in page
    assert '<a href="/trials/">Look at all trials</a>' in page


@pytest.mark.parametrize("length", [1, 12])
def test_list_needs_the_same_queries_for_any_length(reader, settings, length):
    settings.ACCOUNT_RATE_LIMITS = False  # counted in the cache, which need not be the database
    for _ in range(length):
        trial = make_trial()
        make_arm(trial, drugs=[make_drug(), make_drug()], regimen=make_regimen())
        make_cut(trial, median_follow_up=None, by_arm={"abc": "12.0"})

    with CaptureQueriesContext(connection) as queries:
        response = reader.get("/trials/?setting=RRMM&line=1")

    assert len(names(response)) == length
    assert len(queries) == 27


@pytest.mark.parametrize("query", ["", "&year=2023" * 60, "&year=1" * 60], ids=["none", "known", "unknown"])
def test_years_are_looked_up_once_whatever_the_address_repeats(reader, query):
    make_trial()

    with CaptureQueriesContext(connection) as queries:
        reader.get(f"/trials/?setting=RRMM{query}")

    assert sum('DISTINCT "trials_publication"."year"' in query["sql"] for query in queries) == 1


def test_trials_are_marked_for_comparison_without_script(reader):
    make_trial(slug="noon")

    page = reader.get("/trials/").content.decode()

    assert '<form class="compare-form" action="/trials/compare/">' in page
    assert '<input type="checkbox" name="trial" value="noon">' in page


def test_landscape_counts_by_line_and_setting_and_links_into_the_list(reader):
    bare("FIRST", setting="NDMM", prior_lines_min=0, prior_lines_max=0)
    bare("LATER", setting="RRMM")

    response = reader.get("/trials/?phase=III")

    drawn = {
        (line, place.setting): [trial["acronym"] for trial in place.trials]
        for line, places in response.context["landscape"]
        for place in places
    }
    assert drawn == {
        ("First line", "NDMM"): ["FIRST"],
        ("First line", "RRMM"): [],
        ("1 prior line", "NDMM"): [],
        ("1 prior line", "RRMM"): ["LATER"],
        ("2 or 3 prior lines", "NDMM"): [],
        ("2 or 3 prior lines", "RRMM"): ["LATER"],
    }
    assert 'href="?phase=III&amp;setting=NDMM&amp;line=first"' in response.content.decode()


def test_landscape_keeps_the_other_filters_and_forgets_its_own(reader):
    bare("FIRST", setting="NDMM", phase="II", prior_lines_min=0, prior_lines_max=0)
    bare("LATER", setting="RRMM", phase="III")

    response = reader.get("/trials/?phase=III&setting=NDMM&line=first")

    shown = [t["acronym"] for _, places in response.context["landscape"] for p in places for t in p.trials]
    assert set(shown) == {"LATER"}


def test_landscape_names_twelve_trials_of_a_place_and_counts_the_rest(reader):
    for number in range(14):
        bare(f"NOON-{number:02}", prior_lines_min=1, prior_lines_max=1)

    response = reader.get("/trials/")

    place = next(p for _, places in response.context["landscape"] for p in places if p.count)
    assert (place.count, len(place.trials), place.more) == (14, 12, 2)
    assert "and 2 more" in response.content.decode()


def test_regimen_that_doctors_could_choose_counts_and_finds_its_trials_once(reader):
    pvd, kd = make_regimen("PVd"), make_regimen("Kd")
    by_choice, given, both = bare("CHOICE"), bare("GIVEN"), bare("BOTH")
    make_arm(by_choice, options=[pvd, kd])
    make_arm(given, regimen=pvd)
    make_arm(both, regimen=pvd)
    make_arm(both, options=[pvd])

    response = reader.get("/trials/?regimen=PVd")

    assert names(response) == ["BOTH", "CHOICE", "GIVEN"]
    assert counts(response, "regimen") == {"PVd": 3, "Kd": 1}
    assert names(reader.get("/trials/?regimen=Kd")) == ["CHOICE"]


def test_drugs_classes_and_endpoints_count_each_published_trial_once(reader):
    drug = make_drug(name="Drugimab", drug_class=DrugClass.objects.create(name="Antibody", code="AB"))
    trial = make_trial(acronym="NOON")
    for arm in trial.arms.all():
        arm.drugs.add(drug)
    make_result(trial)
    make_arm(make_trial(acronym="HIDDEN", is_published=False), drugs=[drug])

    response = reader.get("/trials/")

    assert counts(response, "drug") == {"Drugimab": 1}
    assert counts(response, "drug_class") == {"Antibody": 1}
    assert counts(response, "endpoint") == {"OS (Overall survival)": 1}


def test_entry_names_the_randomisations_of_its_arms(reader):
    trial = bare("TWICE")
    for code, stage in (("abc", 1), ("bc", 1), ("keep", 2), ("watch", 2)):
        make_arm(trial, code=code, randomisation=stage, n=None)

    page = " ".join(re.sub("<[^>]+>", " ", reader.get("/trials/").content.decode()).split())

    assert "First randomisation: ABC BC Second randomisation: KEEP WATCH" in page
