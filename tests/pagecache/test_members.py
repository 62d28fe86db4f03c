"""Readers who are signed in share pages that tell nothing of them, and none with visitors."""

from dataclasses import replace

import pytest
from django.test import Client

from articles.models import Bookmark
from portal.pagecache.revision import lookup
from portal.pagecache.store import pages
from tests import factories

from .asking import text

pytestmark = pytest.mark.django_db


def test_members_share_a_page_that_tells_nothing_of_them(member, article, django_assert_num_queries):
    first = text(member)
    other = factories.attested(Client())
    other.force_login(factories.make_user())

    assert member.user.email not in first
    assert "You are signed in" in first
    with django_assert_num_queries(4):  # revision, session, account, bookmark
        assert text(other) == first


def test_member_sees_their_own_bookmark(member, article):
    other = factories.attested(Client())
    other.force_login(factories.make_user())
    assert "Remove bookmark" not in text(member)

    Bookmark.objects.create(user=member.user, article=article)

    assert "Remove bookmark" in text(member)
    assert "Remove bookmark" not in text(other)


def test_member_gets_no_page_of_visitors_and_they_none_of_the_members(member, reader, article):
    texts = [text(reader), text(member), text(reader), text(member)]

    assert ["You are signed in" in each for each in texts] == [False, True, False, True]


def test_page_of_a_member_is_not_kept_for_all_if_the_database_comes_back_meanwhile(
    member, reader, article, monkeypatch
):
    text(reader)
    fresh = lookup.current()
    answers = iter([replace(fresh, is_last=True)])
    monkeypatch.setattr(lookup, "current", lambda: next(answers, fresh))

    assert "You are signed in" in text(member)

    assert "You are signed in" not in text(reader)


def test_unchanged_page_allows_what_the_page_allowed(member, article):
    member.post("/cookies/", {"choice": "accept-all", "next": "/about/"})
    whole = member.get("/articles/a/")

    unchanged = member.get("/articles/a/", headers={"If-None-Match": whole["ETag"]})

    assert unchanged.status_code == 304
    assert "translate.google.com" in whole["Content-Security-Policy"]
    assert unchanged["Content-Security-Policy"] == whole["Content-Security-Policy"]


def test_page_with_a_message_is_shown_once(member, article):
    text(member)
    member.post("/articles/a/bookmark/", {"command": "save"})
    member.post("/articles/a/bookmark/", {"command": "remove", "next": "bookmarks"})

    assert "The bookmark has been removed." in text(member)
    assert "The bookmark has been removed." not in text(member)


def test_editors_pages_are_not_kept(editor, article):
    text(editor)

    assert len(pages) == 0


def test_member_whose_session_has_ended_gets_the_page_of_visitors(member, article):
    text(member)
    member.user.delete()

    assert "You are signed in" not in text(member)
