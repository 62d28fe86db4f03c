"""Keeping an article: a command, not a switch."""

import re

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from articles.models import Bookmark
from tests.factories import PASSWORD, make_article, make_user


def test_bookmark_is_set_once_however_often_it_is_pressed(member):
    article = make_article()

    for _ in range(2):
        response = member.post(f"/articles/{article.slug}/bookmark/", {"command": "save"})

    assert (response.status_code, response.headers["Location"]) == (303, article.get_absolute_url())
    assert Bookmark.objects.get().user == member.user
    assert "Remove bookmark" in member.get(article.get_absolute_url()).content.decode()


def test_bookmark_is_removed_by_its_own_command(member):
    article = make_article()
    member.post(f"/articles/{article.slug}/bookmark/", {"command": "save"})

    for _ in range(2):
        member.post(f"/articles/{article.slug}/bookmark/", {"command": "remove"})

    assert not Bookmark.objects.exists()


def test_bookmark_fragment_is_answered_with_the_part_alone(member):
    article = make_article()

    response = member.post(
        f"/articles/{article.slug}/bookmark/", {"command": "save"}, headers={"HX-Request": "true"}
    )

    page = response.content.decode()
    assert "Remove bookmark" in page
    assert "<html" not in page


@pytest.mark.parametrize("data", [{}, {"command": "x"}, {"save": ""}])
def test_press_without_a_command_is_refused(member, data):
    article = make_article()

    response = member.post(f"/articles/{article.slug}/bookmark/", data)

    assert response.status_code == 400
    assert not Bookmark.objects.exists()


def test_bookmark_from_another_site_is_refused(member):
    article = make_article()

    response = member.post(
        f"/articles/{article.slug}/bookmark/", {"command": "save"}, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert response.status_code == 403
    assert not Bookmark.objects.exists()


def test_bookmark_of_an_unpublished_article_is_not_found(member):
    article = make_article(status="draft")

    assert member.post(f"/articles/{article.slug}/bookmark/", {"command": "save"}).status_code == 404
    assert member.post("/articles/no-such/bookmark/", {"command": "save"}).status_code == 404


def test_press_while_signed_out_leads_through_sign_in_and_is_kept(reader):
    article = make_article()
    user = make_user("reader@example.org")

    asked = reader.post(f"/articles/{article.slug}/bookmark/", {"command": "save"})
    assert asked.status_code == 303
    assert asked.headers["Location"] == f"/accounts/login/?next={article.get_absolute_url()}"
    signed_in = reader.post(asked.headers["Location"], {"login": user.email, "password": PASSWORD})

    assert signed_in.headers["Location"] == article.get_absolute_url()
    assert Bookmark.objects.get().article == article


def test_press_while_signed_out_leads_through_sign_up_and_is_kept(reader):
    article = make_article()
    asked = reader.post(f"/articles/{article.slug}/bookmark/", {"command": "save"})
    sign_up = asked.headers["Location"].replace("login", "signup")
    reader.post(sign_up, {"email": "new@example.org", "password1": PASSWORD})
    code = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", mail.outbox[0].body).group()

    confirmed = reader.post("/accounts/confirm-email/", {"code": code})

    assert confirmed.headers["Location"] == article.get_absolute_url()
    assert Bookmark.objects.get().user.email == "new@example.org"


def test_fragment_press_while_signed_out_sends_the_whole_page_to_sign_in(reader):
    article = make_article()

    response = reader.post(
        f"/articles/{article.slug}/bookmark/", {"command": "save"}, headers={"HX-Request": "true"}
    )

    assert response.headers["HX-Redirect"] == f"/accounts/login/?next={article.get_absolute_url()}"


def test_opening_the_address_of_the_command_changes_nothing(member):
    article = make_article()

    assert member.get(f"/articles/{article.slug}/bookmark/").status_code == 405
    assert not Bookmark.objects.exists()


def kept(response):
    return [bookmark.article.title for bookmark in response.context["page"]]


def test_bookmarks_are_mine_newest_first_and_searchable(member):
    for title in ("First kept", "Second kept", "Third zebra"):
        member.post(f"/articles/{make_article(title=title).slug}/bookmark/", {"command": "save"})
    Bookmark.objects.create(user=make_user(), article=make_article(title="Not mine"))

    assert kept(member.get("/bookmarks/")) == ["Third zebra", "Second kept", "First kept"]
    assert kept(member.get("/bookmarks/?q=KEPT")) == ["Second kept", "First kept"]
    assert kept(member.get("/bookmarks/?q=results")) == ["Third zebra", "Second kept", "First kept"]


def test_removal_on_the_bookmarks_page_comes_back_to_it(member):
    article = make_article()
    member.post(f"/articles/{article.slug}/bookmark/", {"command": "save"})

    response = member.post(f"/articles/{article.slug}/bookmark/", {"command": "remove", "next": "bookmarks"})

    assert (response.status_code, response.headers["Location"]) == (303, "/bookmarks/")
    assert kept(member.get("/bookmarks/")) == []


def test_database_refuses_two_bookmarks_of_one_article(member):
    article = make_article()
    Bookmark.objects.create(user=member.user, article=article)

    with pytest.raises(IntegrityError, match="one_bookmark_per_user_and_article"), transaction.atomic():
        Bookmark.objects.create(user=member.user, article=article)
