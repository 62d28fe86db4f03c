"""What an article cites survives an import."""

import pytest

from articles.models import CitedResult
from tests.factories import make_article
from tests.trials import records
from trials.models import Result, Trial

pytestmark = pytest.mark.django_db


@pytest.fixture
def cited(tmp_path):
    """The response rate of the record, which an article cites."""
    records.load(tmp_path, records.trial())
    result = Result.objects.get(endpoint__code="orr")
    CitedResult.objects.create(article=make_article(title="Cited"), result=result)
    return result


def test_result_that_an_article_cites_is_not_removed(cited, tmp_path):
    outcomes = records.load(
        tmp_path, records.changed(records.trial(acronym="OTHER"), "endpoints.1", records.GONE)
    )

    assert records.problems(outcomes) == [
        "result “OTHER: Primary analysis, ORR”: is not in the record,"
        " but cited result “Cited: OTHER: Primary analysis, ORR” refers to it: put it back."
    ]
    assert Trial.objects.get().acronym == "EXAMPLE"


def test_cited_result_is_corrected_in_place(cited, tmp_path):
    record = records.changed(records.trial(), "endpoints.1.values.0.value", 82.3)
    record = records.changed(record, "endpoints.1.detail", "Blinded independent central review")

    (outcome,) = records.load(tmp_path, record)

    assert outcome.word == "changed"
    assert [str(value.value) for value in cited.values.all()] == ["82.3", "50.0"]
    assert CitedResult.objects.get().result.assessor == "irc"
