"""The gate: who gets in, who does not, and what the others see."""

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve

from accounts import access
from tests.factories import attested, make_article, make_editor, make_user, sign_in

GATED = ["/", "/articles/", "/search/?q=trial", "/bookmarks/", "/account/"]
BUTTON = "I am a healthcare professional"


@pytest.mark.parametrize("path", GATED)
def test_gated_page_shows_the_gate_at_its_own_address(visitor, db, path):
    response = visitor.get(path)

    assert response.status_code == 200
    assert BUTTON in response.content.decode()
    assert response.templates[0].name == "accounts/gate.html"
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", ["/", "/articles/", "/search/?q=trial"])
def test_gated_page_opens_for_an_attested_reader(reader, path):
    response = reader.get(path)

    assert response.status_code == 200
    assert BUTTON not in response.content.decode()


def test_gate_of_an_article_shows_title_date_and_objective_only(visitor, db):
    article = make_article(title="Zanubrutinib at noon", objectives=["describe the noon effect"])

    page = visitor.get(article.get_absolute_url()).content.decode()

    assert "Zanubrutinib at noon" in page
    assert "describe the noon effect" in page
    assert article.published_at.strftime("%Y") in page
    assert article.summary not in page
    assert "Median survival" not in page


def test_gate_of_a_withdrawn_article_says_so_and_promises_nothing(visitor, db):
    article = make_article(
        status="withdrawn",
        withdrawn_reason="Retracted.",
        title="Gone",
        objectives=["describe the noon effect"],
    )

    page = visitor.get(article.get_absolute_url()).content.decode()

    assert "Gone" in page
    assert "has been withdrawn" in page
    assert "noon effect" not in page


def test_gate_shows_no_teaser_when_the_setting_turns_it_off(visitor, db, settings):
    settings.GATE_TEASER = False
    article = make_article(title="Zanubrutinib at noon", objectives=["describe the noon effect"])

    response = visitor.get(article.get_absolute_url())

    assert "Zanubrutinib at noon" not in response.content.decode()
    assert "noon effect" not in response.content.decode()
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_gate_of_an_article_that_nobody_may_read_is_not_found(visitor, db):
    draft = make_article(status="draft", title="Not yet")

    assert visitor.get(draft.get_absolute_url()).status_code == 404
    assert visitor.get("/articles/no-such-article/").status_code == 404


def test_head_request_for_a_gated_page_is_answered_by_the_gate(visitor, db):
    article = make_article()

    response = visitor.head(article.get_absolute_url())

    assert response.status_code == 200
    assert response.content == b""
    assert response.templates[0].name == "accounts/gate.html"


def test_fragment_of_a_gated_page_is_refused_and_reloads(visitor, db):
    article = make_article()

    response = visitor.get(article.get_absolute_url(), headers={"HX-Request": "true"})

    assert response.status_code == 403
    assert response.headers["HX-Refresh"] == "true"
    assert "Median survival" not in response.content.decode()


def test_form_sent_to_a_gated_page_is_refused(visitor, db):
    article = make_article()

    response = visitor.post(f"/articles/{article.slug}/bookmark/", {"command": "save"})

    assert response.status_code == 403


def test_members_page_asks_an_attested_reader_to_sign_in(reader):
    response = reader.get("/bookmarks/")

    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/bookmarks/"


def test_members_page_opens_for_a_member(member):
    assert member.get("/bookmarks/").status_code == 200
    assert member.get("/account/").status_code == 200


def test_admin_asks_for_sign_in_refuses_members_and_lets_editors_in(reader, member, editor):
    assert reader.get("/admin/").headers["Location"].startswith("/accounts/login/")
    assert member.get("/admin/").status_code == 403
    assert editor.get("/admin/").status_code == 200


def test_staff_rule_refuses_an_inactive_editor(db):
    request = RequestFactory().get("/admin/")
    request.user = make_editor(is_active=False)

    with pytest.raises(access.PermissionDenied):
        access.refuse_non_staff(request)


def test_view_without_audience_is_refused_to_everybody(member):
    def undeclared(request):
        return HttpResponse("open")

    request = RequestFactory().get("/")
    request.user, request.resolver_match = member.user, resolve("/")

    with pytest.raises(access.PermissionDenied):
        access.AccessMiddleware(lambda r: None).process_view(request, undeclared, (), {})


def test_pages_are_kept_out_of_shared_caches(reader, member, db):
    article = make_article()

    for client in (reader, member):
        response = client.get(article.get_absolute_url())
        assert response.headers["Cache-Control"] == "private"


def test_not_a_professional_leads_to_patient_organisations_and_sets_nothing(visitor, db):
    response = visitor.get("/not-a-professional/")

    page = response.content.decode()
    assert "International Myeloma Foundation" in page
    assert "HealthTree Foundation" in page
    assert not response.cookies


def test_signing_in_carries_the_attestation_to_a_new_browser(db):
    user = make_user()
    sign_in(attested(Client()), user)

    second = sign_in(Client(), user)

    assert BUTTON not in second.get("/").content.decode()
    assert "attestation" in second.cookies
    second.post("/accounts/logout/")
    assert BUTTON not in second.get("/").content.decode()
