"""A comparison that cannot be shown: too few or too many trials, unknown ones, readers who have not attested."""

import pytest

from tests.trials.compared import FILE, PAGE, address, make_like
from trials.models import TrialEndpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair():
    return make_like("first"), make_like("second")


@pytest.fixture
def four():
    return [make_like(slug) for slug in ("dawn", "noon", "dusk", "night")]


@pytest.mark.parametrize("slugs", [[], [""], ["first"], ["first", "", ""]])
def test_fewer_than_two_trials_lead_to_the_choice(reader, pair, slugs):
    response = reader.get(address(*slugs))

    html = response.content.decode()
    assert response.status_code == 200
    assert html.count('<select id="id_trial') == 4
    assert html.count('value="first" selected') == slugs.count("first")
    assert reader.get(address(*slugs, path=FILE)).status_code == 400


@pytest.mark.parametrize(
    ("slugs", "cuts", "message"),
    [
        (["first", "second", "dawn", "noon", "dusk"], [], "at most 4 trials"),
        (["first", "first"], [], "chosen twice"),
        (["first", "nowhere"], [], "There is no trial “nowhere” here."),
        (["first", "x" * 2000], [], "There is no trial “" + "x" * 60 + "…”"),
        (["first", "second"], ["first:nowhere"], "FIRST has no analysis of that name"),
        (["first", "second"], ["primary"], "its trial, a colon and its code"),
        (["first", "second"], ["first:primary", "first:primary2"], "Two analyses of one trial"),
    ],
)
@pytest.mark.parametrize("path", [PAGE, FILE])
def test_what_cannot_be_compared_is_refused_with_the_form_filled(
    reader, pair, four, path, slugs, cuts, message
):
    response = reader.get(address(*slugs, path=path, cuts=cuts))

    html = response.content.decode()
    assert response.status_code == 400
    assert message in html
    assert html.count('value="first" selected') == 1


@pytest.mark.parametrize(
    "query", ["trial=first&trial=%00", "trial=first&trial=second&cut=first:%00", "trial=%ff"]
)
def test_bytes_that_are_no_text_are_refused(reader, pair, query):
    assert reader.get(f"{PAGE}?{query}").status_code == 400


@pytest.mark.parametrize("path", [PAGE, FILE])
@pytest.mark.parametrize("method", ["post", "delete"])
def test_only_reading_is_allowed(reader, pair, path, method):
    assert getattr(reader, method)(address("first", "second", path=path)).status_code == 405


@pytest.mark.parametrize(("path", "status"), [(PAGE, 200), (FILE, 403)])
def test_the_gate_refuses_who_has_not_attested(visitor, pair, path, status):
    TrialEndpoint.objects.update(definition="The hidden definition")

    response = visitor.get(address("first", "second", path=path))

    assert response.status_code == status
    assert "Hazard ratio" not in response.content.decode()
    assert "The hidden definition" not in response.content.decode()
