import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib import admin as django_admin
from django.test import Client
from django.utils import timezone

from articles.rendering import RENDERER_VERSION
from portal.models import CommitteeMember, ConsentNotice, ContactMessage, Event, Hub, OutgoingMail, Page
from tests import factories
from tests.forms import errors_of, filled


@pytest.fixture
def admin(db):
    client = Client()
    client.user = factories.make_admin()
    client.force_login(client.user)
    return client


def test_page_is_rendered_when_it_is_saved(editor, visitor):
    page = Page.objects.get(slug="about")
    path = f"/admin/portal/page/{page.pk}/change/"

    response = editor.post(path, filled(editor.get(path), body="## Who\n\nWe *are*."))

    assert response.status_code == 302
    page.refresh_from_db()
    assert "<em>are</em>" in page.body_html
    assert page.rendered_with == RENDERER_VERSION
    assert "<em>are</em>" in visitor.get("/about/").content.decode()


def test_page_that_cannot_be_rendered_is_refused_with_its_line(editor):
    page = Page.objects.get(slug="about")
    path = f"/admin/portal/page/{page.pk}/change/"

    response = editor.post(path, filled(editor.get(path), body="One\n\n[@nobody]"))

    assert errors_of(response)["body"][0].startswith("Line 3: ")
    assert filled(response)["body"] == ["One\n\n[@nobody]"]


def test_pages_are_neither_added_nor_deleted(editor, admin):
    page = Page.objects.get(slug="about")

    for client in (editor, admin):
        assert client.get("/admin/portal/page/add/").status_code == 403
        assert client.post(f"/admin/portal/page/{page.pk}/delete/", {"post": "yes"}).status_code == 403


def event_form(client, path="/admin/portal/event/add/", **changes):
    values = {
        "title": "Panel",
        "slug": "panel",
        "hosts": "One\nTwo",
        "speakers": "Three",
        "description": "An *open* question.",
        "starts_at_0": "2027-07-01",
        "starts_at_1": "18:00",
        "ends_at_0": "2027-07-01",
        "ends_at_1": "19:30",
        "timezone": "Europe/Berlin",
        "funding_statement": "A grant.",
        "is_published": "on",
    }
    return filled(client.get(path), **(values | changes))


def test_event_is_typed_in_its_own_time_zone(editor, reader):
    response = editor.post("/admin/portal/event/add/", event_form(editor))

    assert response.status_code == 302
    event = Event.objects.get()
    assert event.starts_at == datetime(2027, 7, 1, 16, 0, tzinfo=UTC)
    assert "<em>open</em>" in event.description_html
    again = filled(editor.get(f"/admin/portal/event/{event.pk}/change/"))
    assert (again["starts_at_0"], again["starts_at_1"]) == (["01/07/2027"], ["18:00:00"])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"ends_at_1": "17:00"}, "ends_at"),
        ({"description": "[@x]"}, "description"),
        ({"starts_at_0": "0001-01-01", "timezone": "Asia/Tokyo"}, "starts_at"),
        ({"registration_url": "javascript:alert(1)"}, "registration_url"),
    ],
)
def test_bad_event_is_refused_on_its_field(editor, change, field):
    response = editor.post("/admin/portal/event/add/", event_form(editor, **change))

    assert response.status_code == 200
    assert field in errors_of(response)


def test_site_is_described_once(admin, editor):
    Hub.objects.all().delete()
    path = "/admin/portal/hub/add/"

    response = admin.post(path, filled(admin.get(path), name="Our hub"))

    assert response.status_code == 302
    assert Hub.objects.get().pk == 1
    assert admin.get(path).status_code == 403
    assert admin.post("/admin/portal/hub/1/delete/", {"post": "yes"}).status_code == 403
    assert "Our hub" in editor.get("/admin/").content.decode()


def test_committee_member_is_added_by_an_editor(editor):
    person = factories.make_person()
    path = "/admin/portal/committeemember/add/"

    response = editor.post(path, filled(editor.get(path), person=str(person.pk), role="chair"))

    assert response.status_code == 302
    assert CommitteeMember.objects.get().person == person
    assert editor.post(path, {"person": "nonsense", "role": "chair"}).status_code == 200


def test_editor_unpublishes_events_but_does_not_delete_them(editor):
    editor.post("/admin/portal/event/add/", event_form(editor))
    event = Event.objects.get()
    path = f"/admin/portal/event/{event.pk}"

    assert editor.post(f"{path}/delete/", {"post": "yes"}).status_code == 403
    editor.post(f"{path}/change/", filled(editor.get(f"{path}/change/"), is_published=[]))

    event.refresh_from_db()
    assert not event.is_published
    assert event.starts_at == datetime(2027, 7, 1, 16, 0, tzinfo=UTC)


def test_message_is_read_and_marked_once(admin):
    message = ContactMessage.objects.create(name="N", email="n@example.org", message="Hello")
    path = "/admin/portal/contactmessage/"
    mark = {"action": "mark_answered", "_selected_action": [str(message.pk)]}

    admin.post(path, mark)
    message.refresh_from_db()
    first = message.answered_at
    admin.post(path, mark)
    admin.post(f"{path}{message.pk}/change/", {"message": "forged", "answered_at": ""})

    message.refresh_from_db()
    assert first is not None
    assert (message.answered_at, message.message) == (first, "Hello")


def test_outgoing_mail_shows_its_state_and_not_its_words(admin):
    mail = OutgoingMail.objects.create(recipients=["n@example.org"], message=b"Subject: secret words")

    html = admin.get(f"/admin/portal/outgoingmail/{mail.pk}/change/").content.decode()

    assert "n@example.org" in html
    assert "secret words" not in html
    assert admin.post(f"/admin/portal/outgoingmail/{mail.pk}/delete/", {"post": "yes"}).status_code == 403


def test_cookie_notice_is_versioned(admin):
    path = "/admin/portal/consentnotice/add/"
    last = ConsentNotice.objects.order_by("-version").first()

    admin.post(path, filled(admin.get(path), text="New notice"))

    assert ConsentNotice.objects.get(text="New notice").version == (last.version if last else 0) + 1


INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\bsrc=)(?![^>]*application/json)")


def test_no_page_of_the_admin_has_anything_inline(admin):
    factories.make_article()
    ContactMessage.objects.create(name="N", email="n@example.org", message="Hello")
    now = timezone.now()
    OutgoingMail.objects.create(recipients=["n@example.org"], message=b"", not_before=now + timedelta(days=1))
    pages = ["/admin/", "/admin/password_change/"]
    for model in django_admin.site._registry:
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        row = model._default_manager.first()
        pages += [
            base,
            f"{base}add/",
            *([f"{base}{row.pk}/change/", f"{base}{row.pk}/history/"] if row else []),
        ]

    found = {page: INLINE.findall(admin.get(page).content.decode()) for page in pages}

    assert {page: inline for page, inline in found.items() if inline} == {}


def test_render_makes_again_what_an_older_renderer_made(editor, capsys, django_assert_max_num_queries):
    from django.core.management import call_command

    article = factories.make_article()
    html, modified_at = article.body_html, article.modified_at
    type(article).objects.update(rendered_with=0, body_html="old")
    Page.objects.update(rendered_with=0, body_html="old")

    call_command("render")
    said = capsys.readouterr().out

    article.refresh_from_db()
    assert (article.body_html, article.modified_at) == (html, modified_at)
    assert not Page.objects.filter(body_html="old").exists()
    assert said.count("rendered") == 1 + Page.objects.count()
    with django_assert_max_num_queries(4):  # articles, trials, pages, events
        call_command("render")
    assert capsys.readouterr().out == ""


def test_render_names_what_cannot_be_rendered_and_goes_on(db, capsys):
    from django.core.management import call_command

    article = factories.make_article()
    type(article).objects.update(rendered_with=0, body="[@gone]")
    Page.objects.update(rendered_with=0)

    with pytest.raises(SystemExit):
        call_command("render", "--all")

    assert "Line 1: " in capsys.readouterr().err
    assert not Page.objects.filter(rendered_with=0).exists()
