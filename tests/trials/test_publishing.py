"""Drafts: what is half entered is seen by editors alone, and what readers have seen is not taken from them."""

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from articles.publishing import settle
from tests.factories import make_article
from tests.forms import errors_of, filled
from tests.trials import factories, records
from tests.trials.admin_steps import page_of, save
from trials.derive import redraw
from trials.exchange import export_folder, import_path
from trials.models import Trial, TrialIdentifier

pytestmark = pytest.mark.django_db
FIGURES = [f"/trials/hidden/figures/primary-hazard-ratios.{ending}" for ending in ("svg", "png", "csv")]
PAGES = ["/trials/hidden/", "/trials/NCT07654321/", *FIGURES]


@pytest.fixture
def drug():
    return factories.make_drug("Drugimab", slug="drugimab")


@pytest.fixture
def draft(drug):
    trial = factories.make_trial(slug="hidden", acronym="HIDDEN", nct="NCT07654321", is_published=False)
    trial.arms.get(code="abc").drugs.add(drug)
    trial.publications.update(year=1999)
    redraw(trial)
    return trial


def publish(trial):
    Trial.objects.filter(pk=trial.pk).update(is_published=True)


@pytest.mark.parametrize("address", PAGES)
def test_draft_has_no_page_and_no_figure_until_it_is_published(reader, visitor, draft, address):
    before = [client.get(address, follow=True).status_code for client in (reader, visitor)]
    publish(draft)

    after = reader.get(address, follow=True).status_code

    is_file = address in FIGURES
    assert before == [404, 403 if is_file else 404]
    assert after == 200


@pytest.mark.parametrize(
    "address",
    [
        "/trials/",
        "/trials/?q=hidden",
        "/trials/?setting=RRMM",
        "/search/?q=hidden",
        "/search/?q=NCT07654321",
        "/treatments/drugimab/",
        "/trials/compare/",
    ],
)
def test_draft_is_in_no_list_until_it_is_published(reader, draft, address):
    before = reader.get(address).content.decode()
    publish(draft)

    after = reader.get(address).content.decode()

    assert "/trials/hidden/" not in before
    assert "HIDDEN" not in before
    assert "HIDDEN" in after


@pytest.mark.parametrize("address", ["/trials/compare/", "/trials/compare.csv"])
def test_draft_cannot_be_compared_until_it_is_published(reader, draft, address):
    query = f"?trial={factories.make_trial().slug}&trial=hidden"
    before = reader.get(address + query)
    publish(draft)

    after = reader.get(address + query)

    assert before.status_code == 400
    assert "HIDDEN" not in before.content.decode()
    assert after.status_code == 200


def test_draft_gives_no_year_to_choose(reader, draft):
    before = reader.get("/trials/?year=1999")
    publish(draft)

    after = reader.get("/trials/?year=1999")

    assert (before.status_code, after.status_code) == (400, 200)


def test_draft_and_its_drug_are_in_no_sitemap_until_it_is_published(visitor, draft, settings):
    settings.GATE_TEASER = True
    before = visitor.get("/sitemap.xml").content
    publish(draft)

    after = visitor.get("/sitemap.xml").content

    for address in (b"/trials/hidden/", b"/treatments/drugimab/"):
        assert address not in before
        assert address in after


@pytest.mark.parametrize("address", PAGES[:1] + FIGURES)
def test_editors_see_the_draft(editor, draft, address):
    response = editor.get(address)

    assert response.status_code == 200


def test_page_of_a_draft_says_so_to_editors_and_to_search_engines(editor, draft):
    before = editor.get("/trials/hidden/").content.decode()
    publish(draft)

    after = editor.get("/trials/hidden/").content.decode()

    assert "Readers do not see this page" in before
    assert 'content="noindex"' in before
    assert f'href="{page_of(draft)}"' in before
    assert "Readers do not see this page" not in after


def test_trial_entered_in_the_admin_is_a_draft_until_an_editor_publishes_it(editor, draft):
    form = filled(editor.get("/admin/trials/trial/add/"))
    assert "is_published" not in form

    save(editor, page_of(draft), is_published="on")

    assert Trial.objects.published().get() == draft


def test_published_trial_that_no_article_shows_can_become_a_draft_again(editor):
    trial = factories.make_trial()
    form = filled(editor.get(page_of(trial)))
    del form["is_published"]

    response = editor.post(page_of(trial), form)

    assert response.status_code == 302
    assert not Trial.objects.published().exists()


@pytest.mark.parametrize("body", ["[[results {} primary]]", "[[trial {}]]", ""])
@pytest.mark.parametrize("status", ["draft", "published"])
def test_trial_that_an_article_shows_or_names_stays_published(editor, body, status):
    trial = factories.make_trial(nct="NCT07654321")
    make_article(
        title="About it",
        body="Text [@first; @second].\n\n" + body.format(trial.slug),
        trials=[] if body else ["NCT07654321"],
        status=status,
    )
    form = filled(editor.get(page_of(trial)))
    del form["is_published"]

    response = editor.post(page_of(trial), form)

    assert "“About it”" in str(errors_of(response)["is_published"])
    assert Trial.objects.published().get() == trial


@pytest.mark.parametrize("line", ["[[trial hidden]]", "[[results hidden primary]]"])
def test_article_that_places_a_draft_is_published_with_it_and_not_before(draft, line):
    article = make_article(body=f"Text [@first; @second].\n\n{line}", status="draft")
    article.status = "published"

    with pytest.raises(ValidationError, match="it places HIDDEN, which is not published"):
        settle(article, timezone.now())
    publish(draft)
    settle(article, timezone.now())

    assert "HIDDEN" in article.body_html


def test_article_that_names_the_number_of_a_draft_does_not_show_it(reader, draft):
    article = make_article(trials=["NCT07654321"])

    page = reader.get(article.get_absolute_url()).content.decode()

    assert "HIDDEN" not in page


def test_imported_trial_is_published_unless_the_record_says_otherwise(tmp_path):
    records.load(tmp_path, records.trial())
    records.load(
        tmp_path,
        records.trial(id="other", registry={"clinicaltrials_gov": [], "eudract": []}, published=False),
    )

    assert dict(Trial.objects.values_list("slug", "is_published")) == {"example": True, "other": False}
    export_folder(tmp_path)
    assert {outcome.word for outcome in import_path(tmp_path)} == {"unchanged"}


def test_import_takes_no_trial_from_the_readers_of_an_article(tmp_path):
    records.load(tmp_path, records.trial())
    number = TrialIdentifier.objects.get(registry="nct").number
    make_article(title="About it", trials=[number])

    outcomes = records.load(tmp_path, records.trial(published=False))

    assert "articles show the trial (About it)" in str(records.problems(outcomes))
    assert Trial.objects.published().exists()
