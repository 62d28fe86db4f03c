"""A trial entered by hand in the order in which a paper reports it."""

from decimal import Decimal

import pytest
from django.test import Client

from tests.factories import make_admin
from tests.forms import errors_of, filled
from tests.trials import factories
from tests.trials.admin_steps import by_arm, page_of, problems, save
from trials.models import Comparison, Drug, Endpoint, Result, Trial, TrialIdentifier

ADD = "/admin/trials/trial/add/"


@pytest.fixture
def admin(db):
    client = Client()
    client.force_login(make_admin())
    return client


TRIAL = {
    "acronym": "OPTIMISMM",
    "slug": "optimismm",
    "title": "Pomalidomide, bortezomib and dexamethasone after prior lenalidomide",
    "phase": "III",
    "is_randomised": "on",
    "control": "active",
    "setting": "RRMM",
    "prior_lines_min": "1",
    "prior_lines_max": "3",
    "n_enrolled": "559",
    "notes": "First note, with a comma.\nSecond note.",
    "identifiers__0__registry": "nct",
    "identifiers__0__number": " nct 0173–4928 ",
    "arms__TOTAL_FORMS": "2",
    "arms__0__name": "Pomalidomide + bortezomib + dexamethasone",
    "arms__0__label": "PVd",
    "arms__0__role": "experimental",
    "arms__0__n": "281",
    "arms__0__randomisation": "1",
    "arms__1__name": "Bortezomib + dexamethasone",
    "arms__1__label": "Vd",
    "arms__1__role": "control",
    "arms__1__n": "278",
    "arms__1__randomisation": "1",
    "publications__0__label": "Richardson et al. 2019",
    "publications__0__kind": "article",
    "publications__0__year": "2019",
    "publications__0__doi": "https://doi.org/10.1016/S1470-2045(19)30152-4",
    "publications__0__pmid": "31097405",
}


def with_endpoint(**changes):
    """What an editor types for the trial, with its primary endpoint."""
    endpoint = Endpoint.objects.get(code="pfs")
    return (
        TRIAL
        | {
            "endpoints__0__endpoint": str(endpoint.pk),
            "endpoints__0__role": "primary",
        }
        | changes
    )


def test_trial_is_entered_as_a_paper_reports_it(editor):
    drug = factories.make_drug("Pomalidomide")
    added = save(editor, ADD, **with_endpoint(arms__0__drugs=[str(drug.pk)]))

    trial = Trial.objects.get()
    assert added.url == page_of(trial)
    assert trial.identifiers.get().number == "NCT01734928"
    assert [(arm.code, arm.n) for arm in trial.arms.all()] == [("pvd", 281), ("vd", 278)]
    assert [*trial.arms.get(code="pvd").drugs.all()] == [drug]
    publication = trial.publications.get()
    assert (publication.code, publication.doi) == ("richardson-et-al-2019", "10.1016/S1470-2045(19)30152-4")
    assert trial.notes == ["First note, with a comma.", "Second note."]

    address = f"/admin/trials/datacut/add/?trial={trial.pk}"
    assert address in editor.get(page_of(trial)).content.decode()
    pvd = trial.arms.get(code="pvd")
    added = save(
        editor,
        address,
        label="Primary analysis",
        median_follow_up="15.90",
        **{f"arm_follow_ups-{pvd.pk}-months": "16.1"},
    )

    cut = trial.data_cuts.get()
    assert added.url == page_of(cut)
    assert (cut.code, str(cut.median_follow_up)) == ("primary-analysis", "15.90")
    assert [(row.arm, row.months) for row in cut.arm_follow_ups.all()] == [(pvd, Decimal("16.1"))]

    address = f"/admin/trials/result/add/?cut={cut.pk}"
    assert address in editor.get(page_of(cut)).content.decode()
    interval = {"ci_level": "95", "ci_sides": "2"}
    added = save(
        editor,
        address,
        endpoint=str(Endpoint.objects.get(code="pfs").pk),
        measure="median_time",
        population="itt",
        assessor="irc",
        publication=str(publication.pk),
        **by_arm(
            trial,
            pvd={"value": "11.20", "ci_lower": "9.66", "ci_upper": "13.73"} | interval,
            vd={"value": "7.1", "ci_lower": "5.88", "ci_upper": "8.48"} | interval,
        ),
        comparison__0__effect="hazard_ratio",
        comparison__0__value="0.61",
        comparison__0__ci_level="95",
        comparison__0__ci_lower="0.49",
        comparison__0__ci_upper="0.77",
        comparison__0__p_relation="<",
        comparison__0__p_value="0.0001",
    )

    assert added.url == page_of(cut)
    result = Result.objects.get()
    assert (result.trial, result.data_cut) == (trial, cut)
    assert [(v.arm.code, str(v.value), str(v.ci_lower)) for v in result.values.all()] == [
        ("pvd", "11.20", "9.66"),
        ("vd", "7.1", "5.88"),
    ]
    compared = result.comparison
    assert (compared.arm.code, compared.versus.code, str(compared.value)) == ("pvd", "vd", "0.61")

    address = f"/admin/trials/observation/add/?cut={cut.pk}"
    save(
        editor,
        address,
        kind="safety",
        name="Neutropenia",
        grade="3-4",
        unit="percent",
        publication=str(publication.pk),
        **by_arm(trial, pvd={"n": "131"}, vd={"n": "24"}),
    )

    observation = trial.observations.get()
    assert [(v.arm.code, v.n) for v in observation.values.all()] == [("pvd", 131), ("vd", 24)]
    page = editor.get(page_of(trial)).content.decode()
    for row in (cut, result, observation):
        assert f'href="{page_of(row)}"' in page


@pytest.mark.parametrize(
    ("registry", "typed", "stored"),
    [
        ("nct", "nct-0173 4928", "NCT01734928"),
        ("eudract", "2014–000268–17", "2014-000268-17"),
        ("euct", " 2023-501234-12-00 ", "2023-501234-12"),
        ("isrctn", "isrctn 1234 5678", "ISRCTN12345678"),
    ],
)
def test_identifier_is_stored_as_its_registry_writes_it(editor, registry, typed, stored):
    save(editor, ADD, **with_endpoint(identifiers__0__registry=registry, identifiers__0__number=typed))

    assert TrialIdentifier.objects.get().number == stored


@pytest.mark.parametrize("number", ["NCT1", "12345678", "NCT0123456x", "x" * 60, "\0"])
def test_number_that_is_none_of_its_registry_is_an_error_of_its_row(editor, number):
    response = editor.post(ADD, filled(editor.get(ADD), **with_endpoint(identifiers__0__number=number)))

    assert response.status_code == 200
    rows = response.context["inline_admin_formsets"][0].formset
    assert "number" in rows.forms[0].errors
    assert not Trial.objects.exists()


def test_identifier_of_another_trial_is_refused(editor):
    factories.make_trial(nct="NCT01734928")

    response = editor.post(ADD, filled(editor.get(ADD), **with_endpoint()))

    rows = response.context["inline_admin_formsets"][0].formset
    assert rows.forms[0].errors["number"] == ["Another trial has this number."]


def test_arms_that_do_not_add_up_are_refused_and_nothing_typed_is_lost(editor):
    typed = with_endpoint(n_enrolled="560", arms__0__note="Typed with care.")

    response = editor.post(ADD, filled(editor.get(ADD), **typed))

    assert "add up to 559" in errors_of(response)["n_enrolled"][0]
    assert not Trial.objects.exists()
    again = filled(response)
    for name in ("title", "n_enrolled", "arms__0__note", "publications__0__label", "endpoints__0__endpoint"):
        assert again[name.replace("__", "-")] == [typed[name]]
    mended = editor.post(ADD, filled(response, n_enrolled="559"))
    assert mended.status_code == 302


def test_prior_lines_in_wrong_order_are_an_error_of_their_field(editor):
    response = editor.post(
        ADD, filled(editor.get(ADD), **with_endpoint(prior_lines_min="3", prior_lines_max="1"))
    )

    assert list(errors_of(response)) == ["prior_lines_max"]


def test_two_arms_with_the_same_code_are_refused(editor):
    response = editor.post(ADD, filled(editor.get(ADD), **with_endpoint(arms__1__label="PVd")))

    assert response.status_code == 200
    assert not Trial.objects.exists()


def test_arms_are_sorted_by_the_typed_position(editor):
    trial = factories.make_trial()

    save(editor, page_of(trial), arms__0__position="2", arms__1__position="1")

    assert [arm.code for arm in trial.arms.all()] == ["bc", "abc"]


def test_next_data_cut_comes_after_those_before(editor):
    trial = factories.make_trial()

    save(editor, f"/admin/trials/datacut/add/?trial={trial.pk}", label="Final analysis")

    assert [cut.code for cut in trial.data_cuts.all()] == ["final-analysis", "primary"]


def test_arm_with_results_is_not_deleted_by_anybody(admin):
    trial = factories.make_trial()

    response = admin.post(page_of(trial), filled(admin.get(page_of(trial)), arms__1__DELETE="on"))

    assert problems(response) == [
        "BC cannot be deleted: it is used by 1 result. Delete these first, or change them."
    ]
    assert trial.arms.count() == 2


def test_later_save_does_not_undo_an_earlier_one(editor):
    trial = factories.make_trial()
    mine = filled(editor.get(page_of(trial)), title="Mine")
    save(editor, page_of(trial), arms__0__note="Theirs")

    response = editor.post(page_of(trial), mine)

    assert "Somebody else saved this" in errors_of(response)["__all__"][0]
    assert filled(response)["title"] == ["Mine"]
    trial.refresh_from_db()
    assert trial.title != "Mine"


def test_saving_without_a_change_changes_nothing(editor):
    trial = factories.make_trial()
    result = trial.results.get()
    rows = (
        Trial.objects.values(*(field.name for field in Trial._meta.fields if field.name != "modified_at")),
        *(
            related.values()
            for related in (trial.arms, trial.identifiers, trial.publications, trial.endpoints)
        ),
        result.values.values(),
        Comparison.objects.values(),
    )
    before = [list(table.all()) for table in rows]

    save(editor, page_of(trial))
    save(editor, page_of(result))

    assert [list(table.all()) for table in rows] == before


def test_lists_of_texts_are_one_per_line(editor):
    drug = factories.make_drug(routes=["oral", "intravenous"])
    address = page_of(drug)
    assert filled(editor.get(address))["routes"] == ["oral\nintravenous"]

    save(
        editor,
        address,
        routes="subcutaneous\n\n oral, at home \n",
        names__0__name="POM",
        names__0__kind="brand",
    )

    drug.refresh_from_db()
    assert drug.routes == ["subcutaneous", "oral, at home"]
    assert [name.name for name in drug.names.all()] == ["POM"]


@pytest.mark.parametrize(
    ("address", "typed"),
    [
        ("/admin/trials/drugclass/add/", {"name": "Proteasome inhibitor"}),
        ("/admin/trials/regimen/add/", {"abbreviation": "PVd", "name": "PVd", "kind": "combination"}),
        ("/admin/trials/endpoint/add/", {"name": "New", "abbreviation": "N", "code": "new"}),
    ],
)
def test_vocabulary_is_entered_and_found(editor, address, typed):
    drug = factories.make_drug("Pomalidomide")
    extra = {"drugs": [str(drug.pk)]} if "regimen" in address else {}

    save(editor, address, **typed, **extra)

    listed = editor.get(f"{address.removesuffix('add/')}?q={typed['name'].split()[0]}")
    assert listed.context["cl"].result_count == 1


def test_drug_is_found_by_its_other_names(editor):
    drug = factories.make_drug("Pomalidomide")
    drug.names.create(name="CC-4047", kind="synonym")

    answer = editor.get("/admin/autocomplete/?app_label=trials&model_name=arm&field_name=drugs&term=cc-4047")

    assert [row["id"] for row in answer.json()["results"]] == [str(drug.pk)]
    assert Drug.objects.count() == 1
