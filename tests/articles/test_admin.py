from datetime import timedelta

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from articles import pictures
from articles.models import Article, Contribution, LearningObjective, Person, Picture, Reference
from tests import factories
from tests.articles import images
from tests.forms import errors_of, filled

ADD = "/admin/articles/article/add/"
LIST = "/admin/articles/article/"


@pytest.fixture
def admin(db):
    client = Client()
    client.user = factories.make_admin()
    client.force_login(client.user)
    return client


def address(article):
    return f"/admin/articles/article/{article.pk}/change/"


EMPTY = {}


def empty_form(client):
    """The form is the same each time: it is read once."""
    if not EMPTY:
        EMPTY.update(filled(client.get(ADD)))
    return EMPTY


def complete(client, **changes):
    """A new article with everything that publication asks for, as typed by an editor."""
    author, reviewer = factories.make_person(), factories.make_person()
    values = {
        "title": "A new trial",
        "slug": "a-new-trial",
        "summary": "What it found.",
        "body": "It worked [@first].",
        "funding_statement": "No funding.",
        "status": "published",
        "objectives__TOTAL_FORMS": "2",
        "objectives__0__text": "describe the trial",
        "objectives__1__text": "question the trial",
        "contributions__TOTAL_FORMS": "2",
        "contributions__0__person": str(author.pk),
        "contributions__0__role": "author",
        "contributions__1__person": str(reviewer.pk),
        "contributions__1__role": "reviewer",
        "references__0__key": "first",
        "references__0__authors": "Example A",
        "references__0__title": "A report",
        "references__0__source": "Journal",
        "references__0__year": "2024",
    }
    return empty_form(client) | {name.replace("__", "-"): value for name, value in (values | changes).items()}


def test_article_list_names_reviewers_and_overdue_reviews(editor):
    reviewer = factories.make_person("Dr Careful")
    overdue = factories.make_article(reviewers=[reviewer], review_by=timezone.localdate() - timedelta(days=1))
    factories.make_article(review_by=timezone.localdate())

    everything = editor.get(LIST)
    filtered = editor.get(f"{LIST}?review=overdue")

    assert "Dr Careful" in everything.content.decode()
    assert list(filtered.context["cl"].queryset) == [overdue]


@pytest.mark.parametrize("length", [1, 4])
def test_article_list_needs_the_same_queries_for_any_length(editor, length, django_assert_num_queries):
    for _ in range(length):
        factories.make_article()
    editor.get(LIST)  # content types and the like are cached from here on

    with django_assert_num_queries(16):
        editor.get(LIST)


def test_editor_writes_and_publishes_an_article(editor, reader):
    response = editor.post(ADD, complete(editor, published_at_0="", published_at_1=""))

    assert response.status_code == 302
    article = Article.objects.get(slug="a-new-trial")
    assert article.status == "published"
    assert article.published_at is not None
    assert [o.text for o in article.objectives.all()] == ["describe the trial", "question the trial"]
    assert "It worked" in reader.get("/articles/a-new-trial/").content.decode()
    assert LogEntry.objects.filter(user=editor.user).count() == 1


def test_new_rows_without_a_position_go_to_the_end(editor):
    article = factories.make_article(objectives=["first", "second"])
    LearningObjective.objects.filter(text="first").update(position=5)
    page = editor.get(address(article))

    response = editor.post(
        address(article), filled(page, objectives__TOTAL_FORMS="3", objectives__2__text="new")
    )

    assert response.status_code == 302
    assert [o.text for o in article.objectives.all()] == ["second", "first", "new"]


def test_rows_are_sorted_by_the_typed_position(editor):
    article = factories.make_article(objectives=["first", "second"])
    page = editor.get(address(article))

    editor.post(address(article), filled(page, objectives__0__position="2", objectives__1__position="1"))

    assert [o.text for o in article.objectives.all()] == ["second", "first"]


def test_unknown_citation_is_named_with_its_line_and_nothing_is_lost(editor):
    data = complete(editor, body="First line.\n\nSecond [@nobody].", references__0__title="Typed with care")

    response = editor.post(ADD, data)

    assert response.status_code == 200
    assert errors_of(response)["body"][0].startswith("Line 3: ")
    again = filled(response)
    for name in ("title", "body", "objectives-1-text", "contributions-1-person", "references-0-title"):
        assert again[name] == [data[name]] if isinstance(data[name], str) else data[name]
    assert not Article.objects.exists()
    assert not Reference.objects.exists()
    assert not LogEntry.objects.exists()


def test_form_that_was_refused_can_be_mended_and_saved(editor):
    refused = editor.post(ADD, complete(editor, body="[@nobody]"))

    response = editor.post(ADD, filled(refused, body="[@first]"))

    assert response.status_code == 302
    assert Article.objects.get().references.count() == 1


def test_publishing_lists_everything_that_is_missing(editor):
    article = factories.make_article(
        status="draft",
        objectives=(),
        references=(),
        authors=(),
        reviewers=(),
        funding_statement="",
        body="Text.",
    )
    page = editor.get(address(article))

    response = editor.post(address(article), filled(page, status="published", title="Typed"))

    messages = " ".join(errors_of(response)["status"])
    for lack in ("objective", "funding statement", "an author", "medical reviewer", "reference"):
        assert lack in messages
    assert filled(response)["title"] == ["Typed"]
    article.refresh_from_db()
    assert article.status == "draft"


def test_publishing_names_people_without_a_recent_disclosure(editor):
    author = factories.make_person("Dr Silent", disclosed_on=timezone.localdate() - timedelta(days=1000))
    article = factories.make_article(status="draft", authors=[author])
    page = editor.get(address(article))

    response = editor.post(address(article), filled(page, status="published"))

    assert "Dr Silent has no disclosure" in errors_of(response)["status"][0]


def test_published_article_is_checked_on_every_save(editor, reader):
    article = factories.make_article()
    page = editor.get(address(article))

    response = editor.post(address(article), filled(page, objectives__0__DELETE="on", summary="Changed"))

    assert "objective" in errors_of(response)["status"][0]
    article.refresh_from_db()
    assert (article.status, article.objectives.count()) == ("published", 1)
    assert article.summary != "Changed"
    assert reader.get(article.get_absolute_url()).status_code == 200


def test_scheduled_article_appears_by_itself(editor, reader, time_machine_at):
    later = timezone.now() + timedelta(hours=2)
    data = complete(
        editor, status="scheduled", published_at_0=f"{later:%Y-%m-%d}", published_at_1=f"{later:%H:%M:%S}"
    )

    assert editor.post(ADD, data).status_code == 302

    assert reader.get("/articles/a-new-trial/").status_code == 404
    with time_machine_at(later + timedelta(minutes=1)):
        assert reader.get("/articles/a-new-trial/").status_code == 200


@pytest.fixture
def time_machine_at():
    return lambda moment: time_machine.travel(moment, tick=False)


def test_schedule_without_a_time_is_refused(editor):
    response = editor.post(ADD, complete(editor, status="scheduled"))

    assert "date and time" in errors_of(response)["status"][0]


def test_form_says_in_which_time_zone_times_are_typed(editor):
    assert "Time zone: UTC" in editor.get(ADD).content.decode()


def test_withdrawal_needs_a_reason_and_leaves_a_notice(editor, reader):
    article = factories.make_article()
    page = editor.get(address(article))

    refused = editor.post(address(article), filled(page, status="withdrawn"))
    done = editor.post(address(article), filled(page, status="withdrawn", withdrawn_reason="Wrong numbers."))

    assert "withdrawn_reason" in errors_of(refused)
    assert done.status_code == 302
    article.refresh_from_db()
    assert article.withdrawn_at is not None
    assert "Wrong numbers." in reader.get(article.get_absolute_url()).content.decode()


def test_draft_cannot_be_withdrawn(editor):
    response = editor.post(ADD, complete(editor, status="withdrawn", withdrawn_reason="No."))

    assert "status" in errors_of(response)


def test_funding_without_its_funder_is_refused_on_the_field(editor):
    response = editor.post(ADD, complete(editor, funding_kind="grant", status="draft"))

    assert errors_of(response)["funder"] == ["Name the funder."]


def test_later_of_two_editors_does_not_overwrite(editor, admin):
    article = factories.make_article()
    first, second = editor.get(address(article)), admin.get(address(article))
    assert admin.post(address(article), filled(second, summary="Hers")).status_code == 302

    response = editor.post(address(article), filled(first, summary="His", objectives__0__text="typed"))

    assert "Somebody else saved this article" in errors_of(response)["__all__"][0]
    assert filled(response)["summary"] == ["His"]
    assert filled(response)["objectives-0-text"] == ["typed"]
    article.refresh_from_db()
    assert article.summary == "Hers"


def test_conflict_shows_rows_again_that_the_other_editor_deleted(editor):
    article = factories.make_article(references=("first", "second", "third"))
    page = editor.get(address(article))
    article.references.get(key="third").delete()
    Article.objects.filter(pk=article.pk).update(modified_at=timezone.now())

    response = editor.post(address(article), filled(page, references__2__title="Typed with care"))

    assert "Somebody else" in errors_of(response)["__all__"][0]
    assert filled(response)["references-2-title"] == ["Typed with care"]


def test_windows_line_ends_are_not_kept(editor):
    editor.post(ADD, complete(editor, body="One [@first].\r\n\r\nTwo."))

    assert Article.objects.get().body == "One [@first].\n\nTwo."


def test_shown_article_links_to_its_page_and_a_draft_does_not(editor):
    article, draft = factories.make_article(), factories.make_article(status="draft")

    assert f'href="{article.get_absolute_url()}"' in editor.get(address(article)).content.decode()
    assert draft.get_absolute_url() not in editor.get(address(draft)).content.decode()


def test_editors_delete_drafts_and_only_administrators_what_readers_have_seen(editor, admin):
    draft, article = factories.make_article(status="draft"), factories.make_article()
    assert editor.post(f"/admin/articles/article/{draft.pk}/delete/", {"post": "yes"}).status_code == 302
    everything = {"action": "delete_selected", "_selected_action": [article.pk], "post": "yes"}
    editor.post("/admin/articles/article/", everything)
    assert list(Article.objects.all()) == [article]
    delete = f"/admin/articles/article/{article.pk}/delete/"

    assert editor.get(delete).status_code == 403
    assert editor.post(delete, {"post": "yes"}).status_code == 403
    assert Article.objects.exists()
    assert admin.post(delete, {"post": "yes"}).status_code == 302
    assert not Article.objects.exists()


HOSTILE = {
    "NUL": {"title": "a\0b", "references-0-key": "\0", "seen": "\0"},
    "one megabyte of text": {"body": "[" * 1_000_000},
    "one megabyte of title": {"title": "x" * 1_000_000},
    "unknown ids": {"topics": ["999999", "x", "\0"], "hero": "9" * 40, "contributions-0-person": "-1"},
    "wrong types": {"status": "king", "published_at_0": "31.02.", "references-0-year": "9" * 30},
    "no formsets": {"objectives-TOTAL_FORMS": [], "references-INITIAL_FORMS": "no"},
    "many rows": {"objectives-TOTAL_FORMS": "999999999", "objectives-INITIAL_FORMS": "999999999"},
    "strange rows": {"objectives-INITIAL_FORMS": "1", "objectives-0-id": "x", "objectives-0-position": "-9"},
    "emoji and halves": {"title": "\U0001f600\udfff".encode("utf-8", "surrogatepass"), "slug": "ä ö"},
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE)
def test_hostile_form_is_answered_with_an_error(editor, change):
    response = editor.post(ADD, complete(editor) | change)

    assert response.status_code in (200, 400)
    assert not Article.objects.exists()


def test_form_with_nothing_in_it_is_answered_with_errors(editor):
    article = factories.make_article()

    assert editor.post(ADD, {}).status_code == 200
    assert editor.post(address(article), {}).status_code == 200
    assert editor.get("/admin/articles/article/nonsense/change/").status_code == 302
    assert editor.get("/admin/articles/article/99999999999999999999/change/").status_code == 302


def test_row_of_another_article_cannot_be_taken_over(editor):
    other = factories.make_article()
    article = factories.make_article()
    theirs = other.objectives.get()
    page = editor.get(address(article))

    editor.post(
        address(article), filled(page, objectives__0__id=str(theirs.pk), objectives__0__text="stolen")
    )

    theirs.refresh_from_db()
    assert (theirs.article_id, theirs.text != "stolen") == (other.pk, True)


EDITED = ["article", "topic", "person", "picture"]
SITE = ["page", "event", "committeemember"]
TRIALS = ["trial", "drug", "drugclass", "regimen", "endpoint", "source"]


def test_editor_sees_exactly_what_editors_write(editor):
    response = editor.get("/admin/")

    shown = {
        (app["app_label"], model["object_name"].lower())
        for app in response.context["app_list"]
        for model in app["models"]
    }
    expected = {"articles": EDITED, "portal": SITE, "trials": TRIALS, "newsletter": ["issue"]}
    assert shown == {(app, model) for app, models in expected.items() for model in models}


@pytest.mark.parametrize(
    "path",
    [
        "accounts/user",
        "accounts/attestation",
        "accounts/statement",
        "accounts/patientorganisation",
        "portal/hub",
        "portal/consentnotice",
        "portal/consentrecord",
        "portal/contactmessage",
        "portal/outgoingmail",
        "auth/group",
        "account/emailaddress",
    ],
)
def test_editor_is_refused_elsewhere(editor, admin, path):
    assert editor.get(f"/admin/{path}/").status_code == 403
    assert editor.get(f"/admin/{path}/add/").status_code == 403
    assert admin.get(f"/admin/{path}/").status_code == 200


@pytest.mark.parametrize("model", EDITED)
def test_editor_opens_list_and_form(editor, member, model):
    assert editor.get(f"/admin/articles/{model}/").status_code == 200
    assert editor.get(f"/admin/articles/{model}/add/").status_code == 200
    assert member.get(f"/admin/articles/{model}/").status_code == 403


def test_visitor_is_sent_to_sign_in(visitor, db):
    response = visitor.get(LIST)

    assert (response.status_code, response.url.split("?")[0]) == (302, "/accounts/login/")


def test_person_is_written_with_a_disclosure(editor):
    page = editor.get("/admin/articles/person/add/")

    response = editor.post(
        "/admin/articles/person/add/",
        filled(page, name="Dr New", slug="dr-new", disclosures__0__statement="Nothing to disclose."),
    )

    assert response.status_code == 302
    assert Person.objects.get().disclosures.get().statement == "Nothing to disclose."
    assert "Dr New" in editor.get("/admin/articles/person/?q=new").content.decode()


def test_autocomplete_offers_people_to_editors(editor, member):
    factories.make_person("Dr Wanted")
    query = {"app_label": "articles", "model_name": "contribution", "field_name": "person", "term": "want"}

    response = editor.get("/admin/autocomplete/", query)

    assert [result["text"] for result in response.json()["results"]] == ["Dr Wanted"]
    assert member.get("/admin/autocomplete/", query).status_code == 403


def test_treatments_are_drugs_found_by_their_other_names(editor, member):
    drug = factories.make_treatment("bortezomib")
    drug.names.create(name="Velcade", kind="brand")
    query = {"app_label": "articles", "model_name": "article", "field_name": "treatments", "term": "velc"}

    response = editor.get("/admin/autocomplete/", query)

    assert [result["text"] for result in response.json()["results"]] == ["bortezomib"]
    assert member.get("/admin/autocomplete/", query).status_code == 403
    assert editor.get("/admin/articles/treatment/").status_code == 404


def test_contribution_twice_is_refused_as_a_form_error(editor):
    article = factories.make_article()
    person = Contribution.objects.filter(article=article).first().person
    page = editor.get(address(article))

    response = editor.post(
        address(article),
        filled(page, contributions__1__person=str(person.pk), contributions__1__role="author"),
    )

    assert response.status_code == 200
    assert Contribution.objects.filter(article=article).count() == 2


def test_picture_is_uploaded_listed_and_kept_while_a_text_shows_it(editor, admin, monkeypatch):
    monkeypatch.setattr(pictures, "WIDTHS", (400,))
    page = editor.get("/admin/articles/picture/add/")
    response = editor.post(
        "/admin/articles/picture/add/", filled(page, upload=images.upload(), alt="Two discs", kind="articles")
    )
    picture = Picture.objects.get()
    article = factories.make_article(body=f"![Two discs](/media/articles/{picture.key}/400.jpg) [@first]")

    listed = editor.get("/admin/articles/picture/").content.decode()

    assert response.status_code == 302
    assert f"/media/articles/{picture.key}/400.jpg" in listed
    assert list(article.pictures.all()) == [picture]
    assert admin.post(f"/admin/articles/picture/{picture.pk}/delete/", {"post": "yes"}).status_code == 403


def test_file_that_is_no_picture_is_refused_on_its_field(editor):
    page = editor.get("/admin/articles/picture/add/")
    upload = images.upload(b"<svg/>")

    response = editor.post(
        "/admin/articles/picture/add/", filled(page, upload=upload, alt="x", kind="articles")
    )

    assert "upload" in errors_of(response)
    assert not Picture.objects.exists()
