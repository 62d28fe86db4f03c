"""What `manage.py backup` writes, and what it leaves when it cannot."""

import json
import resource
import shutil
import stat
import subprocess
import tarfile
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from articles.models import Picture
from portal.backup import media, sealing, writing
from tests.backup.conftest import hashes, rows_here
from tests.factories import make_user
from tests.production import ENVIRONMENT, run

pytestmark = pytest.mark.django_db(transaction=True)


def manifest_of(archive):
    with tarfile.open(archive) as tar:
        return json.load(tar.extractfile("manifest.json"))


def test_archive_says_what_is_in_it(site, backup):
    manifest = manifest_of(backup())

    assert manifest["format"] == 1
    assert manifest["postgresql"] == connection.pg_version // 10000
    assert "articles.0001_initial" in manifest["migrations"]
    assert manifest["rows"] == {f"public.{name}": count for name, (count, _) in rows_here().items()}


def test_archive_can_be_read_without_the_portal(site, backup, tmp_path):
    unpacked = tmp_path / "unpacked"
    unpacked.mkdir()

    subprocess.run(["tar", "-xf", backup(), "-C", unpacked], check=True)

    subprocess.run(["sha256sum", "--quiet", "-c", "SHA256SUMS"], cwd=unpacked, check=True)
    assert hashes(unpacked / "media") == hashes(settings.MEDIA_ROOT)
    assert (unpacked / "database" / "000001").read_bytes().startswith(b"PGDMP")


def test_archive_is_for_its_owner_only(site, backup):
    assert stat.S_IMODE(backup().stat().st_mode) == 0o600


def test_encrypted_archive_shows_nothing(site, backup, settings):
    settings.BACKUP_KEY = sealing.new_key()[1]

    octets = backup().read_bytes()

    assert octets.startswith(b"age-encryption.org/v1")
    assert b"manifest.json" not in octets


def test_dump_is_of_the_same_moment_as_the_counts(site, backup, elsewhere, monkeypatch):
    """Somebody signs up between counting and dumping."""
    dump = writing.database.dump

    def later(snapshot_id):
        in_a_thread(lambda: make_user("late@example.org"))
        return dump(snapshot_id)

    monkeypatch.setattr(writing.database, "dump", later)

    done = elsewhere.manage("restore", backup())

    assert done.returncode == 0, done.stderr
    assert User.objects.filter(email="late@example.org").exists()
    assert elsewhere.rows()["accounts_user"][0] == User.objects.count() - 1


def in_a_thread(work):
    def run_it():
        work()
        connection.close()

    thread = threading.Thread(target=run_it)
    thread.start()
    thread.join()


def test_picture_that_is_deleted_meanwhile_is_not_in_the_archive(site, backup, elsewhere, monkeypatch):
    """Its row is in the first snapshot, its files are gone when they are read: the archive is begun anew."""
    files = media.files

    def after_deletion():
        if Picture.objects.exists():
            in_a_thread(lambda: Picture.objects.all().delete())
            shutil.rmtree(settings.MEDIA_ROOT)
        return files()

    monkeypatch.setattr(media, "files", after_deletion)

    elsewhere.manage("restore", backup())

    assert elsewhere.rows()["articles_picture"][0] == 0


def test_file_that_is_lost_is_named_and_stops_nothing(site, folder, capsys):
    lost = Path(settings.MEDIA_ROOT, f"articles/{site.key}/400.jpg")
    lost.unlink()

    call_command("backup", folder)

    assert f"articles/{site.key}/400.jpg" in capsys.readouterr().err
    assert len(writing.archives(folder)) == 1


def test_old_archives_are_deleted_and_other_files_are_not(site, backup, folder):
    folder.mkdir()
    for year in range(2018, 2024):
        (folder / f"portal-{year}0101T000000Z.tar{'.age' if year % 2 else ''}").touch()
    (folder / "notes.txt").touch()

    newest = backup("--keep", "3")

    assert {path.name for path in folder.iterdir()} == {
        newest.name,
        "portal-20230101T000000Z.tar.age",
        "portal-20220101T000000Z.tar",
        "notes.txt",
    }


@pytest.mark.parametrize("number", ["0", "-1"])
def test_keeping_none_is_refused(folder, number):
    with pytest.raises(CommandError, match="above zero"):
        call_command("backup", folder, f"--keep={number}")

    assert not folder.exists()


def test_folder_must_be_named():
    with pytest.raises(CommandError, match="into which folder"):
        call_command("backup")


@pytest.fixture
def little_space():
    """No file of this process grows beyond 100 kB: writing fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("is_sealed", [False, True], ids=["plain", "encrypted"])
def test_full_disk_leaves_no_archive_and_a_clear_message(site, folder, little_space, settings, is_sealed):
    settings.BACKUP_KEY = sealing.new_key()[1] if is_sealed else ""

    with pytest.raises(CommandError, match=r"cannot be written.*File too large"):
        call_command("backup", folder)

    assert list(folder.iterdir()) == []


def test_full_disk_leaves_older_archives(site, backup, folder, little_space):
    folder.mkdir()
    (folder / "portal-20180101T000000Z.tar").touch()

    with pytest.raises(CommandError):
        backup("--keep", "1")

    assert [path.name for path in folder.iterdir()] == ["portal-20180101T000000Z.tar"]


def test_failing_dump_leaves_no_archive(site, folder, monkeypatch):
    monkeypatch.setattr(writing.database.programs, "address", lambda: "host=/nowhere dbname=none")

    with pytest.raises(CommandError, match="pg_dump failed"):
        call_command("backup", folder)

    assert list(folder.iterdir()) == []


def test_folder_that_cannot_be_made_is_named(site, tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(CommandError, match=r"cannot be written to .*file/backups: Not a directory"):
        call_command("backup", tmp_path / "file" / "backups")


def test_leftover_of_a_killed_backup_is_cleared(site, backup, folder):
    folder.mkdir()
    (folder / ".portal-20180101T000000Z.tar.partial").write_bytes(b"half")

    archive = backup()

    assert [path.name for path in folder.iterdir()] == [archive.name]


def test_backup_goes_on_beside_another(site, backup, folder):
    import fcntl

    folder.mkdir()
    other = folder / ".portal-20180101T000000Z.tar.partial"
    with other.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        backup()

        assert other.exists()


def test_large_file_is_not_held_in_memory(site, backup):
    """200 MB of a file while the process may take 100 MB more than it has."""
    large = Path(settings.MEDIA_ROOT, "large")
    with large.open("wb") as file:
        file.truncate(200_000_000)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (taken + 100_000_000, before[1]))

    try:
        archive = backup()
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)

    assert archive.stat().st_size > 200_000_000


def test_new_key_is_accepted_by_the_settings(capsys, monkeypatch):
    call_command("backup", "--new-key")

    for line in capsys.readouterr().out.splitlines():
        monkeypatch.setitem(ENVIRONMENT, "BACKUP_KEY", line.split()[0])
        assert run("-c", "import django; django.setup()").returncode == 0


@pytest.mark.parametrize("key", ["secret", "age1", "AGE-SECRET-KEY-1" + "a" * 58, "age1" + "q" * 58 + "\nx"])
def test_key_of_another_kind_stops_the_start(key, monkeypatch):
    monkeypatch.setitem(ENVIRONMENT, "BACKUP_KEY", key)

    assert "BACKUP_KEY is no key of age" in run("-c", "import django; django.setup()").stderr


def test_key_that_only_looks_like_one_is_refused(site, folder, settings):
    settings.BACKUP_KEY = "age1" + "q" * 58

    with pytest.raises(CommandError, match="BACKUP_KEY is no key of age"):
        call_command("backup", folder)

    assert list(folder.iterdir()) == []
