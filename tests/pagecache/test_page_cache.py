"""A page is made once for all readers who would see the same, and never shown when it is no longer true."""

import json
import os
import subprocess
import sys
import threading
from datetime import timedelta
from time import sleep

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import Statement
from articles.models import Article
from portal import views
from portal.models import ConsentNotice, Hub
from portal.pagecache.store import pages
from tests import factories
from tests.processes import url_of

from .asking import text

pytestmark = pytest.mark.django_db


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


def test_memory_is_bounded(reader, article, settings):
    settings.PAGE_CACHE_BYTES = 60_000

    for number in range(20):
        text(reader, f"/articles/a/?n={number}")

    assert 1 <= len(pages) < 20
    assert pages.size <= 60_000
    assert len(text(reader, "/articles/a/?n=19")) > 0


def test_addresses_that_somebody_makes_up_push_out_no_page_that_many_read(
    reader, article, settings, monkeypatch
):
    settings.PAGE_CACHE_BYTES = 60_000
    monkeypatch.setattr("portal.pagecache.revision.EVERY", 1000)
    text(reader)
    for number in range(20):
        text(reader, f"/articles/a/?n={number}")

    kept = {key[3] for key in pages._pages}

    assert "/articles/a/" in kept
    assert pages.get(next(key for key in pages._pages if key[4] == "")) is not None


def test_closed_announcements_that_do_not_exist_make_no_other_page(reader, article):
    text(reader)
    for number in range(3):
        reader.cookies["dismissed_event"] = f"made-up-{number}"
        text(reader)

    assert len(pages) == 1


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
            [sys.executable, "-m", "tests.pagecache.page_server"],
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
