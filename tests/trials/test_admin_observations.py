"""What is odd about baseline, exposure or safety asks for a reason; and sources, which figures name."""

import pytest

from tests.forms import errors_of, filled
from tests.trials import factories
from tests.trials.admin_steps import by_arm, errors_by_arm, explain, page_of, problems, reason_fields, save
from trials.models import Observation, Source, Waiver


@pytest.fixture
def trial(db):
    return factories.make_trial()


@pytest.fixture
def odd(trial):
    """Safety of which count and share do not fit the arm."""
    return factories.make_observation(trial, values={"abc": {"value": "5.0", "n": 100}, "bc": "15"})


def adding(trial):
    return f"/admin/trials/observation/add/?cut={trial.data_cuts.get().pk}"


def typed(trial, **columns):
    return {
        "kind": "safety",
        "name": "Infections",
        "unit": "percent",
        "publication": str(trial.publications.get().pk),
    } | by_arm(trial, **columns)


def test_odd_share_asks_for_a_reason_which_is_kept_with_its_giver(editor, trial):
    changes = typed(trial, abc={"value": "5.0", "n": "100"})
    refused = editor.post(adding(trial), filled(editor.get(adding(trial)), **changes))
    assert "do not fit" in refused.content.decode()
    [asked] = reason_fields(refused)
    assert set(errors_of(refused)) == {"__all__", asked}
    assert filled(refused)["name"] == ["Infections"]
    assert not Observation.objects.exists()

    stored = editor.post(adding(trial), filled(refused, **{asked: "Of those treated."}))

    assert stored.status_code == 302, problems(stored)
    waiver = Waiver.objects.get()
    assert (waiver.observation.name, waiver.result) == ("Infections", None)
    assert (waiver.check_code, waiver.reason) == ("percent-of-arm", "Of those treated.")
    assert waiver.given_by == editor.user.email
    page = editor.get(page_of(waiver.observation))
    assert filled(page)[reason_fields(page)[0]] == ["Of those treated."]
    listed = editor.get(page_of(trial)).content.decode()
    assert "Oddity, explained" in listed
    assert "Of those treated." in listed


@pytest.mark.parametrize("reason", ["", "   ", "\0", "x" * 2001])
def test_reason_that_says_nothing_is_none(editor, odd, reason):
    [asked] = reason_fields(editor.get(page_of(odd)))

    response = editor.post(page_of(odd), filled(editor.get(page_of(odd)), **{asked: reason}))

    assert asked in errors_of(response)
    assert not Waiver.objects.exists()


def test_reason_is_superseded_when_nothing_is_odd_any_more(editor, trial, odd):
    explain(editor, page_of(odd), "As printed.")

    save(editor, page_of(odd), **by_arm(trial, abc={"value": "50.0"}))

    assert not Waiver.objects.standing().exists()
    assert Waiver.objects.get().reason == "As printed."


def test_reason_for_what_is_not_odd_is_not_stored(editor, trial):
    save(
        editor,
        adding(trial),
        **typed(trial, abc={"value": "42"}),
        **{"reason-percent-of-arm-0123456789ab": "Why?"},
    )

    assert not Waiver.objects.exists()


def test_trial_lists_the_oddity_with_a_link_and_reasons_without_one(editor, trial, odd):
    page = editor.get(page_of(trial)).content.decode()
    assert "Oddity, needs a reason" in page
    assert page.count(f'href="{page_of(odd)}"') == 2
    Waiver.objects.create(observation=odd, check_code="p-interval", reason="No longer true.")

    page = editor.get(page_of(trial)).content.decode()

    assert "excuse nothing any more" in page
    assert "No longer true." in page


def test_size_of_an_arm_that_makes_safety_impossible_is_refused(editor, trial):
    factories.make_observation(trial, values={"abc": {"n": 200}})

    response = editor.post(
        page_of(trial),
        filled(editor.get(page_of(trial)), arms__0__n="199", n_enrolled="397"),
    )

    assert errors_of(response)["__all__"] == [
        "Neutropenia (3-4), ABC: 200 patients are counted among 199. Correct the count or the total."
    ]
    assert trial.arms.get(code="abc").n == 200


def test_size_of_an_arm_that_makes_safety_odd_asks_for_a_reason(editor, trial):
    safety = factories.make_observation(trial, values={"abc": {"value": "42.0", "n": 84}})

    explain(editor, page_of(trial), "Half were treated.", arms__0__n="600", n_enrolled="798")

    assert trial.arms.get(code="abc").n == 600
    waiver = safety.waivers.get()
    assert (waiver.check_code, waiver.reason) == ("percent-of-arm", "Half were treated.")
    assert waiver.numbers == "ABC: 84, 600, 42.0"


@pytest.mark.parametrize("text", ["-1", "−1", "1e999999", "NaN", "Infinity", " 0,60 ", "\0", "x" * 1_000_000])
def test_follow_up_that_is_none_is_an_error_of_its_field(editor, trial, text):
    address = f"/admin/trials/datacut/add/?trial={trial.pk}"
    changes = {"label": "Final", "median_follow_up": text} | by_arm(
        trial, "arm_follow_ups", abc={"months": text}
    )

    response = editor.post(address, filled(editor.get(address), **changes))

    assert list(errors_of(response)) == ["median_follow_up"]
    assert list(errors_by_arm(response, trial, "abc")) == ["months"]


def test_half_of_a_surrogate_pair_is_no_server_error(editor, trial):
    editor.raise_request_exception = False
    for address in (adding(trial), f"/admin/trials/result/add/?cut={trial.data_cuts.get().pk}"):
        page = filled(editor.get(address))
        for text in (b"%ED%A0%80", b"%FF%FE"):
            body = b"&".join(name.encode() + b"=" + text for name in page)

            response = editor.post(address, body, content_type="application/x-www-form-urlencoded")

            assert response.status_code < 500


def test_source_is_entered_and_chosen_where_figures_were_checked(editor, trial):
    save(editor, "/admin/trials/source/add/", title="Congress report, page 3", kind="congress_report")
    old = Source.objects.create(code="old", title="Zeta: an older page", kind="page")
    source = Source.objects.get(code="congress-report-page-3")
    result = trial.results.get()
    result.source_codes = [old.code]
    result.save()
    address = page_of(result)
    assert filled(editor.get(address))["source_codes"] == [old.code]

    save(editor, address, source_codes=[source.code, old.code], is_confirmed=[])

    result.refresh_from_db()
    assert (result.source_codes, result.is_confirmed) == (["old", "congress-report-page-3"], False)


@pytest.mark.parametrize("code", ["unknown", "\0", "x" * 1000])
def test_unknown_source_is_refused(editor, trial, code):
    address = page_of(trial.results.get())

    response = editor.post(address, filled(editor.get(address), source_codes=[code]))

    assert "source_codes" in errors_of(response)


def test_code_of_a_source_stays(editor, db):
    source = Source.objects.create(code="page", title="A page", kind="page")

    save(editor, page_of(source), title="The page", code="other")

    source.refresh_from_db()
    assert (source.title, source.code) == ("The page", "page")
