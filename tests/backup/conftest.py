"""A site with rows and files, and a second, empty server to restore into."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from PIL import Image

from articles.pictures import make_picture
from portal.local.cluster import Cluster
from tests.factories import make_article, make_user
from tests.newsletter.rows import make_subscriber

COUNT = (
    "SELECT format('%I', relname) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
)

CONTENT = "SELECT count(*), md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM "


@pytest.fixture
def site(transactional_db):
    """Some of everything: an article, people, addresses, a picture with its files."""
    make_article(title="Überleben, 生存, “quoted” \\ and a backslash")
    make_user("reader@example.org")
    make_subscriber("subscriber@example.org")
    return make_uploaded("red")


def make_uploaded(colour):
    drawn = BytesIO()
    Image.new("RGB", (900, 500), colour).save(drawn, "PNG")
    return make_picture(ContentFile(drawn.getvalue()), kind="articles", alt=f"A {colour} field")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "backups"


@pytest.fixture
def backup(folder, capsys):
    """Runs the command; the archive that it wrote."""

    def run(*options):
        call_command("backup", folder, *options)
        return Path(capsys.readouterr().out.split(": ")[0])

    return run


@pytest.fixture(scope="session")
def other_server():
    """A second PostgreSQL; pytest's own folders are closed to its account."""
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="portal-test-"))
    home.chmod(0o711)
    cluster = Cluster(home)
    cluster.ensure()
    yield cluster
    cluster.stop()
    shutil.rmtree(home)


class Elsewhere:
    """An installation with another database and another media folder, run as processes of its own."""

    def __init__(self, cluster, media):
        self.cluster, self.media = cluster, media
        with self.connect() as other, other.cursor() as cursor:
            cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def connect(self):
        return psycopg2.connect(self.cluster.url)

    def manage(self, *arguments, **environment):
        environment = {
            "DATABASE_URL": self.cluster.url,
            "MEDIA_ROOT": str(self.media),
            "DEVELOPMENT": "1",
            **environment,
        }
        return subprocess.run(
            [sys.executable, "manage.py", *map(str, arguments)],
            cwd=settings.BASE_DIR,
            env=os.environ | environment,
            capture_output=True,
            text=True,
        )

    def rows(self):
        with self.connect() as other, other.cursor() as cursor:
            return count_rows(cursor)


@pytest.fixture
def elsewhere(other_server, tmp_path):
    return Elsewhere(other_server, tmp_path / "other-media")


def count_rows(cursor):
    """Counted without the code under test."""
    cursor.execute(COUNT)
    counts = {}
    for (name,) in cursor.fetchall():
        cursor.execute(CONTENT + name + " t")
        counts[name] = cursor.fetchone()
    return counts


def rows_here():
    with connection.cursor() as cursor:
        return count_rows(cursor)


def hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in Path(folder).rglob("*")
        if path.is_file()
    }
