"""A page is made once for all readers who would see the same, and never shown when it is no longer true."""

import gzip
import json
import os
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import timedelta
from time import sleep

import brotli
import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Statement
from articles.models import Article, Bookmark, Topic
from portal import views
from portal.models import ConsentNotice, ContentChange, Hub
from portal.pagecache.answers import encoding_for
from portal.pagecache.revision import lookup
from portal.pagecache.store import pages
from tests import factories
from tests.processes import url_of

pytestmark = pytest.mark.django_db

# What no kept page shows.
NOT_SHOWN = {
    "accounts_attestation": "evidence",
    "articles_bookmark": "asked for by the view, as part of the key",
    "articles_searchentry": "only in search, whose pages are not kept",
    "portal_consentrecord": "evidence",
    "portal_contactmessage": "only in the admin",
    "portal_contentchange": "what the triggers write",
    "portal_outgoingmail": "mail",
    "trials_registryarm": "only in the admin",
    "trials_registrysnapshot": "only in the admin",
    "trials_registrysuggestion": "only in the admin",
}
APPS_OF_PAGES = ("accounts", "articles", "portal", "trials")  # those of newsletter/ are not kept
ACCOUNTS = "accounts_user"  # whose pages are their own


@pytest.fixture(autouse=True)
def _kept_pages(settings, monkeypatch):
    """Pages are kept, and the database is asked for each."""
    settings.PAGE_CACHE_BYTES = 1_000_000
    monkeypatch.setattr("portal.pagecache.revision.EVERY", 0)
    pages.clear()
    lookup.forget()
    yield
    pages.clear()
    lookup.forget()


@pytest.fixture
def article(db):
    return factories.make_article(slug="a", title="First title")


def text(client, path="/articles/a/", **options):
    response = client.get(path, **options)
    assert response.status_code == 200
    return response.content.decode()


def withdraw(article):
    Article.objects.filter(pk=article.pk).update(
        status="withdrawn", withdrawn_reason="A figure was wrong.", withdrawn_at=timezone.now()
    )


def test_second_reader_gets_the_page_of_the_first(reader, article, django_assert_num_queries):
    first = text(reader)
    other = factories.attested(Client())

    with django_assert_num_queries(1):
        assert text(other) == first


def test_within_a_second_no_database_is_asked(reader, article, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("portal.pagecache.revision.EVERY", 1000)
    text(reader)

    with django_assert_num_queries(0):
        text(reader)


@pytest.mark.parametrize("path", ["/", "/articles/", "/articles/a/", "/topics/t/", "/about/", "/trials/"])
def test_page_of_readers_who_are_not_signed_in_is_kept(reader, path):
    topic = factories.make_topic("t", slug="t")
    factories.make_article(slug="a", topics=[topic])
    first = text(reader, path)
    kept = len(pages)

    assert text(reader, path) == first
    assert len(pages) == kept == 1


@pytest.mark.parametrize(
    "path", ["/search/?q=trial", "/contact/", "/cookies/", "/newsletter/", "/accounts/login/"]
)
def test_private_page_is_not_kept(reader, path):
    text(reader, path)

    assert len(pages) == 0


def test_change_shows_at_once(reader, article):
    text(reader)

    Article.objects.filter(pk=article.pk).update(title="Second title")

    assert "Second title" in text(reader)


def test_withdrawn_article_is_gone_at_once(reader, article):
    assert "withdrawn" not in text(reader)

    withdraw(article)

    assert "A figure was wrong." in text(reader)


def test_change_of_identity_shows_on_all_pages(reader, article):
    text(reader)

    Hub.objects.update_or_create(pk=1, defaults={"name": "Another hub"})

    assert "Another hub" in text(reader)


def test_scheduled_article_enters_the_kept_list_by_itself(reader):
    now = timezone.now()
    factories.make_article(title="Tomorrow's", status="scheduled", published_at=now + timedelta(hours=24))
    with time_machine.travel(now, tick=False):
        assert "Tomorrow's" not in text(reader, "/articles/")
    with time_machine.travel(now + timedelta(hours=25), tick=False):
        assert "Tomorrow&#x27;s" in text(reader, "/articles/")


def test_gate_stands_before_a_kept_page(reader, visitor, article):
    kept = text(reader)

    assert text(visitor) != kept
    assert "describe the results" in text(visitor)
    assert visitor.get("/articles/a/")["Cache-Control"] == "private, no-store"
    visitor.cookies["attestation"] = reader.cookies["attestation"].value + "x"
    assert text(visitor) != kept


def test_gate_itself_is_never_kept(reader, visitor, article):
    gate = text(visitor)

    assert len(pages) == 0
    assert text(reader) != gate


def test_new_wording_of_the_statement_closes_kept_pages(reader, article):
    kept = text(reader)

    Statement.objects.create(version=Statement.objects.current().version + 1, text="Another wording.")

    assert "Another wording." in text(reader)
    assert text(reader) != kept


def test_declaration_that_has_run_out_opens_no_kept_page(article, settings):
    reader = factories.attested(Client())
    kept = text(reader)

    with time_machine.travel(timezone.now() + timedelta(days=settings.ATTESTATION_DAYS + 1)):
        assert text(factories.attested(Client())) != ""
        assert text(reader) != kept


def test_each_choice_has_a_page_of_its_own(reader, article):
    ConsentNotice.objects.create(version=99, text="May we?")
    texts = [text(reader)]
    texts.append(text(reader, headers={"Sec-GPC": "1"}))
    reader.post("/cookies/", {"choice": "reject-all", "version": "99"})
    texts.append(text(reader))
    reader.post("/theme/", {"theme": "dark"})
    texts.append(text(reader))

    assert ["May we?" in page for page in texts] == [True, False, False, False]
    assert ['data-theme="dark"' in page for page in texts] == [False, False, False, True]
    assert len(pages) == 4


def test_closed_announcement_stays_closed(reader, article):
    event = factories.make_event(title="An expert panel")
    other = factories.attested(Client())
    assert "An expert panel" in text(reader)

    reader.post(f"/events/{event.slug}/dismiss/")

    assert "An expert panel" not in text(reader)
    assert "An expert panel" in text(other)


def test_fragment_is_not_answered_with_a_page(reader, article):
    text(reader, "/articles/")
    kept = len(pages)

    reader.get("/articles/", headers={"HX-Request": "true"})

    assert len(pages) == kept


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
    fresh = lookup.current()
    answers = iter([replace(fresh, is_last=True)])
    monkeypatch.setattr(lookup, "current", lambda: next(answers, fresh))

    assert "You are signed in" in text(member)

    assert "You are signed in" not in text(reader)


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


def test_same_page_is_sent_in_the_encoding_that_is_asked_for(reader, article):
    plain = reader.get("/articles/a/")
    gzipped = reader.get("/articles/a/", headers={"Accept-Encoding": "gzip"})
    brotlied = reader.get("/articles/a/", headers={"Accept-Encoding": "gzip, deflate, br"})

    assert (gzipped["Content-Encoding"], brotlied["Content-Encoding"]) == ("gzip", "br")
    assert gzip.decompress(gzipped.content) == brotli.decompress(brotlied.content) == plain.content
    for response in (plain, gzipped, brotlied):
        assert response["Content-Length"] == str(len(response.content))
        assert response["Cache-Control"] == "private, no-cache"
        assert {"Accept-Encoding", "Cookie"} <= set(response["Vary"].split(", "))
        assert "default-src 'none'" in response["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("", ""),
        ("identity", ""),
        ("br;q=0, gzip", "gzip"),
        ("br; q=0.0,gzip;q=0", ""),
        ("GZIP", "gzip"),
        ("gzip;q=0.5, br;q=0.1", "br"),
        ("vibrant", ""),
        ("*", ""),
    ],
)
def test_encoding_for(accepted, encoding):
    assert encoding_for(accepted) == encoding


@pytest.mark.parametrize("form", ["{tag}", '"other", {tag}', "{strong}", "*"])
def test_browser_that_has_the_page_is_told_so(reader, article, form):
    tag = reader.get("/articles/a/")["ETag"]
    headers = {"If-None-Match": form.format(tag=tag, strong=tag.removeprefix("W/"))}

    response = reader.get("/articles/a/", headers=headers)

    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == tag
    Article.objects.filter(pk=article.pk).update(title="Second title")
    if form != "*":
        assert reader.get("/articles/a/", headers=headers).status_code == 200


def test_nobody_learns_by_a_tag_what_stands_behind_the_gate(reader, visitor, article):
    tag = reader.get("/articles/a/")["ETag"]

    response = visitor.get("/articles/a/", headers={"If-None-Match": tag})

    assert response.status_code == 200
    assert "ETag" not in response


def test_memory_is_bounded(reader, article, settings):
    settings.PAGE_CACHE_BYTES = 60_000

    for number in range(20):
        text(reader, f"/articles/a/?n={number}")

    assert 1 <= len(pages) < 20
    assert pages.size <= 60_000
    assert len(text(reader, "/articles/a/?n=19")) > 0


def test_address_of_excessive_length_is_not_kept(reader, article):
    text(reader, f"/articles/a/?{'n' * 3000}")

    assert len(pages) == 0


def test_without_memory_nothing_is_kept(reader, article, settings):
    settings.PAGE_CACHE_BYTES = 0

    text(reader)

    assert len(pages) == 0


@pytest.mark.django_db(transaction=True)
def test_stampede_makes_the_page_once(article, monkeypatch):
    made = []
    latest = views.topics_with_latest

    def slowly(now):
        made.append(now)
        sleep(0.3)  # so that the others come meanwhile
        return latest(now)

    monkeypatch.setattr(views, "topics_with_latest", slowly)
    monkeypatch.setattr("portal.pagecache.revision.LONGEST_WAIT", 60)  # on a busy machine, too
    readers = [factories.attested(Client()) for _ in range(6)]
    answers = []

    def read(client):
        answers.append(client.get("/").content)
        connection.close()

    threads = [threading.Thread(target=read, args=[client]) for client in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(made) == 1
    assert len(answers) == 6
    assert len(set(answers)) == 1


def test_failed_page_is_not_kept_and_the_next_one_is_made(reader, article, monkeypatch):
    monkeypatch.setattr(views, "topics_with_latest", lambda now: 1 / 0)
    reader.raise_request_exception = False
    assert reader.get("/").status_code == 500
    monkeypatch.undo()

    assert text(reader, "/")


@pytest.fixture
def start_process(transactional_db):
    """start() begins a process of its own on this database; returns what asks it for a page: (path, cookie) → text."""
    started = []

    def start():
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "portal.settings",
            "DATABASE_URL": url_of(connection.settings_dict),
            "SECRET_KEY": settings.SECRET_KEY,
            "SUPPRESSION_KEY": settings.SUPPRESSION_KEY,
        }
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.portal.page_server"],
            cwd=settings.BASE_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)

        def ask(path, cookie):
            print(json.dumps([path, cookie]), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        return ask

    yield start
    for process in started:
        process.communicate(timeout=20)  # the end of its input ends it


@pytest.mark.django_db(transaction=True)
def test_withdrawn_article_is_gone_from_all_processes_within_a_second(start_process, reader, article):
    cookie = reader.cookies["attestation"].value
    processes = [start_process(), start_process()]
    first = [ask("/articles/a/", cookie) for ask in processes]
    again = [ask("/articles/a/", cookie) for ask in processes]

    withdraw(article)
    sleep(1)

    assert ["withdrawn" in page["text"] for page in first] == [False, False]
    assert [page["made"] for page in first + again] == [1, 1, 1, 1]
    assert ["A figure was wrong." in ask("/articles/a/", cookie)["text"] for ask in processes] == [True, True]


@pytest.fixture
def database_away(monkeypatch):
    def away():
        def refuse(now, alias="default"):
            raise OperationalError("no server")

        monkeypatch.setattr("portal.pagecache.revision.look_up", refuse)

    return away


@pytest.mark.django_db(transaction=True)
def test_kept_page_is_served_with_a_notice_while_the_database_is_away(reader, member, article, database_away):
    kept = text(reader)
    database_away()

    for client in (reader, member):
        response = client.get("/articles/a/", headers={"Accept-Encoding": "br"})
        page = response.content.decode()
        assert "Our database cannot be reached at the moment" in page
        assert page.count("<main") == 1
        assert page.replace(page[page.index('<div class="wrap messages"') : page.index("<main")], "") == kept
        assert response["Cache-Control"] == "private, no-store"


@pytest.mark.django_db(transaction=True)
def test_gate_holds_while_the_database_is_away(reader, visitor, article, database_away):
    text(reader)
    database_away()

    assert "Our database cannot be reached" not in text(visitor)
    assert "First title" in text(reader)


@pytest.mark.django_db(transaction=True)
def test_pages_are_as_ever_when_the_database_is_back(reader, article, database_away, monkeypatch):
    kept = text(reader)
    database_away()
    text(reader)
    monkeypatch.undo()
    lookup.forget()

    assert text(reader) == kept


def test_every_table_is_watched_or_known_to_be_shown_on_no_kept_page():
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'note_content_change'")
        watched = {table for (table,) in cursor.fetchall()}
    models = [model for label in APPS_OF_PAGES for model in apps.get_app_config(label).get_models(True)]
    tables = {model._meta.db_table for model in models}
    of_accounts = {table for table in tables if table.startswith(ACCOUNTS)}

    assert tables - watched - of_accounts == set(NOT_SHOWN)
    assert watched <= tables


def test_one_row_is_noted_for_a_statement_that_changes_something():
    before = ContentChange.objects.count()

    Hub.objects.filter(pk=-1).update(name="Nobody")
    assert ContentChange.objects.count() == before

    factories.make_topic("one"), factories.make_topic("two")
    between = ContentChange.objects.count()
    Topic.objects.update(description="The same for both.")
    assert ContentChange.objects.count() == between + 1 == before + 3


def test_change_that_is_rolled_back_leaves_nothing():
    before = ContentChange.objects.count()
    with transaction.atomic():
        point = transaction.savepoint()
        factories.make_topic("one")
        transaction.savepoint_rollback(point)
        assert ContentChange.objects.count() == before
        factories.make_topic("two")

    assert ContentChange.objects.count() == before + 1


def test_purge_keeps_the_newest():
    factories.make_topic("one"), factories.make_topic("two")
    now = timezone.now()
    newest = ContentChange.objects.order_by("-pk")[0]

    assert ContentChange.objects.purge(now) == 0
    ContentChange.objects.purge(now + timedelta(days=2))

    assert ContentChange.objects.get() == newest
    assert str(newest)
