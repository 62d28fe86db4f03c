"""Results in the admin: checked as they are stored, refused with everything typed kept, explained where odd."""

import html

import pytest
from django.test import Client

from tests.factories import make_admin
from tests.forms import errors_of, filled
from tests.trials import factories
from tests.trials.admin_steps import by_arm, errors_by_arm, explain, page_of, problems, reason_fields, save
from trials.models import ArmValue, Comparison, Figure, Result, Waiver


def adding(cut):
    return f"/admin/trials/result/add/?cut={cut.pk}"


def typed(trial, **changes):
    """An overall survival result without anything odd, as an editor types it."""
    return (
        {
            "endpoint": str(factories.make_endpoint("os").pk),
            "measure": "median_time",
            "publication": str(trial.publications.first().pk),
            "note": "Typed with care.",
        }
        | by_arm(trial, abc={"value": "35.60"}, bc={"value": "31.2"})
        | changes
    )


def stored():
    return Result.objects.count(), list(ArmValue.objects.values()), list(Comparison.objects.values())


def refuse(client, address, page=None, **changes):
    """Type and save; the form comes back and nothing was stored. `page` is the form, if it is open already."""
    before = stored()
    response = client.post(address, filled(page or client.get(address), **changes))
    assert response.status_code == 200, changes
    assert stored() == before, changes
    return response


@pytest.fixture
def admin(db):
    client = Client()
    client.force_login(make_admin())
    return client


@pytest.fixture
def trial(db):
    return factories.make_trial(results=False)


@pytest.fixture
def cut(trial):
    return trial.data_cuts.get()


@pytest.fixture
def odd(trial):
    """A result whose estimate is not in the middle of its interval."""
    return factories.make_result(
        trial, comparison={"value": "0.70", "ci_lower": "0.60", "ci_upper": "0.94", "p_value": "0.012"}
    )


def test_form_has_one_column_for_each_arm_and_nothing_to_choose(editor, trial, cut):
    factories.make_arm(trial, code="third")
    factories.make_trial()

    page = editor.get(adding(cut))

    rows = page.context["inline_admin_formsets"][0].formset
    assert [form.arm.code for form in rows.forms] == ["abc", "bc", "third"]
    assert not [name for name in filled(page) if name.startswith("values-") and name.endswith("-arm")]


def test_comparison_offers_the_arms_of_this_trial_only(editor, trial, cut):
    other = factories.make_trial()
    foreign = str(other.arms.first().pk)

    response = refuse(
        editor,
        adding(cut),
        **typed(
            trial, comparison__0__arm=foreign, comparison__0__p_relation="=", comparison__0__p_value="0.5"
        ),
    )

    row = response.context["inline_admin_formsets"][1].formset.forms[0]
    assert "arm" in row.errors
    assert {arm.trial for arm in row.fields["versus"].queryset} == {trial}


def test_publication_and_data_cut_of_another_trial_are_refused(editor, trial, cut):
    other = factories.make_trial()

    response = refuse(
        editor,
        adding(cut),
        **typed(
            trial, publication=str(other.publications.first().pk), data_cut=str(other.data_cuts.first().pk)
        ),
    )

    assert {"publication", "data_cut"} <= set(errors_of(response))


def test_values_sent_for_an_arm_of_another_trial_are_not_stored(editor, trial, cut):
    other = factories.make_trial(results=False)
    foreign = by_arm(other, abc={"value": "1.0", "status": "estimated"})

    save(editor, adding(cut), **typed(trial, **foreign))

    assert {value.arm.trial for value in ArmValue.objects.all()} == {trial}


@pytest.mark.parametrize("text", ["0.60", "0.6", "7", "7.00", "0.0000001"])
def test_printed_digits_survive_the_form(editor, trial, cut, text):
    save(editor, adding(cut), **typed(trial, **by_arm(trial, abc={"value": text})))
    result = Result.objects.get()
    (name,) = by_arm(trial, abc={"value": ""})

    page = editor.get(page_of(result))

    assert format(result.values.get(arm__code="abc").value, "f") == text
    assert filled(page)[name] == [text]


def test_a_digit_added_is_a_change(editor, trial):
    result = factories.make_result(trial, comparison=None, values={"abc": "0.6", "bc": "1.2"})

    save(editor, page_of(result), **by_arm(trial, abc={"value": "0·60"}))

    assert str(result.values.get(arm__code="abc").value) == "0.60"


def test_zero_of_any_size_is_zero(editor, trial, cut):
    save(editor, adding(cut), **typed(trial, **by_arm(trial, abc={"value": "0e999999", "n": "0"})))

    assert str(ArmValue.objects.get(arm__code="abc").value) == "0"


def test_publication_of_the_row_before_is_preset(editor, trial, cut):
    second = factories.make_publication(trial, code="second")
    assert filled(editor.get(adding(cut)))["publication"] == [""]
    save(editor, adding(cut), **typed(trial, publication=str(second.pk)))

    page = editor.get(adding(cut))

    assert filled(page)["publication"] == [str(second.pk)]


def test_only_publication_is_preset(editor, trial, cut):
    assert filled(editor.get(adding(cut)))["publication"] == [str(trial.publications.get().pk)]


def test_save_that_makes_another_row_odd_asks_for_a_reason_there(editor, trial, cut):
    later = factories.make_result(
        trial, measure="event_free_rate", timepoint="36", values={"abc": "60", "bc": "40"}, comparison=None
    )
    values = by_arm(trial, abc={"value": "50"}, bc={"value": "45"})
    changes = typed(trial, **values, measure="event_free_rate", timepoint="24")

    refused = refuse(editor, adding(cut), **changes)
    [asked] = reason_fields(refused)
    assert errors_of(refused)[asked] == ["This field is required."]
    assert "Primary analysis, OS at 36 months, ABC: The rate is higher than the 50 %" in html.unescape(
        refused.content.decode()
    )
    stored = editor.post(adding(cut), filled(refused, **{asked: "So in the paper."}))

    assert stored.status_code == 302, problems(stored)
    assert later.waivers.get().reason == "So in the paper."


def test_save_beside_something_odd_asks_nothing_about_it(editor, trial, cut, odd):
    save(editor, adding(cut), **typed(trial, endpoint=str(factories.make_endpoint("pfs").pk)))

    assert Result.objects.count() == 2
    assert not Waiver.objects.exists()


def test_rate_below_that_of_a_part_of_it_is_never_saved_silently(editor, trial):
    shares = {"measure": "response_rate", "comparison": None, "population": "itt"}
    depth = factories.make_endpoint("cr", abbreviation="CR+")
    part = factories.make_result(trial, endpoint=depth, values={"abc": "60", "bc": "20"}, **shares)
    whole = factories.make_result(trial, endpoint="orr", values={"abc": "80", "bc": "50"}, **shares)

    explain(editor, page_of(whole), "So in table 3.", **by_arm(trial, abc={"value": "40"}))

    assert part.waivers.get().numbers == "ABC: 60, ORR, 40"
    refuse(editor, page_of(whole), **by_arm(trial, abc={"value": "41"}))


def test_comparison_is_preset_but_not_stored_when_nothing_is_typed(editor, trial, cut):
    save(editor, adding(cut), **typed(trial))

    assert not Comparison.objects.exists()


def test_p_without_an_effect_needs_no_estimate(editor, trial, cut):
    save(
        editor,
        adding(cut),
        **typed(trial, comparison__0__p_relation="=", comparison__0__p_value="0.30"),
    )

    comparison = Comparison.objects.get()
    assert (comparison.arm.code, comparison.versus.code) == ("abc", "bc")
    assert (comparison.status, str(comparison.p_value)) == ("not_reported", "0.30")


def test_value_that_is_not_reached_has_no_number(editor, trial, cut):
    status = by_arm(trial, abc={"value": "", "status": "not_reached"})

    save(editor, adding(cut), **typed(trial, **status))

    value = ArmValue.objects.get(arm__code="abc")
    assert (value.status, value.value) == ("not_reached", None)


def test_emptied_column_is_removed(editor, trial):
    result = factories.make_result(trial, comparison=None, values={"abc": "3.0", "bc": "2.0"})

    save(editor, page_of(result), **by_arm(trial, bc={"value": ""}))

    assert [value.arm.code for value in result.values.all()] == ["abc"]


ARM_FAULTS = [
    ({"value": "", "ci_level": "95"}, "value"),
    ({"status": "not_reached"}, "value"),
    ({"value": "-1"}, "value"),
    ({"value": "12", "ci_lower": "11", "ci_upper": "13"}, "ci_level"),
    ({"ci_level": "40", "ci_lower": "30"}, "ci_level"),
    ({"ci_level": "70", "ci_lower": "30"}, "ci_level"),
    ({"ci_level": "95", "ci_lower": "40", "ci_upper": "30"}, "ci_lower"),
    ({"ci_level": "95", "ci_lower": "30", "ci_lower_status": "not_reached"}, "ci_lower_status"),
    ({"ci_level": "95", "ci_upper": "40", "ci_upper_status": "not_reached"}, "ci_upper_status"),
    ({"ci_level": "95", "ci_lower": "36.0", "ci_upper": "40.0"}, "value"),
    ({"n": "11", "n_analysed": "10"}, "n"),
    ({"n": "201"}, "n"),
    ({"value": "twelve"}, "value"),
    ({"value": "NaN"}, "value"),
    ({"value": "1e400"}, "value"),
    ({"value": "1\0"}, "value"),
    ({"value": "1e999999"}, "value"),
    ({"value": "sNaN"}, "value"),
    ({"value": "Infinity"}, "value"),
    ({"value": " 0,60 "}, "value"),
    ({"value": "−1"}, "value"),
    ({"status": "perhaps"}, "status"),
    ({"n": "9" * 30}, "n"),
    ({"n": "-1"}, "n"),
    ({"ci_sides": "3"}, "ci_sides"),
    ({"value": "9" * 100_000}, "value"),
]


def test_fault_of_an_arm_is_shown_in_its_column_and_everything_typed_kept(editor, trial, cut):
    page = editor.get(adding(cut))

    for column, field in ARM_FAULTS:
        changes = typed(trial, **by_arm(trial, abc=column))
        response = refuse(editor, adding(cut), page, **changes)

        assert field in errors_by_arm(response, trial, "abc"), column
        assert not errors_by_arm(response, trial, "bc"), column
        again = filled(response)
        kept = {
            name: [value]
            for name, value in changes.items()
            if "\0" not in value
            and not name.endswith(("status", "sides"))  # what is no choice cannot be shown
        }
        assert {name: again[name] for name in kept} == kept, column


COMPARISON_FAULTS = [
    ({"value": "0"}, "value"),
    ({"value": "0.50"}, "value"),
    ({"value": ""}, "value"),
    ({"ci_level": ""}, "ci_level"),
    ({"ci_lower": "0.99"}, "ci_lower"),
    ({"p_value": "1.2"}, "p_value"),
    ({"p_relation": ""}, "p_value"),
    ({"p_value": ""}, "p_value"),
    ({"p_value": "\0"}, "p_value"),
    ({"effect": "other"}, "effect"),
    ({"arm": "x"}, "arm"),
]


def test_fault_of_the_comparison_is_shown_at_its_field(editor, trial):
    result = factories.make_result(trial)
    page = editor.get(page_of(result))

    for row, field in COMPARISON_FAULTS:
        changes = {f"comparison__0__{name}": value for name, value in row.items()}
        response = refuse(editor, page_of(result), page, **changes)

        assert field in response.context["inline_admin_formsets"][1].formset.forms[0].errors, row


def test_arm_is_not_compared_with_itself(editor, trial):
    result = factories.make_result(trial)
    arm = str(result.comparison.versus_id)

    response = refuse(editor, page_of(result), comparison__0__arm=arm)

    assert "versus" in response.context["inline_admin_formsets"][1].formset.forms[0].errors


@pytest.mark.parametrize(("measure", "timepoint"), [("event_free_rate", ""), ("median_time", "12")])
def test_time_point_belongs_to_rates_alone(editor, trial, cut, measure, timepoint):
    response = refuse(editor, adding(cut), **typed(trial, measure=measure, timepoint=timepoint))

    assert list(errors_of(response)) == ["timepoint"]


def test_number_that_becomes_a_percentage_is_checked_as_one(editor, trial):
    result = factories.make_result(trial, comparison=None, values={"abc": "120", "bc": "80"})

    response = refuse(editor, page_of(result), measure="response_rate")

    assert "value" in errors_by_arm(response, trial, "abc")


def test_unchanged_number_follows_a_changed_measure(editor, trial):
    result = factories.make_result(trial, comparison=None, values={"abc": "90", "bc": "80"})

    save(editor, page_of(result), measure="response_rate")

    assert set(result.values.values_list("is_percent", flat=True)) == {True}


def test_oddity_asks_for_a_reason_which_is_kept_with_its_giver(editor, trial, odd):
    response = refuse(editor, page_of(odd), note="Typed.")
    assert "middle of its interval" in response.content.decode()
    assert filled(response)["note"] == ["Typed."]
    [asked] = reason_fields(response)
    assert asked in errors_of(response)

    stored = editor.post(page_of(odd), filled(response, **{asked: "As printed in table 2."}))

    assert stored.status_code == 302
    waiver = Waiver.objects.get()
    assert (waiver.result, waiver.check_code) == (odd, "log-midpoint")
    assert (waiver.reason, waiver.given_by) == ("As printed in table 2.", editor.user.email)
    page = editor.get(page_of(odd))
    assert filled(page)[asked] == ["As printed in table 2."]
    listed = editor.get(page_of(trial)).content.decode()
    assert "As printed in table 2." in listed
    assert "Oddity, explained" in listed


def test_new_result_that_is_odd_is_stored_with_its_reason(editor, trial, cut):
    fields = {
        "effect": "hazard_ratio",
        "value": "0.70",
        "ci_level": "95",
        "ci_lower": "0.60",
        "ci_upper": "0.94",
    }
    refused = refuse(
        editor, adding(cut), **typed(trial), **{f"comparison__0__{name}": v for name, v in fields.items()}
    )

    response = editor.post(adding(cut), filled(refused, **{reason_fields(refused)[0]: "As printed."}))

    assert response.status_code == 302, problems(response)
    assert Result.objects.get().waivers.get().reason == "As printed."


@pytest.mark.parametrize("reason", ["", "   ", "\0", "x" * 2001])
def test_reason_that_says_nothing_is_none(editor, odd, reason):
    [asked] = reason_fields(editor.get(page_of(odd)))

    response = refuse(editor, page_of(odd), **{asked: reason})

    assert asked in errors_of(response)
    assert not Waiver.objects.exists()


def test_reason_stays_as_it_was_given_when_others_save(editor, admin, odd):
    save_with_reason(editor, odd)
    before = Waiver.objects.get()

    save(admin, page_of(odd), note="Changed")

    after = Waiver.objects.get()
    assert (after.given_by, after.given_at) == (before.given_by, before.given_at)


def save_with_reason(client, result):
    explain(client, page_of(result), "As printed.")


def test_reason_is_superseded_when_nothing_is_odd_any_more(editor, odd):
    save_with_reason(editor, odd)

    save(editor, page_of(odd), comparison__0__value="0.75")

    assert not Waiver.objects.standing().exists()
    assert Waiver.objects.get().reason == "As printed."


def test_reason_excuses_no_other_number_and_is_kept(editor, trial, odd):
    save_with_reason(editor, odd)

    refused = refuse(editor, page_of(odd), comparison__0__value="0.71")
    assert "The reason given for 0.70 (95 %, 0.60 to 0.94) was: “As printed.”" in refused.content.decode()
    [asked] = reason_fields(refused)
    assert filled(refused)[asked] == [""]
    save(editor, page_of(odd), comparison__0__value="0.71", **{asked: "Corrected in the erratum."})

    old, new = Waiver.objects.all()
    assert (old.reason, old.numbers) == ("As printed.", "0.70 (95 %, 0.60 to 0.94)")
    assert old.superseded_at is not None
    assert (new.reason, new.numbers) == ("Corrected in the erratum.", "0.71 (95 %, 0.60 to 0.94)")
    assert new.superseded_at is None
    assert "As printed." in editor.get(page_of(trial)).content.decode()


def test_changed_reason_supersedes_the_one_before(editor, admin, odd):
    save_with_reason(editor, odd)
    [asked] = reason_fields(admin.get(page_of(odd)))

    save(admin, page_of(odd), **{asked: "As printed in table 2."})

    old, new = Waiver.objects.all()
    assert (old.given_by, old.superseded_at is None) == (editor.user.email, False)
    assert (new.reason, new.superseded_at) == ("As printed in table 2.", None)


def test_reason_for_one_arm_excuses_no_other(editor, trial):
    result = factories.make_result(
        trial,
        endpoint="orr",
        measure="response_rate",
        population="itt",
        comparison=None,
        values={"abc": {"value": "50", "n": 90}, "bc": {"value": "50", "n": 99}},
    )
    explain(editor, page_of(result), "Of those evaluable.")

    refused = refuse(editor, page_of(result), **by_arm(trial, bc={"n": "80"}))

    assert len(reason_fields(refused)) == 2
    assert set(errors_of(refused)) == {"__all__", reason_fields(refused)[-1]}


def test_reason_for_what_is_not_odd_is_not_stored(editor, trial, cut):
    save(
        editor,
        adding(cut),
        **typed(trial, **{"reason-log-midpoint-0123456789ab": "Why not?", "reason-x'<": "?"}),
    )

    assert not Waiver.objects.exists()


def test_reason_without_its_oddity_is_listed_as_such(editor, trial):
    result = factories.make_result(trial)
    Waiver.objects.create(result=result, check_code="log-midpoint", reason="No longer true.")

    page = editor.get(page_of(trial)).content.decode()

    assert "excuse nothing any more" in page
    assert "No longer true." in page


def test_figures_are_drawn_again_after_each_save(editor, trial, cut):
    save(editor, adding(cut), **typed(trial))

    assert "35.60" in Figure.objects.get(kind="medians").svg


def test_later_save_does_not_undo_an_earlier_one(editor, trial):
    result = factories.make_result(trial)
    mine = filled(editor.get(page_of(result)), note="Mine")
    save(editor, page_of(result), **by_arm(trial, abc={"value": "35.7"}))

    response = editor.post(page_of(result), mine)

    assert "Somebody else saved this" in errors_of(response)["__all__"][0]
    assert filled(response)["note"] == ["Mine"]
    assert str(result.values.get(arm__code="abc").value) == "35.7"


def test_single_arm_trial_has_no_comparison_to_fill(editor):
    trial = factories.make_trial(complete=False)
    factories.make_arm(trial, code="only", role="single")
    cut = factories.make_cut(trial)

    page = editor.get(adding(cut))

    assert len(page.context["inline_admin_formsets"]) == 1


def test_adding_another_stays_with_the_data_cut(editor, trial, cut):
    response = save(editor, adding(cut), **typed(trial), _addanother="1")

    assert response.url == adding(cut)
