"""What the portal needs fails, for real: what can be served is served, the rest answers 503, nothing is started again."""

import contextlib
import json
import os
import re
import subprocess
import sys
import uuid

import psycopg2
import pytest
from aiosmtpd.controller import Controller

from portal.local import children
from portal.local.loopback import LOOPBACK, free_port, listens, running
from portal.local.places import CHECKOUT
from portal.local.programs import REDIS, find
from portal.local.rehearsal import rehearsal
from tests.articles.images import image_bytes
from tests.deploy.direct import Direct, until
from tests.smtp import Sink

ARTICLE = "/articles/secret/"
NOTICE = "Our database cannot be reached at the moment"
ENOUGH = 40  # requests, after which each process of the web server has had one
CLAIMED = 500  # bytes: no picture is as small


@pytest.fixture(scope="module")
def redis_port():
    return free_port()


@pytest.fixture(scope="module")
def mail_port():
    return free_port()


@pytest.fixture(scope="module")
def stage(redis_port, mail_port):
    settings = {
        "PAGE_SECONDS": "1",
        "STAFF_SECOND_FACTOR": "0",
        "REDIS_URL": f"redis://{LOOPBACK}:{redis_port}/0",
        "EMAIL_URL": f"smtp://{LOOPBACK}:{mail_port}",
    }
    with rehearsal(**settings) as stage:
        yield stage


@pytest.fixture(scope="module")
def redis(stage, redis_port):
    """run() is a running Redis for the length of a block."""
    command = [find(REDIS), "--port", str(redis_port), "--bind", LOOPBACK, "--save", "", "--appendonly", "no"]
    return lambda: running(command, stage.folder, dict(os.environ), lambda: listens(redis_port))


@pytest.fixture(scope="module")
def portal(stage):
    with stage.portal() as server:
        yield server


@pytest.fixture(scope="module")
def sessions(stage, portal):
    """{"member": session key, "editor": session key}, of a portal with content."""
    code = "from tests.deploy import content, faulty; content.make(); faulty.make()"
    return json.loads(stage.manage("shell", "-c", code).splitlines()[-1])


@pytest.fixture
def reader(portal, sessions):
    """An attested reader; the article is kept by every process."""
    reader = Direct(portal.port).attest()
    assert until(lambda: reader.ask(ARTICLE).status == 200)
    assert {reader.ask(ARTICLE).status for _ in range(ENOUGH)} == {200}
    return reader


@pytest.fixture
def member(reader, sessions):
    member = Direct(reader.port)
    member.cookies = reader.cookies | {"__Host-sessionid": sessions["member"]}
    return member


@contextlib.contextmanager
def asking(stage):
    """A connection to the database that commits each statement: whoever is in trouble has one left."""
    connection = psycopg2.connect(stage.cluster.url)
    connection.autocommit = True
    with connection.cursor() as cursor:
        yield cursor
    connection.close()


def disconnect_portal(cursor):
    cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")


@contextlib.contextmanager
def database_gone(stage):
    stage.cluster.stop()
    try:
        yield
    finally:
        stage.cluster.ensure()


@contextlib.contextmanager
def database_slow(stage):
    """Somebody holds what everybody wants."""
    with asking(stage) as cursor:
        cursor.execute("BEGIN")
        cursor.execute("LOCK TABLE portal_contentchange, articles_article, portal_hub, django_session")
        yield


@contextlib.contextmanager
def no_connection_left(stage):
    taken = []
    with asking(stage) as cursor:
        disconnect_portal(cursor)
        try:
            with contextlib.suppress(psycopg2.OperationalError):
                while True:
                    taken.append(psycopg2.connect(stage.cluster.url))
            yield
        finally:
            for connection in taken:
                connection.close()


@pytest.mark.parametrize(
    ("fault", "readiness"),
    [
        (database_gone, 503),
        (database_slow, 200),  # it answers, if not to everything
        (no_connection_left, 503),
    ],
)
def test_kept_pages_are_served_and_the_rest_is_503(stage, reader, member, fault, readiness):
    with fault(stage):
        assert until(lambda: all(NOTICE in reader.ask(ARTICLE).content.decode() for _ in range(ENOUGH)))
        kept = [reader.ask(ARTICLE) for _ in range(10)] + [member.ask(ARTICLE) for _ in range(10)]
        search = reader.ask("/search/?q=anything")
        sign_up = reader.submit("/newsletter/", email="reader@example.org")
        gate = Direct(reader.port).ask(ARTICLE)
        alive, ready = reader.ask("/healthz"), reader.ask("/readyz")

    assert {answer.status for answer in kept} == {200}
    assert all("zygomorphic" in answer.content.decode() for answer in kept)
    assert all(answer.headers["Cache-Control"] == "private, no-store" for answer in kept)
    for refused in (search, sign_up, gate):
        assert refused.status == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "We will be back in a few minutes" in refused.content.decode()
    assert "zygomorphic" not in gate.content.decode()
    assert (alive.status, ready.status) == (200, readiness)
    assert until(lambda: reader.search() == 200)
    assert until(lambda: NOTICE not in reader.ask(ARTICLE).content.decode())
    assert until(lambda: "You are signed in" in member.ask(ARTICLE).content.decode())
    assert until(lambda: reader.sign_up()[0] == 200)


def test_pages_are_read_while_the_database_takes_no_changes(stage, reader, member, redis):
    with redis(), asking(stage) as cursor:
        cursor.execute("SELECT current_database()")
        name = cursor.fetchone()[0]
        cursor.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        disconnect_portal(cursor)
        try:
            assert until(lambda: reader.ask("/articles/?page=1").status == 200)
            pages = [member.ask(path).status for path in ("/", ARTICLE, "/trials/", "/search/?q=zygomorphic")]
            refused = reader.submit("/newsletter/", email="reader@example.org")
        finally:
            cursor.execute("SET default_transaction_read_only = off")
            cursor.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
            disconnect_portal(cursor)

        assert pages == [200, 200, 200, 200]
        assert (refused.status, int(refused.headers["Retry-After"]) > 0) == (503, True)
        assert until(lambda: reader.sign_up()[0] == 200)


def test_nothing_depends_on_redis(stage, reader, redis):
    with redis():
        assert until(lambda: reader.ask("/readyz").status == 200)
    assert [reader.search(), reader.sign_up()[0], reader.ask(ARTICLE).status] == [200, 200, 200]
    with redis():
        assert until(lambda: reader.ask("/readyz").status == 200)


def test_picture_that_finds_no_room_is_refused_with_the_form_still_filled(stage, portal, reader, sessions):
    editor = Direct(reader.port)
    editor.cookies = reader.cookies | {"__Host-sessionid": sessions["editor"]}
    picture = image_bytes(colour="navy")

    with full_disk(portal):
        refused = add_picture(editor, picture, "Curves on navy blue")
    stored = add_picture(editor, picture, "Curves on navy blue")

    page = refused.content.decode()
    assert refused.status == 200
    assert "The picture could not be stored" in page
    assert 'value="Curves on navy blue"' in page
    assert stored.status == 302


@contextlib.contextmanager
def full_disk(portal):
    """No process of the web server may write a file of more than CLAIMED bytes."""
    processes = children_of(portal.pid)
    for pid in processes:
        limit(pid, CLAIMED)
    try:
        yield
    finally:
        for pid in processes:
            limit(pid, "unlimited")


def children_of(parent):
    listed = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = (map(int, line.split()) for line in listed.stdout.splitlines())
    return [pid for pid, of in pairs if of == parent]


def limit(pid, size):
    subprocess.run(["prlimit", f"--pid={pid}", f"--fsize={size}:"], check=True)


def add_picture(editor, content, alt):
    path = "/admin/articles/picture/add/"
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', editor.ask(path).content.decode())[1]
    boundary = uuid.uuid4().hex
    fields = {"csrfmiddlewaretoken": token, "kind": "articles", "alt": alt, "credit": ""}
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="upload"; filename="a.png"\r\n\r\n'
    body = "".join([*parts, head]).encode() + content + f"\r\n--{boundary}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Referer": f"https://portal.example{path}",
        "Origin": "https://portal.example",
    }
    return editor.ask(path, "POST", headers, body)


def test_mail_waits_for_the_mail_server(stage, portal, reader, mail_port):
    status, address = reader.sign_up()
    worker = children.start([sys.executable, "manage.py", "worker"], CHECKOUT, environment=stage.environment)
    try:
        with asking(stage) as cursor:
            assert until(lambda: waiting(cursor, address) == [(True, False)])
        sink = Sink()
        server = Controller(sink, hostname=LOOPBACK, port=mail_port)
        server.start()
        with asking(stage) as cursor:
            cursor.execute("UPDATE portal_outgoingmail SET not_before = now()")  # in place of a minute's wait
            assert until(lambda: waiting(cursor, address) == [(True, True)])
        server.stop()
        assert status == 200
        assert [recipient for recipient, _ in sink.taken].count(address) == 1
        assert worker.poll() is None
    finally:
        children.end([worker])


def waiting(cursor, address):
    """[(has it been tried, was it sent)] of the mail to `address`."""
    cursor.execute(
        "SELECT attempts > 0, sent_at IS NOT NULL FROM portal_outgoingmail WHERE recipients ? %s", [address]
    )
    return cursor.fetchall()
