"""An archive is brought back whole, or not at all."""

import io
import json
import tarfile

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from articles.models import Article
from portal.backup import sealing
from tests.backup.conftest import hashes, make_uploaded, rows_here

pytestmark = pytest.mark.django_db(transaction=True)


def rewrite(archive, change):
    """Write the tar file again with `change(name, octets)` as content of each member; None leaves it out."""
    with tarfile.open(archive) as tar:
        members = [(info.name, tar.extractfile(info).read()) for info in tar]
    with tarfile.open(archive, "w") as tar:
        for name, octets in members:
            changed = change(name, octets)
            if changed is not None:
                info = tarfile.TarInfo(name)
                info.size = len(changed)
                tar.addfile(info, io.BytesIO(changed))


def of_manifest(**changes):
    def change(name, octets):
        return json.dumps(json.loads(octets) | changes).encode() if name == "manifest.json" else octets

    return change


@pytest.mark.parametrize("is_sealed", [False, True], ids=["plain", "encrypted"])
def test_restore_into_an_empty_server_brings_every_row_and_file(site, backup, elsewhere, settings, is_sealed):
    secret, public = sealing.new_key() if is_sealed else ("", "")
    settings.BACKUP_KEY = public
    archive = backup()

    done = elsewhere.manage("restore", archive, BACKUP_KEY=secret)

    assert done.returncode == 0, done.stderr
    assert "are back" in done.stdout
    assert elsewhere.rows() == rows_here()
    assert elsewhere.rows()["articles_picture"][0] == 1
    assert hashes(elsewhere.media) == hashes(settings.MEDIA_ROOT) != {}


def test_restored_site_is_complete_and_goes_on_counting(site, backup, elsewhere):
    elsewhere.manage("restore", backup())

    checked = elsewhere.manage("migrate", "--check")
    added = elsewhere.manage("shell", "-c", "from tests.factories import make_user; print(make_user().pk)")

    assert checked.returncode == 0, checked.stderr
    assert added.returncode == 0, added.stderr


def test_restore_of_a_folder_takes_the_newest(site, backup, folder, elsewhere):
    first = backup()
    first.rename(first.with_name("portal-20200101T000000Z.tar"))
    newest = backup()

    done = elsewhere.manage("restore", folder)

    assert f"{newest}: " in done.stdout


def test_restore_of_an_empty_folder_says_so(tmp_path):
    with pytest.raises(CommandError, match="There is no archive in"):
        call_command("restore", tmp_path)


def test_restore_of_a_missing_file_names_it(tmp_path):
    with pytest.raises(CommandError, match=r"lost\.tar: No such file"):
        call_command("restore", tmp_path / "lost.tar")


def test_restore_refuses_a_database_that_is_not_empty(site, backup):
    before = rows_here()

    with pytest.raises(CommandError, match=r"is not empty .*--replace"):
        call_command("restore", backup())

    assert rows_here() == before


def test_restore_refuses_a_media_folder_that_is_not_empty(site, backup, elsewhere):
    elsewhere.media.mkdir()
    (elsewhere.media / "mine.txt").write_text("precious")

    done = elsewhere.manage("restore", backup())

    assert "other-media is not empty" in done.stderr
    assert elsewhere.rows() == {}


def test_restore_replaces_when_told_to(site, backup, elsewhere):
    first = backup()
    before, files = rows_here(), hashes(settings.MEDIA_ROOT)
    first = first.rename(first.with_name("portal-20200101T000000Z.tar"))
    make_uploaded("blue")
    Article.objects.all().delete()
    elsewhere.manage("restore", backup())
    with elsewhere.connect() as other, other.cursor() as cursor:
        cursor.execute("CREATE TABLE of_a_newer_portal (pk int PRIMARY KEY)")

    done = elsewhere.manage("restore", first, "--replace")

    assert done.returncode == 0, done.stderr
    assert elsewhere.rows() == before
    assert hashes(elsewhere.media) == files


@pytest.mark.parametrize("member", ["database/000001", "media/", "manifest.json"])
def test_restore_names_the_member_that_is_damaged(site, backup, elsewhere, member):
    archive = backup()
    rewrite(archive, lambda name, octets: octets[:-1] + b" " if name.startswith(member) else octets)

    done = elsewhere.manage("restore", archive)

    assert done.returncode == 1
    assert f"The archive is damaged: {member}" in done.stderr
    assert "and should have" in done.stderr
    assert elsewhere.rows() == {}


def test_restore_names_a_member_that_is_missing(site, backup, elsewhere):
    archive = backup()
    rewrite(archive, lambda name, octets: None if name == "database/000001" else octets)

    assert "database/000001 is missing" in elsewhere.manage("restore", archive).stderr


@pytest.mark.parametrize("share", [0.3, 0.95])
def test_restore_refuses_an_archive_that_was_cut_off(site, backup, share):
    archive = backup()
    archive.write_bytes(archive.read_bytes()[: int(archive.stat().st_size * share)])

    with pytest.raises(CommandError, match="damaged"):
        call_command("restore", archive, "--replace")


@pytest.mark.parametrize("octets", [b"", b"Dear all", b"\0" * 20_000])
def test_restore_refuses_what_is_no_archive(tmp_path, octets):
    path = tmp_path / "letter.tar"
    path.write_bytes(octets)

    with pytest.raises(CommandError, match=r"damaged|no backup of the portal"):
        call_command("restore", path)


def test_restore_refuses_a_newer_format(site, backup):
    archive = backup()
    rewrite(archive, of_manifest(format=2))

    with pytest.raises(CommandError, match="format 2, and this portal knows formats up to 1"):
        call_command("restore", archive)


def sign(archive):
    """Let SHA256SUMS agree with what was rewritten."""
    import hashlib

    sums = {}

    def change(name, octets):
        if name == "SHA256SUMS":
            return "".join(f"{digest}  {name}\n" for name, digest in sums.items()).encode()
        sums[name] = hashlib.sha256(octets).hexdigest()
        return octets

    rewrite(archive, change)


def test_restore_refuses_an_archive_of_a_newer_portal(site, backup):
    archive = backup()
    rewrite(archive, of_manifest(migrations=["articles.9999_from_the_future"]))
    sign(archive)

    with pytest.raises(CommandError, match=r"newer portal: articles\.9999_from_the_future is unknown"):
        call_command("restore", archive)


def test_restore_refuses_an_archive_of_a_newer_postgresql(site, backup):
    archive = backup()
    rewrite(archive, of_manifest(postgresql=99))
    sign(archive)

    with pytest.raises(CommandError, match="The archive is of PostgreSQL 99"):
        call_command("restore", archive)


def test_restore_with_other_row_counts_leaves_everything_as_it_was(site, backup, elsewhere):
    archive = backup()
    elsewhere.manage("restore", archive)
    before, files = elsewhere.rows(), hashes(elsewhere.media)
    make_uploaded("green")
    later = backup_of_now(backup, archive)
    rewrite(
        later,
        lambda name, octets: octets.replace(b'"public.articles_article": 1', b'"public.articles_article": 7'),
    )
    sign(later)

    done = elsewhere.manage("restore", later, "--replace")

    assert "table public.articles_article has 1 rows instead of 7" in done.stderr
    assert elsewhere.rows() == before
    assert hashes(elsewhere.media) == files


def backup_of_now(backup, earlier):
    earlier.rename(earlier.with_name("portal-20200101T000000Z.tar"))
    return backup()


def test_restore_refuses_names_that_lead_elsewhere(site, backup, elsewhere, tmp_path):
    archive = backup()
    with tarfile.open(archive, "a") as tar:
        info = tarfile.TarInfo("media/../../planted")
        tar.addfile(info, io.BytesIO())
    sign(archive)

    done = elsewhere.manage("restore", archive)

    assert done.returncode == 1
    assert not (tmp_path / "planted").exists()
    assert elsewhere.rows() == {}


def test_restore_with_another_key_or_none_is_refused(site, backup, settings):
    settings.BACKUP_KEY = sealing.new_key()[0]
    archive = backup()

    for key, reason in [
        (sealing.new_key()[0], "another BACKUP_KEY, or it is damaged"),
        (sealing.new_key()[1], "set BACKUP_KEY to the secret key"),
        ("", "set BACKUP_KEY to the secret key"),
    ]:
        settings.BACKUP_KEY = key
        with pytest.raises(CommandError, match=reason):
            call_command("restore", archive, "--replace")


def cut(octets):
    return octets[:-20]


def swapped(octets):
    """Two chunks of 64 KiB and their seals change places."""
    head, chunk = len(octets) % 65_552, 65_552
    first, second = octets[head : head + chunk], octets[head + chunk : head + 2 * chunk]
    return octets[:head] + second + first + octets[head + 2 * chunk :]


def flipped(octets):
    return octets[:70_000] + bytes([octets[70_000] ^ 1]) + octets[70_001:]


@pytest.mark.parametrize("damage", [cut, swapped, flipped])
def test_encrypted_archive_that_was_tampered_with_is_refused(site, backup, settings, damage):
    settings.BACKUP_KEY = sealing.new_key()[0]
    archive = backup()
    before = archive.read_bytes()
    archive.write_bytes(damage(before))

    with pytest.raises(CommandError, match=r"cannot be decrypted|damaged"):
        call_command("restore", archive, "--replace")

    assert len(before) > 3 * 65_552
